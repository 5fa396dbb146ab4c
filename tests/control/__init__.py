"""Tests of call control."""
