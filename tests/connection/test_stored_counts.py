"""Counts of calls over a restart."""

from unittest.mock import patch

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.calls.counts import CallCounter
from custom_components.ringcentral.connection import stored_counts
from custom_components.ringcentral.connection.stored_counts import (
    MAX_COUNTED_CALLS,
    MAX_SIZE,
    decode_counts,
    encode_counts,
)
from homeassistant.util import dt as dt_util

from ..calls.counted_events import EVENTS, Day

_GROUPS = {"account": set("12345"), "sales": {"1", "2"}, "3": {"3"}}


def set_members(day: Day) -> None:
    for scope, members in _GROUPS.items():
        day.counter.set_members(scope, members)


def restart(day: Day, *, seconds: float = 0) -> None:
    """Continue in a new counter with what is stored."""
    text = encode_counts(day.counter.state, day.now())
    day.advance(seconds=seconds)
    day.counter = CallCounter(day.now)
    if text:
        day.counter.restore(decode_counts(text))
    set_members(day)


@given(EVENTS, st.sets(st.integers(0, 29), max_size=3))
def test_counts_are_the_same_with_and_without_restarts(
    events: list[tuple[str, str | None]], restarts: set[int]
) -> None:
    restarted, other = Day(), Day()
    set_members(restarted)
    set_members(other)
    for index, (text, session) in enumerate(events):
        if index in restarts:
            restart(restarted)
        # A call without an id is another one after a restart.
        session = session or "s-4"
        seen = restarted.count(text, session=session)
        assert seen == other.count(text, session=session)
        for scope in _GROUPS:
            assert restarted.counts(scope) == other.counts(scope)


def test_scope_continues_from_the_same_time() -> None:
    day = Day()
    begun = day.now()
    day.count("1 in ringing")
    restart(day, seconds=60)
    assert day.counter.since("account") == begun


def test_scope_without_stored_counts_is_counted_from_now() -> None:
    """A smaller value since the same time would be subtracted in statistics."""
    day = Day()
    day.count("1 in ringing")
    day.advance(seconds=60)
    day.counter = CallCounter(day.now)
    set_members(day)
    assert day.counts() == {}
    assert day.counter.since("account") == day.now()


def test_restart_on_the_next_day_begins_at_its_midnight() -> None:
    day = Day()
    set_members(day)
    day.count("1 in ringing")
    restart(day, seconds=86_400)
    assert day.counts() == {}
    midnight = day.now().replace(hour=0, minute=0, second=0)
    assert day.counter.since("account") == midnight
    assert day.counter.since("sales") == midnight
    day.count("1 in missed")
    assert day.counts() == {"missed": 1}


def test_counts_of_tomorrow_are_ignored() -> None:
    """The clock was ahead."""
    day = Day()
    day.advance(days=400)
    day.counter.begin_day()
    day.count("1 in ringing")
    restart(day, seconds=-400 * 86_400)
    assert day.counts() == {}
    assert day.counter.since("account") == day.now()


def test_counts_of_a_counter_that_has_some_are_not_replaced() -> None:
    """Those of a set-up that failed are newer than the file."""
    day = Day()
    day.count("1 in ringing")
    state = day.counter.state
    day.count("1 in missed")
    day.counter.restore(state)
    assert day.counts() == {"incoming": 1, "missed": 1}


def test_stored_state_does_not_change_with_later_events() -> None:
    day = Day()
    day.count("1 in ringing")
    state = day.counter.state
    before = encode_counts(state, day.now())
    day.count("1 in missed")
    day.counter.set_members("account", set())
    assert encode_counts(state, day.now()) == before


def test_extension_that_left_while_home_assistant_was_off_leaves_its_ring_unclear() -> (
    None
):
    day = Day()
    set_members(day)
    day.count("1 in ringing")
    text = encode_counts(day.counter.state, day.now())
    day.counter = CallCounter(day.now)
    day.counter.restore(decode_counts(text))
    day.counter.set_members("sales", {"2"})
    assert day.counts("sales") == {"incoming": 1, "unclear": 1}


def test_call_that_has_only_a_number_is_not_stored_and_becomes_unclear() -> None:
    day = Day()
    day.count("1 in ringing", session=None)
    text = encode_counts(day.counter.state, day.now())
    assert b"+1555" not in text
    restart(day)
    assert day.counts() == {"incoming": 1, "unclear": 1}


def test_old_calls_are_not_stored() -> None:
    day = Day()
    day.count("1 in ringing", session="s-old")
    day.count("2 in ringing", session="s-rings")
    day.count("1 in missed", session="s-old")
    day.advance(minutes=11)
    text = encode_counts(day.counter.state, day.now())
    assert b"s-old" not in text
    assert b"s-rings" in text
    restart(day)
    assert day.counts() == {"incoming": 2, "missed": 1}


def test_calls_beyond_the_limit_become_unclear() -> None:
    day = Day()
    with patch.object(stored_counts, "MAX_COUNTED_CALLS", 3):
        set_members(day)
        for number in range(2):
            day.count("1 in ringing", session=f"s-{number}")
        restart(day)
    assert day.counts() == {"incoming": 2}
    assert day.counts("sales") == {"incoming": 2, "unclear": 2}


def test_usual_number_of_calls_is_far_from_the_largest_size() -> None:
    day = Day()
    calls = 0
    for number in range(MAX_COUNTED_CALLS):
        scope = f"g-{number // 1000}"
        day.counter.set_members(scope, {scope})
        day.count(f"{scope} in ringing at 5", session=f"s-a7a5a3c2af1z1948b{number:09}")
    text = encode_counts(day.counter.state, day.now())
    calls = sum(len(s["calls"]) for s in orjson.loads(text)["scopes"].values())
    assert calls == MAX_COUNTED_CALLS
    assert len(text) < MAX_SIZE / 2


def test_counts_that_are_too_large_are_not_stored() -> None:
    day = Day()
    day.count("1 in ringing")
    with patch.object(stored_counts, "MAX_SIZE", 10):
        assert encode_counts(day.counter.state, day.now()) == b""


@pytest.mark.freeze_time("2026-03-02 12:00:00")
def test_times_of_a_frozen_clock_are_stored() -> None:
    day = Day()
    day.utc = dt_util.utcnow()
    day.count("1 in answered")
    restart(day)
    assert day.counts() == {"incoming": 1, "answered": 1}
