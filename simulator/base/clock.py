"""The simulator's only sources of time, so that it moves with a test's clock."""

import asyncio
import time


def wall() -> float:
    """Return the time of day in seconds since the epoch, for timestamps."""
    return time.time()


def monotonic() -> float:
    """Return the running loop's time in seconds, for durations."""
    return asyncio.get_running_loop().time()
