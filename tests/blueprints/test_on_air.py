"""Blueprint "on air": the sign is on during calls and meetings."""

from typing import Any, Final

import pytest

from ..reliability.common import MOVED_TIME, is_pushed, lose_push
from .common import OUTSIDE, House

pytestmark = MOVED_TIME

_SIGN: Final = "input_boolean.sign"

# Default delay until the sign goes off.
_DELAY: Final = 10


async def _on_air(house: House, *numbers: str, **inputs: Any) -> None:
    """Set up a sign."""
    await house.set_up("input_boolean", {"sign": {}})
    await house.automate(
        "on_air", people=house.phones(*(numbers or ("102",))), signs=[_SIGN], **inputs
    )


async def _answered(house: House, to: str = "102") -> str:
    call = house.simulator.ring(to=to, from_=OUTSIDE)
    house.simulator.answer(call.telephony_session_id)
    await house.settle()
    return call.telephony_session_id


async def _meeting(house: House, status: str, number: str = "102") -> None:
    house.simulator.change_extension(number, meetingStatus=status)
    await house.settle()


async def test_sign_is_on_during_a_call(house: House) -> None:
    """Also while it is on hold, but not while it rings."""
    await _on_air(house)
    call = house.simulator.ring(to="102", from_=OUTSIDE).telephony_session_id
    await house.settle()
    assert house.shows(_SIGN) == "off"
    house.simulator.answer(call)
    await house.settle()
    assert house.shows(_SIGN) == "on"
    house.simulator.hold(call)
    await house.time.passes(60)
    assert house.shows(_SIGN) == "on"
    house.simulator.end(call)
    await house.time.passes(_DELAY - 2)
    assert house.shows(_SIGN) == "on"
    await house.time.passes(4)

    assert house.shows(_SIGN) == "off"


async def test_sign_is_on_during_a_meeting(house: House) -> None:
    """The sensor of the meeting status is disabled by default."""
    await _on_air(house)
    assert house.account.shows("102", "meeting_status") is None
    await _meeting(house, "Connected")
    assert house.shows(_SIGN) == "on"
    await _meeting(house, "Disconnected")
    await house.time.passes(_DELAY + 2)

    assert house.shows(_SIGN) == "off"


@pytest.mark.parametrize(
    ("occasions", "in_call", "in_meeting"),
    [(["call"], "on", "off"), (["meeting"], "off", "on")],
)
async def test_only_selected_occasions_count(
    house: House, occasions: list[str], in_call: str, in_meeting: str
) -> None:
    await _on_air(house, occasions=occasions, off_after={"seconds": 0})
    call = await _answered(house)
    assert house.shows(_SIGN) == in_call
    house.simulator.end(call)
    await house.settle()
    assert house.shows(_SIGN) == "off"
    await _meeting(house, "Connected")

    assert house.shows(_SIGN) == in_meeting


async def test_sign_is_on_while_any_extension_is_on_air(house: House) -> None:
    """It is off after the last of three."""
    await _on_air(house, "102", "103", "104")
    first = await _answered(house, "102")
    second = await _answered(house, "103")
    await _meeting(house, "Connected", "104")
    house.simulator.end(first)
    await house.time.passes(60)
    assert house.shows(_SIGN) == "on"
    house.simulator.end(second)
    await house.time.passes(60)
    assert house.shows(_SIGN) == "on"
    await _meeting(house, "Disconnected", "104")
    await house.time.passes(_DELAY + 2)

    assert house.shows(_SIGN) == "off"


async def test_sign_is_on_during_a_call_of_a_member_of_a_group(house: House) -> None:
    await house.set_up("input_boolean", {"sign": {}})
    group = await house.group("102", "103")
    await house.automate("on_air", people=group, signs=[_SIGN])
    other = await _answered(house, to="104")
    assert house.shows(_SIGN) == "off"
    call = await _answered(house, to="103")
    assert house.shows(_SIGN) == "on"
    house.simulator.end(call)
    await house.time.passes(_DELAY + 2)
    assert house.shows(_SIGN) == "off"
    house.simulator.end(other)


async def test_sign_is_off_while_the_person_is_away(house: House) -> None:
    """It follows a person who comes or goes during the call."""
    house.hass.states.async_set("person.alice", "not_home")
    await _on_air(house, person=["person.alice"], off_after={"seconds": 0})
    await _answered(house)
    assert house.shows(_SIGN) == "off"
    house.hass.states.async_set("person.alice", "home")
    await house.settle()
    assert house.shows(_SIGN) == "on"
    house.hass.states.async_set("person.alice", "Office")
    await house.settle()

    assert house.shows(_SIGN) == "off"


async def test_one_of_several_persons_at_home_is_enough(house: House) -> None:
    house.hass.states.async_set("person.alice", "not_home")
    house.hass.states.async_set("person.bob", "home")
    await _on_air(house, person=["person.alice", "person.bob"])
    await _answered(house)

    assert house.shows(_SIGN) == "on"


async def test_sign_stays_on_from_a_call_to_the_next(house: House) -> None:
    await _on_air(house, off_after={"minutes": 1})
    house.simulator.end(await _answered(house))
    await house.time.passes(50)
    await _answered(house)
    await house.time.passes(120)

    assert house.shows(_SIGN) == "on"
    assert house.called("homeassistant.turn_off") == []


async def test_call_of_an_extension_that_is_not_selected_does_not_count(
    house: House,
) -> None:
    await _on_air(house)
    await _answered(house, "103")

    assert house.shows(_SIGN) == "off"


async def test_reload_of_the_integration_during_a_call_is_not_visible(
    house: House,
) -> None:
    """The sensors are unavailable in between."""
    await _on_air(house)
    await _answered(house)
    await house.hass.config_entries.async_reload(house.account.entry.entry_id)
    await house.time.passes(60)

    assert house.shows(_SIGN) == "on"
    assert house.called("homeassistant.turn_off") == []


async def test_sign_goes_off_if_the_sensors_are_unavailable(house: House) -> None:
    await _on_air(house)
    await _answered(house)
    await house.hass.config_entries.async_unload(house.account.entry.entry_id)
    await house.time.passes(_DELAY + 2)

    assert house.shows(_SIGN) == "off"


async def test_call_whose_notification_was_lost_is_shown(house: House) -> None:
    await _on_air(house)
    house.simulator.fault("refuse_upgrade", status=503, seconds=400)
    await lose_push(house.account)
    await house.time.passes(30)
    await _answered(house)
    await house.time.passes_until(is_pushed(house.account), within=900)
    await house.time.passes(5)

    assert house.shows(_SIGN) == "on"


@pytest.mark.parametrize("occasion", ["call", "meeting", None])
async def test_start_of_home_assistant_corrects_the_sign(
    house: House, occasion: str | None
) -> None:
    """Whatever it showed when Home Assistant stopped."""
    if occasion == "call":
        await _answered(house)
    elif occasion == "meeting":
        await _meeting(house, "Connected")
    house.starts()
    await _on_air(house)
    if occasion is None:
        await house.call("input_boolean.turn_on", _SIGN)
    await house.started()

    assert house.shows(_SIGN) == ("off" if occasion is None else "on")
