"""Baseline: the same states, written with the minimum that Home Assistant needs.

Minimal entities on real platforms, one record for each extension, no coordinator, no
listeners, no comparison: the caller writes changed states only.
"""

from dataclasses import dataclass, field
from datetime import timedelta
import logging
from typing import Any, Final, override

import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.event import DOMAIN as EVENT, EventEntity
from homeassistant.components.sensor import (
    DOMAIN as SENSOR,
    SensorDeviceClass,
    SensorEntity,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import EntityPlatform

_LOGGER = logging.getLogger(__name__)
_DOMAIN: Final = "floor"
# Home Assistant allows 10,000 entities per config entry.
_PER_ENTRY: Final = 2400

_TELEPHONY: Final = {
    "NoCall": "no_call",
    "Ringing": "ringing",
    "CallConnected": "call_connected",
    "OnHold": "on_hold",
    "ParkedCall": "parked_call",
}
_PRESENCE: Final = {"Available": "available", "Busy": "busy", "Offline": "offline"}
_DND: Final = {
    "TakeAllCalls": "take_all_calls",
    "DoNotAcceptAnyCalls": "do_not_accept_any_calls",
    "DoNotAcceptDepartmentCalls": "do_not_accept_department_calls",
    "TakeDepartmentCallsOnly": "take_department_calls_only",
}
_HAPPENED: Final = {"OnHold": "held", "CallConnected": "resumed"}


@dataclass(slots=True)
class _Extension:
    """Body of the last event of an extension."""

    id: str
    body: dict[str, Any] = field(
        default_factory=lambda: {
            "telephonyStatus": "NoCall",
            "presenceStatus": "Available",
            "dndStatus": "TakeAllCalls",
            "activeCalls": [],
        }
    )
    entities: list[Entity] = field(default_factory=list)


class _BaselineEntity(Entity):
    _attr_should_poll = False
    _attr_has_entity_name = True

    def __init__(self, extension: _Extension, key: str) -> None:
        self.extension = extension
        self._attr_unique_id = f"{extension.id}_{key}"
        self._attr_name = key
        self._attr_device_info = DeviceInfo(
            identifiers={(_DOMAIN, extension.id)}, name=f"Baseline {extension.id}"
        )


class _Telephony(_BaselineEntity, SensorEntity):
    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = list(_TELEPHONY.values())

    @property
    @override
    def native_value(self) -> str:
        return _TELEPHONY[self.extension.body["telephonyStatus"]]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        body = self.extension.body
        return {
            "active_calls": body["activeCalls"],
            "total_active_calls": body.get("totalActiveCalls"),
        }


class _Presence(_BaselineEntity, SensorEntity):
    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = list(_PRESENCE.values())

    @property
    @override
    def native_value(self) -> str:
        return _PRESENCE[self.extension.body["presenceStatus"]]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        body = self.extension.body
        return {
            "user_status": body.get("userStatus"),
            "meeting_status": body.get("meetingStatus"),
            "allow_see_my_presence": body.get("allowSeeMyPresence"),
            "ring_on_monitored_call": body.get("ringOnMonitoredCall"),
            "pick_up_calls_on_hold": body.get("pickUpCallsOnHold"),
            "message": body.get("message"),
        }


class _Dnd(_BaselineEntity, SensorEntity):
    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = list(_DND.values())

    @property
    @override
    def native_value(self) -> str:
        return _DND[self.extension.body["dndStatus"]]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        body = self.extension.body
        return {
            "dnd_status_personal": body.get("dndStatusPersonal"),
            "accept_call_queue_calls": body.get("acceptCallQueueCalls"),
        }


class _Disabled(_BaselineEntity, SensorEntity):
    """Disabled by default, so in the registries only."""

    _attr_entity_registry_enabled_default = False


class _Calls(_BaselineEntity, EventEntity):
    _attr_event_types = list(_HAPPENED.values())

    def trigger(self) -> None:
        """Trigger the event of the first call."""
        call = self.extension.body["activeCalls"][0]
        self._trigger_event(
            _HAPPENED[call["telephonyStatus"]],
            {
                "direction": call["direction"],
                "queue_call": call["queueCall"],
                "time": None,
                "reconstructed": False,
                "replayed": False,
            },
        )


class Baseline:
    """Minimal entities of many extensions."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without entities."""
        self._hass = hass
        self._extensions: dict[str, _Extension] = {}

    async def add(
        self, extension_ids: list[str], *, full: bool = True, disabled: int = 0
    ) -> None:
        """Add all four entities of each extension, or the telephony status alone.

        `disabled` is the number of additional disabled entities of each.
        """
        for first in range(0, len(extension_ids), _PER_ENTRY):
            await self._add_entry(
                extension_ids[first : first + _PER_ENTRY], full=full, disabled=disabled
            )
        await self._hass.async_block_till_done()

    async def _add_entry(
        self, extension_ids: list[str], *, full: bool, disabled: int
    ) -> None:
        entry = MockConfigEntry(domain=_DOMAIN)
        entry.add_to_hass(self._hass)
        sensors: list[Entity] = []
        events: list[Entity] = []
        for extension_id in extension_ids:
            extension = self._extensions[extension_id] = _Extension(extension_id)
            extension.entities.append(_Telephony(extension, "telephony_status"))
            if full:
                extension.entities.append(_Presence(extension, "presence"))
                extension.entities.append(_Dnd(extension, "dnd"))
                events.append(_Calls(extension, "calls"))
            sensors.extend(extension.entities)
            sensors.extend(
                _Disabled(extension, f"disabled_{number}") for number in range(disabled)
            )
            extension.entities.extend(events[-1:])
        for domain, entities in ((SENSOR, sensors), (EVENT, events)):
            platform = EntityPlatform(
                hass=self._hass,
                logger=_LOGGER,
                domain=domain,
                platform_name=_DOMAIN,
                platform=None,
                scan_interval=timedelta(seconds=30),
                entity_namespace=None,
            )
            platform.config_entry = entry
            platform.async_prepare()
            await platform.async_add_entities(entities)

    def write(self, frame: bytes) -> None:
        """Decode a frame and write the states of its extension."""
        self.write_body(orjson.loads(frame)[1]["body"])

    def write_body(self, body: dict[str, Any]) -> None:
        """Write the states of an extension."""
        extension = self._extensions[body["extensionId"]]
        extension.body = body
        for entity in extension.entities:
            if isinstance(entity, _Calls):
                entity.trigger()
            entity.async_write_ha_state()
