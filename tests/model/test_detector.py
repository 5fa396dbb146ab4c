"""Call events of store and detector are true, over any network."""

from collections.abc import Mapping, Sequence
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from simulator.base.wire import JsonValue

from .checker import Difference
from .plans import EXAMPLES, STARTS, WAITS, Step, plans, switches
from .world import World

_DELAYS: Final = ("latency", "slow requests", "late", "repeat", "poll")
_LOSSES: Final = ("disconnect", "recover", "restart")
_GAPS: Final = ("drop", "kill", "resubscribe", "rush")


def perform(world: World, step: Step) -> None:
    """Perform a step, if it is possible."""
    first, second = step.first, step.second
    match step.name:
        case name if name in STARTS:
            done = world.phones.start(name, first, second)
            world.note(f"{done or 'nothing'}")
        case "move":
            world.note(f"move {world.phones.move(first, second)}")
        case "wait":
            world.advance(WAITS[first])
        case "latency":
            world.latency = (30, 500, 2_000, 4_000)[first % 4]
        case "slow requests":
            world.request_latency = (20, 1_200, 5_000)[first % 3]
        case "late":
            world.disturb("late", (200, 1_500, 5_000)[first % 3])
        case "repeat":
            world.disturb("repeat", (0, 1_500, 5_000)[first % 3])
        case "drop":
            world.disturb("drop", 0)
        case "poll":
            world.fetch(list(world.integration.store.extensions))
        case "disconnect":
            world.disconnect()
        case "recover":
            world.reconnect(recover=True, repeats=first % 4)
        case "resubscribe":
            world.disconnect()
            world.advance(first * 500)
            world.reconnect(recover=False)
        case "rush":
            world.disconnect()
            for number in range(4 + first):
                status = ("Busy", "Available")[number % 2]
                world.simulator.change_extension("101", userStatus=status)
        case "restart":
            world.restart((0, 2_000, 20_000)[first % 3], recover=second % 2 == 0)
        case "kill":
            world.kill((0, 2_000, 20_000)[first % 3], recover=second % 2 == 0)


def play(
    freezer: FrozenDateTimeFactory,
    steps: Sequence[Step],
    settings_: Mapping[str, JsonValue],
    buffer_size: int = 100,
) -> tuple[list[Difference], World]:
    """Play an example; return the differences at its end."""
    world = World(freezer, settings_, buffer_size)
    with world.running():
        for step in steps:
            perform(world, step)
            world.advance(1)
        return world.rest(), world


def check(
    freezer: FrozenDateTimeFactory,
    steps: Sequence[Step],
    settings_: Mapping[str, JsonValue],
    buffer_size: int = 100,
) -> None:
    """Play an example, and fail with all that happened if anything differs."""
    differences, world = play(freezer, steps, settings_, buffer_size)
    if differences:
        found = "\n".join(f"{kind}: {text}" for kind, text in differences)
        pytest.fail("\n".join([found, *world.journal]), pytrace=False)


@pytest.mark.freeze_time("2026-03-02")
@settings(max_examples=EXAMPLES)
@given(plans(), switches())
def test_in_order_each_event_is_reported_exactly_once(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_)


@pytest.mark.freeze_time("2026-03-02")
@settings(max_examples=EXAMPLES)
@given(plans(_DELAYS), switches())
def test_delayed_reordered_and_repeated(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_)


@pytest.mark.freeze_time("2026-03-02")
@settings(max_examples=EXAMPLES)
@given(plans((*_DELAYS, *_LOSSES)), switches())
def test_connections_lost_and_recovered(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_)


@pytest.mark.freeze_time("2026-03-02")
@settings(max_examples=EXAMPLES)
@given(plans((*_DELAYS, *_LOSSES, *_GAPS)), switches(), st.sampled_from([3, 100]))
def test_notifications_lost(
    freezer: FrozenDateTimeFactory,
    steps: list[Step],
    settings_: dict[str, JsonValue],
    buffer_size: int,
) -> None:
    check(freezer, steps, settings_, buffer_size)
