"""Blueprint "to voicemail": which calls are sent away, and where."""

from typing import Any, Final

import pytest

from custom_components.ringcentral.control.models import (
    Action,
    Target,
    TargetKind,
    Wanted,
)

from ..actions.common import RecordingControl, record_control
from ..reliability.common import MOVED_TIME
from ..strangers import WITH_ANY_NAME
from .common import OUTSIDE, House

pytestmark = MOVED_TIME

_OVEN: Final = "input_boolean.oven"


@pytest.fixture
def control(house: House, monkeypatch: pytest.MonkeyPatch) -> RecordingControl:
    return record_control(house.account, monkeypatch)


async def _automate(house: House, *, people: list[str], **inputs: Any) -> None:
    """Set up the automation; the oven is on."""
    await house.set_up("input_boolean", {"oven": {}, "door": {}})
    await house.automate(
        "to_voicemail",
        people=people,
        while_on=[_OVEN, "input_boolean.door"],
        **inputs,
    )
    await house.call("input_boolean.turn_on", _OVEN)


async def _ring(house: House, to: str = "102", **call: Any) -> str:
    ringing = house.simulator.ring(to=to, from_=OUTSIDE, **call)
    await house.settle()
    return ringing.telephony_session_id


async def test_caller_goes_to_voicemail_while_one_of_them_is_on(
    house: House, control: RecordingControl
) -> None:
    """That of the person called."""
    await _automate(house, people=house.phones("102", "103"))
    session_id = await _ring(house)

    [act] = control.acts
    extension_id = house.simulator.extension("102").id
    assert act.extension_id == extension_id
    assert act.command.action is Action.FORWARD
    assert act.command.wanted == Wanted(session_id)
    assert act.command.target == Target(TargetKind.VOICEMAIL, extension_id)


async def test_call_is_rejected_if_that_is_selected(
    house: House, control: RecordingControl
) -> None:
    await _automate(house, people=house.phones("102"), how="reject")
    session_id = await _ring(house)

    [act] = control.acts
    assert act.command.action is Action.REJECT
    assert act.command.wanted == Wanted(session_id)


async def test_call_rings_while_all_of_them_are_off(
    house: House, control: RecordingControl
) -> None:
    await _automate(house, people=house.phones("102"))
    await house.call("input_boolean.turn_off", _OVEN)
    await _ring(house)

    assert not control.acts


async def test_other_phones_ring(house: House, control: RecordingControl) -> None:
    await _automate(house, people=house.phones("102"))
    await _ring(house, to="103")

    assert not control.acts


async def test_member_of_a_group_is_meant_alone(
    house: House, control: RecordingControl
) -> None:
    await _automate(house, people=await house.group("102", "103"))
    await _ring(house, to="103")

    assert [act.extension_id for act in control.acts] == [
        house.simulator.extension("103").id
    ]


@pytest.mark.parametrize(
    ("queue_calls", "is_sent"), [("none", False), ("only", True), ("any", True)]
)
async def test_queue_calls_are_excluded_unless_they_are_included(
    house: House, control: RecordingControl, queue_calls: str, is_sent: bool
) -> None:
    await _automate(house, people=house.phones("102"), queue_calls=queue_calls)
    await _ring(house, queue_call=True)

    assert bool(control.acts) is is_sent


async def test_call_rings_first_as_long_as_selected(
    house: House, control: RecordingControl
) -> None:
    """One that is answered in the meantime stays."""
    await _automate(house, people=house.phones("102"), ring_first={"seconds": 15})
    await _ring(house)
    answered = await _ring(house)
    await house.time.passes(10)
    assert not control.acts
    house.simulator.answer(answered)
    await house.time.passes(10)

    assert len(control.acts) == 1


@WITH_ANY_NAME
async def test_caller_may_have_any_name(
    house: House, control: RecordingControl, name: str, shown: str
) -> None:
    await _automate(house, people=house.phones("102"))
    session_id = await _ring(house, from_name=name)

    assert [act.command.wanted.call for act in control.acts] == [session_id]
