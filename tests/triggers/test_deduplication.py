"""Deduplication of call events at several extensions."""

from collections.abc import Collection, Hashable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.triggers.deduplication import (
    EveryExtension,
    FirstPerCall,
    IsActive,
    MissedByAll,
)

from ..strategies import call_json

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANSWERED = CallEventType.ANSWERED
ENDED = CallEventType.ENDED
HELD = CallEventType.HELD
MISSED = CallEventType.MISSED
RINGING = CallEventType.RINGING


def event(
    happened: CallEventType,
    session: int = 1,
    status: str = "Ringing",
    seconds: float | None = None,
    **fields: object,
) -> CallEvent:
    """Return an event of a call; all its parties have the session in common."""
    json = call_json(session, status, telephonySessionId=f"s-{session}", **fields)
    time = None if seconds is None else _NOON + timedelta(seconds=seconds)
    return CallEvent(happened, convert(ActiveCall, json, Anomalies()), time=time)


def never(_session: Hashable) -> bool:
    """Return that no call is active."""
    return False


def missed_by_all(
    is_active: IsActive = never, targets: Collection[Hashable] = ("a", "b", "c")
) -> MissedByAll:
    """Return the deduplication of a trigger that targets some phones."""
    return MissedByAll(targets, is_active)


def fired_at(
    deduplication: EveryExtension,
    event_type: CallEventType,
    happened: Sequence[tuple[str, CallEventType]],
) -> list[str]:
    """Return the extensions at which the trigger fires."""
    extensions = []
    for extension, what in happened:
        deduplication.observe(extension, event(what))
        if what is event_type and deduplication.should_fire(event(what)):
            extensions.append(extension)
    return extensions


def test_first_event_of_each_call_fires() -> None:
    deduplication = FirstPerCall()
    assert [
        deduplication.should_fire(event(RINGING, session))
        for session in (1, 1, 2, 1, 2)
    ] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_calls_without_a_telephony_session_are_distinguished() -> None:
    """Older accounts send the decimal session id only."""
    deduplication = FirstPerCall()
    calls = [
        convert(
            ActiveCall,
            call_json(number, "Ringing", telephonySessionId=None),
            Anomalies(),
        )
        for number in (1, 2, 1)
    ]
    assert [deduplication.should_fire(CallEvent(RINGING, call)) for call in calls] == [
        True,
        True,
        False,
    ]


def test_both_sides_of_a_call_without_a_telephony_session_are_one_call() -> None:
    """They have the decimal session id in common."""
    deduplication = FirstPerCall()
    sides = [
        convert(
            ActiveCall,
            call_json(
                1,
                "Ringing",
                telephonySessionId=None,
                sessionId="4711",
                direction=direction,
            ),
            Anomalies(),
        )
        for direction in ("Inbound", "Outbound")
    ]
    assert [deduplication.should_fire(CallEvent(ENDED, call)) for call in sides] == [
        True,
        False,
    ]


def test_number_of_stored_sessions_is_limited() -> None:
    deduplication = FirstPerCall()
    assert all(
        deduplication.should_fire(event(RINGING, session)) for session in range(1500)
    )
    assert not deduplication.should_fire(event(RINGING, 1499))
    assert deduplication.should_fire(event(RINGING, 0))


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        # One extension.
        ([("a", RINGING), ("a", MISSED)], ["a"]),
        # Several, the last one stops ringing.
        ([("a", RINGING), ("b", RINGING), ("a", MISSED), ("b", MISSED)], ["b"]),
        # One is answered, before or after the other stops ringing.
        ([("a", RINGING), ("b", RINGING), ("a", ANSWERED), ("b", MISSED)], []),
        ([("a", RINGING), ("b", RINGING), ("b", MISSED), ("a", ANSWERED)], []),
        ([("a", RINGING), ("b", RINGING), ("a", HELD), ("b", MISSED)], []),
        # Whether one was answered is unknown.
        ([("a", RINGING), ("b", RINGING), ("a", ENDED), ("b", MISSED)], ["b"]),
        # The ringing was not observed.
        ([("a", MISSED)], ["a"]),
        # One rings after the other, with a pause.
        ([("a", RINGING), ("a", MISSED), ("b", RINGING), ("b", MISSED)], ["a"]),
        # Transferred after it was answered, and missed there.
        (
            [("a", RINGING), ("a", ANSWERED), ("b", RINGING), ("b", MISSED)],
            ["b"],
        ),
    ],
)
def test_call_is_missed_if_no_extension_answered_it(
    happened: list[tuple[str, CallEventType]], expected: list[str]
) -> None:
    """The trigger fires for the last extension that stops ringing."""
    assert fired_at(missed_by_all(), MISSED, happened) == expected


def test_two_group_calls_at_once_are_distinguished() -> None:
    """One is answered, the other missed."""
    deduplication = missed_by_all()
    for session in (1, 2):
        for phone in ("a", "b"):
            deduplication.observe(phone, event(RINGING, session))
    deduplication.observe("a", event(ANSWERED, 1))
    for session in (1, 2):
        deduplication.observe("b", event(MISSED, session))
    deduplication.observe("a", event(MISSED, 2))
    assert not deduplication.should_fire(event(MISSED, 1))
    assert deduplication.should_fire(event(MISSED, 2))


