"""The connection is lost: recovered within the window, and nothing is missed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging

import pytest

from custom_components.ringcentral.const import GRACE
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Simulator

from ..common import add_account
from .common import (
    MOVED_TIME,
    Time,
    call_events,
    connected,
    connection,
    is_pushed,
    link,
    messages,
    never_unavailable,
    request_statuses,
    states_of,
    subscribed,
    unseen,
)

pytestmark = MOVED_TIME


async def _close(simulator: Simulator, time: Time) -> None:
    simulator.drop_connections()


async def _reset(simulator: Simulator, time: Time) -> None:
    simulator.drop_connections(abort=True)


async def _reset_inside_a_frame(simulator: Simulator, time: Time) -> None:
    simulator.drop_connections(inside_frame=True)


async def _no_network_for_five_seconds(simulator: Simulator, time: Time) -> None:
    await simulator.stop()
    await time.passes(5)
    await simulator.start()


LOSSES = {
    "close": _close,
    "reset": _reset,
    "reset_inside_a_frame": _reset_inside_a_frame,
    "no_network_for_five_seconds": _no_network_for_five_seconds,
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
async def test_short_loss_is_recovered_and_missed_events_are_reported_once_in_order(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
    lose: Callable[[Simulator, Time], Awaitable[None]],
) -> None:
    """No entity becomes unavailable; one log line at the loss, one at the return."""
    caplog.set_level(logging.INFO)
    account = await add_account(hass, simulator)
    # The sign-in has used up most of what may be request_statuses within a minute.
    await time.passes(61)
    simulator.log.clear()
    caplog.clear()

    with (
        never_unavailable(account),
        states_of(account, "102", "telephony_status") as shown,
        call_events(hass, simulator) as events,
    ):
        await lose(simulator, time)
        await time.settle()
        assert link(account) == ("recovering", link(account)[1])
        call = simulator.ring(to="102", from_="+16505550123")
        simulator.answer(call.telephony_session_id)
        simulator.hold(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=30)
        # What happens now is no replay, although the check of it is still pending.
        simulator.unhold(call.telephony_session_id)
        await time.passes(15)

    assert shown == ["ringing", "call_connected", "on_hold", "call_connected"]
    assert events == ["102 ringing~", "102 answered~", "102 held~", "102 resumed"]
    assert subscribed(simulator) == []
    assert connected(simulator) == [101]
    lost, returned = messages(caplog)
    assert lost.startswith("RingCentral does not push changes: connection_lost")
    assert returned == "RingCentral pushes changes again"
    assert link(account) == ("push", None)
    assert account.shows(None, "interruptions") == "1"
    assert unseen(account) == 0


async def test_connection_that_continues_no_session_replays_nothing(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The clocks of the platform may disagree."""
    account = await add_account(hass, simulator)
    before = dt_util.utcnow() - timedelta(seconds=5)
    assert not account.coordinator.stream.is_replayed(before)
    simulator.drop_connections()
    await time.passes_until(lambda: not is_pushed(account)(), within=1)
    await time.passes_until(is_pushed(account), within=30)
    assert account.coordinator.stream.is_replayed(before)
    assert not account.coordinator.stream.is_replayed(None)

    simulator.switches.recovery = False
    simulator.drop_connections()
    await time.passes_until(lambda: not is_pushed(account)(), within=1)
    await time.passes_until(is_pushed(account), within=60)
    assert not account.coordinator.stream.is_replayed(before)


async def test_half_open_stream_is_detected_within_forty_seconds(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Nothing arrives and nothing fails: a heartbeat detects it, and the rest is replayed."""
    account = await add_account(hass, simulator)
    simulator.fault("stall")
    with call_events(hass, simulator) as events:
        simulator.ring(to="102", from_="+16505550123")
        await time.passes_until(lambda: not is_pushed(account)(), within=41)
        assert account.shows("102", "telephony_status") == "no_call"

        await time.passes_until(is_pushed(account), within=20)
        await time.passes(5)

    assert account.shows("102", "telephony_status") == "ringing"
    assert events == ["102 ringing~"]
    assert unseen(account) == 0


async def test_last_loss_of_a_half_open_stream_is_the_time_of_its_last_message(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    simulator.fault("stall")
    stalled = dt_util.utcnow()
    await time.passes_until(lambda: not is_pushed(account)(), within=41)

    shown = dt_util.parse_datetime(account.shows(None, "last_loss") or "")
    assert shown is not None
    assert abs((shown - stalled).total_seconds()) < 2
    assert (dt_util.utcnow() - shown).total_seconds() > 35


async def test_silence_of_half_an_hour_does_not_end_the_connection(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Heartbeats count as traffic; without them the platform ends it with WSG-902."""
    account = await add_account(hass, simulator)

    await time.passes(1900, step=5)

    assert request_statuses(simulator, "/ws", over="disconnect") == []
    assert link(account) == ("push", None)
    assert account.shows(None, "interruptions") == "0"


async def test_idle_end_occurs_without_heartbeats(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The same half hour would end it: the test above can fail."""
    simulator.switches.idle_timeout = 25
    await add_account(hass, simulator)

    await time.passes(26)

    assert request_statuses(simulator, "/ws", over="disconnect") != []


async def test_end_after_24_hours_is_recovered_without_a_gap(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """WSG-903 comes whatever the traffic; here after a shorter day."""
    simulator.switches.absolute_timeout = 120
    account = await add_account(hass, simulator)
    with call_events(hass, simulator) as events, never_unavailable(account):
        await time.passes_until(lambda: not is_pushed(account)(), within=121)
        simulator.ring(to="102", from_="+16505550123")
        await time.passes_until(is_pushed(account), within=5)
        await time.passes(5)

    assert events == ["102 ringing~"]
    assert subscribed(simulator) == []
    assert unseen(account) == 0


@pytest.mark.parametrize("code", ["WSG-902", "WSG-903"])
async def test_error_message_of_the_gateway_is_followed_by_a_recovery(
    hass: HomeAssistant, simulator: Simulator, time: Time, code: str
) -> None:
    account = await add_account(hass, simulator)
    with call_events(hass, simulator) as events, never_unavailable(account):
        simulator.fault("gateway_error", errorCode=code)
        await time.passes_until(lambda: not is_pushed(account)(), within=1)
        simulator.ring(to="102", from_="+16505550123")
        await time.passes_until(is_pushed(account), within=5)
        await time.passes(5)

    assert events == ["102 ringing~"]
    assert subscribed(simulator) == []
    assert unseen(account) == 0


async def test_nothing_becomes_unavailable_before_the_grace_time_is_over(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    await simulator.stop()

    with never_unavailable(account):
        await time.passes(GRACE - 2)
    await time.passes(4)

    assert account.shows("102", "presence") == "unavailable"
    assert link(account) == ("down", "cannot_connect")
    await simulator.start()
    await time.passes_until(is_pushed(account), within=130)
    await time.passes(2)
    assert account.shows("102", "presence") == "available"
    assert connection(account) == STATE_ON
