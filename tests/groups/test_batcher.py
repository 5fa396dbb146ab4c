"""Entities of groups are updated at once after a pause, else four times a second."""

from collections import Counter
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.context_coordinator import (
    AspectContext,
    ContextCoordinator,
)
from custom_components.ringcentral.groups.batcher import UPDATE_INTERVAL, UpdateBatcher
from custom_components.ringcentral.presence.models import ALL_ASPECTS, CALLS, COUNTS
from homeassistant.core import HomeAssistant, callback

from ..common import until
from ..reliability.common import MOVED_TIME, Time
from ..turns import counts_by_turn

pytestmark = MOVED_TIME

_STEP = 0.01


class Listeners:
    """A coordinator whose listeners record their calls."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without listeners."""
        entry = MockConfigEntry()
        entry.add_to_hass(hass)
        self.coordinator = ContextCoordinator[None](hass, entry, timedelta(hours=1))
        self.batcher = UpdateBatcher(self.coordinator, CALLS)
        self.called: list[str] = []

    def listen(self, context: str, aspects: int = ALL_ASPECTS) -> None:
        """Listen to aspects of a context."""

        @callback
        def collect() -> None:
            self.called.append(context)

        self.coordinator.async_add_listener(collect, AspectContext(context, aspects))


@pytest.fixture
async def listeners(hass: HomeAssistant, time: Time) -> Listeners:
    """Return a coordinator with three listeners."""
    listeners = Listeners(hass)
    for context in ("a", "b", "c"):
        listeners.listen(context)
    return listeners


async def test_first_change_is_shown_at_once(listeners: Listeners) -> None:
    """An automation that it starts reads the new state."""
    listeners.batcher.mark(["a", "b"])
    assert listeners.called == ["a", "b"]


async def test_changes_in_quick_succession_are_shown_together_after_a_pause(
    listeners: Listeners, time: Time
) -> None:
    """Each once, in the order in which they came, and only what has changed."""
    batcher, called = listeners.batcher, listeners.called
    batcher.mark(["a"])
    for context in ("c", "b", "c", "b"):
        await time.passes(_STEP, _STEP)
        batcher.mark([context])
    assert called == ["a"]
    await time.passes(UPDATE_INTERVAL, _STEP)
    assert called == ["a", "c", "b"]
    await time.passes(1, _STEP)
    assert called == ["a", "c", "b"]
    batcher.mark(["a"])
    assert called == ["a", "c", "b", "a"]


async def test_steady_changes_are_shown_four_times_a_second(
    listeners: Listeners, time: Time
) -> None:
    """Each is shown in the end."""
    for _ in range(100):
        listeners.batcher.mark(["a", "b"])
        await time.passes(_STEP, _STEP)
    assert Counter(listeners.called)["a"] in (4, 5)
    listeners.batcher.mark(["c"])
    await time.passes(UPDATE_INTERVAL, _STEP)
    assert listeners.called[-1] == "c"


async def test_only_the_aspects_of_the_batcher_are_updated(
    listeners: Listeners,
) -> None:
    """An entity with counts is not called when presence changes."""
    listeners.listen("a", COUNTS)
    listeners.batcher.mark(["a"])
    assert listeners.called == ["a"]


async def test_nothing_changed_updates_nothing(
    listeners: Listeners, time: Time
) -> None:
    """Nor does it delay the next change."""
    listeners.batcher.mark([])
    listeners.batcher.mark(["a"])
    assert listeners.called == ["a"]


async def test_closed_batcher_drops_what_is_pending(
    listeners: Listeners, time: Time
) -> None:
    """Its timer is cancelled."""
    listeners.batcher.mark(["a"])
    listeners.batcher.mark(["b"])
    listeners.batcher.close()
    await time.passes(1)
    assert listeners.called == ["a"]


def _count_by_turn(
    listeners: Listeners, contexts: list[str], counts: list[int]
) -> None:
    """Count the calls of one listener of each context."""

    @callback
    def count() -> None:
        counts[-1] += 1

    for context in contexts:
        listeners.coordinator.async_add_listener(count, context)


async def test_many_contexts_are_updated_in_slices(listeners: Listeners) -> None:
    """As at midnight, when all counts begin again."""
    contexts = [str(number) for number in range(100)]
    with counts_by_turn() as counts:
        _count_by_turn(listeners, contexts, counts)
        listeners.batcher.mark(contexts)
        await until(lambda: sum(counts) == len(contexts))
    assert max(counts) == 1


async def test_collected_contexts_are_updated_in_slices(listeners: Listeners) -> None:
    """Nothing waits for them, and each may list many calls."""
    contexts = [str(number) for number in range(10)]
    listeners.batcher.mark(["a"])
    with counts_by_turn() as counts:
        _count_by_turn(listeners, contexts, counts)
        listeners.batcher.mark(contexts)
        await until(lambda: sum(counts) == len(contexts))
    assert max(counts) == 1
