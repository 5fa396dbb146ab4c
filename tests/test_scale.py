"""Cost of events and start in numbers that no machine changes: calls, writes, requests."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import gc
from math import ceil
from pathlib import Path
import sys
from types import CodeType
from typing import Final
from unittest.mock import patch

import pytest

import custom_components.ringcentral as integration
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from .common import Account, add_account, writes
from .groups.shown import settle_shown
from .reliability.common import MOVED_TIME, Time, is_pushed, lose_push

pytestmark = MOVED_TIME

# Sizes of accounts between which the cost of an event must not differ.
SMALL: Final = 20
LARGE: Final = 200

# Python functions of the integration called for a call event.
CALLS_PER_EVENT: Final = 125
# Objects of the integration per extension: its presence, its list entry, its entities.
OBJECTS_PER_EXTENSION: Final = 7

_PACKAGE: Final = str(Path(integration.__file__).parent)
_MODULE: Final = integration.__name__
# A tool id that sys.monitoring reserves for no tool.
_TOOL: Final = 3
_PAGE: Final = 25
_PAGE_SIZE: Final = "custom_components.ringcentral.api.rest._PAGE_SIZE"


@asynccontextmanager
async def account_of(hass: HomeAssistant, people: int) -> AsyncIterator[Account]:
    """Monitor an account with so many people, and remove it afterwards."""
    simulator = Simulator(SimulatorOptions(port=0, extensions=people))
    # Many small pages would exceed the rate limits.
    simulator.switches.medium_limit = simulator.switches.heavy_limit = 1000
    await simulator.start()
    try:
        account = await add_account(hass, simulator)
        assert len(account.coordinator.data) == people
        yield account
        await hass.config_entries.async_remove(account.entry.entry_id)
        await hass.async_block_till_done()
    finally:
        await simulator.stop()


@contextmanager
def calls_of_integration() -> Iterator[Counter[str]]:
    """Count the calls of each Python function of the integration."""
    counted: Counter[str] = Counter()
    monitoring = sys.monitoring

    def started(code: CodeType, _offset: int) -> object:
        if not code.co_filename.startswith(_PACKAGE):
            return monitoring.DISABLE
        counted[f"{Path(code.co_filename).stem}.{code.co_qualname}"] += 1
        return None

    monitoring.use_tool_id(_TOOL, __name__)
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, started)
    monitoring.set_events(_TOOL, monitoring.events.PY_START)
    monitoring.restart_events()
    try:
        yield counted
    finally:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


async def phone(account: Account) -> int:
    """Let one person have a call; return the number of events."""
    simulator = account.simulator
    number = simulator.users[-1].number
    call = simulator.ring(to=number, from_="+16505550123")
    await account.until_shown(number, "telephony_status", "ringing")
    for move, status in (
        (simulator.answer, "call_connected"),
        (simulator.hold, "on_hold"),
        (simulator.unhold, "call_connected"),
        (simulator.end, "no_call"),
    ):
        move(call.telephony_session_id)
        await account.until_shown(number, "telephony_status", status)
    return 5


def objects_of_integration() -> int:
    """Return how many objects of the integration there are."""
    gc.collect()
    return sum(type(found).__module__.startswith(_MODULE) for found in gc.get_objects())


async def test_event_needs_the_same_calls_with_ten_times_the_extensions(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Each function of the integration is called as often, listeners included."""
    seen: dict[int, Counter[str]] = {}
    for people in (SMALL, LARGE):
        async with account_of(hass, people) as account:
            # The first call of a process imports and caches.
            await phone(account)
            with calls_of_integration() as calls:
                events = await phone(account)
            seen[people] = calls
    assert seen[LARGE] == seen[SMALL]
    assert 0 < seen[LARGE].total() / events <= CALLS_PER_EVENT


