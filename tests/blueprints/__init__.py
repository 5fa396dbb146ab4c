"""Tests of the blueprints: each is run by Home Assistant, with a platform behind."""
