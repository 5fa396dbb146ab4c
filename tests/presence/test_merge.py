"""Calls and fields after an event or a snapshot."""

from copy import replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.models.enums import (
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import call_json, presence_event
from .common import apply, apply_snapshot, known, make_store, sessions, statuses

# --------------------------------------------------------------------------------------
# Merge

# Before: one call is connected (s-1), 1 in total. List, status and number of an event,
# then the calls afterwards, their number, and whether they need a refresh.
_LIST = [call_json(2, "Ringing")]
_ENDED = [call_json(1, "NoCall", terminationType="final")]
_ENDED_WITHOUT_TYPE = [call_json(1, "NoCall")]
_BOTH = [call_json(1, "CallConnected"), call_json(2, "Ringing")]


@pytest.mark.parametrize(
    ("listed", "status", "total", "calls", "count", "incomplete"),
    [
        # Neither list nor status: about something else.
        (None, None, None, ["s-1"], 1, False),
        (None, None, 1, ["s-1"], 1, False),
        # Calls have begun that are not known.
        (None, None, 3, ["s-1"], 3, True),
        # No list, no call.
        (None, "NoCall", None, [], 0, False),
        (None, "NoCall", 0, [], 0, False),
        (None, "NoCall", 1, [], 0, True),
        # No list, another status: the calls have changed, in an unknown way.
        (None, "CallConnected", None, ["s-1"], 1, True),
        (None, "OnHold", 1, ["s-1"], 1, True),
        (None, "OnHold", 2, ["s-1"], 2, True),
        (None, "Yodelling", None, ["s-1"], 1, True),
        # A list replaces the known one. Without a status, the availability may change.
        (_LIST, None, None, ["s-2"], 1, True),
        (_LIST, None, 1, ["s-2"], 1, True),
        (_LIST, "Ringing", None, ["s-2"], 1, False),
        (_LIST, "Ringing", 1, ["s-2"], 1, False),
        (_BOTH, "CallConnected", 2, ["s-1", "s-2"], 2, False),
        ([], None, None, [], 0, True),
        ([], "NoCall", None, [], 0, False),
        ([], "NoCall", 0, [], 0, False),
        # Fewer calls than there are: those not mentioned stay.
        (_LIST, None, 2, ["s-2", "s-1"], 2, True),
        (_LIST, "CallConnected", 2, ["s-2", "s-1"], 2, True),
        (_LIST, "CallConnected", 3, ["s-2", "s-1"], 3, True),
        ([], "CallConnected", 1, ["s-1"], 1, True),
        # The number may still count the call that has ended.
        (_ENDED, "NoCall", None, [], 0, False),
        (_ENDED, "NoCall", 0, [], 0, False),
        (_ENDED, "NoCall", 1, [], 0, False),
        (_ENDED_WITHOUT_TYPE, "NoCall", 1, [], 0, False),
        (_ENDED_WITHOUT_TYPE, None, 1, [], 0, True),
        ([*_ENDED, *_LIST], "Ringing", 2, ["s-2"], 1, False),
        ([*_ENDED, *_LIST], "Ringing", 1, ["s-2"], 1, False),
        # List and status contradict each other.
        ([], "CallConnected", None, [], 0, True),
        (_ENDED, "CallConnected", None, ["s-1"], 1, True),
        (_LIST, "NoCall", None, ["s-2"], 1, True),
        # `NoCall` is stronger than a number.
        ([], "NoCall", 1, [], 0, True),
        ([], "NoCall", 9, [], 0, True),
    ],
)
def test_calls_are_merged_by_the_rule(
    listed: list[object] | None,
    status: str | None,
    total: int | None,
    calls: list[str],
    count: int,
    incomplete: bool,
) -> None:
    """Each combination of list, status and number."""
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="CallConnected",
            activeCalls=[call_json(1, "CallConnected")],
            totalActiveCalls=1,
            presenceStatus="Busy",
        ),
    )
    body: dict[str, Any] = {
        "activeCalls": listed,
        "telephonyStatus": status,
        "totalActiveCalls": total,
        "presenceStatus": "Available" if status == "NoCall" else "Busy",
        "sequence": 1,
    }
    (change,) = apply(store, presence_event(**body))
    assert sessions(store) == calls
    assert known(store).presence.total_active_calls == count
    assert change.needs_refresh is incomplete
    # A field with null counts as missing.
    without_nulls = make_store()
    apply(
        without_nulls,
        presence_event(
            telephonyStatus="CallConnected",
            activeCalls=[call_json(1, "CallConnected")],
            totalActiveCalls=1,
            presenceStatus="Busy",
        ),
        presence_event(
            **{name: value for name, value in body.items() if value is not None}
        ),
    )
    assert known(without_nulls).presence == known(store).presence


