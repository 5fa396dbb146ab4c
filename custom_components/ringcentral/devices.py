"""Devices: one for the account, one for each monitored extension."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .const import DOMAIN, MANUFACTURER
from .coordinator import PresenceCoordinator, RingCentralConfigEntry


def account_identifier(entry: RingCentralConfigEntry) -> tuple[str, str]:
    """Return the identifier of the account's device."""
    return DOMAIN, str(entry.unique_id)


def extension_identifier(
    entry: RingCentralConfigEntry, extension_id: str
) -> tuple[str, str]:
    """Return the identifier of an extension's device.

    Two users of one account may monitor the same extension, each in an own entry.
    """
    return DOMAIN, f"{entry.unique_id}_{extension_id}"


@callback
def async_create_account_device(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> dr.DeviceEntry:
    """Create the account's device, which those of the extensions refer to."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={account_identifier(entry)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Account",
        name=entry.title,
    )


def extension_device_info(
    coordinator: PresenceCoordinator, extension_id: str
) -> DeviceInfo:
    """Describe the device of an extension: its name, number and type."""
    extension = coordinator.roster.directory[extension_id]
    name = extension.name or "Extension"
    info = DeviceInfo(
        identifiers={extension_identifier(coordinator.config_entry, extension_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model=extension.type,
        model_id=extension.number,
        name=f"{name} ({extension.number})" if extension.number else name,
    )
    if coordinator.account_device_id is not None:
        info["via_device_id"] = coordinator.account_device_id
    return info


@callback
def async_remove_stale_devices(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> None:
    """Remove the devices of extensions that are monitored no longer."""
    registry = dr.async_get(hass)
    current = current_identifiers(entry)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.identifiers.isdisjoint(current):
            registry.async_remove_device(device.id)


def current_identifiers(entry: RingCentralConfigEntry) -> set[tuple[str, str]]:
    """Return the identifiers of the account and of all monitored extensions."""
    monitored = entry.runtime_data.roster.monitored
    return {account_identifier(entry)} | {
        extension_identifier(entry, extension_id) for extension_id in monitored
    }
