"""Blueprint "hold while": which calls are put on hold, and when they are resumed."""

from typing import Any, Final, override

import pytest

from custom_components.ringcentral.actions import control as control_actions
from custom_components.ringcentral.control.models import Action, ActionResult, Command
from homeassistant.core import Context

from ..actions.common import RecordingControl, turn_on
from ..reliability.common import MOVED_TIME
from .common import OUTSIDE, House

pytestmark = MOVED_TIME

_BELL: Final = "input_boolean.bell"
_EVENT: Final = "event.front_door"


class _HoldingControl(RecordingControl):
    """A control that puts calls of the simulator on hold, as by a phone."""

    def __init__(self, house: House) -> None:
        """Initialize for the house."""
        super().__init__()
        self._house = house

    @override
    async def async_act(
        self, extension_id: str, command: Command, context: Context | None
    ) -> ActionResult:
        """Record a command, and move the call."""
        result = await super().async_act(extension_id, command, context)
        move = {Action.HOLD: "hold", Action.RESUME: "unhold"}[command.action]
        getattr(self._house.simulator, move)(command.wanted.call)
        return result

    @property
    def moves(self) -> list[tuple[Action, str | None]]:
        """What was done, with which call."""
        return [(act.command.action, act.command.wanted.call) for act in self.acts]


@pytest.fixture
def control(house: House, monkeypatch: pytest.MonkeyPatch) -> _HoldingControl:
    turn_on(house.account)
    control = _HoldingControl(house)
    monkeypatch.setattr(control_actions, "get_control", lambda *_: control)
    return control


async def _automate(house: House, *, people: list[str], **inputs: Any) -> None:
    await house.set_up("input_boolean", {"bell": {}})
    while_on = [_BELL, _EVENT]
    await house.automate("hold_while", people=people, while_on=while_on, **inputs)


async def _answered(house: House, to: str = "102") -> str:
    call = house.simulator.ring(to=to, from_=OUTSIDE)
    house.simulator.answer(call.telephony_session_id)
    await house.settle()
    return call.telephony_session_id


async def _rings(house: House) -> None:
    """Let the doorbell ring for a second."""
    await house.call("input_boolean.turn_on", _BELL)
    await house.time.passes(1)
    await house.call("input_boolean.turn_off", _BELL)


async def test_call_is_on_hold_for_half_a_minute_after_a_doorbell(
    house: House, control: _HoldingControl
) -> None:
    await _automate(house, people=house.phones("102"))
    call = await _answered(house)
    await _rings(house)
    assert control.moves == [(Action.HOLD, call)]
    assert house.account.shows("102", "telephony_status") == "on_hold"
    await house.time.passes(25)
    assert control.moves == [(Action.HOLD, call)]
    await house.time.passes(5)

    assert control.moves == [(Action.HOLD, call), (Action.RESUME, call)]


async def test_doorbell_that_is_an_event_puts_calls_on_hold_when_it_rings(
    house: House, control: _HoldingControl
) -> None:
    """Neither when it becomes available, nor at another event."""

    async def report(state: str, event_type: str | None = None) -> None:
        house.hass.states.async_set(_EVENT, state, {"event_type": event_type})
        await house.settle()

    await report("unavailable")
    await _automate(house, people=house.phones("102"))
    call = await _answered(house)
    await report("2026-11-30T08:00:00.000+00:00", "ring")
    await report("2026-11-30T09:00:00.000+00:00", "motion")
    assert control.moves == []
    await report("2026-11-30T10:00:00.000+00:00", "ring")
    assert control.moves == [(Action.HOLD, call)]
    await house.time.passes(31)

    assert control.moves == [(Action.HOLD, call), (Action.RESUME, call)]


async def test_call_stays_on_hold_while_it_is_on_but_not_forever(
    house: House, control: _HoldingControl
) -> None:
    await _automate(house, people=house.phones("102"))
    call = await _answered(house)
    await house.call("input_boolean.turn_on", _BELL)
    await house.time.passes(140)
    assert control.moves == [(Action.HOLD, call)]
    await house.time.passes(12)

    assert control.moves == [(Action.HOLD, call), (Action.RESUME, call)]


async def test_only_connected_calls_of_these_people_are_put_on_hold(
    house: House, control: _HoldingControl
) -> None:
    """Neither one that rings, nor one that is on hold already, nor another phone's."""
    await _automate(house, people=await house.group("102", "103"))
    held = await _answered(house)
    house.simulator.hold(held)
    house.simulator.ring(to="102", from_=OUTSIDE)
    await _answered(house, to="104")
    mine, colleague = await _answered(house), await _answered(house, to="103")
    await _rings(house)
    await house.time.passes(31)

    assert sorted(control.moves) == sorted(
        (action, call)
        for action in (Action.HOLD, Action.RESUME)
        for call in (mine, colleague)
    )


async def test_call_that_is_over_is_not_resumed(
    house: House, control: _HoldingControl
) -> None:
    await _automate(house, people=house.phones("102"))
    call, other = await _answered(house), await _answered(house)
    await _rings(house)
    house.simulator.end(call)
    await house.time.passes(31)

    assert control.moves[2:] == [(Action.RESUME, other)]


async def test_nothing_happens_without_a_call(
    house: House, control: _HoldingControl
) -> None:
    await _automate(house, people=house.phones("102"))
    await _rings(house)
    await house.time.passes(31)

    assert control.moves == []