async def test_call_writes_twelve_states_and_reads_no_other_entity(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Five of the telephony status, five of the calls, and two of the presence."""
    async with account_of(hass, SMALL) as account:
        await phone(account)
        number = account.simulator.users[-1].number
        with writes(hass) as written, calls_of_integration() as calls:
            await phone(account)
        assert Counter(written) == {
            account.entity_id(number, "telephony_status"): 5,
            account.entity_id(number, "calls", "event"): 5,
            account.entity_id(number, "presence"): 2,
        }
        assert calls["base.ExtensionEntity._refresh"] == 7
        assert calls["sensor.ExtensionSensor._update_attrs"] == 7
        assert (
            calls["call_list.merge_list"]
            == calls["tracker.CallTracker.update_any"]
            == 0
        )


@pytest.mark.parametrize("people", [SMALL, LARGE])
async def test_event_calls_only_the_listeners_of_its_extension(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """Only the sensor that shows what has changed is updated."""
    async with account_of(hass, people) as account:
        simulator = account.simulator
        with calls_of_integration() as calls:
            simulator.change_extension(simulator.users[-1].number, userStatus="Busy")
            await account.until_shown(simulator.users[-1].number, "presence", "busy")
        assert calls["base.ExtensionEntity._refresh"] == 1


@pytest.mark.parametrize("people", [SMALL, LARGE])
async def test_event_writes_only_what_it_changes(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """One write for each entity with another state or attribute."""
    async with account_of(hass, people) as account:
        simulator = account.simulator
        number = simulator.users[-1].number
        with writes(hass) as written:
            simulator.change_extension(number, userStatus="Busy")
            await account.until_all_reported()
            simulator.ring(to=number, from_="+16505550123")
            await settle_shown(account)
        assert Counter(written) == {
            # Set to busy by the user, which ringing does not change.
            account.entity_id(number, "presence"): 1,
            account.entity_id(number, "telephony_status"): 1,
            account.entity_id(number, "calls", "event"): 1,
            account.entity_id(None, "people_free"): 1,
            account.entity_id(None, "people_ringing"): 1,
            account.entity_id(None, "current_calls"): 1,
            account.entity_id(None, "incoming_today"): 1,
        }


async def test_extension_keeps_few_objects(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """The number of objects grows with the extensions."""
    kept: dict[int, int] = {}
    for people in (SMALL, LARGE):
        async with account_of(hass, people):
            kept[people] = objects_of_integration()
    per_extension = (kept[LARGE] - kept[SMALL]) / (LARGE - SMALL)
    assert 0 < per_extension <= OBJECTS_PER_EXTENSION


async def test_events_leave_no_objects_behind(
    hass: HomeAssistant, socket_enabled: None, time: Time
) -> None:
    """Many ended calls leave as many objects as a few."""
    async with account_of(hass, SMALL) as account:
        for _ in range(5):
            await phone(account)
        await time.passes(60)
        before = objects_of_integration()
        for _ in range(20):
            await phone(account)
        await time.passes(60)
        assert objects_of_integration() <= before


def requests(simulator: Simulator) -> Counter[str]:
    """Count the REST requests by resource; all must have succeeded."""
    records = [record for record in simulator.log if record.kind == "http"]
    assert {record.status for record in records} == {200}
    return Counter(record.path.rpartition("/")[2] for record in records)


def assert_each_page_once(simulator: Simulator) -> None:
    """Assert that each page was read once.

    Pages of presence without a monitored extension need not be read.
    """
    counts = requests(simulator)
    all_pages = ceil(len(simulator.extensions) / _PAGE)
    assert counts.keys() == {"wstoken", "extension", "presence", "message-store"}
    assert counts["wstoken"] == 1
    assert counts["message-store"] == 1
    assert counts["extension"] == all_pages
    assert ceil(len(simulator.users) / _PAGE) <= counts["presence"] <= all_pages


@pytest.mark.parametrize("people", [LARGE, 2 * LARGE])
async def test_start_reads_each_page_once(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """It opens one connection and requests no single extension."""
    with patch(_PAGE_SIZE, _PAGE):
        async with account_of(hass, people) as account:
            await hass.config_entries.async_unload(account.entry.entry_id)
            account.simulator.log.clear()
            await hass.config_entries.async_setup(account.entry.entry_id)
            await hass.async_block_till_done()
            assert_each_page_once(account.simulator)


@pytest.mark.parametrize("people", [LARGE, 2 * LARGE])
async def test_reconnect_without_recovery_reads_each_page_once(
    hass: HomeAssistant, socket_enabled: None, time: Time, people: int
) -> None:
    """It opens one connection and requests no single extension."""
    with patch(_PAGE_SIZE, _PAGE):
        async with account_of(hass, people) as account:
            account.simulator.fault("recovery_failed")
            await lose_push(account)
            await time.passes_until(is_pushed(account), within=10)
            await time.passes(10)
            assert_each_page_once(account.simulator)
