"""Actions on extensions and their calls."""
