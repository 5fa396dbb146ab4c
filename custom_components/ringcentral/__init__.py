"""The RingCentral integration."""

from asyncio import wait
from contextlib import suppress
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_TOKEN, EVENT_HOMEASSISTANT_CLOSE, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import (
    ImplementationUnavailableError,
    UnknownImplementationError,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .api.clock import LoopYielder
from .calls.dispatcher import take_dispatcher
from .connection.history import remove_history
from .connection.storage import async_remove_stored_state
from .const import CONF_SERVER, DOMAIN, LOGGER, MANUFACTURER, WEB_APPS
from .control.manager import async_setup_control
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entities.manager import EntityManager
from .frontend import async_setup_frontend
from .groups.manager import GroupManager
from .issues import IssueManager
from .oauth import SessionTokens, async_entry_implementation, async_sign_out
from .roster.identifiers import account_identifier, identified_extensions
from .services import async_setup_services
from .voicemail.manager import async_setup_voicemail

_WAIT_FOR_SIGN_OUT: Final = 0.8

PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]

CONFIG_SCHEMA: Final = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up the actions and the board, and keep the titles of entries out of the log."""
    async_setup_services(hass)
    await async_setup_frontend(hass)
    _hide_titles(hass)
    return True


@callback
def _hide_titles(hass: HomeAssistant) -> None:
    """Log ids of entries in place of their titles, which name people."""

    def hide(record: logging.LogRecord) -> bool:
        message = hidden = record.getMessage()
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.title:
                hidden = hidden.replace(entry.title, entry.entry_id)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True

    # Home Assistant logs failed set-ups with either of them.
    loggers = (LOGGER, logging.getLogger(ConfigEntry.__module__))
    for logger in loggers:
        logger.addFilter(hide)

    @callback
    def show(_event: Event) -> None:
        for logger in loggers:
            logger.removeFilter(hide)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, show)


async def async_setup_entry(hass: HomeAssistant, entry: RingCentralConfigEntry) -> bool:
    """Set up an account."""
    implementation = await async_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    coordinator = PresenceCoordinator(
        hass, entry, implementation.endpoint.transport, SessionTokens(hass, session)
    )
    # An own RingOut may be listed in the first snapshot.
    async_setup_control(hass, coordinator)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    # Devices of extensions refer to it.
    account_device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={account_identifier(entry)},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        configuration_url=WEB_APPS.get(entry.data[CONF_SERVER]),
        # The title alone is the name of the device of the signed-in user.
        name=f"{MANUFACTURER}: {entry.title}",
    )

    @callback
    def start_reporting() -> None:
        # Automations are not set up before Home Assistant has started.
        entry.async_on_unload(async_at_started(hass, coordinator.async_start_reporting))

    groups = GroupManager(hass, coordinator, account_device.id)
    async_setup_voicemail(hass, coordinator)
    # Call events wait until their event entities exist.
    manager = EntityManager(hass, coordinator, account_device.id, start_reporting)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await groups.async_start()
    await manager.async_start()
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> bool:
    """Unload an account."""
    coordinator = entry.runtime_data
    # Report what is pending while the event entities still exist.
    await coordinator.calls.flush()
    # What arrives while entities are removed is left to the next set-up.
    await coordinator.async_shutdown()
    yielder = LoopYielder()
    for platform in tuple(async_get_platforms(hass, DOMAIN)):
        if platform.config_entry is entry:
            # By id: freeing thousands of entities at once takes long.
            for entity_id in tuple(platform.entities):
                if (entity := platform.entities.get(entity_id)) is not None:
                    await entity.async_remove()
                await yielder.yield_if_due()
    is_unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    # After a reload there would be another connection, which nothing closes.
    return is_unloaded and not hass.is_stopping


async def async_remove_entry(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> None:
    """Remove what is stored, and sign out, which ends the session on the platform."""
    await _async_clear_registries(hass, entry)
    IssueManager(hass, entry.entry_id).clear()
    take_dispatcher(hass, entry.entry_id)
    remove_history(hass, entry.entry_id)
    await async_remove_stored_state(hass, entry.entry_id)
    sign_out = hass.async_create_background_task(
        _sign_out(hass, entry), f"{DOMAIN} sign-out"
    )
    # An unreachable platform must not delay the removal.
    await wait([sign_out], timeout=_WAIT_FOR_SIGN_OUT)


async def _async_clear_registries(
    hass: HomeAssistant, entry: RingCentralConfigEntry
) -> None:
    # Home Assistant would remove all at once.
    devices, entities = dr.async_get(hass), er.async_get(hass)
    yielder = LoopYielder()
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        if entity.entity_id in entities.entities:
            # It marks removed entities of a removed entry as orphaned, also all at once;
            # those without an entry are orphaned as they are removed.
            entities.async_update_entity(entity.entity_id, config_entry_id=None)
            entities.async_remove(entity.entity_id)
        await yielder.yield_if_due()
    # The device of the account last, since the others refer to it.
    for device in sorted(
        dr.async_entries_for_config_entry(devices, entry.entry_id),
        key=lambda device: device.via_device_id is None,
    ):
        if devices.async_get(device.id) is not None:
            devices.async_remove_device(device.id)
        await yielder.yield_if_due()


async def _sign_out(hass: HomeAssistant, entry: RingCentralConfigEntry) -> None:
    # The application credential may have been deleted.
    with suppress(ImplementationUnavailableError, UnknownImplementationError):
        implementation = await async_entry_implementation(hass, entry)
        await async_sign_out(implementation, entry.data[CONF_TOKEN])


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: RingCentralConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Return whether a device may be deleted: it is no group, and no shown extension."""
    # A group is deleted as the subentry that it is configured by.
    if entry.state is not ConfigEntryState.LOADED or device.config_subentry_id:
        return False
    shown = entry.runtime_data.allocation.shown
    return account_identifier(entry) not in device.identifiers and shown.isdisjoint(
        identified_extensions(entry, device.identifiers)
    )
