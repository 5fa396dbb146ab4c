"""Wait for a number of notifications or state changes."""

import asyncio
from collections.abc import Collection
import time
from typing import Final

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)

# Seconds to wait for all.
_PATIENCE: Final = 120.0


class ArrivalCounter:
    """Counter of arrivals with an expected number."""

    def __init__(self) -> None:
        """Initialize without an expected number."""
        self._arrived = 0
        self._expected = 0
        self._complete: asyncio.Future[int] = asyncio.Future()

    def expect(self, count: int) -> None:
        """Reset, and set the expected number."""
        self._arrived = 0
        self._expected = count
        self._complete = asyncio.Future()

    def add_one(self) -> None:
        """Count one."""
        self._arrived += 1
        if self._arrived == self._expected:
            self._complete.set_result(time.perf_counter_ns())

    async def wait_for_all(self) -> int:
        """Return when the last one came, in nanoseconds of `time.perf_counter_ns`.

        Raises:
            AssertionError: not all came, or too many.

        """
        await asyncio.wait([self._complete], timeout=_PATIENCE)
        assert self._arrived == self._expected, (
            f"{self._arrived} of {self._expected} came"
        )
        return self._complete.result()


class StateWatch:
    """Times of state changes of some entities.

    Attributes:
        changes: entity id, and time in nanoseconds of `time.perf_counter_ns`.

    """

    def __init__(self, hass: HomeAssistant, entity_ids: Collection[str]) -> None:
        """Start to listen."""
        self.changes: list[tuple[str, int]] = []
        self._counter = ArrivalCounter()
        self._entity_ids = frozenset(entity_ids)
        self.stop: CALLBACK_TYPE = hass.bus.async_listen(
            EVENT_STATE_CHANGED, self._handle_state_change
        )

    def expect(self, count: int) -> None:
        """Reset, and set the expected number."""
        self.changes = []
        self._counter.expect(count)

    async def wait_for_all(self) -> int:
        """Return the time of the last expected change, as `ArrivalCounter` does."""
        return await self._counter.wait_for_all()

    @callback
    def _handle_state_change(self, event: Event[EventStateChangedData]) -> None:
        now = time.perf_counter_ns()
        entity_id = event.data["entity_id"]
        if entity_id in self._entity_ids:
            self.changes.append((entity_id, now))
            self._counter.add_one()
