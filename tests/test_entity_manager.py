"""Devices and entities of many extensions: added and removed in slices, never halfway."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

import custom_components.ringcentral as integration
from custom_components.ringcentral.const import COLLECT_FOR, DOMAIN, HELD_AT_MOST
from custom_components.ringcentral.entities import manager as entity_manager
from custom_components.ringcentral.entities.manager import EntityManager
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    issue_registry as ir,
    label_registry as lr,
    restore_state as rs,
)
from homeassistant.helpers.json import json_bytes
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.util.json import json_loads
from simulator import Simulator, SimulatorOptions

from .common import Account, add_account, until
from .company import lists_are_read, monitored
from .groups.common import add, group_device, team
from .reliability.common import (
    API,
    MOVED_TIME,
    Time,
    call_events,
    is_pushed,
    lose_push,
    own_tasks,
)
from .turns import Steps, changes_by_turn, steps_of

PEOPLE = 12
MANY = 60
# The most entities of an extension, or of the account, and some room.
FEW = 20
_KEYS = {"telephony_status", "presence", "dnd", "calls"}
_EVERYONE: Mapping[str, object] = {
    "groups": ["everyone"],
    "extensions": [],
    "privacy": "full",
}


@pytest.fixture
def simulator_options(request: pytest.FixtureRequest) -> SimulatorOptions:
    """Return a company of this many people."""
    return SimulatorOptions(port=0, extensions=getattr(request, "param", PEOPLE))


@pytest.fixture
def steps() -> Iterator[Steps]:
    """Pause adding and removing when the test says so."""
    with steps_of(entity_manager) as steps:
        yield steps


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [r.getMessage() for r in caplog.get_records("call") if r.levelno > 30]


def company(*numbers: int) -> set[str]:
    """Return extension numbers."""
    return {str(100 + number) for number in numbers}


def some_of(account: Account, *numbers: int) -> dict[str, object]:
    """Return what a user selects to monitor some people only."""
    extensions = [account.simulator.extension(n).id for n in company(*numbers)]
    return {**_EVERYONE, "groups": [], "extensions": extensions}


async def submit(account: Account, user_input: Mapping[str, object]) -> None:
    """Submit the options without waiting for what follows."""
    options = account.hass.config_entries.options
    result = await options.async_init(account.entry.entry_id)
    result = await options.async_configure(result["flow_id"], dict(user_input))
    assert result["type"] is FlowResultType.CREATE_ENTRY


def with_device(hass: HomeAssistant) -> set[str]:
    """Return the numbers with a device, after a check that nothing is incomplete."""
    devices = dr.async_get(hass)
    keys: dict[str, set[str]] = {}
    for one in er.async_get(hass).entities.values():
        if one.platform == DOMAIN:
            assert one.device_id is not None
            assert devices.async_get(one.device_id) is not None
            key = one.unique_id.split("_", 3)[-1]
            keys.setdefault(one.device_id, set()).add(key)
    numbers = set()
    for entry in hass.config_entries.async_entries(DOMAIN):
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
            if device.via_device_id is not None:
                assert keys[device.id] >= _KEYS
                numbers.add(str(device.model_id))
    registered = {one.entity_id for one in er.async_get(hass).entities.values()}
    assert set(hass.states.async_entity_ids()) <= registered
    return numbers


@contextmanager
def registry_events(hass: HomeAssistant) -> Iterator[list[str]]:
    """Collect the events of both registries."""
    events: list[str] = []

    @callback
    def device(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        events.append(f"device {event.data['action']}")

    @callback
    def entity(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        events.append(f"entity {event.data['action']}")

    remove = [
        hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, device),
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, entity),
    ]
    yield events
    for unsubscribe in remove:
        unsubscribe()


# --------------------------------------------------------------------------------------
# Slices


@pytest.mark.parametrize("simulator_options", [MANY], indirect=True)
async def test_set_up_adds_few_entities_in_a_turn_of_the_loop(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    with changes_by_turn(hass) as changes:
        await add_account(hass, simulator)
    assert sum(changes) >= 4 * MANY
    assert max(changes) <= FEW


@pytest.mark.parametrize("simulator_options", [MANY], indirect=True)
async def test_reload_removes_and_adds_few_entities_in_a_turn_of_the_loop(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)
    with changes_by_turn(hass) as changes:
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()
    assert sum(changes) >= 2 * 4 * MANY
    assert max(changes) <= FEW


@pytest.mark.parametrize("simulator_options", [MANY], indirect=True)
async def test_smaller_selection_removes_few_entities_in_a_turn_of_the_loop(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)
    with changes_by_turn(hass) as changes:
        await submit(account, some_of(account, 2))
        await hass.async_block_till_done()
    assert sum(changes) >= 4 * (MANY - 1)
    assert max(changes) <= FEW
    assert with_device(hass) == company(2)


@pytest.mark.parametrize("simulator_options", [MANY], indirect=True)
async def test_removed_account_leaves_with_few_entities_in_a_turn_of_the_loop(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)
    with changes_by_turn(hass) as changes:
        await hass.config_entries.async_remove(account.entry.entry_id)
        await hass.async_block_till_done()
    assert sum(changes) >= 2 * 4 * MANY
    assert max(changes) <= FEW
    assert not hass.states.async_all()


async def test_home_assistant_has_no_entities_left_to_clean_up_after_a_removal(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It would change all of them, also those removed, in one turn of the loop."""
    account = await add_account(hass, simulator)
    entry_id, registry = account.entry.entry_id, er.async_get(hass)

    def clean_up(removed_id: str) -> None:
        entities: list[er.RegistryEntry | er.DeletedRegistryEntry] = [
            *registry.entities.values(),
            *registry.deleted_entities.values(),
        ]
        assert removed_id == entry_id
        assert entry_id not in {entity.config_entry_id for entity in entities}

    with patch.object(registry, "async_clear_config_entry", side_effect=clean_up) as it:
        await hass.config_entries.async_remove(entry_id)
    assert it.call_count == 1
    assert len(registry.deleted_entities) >= 4 * PEOPLE
    assert all(one.orphaned_timestamp for one in registry.deleted_entities.values())


