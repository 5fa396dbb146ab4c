"""Sequences of notifications that users reported, and what the integration reports."""
