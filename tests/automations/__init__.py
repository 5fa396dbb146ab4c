"""Triggers and conditions, run by Home Assistant's own automation engine."""
