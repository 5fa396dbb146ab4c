"""The fast path of the usual event has the same results as the general one."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from hypothesis import event as note, example, given, strategies as st

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.api.models.presence import Presence
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import CallEvent
from custom_components.ringcentral.calls.observation import Observation
from custom_components.ringcentral.calls.tracker import CallTracker
from custom_components.ringcentral.presence.merge import (
    merge_any_event,
    merge_event,
    merge_usual_event,
)
from custom_components.ringcentral.presence.models import PresenceChange
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import (
    EXTENSION,
    Json,
    Step,
    call_json,
    event_of,
    histories,
    notification,
    presence_event,
)

_STATUSES = ("Ringing", "CallConnected", "OnHold", "ParkedCall", "NoCall", "Odd", None)
_AVAILABILITIES = ("Available", "Busy", None)
_DND = ("TakeAllCalls", "DoNotAcceptAnyCalls", "Unknown", None)
_SETTINGS: dict[str, st.SearchStrategy[object]] = {
    "presenceStatus": st.sampled_from(_AVAILABILITIES),
    "userStatus": st.sampled_from(_AVAILABILITIES),
    "meetingStatus": st.sampled_from(["Connected", None]),
    "allowSeeMyPresence": st.sampled_from([True, False, None]),
    "ringOnMonitoredCall": st.sampled_from([True, False, None]),
    "pickUpCallsOnHold": st.sampled_from([True, False, None]),
    "message": st.sampled_from(["x", "", None]),
    "dndStatus": st.sampled_from(_DND),
    "dndStatusPersonal": st.sampled_from(_DND),
    "acceptCallQueueCalls": st.sampled_from([True, False, None]),
    "callerIdVisibility": st.sampled_from(["All", None]),
    "aggregatedTelephonyStatus": st.sampled_from(["Ringing", None]),
    "cxTelephonyStatus": st.sampled_from(["Ringing", None]),
    "appearances": st.sampled_from([{"x": 1}, None]),
}


@st.composite
def _calls(draw: st.DrawFn, status: str | None) -> Json:
    """Draw a call, mostly with the status of the extension and all ids."""
    number = draw(st.sampled_from([1, 1, 1, 2]))
    fields = {
        "direction": st.sampled_from(["Inbound", "Outbound", None]),
        "queueCall": st.sampled_from([True, False, None]),
        "partyId": st.sampled_from(["p-1-2", "p-1-3", None]),
        "sessionId": st.sampled_from(["810001", "0", None]),
        "fromName": st.sampled_from(["Ada Example", "", None]),
        "sipData": st.sampled_from([{"toTag": "x"}, {"fromTag": "y"}, None]),
        "terminationType": st.sampled_from(["final", "intermediate", None]),
        "onBehalfOf": st.sampled_from(["1", None]),
    }
    some = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    status = draw(st.sampled_from([status, status, status, "Ringing", "NoCall"]))
    return call_json(number, "", telephonyStatus=status) | {
        name: draw(fields[name]) for name in some
    }


@st.composite
def _bodies(draw: st.DrawFn) -> Json:
    """Draw the body of an event, mostly a usual one."""
    some = draw(st.sets(st.sampled_from(sorted(_SETTINGS)), max_size=5))
    settings = {name: draw(_SETTINGS[name]) for name in some}
    if draw(st.integers(0, 3)):
        status = draw(st.sampled_from(_STATUSES[:5]))
        is_listed = status != "NoCall" or draw(st.booleans())
        number = draw(st.sampled_from([1, 1, 1, 2]))
        fields: Json = {"fromName": draw(st.sampled_from(["Ada Example", None]))}
        if status == "NoCall":
            fields["terminationType"] = "final"
        body: Json = {
            "telephonyStatus": status,
            "activeCalls": [call_json(number, str(status), **fields)] * is_listed,
            "totalActiveCalls": draw(st.sampled_from([None, int(is_listed)])),
            **settings,
            "presenceStatus": "Busy",
        }
    else:
        status = draw(st.sampled_from(_STATUSES))
        body = {
            "telephonyStatus": status,
            "activeCalls": draw(st.none() | st.lists(_calls(status), max_size=2)),
            "totalActiveCalls": draw(st.sampled_from([None, 0, 1, 1, 2])),
            "presenceStatus": "Busy",
            **settings,
        }
    return {name: value for name, value in body.items() if value is not None}


def _presence(body: Json) -> Presence:
    return convert(Presence, body, Anomalies())


@given(st.lists(_bodies(), max_size=2), _bodies())
@example(
    [{"dndStatusPersonal": "DoNotAcceptAnyCalls"}],
    {
        "telephonyStatus": "NoCall",
        "activeCalls": [],
        "presenceStatus": "Busy",
        "dndStatus": "TakeAllCalls",
    },
)
def test_usual_event_is_merged_like_any(former: list[Json], body: Json) -> None:
    """Presence and the need of a refresh are the same."""
    known = Presence()
    for one in former:
        known, _ = merge_any_event(known, _presence(one))
    event = _presence(body)
    note(f"usual: {merge_usual_event(known, event) is not None}")
    assert merge_event(known, event) == merge_any_event(known, event)


@given(st.lists(_bodies(), min_size=2, max_size=6))
@example(
    [
        {"telephonyStatus": status, "activeCalls": calls, "presenceStatus": "Busy"}
        for status, calls in (
            ("NoCall", []),
            ("Ringing", [call_json(1, "Ringing", fromName="Ada Example")]),
            ("NoCall", []),
            ("Ringing", [call_json(1, "Ringing", fromName=None)]),
            ("CallConnected", [call_json(1, "CallConnected", fromName=None)]),
        )
    ]
)
def test_odd_events_have_the_same_results_by_both_paths(bodies: list[Json]) -> None:
    """Presence, what it needs, and call events with their durations."""
    _compare(
        [
            event_of(
                notification(
                    {"extensionId": EXTENSION, "sequence": number, **body},
                    uuid=str(number),
                    timestamp=f"2026-01-01T00:00:{number:02}.000Z",
                )
            )
            for number, body in enumerate(bodies, 1)
        ]
    )


@given(histories())
def test_calls_of_a_phone_have_the_same_results_by_both_paths(
    steps: list[Step],
) -> None:
    """Presence, what it needs, and call events with their durations."""
    _compare([step.event for step in steps])


def _compare(events: Sequence[PresenceEvent]) -> None:
    usual = _results(events)
    with (
        patch(f"{merge_usual_event.__module__}.merge_usual_event", return_value=None),
        patch.object(CallTracker, "update_usual", return_value=None),
    ):
        assert _results(events) == usual


def _results(events: Sequence[PresenceEvent]) -> list[Any]:
    store, detector = PresenceStore(Anomalies()), CallEventDetector()
    store.monitor([EXTENSION])
    results: list[Any] = []
    for event in events:
        if (change := store.apply_event(event)) is not None:
            results.append((_comparable(change), detector.apply(change)))
        results.append(detector.reported)
    ends: list[CallEvent] = []
    for end in list(detector.pending_ends(EXTENSION)):
        ends += detector.expire(EXTENSION, end)
    return [*results, ends]


def _comparable(change: PresenceChange) -> tuple[object, ...]:
    """Return a change without times of arrival."""
    after = change.after
    return (
        after.presence,
        after.sequence,
        after.last_event,
        [call for call, _ in after.ended],
        change.is_outdated,
        change.needs_refresh,
        change.aspects,
    )


def test_events_of_a_call_are_usual() -> None:
    """None of a call that rings, is answered, held, resumed and ended needs more."""
    tracker = CallTracker()
    statuses = ("Ringing", "CallConnected", "OnHold", "CallConnected", "NoCall")
    known = Presence()
    with patch.object(CallTracker, "update_any") as update_any:
        for number, status in enumerate(statuses, 1):
            event = presence_event(
                telephonyStatus=status,
                activeCalls=[call_json(1, status)],
                presenceStatus="Busy",
                sequence=number,
            )
            merged = merge_usual_event(known, event.presence)
            assert merged is not None
            known = merged
            tracker.update(known.active_calls or (), Observation(event.timestamp))
    update_any.assert_not_called()
