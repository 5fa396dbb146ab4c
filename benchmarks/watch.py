"""Waiting for all that was sent, and watching the states that it changes."""

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

# Seconds after which what has not come does not come any more.
_PATIENCE: Final = 120.0


class Tally:
    """Counts what comes, until all of it is there."""

    def __init__(self) -> None:
        """Expect nothing yet."""
        self._came = 0
        self._expected = 0
        self._complete: asyncio.Future[int] = asyncio.Future()

    def expect(self, count: int) -> None:
        """Begin anew."""
        self._came = 0
        self._expected = count
        self._complete = asyncio.Future()

    def one_more(self) -> None:
        """Count one."""
        self._came += 1
        if self._came == self._expected:
            self._complete.set_result(time.perf_counter_ns())

    async def complete(self) -> int:
        """Return when the last one came, in nanoseconds of `time.perf_counter_ns`.

        Raises:
            AssertionError: not all came, or too many.

        """
        await asyncio.wait([self._complete], timeout=_PATIENCE)
        assert self._came == self._expected, f"{self._came} of {self._expected} came"
        return self._complete.result()


class StateWatch:
    """Notes when the states of some entities change; those of others don't count.

    Attributes:
        seen: which entity, and when in nanoseconds of `time.perf_counter_ns`.

    """

    def __init__(self, hass: HomeAssistant, entity_ids: Collection[str]) -> None:
        """Watch from now on."""
        self.seen: list[tuple[str, int]] = []
        self._tally = Tally()
        self._entity_ids = frozenset(entity_ids)
        self.stop: CALLBACK_TYPE = hass.bus.async_listen(
            EVENT_STATE_CHANGED, self._changed
        )

    def expect(self, count: int) -> None:
        """Begin anew."""
        self.seen = []
        self._tally.expect(count)

    async def complete(self) -> int:
        """Return when the last of the expected changes came, as `Tally` does."""
        return await self._tally.complete()

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        now = time.perf_counter_ns()
        entity_id = event.data["entity_id"]
        if entity_id in self._entity_ids:
            self.seen.append((entity_id, now))
            self._tally.one_more()
