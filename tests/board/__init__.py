"""The board in a browser: real frontend, real events."""