def test_number_of_ringing_calls_is_limited() -> None:
    """The oldest is dropped, as if it was not observed to ring."""
    deduplication = missed_by_all()
    for session in range(1500):
        deduplication.observe("a", event(RINGING, session))
        deduplication.observe("b", event(RINGING, session))
    deduplication.observe("a", event(MISSED, 0))
    assert deduplication.should_fire(event(MISSED, 0))
    deduplication.observe("a", event(MISSED, 1499))
    assert not deduplication.should_fire(event(MISSED, 1499))


def test_call_answered_by_voicemail_is_missed_although_the_caller_is_connected() -> (
    None
):
    """A targeted colleague calls, voicemail answers."""
    deduplication = missed_by_all()
    deduplication.observe("b", event(RINGING))
    deduplication.observe("a", event(ANSWERED, direction="Outbound"))
    deduplication.observe("b", event(MISSED))
    assert deduplication.should_fire(event(MISSED))


def test_extension_no_longer_targeted_does_not_delay_a_missed_call() -> None:
    targets = {"a", "b"}
    deduplication = missed_by_all(targets=targets)
    for phone in ("a", "b"):
        deduplication.observe(phone, event(RINGING))
    targets.remove("b")
    deduplication.observe("a", event(MISSED))
    assert deduplication.should_fire(event(MISSED))


def test_missed_call_that_is_still_active_elsewhere_does_not_fire() -> None:
    """The automation was attached after the call began to ring."""
    active = {"s-1"}
    deduplication = missed_by_all(active.__contains__)
    deduplication.observe("a", event(MISSED))
    assert not deduplication.should_fire(event(MISSED))
    active.clear()
    deduplication.observe("b", event(MISSED))
    assert deduplication.should_fire(event(MISSED))


def test_missed_call_that_was_answered_before_and_continues_does_not_fire() -> None:
    """At a phone that began to ring after the answer."""
    active = {"s-1"}
    deduplication = missed_by_all(active.__contains__)
    observed = [("a", RINGING), ("a", ANSWERED), ("b", RINGING), ("b", MISSED)]
    assert fired_at(deduplication, MISSED, observed) == []
    # The call has ended there, and was transferred.
    active.clear()
    deduplication.observe("a", event(ENDED, status="CallConnected", seconds=60))
    deduplication.observe("c", event(RINGING, seconds=60))
    missed = event(MISSED, seconds=80)
    deduplication.observe("c", missed)
    assert deduplication.should_fire(missed)


@pytest.mark.parametrize(
    ("ended_at", "fires"), [(18.9, True), (19.0, False), (20, False), (22, False)]
)
@pytest.mark.parametrize("status", ["CallConnected", "OnHold", "ParkedCall"])
def test_call_that_ends_before_its_miss_is_reported_was_missed_if_it_ended_earlier(
    status: str, ended_at: float, fires: bool
) -> None:
    """The ring stopped after 20 s, which is reported 3 s later."""
    deduplication = missed_by_all()
    deduplication.observe("a", event(ENDED, status=status, seconds=ended_at))
    missed = event(MISSED, seconds=20)
    deduplication.observe("b", missed)
    assert deduplication.should_fire(missed) is fires


def test_unanswered_call_that_ends_at_one_extension_is_missed_at_another() -> None:
    """Whether it was answered where it ended is unknown, so it was not."""
    deduplication = missed_by_all()
    deduplication.observe("a", event(ENDED, seconds=20))
    deduplication.observe("c", event(ENDED, 2, status="CallConnected", seconds=20))
    missed = event(MISSED, seconds=20)
    deduplication.observe("b", missed)
    assert deduplication.should_fire(missed)


def test_number_of_ended_calls_is_limited() -> None:
    """The oldest is dropped."""
    deduplication = missed_by_all()
    for session in range(1001):
        ended = event(ENDED, session, status="CallConnected", seconds=20)
        deduplication.observe("a", ended)
    fired = [
        session
        for session in (0, 1, 1000)
        if deduplication.should_fire(event(MISSED, session, seconds=20))
    ]
    assert fired == [0]


def test_call_offered_twice_to_an_extension_is_missed_after_the_second_offer() -> None:
    """It is another party at the same extension, before the first was missed."""
    active = {"s-1"}
    deduplication = missed_by_all(active.__contains__)
    deduplication.observe("a", event(RINGING, partyId="p-2"))
    deduplication.observe("a", event(RINGING, partyId="p-5"))
    missed = event(MISSED, partyId="p-2")
    deduplication.observe("a", missed)
    assert not deduplication.should_fire(missed)
    active.clear()
    missed = event(MISSED, partyId="p-5")
    deduplication.observe("a", missed)
    assert deduplication.should_fire(missed)
