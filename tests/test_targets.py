"""Resolution of targets to extensions."""

from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.actions.targeted import async_find_targeted
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.enums import TelephonyStatus
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.targets import (
    ExtensionRef,
    ExtensionTarget,
    all_current_calls,
    filter_group_sensors,
    filter_sensors,
    find_extensions,
    find_groups,
    find_targeted,
    get_coordinator,
    main_entity_id,
)
from custom_components.ringcentral.trigger import TRIGGERS
from custom_components.ringcentral.triggers.data import trigger_data
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.condition import ConditionConfig
from homeassistant.helpers.trigger import TriggerActionRunner, TriggerConfig
from simulator import Simulator

from .automations.common import device
from .common import Account, add_account
from .forms import ring
from .groups.common import add, team
from .strategies import call_json


def ref_of(account: Account, number: str) -> ExtensionRef:
    return ExtensionRef(account.entry.entry_id, account.simulator.extension(number).id)


async def test_only_entities_of_extensions_are_resolved(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Entities of the account, of other integrations and without entry are ignored."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    registry = er.async_get(hass)
    foreign = MockConfigEntry(domain="test")
    foreign.add_to_hass(hass)
    unique_id = f"{account.entry.unique_id}_{simulator.extension('103').id}_presence"
    others = [
        registry.async_get_or_create("sensor", "test", unique_id, config_entry=foreign),
        # Without a config entry.
        registry.async_get_or_create("sensor", DOMAIN, unique_id),
    ]
    entity_id = account.entity_id("102", "dnd")
    assert entity_id is not None
    found = find_extensions(
        hass,
        [
            *(other.entity_id for other in others),
            str(account.entity_id(None, "link")),
            "sensor.nowhere",
            entity_id,
        ],
    )
    assert found == {ref_of(account, "102"): entity_id}


async def test_entities_of_a_group_stand_for_its_members(
    hass: HomeAssistant, account: Account
) -> None:
    """By their main sensors, unless an entity of the extension is targeted, too."""
    group = await add(account, team(account, numbers=["102", "103"]))
    registry = er.async_get(hass)
    [*of_group] = er.async_entries_for_device(registry, group.device_id)
    own = account.entity_id("102", "dnd")
    assert own is not None
    ids = [of_group[0].entity_id, own, of_group[-1].entity_id]
    assert find_extensions(hass, ids) == {
        ref_of(account, "102"): own,
        ref_of(account, "103"): account.entity_id("103", "telephony_status"),
    }
    assert find_extensions(hass, ids, member_key=None) == {ref_of(account, "102"): own}
    groups = {(account.entry.entry_id, group.config.subentry_id)}
    assert find_groups(hass, [*ids, "sensor.nowhere"]) == groups
    assert find_groups(hass, [own, str(account.entity_id(None, "link"))]) == set()


async def test_sensors_of_a_group_are_those_of_its_members(
    hass: HomeAssistant, account: Account
) -> None:
    """Of one kind, without those of excluded extensions."""
    group = await add(account, team(account, numbers=["102", "103"]))
    target = {
        "device_id": [group.device_id],
        "exclude": {"entity_id": [account.entity_id("103", "dnd")]},
    }
    entities = er.async_entries_for_device(er.async_get(hass), group.device_id)
    ids = [entity.entity_id for entity in entities]
    assert filter_sensors(hass, target, ids, "presence") == {
        account.entity_id("102", "presence")
    }
    [free] = filter_group_sensors(hass, ids, "people_free")
    assert free in ids
    assert filter_sensors(hass, target, ids, "people_free") == set()


@pytest.fixture
async def excluding(account: Account) -> dict[str, Any]:
    """Return a target of two extensions that excludes another sensor of one."""
    return {
        **device(account, "102", "103"),
        "exclude": {"entity_id": [account.entity_id("103", "dnd")]},
    }


def targeted_entities(account: Account) -> set[str]:
    """Return what Home Assistant resolves the target to: all but the excluded sensor."""
    return {
        entity_id
        for number in ("102", "103")
        for key in ("telephony_status", "presence", "dnd")
        if (number, key) != ("103", "dnd")
        and (entity_id := account.entity_id(number, key))
    }


@pytest.mark.parametrize("by", ["entity_id", "device_id", "label_id", "area_id"])
async def test_excluded_entity_excludes_its_extension(
    account: Account, excluding: dict[str, Any], by: str
) -> None:
    """However it is excluded, and whatever its category."""
    registry = er.async_get(account.hass)
    entity_id = account.entity_id("103", "dnd")
    assert entity_id is not None
    registry.async_update_entity(
        entity_id,
        labels={"private"},
        area_id=ar.async_get(account.hass).async_create("Private").id,
        entity_category=EntityCategory.DIAGNOSTIC,
    )
    exclude: dict[str, object] = {
        "entity_id": [entity_id],
        **device(account, "103"),
        "label_id": ["private"],
        "area_id": ["private"],
    }
    target = {**excluding, "exclude": {by: exclude[by]}}
    found = find_targeted(account.hass, target, targeted_entities(account))
    assert found.keys() == {ref_of(account, "102")}


async def test_target_that_excludes_nothing_of_this_integration_is_whole(
    account: Account, excluding: dict[str, Any]
) -> None:
    for exclude in ({}, {"entity_id": ["sensor.nowhere"]}, {"area_id": ["nowhere"]}):
        target = {**excluding, "exclude": exclude}
        found = find_targeted(account.hass, target, targeted_entities(account))
        assert found.keys() == {ref_of(account, "102"), ref_of(account, "103")}


async def test_call_trigger_does_not_fire_for_an_excluded_extension(
    account: Account, excluding: dict[str, Any]
) -> None:
    runs: list[str] = []
    trigger_class = TRIGGERS["started_ringing"]
    # Home Assistant accepts `exclude` since 2026.11.
    config = await trigger_class.async_validate_config(
        account.hass, {"target": device(account, "102", "103")}
    )
    trigger = trigger_class(
        account.hass, TriggerConfig("", excluding, config["options"])
    )

    def run_action(data: dict[str, Any], *_: object) -> None:
        runs.append(data["extension_number"])

    detach = await trigger.async_attach_runner(cast(TriggerActionRunner, run_action))
    for number in ("103", "102"):
        account.simulator.ring(number, "+16505550123")
    await account.until_all_reported()
    assert runs == ["102"]
    detach()


async def test_state_trigger_and_condition_leave_out_an_excluded_extension(
    account: Account, excluding: dict[str, Any]
) -> None:
    options = {"behavior": "any"}
    filters = [
        TRIGGERS["became_busy"](account.hass, TriggerConfig("", excluding, options)),
        CONDITIONS["is_busy"](account.hass, ConditionConfig(options, excluding)),
    ]
    for entity_filter in (cast(Any, item).entity_filter for item in filters):
        assert entity_filter(targeted_entities(account)) == {
            account.entity_id("102", "presence")
        }


@pytest.mark.parametrize("target", ["device_id", "entity_id"])
async def test_action_leaves_out_an_excluded_extension(
    account: Account, excluding: dict[str, Any], target: str
) -> None:
    data = {
        "device_id": excluding["device_id"],
        "entity_id": sorted(targeted_entities(account)),
    }
    call = ServiceCall(
        account.hass,
        DOMAIN,
        "get_calls",
        {target: data[target], "exclude": excluding["exclude"]},
    )
    found = await async_find_targeted(call, POLICY_READ, {"telephony_status"})
    assert found.keys() == {ref_of(account, "102")}


async def test_extension_of_a_removed_account_has_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its trigger data is without names: the privacy level is unknown."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    ref = ref_of(account, "102")
    target = ExtensionTarget(hass, device(account, "102"))
    assert ref in target
    await hass.config_entries.async_remove(account.entry.entry_id)
    await hass.async_block_till_done()
    assert ref not in target
    assert get_coordinator(hass, ref) is None
    assert main_entity_id(hass, ref) is None
    call = convert(
        ActiveCall, call_json(1, "Ringing", fromName="Ann Caller"), Anomalies()
    )
    data = trigger_data(hass, ref, CallEvent(CallEventType.RINGING, call), None)
    assert data["caller"] is None
    assert data["call"]["from_name"] is None
    assert data["extension_name"] is None
    assert data["event"] == "ringing"


async def test_only_loaded_accounts_have_calls(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    MockConfigEntry(domain=DOMAIN).add_to_hass(hass)
    assert list(all_current_calls(hass)) == []
    await ring(account)
    [(ref, call)] = all_current_calls(hass)
    assert ref == ref_of(account, "102")
    assert call.telephony_status is TelephonyStatus.RINGING
