"""Calls of an extension: events, durations, attributes."""
