"""Base entities of extensions and of the account, and their devices."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from re import sub
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api.clock import LoopYielder
from .api.models.directory import Extension
from .const import DOMAIN, MAIN_KEY, MANUFACTURER
from .coordinator import ACCOUNT, PresenceCoordinator, RingCentralConfigEntry
from .presence.models import ExtensionPresence
from .roster.models import extension_label

# Adding the entities of thousands of extensions takes seconds.
_BATCH_SIZE: Final = 10
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


def device_model(extension: Extension) -> str | None:
    """Return the type of an extension: `ParkLocation` becomes "Park location"."""
    return extension.type and sub(r"(?<!^)(?=[A-Z])", " ", extension.type).capitalize()


def _extension_device_info(
    coordinator: PresenceCoordinator, extension_id: str
) -> DeviceInfo:
    extension = coordinator.roster.directory[extension_id]
    info = DeviceInfo(
        identifiers={extension_identifier(coordinator.config_entry, extension_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        name=extension_label(extension),
        model=device_model(extension),
        model_id=extension.number,
    )
    if coordinator.account_device_id is not None:
        info["via_device_id"] = coordinator.account_device_id
    return info


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
        self._attr_device_info = _extension_device_info(coordinator, extension_id)
        if description.key == MAIN_KEY:
            # A translated name would take precedence over that of the description.
            self._attr_name = None

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
    """Add entities of all extensions that are shown, and of those that are later."""
    entry = coordinator.config_entry
    added: set[str] = set()
    pending: dict[str, None] = {}

    @callback
    def add(extension_ids: Iterable[str]) -> None:
        async_add_entities(
            entity
            for extension_id in extension_ids
            for entity in make_entities(extension_id)
        )

    def is_shown(extension_id: str) -> bool:
        return extension_id in coordinator.allocation.shown

    async def add_in_batches() -> None:
        yielder = LoopYielder()
        while pending and entry.state is not ConfigEntryState.UNLOAD_IN_PROGRESS:
            batch = list(islice(pending, _BATCH_SIZE))
            for extension_id in batch:
                del pending[extension_id]
            # The allocation may have changed before this listener is called.
            add(extension_id for extension_id in batch if is_shown(extension_id))
            await yielder.yield_if_due()

    @callback
    def update_pending() -> None:
        shown = coordinator.allocation.shown
        # An extension that was removed can be added again.
        added.intersection_update(shown)
        for extension_id in pending.keys() - shown:
            del pending[extension_id]
        pending.update(dict.fromkeys(sorted(shown - added)))
        added.update(pending)

    @callback
    def handle_roster_update() -> None:
        update_pending()
        if pending:
            entry.async_create_task(
                coordinator.hass, add_in_batches(), f"{DOMAIN} new entities"
            )

    entry.async_on_unload(coordinator.async_add_listener(handle_roster_update))
    # All at once, since Home Assistant limits the time for setting up a platform.
    update_pending()
    add(pending)
    pending.clear()
