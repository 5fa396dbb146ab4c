"""Pauses between tries to connect."""

import random
from typing import Final

from .exceptions import RingCentralError, TemporaryError

# Seconds before each retry, drawn between two bounds, so that many clients do not
# return at once, and few enough for the Auth rate group.
RETRY_PAUSES: Final = ((1, 1), (2, 6), (10, 20), (20, 40), (40, 80), (80, 120))
# After a connection of this length the pauses start again.
STEADY_AFTER: Final = 60.0


def pause_before(failures: int, error: RingCentralError) -> float:
    """Return the seconds before the next try; the longest if only the user can help."""
    step, requested = len(RETRY_PAUSES) - 1, 0.0
    if isinstance(error, TemporaryError):
        step, requested = min(failures, step), error.retry_after or 0.0
    pause = random.uniform(*RETRY_PAUSES[step])  # noqa: S311 - spreads load
    return max(pause, requested)
