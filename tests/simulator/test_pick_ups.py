"""Phones that pick up by themselves, for a user who tries the buttons alone."""

from collections.abc import AsyncIterator

import pytest

from simulator import Simulator, SimulatorOptions
from simulator.base.switches import Switches
from simulator.company.call import Call, Target
from simulator.company.parties import Party
from simulator.company.ring_outs import RingOut

from ..reliability.common import MOVED_TIME, Time

pytestmark = MOVED_TIME

_OUTSIDE = "+16505550177"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Return a platform whose phones pick up after four seconds."""
    switches = Switches(phones_pick_up=4)
    simulator = Simulator(SimulatorOptions(port=0, switches=switches))
    yield simulator
    simulator.pick_ups.cancel_timers()


def _dial(simulator: Simulator, number: str = _OUTSIDE) -> RingOut:
    owner = simulator.directory.owner
    target = Target(number, None, simulator.devices.reached(number))
    return simulator.ring_outs.start(
        owner, target, number="+14155550101", is_own_phone=True
    )


def _codes(call: Call) -> list[str]:
    return [party.code for party in call.living]


@pytest.mark.parametrize("number", [_OUTSIDE, "102"])
@pytest.mark.parametrize("sessions", ["one", "two"])
async def test_own_phone_and_then_the_called_one_pick_up(
    simulator: Simulator, time: Time, number: str, sessions: str
) -> None:
    simulator.switches.change("ring_out_sessions", sessions)
    ring_out = _dial(simulator, number)
    await time.passes(3.0)
    assert ring_out.own.is_ringing
    await time.passes(2.0)
    assert ring_out.own.answered_at is not None
    target = ring_out.target
    assert target is not None
    assert target.is_ringing
    await time.passes(4.0)
    assert target.code == "Answered"


async def test_dialed_call_that_was_canceled_is_not_picked_up(
    simulator: Simulator, time: Time
) -> None:
    ring_out = _dial(simulator)
    simulator.ring_outs.cancel(ring_out)
    await time.passes(10.0)
    assert ring_out.own.answered_at is None


async def test_call_that_rings_is_left_to_the_user(
    simulator: Simulator, time: Time
) -> None:
    """Also one that an action was refused for."""
    party = simulator.ring("101", _OUTSIDE)
    call = simulator.session(party.telephony_session_id)
    call.is_controlled = True
    await time.passes(30.0)
    assert party.is_ringing


@pytest.mark.parametrize("to", [_OUTSIDE[:-1] + "8", "102"])
@pytest.mark.parametrize("is_answered", [True, False])
async def test_phone_that_a_call_is_passed_on_to_picks_up(
    simulator: Simulator, time: Time, to: str, is_answered: bool
) -> None:
    party: Party = simulator.ring("101", _OUTSIDE)
    call = simulator.session(party.telephony_session_id)
    if is_answered:
        simulator.answer(call.id)
    call.is_controlled = True
    target = Target(to, None, simulator.devices.reached(to))
    if is_answered:
        simulator.account.calls.transfer_to(call, party, target)
    else:
        simulator.account.calls.forward(call, party, target)
    assert "Proceeding" in _codes(call)
    await time.passes(5.0)
    assert _codes(call) == ["Answered", "Answered"]


@pytest.mark.parametrize("mode", ["silent", "other_party"])
async def test_device_that_was_chosen_to_answer_picks_up(
    simulator: Simulator, time: Time, mode: str
) -> None:
    simulator.switches.change("answered_device", mode)
    party = simulator.ring("101", _OUTSIDE)
    call = simulator.session(party.telephony_session_id)
    simulator.account.calls.answer(call, party, "800111222016")
    await time.passes(5.0)
    assert _codes(call) == ["Answered", "Answered"]


async def test_without_the_switch_no_phone_picks_up(
    simulator: Simulator, time: Time
) -> None:
    simulator.switches.phones_pick_up = 0
    ring_out = _dial(simulator)
    await time.passes(60.0)
    assert ring_out.own.is_ringing
