"""Sensor of new voicemails."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import CONF_EXTENSION_ID, DOMAIN, VOICEMAIL_KEY
from ..coordinator import PresenceCoordinator, RingCentralConfigEntry
from ..roster.identifiers import entity_unique_id, extension_identifier
from ..voicemail.manager import VOICEMAIL, VoicemailManager, get_voicemail
from .adding import async_add_extension_entities
from .base import RingCentralEntityDescription, StoredValueSensor, UpdatedEntity


@dataclass(frozen=True, kw_only=True)
class VoicemailSensorDescription(RingCentralEntityDescription, SensorEntityDescription):
    """Sensor of voicemails."""


NEW_VOICEMAILS: Final = VoicemailSensorDescription(
    key=VOICEMAIL_KEY,
    translation_key=VOICEMAIL_KEY,
    state_class=SensorStateClass.MEASUREMENT,
)


@callback
def async_add_voicemail_sensor(
    entry: RingCentralConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensor to the own extension once voicemails can be read."""
    coordinator, own_id = entry.runtime_data, entry.data[CONF_EXTENSION_ID]
    hass = coordinator.hass
    manager = get_voicemail(hass, entry.entry_id)
    if manager is None:
        # The app had the permission before.
        registry = er.async_get(hass)
        unique_id = entity_unique_id(entry, NEW_VOICEMAILS.key, own_id)
        if entity_id := registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, unique_id
        ):
            registry.async_remove(entity_id)
        return

    def make_entities(extension_id: str | None) -> Iterator[VoicemailSensor]:
        if extension_id == own_id and manager.is_readable:
            yield VoicemailSensor(coordinator, own_id, manager)

    add = async_add_extension_entities(entry, async_add_entities, make_entities)

    @callback
    def add_to_device() -> None:
        device = dr.async_get(hass).async_get_device_by_identifier(
            extension_identifier(entry, own_id), entry.entry_id
        )
        if device is not None and own_id in coordinator.allocation.shown:
            add(own_id)

    manager.on_readable = add_to_device


class VoicemailSensor(UpdatedEntity, StoredValueSensor):
    """Number of new voicemails of the signed-in user."""

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        manager: VoicemailManager,
    ) -> None:
        """Initialize the sensor."""
        super().__init__(coordinator, VOICEMAIL)
        entry = coordinator.config_entry
        self.entity_description = NEW_VOICEMAILS
        self._manager = manager
        self._attr_unique_id = entity_unique_id(entry, NEW_VOICEMAILS.key, extension_id)
        self._attr_device_info = DeviceInfo(
            identifiers={extension_identifier(entry, extension_id)}
        )

    @override
    def _refresh(self) -> bool:
        count = self._manager.count
        self._is_available = count is not None
        return self._store(count, None)
