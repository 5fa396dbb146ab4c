"""Seeded chance: each purpose has its own source, so that one does not disturb another."""

from random import Random


def seeded(seed: int, purpose: str) -> Random:
    """Return a source of chance that is the same for a seed and a purpose."""
    return Random(f"{seed}:{purpose}")  # noqa: S311
