"""Conditions of the automation editor."""

from datetime import datetime
from typing import ClassVar, Final, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityConditionBase

from .api.models.enums import Direction, DndStatus, PresenceStatus, TelephonyStatus
from .targets import filter_group_sensors, filter_sensors, find_groups


class SensorCondition(EntityConditionBase):
    """Condition on the state of one kind of sensor."""

    _domain_specs = {SENSOR_DOMAIN: DomainSpec()}
    translation_key: ClassVar[str]

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        # Without any available sensor, the condition is false.
        return bool(states) and super()._check_all_match_state(states)


class ExtensionCondition(SensorCondition):
    """Condition on one kind of sensor of an extension, or of the members of a group."""

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_sensors(self._hass, self._target, entities, self.translation_key)

    @property
    @override
    def needs_polling(self) -> bool:
        # Home Assistant tracks targeted entities without the filter.
        groups = find_groups(self._hass, self._target_selection.entity_ids)
        return super().needs_polling or bool(groups)


class FreePeopleCondition(SensorCondition):
    """Condition on how many people of a group or an account are free."""

    translation_key = "people_free"
    is_someone_free: ClassVar[bool]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_group_sensors(self._hass, entities, self.translation_key)

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        return (entity_state.state != "0") is self.is_someone_free


class SomeoneIsFreeCondition(FreePeopleCondition):
    """Condition that at least one person is free."""

    is_someone_free = True


class NobodyIsFreeCondition(FreePeopleCondition):
    """Condition that no person is free."""

    is_someone_free = False


def _sensor_shows(key: str, state: str) -> type[ExtensionCondition]:
    class KindOfCondition(ExtensionCondition):
        translation_key = key

        @override
        def is_valid_state(self, entity_state: State) -> bool:
            return entity_state.state == state

    return KindOfCondition


def _has_call(*statuses: str, inbound: bool = False) -> type[ExtensionCondition]:
    class CallCondition(ExtensionCondition):
        translation_key = "telephony_status"

        @override
        def is_valid_state(self, entity_state: State) -> bool:
            calls = entity_state.attributes.get("active_calls")
            if not calls:
                # States of the database are without calls: the direction is unknown.
                is_known = calls is not None or not inbound
                return is_known and entity_state.state in statuses
            return any(
                call["telephony_status"] in statuses
                and not (inbound and call["direction"] == Direction.OUTBOUND)
                for call in calls
            )

        @override
        def _state_valid_since(self, _state: State) -> datetime:
            # The state may be older than the call, and be that of another one.
            return _state.last_updated

    return CallCondition


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_ringing": _has_call(TelephonyStatus.RINGING, inbound=True),
    "is_on_call": _has_call(TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD),
    "has_call_on_hold": _has_call(TelephonyStatus.ON_HOLD),
    "is_available": _sensor_shows("presence", PresenceStatus.AVAILABLE),
    "is_busy": _sensor_shows("presence", PresenceStatus.BUSY),
    "is_offline": _sensor_shows("presence", PresenceStatus.OFFLINE),
    "is_do_not_disturb": _sensor_shows("dnd", DndStatus.DO_NOT_ACCEPT_ANY_CALLS),
    "someone_is_free": SomeoneIsFreeCondition,
    "nobody_is_free": NobodyIsFreeCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by their keys."""
    return CONDITIONS
