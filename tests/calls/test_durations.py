"""Durations of the phases of a call, by the platform's times."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
from msgspec.structs import astuple
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
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
    return convert(ActiveCall, json, Anomalies())


@pytest.mark.parametrize(
    ("start", "observed", "expected"),
    [
        (0.0, 2.0, 12.0),
        # The platform's clocks disagree.
        (3.0, 2.0, 10.0),
        (None, 2.0, 10.0),
        # It was transferred, or has waited in a queue.
        (-600.0, 2.0, 10.0),
        # It cannot be true.
        (3600.0, 2.0, 10.0),
        # Whether it began to ring at its start is unknown.
        (4.0, None, None),
        (None, None, None),
    ],
)
def test_new_call_rings_from_its_start_if_that_was_just_before_its_first_observation(
    start: float | None, observed: float | None, expected: float | None
) -> None:
    timer = CallTimer.start(
        _call("Ringing", start), None if observed is None else _at(observed)
    )
    assert timer.durations_at(_at(12)) == CallDurations(
        ringing=expected, talking=0.0, held=0.0
    )


def test_call_first_observed_after_its_answer_has_no_ringing_duration() -> None:
    timer = CallTimer.start(_call("CallConnected", start=0), _at(60))
    assert timer.durations_at(_at(70)) == CallDurations(talking=10.0, held=0.0)


def test_missing_time_makes_the_phases_before_and_after_unknown() -> None:
    """The third phase is known."""
    timer = CallTimer.start(_call("Ringing", start=0), _at(0))
    timer = timer.advance(_call("CallConnected"), None)
    timer = timer.advance(_call("OnHold"), _at(20))
    assert timer.durations_at(_at(25)) == CallDurations(held=5.0)
    assert timer.durations_at(None) == CallDurations()


_OBSERVATIONS = st.lists(
    st.tuples(st.sampled_from(_STATUSES), st.integers(0, 100)), min_size=1, max_size=12
)


def _measured(observations: list[tuple[str | None, int]]) -> list[CallDurations]:
    """Return the durations at each of these observations."""
    (first, begin), *others = observations
    timer = CallTimer.start(_call(first), _at(begin))
    measured = [timer.durations_at(_at(begin))]
    for status, seconds in others:
        timer = timer.advance(_call(status), _at(seconds))
        measured.append(timer.durations_at(_at(seconds)))
    return measured


@given(_OBSERVATIONS)
def test_durations_are_never_negative_nor_more_than_the_time_that_has_passed(
    observations: list[tuple[str | None, int]],
) -> None:
    """However the platform's times jump."""
    latest = max(seconds for _, seconds in observations)
    earliest = min(seconds for _, seconds in observations)
    for durations in _measured(observations):
        known = [seconds for seconds in astuple(durations) if seconds is not None]
        assert min(known, default=0) >= 0
        assert sum(known) <= latest - earliest


@given(_OBSERVATIONS)
def test_durations_never_shrink_while_time_goes_on(
    observations: list[tuple[str | None, int]],
) -> None:
    """Unknown ones stay unknown, unless the call rings again."""
    times = sorted(seconds for _, seconds in observations)
    in_order = [(p[0], time) for p, time in zip(observations, times, strict=True)]
    measured = zip(in_order, _measured(in_order), strict=True)
    for (_, before), ((status, _), after) in pairwise(measured):
        if status == "Ringing":
            continue
        for former, latter in zip(astuple(before), astuple(after), strict=True):
            if former is None or latter is None:
                assert former is latter
            else:
                assert latter >= former
