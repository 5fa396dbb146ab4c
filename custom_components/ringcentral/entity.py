"""Base entities of extensions and of the account, and their devices."""

from abc import abstractmethod
import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from re import sub
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api.clock import LoopYielder
from .api.exceptions import describe_origin
from .api.models.directory import Extension
from .const import DOMAIN, LOGGER, MAIN_KEY, MANUFACTURER
from .coordinator import ACCOUNT, PresenceCoordinator, RingCentralConfigEntry
from .presence.models import ExtensionPresence
from .roster.models import extension_label

# Seconds after which set-up ends and the rest is added in the background, since the start
# of Home Assistant waits for set-up.
_SET_UP_AT_MOST: Final = 5.0
_UNKNOWN_PRESENCE: Final = ExtensionPresence()


def account_identifier(entry: RingCentralConfigEntry) -> tuple[str, str]:
    """Return the identifier of the account's device."""
    return DOMAIN, str(entry.unique_id)


def extension_identifier(
    entry: RingCentralConfigEntry, extension_id: str
) -> tuple[str, str]:
    """Return the identifier of an extension's device."""
    # With the user, since two users of an account may monitor the same extension.
    return DOMAIN, f"{entry.unique_id}_{extension_id}"


def identified_extensions(
    entry: RingCentralConfigEntry, identifiers: Iterable[tuple[str, str]]
) -> list[str]:
    """Return the ids of the extensions whose device has these identifiers."""
    prefix = f"{entry.unique_id}_"
    return [
        unique_id.removeprefix(prefix)
        for _, unique_id in identifiers
        if unique_id.startswith(prefix)
    ]


def _device_model(extension: Extension) -> str | None:
    """Return the type of an extension: `ParkLocation` becomes "Park location"."""
    return extension.type and sub(r"(?<!^)(?=[A-Z])", " ", extension.type).capitalize()


class RingCentralEntity(CoordinatorEntity[PresenceCoordinator]):
    """Entity whose id ends with its key in every language."""

    _attr_has_entity_name = True

    @property
    @override
    def suggested_object_id(self) -> str:
        return self.entity_description.key


class ExtensionEntity(RingCentralEntity):
    """Entity of an extension; it writes its state only if a value has changed."""

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: EntityDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, context=extension_id)
        self.entity_description = description
        self._extension_id = extension_id
        self.presence = coordinator.data.get(extension_id, _UNKNOWN_PRESENCE)
        self._values: tuple[Any, ...] | None = None
        self._is_available = False
        self._attr_unique_id = (
            f"{coordinator.config_entry.unique_id}_{extension_id}_{description.key}"
        )
        if description.key == MAIN_KEY:
            # A translated name would take precedence over that of the description.
            self._attr_name = None

    @property
    @override
    def device_info(self) -> DeviceInfo:
        # Read once; the entity manager has added the device.
        entry = self.coordinator.config_entry
        return DeviceInfo(identifiers={extension_identifier(entry, self._extension_id)})

    @property
    @override
    def available(self) -> bool:
        # Depends on freshness, not on last_update_success.
        return self._is_available

    @abstractmethod
    def _read_values(self) -> tuple[Any, ...]:
        """Return the values that state and attributes are built from."""

    def _update_attrs(self, *values: Any) -> None:
        """Build state and attributes from the values read."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._refresh()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._refresh():
            self.async_write_ha_state()

    def _is_current(self) -> bool:
        return self.coordinator.is_current(self._extension_id)

    def _refresh(self) -> bool:
        known = self.coordinator.data.get(self._extension_id)
        self.presence = known or _UNKNOWN_PRESENCE
        is_available = (
            known is not None and self._extension_id not in self.coordinator.stale
        )
        values = self._read_values()
        if is_available is self._is_available and values == self._values:
            return False
        self._is_available = is_available
        self._values = values
        self._update_attrs(*values)
        return True


class AccountEntity(RingCentralEntity):
    """Entity of the account, which is about the connection and so always available."""

    def __init__(
        self, coordinator: PresenceCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, context=ACCOUNT)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_unique_id = f"{entry.unique_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @property
    @override
    def available(self) -> bool:
        return True


def disabled_by_default[DescriptionT: EntityDescription](
    description: DescriptionT,
) -> DescriptionT:
    """Return the description of the same entity, disabled by default."""
    return replace(description, entity_registry_enabled_default=False)


@callback
def async_add_extension_entities(
    coordinator: PresenceCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make_entities: Callable[[str], Iterable[Entity]],
) -> None:
    """Let the entity manager add these entities of each extension that is shown."""
    coordinator.entity_adders.append(
        lambda extension_id: async_add_entities(make_entities(extension_id))
    )


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
        self._handle_added: Callable[[], None] | None = handle_added
        # Extensions with entities, as their devices describe them; None if only the
        # device was found.
        self._added: dict[str, Extension | None] = {}
        # Extensions to add, to update or to remove.
        self._pending: deque[str] = deque()
        self._task: asyncio.Task[None] | None = None

    async def async_start(self) -> None:
        """Add all, but what takes longer than a few seconds in the background."""
        coordinator, entry = self._coordinator, self._entry
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
            await asyncio.wait([self._task], timeout=_SET_UP_AT_MOST)

    @callback
    def _update(self) -> None:
        shown = self._coordinator.allocation.shown
        directory = self._coordinator.roster.directory
        # Removed first, since the number of entities is limited.
        self._pending = deque(sorted(self._added.keys() - shown))
        for extension_id in sorted(shown):
            extension = directory[extension_id]
            if self._added.get(extension_id) == extension:
                # Frees the former one.
                self._added[extension_id] = extension
            else:
                self._pending.append(extension_id)
        if self._task is None or self._task.done():
            # Not within the caller, which may be a listener of the device registry.
            self._task = self._entry.async_create_task(
                self._hass, self._work(), f"{DOMAIN} entities", eager_start=False
            )

    async def _work(self) -> None:
        yielder = LoopYielder()
        while self._pending and not self._is_ending:
            extension_id = self._pending.popleft()
            try:
                # The roster may have changed since.
                if extension_id in self._coordinator.allocation.shown:
                    self._add_or_update(extension_id)
                else:
                    self._remove(extension_id)
            except HomeAssistantError as err:
                LOGGER.error(
                    "Updating the device of an extension failed: %s",
                    describe_origin(err),
                )
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
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            name=extension_label(extension),
            model=_device_model(extension),
            model_id=extension.number,
            via_device_id=self._account_device_id,
        )
        has_entities = self._added.get(extension_id) is not None
        self._added[extension_id] = extension
        if not has_entities:
            for add_entities in self._coordinator.entity_adders:
                add_entities(extension_id)

    @callback
    def _remove(self, extension_id: str) -> None:
        self._added.pop(extension_id, None)
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
        for extension_id in identified_extensions(self._entry, device["identifiers"]):
            if self._added.pop(extension_id, None) is not None:
                # Removed by another, and still shown.
                self._update()
