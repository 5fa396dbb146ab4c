"""Devices and entities of the extensions that are shown, added and removed in slices."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.hass_dict import HassKey

from ..api.clock import LoopYielder
from ..api.exceptions import describe_origin
from ..api.models.directory import Extension
from ..const import (
    CONF_EXTENSION_ID,
    CONF_ON_THE_PHONE,
    CONF_SERVER,
    DOMAIN,
    LOGGER,
    MANUFACTURER,
    WEB_APPS,
)
from ..coordinator import PresenceCoordinator
from ..roster.identifiers import extension_identifier, identified_extensions
from ..roster.models import extension_label, extension_model
from ..roster.registered_entities import disabled_by_size, entities_of_extension

# By the id of their config entry.
MANAGERS: Final[HassKey[dict[str, EntityManager]]] = HassKey(f"{DOMAIN}_entities")
# Seconds after which set-up ends and the rest is added in the background, since the start
# of Home Assistant waits for set-up.
SET_UP_AT_MOST: Final = 5.0


class EntityManager:
    """Adds and removes devices and entities as extensions are shown or not.

    Between two turns of the event loop, a device has all its entities.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: PresenceCoordinator,
        account_device_id: str,
        handle_added: Callable[[], None],
    ) -> None:
        """Initialize; `handle_added` is called once, when all have been added."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._registry = dr.async_get(hass)
        self._account_device_id = account_device_id
        # Each adds to a platform what it lacks of the entities of an extension.
        self.entity_adders: list[Callable[[str | None], None]] = []
        managers = hass.data.setdefault(MANAGERS, {})
        managers[self._entry.entry_id] = self
        self._entry.async_on_unload(self._forget)
        self._handle_added: Callable[[], None] | None = handle_added
        # Extensions with entities, as their devices describe them; None if only the
        # device was found.
        self._added: dict[str, Extension | None] = {}
        # What decides which entities an extension has, and those that do not have them
        # yet; None stands for the account.
        self._applied = self._decisive
        self._outdated: set[str | None] = set()
        # Extensions to add, to update or to remove, and whether that is up to date.
        self._pending: deque[str | None] = deque()
        self._is_pending_current = True
        self._task: asyncio.Task[None] | None = None

    @callback
    def _forget(self) -> None:
        del self._hass.data[MANAGERS][self._entry.entry_id]

    async def async_start(self) -> None:
        """Add all, but what takes longer than a few seconds in the background."""
        coordinator, entry = self._coordinator, self._entry
        # With thousands of extensions, what has come before takes as long as this.
        await asyncio.sleep(0)
        shown = coordinator.allocation.shown
        for device in dr.async_entries_for_config_entry(self._registry, entry.entry_id):
            for extension_id in identified_extensions(entry, device.identifiers):
                if extension_id not in shown:
                    self._added[extension_id] = None
        entry.async_on_unload(coordinator.async_add_listener(self._update))
        entry.async_on_unload(
            self._hass.bus.async_listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED, self._handle_device
            )
        )
        self._update()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=SET_UP_AT_MOST)

    @property
    def _decisive(self) -> tuple[bool, ...]:
        coordinator, allocation = self._coordinator, self._coordinator.allocation
        return (
            coordinator.more_sensors,
            coordinator.on_the_phone,
            allocation.enables_all,
            coordinator.on_the_phone and allocation.enables_on_the_phone,
        )

    @callback
    def _update(self) -> None:
        if self._handle_added is None:
            self._coordinator.calls.hold(
                self._coordinator.allocation.shown - self._added.keys()
            )
        self._is_pending_current = False
        if self._task is None or self._task.done():
            # The start of Home Assistant waits for all tasks that are not background tasks.
            create_task = (
                self._entry.async_create_task
                if self._handle_added is None
                else self._entry.async_create_background_task
            )
            # Not within the caller, which may be a listener of the device registry.
            self._task = create_task(
                self._hass, self._work(), f"{DOMAIN} entities", eager_start=False
            )

    @callback
    def _update_pending(self) -> None:
        self._is_pending_current = True
        shown = self._coordinator.allocation.shown
        directory = self._coordinator.roster.directory
        if self._applied != self._decisive:
            self._applied = self._decisive
            self._outdated = {None, *self._added}
        added, outdated = self._added, self._outdated
        held = self._coordinator.calls.held
        # Removed first, since the number of entities is limited. Held extensions that are no
        # longer shown are only released.
        self._pending = deque(sorted((added.keys() | held) - shown))
        if None in outdated:
            self._pending.append(None)
        self._pending += sorted(
            [
                i
                for i in shown
                if added.get(i) != directory[i] or i in outdated or i in held
            ]
        )

    async def _work(self) -> None:
        yielder = LoopYielder()
        while (self._pending or not self._is_pending_current) and not self._is_ending:
            if not self._is_pending_current:
                # For thousands of extensions, it takes some milliseconds.
                self._update_pending()
                await asyncio.sleep(0)
                continue
            extension_id = self._pending.popleft()
            try:
                # The roster may have changed since.
                if extension_id is None:
                    self._add_entities(None)
                elif extension_id in self._coordinator.allocation.shown:
                    self._add_or_update(extension_id)
                else:
                    self._remove(extension_id)
            except Exception as err:  # noqa: BLE001 - the others must be added
                LOGGER.error(
                    "Updating the device of an extension failed: %s",
                    describe_origin(err),
                )
            if extension_id is not None:
                self._coordinator.calls.release(extension_id)
            await yielder.yield_if_due()
        if self._handle_added is not None and not self._is_ending:
            self._handle_added()
            self._handle_added = None

    @property
    def _is_ending(self) -> bool:
        return (
            self._hass.is_stopping
            or self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS
        )

    @callback
    def _add_or_update(self, extension_id: str) -> None:
        extension = self._coordinator.roster.directory[extension_id]
        # Nothing is written if the device exists and is described like this.
        self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={extension_identifier(self._entry, extension_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            name=extension_label(extension),
            model=extension_model(extension),
            model_id=extension.number,
            # The page shows the user who signs in there.
            configuration_url=WEB_APPS.get(self._entry.data[CONF_SERVER])
            if extension_id == self._entry.data[CONF_EXTENSION_ID]
            else None,
            via_device_id=self._account_device_id,
        )
        is_added = self._added.get(extension_id) is not None
        if not is_added or extension_id in self._outdated:
            self._add_entities(extension_id)
        self._added[extension_id] = extension

    @callback
    def _add_entities(self, extension_id: str | None) -> None:
        for add in self.entity_adders:
            add(extension_id)
        # Home Assistant restores a removed entity as it was, also disabled: only when it is
        # added again can it be enabled.
        if extension_id is not None and self._enable(extension_id):
            for add in self.entity_adders:
                add(extension_id)
        self._outdated.discard(extension_id)

    @callback
    def _enable(self, extension_id: str) -> bool:
        """Enable what was disabled while the account was large; return whether any was."""
        coordinator, allocation = self._coordinator, self._coordinator.allocation
        if not allocation.enables_all or self._entry.pref_disable_new_entities:
            return False
        has_optional = coordinator.on_the_phone and allocation.enables_on_the_phone
        disabled = disabled_by_size(
            entities_of_extension(self._hass, self._entry, extension_id),
            *((CONF_ON_THE_PHONE,) if has_optional else ()),
        )
        registry = er.async_get(self._hass)
        for entity in disabled:
            # Home Assistant reloads the config entry after an entity is enabled, unless it
            # was disabled by the config entry.
            for disabled_by in (er.RegistryEntryDisabler.CONFIG_ENTRY, None):
                registry.async_update_entity(entity.entity_id, disabled_by=disabled_by)
        return bool(disabled)

    @callback
    def _remove(self, extension_id: str) -> None:
        self._added.pop(extension_id, None)
        self._outdated.discard(extension_id)
        device = self._registry.async_get_device_by_identifier(
            extension_identifier(self._entry, extension_id), self._entry.entry_id
        )
        if device is not None:
            # Home Assistant removes its entities.
            self._registry.async_remove_device(device.id)

    @callback
    def _handle_device(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "remove":
            return
        device = data["device"]
        if device["config_entry_id"] != self._entry.entry_id:
            return
        if device["id"] == self._account_device_id and not self._is_ending:
            # Removed by another: other devices refer to it.
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        for extension_id in identified_extensions(self._entry, device["identifiers"]):
            if self._added.pop(extension_id, None) is not None:
                # Removed by another, and still shown.
                self._update()
