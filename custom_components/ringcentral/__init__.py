"""The RingCentral integration: presence of extensions, pushed by the platform."""

from asyncio import wait
from contextlib import suppress
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    ImplementationUnavailableError,
    UnknownImplementationError,
)
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .calls.dispatcher import take_dispatcher
from .connection.history import remove_history
from .connection.store import StateStore
from .const import DOMAIN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .devices import (
    async_create_account_device,
    async_update_devices,
    current_identifiers,
)
from .issues import IssueManager
from .oauth import SessionTokens, async_entry_implementation, async_sign_out
from .services import async_setup_services

_WAIT_FOR_SIGN_OUT: Final = 0.8

PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.SELECT,
    Platform.SENSOR,
]

CONFIG_SCHEMA: Final = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which are there whether or not an account is."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RingCentralConfigEntry) -> bool:
    """Set up an account."""
    implementation = await async_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    coordinator = PresenceCoordinator(
        hass, entry, implementation.endpoint.transport, SessionTokens(hass, session)
    )
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    coordinator.account_device_id = async_create_account_device(hass, entry).id

    follow_roster = partial(async_update_devices, hass, entry)
    entry.async_on_unload(coordinator.async_add_listener(follow_roster))
    follow_roster()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    # Automations hear nothing before the start of Home Assistant is complete.
    entry.async_on_unload(async_at_started(hass, coordinator.async_start_reporting))
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> bool:
    """Unload an account; the entry's own tasks and timers end with it."""
    # As long as there is an entity to show it.
    await entry.runtime_data.calls.flush()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> None:
    """Sign out: ends the session on the platform, and its subscription with it."""
    IssueManager(hass, entry.entry_id).clear()
    take_dispatcher(hass, entry.entry_id)
    remove_history(hass, entry.entry_id)
    await StateStore(hass, entry.entry_id).remove()
    sign_out = hass.async_create_background_task(
        _sign_out(hass, entry), f"{DOMAIN} sign-out"
    )
    # A platform that cannot be reached does not hold up the removal.
    await wait([sign_out], timeout=_WAIT_FOR_SIGN_OUT)


async def _sign_out(hass: HomeAssistant, entry: RingCentralConfigEntry) -> None:
    # A deleted application credential cannot sign out any more.
    with suppress(ImplementationUnavailableError, UnknownImplementationError):
        implementation = await async_entry_implementation(hass, entry)
        await async_sign_out(implementation, entry.data[CONF_TOKEN])


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: RingCentralConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let a device be deleted that stands for nothing any more."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    return device.identifiers.isdisjoint(current_identifiers(entry))
