"""Tests of the platform client; Home Assistant has no part in them."""
