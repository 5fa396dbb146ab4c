"""The RingCentral integration: presence of extensions, pushed by the platform."""

from contextlib import suppress

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session

from .api.auth import App, TokenEndpoint
from .api.errors import RingCentralError
from .const import CONF_SERVER, CONF_TOKEN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .devices import (
    async_create_account_device,
    async_remove_stale_devices,
    current_identifiers,
)
from .oauth import SessionTokens, jwt_implementation, transport_for

PLATFORMS: list[Platform] = [Platform.BINARY_SENSOR, Platform.SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: RingCentralConfigEntry) -> bool:
    """Set up an account."""
    session = OAuth2Session(hass, entry, jwt_implementation(hass, entry.data))
    transport = transport_for(hass, entry.data[CONF_SERVER], entry.data[CONF_CLIENT_ID])
    coordinator = PresenceCoordinator(
        hass, entry, transport, SessionTokens(hass, session)
    )
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    coordinator.account_device_id = async_create_account_device(hass, entry).id

    @callback
    def remove_stale_devices() -> None:
        async_remove_stale_devices(hass, entry)

    entry.async_on_unload(coordinator.async_add_listener(remove_stale_devices))
    remove_stale_devices()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> bool:
    """Unload an account; the entry's own tasks and timers end with it."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> None:
    """Sign out: ends the session on the platform, and its subscription with it."""
    transport = transport_for(hass, entry.data[CONF_SERVER], entry.data[CONF_CLIENT_ID])
    app = App(
        client_id=entry.data[CONF_CLIENT_ID],
        client_secret=entry.data.get(CONF_CLIENT_SECRET) or None,
    )
    with suppress(RingCentralError):
        await TokenEndpoint(transport, app).revoke(
            entry.data[CONF_TOKEN]["access_token"]
        )


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: RingCentralConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let a device be deleted that stands for nothing any more."""
    return device.identifiers.isdisjoint(current_identifiers(entry))
