"""Each press of a user: what is requested, what is answered, and what is shown."""

from collections.abc import Callable
from itertools import chain
from typing import get_args, get_type_hints

import pytest

from custom_components.ringcentral.control.models import Action
from simulator.base.switches import Switches

from ..reliability.common import MOVED_TIME
from .bench import Bench
from .rows import SECTIONS, SWITCHES, Rows
from .situations import STATES

pytestmark = MOVED_TIME


@pytest.mark.parametrize("section", SECTIONS)
async def test_press(
    bench: Bench, section: Callable[[], Rows], subtests: pytest.Subtests
) -> None:
    for row in section():
        with subtests.test(row.name):
            await bench.run(row, STATES[row.state])
        await bench.reset()


def test_rows_have_names_of_their_own() -> None:
    names = [row.name for row in chain.from_iterable(make() for make in SECTIONS)]
    assert len(names) == len(set(names)) > 1000


def test_each_action_is_pressed_with_each_value_of_a_switch_that_concerns_it() -> None:
    hints = get_type_hints(Switches)
    pressed = {
        (name, value)
        for row in chain.from_iterable(make() for make in SECTIONS)
        for name, value in (
            *row.switches.items(),
            # Another row has the default.
            *((name, getattr(Switches(), name)) for name in SWITCHES),
        )
    }
    for name in SWITCHES:
        assert pressed >= {(name, value) for value in get_args(hints[name])}, name


def test_each_action_is_pressed_in_each_state() -> None:
    pressed = {
        (row.action, row.state)
        for row in chain.from_iterable(make() for make in SECTIONS)
    }
    states = set(STATES) - {
        "at_location",
        "flipped",
        "held_at_phone",
        "over_parked",
        "queue",
        "queue_of_one",
        "ringing_at_two",
    }
    assert pressed >= {(action, state) for action in Action for state in states}
