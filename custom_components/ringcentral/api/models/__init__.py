"""Models of the messages and resources of the platform."""
