"""What everything costs in numbers that no machine changes: calls, writes, requests."""

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
from .reliability.common import MOVED_TIME, Time, is_pushed, lose_push

pytestmark = MOVED_TIME

# A small account and a large one: what an event costs must not differ.
SMALL: Final = 20
LARGE: Final = 200

# Python functions of the integration that a call event takes, at the most. A change that
# needs more is to say why.
CALLS_PER_EVENT: Final = 140
# Objects of the integration that are kept for each extension, at the most: its picture,
# its entry in the extension list, its entities.
OBJECTS_PER_EXTENSION: Final = 10

_PACKAGE: Final = str(Path(integration.__file__).parent)
_MODULE: Final = integration.__name__
# One of those that sys.monitoring leaves to anybody.
_TOOL: Final = 3
# Pages so small that there are many.
_PAGE: Final = 25
_PAGE_SIZE: Final = "custom_components.ringcentral.api.rest._PAGE_SIZE"


@asynccontextmanager
async def account_of(hass: HomeAssistant, people: int) -> AsyncIterator[Account]:
    """Monitor an account with so many people, and remove it afterwards."""
    simulator = Simulator(SimulatorOptions(port=0, extensions=people))
    # Many small pages would have to wait, which is another test's concern.
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
    """Let one person be on the phone; return how many events that is."""
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


async def test_event_takes_the_same_calls_with_ten_times_the_extensions(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Each function of the integration is called as often, listeners included."""
    seen: dict[int, Counter[str]] = {}
    for people in (SMALL, LARGE):
        async with account_of(hass, people) as account:
            # What is done once, for the first call, is no cost of an event.
            await phone(account)
            with calls_of_integration() as calls:
                events = await phone(account)
            seen[people] = calls
    assert seen[LARGE] == seen[SMALL]
    assert 0 < seen[LARGE].total() / events <= CALLS_PER_EVENT


@pytest.mark.parametrize("people", [SMALL, LARGE])
async def test_event_calls_the_listeners_of_its_extension_alone(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """Its four entities hear of it, whoever else is monitored."""
    async with account_of(hass, people) as account:
        simulator = account.simulator
        with calls_of_integration() as calls:
            simulator.change_extension(simulator.users[-1].number, userStatus="Busy")
            await account.until_shown(simulator.users[-1].number, "presence", "busy")
        assert calls["entity.ExtensionEntity._handle_coordinator_update"] == 4


@pytest.mark.parametrize("people", [SMALL, LARGE])
async def test_event_writes_what_it_changes_and_nothing_else(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """One write for each entity that shows something else afterwards."""
    async with account_of(hass, people) as account:
        simulator = account.simulator
        number = simulator.users[-1].number
        with writes(hass) as written:
            simulator.change_extension(number, userStatus="Busy")
            await account.until_all_told()
            simulator.ring(to=number, from_="+16505550123")
            await account.until_all_told()
        assert Counter(written) == {
            # Busy by the person's own choice, which ringing is no change of.
            account.entity_id(number, "presence"): 1,
            account.entity_id(number, "telephony_status"): 1,
            account.entity_id(number, "calls", "event"): 1,
        }


async def test_extension_keeps_few_objects(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """What is kept grows with the extensions, by so many objects for each."""
    kept: dict[int, int] = {}
    for people in (SMALL, LARGE):
        async with account_of(hass, people):
            kept[people] = objects_of_integration()
    per_extension = (kept[LARGE] - kept[SMALL]) / (LARGE - SMALL)
    assert 0 < per_extension <= OBJECTS_PER_EXTENSION


async def test_events_leave_no_objects_behind(
    hass: HomeAssistant, socket_enabled: None, time: Time
) -> None:
    """After many calls that have ended, as much is kept as after a few."""
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
    """Count the REST requests by what they ask for; none may have been refused."""
    asked = [record for record in simulator.log if record.kind == "http"]
    assert {record.status for record in asked} == {200}
    return Counter(record.path.rpartition("/")[2] for record in asked)


def assert_each_page_once(simulator: Simulator) -> None:
    """Assert that everything was read, and nothing twice.

    Pages of pictures without anybody who is monitored need not be read.
    """
    asked = requests(simulator)
    all_pages = ceil(len(simulator.extensions) / _PAGE)
    assert asked.keys() == {"wstoken", "extension", "presence"}
    assert asked["wstoken"] == 1
    assert asked["extension"] == all_pages
    assert ceil(len(simulator.users) / _PAGE) <= asked["presence"] <= all_pages


@pytest.mark.parametrize("people", [LARGE, 2 * LARGE])
async def test_start_reads_each_page_once(
    hass: HomeAssistant, socket_enabled: None, people: int
) -> None:
    """And asks for one connection, and of no single extension."""
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
    """And asks for one connection, and of no single extension."""
    with patch(_PAGE_SIZE, _PAGE):
        async with account_of(hass, people) as account:
            account.simulator.fault("recovery_failed")
            await lose_push(account)
            await time.passes_until(is_pushed(account), within=10)
            await time.passes(10)
            assert_each_page_once(account.simulator)
