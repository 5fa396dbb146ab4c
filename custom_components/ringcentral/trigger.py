"""Triggers of the automation editor."""

from collections.abc import Collection
from typing import ClassVar, Final, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import EntityTargetStateTriggerBase, Trigger

from .api.models.enums import DndStatus, PresenceStatus
from .targets import filter_sensors
from .triggers.call_trigger import KINDS, make_call_trigger
from .triggers.voicemail_trigger import VoicemailTrigger


class SensorTrigger(EntityTargetStateTriggerBase):
    """Trigger on a sensor of an extension that changes to one of some states."""

    _domain_specs = {SENSOR_DOMAIN: DomainSpec(device_class=SensorDeviceClass.ENUM)}
    translation_key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_sensors(self._hass, self._target, entities, self.translation_key)


def _make_sensor_trigger(key: str, states: Collection[str]) -> type[SensorTrigger]:
    class KindOfSensorTrigger(SensorTrigger):
        translation_key = key
        _to_states = set(states)

    return KindOfSensorTrigger


_DND_OFF: Final = set(DndStatus.known()) - {DndStatus.DO_NOT_ACCEPT_ANY_CALLS}

TRIGGERS: Final[dict[str, type[Trigger]]] = {
    **{key: make_call_trigger(kind) for key, kind in KINDS.items()},
    "became_available": _make_sensor_trigger("presence", [PresenceStatus.AVAILABLE]),
    "became_busy": _make_sensor_trigger("presence", [PresenceStatus.BUSY]),
    "became_offline": _make_sensor_trigger("presence", [PresenceStatus.OFFLINE]),
    "dnd_turned_on": _make_sensor_trigger("dnd", [DndStatus.DO_NOT_ACCEPT_ANY_CALLS]),
    "dnd_turned_off": _make_sensor_trigger("dnd", _DND_OFF),
    "voicemail_left": VoicemailTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their keys."""
    return TRIGGERS
