"""Blueprint "missed call": one message per call, and its text."""

from collections.abc import Sequence
from typing import Any

import pytest

from ..reliability.common import MOVED_TIME
from ..strangers import WITH_ANY_NAME, shown_by_markdown
from .common import AUTOMATION, OUTSIDE, House, notifications, set_privacy, variables_of
from .telephones import HERS, MINE, MobilePhone, add_phone, add_phones

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
    """Return the texts of all notifications in Home Assistant."""
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
    await house.automate("missed_call", people=house.phones("102"))
    await _missed(house, from_name="Ines Caller")

    name = house.simulator.extension("102").name
    assert _messages(house) == [f"Missed at 01:00: Ines Caller ({name})"]


async def test_selected_phone_receives_the_message_and_home_assistant_shows_none(
    house: House,
) -> None:
    phone = await add_phone(house)
    await house.automate("missed_call", people=house.phones("102"), notify=[MINE])
    await _missed(house, from_name="Ines Caller")

    name = house.simulator.extension("102").name
    assert phone.received == [("Missed call", f"Missed at 01:00: Ines Caller ({name})")]
    assert _messages(house) == []


async def _messages_to(house: House, *notify: str) -> list[dict[str, Any]]:
    """Return what own actions receive beside the phones."""
    return await variables_of(
        house,
        "missed_call",
        "message_actions",
        ["message"],
        people=house.phones("102"),
        notify=list(notify),
    )


async def test_several_phones_receive_the_message_beside_actions_of_the_user(
    house: House,
) -> None:
    phones = [MobilePhone("My phone"), MobilePhone("Her phone")]
    await add_phones(house, *phones)
    recorded = await _messages_to(house, MINE, HERS)
    await _missed(house, from_name="Ines Caller")

    [message] = [data["message"] for data in recorded]
    assert [phone.received for phone in phones] == [[("Missed call", message)]] * 2