async def test_new_extensions_are_added_one_by_one(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    steps.pause_after(1)
    await submit(account, _EVERYONE)
    await steps.until_paused()
    assert len(with_device(hass)) == 2
    steps.resume()
    await hass.async_block_till_done()
    assert with_device(hass) == company(*range(1, PEOPLE + 1))
    assert account.shows("112", "presence") == "available"


async def test_several_updates_in_a_turn_compare_the_extensions_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """In a later turn, since thousands of them take some milliseconds."""
    account = await add_account(hass, simulator)
    with patch.object(
        EntityManager,
        "_update_pending",
        autospec=True,
        side_effect=EntityManager._update_pending,
    ) as update:
        for _ in range(3):
            account.coordinator.async_update_without_context()
        update.assert_not_called()
        await until(lambda: update.call_count > 0)
        assert update.call_count == 1


@MOVED_TIME
async def test_set_up_does_not_wait_for_what_takes_long(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(61)
    await hass.config_entries.async_unload(account.entry.entry_id)
    steps.pause_after(3)
    set_up = hass.async_create_task(
        hass.config_entries.async_setup(account.entry.entry_id)
    )
    await time.passes(10)
    assert set_up.done()
    # As the start of Home Assistant does next.
    started = hass.async_create_background_task(hass.async_block_till_done(), "start")
    await time.passes(1)
    assert started.done()
    assert account.shows("103", "presence") == "available"
    assert account.shows("112", "presence") == "unavailable"

    simulator.ring(to="112", from_="+16505550123")
    await time.passes(1)
    steps.resume()
    await time.settle()
    assert account.shows("112", "telephony_status") == "ringing"
    # It has waited for the event entity.
    calls = account.state("112", "calls", "event")
    assert calls.attributes["event_type"] == "ringing"


async def select_everyone_and_pause(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> Account:
    """Sign in with one person, select everyone, and pause after three of them."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    steps.pause_after(3)
    await submit(account, _EVERYONE)
    await steps.until_paused()
    return account


@MOVED_TIME
async def test_call_of_a_new_extension_waits_for_its_event_entity(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    """Triggers receive it then; those of others do not wait."""
    account = await select_everyone_and_pause(hass, simulator, steps)
    with call_events(hass, simulator) as events:
        for number in ("101", "102", "112"):
            party = simulator.ring(to=number, from_="+16505550123")
        await time.passes(1)
        assert {event.rstrip("~*") for event in events} == {
            "101 ringing",
            "102 ringing",
        }
        steps.resume()
        await time.settle()
        assert [event.rstrip("~*") for event in events[2:]] == ["112 ringing"]
        for number in ("101", "102", "112"):
            calls = account.state(number, "calls", "event")
            assert calls.attributes["event_type"] == "ringing"
        simulator.end(party.telephony_session_id)
        await time.passes(4)
        assert len(events) == 4


@MOVED_TIME
async def test_call_before_the_presence_of_a_new_extension_is_read_waits(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await time.passes(61)
    simulator.fault("slow", path=f"{API}/account/~/", delay=3)
    change = hass.async_create_task(submit(account, some_of(account, 2, 3)))
    await time.passes(1)
    with call_events(hass, simulator) as events:
        simulator.ring(to="103", from_="+16505550123")
        await time.passes(1)
        assert events == []
        simulator.clear_faults()
        await time.passes(10)
        await change
        assert [event.rstrip("~*") for event in events] == ["103 ringing"]
    calls = account.state("103", "calls", "event")
    assert calls.attributes["event_type"] == "ringing"


@MOVED_TIME
async def test_call_does_not_wait_long_for_a_presence_that_cannot_be_read(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A trigger that fires a minute late is wrong."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await time.passes(61)
    simulator.fault("slow", path=f"{API}/account/~/", delay=300)
    change = hass.async_create_background_task(
        submit(account, some_of(account, 2, 3)), "change"
    )
    await time.passes(1)
    with call_events(hass, simulator) as events:
        simulator.ring(to="103", from_="+16505550123")
        await time.passes(HELD_AT_MOST)
        assert [event.rstrip("~*") for event in events] == ["103 ringing"]
    calls = account.state("103", "calls", "event")
    assert calls.attributes["event_type"] == "ringing"
    change.cancel()


@MOVED_TIME
async def test_extension_whose_entities_cannot_be_added_costs_only_itself(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is added at the next change; the calls of the others do not wait."""
    account = await add_account(hass, simulator)
    add, failing = EntityManager._add_entities, simulator.extension("105").id

    def fail(manager: EntityManager, extension_id: str | None) -> None:
        if extension_id == failing:
            raise ValueError
        add(manager, extension_id)

    with (
        patch.object(EntityManager, "_add_entities", fail),
        call_events(hass, simulator) as events,
    ):
        for number in ("105", "112"):
            device = account.device(number)
            assert device is not None
            dr.async_get(hass).async_remove_device(device.id)
        await time.settle()
        simulator.ring(to="112", from_="+16505550123")
        await time.settle()
        assert events == ["112 ringing"]
        assert account.shows("112", "telephony_status") == "ringing"
    assert "Updating the device of an extension failed: ValueError" in caplog.text
    caplog.clear()
    account.coordinator.async_update_without_context()
    await time.settle()
    assert account.shows("105", "telephony_status") == "no_call"


@MOVED_TIME
async def test_call_of_an_extension_that_leaves_before_it_is_added_is_not_kept(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    """It would be reported when the extension returns."""
    account = await select_everyone_and_pause(hass, simulator, steps)
    with call_events(hass, simulator) as events:
        party = simulator.ring(to="112", from_="+16505550123")
        await time.passes(1)
        await submit(account, some_of(account, 2))
        steps.resume()
        await time.settle()
        simulator.end(party.telephony_session_id)
        await time.passes(4)
        events.clear()
        await submit(account, _EVERYONE)
        await time.settle()
        assert events == []
        simulator.ring(to="112", from_="+16505550123")
        await time.settle()
        assert [event.rstrip("~*") for event in events] == ["112 ringing"]


@MOVED_TIME
async def test_call_of_an_extension_that_returns_before_it_is_removed_does_not_wait(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    """Its event entity is still there."""
    account = await add_account(hass, simulator)
    steps.pause_after(1)
    await submit(account, some_of(account, 2))
    await steps.until_paused()
    await submit(account, _EVERYONE)
    steps.resume()
    await time.settle()
    with call_events(hass, simulator) as events:
        for number in ("101", "112"):
            simulator.ring(to=number, from_="+16505550123")
            await time.settle()
        assert events == ["101 ringing", "112 ringing"]


@MOVED_TIME
async def test_call_that_waits_is_reported_before_an_unload(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    account = await select_everyone_and_pause(hass, simulator, steps)
    with call_events(hass, simulator) as events:
        simulator.ring(to="112", from_="+16505550123")
        await time.passes(1)
        hass.loop.call_soon(steps.resume)
        assert await hass.config_entries.async_unload(account.entry.entry_id)
        assert [event.rstrip("~*") for event in events] == ["112 ringing"]


# --------------------------------------------------------------------------------------
# Registries


async def test_first_set_up_fires_one_registry_event_for_each_device_and_entity(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    with registry_events(hass) as events:
        await add_account(hass, simulator)
    registered = list(er.async_get(hass).entities)
    assert events.count("device create") == PEOPLE + 1
    assert events.count("entity create") == len(registered)
    # Home Assistant stores how precisely it shows three times of the account.
    assert events.count("entity update") == 3
    assert len(events) == 1 + PEOPLE + len(registered) + 3


async def test_next_set_up_changes_nothing_in_the_registries(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    with registry_events(hass) as events:
        await hass.config_entries.async_setup(account.entry.entry_id)
        await hass.async_block_till_done()
    assert events == []


@MOVED_TIME
async def test_newcomer_costs_nothing_at_the_devices_of_others(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    registry = dr.async_get(hass)
    with (
        patch.object(
            registry, "async_get_or_create", wraps=registry.async_get_or_create
        ) as get_or_create,
        patch.object(dr, "async_entries_for_config_entry") as read_all,
    ):
        newcomer = simulator.add_extension("Late Comer", number="113")
        await lists_are_read(account, time)
    identifiers = {(DOMAIN, f"{account.entry.unique_id}_{newcomer.id}")}
    used = [call.kwargs["identifiers"] for call in get_or_create.call_args_list]
    # The first call has made the device, which the entities refer to.
    assert "name" in get_or_create.call_args_list[0].kwargs
    assert used
    assert all(one == identifiers for one in used)
    read_all.assert_not_called()
    assert with_device(hass) == company(*range(1, PEOPLE + 2))


@MOVED_TIME
async def test_renamed_extension_changes_its_device_alone(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    with registry_events(hass) as events:
        simulator.change_extension("104", name="Another Name")
        await lists_are_read(account, time)
    device = account.device("104")
    assert device is not None
    assert device.name == "Another Name (104)"
    assert events == ["device update"]


async def test_device_removed_by_another_is_added_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)
    device = account.device("104")
    assert device is not None
    dr.async_get(hass).async_remove_device(device.id)
    await hass.async_block_till_done()
    assert with_device(hass) == company(*range(1, PEOPLE + 1))
    assert account.shows("104", "presence") == "available"


@MOVED_TIME
async def test_account_device_removed_by_another_is_added_again(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Later extensions can refer to it."""
    account = await add_account(hass, simulator)
    device = account.device(None)
    assert device is not None
    dr.async_get(hass).async_remove_device(device.id)
    await hass.async_block_till_done()
    simulator.add_extension("Late Comer", number="113")
    await lists_are_read(account, time)
    assert account.shows(None, "link") == "push"
    assert with_device(hass) == company(*range(1, PEOPLE + 2))
    assert account.shows("113", "presence") == "available"


async def test_device_deleted_by_the_user_returns_with_its_extension(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> None:
    account = await add_account(hass, simulator)
    device = account.device("104")
    assert device is not None
    steps.pause_after(1)
    await submit(account, some_of(account, 2))
    await steps.until_paused()
    assert await integration.async_remove_config_entry_device(
        hass, account.entry, device
    )
    dr.async_get(hass).async_remove_device(device.id)
    steps.resume()
    await hass.async_block_till_done()
    assert with_device(hass) == company(2)
    await submit(account, _EVERYONE)
    await hass.async_block_till_done()
    assert with_device(hass) == company(*range(1, PEOPLE + 1))
    assert account.shows("104", "presence") == "available"


async def test_device_of_a_group_survives_what_becomes_of_other_devices(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Also of its members and of the account."""
    account = await add_account(hass, simulator)
    subentry = team(account, numbers=["102", "103"])
    await add(account, subentry)
    device = group_device(account, subentry.subentry_id)
    assert device is not None
    entry_id = account.entry.entry_id

    await submit(account, some_of(account, 4))
    await hass.async_block_till_done()
    assert group_device(account, subentry.subentry_id) == device
    assert await hass.config_entries.async_reload(entry_id)
    await submit(account, _EVERYONE)
    await hass.async_block_till_done()
    assert group_device(account, subentry.subentry_id) == device

    parent = account.device(None)
    assert parent is not None
    dr.async_get(hass).async_remove_device(parent.id)
    await hass.async_block_till_done()
    now, parent = group_device(account, subentry.subentry_id), account.device(None)
    assert now is not None
    assert parent is not None
    assert (now.id, now.via_device_id) == (device.id, parent.id)


# --------------------------------------------------------------------------------------
# Interruptions


async def test_reload_in_the_middle_of_adding_leaves_nothing_out(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> None:
    account = await select_everyone_and_pause(hass, simulator, steps)
    hass.loop.call_soon(steps.resume)
    assert await hass.config_entries.async_unload(account.entry.entry_id)
    assert {state.state for state in hass.states.async_all()} == {"unavailable"}
    assert len(with_device(hass)) == 4
    assert own_tasks() == []

    assert await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()
    assert with_device(hass) == company(*range(1, PEOPLE + 1))
    assert account.shows("112", "presence") == "available"


async def test_account_removed_in_the_middle_of_adding_leaves_nothing(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> None:
    account = await select_everyone_and_pause(hass, simulator, steps)
    hass.loop.call_soon(steps.resume)
    await hass.config_entries.async_remove(account.entry.entry_id)
    await hass.async_block_till_done()

    assert own_tasks() == []
    assert not hass.states.async_all()
    assert not er.async_get(hass).entities
    assert not dr.async_get(hass).devices


async def test_account_removed_in_the_middle_of_removing_leaves_nothing(
    hass: HomeAssistant, simulator: Simulator, steps: Steps
) -> None:
    account = await add_account(hass, simulator)
    steps.pause_after(3)
    await submit(account, some_of(account, 2))
    await steps.until_paused()
    hass.loop.call_soon(steps.resume)
    await hass.config_entries.async_remove(account.entry.entry_id)
    await hass.async_block_till_done()

    assert own_tasks() == []
    assert not hass.states.async_all()
    assert not er.async_get(hass).entities
    assert not dr.async_get(hass).devices


@pytest.mark.parametrize("begins_with", [(2,), tuple(range(1, PEOPLE + 1))])
async def test_last_of_several_selections_counts(
    hass: HomeAssistant, simulator: Simulator, steps: Steps, begins_with: tuple[int]
) -> None:
    """Extensions that leave and return in the middle are there once."""
    account = await add_account(
        hass, simulator, groups=[], extensions=sorted(company(*begins_with))
    )
    few = some_of(account, 2, 11, 12)
    for selections, left in (
        ((_EVERYONE, few), (2, 11, 12)),
        ((_EVERYONE, few, _EVERYONE), range(1, PEOPLE + 1)),
        ((few, _EVERYONE, some_of(account, 1, 3)), (1, 3)),
    ):
        steps.pause_after(2)
        for selection in selections:
            await submit(account, selection)
        steps.resume()
        await hass.async_block_till_done()
        assert with_device(hass) == company(*left)
        for number in company(*left):
            assert account.shows(number, "presence") == "available"


@MOVED_TIME
async def test_extension_deleted_before_it_is_added_does_not_affect_others(
    hass: HomeAssistant, simulator: Simulator, time: Time, steps: Steps
) -> None:
    """The update of the roster waits for the presence of new extensions."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    steps.pause_after(4)
    await submit(account, _EVERYONE)
    simulator.fault("slow", path=f"{API}/account/~/extension/", delay=5)
    simulator.remove_extension("107")
    simulator.add_extension("Late Comer", number="113")
    await time.passes(COLLECT_FOR + 1)
    steps.resume()
    await time.passes(1)
    assert account.device("108") is not None
    await time.passes(10)
    assert with_device(hass) == company(*range(1, 7), *range(8, 14))


@MOVED_TIME
async def test_newcomer_during_an_outage_is_added_with_its_presence(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A poll finds it; live updates include it later."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("refuse_upgrade", status=503)
    await lose_push(account)
    simulator.add_extension("Late Comer", number="113")
    await time.passes_until(lambda: "113" in monitored(account), within=300)
    await time.passes(5)
    assert with_device(hass) == company(*range(1, PEOPLE + 2))
    assert account.shows("113", "presence") == "available"

    simulator.clear_faults()
    await time.passes_until(is_pushed(account), within=600)
    simulator.ring(to="113", from_="+16505550123")
    await time.settle()
    assert account.shows("113", "telephony_status") == "ringing"


@MOVED_TIME
@pytest.mark.parametrize("is_polled", [False, True])
async def test_call_during_an_unload_is_reported_once_by_the_next_set_up(
    hass: HomeAssistant, simulator: Simulator, time: Time, is_polled: bool
) -> None:
    """When some event entities are gone already, and a poll is answered late."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    with steps_of(integration) as steps, call_events(hass, simulator) as events:
        if is_polled:
            simulator.fault("slow", path=f"{API}/account/~/presence", delay=2, count=1)
            hass.async_create_task(account.coordinator.async_refresh())
            await time.settle()
        steps.pause_after(20)
        entry_id = account.entry.entry_id
        unload = hass.async_create_task(hass.config_entries.async_unload(entry_id))
        await steps.until_paused()
        simulator.ring(to="112", from_="+16505550123")
        await time.passes(4)
        assert events == []
        steps.resume()
        assert await unload
        await hass.config_entries.async_setup(entry_id)
        await time.settle()
    assert [event.rstrip("~*") for event in events] == ["112 ringing"]
    calls = account.state("112", "calls", "event")
    assert calls.attributes["event_type"] == "ringing"


# --------------------------------------------------------------------------------------
# Home Assistant stops


type Work = Callable[[Account], Coroutine[Any, Any, object]]


async def _select_everyone(account: Account) -> None:
    await submit(account, _EVERYONE)


async def _select_one(account: Account) -> None:
    await submit(account, some_of(account, 2))


async def _reload(account: Account) -> None:
    await account.hass.config_entries.async_reload(account.entry.entry_id)


async def _remove(account: Account) -> None:
    await account.hass.config_entries.async_remove(account.entry.entry_id)


@dataclass(frozen=True)
class Phase:
    """Work that is interrupted after some steps of a module, and what is left of it."""

    work: Work
    module: ModuleType
    steps: int
    # With a device when Home Assistant has stopped, and after the next start.
    stopped: int
    started: int
    begins_with: int = PEOPLE


PHASES = {
    "newcomers": Phase(_select_everyone, entity_manager, 3, 4, PEOPLE, begins_with=1),
    "smaller selection": Phase(_select_one, entity_manager, 3, PEOPLE - 3, 1),
    "unload": Phase(_reload, integration, 10, PEOPLE, PEOPLE),
    "set-up after an unload": Phase(_reload, entity_manager, 3, PEOPLE, PEOPLE),
}


def store_registries(hass: HomeAssistant, storage: dict[str, Any]) -> None:
    """Store the registries as they are now."""
    for registry in (dr.async_get(hass), er.async_get(hass)):
        store = registry._store
        storage[store.key] = {
            "version": store.version,
            "minor_version": store.minor_version,
            "key": store.key,
            "data": json_loads(json_bytes(registry._data_to_save())),
        }


@asynccontextmanager
async def next_start(account: Account) -> AsyncIterator[Account]:
    """Start another Home Assistant with what was stored."""
    former = account.entry
    async with async_test_home_assistant(
        load_registries=False, initial_state=CoreState.not_running
    ) as hass:
        del hass.data[DATA_CUSTOM_COMPONENTS]
        dr.async_setup(hass)
        for registry in (ar, cr, dr, er, fr, ir, lr, rs):
            await registry.async_load(hass)
        hass.set_state(CoreState.starting)
        entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id=former.entry_id,
            unique_id=former.unique_id,
            title=former.title,
            data=dict(former.data),
            options=dict(former.options),
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield Account(hass, entry, account.simulator)
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
async def test_stop_in_the_middle_leaves_nothing_incomplete(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_storage: dict[str, Any],
    phase: Phase,
) -> None:
    """The next start does the rest."""
    groups = ["everyone"] if phase.begins_with == PEOPLE else []
    account = await add_account(hass, simulator, groups=groups, extensions=["102"])
    with steps_of(phase.module) as steps:
        steps.pause_after(phase.steps)
        work = asyncio.create_task(phase.work(account))
        await steps.until_paused()
        hass.loop.call_soon(steps.resume)
        await hass.async_stop(force=True)
        await work
    assert own_tasks() == []
    assert len(with_device(hass)) == phase.stopped
    store_registries(hass, hass_storage)

    async with next_start(account) as account:
        assert len(with_device(account.hass)) == phase.started
        assert account.shows("102", "presence") == "available"


async def test_stop_in_the_middle_of_the_first_set_up_leaves_nothing_incomplete(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_storage: dict[str, Any],
    steps: Steps,
) -> None:
    steps.pause_after(3)
    adding = asyncio.create_task(add_account(hass, simulator))
    await steps.until_paused()
    hass.loop.call_soon(steps.resume)
    await hass.async_stop(force=True)
    account = await adding
    assert own_tasks() == []
    assert len(with_device(hass)) == 3
    store_registries(hass, hass_storage)

    async with next_start(account) as account:
        assert with_device(account.hass) == company(*range(1, PEOPLE + 1))
        assert account.shows("112", "presence") == "available"
