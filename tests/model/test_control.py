"""Commands of several users are carried out once, and nothing false is shown of them."""

from collections.abc import Mapping
from itertools import chain
from typing import Final, Literal, get_args, get_origin, get_type_hints

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from simulator.base.control_switches import ControlSwitches
from simulator.base.wire import JsonValue

from .controlled_world import ACTIONS, ControlledWorld
from .plans import EXAMPLES, STARTS, WAITS, Step, switches
from .test_home_assistant import check

# Not of commands, or not of what REST and events agree on.
_OTHER_SWITCHES: Final = frozenset(
    {
        "call_log_delay",
        "call_log_numbers",
        "call_log_session_id",
        "call_out_direction",
        "call_out_foreign",
        "call_out_offline",
        "call_out_origin",
        "company_call_log",
        "control_permission",
        "session_events",
        "session_filter",
        "session_parties",
        "session_sequence",
        "stale_presence",
    }
)
_FAULTS: Final = ("disconnect", "drop", "late", "poll", "repeat", "slow requests")
_SMALL: Final = st.integers(0, 5)
_WIDE: Final = st.integers(0, 60)


def _control_switches() -> st.SearchStrategy[dict[str, JsonValue]]:
    strategies: dict[str, st.SearchStrategy[JsonValue]] = {}
    for name, kind in get_type_hints(ControlSwitches).items():
        if name not in _OTHER_SWITCHES:
            is_choice = get_origin(kind) is Literal
            values = get_args(kind) if is_choice else (False, True)
            strategies[name] = st.sampled_from(values)
    return st.fixed_dictionaries({}, optional=strategies)


def _all_switches() -> st.SearchStrategy[Mapping[str, JsonValue]]:
    return st.builds(lambda one, other: one | other, switches(), _control_switches())


def _plans() -> st.SearchStrategy[list[Step]]:
    action = st.integers(0, len(ACTIONS) - 1)
    start = st.builds(Step, st.sampled_from(STARTS[:4]), _SMALL, _SMALL)
    move = st.builds(Step, st.just("move"), _SMALL, st.integers(0, 11))
    wait = st.builds(Step, st.just("wait"), st.integers(0, len(WAITS) - 1))
    press = st.builds(
        Step,
        st.sampled_from(["press", "press", "press twice", "press and move"]),
        action,
        _WIDE,
    )
    dial = st.builds(
        Step, st.sampled_from(["dial", "dial twice", "cancel dial"]), _SMALL, _SMALL
    )
    answers = st.builds(Step, st.just("answers"), _SMALL, st.integers(0, 11))
    fault = st.builds(Step, st.sampled_from(_FAULTS), _SMALL, _SMALL)
    steps = [start, move, move, wait, press, press, press, dial, answers, fault]
    parts = st.lists(st.one_of(steps), min_size=1, max_size=12)
    return st.lists(parts, min_size=1, max_size=5).map(lambda p: list(chain(*p)))


@pytest.mark.freeze_time("2026-03-02")
@pytest.mark.usefixtures("socket_enabled")
@settings(max_examples=EXAMPLES // 2)
@given(_plans(), _all_switches())
def test_commands_are_carried_out_once_and_shown_as_reported(
    freezer: FrozenDateTimeFactory, steps: list[Step], settings_: dict[str, JsonValue]
) -> None:
    check(freezer, steps, settings_, ControlledWorld)
