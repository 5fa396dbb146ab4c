"""Since when each call has been in its present status, as the main sensor shows it."""

from datetime import datetime
from typing import Any, Final

import pytest

from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .common import Account, add_account
from .reliability.common import MOVED_TIME, Time, is_pushed, lose_push

pytestmark = MOVED_TIME

_CALLER: Final = "+16505550123"


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Sign in, and wait until the rate limits are unused again."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    return account


def _seconds(account: Account, number: str = "102") -> list[int | None]:
    """Return for how long each call has been in its status."""
    state = account.state(number, "telephony_status")
    return [_passed(call["since"]) for call in state.attributes["active_calls"]]


def _passed(since: str | None) -> int | None:
    if since is None:
        return None
    # The times of notifications have fractions of a second.
    return round((dt_util.utcnow() - datetime.fromisoformat(since)).total_seconds())


async def test_time_begins_with_each_status_of_a_call(
    account: Account, simulator: Simulator, time: Time
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    session = call.telephony_session_id
    await time.passes(10)
    assert _seconds(account) == [10]
    for move in (simulator.answer, simulator.hold, simulator.unhold, simulator.park):
        move(session)
        await time.passes(20)
        assert _seconds(account) == [20], move
        # A change of something else.
        simulator.change_extension("102", dndStatus="TakeAllCalls", message="x")
        await time.passes(3)
        assert _seconds(account) == [23], move
    simulator.end(session)
    await time.passes(1)
    assert _seconds(account) == []


async def test_second_call_has_a_time_of_its_own(
    account: Account, simulator: Simulator, time: Time
) -> None:
    first = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(first.telephony_session_id)
    await time.passes(30)
    simulator.ring(to="102", from_="+16505550124")
    await time.passes(5)
    assert sorted(_seconds(account), key=str) == [35, 5]
    simulator.end(first.telephony_session_id)
    await time.passes(5)
    assert _seconds(account) == [10]


async def test_sensor_has_the_time_before_an_automation_starts(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """So that the automation, started by the call's event, reads the right one."""
    seen: list[tuple[str, list[int | None]]] = []

    @callback
    def record(report: Any) -> None:
        seen.append((str(report.event.type), _seconds(account)))

    remove = async_dispatcher_connect(account.hass, SIGNAL_CALL_EVENT, record)
    call = simulator.ring(to="102", from_=_CALLER)
    await time.passes(10)
    simulator.answer(call.telephony_session_id)
    await time.passes(10)
    remove()

    assert seen == [("ringing", [0]), ("answered", [0])]


async def test_call_that_goes_on_already_has_no_time(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A snapshot shows what a call does, not since when; its next change is known."""
    talking = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(talking.telephony_session_id)
    simulator.ring(to="103", from_=_CALLER)
    await time.passes(2)
    account = await add_account(hass, simulator)
    await time.settle()
    assert _seconds(account) == [None]
    # Its start may be that of a call that was transferred.
    assert _seconds(account, "103") == [None]

    await time.passes(10)
    simulator.hold(talking.telephony_session_id)
    await time.passes(5)
    assert _seconds(account) == [5]


async def test_change_during_an_outage_has_the_time_of_the_replay(
    account: Account, simulator: Simulator, time: Time
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    kept = simulator.ring(to="103", from_=_CALLER)
    simulator.answer(kept.telephony_session_id)
    await time.passes(10)
    await lose_push(account)
    simulator.answer(call.telephony_session_id)
    simulator.hold(kept.telephony_session_id)
    await time.passes(3)
    simulator.unhold(kept.telephony_session_id)
    began = dt_util.utcnow()
    await time.passes_until(is_pushed(account), 300)
    await time.settle()

    passed = round((dt_util.utcnow() - began).total_seconds())
    assert _seconds(account) == [passed + 3]
    assert _seconds(account, "103") == [passed]


async def test_no_time_is_known_after_an_outage_that_is_not_replayed(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """Also of a call that seems to go on, but was on hold in between."""
    call = simulator.ring(to="102", from_=_CALLER)
    kept = simulator.ring(to="103", from_=_CALLER)
    simulator.answer(kept.telephony_session_id)
    await time.passes(10)
    await lose_push(account, abort=True)
    simulator.fault("recovery_failed")
    simulator.lose_subscriptions()
    simulator.answer(call.telephony_session_id)
    simulator.hold(kept.telephony_session_id)
    simulator.unhold(kept.telephony_session_id)
    await time.passes_until(is_pushed(account), 300)
    await time.passes(30)

    for number in ("102", "103"):
        assert account.shows(number, "telephony_status") == "call_connected"
        assert _seconds(account, number) == [None]


async def test_no_time_is_known_after_a_replay_that_was_too_long(
    account: Account, simulator: Simulator, time: Time
) -> None:
    simulator.switches.change("recovery_buffer_size", 5)
    call = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(call.telephony_session_id)
    await time.passes(10)
    # The gateway names the size to each connection.
    await lose_push(account)
    await time.passes_until(is_pushed(account), 300)
    await time.passes(20)
    await lose_push(account)
    simulator.hold(call.telephony_session_id)
    simulator.unhold(call.telephony_session_id)
    for number in range(6):
        simulator.change_extension("103", userStatus=("Busy", "Available")[number % 2])
    await time.passes_until(is_pushed(account), 300)
    await time.passes(30)

    assert account.shows("102", "telephony_status") == "call_connected"
    assert _seconds(account) == [None]


async def test_no_time_is_known_after_a_notification_that_cannot_be_read(
    account: Account, simulator: Simulator, time: Time
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(call.telephony_session_id)
    await time.passes(10)
    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "activeCalls": "damaged"})
    await time.passes(30)
    assert _seconds(account) == [None]


async def test_no_time_is_known_after_a_reload_until_the_call_changes(
    account: Account, simulator: Simulator, time: Time
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    await time.passes(5)
    simulator.answer(call.telephony_session_id)
    await time.passes(30)
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await time.passes(10)
    assert _seconds(account) == [None]
    simulator.hold(call.telephony_session_id)
    await time.passes(10)
    assert _seconds(account) == [10]
