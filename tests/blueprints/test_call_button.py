"""Blueprint "call button": what is dialed, and when it is not."""

from typing import Any, Final

import pytest

from custom_components.ringcentral.control.models import Destination

from ..actions.common import RecordingControl, record_control
from ..reliability.common import MOVED_TIME
from .common import OUTSIDE, House

pytestmark = MOVED_TIME

_BUTTON: Final = {"trigger": "event", "event_type": "pressed"}


@pytest.fixture
def control(house: House, monkeypatch: pytest.MonkeyPatch) -> RecordingControl:
    return record_control(house.account, monkeypatch)


async def _button(house: House, **inputs: Any) -> None:
    await house.automate(
        "call_button",
        button=[_BUTTON],
        account=house.account.entry.entry_id,
        **inputs,
    )


async def _press(house: House) -> None:
    house.hass.bus.async_fire("pressed")
    await house.settle()


async def test_number_is_dialed_as_it_is_written(
    house: House, control: RecordingControl
) -> None:
    """With its plus sign, at each press."""
    await _button(house, number="+16505550199")
    await _press(house)
    await _press(house)

    assert [dial.destination for dial in control.dials] == [
        Destination("+16505550199"),
        Destination("+16505550199"),
    ]


async def test_person_is_dialed(house: House, control: RecordingControl) -> None:
    [person] = house.phones("102")
    await _button(house, person=person)
    await _press(house)

    extension_id = house.simulator.extension("102").id
    assert [dial.destination for dial in control.dials] == [
        Destination("102", extension_id)
    ]


async def test_number_counts_more_than_a_person(
    house: House, control: RecordingControl
) -> None:
    [person] = house.phones("102")
    await _button(house, number="+16505550199", person=person)
    await _press(house)

    assert [dial.destination.number for dial in control.dials] == ["+16505550199"]


async def test_button_does_nothing_during_a_call_of_selected_people(
    house: House, control: RecordingControl
) -> None:
    await _button(house, number="+16505550199", busy=house.phones("102", "103"))
    call = house.simulator.ring(to="103", from_=OUTSIDE)
    house.simulator.answer(call.telephony_session_id)
    await house.settle()
    await _press(house)
    assert not control.dials
    house.simulator.end(call.telephony_session_id)
    await house.settle()
    await _press(house)

    assert len(control.dials) == 1
