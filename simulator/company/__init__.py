"""The simulated company: extensions, presence, calls, permissions."""
