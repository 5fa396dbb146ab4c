"""Presence of each monitored extension."""