def test_field_that_an_event_omits_keeps_its_value() -> None:
    """An event about one field does not contain the others."""
    store = make_store()
    whole: dict[str, Any] = {
        "telephonyStatus": "OnHold",
        "presenceStatus": "Busy",
        "userStatus": "Available",
        "meetingStatus": "Disconnected",
        "dndStatus": "TakeAllCalls",
        "dndStatusPersonal": "TakeAllCalls",
        "acceptCallQueueCalls": True,
        "allowSeeMyPresence": True,
        "ringOnMonitoredCall": False,
        "pickUpCallsOnHold": False,
        "callerIdVisibility": "All",
        "message": "Back at two",
        "aggregatedTelephonyStatus": "OnHold",
        "cxTelephonyStatus": "NoCall",
    }
    apply(store, presence_event(**whole))
    before = known(store).presence
    apply(store, presence_event(userStatus="Offline"))
    expected = replace(before, user_status=PresenceStatus.OFFLINE)
    assert known(store).presence == expected


_FLAGS = ("allowSeeMyPresence", "ringOnMonitoredCall", "pickUpCallsOnHold")


@given(st.lists(st.dictionaries(st.sampled_from(_FLAGS), st.booleans(), min_size=1)))
def test_last_value_of_each_field_counts(bodies: list[dict[str, Any]]) -> None:
    """Whatever events they came in."""
    store = make_store()
    latest: dict[str, bool] = {}
    for sequence, body in enumerate(bodies):
        apply(store, presence_event(sequence=sequence, **body))
        latest |= body
    if bodies:
        presence = known(store).presence
        assert (
            presence.allow_see_my_presence,
            presence.ring_on_monitored_call,
            presence.pick_up_calls_on_hold,
        ) == tuple(latest.get(flag) for flag in _FLAGS)


@pytest.mark.parametrize(
    ("before", "after", "incomplete"),
    [
        ("NoCall", "Ringing", True),
        ("Ringing", "CallConnected", True),
        ("Ringing", "OnHold", True),
        ("CallConnected", "NoCall", True),
        ("Ringing", "NoCall", True),
        ("Ringing", "Ringing", False),
        ("CallConnected", "OnHold", False),
        ("OnHold", "CallConnected", False),
        ("NoCall", "NoCall", False),
    ],
)
def test_minimal_event_that_moves_the_availability_needs_a_refresh(
    before: str, after: str, incomplete: bool
) -> None:
    """The availability has changed, and the event does not contain it."""

    def body(status: str) -> dict[str, Any]:
        calls = [] if status == "NoCall" else [call_json(1, status)]
        return {"telephonyStatus": status, "activeCalls": calls}

    store = make_store()
    apply(store, presence_event(presenceStatus="Available", **body(before)))
    (change,) = apply(store, presence_event(sequence=1, **body(after)))
    assert change.needs_refresh is incomplete
    assert known(store).presence.presence_status is PresenceStatus.AVAILABLE


def test_two_parties_of_one_session_end_in_no_call() -> None:
    """For calls of one's own number each event lists only the party that changed."""

    def party(number: int, status: str) -> dict[str, object]:
        return call_json(
            1,
            status,
            partyId=f"p-1-{number}",
            direction="Inbound" if number == 2 else "Outbound",
        )

    store = make_store()
    for sequence, (overall, number, status) in enumerate(
        [
            ("Ringing", 1, "Ringing"),
            ("Ringing", 2, "Ringing"),
            ("CallConnected", 2, "CallConnected"),
            ("CallConnected", 1, "CallConnected"),
            ("NoCall", 2, "NoCall"),
            ("NoCall", 1, "NoCall"),
        ]
    ):
        apply(
            store,
            presence_event(
                sequence=sequence,
                telephonyStatus=overall,
                activeCalls=[party(number, status)],
            ),
        )
        assert known(store).presence.telephony_status is not None
    assert known(store).calls == ()
    assert known(store).presence.telephony_status is TelephonyStatus.NO_CALL


