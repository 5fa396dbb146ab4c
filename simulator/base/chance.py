"""Seeded random sources, one per purpose so that none affects another."""

from random import Random


def seeded(seed: int, purpose: str) -> Random:
    """Return a random source that depends on seed and purpose only."""
    return Random(f"{seed}:{purpose}")  # noqa: S311
