"""Presses at the same time, and callers that go away."""

import asyncio

from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL

from ..common import Account, until
from ..reliability.common import MOVED_TIME, Time
from .common import changes, connected, press, requests

pytestmark = MOVED_TIME


async def test_equal_presses_are_one_request(controlled: Account) -> None:
    await connected(controlled)
    activity = async_capture_events(controlled.hass, EVENT_CALL_CONTROL)
    results = await asyncio.gather(*(press(controlled, "hold_call") for _ in range(5)))
    assert results == ["done"] * 5
    assert requests(controlled) == ["GET session", "POST hold"]
    assert len(activity) == 1


async def test_press_after_the_end_of_another_reads_the_session(
    controlled: Account,
) -> None:
    await connected(controlled)
    assert await press(controlled, "hold_call") == "done"
    assert await press(controlled, "hold_call") == "already"
    assert changes(controlled) == ["POST hold"]


async def test_different_presses_are_carried_out_in_their_order(
    controlled: Account,
) -> None:
    party = await connected(controlled)
    call = party.telephony_session_id
    names = ("hold_call", "resume_call", "hold_call")
    results = await asyncio.gather(
        *(press(controlled, name, call=call) for name in names)
    )
    assert results == ["done"] * 3
    assert changes(controlled) == ["POST hold", "POST unhold", "POST hold"]
    await controlled.until_all_reported()
    assert controlled.shows("101", "telephony_status") == "on_hold"


async def test_cancelled_automation_cancels_no_request(controlled: Account) -> None:
    await connected(controlled)
    first = asyncio.create_task(press(controlled, "hold_call"))
    second = asyncio.create_task(press(controlled, "hold_call"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "done"
    assert changes(controlled) == ["POST hold"]


async def test_unload_while_a_change_is_on_its_way_is_unknown(
    controlled: Account, time: Time
) -> None:
    await connected(controlled)
    activity = async_capture_events(controlled.hass, EVENT_CALL_CONTROL)
    controlled.simulator.fault("late", method="POST", delay=5, count=1)
    task = asyncio.create_task(press(controlled, "hold_call"))
    await until(lambda: bool(changes(controlled)))
    await controlled.hass.config_entries.async_unload(controlled.entry.entry_id)
    assert await task == "action_unknown"
    assert [event.data["result"] for event in activity] == ["unknown"]
    await time.passes(10.0)


async def test_unload_while_the_session_is_read_changes_nothing(
    controlled: Account, time: Time
) -> None:
    await connected(controlled)
    controlled.simulator.fault("late", method="GET", delay=5, count=1)
    task = asyncio.create_task(press(controlled, "hold_call"))
    await until(lambda: bool(requests(controlled)))
    await controlled.hass.config_entries.async_unload(controlled.entry.entry_id)
    assert await task == "connection_lost"
    await time.passes(10.0)
    assert not changes(controlled)
