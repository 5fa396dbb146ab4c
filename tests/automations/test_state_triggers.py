"""Triggers on presence and DnD."""

from collections.abc import Mapping

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..common import Account
from ..forms import want_more_sensors
from ..reliability.common import MOVED_TIME, Time
from .common import automate, device, trigger, update_device

pytestmark = MOVED_TIME

FIELDS = ("entity_id",)

# Changes before and at which the trigger fires.
STEPS: Mapping[str, tuple[dict[str, str], dict[str, str]]] = {
    "became_available": ({"userStatus": "Busy"}, {"userStatus": "Available"}),
    "became_busy": ({}, {"userStatus": "Busy"}),
    "became_offline": ({"userStatus": "Busy"}, {"userStatus": "Offline"}),
    "dnd_turned_on": ({}, {"dndStatus": "DoNotAcceptAnyCalls"}),
    "dnd_turned_off": (
        {"dndStatus": "DoNotAcceptAnyCalls"},
        {"dndStatus": "DoNotAcceptDepartmentCalls"},
    ),
}
CALLS_TAKEN = (
    "TakeAllCalls",
    "DoNotAcceptDepartmentCalls",
    "TakeDepartmentCallsOnly",
)


async def change(account: Account, number: str, changes: Mapping[str, str]) -> None:
    """Change presence, and wait until the state is written."""
    account.simulator.change_extension(number, **changes)
    await account.until_all_reported()


@pytest.mark.parametrize("key", STEPS)
async def test_each_trigger_fires_once_when_the_state_is_entered(
    hass: HomeAssistant, account: Account, key: str
) -> None:
    """Neither before, nor for a colleague or another sensor."""
    before, then = STEPS[key]
    await change(account, "102", before)
    runs = await automate(hass, trigger(key, device(account, "102")), fields=FIELDS)
    await change(account, "103", before)
    await change(account, "103", then)
    assert not runs
    await change(account, "102", then)
    await change(account, "102", {"meetingStatus": "Connected"})
    sensor = "dnd" if key.startswith("dnd") else "presence"
    assert [run["entity_id"] for run in runs] == [account.entity_id("102", sensor)]


@pytest.mark.parametrize("status", CALLS_TAKEN)
async def test_do_not_disturb_is_off_whichever_calls_are_taken(
    hass: HomeAssistant,
    account: Account,
    status: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The select entity of the same name does not count."""
    await change(account, "101", {"dndStatus": "DoNotAcceptAnyCalls"})
    runs = await automate(
        hass, trigger("dnd_turned_off", device(account, "101")), fields=FIELDS
    )
    await change(account, "101", {"dndStatus": status})
    assert [run["entity_id"] for run in runs] == [account.entity_id("101", "dnd")]
    assert account.entity_id("101", "dnd", "select")
    # Home Assistant logs an error for a state of another kind.
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_state_that_ends_too_early_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    runs = await automate(
        hass,
        trigger("became_busy", device(account, "102"), **{"for": {"seconds": 60}}),
        fields=FIELDS,
    )
    await change(account, "102", {"userStatus": "Busy"})
    await time.passes(50)
    await change(account, "102", {"userStatus": "Available"})
    await time.passes(50)
    assert not runs
    await change(account, "102", {"userStatus": "Busy"})
    await time.passes(65)
    assert len(runs) == 1


async def test_all_of_several_extensions_must_be_available(
    hass: HomeAssistant, account: Account
) -> None:
    for number in ("102", "103"):
        await change(account, number, {"userStatus": "Busy"})
    runs = await automate(
        hass,
        trigger("became_available", device(account, "102", "103"), behavior="all"),
        fields=FIELDS,
    )
    await change(account, "102", {"userStatus": "Available"})
    assert not runs
    await change(account, "103", {"userStatus": "Available"})
    assert len(runs) == 1


async def test_change_from_unavailable_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """Otherwise all would become available after a reload."""
    runs = await automate(
        hass, trigger("became_available", device(account, "102")), fields=FIELDS
    )
    await hass.config_entries.async_reload(account.entry.entry_id)
    await time.settle()
    await account.until_shown("102", "presence", "available")
    assert not runs


async def test_sensor_of_another_integration_with_the_same_states_does_not_fire(
    hass: HomeAssistant, account: Account
) -> None:
    """All entities of an area are targeted."""
    found = account.device("102")
    assert found is not None
    registry = er.async_get(hass)
    other = registry.async_get_or_create(
        "sensor",
        "test",
        "1",
        original_device_class="enum",
        translation_key="presence",
        suggested_object_id="other",
    )
    target = {**device(account, "102"), "entity_id": [other.entity_id]}
    runs = await automate(hass, trigger("became_busy", target), fields=FIELDS)
    attributes = {"device_class": "enum"}
    hass.states.async_set(other.entity_id, "available", attributes)
    hass.states.async_set(other.entity_id, "busy", attributes)
    await hass.async_block_till_done()
    assert not runs
    await change(account, "102", {"userStatus": "Busy"})
    assert len(runs) == 1


async def test_sensor_of_user_status_does_not_fire(
    hass: HomeAssistant, account: Account, time: Time
) -> None:
    """It has the same states, and is on the same device."""
    await want_more_sensors(account)
    entity_id = account.entity_id("102", "user_status")
    assert entity_id is not None
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(account.entry.entry_id)
    await time.settle()
    await account.until_shown("102", "user_status", "available")
    runs = await automate(
        hass, trigger("became_busy", device(account, "102")), fields=FIELDS
    )
    await change(account, "102", {"userStatus": "Busy"})
    assert [run["entity_id"] for run in runs] == [account.entity_id("102", "presence")]


async def test_extension_that_moves_into_the_area_fires(
    hass: HomeAssistant, account: Account
) -> None:
    runs = await automate(
        hass, trigger("became_busy", {"area_id": "office"}), fields=FIELDS
    )
    await update_device(account, "102", area_id="office")
    await change(account, "102", {"userStatus": "Busy"})
    assert len(runs) == 1
