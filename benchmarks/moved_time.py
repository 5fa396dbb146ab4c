"""Time that a benchmark moves forward, for all timers of the event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import time
from typing import Final
from unittest.mock import patch

_BOOT_TIME: Final = "custom_components.ringcentral.api.clock.boot_time"
# Seconds of a step, and real seconds for what it causes.
_STEP: Final = 1.0
_PAUSE: Final = 0.005


class MovedTime:
    """Monotonic time with an offset."""

    def __init__(self) -> None:
        """Initialize without an offset."""
        self._offset = 0.0
        self._monotonic = time.monotonic

    def now(self) -> float:
        """Return the moved monotonic time in seconds."""
        return self._monotonic() + self._offset

    async def step(self, pause: float = _PAUSE) -> None:
        """Move time by a second, and run what becomes due for some real seconds."""
        self._offset += _STEP
        await asyncio.sleep(pause)

    async def advance(self, seconds: float) -> None:
        """Move time in steps of a second."""
        end = self.now() + seconds
        while self.now() < end:
            await self.step()


@contextmanager
def moved_time() -> Iterator[MovedTime]:
    """Replace the monotonic clock of this process within the context."""
    moved = MovedTime()
    with patch.object(time, "monotonic", moved.now), patch(_BOOT_TIME, moved.now):
        yield moved
