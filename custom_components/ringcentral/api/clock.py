"""Time: instants that count the sleep of the host, and yielding to the event loop."""

import asyncio
import time
from typing import Final, Self

from .models.base import Record

# Seconds of work after which other tasks run; one piece of work takes well below 1 ms.
TIME_SLICE: Final = 0.005


def boot_time() -> float:
    """Return seconds of a clock that counts the host's sleep, where there is one."""
    if (clock := getattr(time, "CLOCK_BOOTTIME", None)) is None:
        return time.monotonic()
    return time.clock_gettime(clock)


class Instant(Record, frozen=True):
    """A point in time whose age includes the host's sleep, unlike monotonic time."""

    monotonic: float
    boot: float

    @classmethod
    def now(cls) -> Self:
        """Return the present instant."""
        return cls(time.monotonic(), boot_time())

    @property
    def age(self) -> float:
        """The seconds since then; never negative."""
        now = Instant.now()
        return max(0.0, now.monotonic - self.monotonic, now.boot - self.boot)


class LoopYielder:
    """Yields to the event loop during long work."""

    def __init__(self) -> None:
        """Start a time slice."""
        self._time = asyncio.get_running_loop().time
        self._started_at = self._checked_at = self._time()

    def resume(self) -> None:
        """Exclude the time since the last check, in which the caller has waited."""
        self._started_at += self._time() - self._checked_at

    async def yield_if_due(self) -> None:
        """Yield to the event loop if the time slice is used up."""
        self._checked_at = self._time()
        if self._checked_at - self._started_at >= TIME_SLICE:
            await asyncio.sleep(0)
            self._started_at = self._checked_at = self._time()
