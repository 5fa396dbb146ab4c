"""Blueprint "hold reminder": times and calls of the reminders."""

from typing import Any

import pytest

from ..reliability.common import MOVED_TIME
from ..strangers import WITH_ANY_NAME, shown_by_markdown
from .common import OUTSIDE, House, notifications, variables_of
from .telephones import MINE, add_phone

pytestmark = MOVED_TIME


async def _on_hold(house: House, to: str = "102", **call: Any) -> str:
    """Put a call on hold; return the session id."""
    ringing = house.simulator.ring(to=to, from_=OUTSIDE, **call)
    house.simulator.answer(ringing.telephony_session_id)
    house.simulator.hold(ringing.telephony_session_id)
    await house.settle()
    return ringing.telephony_session_id


def _reminders(house: House) -> list[str]:
    """Return the texts of all notifications in Home Assistant."""
    return [data["message"] for data in house.called("persistent_notification.create")]


def _caller(reminder: str) -> str:
    """Return the first name in a reminder."""
    return reminder.partition(": ")[2].split()[0]


async def test_reminder_comes_after_a_minute_and_again_each_minute(
    house: House,
) -> None:
    """With default inputs."""
    await house.automate("hold_reminder", people=house.phones("102"))
    await _on_hold(house, from_name="Ines Waiting")
    await house.time.passes(58)
    assert _reminders(house) == []
    await house.time.passes(3)
    name = house.simulator.extension("102").name
    assert _reminders(house) == [f"On hold for 60 seconds: Ines Waiting ({name})"]
    await house.time.passes(61)

    assert len(_reminders(house)) == 2
    assert "for 2 minutes" in _reminders(house)[1]


async def test_reminder_is_for_each_member_of_a_group(house: House) -> None:
    await house.automate("hold_reminder", people=await house.group("102", "103"))
    for number in ("102", "103", "104"):
        await _on_hold(house, to=number, from_name=f"Caller{number}")
    await house.time.passes(61)

    assert sorted(map(_caller, _reminders(house))) == ["Caller102", "Caller103"]


async def test_selected_phone_receives_each_reminder_and_home_assistant_shows_none(
    house: House,
) -> None:
    phone = await add_phone(house)
    await house.automate("hold_reminder", people=house.phones("102"), notify=[MINE])
    await _on_hold(house, from_name="Ines Waiting")
    await house.time.passes(122)

    name = house.simulator.extension("102").name
    assert phone.received == [
        ("Call on hold", f"On hold for {duration}: Ines Waiting ({name})")
        for duration in ("60 seconds", "2 minutes")
    ]
    assert _reminders(house) == []


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_sent_as_it_is(
    house: House, name: str, shown: str
) -> None:
    """What is sent to phones is not Markdown."""
    phone = await add_phone(house)
    await house.automate("hold_reminder", people=house.phones("102"), notify=[MINE])
    await _on_hold(house, from_name=name)
    await house.time.passes(61)

    extension = house.simulator.extension("102").name
    expected = f"On hold for 60 seconds: {shown} ({extension})"
    assert phone.received == [("Call on hold", expected)]


@WITH_ANY_NAME
async def test_any_name_of_a_caller_is_shown_as_text(
    house: House, name: str, shown: str
) -> None:
    """After words that make the message a text."""
    await house.automate("hold_reminder", people=house.phones("102"))
    await _on_hold(house, from_name=name)
    await house.time.passes(61)

    [message] = _reminders(house)
    extension = house.simulator.extension("102").name
    expected = f"On hold for 60 seconds: {shown} ({extension})"
    assert shown_by_markdown(message) == expected
    assert len(notifications(house)) == 1


@pytest.mark.parametrize("move", ["unhold", "park", "end"])
async def test_no_reminder_of_a_call_that_is_not_on_hold_any_more(
    house: House, move: str
) -> None:
    """Neither before the first reminder nor after it."""
    await house.automate("hold_reminder", people=house.phones("102"))
    call = await _on_hold(house)
    other = await _on_hold(house)
    await house.time.passes(30)
    getattr(house.simulator, move)(call)
    await house.time.passes(35)
    assert len(_reminders(house)) == 1
    getattr(house.simulator, move)(other)
    await house.time.passes(600)

    assert len(_reminders(house)) == 1


async def test_two_calls_on_hold_have_reminders_of_their_own(house: House) -> None:
    await house.automate("hold_reminder", people=house.phones("102"))
    first = await _on_hold(house, from_name="Ann")
    await _on_hold(house, from_name="Ben")
    await house.time.passes(65)
    assert sorted(map(_caller, _reminders(house))) == ["Ann", "Ben"]
    house.simulator.unhold(first)
    await house.time.passes(60)

    assert sorted(map(_caller, _reminders(house))) == ["Ann", "Ben", "Ben"]


async def test_call_that_is_put_on_hold_again_starts_a_new_series(house: House) -> None:
    """One series of reminders at a time."""
    await house.automate("hold_reminder", people=house.phones("102"))
    call = await _on_hold(house)
    await house.time.passes(70)
    house.simulator.unhold(call)
    await house.settle()
    house.simulator.hold(call)
    await house.time.passes(55)
    assert len(_reminders(house)) == 1
    await house.time.passes(10)

    assert len(_reminders(house)) == 2
    assert "for 60 seconds" in _reminders(house)[1]


async def test_reminders_of_a_forgotten_call_end(house: House) -> None:
    """After the selected number."""
    await house.automate(
        "hold_reminder",
        people=house.phones("102"),
        first_after={"seconds": 10},
        again_after={"seconds": 20},
        most_reminders=3,
    )
    await _on_hold(house)
    await house.time.passes(45)
    assert len(_reminders(house)) == 2
    await house.time.passes(300)

    assert len(_reminders(house)) == 3


@pytest.mark.parametrize(
    ("chosen", "queue_call", "is_reminded"),
    [
        ({"direction": "inbound"}, False, True),
        ({"direction": "outbound"}, False, False),
        ({"queue_calls": "only"}, True, True),
        ({"queue_calls": "only"}, False, False),
        ({"queue_calls": "none"}, True, False),
    ],
)
async def test_only_selected_calls_have_reminders(
    house: House, chosen: dict[str, str], queue_call: bool, is_reminded: bool
) -> None:
    """By direction and queue."""
    await house.automate("hold_reminder", people=house.phones("102"), **chosen)
    await _on_hold(house, queue_call=queue_call)
    await house.time.passes(65)

    assert bool(_reminders(house)) is is_reminded


async def test_actions_of_the_user_have_the_documented_variables(house: House) -> None:
    """Each documented variable has its value."""
    recorded = await variables_of(
        house,
        "hold_reminder",
        "reminder_actions",
        ["call", "reminder", "seconds"],
        people=house.phones("102"),
    )
    await _on_hold(house, from_name="Ines Waiting")
    await house.time.passes(65)

    assert recorded == [
        {
            "call": {
                "caller": "Ines Waiting",
                "name": "Ines Waiting",
                "number": OUTSIDE,
                "extension": house.simulator.extension("102").name,
                "extension_number": "102",
            },
            "reminder": 1,
            "seconds": 60,
        }
    ]


async def test_caller_without_name_and_number_is_not_mentioned(house: House) -> None:
    await house.automate("hold_reminder", people=house.phones("102"))
    call = house.simulator.ring(to="102", from_="")
    house.simulator.answer(call.telephony_session_id)
    house.simulator.hold(call.telephony_session_id)
    await house.time.passes(65)

    name = house.simulator.extension("102").name
    assert _reminders(house) == [f"On hold for 60 seconds ({name})"]