@pytest.mark.parametrize(
    ("other", "count"),
    [
        # On another device.
        ({}, 1),
        ({"from": "+15551239999"}, 2),
        ({"direction": "Outbound"}, 2),
    ],
)
def test_two_parties_of_one_session_in_one_list_are_one_call_if_the_caller_is_the_same(
    other: dict[str, str], count: int
) -> None:
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="Ringing",
            activeCalls=[
                call_json(1, "Ringing", partyId="p-1-1"),
                call_json(1, "Ringing", partyId="p-1-2", **other),
            ],
        ),
    )
    assert len(known(store).calls) == count


def test_call_listed_twice_counts_once_as_listed_last_unless_it_has_ended() -> None:
    store = make_store()
    apply(
        store,
        presence_event(activeCalls=[call_json(1, "Ringing"), call_json(1, "OnHold")]),
    )
    assert statuses(store) == {"s-1": TelephonyStatus.ON_HOLD}
    apply(
        store,
        presence_event(activeCalls=[call_json(1, "OnHold"), call_json(1, "NoCall")]),
    )
    assert statuses(store) == {"s-1": TelephonyStatus.ON_HOLD}


# --------------------------------------------------------------------------------------
# More calls than a list contains


def _eight_calls() -> PresenceStore:
    """Return a store with eight calls, the first of which is listed no more."""
    store = make_store()
    apply(
        store,
        presence_event(
            sequence=1,
            telephonyStatus="CallConnected",
            activeCalls=[call_json(n, "CallConnected") for n in range(1, 8)],
            totalActiveCalls=7,
        ),
        presence_event(
            sequence=2,
            telephonyStatus="CallConnected",
            activeCalls=[
                *[call_json(n, "CallConnected") for n in range(2, 8)],
                call_json(8, "Ringing"),
            ],
            totalActiveCalls=8,
        ),
    )
    return store


def test_eighth_call_pushes_the_first_out_of_the_list_not_out_of_the_store() -> None:
    """The platform lists the seven latest ones."""
    store = _eight_calls()
    assert set(sessions(store)) == {f"s-{n}" for n in range(1, 9)}
    assert known(store).presence.total_active_calls == 8


@pytest.mark.parametrize("total", [None, 7, 8])
def test_end_of_a_listed_call_does_not_end_the_unlisted_one(total: int | None) -> None:
    """Seven are listed, one of them has ended: does 7 count it, or the unlisted one?"""
    store = _eight_calls()
    (change,) = apply(
        store,
        presence_event(
            sequence=3,
            telephonyStatus="CallConnected",
            activeCalls=[
                *[call_json(n, "CallConnected") for n in range(2, 8)],
                call_json(8, "NoCall"),
            ],
            totalActiveCalls=total,
        ),
    )
    assert set(sessions(store)) == {f"s-{n}" for n in range(1, 8)}
    assert change.needs_refresh


@pytest.mark.parametrize("total", [None, 8])
def test_snapshot_of_seven_does_not_end_the_eighth(total: int | None) -> None:
    """Lists of REST are as short as those of events."""
    store = _eight_calls()
    apply_snapshot(
        store,
        telephonyStatus="CallConnected",
        activeCalls=[call_json(n, "CallConnected") for n in range(2, 9)],
        **({} if total is None else {"totalActiveCalls": total}),
    )
    assert set(sessions(store)) == {f"s-{n}" for n in range(1, 9)}
    assert known(store).presence.total_active_calls == 8


def test_snapshot_of_fewer_than_seven_is_complete() -> None:
    """A short list is complete."""
    store = _eight_calls()
    apply_snapshot(
        store,
        telephonyStatus="Ringing",
        activeCalls=[call_json(8, "Ringing")],
        message="",
    )
    assert sessions(store) == ["s-8"]
    assert known(store).presence.total_active_calls == 1


def test_more_calls_than_ever_were_listed_are_counted() -> None:
    """By the number that the platform gave, which REST leaves out."""
    store = make_store()
    seven = [call_json(n, "CallConnected") for n in range(1, 8)]
    (change,) = apply(
        store,
        presence_event(
            telephonyStatus="CallConnected", activeCalls=seven, totalActiveCalls=9
        ),
    )
    assert change.needs_refresh
    apply_snapshot(store, telephonyStatus="CallConnected", activeCalls=seven)
    assert known(store).presence.total_active_calls == 9
