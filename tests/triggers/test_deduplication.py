"""Telling an event of a call once, as a pure question."""

from collections.abc import Hashable, Sequence

import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import parse_active_call
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.triggers.deduplication import (
    EveryExtension,
    FirstPerCall,
    MissedByAll,
)

from ..strategies import call_json

ANSWERED = CallEventType.ANSWERED
ENDED = CallEventType.ENDED
HELD = CallEventType.HELD
MISSED = CallEventType.MISSED
RINGING = CallEventType.RINGING


def event(happened: CallEventType, session: int = 1, **fields: object) -> CallEvent:
    """Return an event of a call; all its phones have the session in common."""
    json = call_json(session, "Ringing", telephonySessionId=f"s-{session}", **fields)
    return CallEvent(happened, parse_active_call(json, Anomalies()))


def never(_session: Hashable) -> bool:
    """Know of no call that goes on."""
    return False


def told(
    gate: EveryExtension,
    asked: CallEventType,
    happened: Sequence[tuple[str, CallEventType]],
) -> list[str]:
    """Return at whose phone something was told."""
    told_at = []
    for phone, what in happened:
        gate.observe(phone, event(what))
        if what is asked and gate.should_fire(event(what)):
            told_at.append(phone)
    return told_at


def test_the_first_phone_is_told_and_no_other_of_the_same_call() -> None:
    """The next call begins anew."""
    gate = FirstPerCall()
    assert [
        gate.should_fire(event(RINGING, session)) for session in (1, 1, 2, 1, 2)
    ] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_calls_without_a_telephony_session_are_told_apart_all_the_same() -> None:
    """Older accounts send the decimal session id only."""
    gate = FirstPerCall()
    calls = [
        parse_active_call(
            call_json(number, "Ringing", telephonySessionId=None), Anomalies()
        )
        for number in (1, 2, 1)
    ]
    assert [gate.should_fire(CallEvent(RINGING, call)) for call in calls] == [
        True,
        True,
        False,
    ]


def test_both_sides_of_a_call_without_a_telephony_session_are_one_call() -> None:
    """They have the decimal session in common, if anything."""
    gate = FirstPerCall()
    sides = [
        parse_active_call(
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
    assert [gate.should_fire(CallEvent(ENDED, call)) for call in sides] == [True, False]


def test_what_was_told_long_ago_is_forgotten_and_memory_is_bounded() -> None:
    """A thousand calls later, an id may come again."""
    gate = FirstPerCall()
    assert all(gate.should_fire(event(RINGING, session)) for session in range(1500))
    assert not gate.should_fire(event(RINGING, 1499))
    assert gate.should_fire(event(RINGING, 0))


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        # One phone.
        ([("a", RINGING), ("a", MISSED)], ["a"]),
        # The last of several falls silent.
        ([("a", RINGING), ("b", RINGING), ("a", MISSED), ("b", MISSED)], ["b"]),
        # A colleague answers, before or after the others fall silent.
        ([("a", RINGING), ("b", RINGING), ("a", ANSWERED), ("b", MISSED)], []),
        ([("a", RINGING), ("b", RINGING), ("b", MISSED), ("a", ANSWERED)], []),
        ([("a", RINGING), ("b", RINGING), ("a", HELD), ("b", MISSED)], []),
        # Nobody knows what became of it at one of them.
        ([("a", RINGING), ("b", RINGING), ("a", ENDED), ("b", MISSED)], ["b"]),
        # Nobody heard it ring: the automation is younger than the call.
        ([("a", MISSED)], ["a"]),
        # It rings from one phone to the next, with a pause.
        ([("a", RINGING), ("a", MISSED), ("b", RINGING), ("b", MISSED)], ["a"]),
        # Transferred after it was answered, and missed there.
        (
            [("a", RINGING), ("a", ANSWERED), ("b", RINGING), ("b", MISSED)],
            ["b"],
        ),
    ],
)
def test_a_call_is_missed_when_nobody_answered_it(
    happened: list[tuple[str, CallEventType]], expected: list[str]
) -> None:
    """Told with the last phone that falls silent."""
    assert told(MissedByAll(never), MISSED, happened) == expected


def test_two_group_calls_at_once_are_kept_apart() -> None:
    """One is answered, the other missed."""
    gate = MissedByAll(never)
    for session in (1, 2):
        for phone in ("a", "b"):
            gate.observe(phone, event(RINGING, session))
    gate.observe("a", event(ANSWERED, 1))
    for session in (1, 2):
        gate.observe("b", event(MISSED, session))
    gate.observe("a", event(MISSED, 2))
    assert not gate.should_fire(event(MISSED, 1))
    assert gate.should_fire(event(MISSED, 2))


def test_calls_whose_end_is_never_told_do_not_pile_up() -> None:
    """The oldest is forgotten; it counts as one that nobody heard ring."""
    gate = MissedByAll(never)
    for session in range(1500):
        gate.observe("a", event(RINGING, session))
        gate.observe("b", event(RINGING, session))
    gate.observe("a", event(MISSED, 0))
    assert gate.should_fire(event(MISSED, 0))
    gate.observe("a", event(MISSED, 1499))
    assert not gate.should_fire(event(MISSED, 1499))


def test_a_mailbox_that_answers_the_calling_phone_has_not_answered_the_call() -> None:
    """A colleague calls; both phones are targeted, and the called one rings in vain."""
    gate = MissedByAll(never)
    gate.observe("b", event(RINGING))
    gate.observe("a", event(ANSWERED, direction="Outbound"))
    gate.observe("b", event(MISSED))
    assert gate.should_fire(event(MISSED))


def test_a_phone_that_is_not_targeted_any_more_is_not_waited_for() -> None:
    """Nobody is told of its end."""
    gate = MissedByAll(never)
    for phone in ("a", "b"):
        gate.observe(phone, event(RINGING))
    gate.observe("c", event(RINGING, 2))
    gate.set_targets({"a"})
    gate.observe("a", event(MISSED))
    assert gate.should_fire(event(MISSED))


def test_of_a_call_that_rang_before_the_picture_tells_whether_it_goes_on() -> None:
    """The automation is younger than the call."""
    going_on = {"s-1"}
    gate = MissedByAll(going_on.__contains__)
    gate.observe("a", event(MISSED))
    assert not gate.should_fire(event(MISSED))
    going_on.clear()
    gate.observe("b", event(MISSED))
    assert gate.should_fire(event(MISSED))


def test_a_call_that_a_queue_offers_once_more_is_not_over_with_the_first_offer() -> (
    None
):
    """As another party of the call, at the same phone, before the first is told."""
    gate = MissedByAll(never)
    gate.observe("a", event(RINGING, partyId="p-2"))
    gate.observe("a", event(RINGING, partyId="p-5"))
    missed = event(MISSED, partyId="p-2")
    gate.observe("a", missed)
    assert not gate.should_fire(missed)
    missed = event(MISSED, partyId="p-5")
    gate.observe("a", missed)
    assert gate.should_fire(missed)
