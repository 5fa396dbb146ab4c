"""Benchmarks of speed and scale; each figure is a ratio of two alternating measurements."""

# Imported first: it replaces voluptuous by its own engine.
import homeassistant  # noqa: F401
