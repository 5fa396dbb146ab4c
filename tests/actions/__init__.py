"""Tests of the actions on calls."""
