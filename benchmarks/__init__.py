"""Speed and scale, each figure a ratio of two things measured alternately."""

# First of all: it answers `import voluptuous` with its own engine.
import homeassistant  # noqa: F401
