"""Call events between two lists of an extension's calls."""

from collections.abc import Iterable
from copy import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)
from custom_components.ringcentral.calls.observation import Observation
from custom_components.ringcentral.calls.tracker import CallTracker

from ..strategies import call_json

ANSWERED = CallEventType.ANSWERED
DIALING = CallEventType.DIALING
ENDED = CallEventType.ENDED
HELD = CallEventType.HELD
MISSED = CallEventType.MISSED
PARKED = CallEventType.PARKED
RESUMED = CallEventType.RESUMED
RINGING = CallEventType.RINGING
UNPARKED = CallEventType.UNPARKED

_STATUSES = ("Ringing", "CallConnected", "OnHold", "ParkedCall", "Yodelling", None)


def call(
    status: str | None, *, number: int = 1, direction: str | None = "Inbound"
) -> ActiveCall:
    json = call_json(number, "", telephonyStatus=status, direction=direction)
    return convert(ActiveCall, json, Anomalies())


def call_events(
    before: Iterable[ActiveCall],
    after: Iterable[ActiveCall],
    *,
    from_snapshot: bool = False,
) -> list[CallEvent]:
    """Return the events between two lists of calls, without durations."""
    tracker = CallTracker()
    tracker.update(_living(before), Observation(None))
    events = tracker.update(_living(after), Observation(None, from_snapshot))
    for end in list(tracker.pending_ends):
        events += tracker.expire(end)
    return [replace(event, durations=CallDurations()) for event in events]


def _living(calls: Iterable[ActiveCall]) -> tuple[ActiveCall, ...]:
    return tuple({item.key: item for item in calls if item.is_live}.values())


def types(
    before: Iterable[ActiveCall], after: Iterable[ActiveCall], snapshot: bool = False
) -> list[CallEventType]:
    return [event.type for event in call_events(before, after, from_snapshot=snapshot)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # A new call.
        (None, "Ringing", [RINGING]),
        (None, "CallConnected", [ANSWERED]),
        (None, "OnHold", [HELD]),
        (None, "ParkedCall", [PARKED]),
        (None, "Yodelling", []),
        (None, "NoCall", []),
        # A known call.
        ("Ringing", "Ringing", []),
        ("Ringing", "CallConnected", [ANSWERED]),
        ("Ringing", "OnHold", [ANSWERED, HELD]),
        ("Ringing", "ParkedCall", [PARKED]),
        ("CallConnected", "CallConnected", []),
        ("CallConnected", "OnHold", [HELD]),
        ("CallConnected", "ParkedCall", [PARKED]),
        ("OnHold", "OnHold", []),
        ("OnHold", "CallConnected", [RESUMED]),
        ("OnHold", "ParkedCall", [PARKED]),
        ("ParkedCall", "ParkedCall", []),
        ("ParkedCall", "CallConnected", [UNPARKED]),
        ("ParkedCall", "OnHold", [UNPARKED, HELD]),
        # It rings again, for example after it was parked.
        ("CallConnected", "Ringing", [RINGING]),
        ("OnHold", "Ringing", [RINGING]),
        ("ParkedCall", "Ringing", [RINGING]),
        # Unknown statuses have no events; the first known one is the call's start.
        ("Ringing", "Yodelling", []),
        ("Yodelling", "CallConnected", [ANSWERED]),
        ("Yodelling", "Ringing", [RINGING]),
        # It ends, listed as ended or not at all.
        ("Ringing", "NoCall", [MISSED]),
        ("CallConnected", "NoCall", [ENDED]),
        ("OnHold", "NoCall", [ENDED]),
        ("ParkedCall", "NoCall", [ENDED]),
        ("Yodelling", "NoCall", []),
        ("Ringing", None, [MISSED]),
        ("CallConnected", None, [ENDED]),
        ("OnHold", None, [ENDED]),
        ("ParkedCall", None, [ENDED]),
        (None, None, []),
    ],
)
def test_events_follow_from_the_statuses_before_and_after(
    before: str | None, after: str | None, expected: list[CallEventType]
) -> None:
    """A status of None is a call that is not listed."""
    assert (
        types(
            [] if before is None else [call(before)],
            [] if after is None else [call(after)],
        )
        == expected
    )


def test_outbound_call_dials_and_is_never_missed() -> None:
    dialing = [call("Ringing", direction="Outbound")]

    assert types([], dialing) == [DIALING]
    assert types(dialing, []) == [ENDED]


@pytest.mark.parametrize("direction", [None, "Sideways"])
def test_call_of_unknown_direction_rings_and_ends(direction: str | None) -> None:
    """Whether it was missed is unknown."""
    ringing = [call("Ringing", direction=direction)]

    assert types([], ringing) == [RINGING]
    assert types(ringing, []) == [ENDED]


@pytest.mark.parametrize("status", _STATUSES)
def test_new_call_of_a_snapshot_has_no_event(status: str | None) -> None:
    assert types([], [call(status)], snapshot=True) == []


def test_ringing_call_missing_in_a_snapshot_has_ended_not_been_missed() -> None:
    """It may have been answered in between."""
    (event,) = call_events([call("Ringing")], [], from_snapshot=True)

    assert event == CallEvent(ENDED, call("Ringing"), reconstructed=True)