async def test_phone_that_fails_stops_neither_the_other_nor_actions_of_the_user(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    phone = MobilePhone("My phone")
    await add_phones(house, phone, MobilePhone("Her phone", is_reachable=False))
    recorded = await _messages_to(house, HERS, MINE)
    await _missed(house)

    assert (len(phone.received), len(recorded)) == (1, 1)
    assert "The phone is not reachable" in caplog.text
    caplog.clear()


async def test_answered_call_sends_no_message(house: House) -> None:
    await house.automate("missed_call", people=house.phones("102"))
    call = house.simulator.ring(to="102", from_=OUTSIDE)
    house.simulator.answer(call.telephony_session_id)
    await house.time.passes(30)
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert _messages(house) == []


async def test_call_that_rings_at_a_whole_group_sends_one_message(house: House) -> None:
    people = _people(house)
    await house.automate("missed_call", people=house.phones(*people))
    call = house.simulator.ring(to=_queue(house), from_=OUTSIDE)
    await house.time.passes(20)
    shown = [house.account.shows(number, "telephony_status") for number in people]
    assert shown.count("ringing") > 1
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert len(_messages(house)) == 1


async def test_call_that_rings_at_members_of_a_group_device_sends_one_message(
    house: House,
) -> None:
    """Not if a member answers it, or for a call at others."""
    people = _people(house)
    await house.automate("missed_call", people=await house.group(*people[:-1]))
    await _missed(house, to=_queue(house))
    assert len(_messages(house)) == 1
    answered = house.simulator.ring(to=_queue(house), from_=OUTSIDE)
    await house.time.passes(5)
    house.simulator.answer(answered.telephony_session_id)
    await house.time.passes(10)
    await _missed(house, to=people[-1])

    assert len(_messages(house)) == 1


async def test_call_missed_during_a_reload_sends_its_message_afterwards(
    house: House,
) -> None:
    """RingCentral replays its notifications."""
    await house.automate("missed_call", people=house.phones("102"))
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
    await house.automate("missed_call", people=house.phones(*_people(house)))
    call = house.simulator.ring(to=_queue(house), from_=OUTSIDE)
    await house.time.passes(5)
    house.simulator.answer(call.telephony_session_id)
    await house.time.passes(10)

    assert _messages(house) == []


@pytest.mark.parametrize(
    ("number", "name", "shown"),
    [
        (OUTSIDE, None, f": {OUTSIDE}"),
        ("", None, ""),
        ("", "Anonymous", ": Anonymous"),
    ],
)
async def test_caller_is_named_by_the_best_known_identity(
    house: House, number: str, name: str | None, shown: str
) -> None:
    """By number if the name is unknown, and not at all if neither is known."""
    await house.automate("missed_call", people=house.phones("102"))
    await _missed(house, from_=number, from_name=name)

    extension = house.simulator.extension("102").name
    assert _messages(house) == [f"Missed at 01:00{shown} ({extension})"]


@pytest.mark.parametrize(("privacy", "shown"), [("masked", ": I. C."), ("none", "")])
async def test_message_is_masked_by_the_privacy_level(
    house: House, privacy: str, shown: str
) -> None:
    phone = await add_phone(house)
    await set_privacy(house, privacy)
    await house.automate("missed_call", people=house.phones("102"), notify=[MINE])
    await _missed(house, from_name="Ines Caller")

    [(_, message)] = phone.received
    extension = house.simulator.extension("102").name
    assert message == f"Missed at 01:00{shown} ({extension})"


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_shown_as_text(
    house: House, name: str, shown: str
) -> None:
    """After words that make the message a text."""
    await house.automate("missed_call", people=house.phones("102"))
    await _missed(house, from_name=name)

    [message] = _messages(house)
    extension = house.simulator.extension("102").name
    expected = f"Missed at 01:00: {shown} ({extension})"
    assert shown_by_markdown(message) == expected
    assert len(notifications(house)) == 1


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_sent_as_it_is(
    house: House, name: str, shown: str
) -> None:
    """What is sent to phones is not Markdown."""
    phone = await add_phone(house)
    await house.automate("missed_call", people=house.phones("102"), notify=[MINE])
    await _missed(house, from_name=name)

    extension = house.simulator.extension("102").name
    expected = f"Missed at 01:00: {shown} ({extension})"
    assert phone.received == [("Missed call", expected)]


@pytest.mark.parametrize(
    "name",
    ["**Ann** [x](http://evil.example)", "דנה כהן", "😀👩‍💻 Ann", "None", "A" * 80],
)
async def test_any_name_of_a_colleague_is_shown_as_text(
    house: House, name: str
) -> None:
    """Of the one who calls, and of the one who is called."""
    house.simulator.change_extension("102", name=name)
    await house.account.until_all_reported()
    await house.automate("missed_call", people=house.phones("102"))
    await _missed(house, from_="103", from_name=name)

    [message] = _messages(house)
    # Joiners between emoji do not have to be kept.
    shown, expected = (
        text.replace("\u200d", "")
        for text in (shown_by_markdown(message), f"Missed at 01:00: {name} ({name})")
    )
    assert shown == expected


@pytest.mark.parametrize(("seconds", "messages"), [(5, 0), (15, 1)])
async def test_short_ring_can_be_ignored(
    house: House, seconds: int, messages: int
) -> None:
    phones = house.phones("102")
    await house.automate("missed_call", people=phones, least_seconds=10)
    await _missed(house, seconds=seconds)

    assert len(_messages(house)) == messages


@pytest.mark.parametrize(
    ("alice", "bob", "messages"),
    [("home", "home", 1), ("not_home", "home", 1), ("Office", "unknown", 0)],
)
async def test_nothing_is_sent_while_the_persons_are_away(
    house: House, alice: str, bob: str, messages: int
) -> None:
    house.hass.states.async_set("person.alice", alice)
    house.hass.states.async_set("person.bob", bob)
    persons = ["person.alice", "person.bob"]
    await house.automate("missed_call", people=house.phones("102"), person=persons)
    await _missed(house)

    assert len(_messages(house)) == messages


_CALLERS = (OUTSIDE, "+16505550199", "103", "anonymous", "")


@pytest.mark.parametrize(
    ("calls", "numbers", "reported"),
    [
        ("all", [], _CALLERS),
        # The numbers count only for the third choice.
        ("all", [OUTSIDE], _CALLERS),
        ("outside", [], (OUTSIDE, "+16505550199", "anonymous", "")),
        ("outside", ["103"], (OUTSIDE, "+16505550199", "anonymous", "")),
        ("numbers", ["+1 (650) 555-0123"], (OUTSIDE,)),
        ("numbers", ["+1650*", "103"], (OUTSIDE, "+16505550199", "103")),
        ("numbers", ["*"], (OUTSIDE, "+16505550199", "103")),
        ("numbers", [".+", "[0-9]*", "("], ()),
        ("numbers", [], ()),
        ("numbers", ["", " - "], ()),
        # YAML may have a text in place of a list.
        ("numbers", "+*123", (OUTSIDE,)),
        ("", [], _CALLERS),
        (None, [], _CALLERS),
    ],
)
async def test_calls_can_be_limited(
    house: House, calls: str | None, numbers: list[str] | str, reported: Sequence[str]
) -> None:
    """To those from outside, hidden numbers included, or from some numbers."""
    await house.automate(
        "missed_call",
        people=house.phones("102"),
        calls=calls,
        caller_numbers=numbers,
    )
    for number in _CALLERS:
        await _missed(house, from_=number, from_name=number or "Hidden", seconds=5)

    [messages, extension] = _messages(house), house.simulator.extension("102").name
    assert [
        message.partition(": ")[2].removesuffix(f" ({extension})")
        for message in messages
    ] == [number or "Hidden" for number in reported]


async def test_call_from_outside_to_a_group_sends_one_message(house: House) -> None:
    people = _people(house)
    phones = house.phones(*people)
    await house.automate("missed_call", people=phones, calls="outside")
    for number in (OUTSIDE, ""):
        await _missed(house, to=_queue(house), from_=number)

    assert len(_messages(house)) == 2


async def test_number_without_quotes_is_rejected_with_a_reason(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """YAML reads it as an integer, without its plus sign."""
    use = {
        "path": "ringcentral/missed_call.yaml",
        "input": {"people": house.phones("102"), "caller_numbers": [16505550123]},
    }
    automation = {"use_blueprint": use, "id": "1", "alias": "Of a user"}
    await house.set_up("automation", automation)

    assert house.shows(AUTOMATION) == "unavailable"
    assert "a phone number must be in quotes" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("queue_calls", "queue_call", "messages"),
    [("only", True, 1), ("only", False, 0), ("none", True, 0), ("none", False, 1)],
)
async def test_queue_calls_can_be_selected(
    house: House, queue_calls: str, queue_call: bool, messages: int
) -> None:
    phones = house.phones("102")
    await house.automate("missed_call", people=phones, queue_calls=queue_calls)
    await _missed(house, queue_call=queue_call)

    assert len(_messages(house)) == messages


async def test_two_calls_at_once_send_two_messages(house: House) -> None:
    await house.automate("missed_call", people=house.phones("102", "103"))
    first = house.simulator.ring(to="102", from_=OUTSIDE, from_name="Ann")
    second = house.simulator.ring(to="103", from_=OUTSIDE, from_name="Ben")
    await house.time.passes(20)
    house.simulator.end(first.telephony_session_id)
    house.simulator.end(second.telephony_session_id)
    await house.time.passes(_UNTIL_MISSED)

    assert sorted(message.split()[3] for message in _messages(house)) == ["Ann", "Ben"]


async def test_actions_of_the_user_have_the_documented_variables(house: House) -> None:
    """Each documented variable has its value and type."""
    phones = house.phones("102")
    recorded = await variables_of(
        house, "missed_call", "message_actions", ["call"], people=phones
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
