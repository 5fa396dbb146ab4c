"""Sign-in sessions and rate limits."""
