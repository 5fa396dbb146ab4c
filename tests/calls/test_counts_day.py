"""The day of the counts: it begins at local midnight, also when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.ringcentral.calls.counts import MAX_CALLS

from .counted_events import NOON, Day

EVENING = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def test_counts_begin_at_0_at_midnight_and_say_so() -> None:
    day = Day(EVENING)
    day.count("1 in missed")
    day.advance(seconds=59)
    assert not day.counter.begin_day()
    assert day.counts() == {"incoming": 1, "missed": 1}
    day.advance(seconds=1)
    assert day.counter.begin_day()
    assert day.counts() == {}
    assert day.counter.since("account") == MIDNIGHT
    assert not day.counter.begin_day()


def test_event_after_midnight_counts_for_the_new_day_without_a_timer() -> None:
    day = Day(EVENING)
    day.counter.set_members("sales", {"1"})
    day.count("1 in missed")
    changed: list[str] = []
    day.counter.changed = changed.extend
    day.advance(minutes=2)
    day.count("2 in ringing", session="s-2")
    assert day.counts() == {"incoming": 1}
    assert day.counts("sales") == {}
    assert day.counter.since("sales") == MIDNIGHT
    assert set(changed) == {"account", "sales"}


def test_scope_that_is_added_after_midnight_is_counted_from_then_on() -> None:
    day = Day(EVENING)
    day.count("1 in ringing")
    day.advance(minutes=2)
    day.counter.set_members("sales", {"1"})
    assert day.counter.since("sales") == day.now()
    assert day.counter.since("account") == MIDNIGHT


def test_call_that_rings_at_midnight_is_incoming_once() -> None:
    """Its outcome is that of the new day."""
    day = Day(EVENING)
    day.count("1 in ringing at 0")
    assert day.counts() == {"incoming": 1}
    day.advance(minutes=2)
    day.count("1 in answered at 120")
    day.count("1 in ended talked 60")
    assert day.counts() == {"answered": 1, "talk_time": 60, "longest_wait": 120}


@pytest.mark.parametrize(
    ("end", "counts"),
    [("missed", {}), ("ended after Ringing reconstructed yes", {"untimed": 1})],
)
def test_answer_after_midnight_takes_nothing_from_the_new_day(
    end: str, counts: dict[str, float]
) -> None:
    day = Day(EVENING)
    day.count_all(["1 in ringing", f"1 in {end}"])
    day.advance(minutes=2)
    day.count("2 in missed", session="s-2")
    day.count("2 in answered")
    assert day.counts() == {"incoming": 1, "missed": 1, "answered": 1}


def test_call_missed_before_midnight_and_again_after_it_is_missed_once() -> None:
    day = Day(EVENING)
    day.count("1 in missed")
    day.advance(minutes=2)
    day.count_all(["2 in ringing", "2 in ended after Ringing reconstructed yes"])
    assert day.counts() == {"untimed": 1}


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("America/Los_Angeles", (2026, 11, 1), 25),
        ("America/Los_Angeles", (2026, 3, 8), 23),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        # Midnight comes twice.
        ("America/Havana", (2026, 11, 1), 25),
        # It does not come at all.
        ("America/Havana", (2026, 3, 8), 23),
        ("Asia/Kathmandu", (2026, 3, 8), 24),
    ],
)
def test_day_of_a_clock_change_is_counted_from_one_midnight_to_the_next(
    zone: str, date: tuple[int, int, int], hours: float
) -> None:
    zone_info = ZoneInfo(zone)
    midnight = datetime(*date, tzinfo=zone_info).astimezone(UTC)
    begun: list[datetime] = []
    day = Day(midnight - timedelta(hours=3), zone_info)
    for number in range(4 * 30):
        day.count("1 in missed", session=f"s-{number}")
        day.advance(minutes=15)
        if day.counter.begin_day():
            begun.append(day.utc)
            assert day.counts() == {}
            assert day.counter.since("account") == day.utc
    assert begun == [midnight, midnight + timedelta(hours=hours)]


def test_clock_that_is_set_back_over_midnight_begins_another_day() -> None:
    """Its earlier calls are not counted any more, so it does not begin at midnight."""
    day = Day(EVENING)
    day.count("2 in missed", session="s-2")
    day.advance(minutes=2)
    day.count("1 in missed")
    day.advance(minutes=-2)
    assert day.counter.begin_day()
    assert day.counts() == {}
    assert day.counter.since("account") == EVENING
    day.advance(minutes=2)
    assert day.counter.begin_day()
    assert day.counter.since("account") == MIDNIGHT


def test_time_zone_that_changes_begins_a_day_if_it_is_another_one_there() -> None:
    """Calls since its midnight are not counted any more."""
    day = Day(EVENING)
    day.count("1 in missed")
    day.zone = ZoneInfo("Asia/Tokyo")
    assert day.counter.begin_day()
    assert day.counts() == {}
    assert day.counter.since("account") == EVENING
    day.advance(hours=24)
    assert day.counter.begin_day()
    assert day.counter.since("account") == datetime(2026, 3, 4, tzinfo=day.zone)


def test_calls_of_a_clock_that_was_ahead_are_dropped() -> None:
    day = Day(NOON)
    day.advance(days=2)
    day.count("1 in missed")
    day.advance(days=-2)
    day.count("2 in ringing", session="s-2")
    assert list(day.counter.state.scopes["account"].calls) == ["s-2"]


def test_call_that_comes_back_within_an_hour_is_the_same_call() -> None:
    day = Day(NOON)
    day.count("1 in missed")
    day.advance(minutes=59)
    day.count("2 in ringing")
    assert day.counts() == {"incoming": 1, "missed": 1}


def test_calls_that_are_over_are_dropped_after_an_hour() -> None:
    day = Day(NOON)
    day.count("1 in missed")
    day.advance(minutes=61)
    day.count("2 in ringing", session="s-2")
    assert list(day.counter.state.scopes["account"].calls) == ["s-2"]


def test_hour_that_clocks_are_set_forward_does_not_end_a_call() -> None:
    """A minute later it is an hour and a minute later on the wall."""
    zone = ZoneInfo("America/Los_Angeles")
    day = Day(datetime(2026, 3, 8, 1, 59, 30, tzinfo=zone), zone)
    day.count("1 in missed")
    day.advance(minutes=1)
    day.count("2 in ringing")
    assert day.counts() == {"incoming": 1, "missed": 1}


def test_call_without_events_for_a_day_becomes_unclear() -> None:
    """Its end is lost."""
    day = Day(NOON)
    day.count("1 in ringing")
    day.advance(hours=23)
    day.count("2 out dialing", session="s-2")
    assert len(day.counter.state.scopes["account"].calls) == 2
    day.advance(hours=2)
    day.count("2 out ended talked 5", session="s-2")
    day.count("3 out dialing", session="s-3")
    assert day.counts() == {"outgoing": 2, "unclear": 1, "talk_time": 5}


def test_calls_beyond_the_limit_become_unclear_and_those_over_stay_counted() -> None:
    day = Day(NOON)
    day.count("2 in missed", session="over")
    for number in range(MAX_CALLS + 1):
        day.count("1 in ringing", session=f"s-{number}")
    assert len(day.counter.state.scopes["account"].calls) == MAX_CALLS
    assert day.counts() == {"incoming": MAX_CALLS + 2, "missed": 1, "unclear": 1}
