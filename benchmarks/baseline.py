"""Baseline: the same states, written with the minimum that Home Assistant needs.

Minimal entities on real platforms, one record for each extension, no coordinator, no
listeners; what has changed is decided by one field for each entity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
import logging
from typing import Any, Final, override

import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.api.clock import LoopYielder
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
# Call events by telephony status before and after.
_EVENTS: Final = {
    ("NoCall", "Ringing"): "ringing",
    ("Ringing", "CallConnected"): "answered",
    ("NoCall", "CallConnected"): "answered",
    ("NoCall", "OnHold"): "held",
    ("CallConnected", "OnHold"): "held",
    ("OnHold", "CallConnected"): "resumed",
    ("CallConnected", "NoCall"): "ended",
}


# Presence before the first event.
NO_CALL: Final[Mapping[str, Any]] = {
    "telephonyStatus": "NoCall",
    "presenceStatus": "Available",
    "dndStatus": "TakeAllCalls",
    "activeCalls": [],
    "totalActiveCalls": 0,
}


@dataclass(slots=True)
class _Extension:
    """Body of the last event of an extension."""

    id: str
    body: Mapping[str, Any] = field(default_factory=lambda: NO_CALL)
    entities: list[_BaselineEntity] = field(default_factory=list)


class _BaselineEntity(Entity):
    # Field of the body that changes with the state.
    source: str
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
    source = "telephonyStatus"
    _unrecorded_attributes = frozenset({"active_calls"})
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
    source = "presenceStatus"
    _unrecorded_attributes = frozenset({"message"})
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
    source = "dndStatus"
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


class _Calls(_BaselineEntity, EventEntity):
    source = "telephonyStatus"
    _attr_event_types = sorted(set(_EVENTS.values()))
    _unrecorded_attributes = frozenset(
        {
            *("queue_call", "time", "reconstructed", "replayed"),
            *("ringing_seconds", "talking_seconds", "held_seconds"),
        }
    )

    def trigger(self, before: str) -> None:
        """Trigger the event of the first call, by the telephony status before."""
        body = self.extension.body
        call = body["activeCalls"][0]
        self._trigger_event(
            _EVENTS[before, body["telephonyStatus"]],
            {
                "direction": call["direction"],
                "queue_call": call["queueCall"],
                "ringing_seconds": 4.0,
                "talking_seconds": 23.0,
                "held_seconds": 7.0,
                "time": call["startTime"],
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

    async def add(self, extension_ids: Iterable[str]) -> None:
        """Add the four entities of each extension, in slices of a few milliseconds."""
        for some in batched(extension_ids, _PER_ENTRY, strict=False):
            await self._add_entry(some)
        await self._hass.async_block_till_done()

    async def _add_entry(self, extension_ids: Iterable[str]) -> None:
        entry = MockConfigEntry(domain=_DOMAIN)
        entry.add_to_hass(self._hass)
        sensors, events = self._platform(SENSOR, entry), self._platform(EVENT, entry)
        yielder = LoopYielder()
        for extension_id in extension_ids:
            extension = self._extensions[extension_id] = _Extension(extension_id)
            calls = _Calls(extension, "calls")
            states = (
                _Telephony(extension, "telephony_status"),
                _Presence(extension, "presence"),
                _Dnd(extension, "dnd"),
            )
            extension.entities.extend((*states, calls))
            await sensors.async_add_entities(states)
            await events.async_add_entities([calls])
            await yielder.yield_if_due()

    def _platform(self, domain: str, entry: MockConfigEntry) -> EntityPlatform:
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
        return platform

    @property
    def events(self) -> dict[str, str]:
        """Entity ids of the event entities, by extension id."""
        return {
            extension_id: entity.entity_id
            for extension_id, extension in self._extensions.items()
            for entity in extension.entities
            if isinstance(entity, _Calls)
        }

    def write(self, frame: bytes) -> None:
        """Decode a frame and write the states of its extension that change."""
        body: dict[str, Any] = orjson.loads(frame)[1]["body"]
        extension = self._extensions[body["extensionId"]]
        before, extension.body = extension.body, body
        for entity in extension.entities:
            if before[entity.source] != body[entity.source]:
                if isinstance(entity, _Calls):
                    entity.trigger(before["telephonyStatus"])
                entity.async_write_ha_state()
