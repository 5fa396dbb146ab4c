"""Tests of what the board gets from Home Assistant."""
