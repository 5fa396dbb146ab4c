"""Call events and states of Home Assistant are true, over any network."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings
import pytest

from simulator.base.wire import JsonValue

from .live_world import LiveWorld
from .plans import EXAMPLES, Step, plans, switches

_FAULTS: Final = (
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


def check(
    freezer: FrozenDateTimeFactory,
    steps: Sequence[Step],
    settings_: Mapping[str, JsonValue],
) -> None:
    """Play an example, and fail with all that happened if anything differs."""

    async def play() -> list[str]:
        async with LiveWorld.running(freezer, settings_) as world:
            for step in steps:
                await world.perform(step)
            differences = await world.rest()
            found = [f"{kind}: {text}" for kind, text in differences]
            return [*found, *world.journal] if found else []

    # Closing a loop by asyncio.run waits for its threads, in time that is frozen.
    loop = asyncio.new_event_loop()
    try:
        report = loop.run_until_complete(play())
    finally:
        loop.close()
    if report:
        pytest.fail("\n".join(report), pytrace=False)


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled")
@settings(max_examples=EXAMPLES)
@given(plans(_FAULTS), switches())
def test_events_and_states_are_true(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_)
