"""The life cycle of calls: what happened between two pictures."""

from collections.abc import Iterable

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import (
    ActiveCall,
    parse_active_call,
)
from custom_components.ringcentral.calls.lifecycle import (
    CallEvent,
    CallEventType,
    call_events,
)

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
    """Return a call in this status."""
    json = call_json(number, "", telephonyStatus=status, direction=direction)
    return parse_active_call(json, Anomalies())


def told(
    before: Iterable[ActiveCall], after: Iterable[ActiveCall], snapshot: bool = False
) -> list[CallEventType]:
    """Return the types of what happened."""
    return [event.type for event in call_events(before, after, from_snapshot=snapshot)]


@pytest.mark.parametrize(
    ("before", "after", "happened"),
    [
        # A call comes into sight.
        (None, "Ringing", [RINGING]),
        (None, "CallConnected", [ANSWERED]),
        (None, "OnHold", [HELD]),
        (None, "ParkedCall", [PARKED]),
        (None, "Yodelling", []),
        (None, "NoCall", []),
        # It lives on.
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
        # It cannot ring again.
        ("CallConnected", "Ringing", []),
        ("OnHold", "Ringing", []),
        ("ParkedCall", "Ringing", []),
        # Unknown words tell nothing.
        ("Ringing", "Yodelling", []),
        ("Yodelling", "CallConnected", []),
        # It ends, listed as ended or not at all.
        ("Ringing", "NoCall", [MISSED]),
        ("CallConnected", "NoCall", [ENDED]),
        ("OnHold", "NoCall", [ENDED]),
        ("ParkedCall", "NoCall", [ENDED]),
        ("Yodelling", "NoCall", [ENDED]),
        ("Ringing", None, [MISSED]),
        ("CallConnected", None, [ENDED]),
        ("OnHold", None, [ENDED]),
        ("ParkedCall", None, [ENDED]),
        (None, None, []),
    ],
)
def test_what_happened_follows_from_both_statuses(
    before: str | None, after: str | None, happened: list[CallEventType]
) -> None:
    """None: the call is not in the picture."""
    assert (
        told(
            [] if before is None else [call(before)],
            [] if after is None else [call(after)],
        )
        == happened
    )


def test_outbound_call_dials_and_is_never_missed() -> None:
    """The other side did not answer."""
    dialing = [call("Ringing", direction="Outbound")]

    assert told([], dialing) == [DIALING]
    assert told(dialing, []) == [ENDED]


@pytest.mark.parametrize("direction", [None, "Sideways"])
def test_call_of_no_known_direction_rings_and_ends(direction: str | None) -> None:
    """Whether somebody missed it is not known."""
    ringing = [call("Ringing", direction=direction)]

    assert told([], ringing) == [RINGING]
    assert told(ringing, []) == [ENDED]


@pytest.mark.parametrize("status", _STATUSES)
def test_call_first_seen_in_a_snapshot_tells_nothing(status: str | None) -> None:
    """When it began is in the past."""
    assert told([], [call(status)], snapshot=True) == []


def test_ringing_that_a_snapshot_no_longer_shows_has_ended_not_been_missed() -> None:
    """It may have been answered in between."""
    (event,) = call_events([call("Ringing")], [], from_snapshot=True)

    assert event == CallEvent(ENDED, call("Ringing"), reconstructed=True)


def test_call_that_went_on_unseen_is_told_as_reconstructed() -> None:
    """From one picture to the next the order is known, the time is not."""
    ringing, held = call("Ringing"), call("OnHold")

    assert list(call_events([ringing], [held], from_snapshot=True)) == [
        CallEvent(ANSWERED, held, reconstructed=True),
        CallEvent(HELD, held, reconstructed=True),
    ]


def test_event_carries_the_newest_wording_of_its_call() -> None:
    """For a call that has ended, the last one."""
    before, after = call("Ringing"), call("CallConnected")

    assert list(call_events([before], [after])) == [CallEvent(ANSWERED, after)]
    assert list(call_events([after], [])) == [CallEvent(ENDED, after)]


