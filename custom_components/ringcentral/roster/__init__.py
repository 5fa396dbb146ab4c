"""Monitored extensions."""
