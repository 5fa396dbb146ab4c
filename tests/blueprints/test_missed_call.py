"""Blueprint "missed call": one message per call, and its text."""

from typing import Any

import pytest

from ..reliability.common import MOVED_TIME
from ..strangers import WITH_ANY_NAME, shown_by_markdown
from .common import OUTSIDE, House, notifications, set_privacy, variables_of

pytestmark = MOVED_TIME

# After this time, a ring that has stopped counts as missed.
_UNTIL_MISSED = 5


async def _missed(
    house: House,
    to: str = "102",
    from_: str = OUTSIDE,
    seconds: float = 20,
    **call: Any,
) -> None:
    """Let a phone ring without an answer."""
    ringing = house.simulator.ring(to=to, from_=from_, **call)
    await house.time.passes(seconds)
    house.simulator.end(ringing.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)


def _messages(house: House) -> list[str]:
    """Return the texts of all messages of the default action."""
    return [data["message"] for data in house.called("persistent_notification.create")]


def _queue(house: House) -> str:
    """Return the number of a queue."""
    return next(e.number for e in house.simulator.extensions if e.type == "Department")


def _people(house: House) -> list[str]:
    """Return the numbers of all users."""
    return [
        e.number for e in house.simulator.extensions if e.type == "User" and e.number
    ]


async def test_message_names_caller_extension_and_time(house: House) -> None:
    """With default inputs; the local time zone is eight hours behind."""
    await house.automate("missed_call", phones=house.phones("102"))
    await _missed(house, from_name="Ines Caller")

    name = house.simulator.extension("102").name
    assert _messages(house) == [f"For {name} at 01:00: Ines Caller"]


async def test_answered_call_sends_no_message(house: House) -> None:
    await house.automate("missed_call", phones=house.phones("102"))
    call = house.simulator.ring(to="102", from_=OUTSIDE)
    house.simulator.answer(call.telephony_session_id)
    await house.time.passes(30)
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert _messages(house) == []


async def test_call_that_rings_at_a_whole_group_sends_one_message(house: House) -> None:
    people = _people(house)
    await house.automate("missed_call", phones=house.phones(*people))
    call = house.simulator.ring(to=_queue(house), from_=OUTSIDE)
    await house.time.passes(20)
    shown = [house.account.shows(number, "telephony_status") for number in people]
    assert shown.count("ringing") > 1
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert len(_messages(house)) == 1


async def test_call_missed_during_a_reload_sends_its_message_afterwards(
    house: House,
) -> None:
    """RingCentral replays its notifications."""
    await house.automate("missed_call", phones=house.phones("102"))
    call = house.simulator.ring(to="102", from_=OUTSIDE)
    await house.time.passes(10)
    entry_id = house.account.entry.entry_id
    await house.hass.config_entries.async_unload(entry_id)
    await house.time.passes(10)
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(10)
    assert _messages(house) == []
    await house.hass.config_entries.async_setup(entry_id)
    await house.time.passes(10)

    assert len(_messages(house)) == 1


async def test_call_that_a_colleague_answers_sends_no_message(house: House) -> None:
    await house.automate("missed_call", phones=house.phones(*_people(house)))
    call = house.simulator.ring(to=_queue(house), from_=OUTSIDE)
    await house.time.passes(5)
    house.simulator.answer(call.telephony_session_id)
    await house.time.passes(10)

    assert _messages(house) == []


@pytest.mark.parametrize(
    ("number", "name", "shown"),
    [
        (OUTSIDE, None, OUTSIDE),
        ("", None, "Somebody"),
        ("", "Anonymous", "Anonymous"),
    ],
)
async def test_caller_is_named_by_the_best_known_identity(
    house: House, number: str, name: str | None, shown: str
) -> None:
    """By number if the name is unknown."""
    await house.automate("missed_call", phones=house.phones("102"))
    await _missed(house, from_=number, from_name=name)

    assert _messages(house)[0].endswith(f": {shown}")


@pytest.mark.parametrize(
    ("privacy", "name"), [("masked", "I. C."), ("none", "Somebody")]
)
async def test_message_is_masked_by_the_privacy_level(
    house: House, privacy: str, name: str
) -> None:
    await set_privacy(house, privacy)
    await house.automate("missed_call", phones=house.phones("102"))
    await _missed(house, from_name="Ines Caller")

    assert _messages(house)[0].endswith(f": {name}")


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_shown_as_text(
    house: House, name: str, shown: str
) -> None:
    """After words that make the message a text."""
    await house.automate("missed_call", phones=house.phones("102"))
    await _missed(house, from_name=name)

    [message] = _messages(house)
    extension = house.simulator.extension("102").name
    assert shown_by_markdown(message) == f"For {extension} at 01:00: {shown}"
    assert len(notifications(house)) == 1


@pytest.mark.parametrize(("seconds", "messages"), [(5, 0), (15, 1)])
async def test_short_ring_can_be_ignored(
    house: House, seconds: int, messages: int
) -> None:
    phones = house.phones("102")
    await house.automate("missed_call", phones=phones, least_seconds=10)
    await _missed(house, seconds=seconds)

    assert len(_messages(house)) == messages


@pytest.mark.parametrize(("from_", "messages"), [(OUTSIDE, 1), ("103", 0), ("", 0)])
async def test_callers_can_be_limited_to_some_numbers(
    house: House, from_: str, messages: int
) -> None:
    """To external ones, as in the description."""
    phones = house.phones("102")
    await house.automate("missed_call", phones=phones, caller_numbers=["+*"])
    await _missed(house, from_=from_)

    assert len(_messages(house)) == messages


@pytest.mark.parametrize(
    ("queue_calls", "queue_call", "messages"),
    [("only", True, 1), ("only", False, 0), ("none", True, 0), ("none", False, 1)],
)
async def test_queue_calls_can_be_selected(
    house: House, queue_calls: str, queue_call: bool, messages: int
) -> None:
    phones = house.phones("102")
    await house.automate("missed_call", phones=phones, queue_calls=queue_calls)
    await _missed(house, queue_call=queue_call)

    assert len(_messages(house)) == messages


async def test_two_calls_at_once_send_two_messages(house: House) -> None:
    await house.automate("missed_call", phones=house.phones("102", "103"))
    first = house.simulator.ring(to="102", from_=OUTSIDE, from_name="Ann")
    second = house.simulator.ring(to="103", from_=OUTSIDE, from_name="Ben")
    await house.time.passes(20)
    house.simulator.end(first.telephony_session_id)
    house.simulator.end(second.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert sorted(message[-3:] for message in _messages(house)) == ["Ann", "Ben"]


async def test_actions_of_the_user_have_the_documented_variables(house: House) -> None:
    """Each documented variable has its value and type."""
    phones = house.phones("102")
    recorded = await variables_of(
        house, "missed_call", "message_actions", ["call"], phones=phones
    )
    await _missed(house, from_name="Ines Caller", seconds=20)

    [call] = [data["call"] for data in recorded]
    assert 19 <= call.pop("seconds") <= 21
    assert call == {
        "caller": "Ines Caller",
        "name": "Ines Caller",
        "number": OUTSIDE,
        "extension": house.simulator.extension("102").name,
        "extension_number": "102",
        "time": "01:00",
    }
