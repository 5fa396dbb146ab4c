"""Faults that can be switched on, and the log of requests."""
