"""Call events and states of Home Assistant are true, over any network."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings
import pytest

from simulator.base.wire import JsonValue

from .checker import Difference
from .live_world import LiveWorld
from .plans import EXAMPLES, Step, plans, switches

FAULTS: Final = (
    "disconnect",
    "kill",
    "drop",
    "late",
    "poll",
    "repeat",
    "restart",
    "resubscribe",
    "rush",
    "slow requests",
)


def play(
    freezer: FrozenDateTimeFactory,
    steps: Sequence[Step],
    settings_: Mapping[str, JsonValue],
    kind: type[LiveWorld] = LiveWorld,
) -> tuple[list[Difference], list[str]]:
    """Play an example; return the differences at its end, and all that happened."""

    async def run() -> tuple[list[Difference], list[str]]:
        async with kind.running(freezer, settings_) as world:
            for step in steps:
                await world.perform(step)
            return await world.rest(), world.journal

    # Closing a loop by asyncio.run waits for its threads, in time that is frozen.
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor() as threads:
        loop.set_default_executor(threads)
        try:
            return loop.run_until_complete(run())
        finally:
            loop.close()


def check(
    freezer: FrozenDateTimeFactory,
    steps: Sequence[Step],
    settings_: Mapping[str, JsonValue],
    kind: type[LiveWorld] = LiveWorld,
) -> None:
    """Play an example, and fail with all that happened if anything differs."""
    differences, journal = play(freezer, steps, settings_, kind)
    if differences:
        found = "\n".join(f"{kind}: {text}" for kind, text in differences)
        pytest.fail("\n".join([found, *journal]), pytrace=False)


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled")
@settings(max_examples=EXAMPLES)
@given(plans(FAULTS), switches())
def test_events_and_states_are_true(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_)
