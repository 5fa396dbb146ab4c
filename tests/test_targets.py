"""Resolution of targets to extensions."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.targets import (
    ExtensionRef,
    TargetedExtensions,
    find_extensions,
    get_coordinator,
    main_entity_id,
)
from custom_components.ringcentral.triggers.data import trigger_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from .common import Account, add_account
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


async def test_extension_of_a_removed_account_has_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Its trigger data is without names: the privacy level is unknown."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    ref = ref_of(account, "102")
    await hass.config_entries.async_remove(account.entry.entry_id)
    await hass.async_block_till_done()
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


async def test_target_is_updated_with_the_registries_and_reports_changes_only(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A new name is no change, the removal of the account is."""
    account = await add_account(hass, simulator)
    changes: list[set[ExtensionRef]] = []
    targeted = TargetedExtensions(
        hass,
        {
            "device_id": [
                device.id
                for number in ("102", "103")
                if (device := account.device(number))
            ]
        },
        lambda: changes.append(set(targeted)),
    )
    stop = await targeted.async_setup()
    both = {ref_of(account, "102"), ref_of(account, "103")}
    assert changes == [both]
    entity_id = account.entity_id("102", "presence")
    assert entity_id is not None
    er.async_get(hass).async_update_entity(entity_id, name="Alice")
    await hass.async_block_till_done()
    assert changes == [both]
    await hass.config_entries.async_remove(account.entry.entry_id)
    await hass.async_block_till_done()
    assert changes[-1] == set()
    assert not any(ref in targeted for ref in both)
    stop()
