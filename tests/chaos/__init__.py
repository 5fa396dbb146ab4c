"""A busy office, a link that fails in every way, and an oracle that knows the truth."""
