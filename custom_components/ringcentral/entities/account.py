"""Entities of the account, which are about its connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import StateType

from ..coordinator import ACCOUNT, PresenceCoordinator
from ..roster.identifiers import account_identifier, entity_unique_id
from .base import RingCentralEntity, RingCentralEntityDescription

# The time of the last event changes with each event, and unseen time grows steadily.
_ACCOUNT_INTERVAL: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(RingCentralEntityDescription, SensorEntityDescription):
    """Sensor of the account."""

    value_fn: Callable[[PresenceCoordinator], Any]
    attribute_fns: Mapping[str, Callable[[PresenceCoordinator], Any]] = field(
        default_factory=dict
    )
    # Of a total: when it was 0.
    last_reset_fn: Callable[[PresenceCoordinator], datetime] | None = None


def _disconnect_reason(coordinator: PresenceCoordinator) -> str | None:
    error = coordinator.stream.last_error
    return None if error is None else error.reason.value


ACCOUNT_SENSORS: Final = (
    AccountSensorDescription(
        key="link",
        translation_key="link",
        device_class=SensorDeviceClass.ENUM,
        options=["recovering", "polling", "down", "push"],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=attrgetter("stream.state.value"),
        attribute_fns={"reason": _disconnect_reason},
    ),
    AccountSensorDescription(
        key="last_loss",
        translation_key="last_loss",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=attrgetter("monitor.outages.last_loss"),
    ),
    AccountSensorDescription(
        key="interruptions",
        translation_key="interruptions",
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=attrgetter("monitor.outages.count"),
        last_reset_fn=attrgetter("monitor.outages.since"),
    ),
    AccountSensorDescription(
        key="unseen_today",
        translation_key="unseen_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        # It falls when a replay proves that nothing went unseen.
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: round(coordinator.monitor.unseen_today),
        last_reset_fn=attrgetter("monitor.outages.unseen_since"),
    ),
    AccountSensorDescription(
        key="last_event",
        translation_key="last_event",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=attrgetter("last_event_time"),
    ),
)


class AccountEntity(RingCentralEntity):
    """Entity of the account, which is about the connection and so always available."""

    def __init__(
        self, coordinator: PresenceCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, context=ACCOUNT)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_unique_id = entity_unique_id(entry, description.key)
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @property
    @override
    def available(self) -> bool:
        return True


class AccountSensor(AccountEntity, SensorEntity):
    """Sensor of the account, updated when the connection changes and once a minute."""

    entity_description: AccountSensorDescription
    _written: tuple[object, ...] | None = None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        value: StateType | datetime = self.entity_description.value_fn(self.coordinator)
        return value

    @property
    @override
    def last_reset(self) -> datetime | None:
        last_reset_fn = self.entity_description.last_reset_fn
        return None if last_reset_fn is None else last_reset_fn(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return {
            name: value_fn(self.coordinator)
            for name, value_fn in self.entity_description.attribute_fns.items()
        } or None

    @property
    def _values(self) -> tuple[object, ...]:
        return self.native_value, self.last_reset, self.extra_state_attributes

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._written = self._values
        self.async_on_remove(
            async_track_time_interval(
                self.hass, self._update, _ACCOUNT_INTERVAL, cancel_on_shutdown=True
            )
        )

    @callback
    def _update(self, _now: datetime) -> None:
        self._handle_coordinator_update()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if (values := self._values) != self._written:
            self._written = values
            self.async_write_ha_state()
