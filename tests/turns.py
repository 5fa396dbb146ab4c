"""Work that yields to the event loop: counted by turn, and paused after some steps."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import BaseSelector, SelectorKey
from types import ModuleType
from typing import cast
from unittest.mock import patch

from custom_components.ringcentral.api import clock
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback


@contextmanager
def counts_by_turn() -> Iterator[list[int]]:
    """Return counts, one for each turn of the event loop, with slices of no time."""
    counts = [0]
    selector = cast(BaseSelector, vars(asyncio.get_running_loop())["_selector"])
    select = selector.select

    def begin_count(timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        counts.append(0)
        return select(timeout)

    with (
        patch.object(clock, "TIME_SLICE", 0.0),
        patch.object(selector, "select", begin_count),
    ):
        yield counts


@contextmanager
def changes_by_turn(hass: HomeAssistant) -> Iterator[list[int]]:
    """Count the state changes of each turn of the event loop."""
    with counts_by_turn() as changes:

        @callback
        def count_change(_event: Event[EventStateChangedData]) -> None:
            changes[-1] += 1

        remove = hass.bus.async_listen(EVENT_STATE_CHANGED, count_change)
        yield changes
        remove()


class Steps:
    """Takes the place of a module's `LoopYielder`, and pauses its work."""

    def __init__(self) -> None:
        """Initialize; nothing pauses until `pause_after`."""
        self._left: int | None = None
        self._resumed = asyncio.Event()
        self._paused = asyncio.Event()

    def pause_after(self, steps: int) -> None:
        """Pause after this number of steps."""
        self._left = steps
        self._resumed.clear()
        self._paused.clear()

    async def until_paused(self) -> None:
        """Wait until the work is paused."""
        await self._paused.wait()

    def resume(self) -> None:
        """Continue, without further pauses."""
        self._left = None
        self._resumed.set()

    async def yield_if_due(self) -> None:
        """Count a step."""
        if self._left is None:
            return
        self._left -= 1
        if self._left <= 0:
            self._paused.set()
            await self._resumed.wait()


@contextmanager
def steps_of(*modules: ModuleType) -> Iterator[Steps]:
    """Replace the yielder of some modules."""
    steps = Steps()
    patches = [patch.object(module, "LoopYielder", lambda: steps) for module in modules]
    for one in patches:
        one.start()
    try:
        yield steps
    finally:
        steps.resume()
        for one in patches:
            one.stop()