def test_steps_before_a_snapshot_are_reconstructed() -> None:
    """The order of the steps is known, their time is not."""
    ringing, held = call("Ringing"), call("OnHold")

    assert list(call_events([ringing], [held], from_snapshot=True)) == [
        CallEvent(ANSWERED, held, reconstructed=True),
        CallEvent(HELD, held, reconstructed=True),
    ]


def test_event_contains_the_call_as_listed_last() -> None:
    before, after = call("Ringing"), call("CallConnected")

    assert list(call_events([before], [after])) == [CallEvent(ANSWERED, after)]
    assert list(call_events([after], [])) == [CallEvent(ENDED, after)]


@pytest.mark.parametrize("former", _STATUSES)
def test_status_that_is_left_out_has_no_event(former: str | None) -> None:
    assert types([call(former)], [call(None)]) == []


def test_events_of_ended_calls_come_first() -> None:
    """A phone becomes free and rings again."""
    before = [call("CallConnected"), call("Ringing", number=2)]
    after = [
        call("CallConnected", number=2),
        call("Ringing", number=3, direction="Outbound"),
    ]

    events = [
        (event.call.telephony_session_id, event.type)
        for event in call_events(before, after)
    ]

    assert events == [("s-1", ENDED), ("s-2", ANSWERED), ("s-3", DIALING)]


def test_call_listed_only_after_its_end_has_no_event() -> None:
    assert types([], [call("NoCall")]) == []


# Events that may follow an event of the same call.
_LEGAL: dict[CallEventType | None, set[CallEventType]] = {
    None: {RINGING, DIALING, ANSWERED, HELD, PARKED},
    RINGING: {ANSWERED, PARKED, MISSED, ENDED},
    DIALING: {ANSWERED, PARKED, ENDED},
    ANSWERED: {RINGING, DIALING, HELD, PARKED, ENDED},
    HELD: {RINGING, DIALING, RESUMED, PARKED, ENDED},
    RESUMED: {RINGING, DIALING, HELD, PARKED, ENDED},
    PARKED: {RINGING, DIALING, UNPARKED, ENDED},
    UNPARKED: {RINGING, DIALING, HELD, PARKED, ENDED},
    ENDED: {RINGING, DIALING, ANSWERED, HELD, PARKED},
    MISSED: {RINGING, DIALING, ANSWERED, HELD, PARKED},
}
_PLAIN = ("Ringing", "CallConnected", "OnHold", "ParkedCall", "NoCall")


@given(
    st.lists(st.tuples(st.sampled_from(_PLAIN), st.booleans())),
    st.sampled_from(["Inbound", "Outbound"]),
)
def test_any_series_of_observations_gives_a_legal_order_of_events(
    observations: list[tuple[str, bool]], direction: str
) -> None:
    tracker = CallTracker()
    last: CallEventType | None = None
    is_known = False
    for status, snapshot in observations:
        listed = call(status, direction=direction)
        events = tracker.update(_living([listed]), Observation(None, snapshot))
        for end in list(tracker.pending_ends):
            events += tracker.expire(end)
        for event in events:
            assert event.type in _LEGAL[last]
            assert event.reconstructed is snapshot
            last = event.type
        if snapshot and listed.is_live and not is_known:
            last = _BEHIND[status, direction]
        is_known = listed.is_live


# The last event that a call would have had if a snapshot had not listed it first.
_BEHIND = {
    (status, direction): kind
    for direction, first in (("Inbound", RINGING), ("Outbound", DIALING))
    for status, kind in (
        ("Ringing", first),
        ("CallConnected", ANSWERED),
        ("OnHold", HELD),
        ("ParkedCall", PARKED),
    )
}


_ANY_CALLS = st.lists(
    st.builds(
        call,
        st.sampled_from([*_STATUSES, "NoCall"]),
        number=st.integers(1, 3),
        direction=st.sampled_from(["Inbound", "Outbound", None]),
    ),
    max_size=4,
)


@given(_ANY_CALLS, _ANY_CALLS)
def test_snapshot_starts_no_call(
    before: list[ActiveCall], after: list[ActiveCall]
) -> None:
    """It ends or advances known calls only."""
    known = {c.key for c in _living(before)}

    events = call_events(before, after, from_snapshot=True)

    assert all(event.call.key in known for event in events)
    assert MISSED not in {event.type for event in events}


@given(_ANY_CALLS, st.booleans())
def test_same_observation_twice_has_no_events(
    calls: list[ActiveCall], snapshot: bool
) -> None:
    assert types(calls, calls, snapshot) == []


@given(_ANY_CALLS, _ANY_CALLS, st.booleans())
def test_no_call_ends_twice_or_continues_after_its_end(
    before: list[ActiveCall], after: list[ActiveCall], snapshot: bool
) -> None:
    events = call_events(before, after, from_snapshot=snapshot)
    ended = [e.call.key for e in events if e.type in (ENDED, MISSED)]
    others = {e.call.key for e in events if e.type not in (ENDED, MISSED)}

    assert len(set(ended)) == len(ended)
    assert not others & set(ended)
