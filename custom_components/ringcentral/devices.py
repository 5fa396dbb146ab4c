"""Devices: one for the account, one for each extension that is shown."""

from re import sub
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .api.models.directory import Extension
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
    """Describe the device of an extension."""
    described = _described(coordinator.roster.directory[extension_id])
    info = DeviceInfo(
        identifiers={extension_identifier(coordinator.config_entry, extension_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        name=described["name"],
        model=described["model"],
        model_id=described["model_id"],
    )
    if coordinator.account_device_id is not None:
        info["via_device_id"] = coordinator.account_device_id
    return info


class _Description(TypedDict):
    """What of a device follows from the extension list."""

    name: str
    model: str | None
    model_id: str | None


def _described(extension: Extension) -> _Description:
    """Return name, user type and number of an extension."""
    name, number = extension.name or "Extension", extension.number
    return {
        "name": f"{name} ({number})" if number else name,
        # `ParkLocation` is shown as "Park location".
        "model": extension.type
        and sub(r"(?<!^)(?=[A-Z])", " ", extension.type).capitalize(),
        "model_id": number,
    }


@callback
def async_update_devices(hass: HomeAssistant, entry: RingCentralConfigEntry) -> None:
    """Remove devices of extensions that are shown no longer; rename the others."""
    registry = dr.async_get(hass)
    current = current_identifiers(entry)
    directory = entry.runtime_data.roster.directory
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        known = [current[i] for i in device.identifiers if i in current]
        if not known:
            registry.async_remove_device(device.id)
        elif (extension_id := known[0]) is not None:
            registry.async_update_device(
                device.id, **_described(directory[extension_id])
            )


def current_identifiers(
    entry: RingCentralConfigEntry,
) -> dict[tuple[str, str], str | None]:
    """Return the extension that each identifier stands for; None is the account."""
    shown = entry.runtime_data.allocation.shown
    return {account_identifier(entry): None} | {
        extension_identifier(entry, extension_id): extension_id
        for extension_id in shown
    }
