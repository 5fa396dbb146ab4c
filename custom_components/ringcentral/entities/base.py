"""Base entities of extensions and of the account."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..const import MAIN_KEY
from ..context_coordinator import AspectContext
from ..coordinator import PresenceCoordinator, RingCentralConfigEntry
from ..presence.models import FRESHNESS, ExtensionPresence
from ..roster.identifiers import entity_unique_id, extension_identifier

_UNKNOWN_PRESENCE: Final = ExtensionPresence()


@dataclass(frozen=True, kw_only=True)
class RingCentralEntityDescription(EntityDescription):
    """Description of an entity."""

    # Whether it is added only if the option *On the phone* is on.
    is_optional: bool = False

    @cached_property
    def disabled_by_default(self) -> Self:
        """The description of the same entity, disabled by default."""
        return replace(self, entity_registry_enabled_default=False)


@dataclass(frozen=True, kw_only=True)
class ExtensionEntityDescription(RingCentralEntityDescription):
    """Description of an entity of an extension."""

    # What of the presence it shows, beside its freshness.
    aspects: int


class Owner(NamedTuple):
    """Account, group or extension that an entity belongs to."""

    # Of its listeners.
    context: str
    # Of its counts.
    scope: str
    # Unique id of an entity without its key.
    prefix: str
    # Of its device.
    identifier: tuple[str, str]


def extension_owner(entry: RingCentralConfigEntry, extension_id: str) -> Owner:
    """Return an extension as the owner of entities."""
    return Owner(
        extension_id,
        extension_id,
        entity_unique_id(entry, "", extension_id),
        extension_identifier(entry, extension_id),
    )


class RingCentralEntity(CoordinatorEntity[PresenceCoordinator]):
    """Entity whose id ends with its key in every language."""

    _attr_has_entity_name = True

    @property
    @override
    def suggested_object_id(self) -> str:
        return self.entity_description.key


class UpdatedEntity(RingCentralEntity):
    """Entity that writes its state only if a value has changed."""

    _is_available = False

    @property
    @override
    def available(self) -> bool:
        # Depends on freshness, not on last_update_success.
        return self._is_available

    @abstractmethod
    def _refresh(self) -> bool:
        """Update state, attributes and availability; return whether any has changed."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._refresh()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._refresh():
            self.async_write_ha_state()


class StoredValueSensor(SensorEntity):
    """Sensor that stores its value and attributes when it is updated."""

    # Setting `_attr_...` costs 4 % of an event.
    _value: StateType | datetime = None
    _attributes: dict[str, Any] | None = None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self._value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self._attributes

    def _store(
        self, value: StateType | datetime, attributes: dict[str, Any] | None
    ) -> bool:
        """Store value and attributes; return whether one of them has changed."""
        if value == self._value and attributes == self._attributes:
            return False
        self._value, self._attributes = value, attributes
        return True


class ExtensionEntity(UpdatedEntity):
    """Entity of an extension."""

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: ExtensionEntityDescription,
    ) -> None:
        """Initialize the entity."""
        context = AspectContext(extension_id, FRESHNESS | description.aspects)
        super().__init__(coordinator, context)
        self.entity_description = description
        self._extension_id = extension_id
        self._attr_unique_id = entity_unique_id(
            coordinator.config_entry, description.key, extension_id
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

    @abstractmethod
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        """Update state and attributes; return whether one of them has changed."""

    @override
    def _refresh(self) -> bool:
        coordinator, extension_id = self.coordinator, self._extension_id
        known = coordinator.data.get(extension_id)
        is_available = known is not None and extension_id not in coordinator.stale
        is_changed = self._update_attrs(known or _UNKNOWN_PRESENCE)
        if is_available is not self._is_available:
            self._is_available = is_available
            return True
        return is_changed