@pytest.mark.parametrize("former", _STATUSES)
def test_call_whose_status_was_left_out_does_not_begin_anew(former: str | None) -> None:
    """Nor does anything else happen to it."""
    unsaid = [call(None)]

    assert told([call(former)], unsaid) == []
    assert [told(unsaid, [call(status)]) for status in _STATUSES] == [[]] * 6


def test_calls_are_told_apart_and_ended_ones_come_first() -> None:
    """A phone that becomes free and rings again."""
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


def test_ring_within_one_picture_is_not_seen() -> None:
    """A list with an ended call that nobody knew tells of no call."""
    assert told([], [call("NoCall")]) == []


# What may follow what, in the life of one call.
_LEGAL: dict[CallEventType | None, set[CallEventType]] = {
    None: {RINGING, DIALING, ANSWERED, HELD, PARKED},
    RINGING: {ANSWERED, PARKED, MISSED, ENDED},
    DIALING: {ANSWERED, PARKED, ENDED},
    ANSWERED: {HELD, PARKED, ENDED},
    HELD: {RESUMED, PARKED, ENDED},
    RESUMED: {HELD, PARKED, ENDED},
    PARKED: {UNPARKED, ENDED},
    UNPARKED: {HELD, PARKED, ENDED},
    ENDED: {RINGING, DIALING, ANSWERED, HELD, PARKED},
    MISSED: {RINGING, DIALING, ANSWERED, HELD, PARKED},
}
_PLAIN = ("Ringing", "CallConnected", "OnHold", "ParkedCall", "NoCall")


@given(
    st.lists(st.tuples(st.sampled_from(_PLAIN), st.booleans())),
    st.sampled_from(["Inbound", "Outbound"]),
)
def test_any_series_of_pictures_gives_a_legal_life(
    pictures: list[tuple[str, bool]], direction: str
) -> None:
    """Whatever comes from events, and whatever from snapshots.

    A call that falls back to ringing, which none does, is left out.
    """
    before: list[ActiveCall] = []
    last: CallEventType | None = None
    for status, snapshot in pictures:
        if status == "Ringing" and before:
            continue
        after = [call(status, direction=direction)]
        first_seen_in_snapshot = snapshot and not before
        for event in call_events(before, after, from_snapshot=snapshot):
            assert event.type in _LEGAL[last]
            assert event.reconstructed is snapshot
            last = event.type
        before = [c for c in after if c.is_live]
        if first_seen_in_snapshot and before:
            last = _BEHIND[status, direction]


# Where the life of a call stands that a snapshot showed first.
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
def test_snapshot_begins_no_call(
    before: list[ActiveCall], after: list[ActiveCall]
) -> None:
    """It ends or moves on those that were known."""
    known = {c.key for c in before if c.is_live}

    events = list(call_events(before, after, from_snapshot=True))

    assert all(event.call.key in known for event in events)
    assert not {event.type for event in events} & {RINGING, DIALING, MISSED}


@given(_ANY_CALLS, st.booleans())
def test_same_picture_twice_tells_nothing(
    calls: list[ActiveCall], snapshot: bool
) -> None:
    """Repeats are silent."""
    assert told(calls, calls, snapshot) == []


@given(_ANY_CALLS, _ANY_CALLS, st.booleans())
def test_no_call_ends_twice_or_ends_and_goes_on(
    before: list[ActiveCall], after: list[ActiveCall], snapshot: bool
) -> None:
    """Each call ends once, or goes on."""
    events = list(call_events(before, after, from_snapshot=snapshot))
    ended = [e.call.key for e in events if e.type in (ENDED, MISSED)]
    others = {e.call.key for e in events if e.type not in (ENDED, MISSED)}

    assert len(set(ended)) == len(ended)
    assert not others & set(ended)
