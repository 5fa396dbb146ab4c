"""Since when each call has been in its present status, as the main sensor shows it."""

from datetime import datetime, timedelta
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
    await time.passes(60)
    simulator.ring(to="104", from_=_CALLER)
    await time.passes(2)
    account = await add_account(hass, simulator)
    await time.settle()
    assert _seconds(account) == [None]
    assert _seconds(account, "103") == [None]
    # The start of a call that has just begun is that of its ring.
    assert _seconds(account, "104") == [2]

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


async def test_change_during_an_outage_that_is_not_replayed_has_no_time(
    account: Account, simulator: Simulator, time: Time
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    kept = simulator.ring(to="103", from_=_CALLER)
    simulator.answer(kept.telephony_session_id)
    await time.passes(10)
    await lose_push(account, abort=True)
    simulator.fault("recovery_failed")
    simulator.lose_subscriptions()
    simulator.answer(call.telephony_session_id)
    await time.passes_until(is_pushed(account), 300)
    await time.passes(30)

    assert account.shows("102", "telephony_status") == "call_connected"
    assert _seconds(account) == [None]
    [seconds] = _seconds(account, "103")
    assert seconds is not None
    assert seconds >= 40


@pytest.mark.parametrize("is_changed", [False, True])
async def test_times_survive_a_restart(
    account: Account,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    time: Time,
    is_changed: bool,
) -> None:
    call = simulator.ring(to="102", from_=_CALLER)
    await time.passes(5)
    simulator.answer(call.telephony_session_id)
    await time.passes(30)
    entry_id = account.entry.entry_id
    await account.hass.config_entries.async_unload(entry_id)
    await time.passes(20)
    if is_changed:
        simulator.hold(call.telephony_session_id)
    await time.passes(10)
    await account.hass.config_entries.async_setup(entry_id)
    await time.settle()

    assert _seconds(account) == [10 if is_changed else 60]


async def test_time_that_was_not_known_is_not_known_after_a_restart(
    account: Account, hass_storage: dict[str, Any], simulator: Simulator, time: Time
) -> None:
    """Not the time of the first observation."""
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(timedelta(hours=1).total_seconds(), step=600)
    call = simulator.ring(to="102", from_=_CALLER)
    simulator.answer(call.telephony_session_id)
    simulator.release_sessions()
    for _ in range(2):
        await time.passes(20)
        await account.hass.config_entries.async_setup(account.entry.entry_id)
        await time.passes(20)
        assert _seconds(account) == [None]
        await account.hass.config_entries.async_unload(account.entry.entry_id)
