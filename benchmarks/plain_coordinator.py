"""A plain DataUpdateCoordinator: each update writes the states of all entities."""

from collections.abc import Sequence
from dataclasses import dataclass
import logging
from typing import Any, Final, override

import orjson

from homeassistant.components.sensor import (
    DATA_COMPONENT,
    DOMAIN as SENSOR,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import (
    CoordinatorEntity,
    DataUpdateCoordinator,
)
from homeassistant.setup import async_setup_component

from .baseline import NO_CALL

_LOGGER = logging.getLogger(__name__)

type _Coordinator = DataUpdateCoordinator[dict[str, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class _Description(SensorEntityDescription):
    """Fields of the presence for state and attributes."""

    field: str
    attributes: tuple[str, ...] = ()


# The same values as in the integration. The fourth entity replaces the event entity.
_DESCRIPTIONS: Final = (
    _Description(
        key="presence",
        device_class=SensorDeviceClass.ENUM,
        options=["Available", "Busy", "Offline"],
        field="presenceStatus",
        attributes=(
            "userStatus",
            "meetingStatus",
            "allowSeeMyPresence",
            "ringOnMonitoredCall",
            "pickUpCallsOnHold",
            "message",
        ),
    ),
    _Description(
        key="telephony_status",
        device_class=SensorDeviceClass.ENUM,
        options=["NoCall", "Ringing", "CallConnected", "OnHold", "ParkedCall"],
        field="telephonyStatus",
        attributes=("activeCalls", "totalActiveCalls"),
    ),
    _Description(
        key="dnd",
        device_class=SensorDeviceClass.ENUM,
        options=["TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"],
        field="dndStatus",
        attributes=("dndStatusPersonal", "acceptCallQueueCalls"),
    ),
    _Description(key="calls", field="totalActiveCalls"),
)


class _PlainEntity(CoordinatorEntity[_Coordinator], SensorEntity):
    entity_description: _Description

    def __init__(
        self, coordinator: _Coordinator, extension_id: str, description: _Description
    ) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self.entity_id = _entity_id(extension_id, description.key)
        self._attr_name = description.key
        self._extension_id = extension_id

    @property
    @override
    def native_value(self) -> str | int | None:
        presence = self.coordinator.data[self._extension_id]
        value: str | int | None = presence[self.entity_description.field]
        return value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        presence = self.coordinator.data[self._extension_id]
        return {name: presence.get(name) for name in self.entity_description.attributes}


class PlainCoordinator:
    """A coordinator that receives each notification by `async_set_updated_data`."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without extensions."""
        self._hass = hass
        self._coordinator: _Coordinator = DataUpdateCoordinator(
            hass, _LOGGER, config_entry=None, name="usual"
        )

    async def add(self, extension_ids: Sequence[str]) -> None:
        """Add the four entities of each extension."""
        self._coordinator.data = {
            extension_id: dict(NO_CALL) for extension_id in extension_ids
        }
        assert await async_setup_component(self._hass, SENSOR, {})
        entities = [
            _PlainEntity(self._coordinator, extension_id, description)
            for extension_id in extension_ids
            for description in _DESCRIPTIONS
        ]
        await self._hass.data[DATA_COMPONENT].async_add_entities(entities)

    def receive(self, frame: bytes) -> None:
        """Handle a frame."""
        presence = orjson.loads(frame)[1]["body"]
        data = self._coordinator.data
        data[presence["extensionId"]] = presence
        self._coordinator.async_set_updated_data(data)


def _entity_id(extension_id: str, key: str) -> str:
    return f"{SENSOR}.usual_{extension_id}_{key}"
