"""Durations of calls: by the platform's own times, whatever those are."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    parse_active_call,
)
from custom_components.ringcentral.calls.durations import CallTimer
from custom_components.ringcentral.calls.lifecycle import CallDurations

from ..strategies import MIDNIGHT, call_json

_STATUSES = ("Ringing", "CallConnected", "OnHold", "ParkedCall", "Yodelling", None)


def _at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def _call(status: str | None, start: float | None = None) -> ActiveCall:
    json = call_json(
        1,
        "",
        telephonyStatus=status,
        startTime=None if start is None else _at(start).isoformat(),
    )
    return parse_active_call(json, Anomalies())


@pytest.mark.parametrize(
    ("start", "seen", "expected"),
    [
        (0.0, 2.0, 12.0),
        # The platform's clocks disagree.
        (3.0, 2.0, 10.0),
        (None, 2.0, 10.0),
        (4.0, None, 8.0),
        (None, None, None),
    ],
)
def test_call_rings_from_its_start_or_from_when_it_was_seen(
    start: float | None, seen: float | None, expected: float | None
) -> None:
    """Whichever is earlier, as far as it is known."""
    times = CallTimer.start(
        _call("Ringing", start), None if seen is None else _at(seen)
    )
    assert times.durations_at(_at(12)) == CallDurations(
        ringing=expected, talking=0.0, held=0.0
    )


def test_call_that_nobody_saw_ring_has_no_time_of_ringing() -> None:
    """How long it rang is not known, even if it began long ago."""
    times = CallTimer.start(_call("CallConnected", start=0), _at(60))
    assert times.durations_at(_at(70)) == CallDurations(talking=10.0, held=0.0)


def test_time_that_is_missing_spoils_what_it_would_have_ended_and_begun() -> None:
    """The rest goes on."""
    times = CallTimer.start(_call("Ringing", start=0), _at(0))
    times = times.advance(_call("CallConnected"), None)
    times = times.advance(_call("OnHold"), _at(20))
    assert times.durations_at(_at(25)) == CallDurations(held=5.0)
    assert times.durations_at(None) == CallDurations()


_PICTURES = st.lists(
    st.tuples(st.sampled_from(_STATUSES), st.integers(0, 100)), min_size=1, max_size=12
)


def _measured(pictures: list[tuple[str | None, int]]) -> list[CallDurations]:
    """Return the durations at each of these pictures."""
    (first, begin), *others = pictures
    times = CallTimer.start(_call(first), _at(begin))
    measured = [times.durations_at(_at(begin))]
    for status, seconds in others:
        times = times.advance(_call(status), _at(seconds))
        measured.append(times.durations_at(_at(seconds)))
    return measured


@given(_PICTURES)
def test_durations_are_never_negative_nor_more_than_the_time_that_has_passed(
    pictures: list[tuple[str | None, int]],
) -> None:
    """However the platform's times jump."""
    latest = max(seconds for _, seconds in pictures)
    for durations in _measured(pictures):
        known = [seconds for seconds in durations if seconds is not None]
        assert min(known) >= 0
        assert sum(known) <= latest - pictures[0][1]


@given(_PICTURES)
def test_durations_never_shrink_while_time_goes_on(
    pictures: list[tuple[str | None, int]],
) -> None:
    """And what is not known stays so."""
    times = sorted(seconds for _, seconds in pictures)
    in_order = [(p[0], time) for p, time in zip(pictures, times, strict=True)]
    for before, after in pairwise(_measured(in_order)):
        for former, latter in zip(before, after, strict=True):
            if former is None or latter is None:
                assert former is latter
            else:
                assert latter >= former
