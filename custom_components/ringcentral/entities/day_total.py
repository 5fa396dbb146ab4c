"""Counts of the day: of the account, of groups and of extensions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfTime
from homeassistant.helpers.device_registry import DeviceInfo

from ..calls.counts import DayCounts
from ..context_coordinator import AspectContext
from ..coordinator import PresenceCoordinator
from ..presence.models import COUNTS
from .base import Owner, RingCentralEntityDescription, StoredValueSensor, UpdatedEntity


@dataclass(frozen=True, kw_only=True)
class CountDescription(RingCentralEntityDescription, SensorEntityDescription):
    """Sensor of a count of the day."""

    state_class: SensorStateClass = SensorStateClass.TOTAL
    value_fn: Callable[[DayCounts], float | None]
    # Number of calls that may be missing in it.
    unclear_fn: Callable[[DayCounts], int] | None = None


def _longest_wait(counts: DayCounts) -> float | None:
    # Not 0 while no wait is known.
    return round(counts.longest_wait) if counts.longest_wait else None


DAY_COUNTS: Final = (
    CountDescription(
        key="incoming_today",
        translation_key="incoming_today",
        value_fn=attrgetter("incoming"),
    ),
    CountDescription(
        key="outgoing_today",
        translation_key="outgoing_today",
        value_fn=attrgetter("outgoing"),
    ),
    CountDescription(
        key="answered_today",
        translation_key="answered_today",
        value_fn=attrgetter("answered"),
        unclear_fn=attrgetter("unclear"),
    ),
    CountDescription(
        key="missed_today",
        translation_key="missed_today",
        value_fn=attrgetter("missed"),
        unclear_fn=attrgetter("unclear"),
    ),
    CountDescription(
        key="talk_time_today",
        translation_key="talk_time_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=lambda counts: round(counts.talk_time),
        unclear_fn=attrgetter("untimed"),
    ),
    CountDescription(
        key="longest_wait_today",
        translation_key="longest_wait_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        # A sum of longest waits has no meaning.
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_longest_wait,
    ),
)
# An extension has them only with more sensors.
EXTENSION_COUNTS: Final = tuple(count.disabled_by_default for count in DAY_COUNTS)


class CountSensor(UpdatedEntity, StoredValueSensor):
    """Count of the day; an outage does not make it unavailable, since it is not wrong."""

    # It changes with calls, and each value would be another row.
    _unrecorded_attributes = frozenset({"unclear"})

    entity_description: CountDescription
    _last_reset: datetime | None = None

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        owner: Owner,
        description: CountDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, AspectContext(owner.context, COUNTS))
        self.entity_description = description
        self._scope = owner.scope
        self._attr_unique_id = f"{owner.prefix}{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={owner.identifier})

    @property
    @override
    def last_reset(self) -> datetime | None:
        return self._last_reset

    @override
    def _refresh(self) -> bool:
        counter, description = self.coordinator.calls.counts, self.entity_description
        counts, unclear_fn = counter.counts(self._scope), description.unclear_fn
        is_changed = self._store(
            description.value_fn(counts),
            None if unclear_fn is None else {"unclear": unclear_fn(counts)},
        )
        is_total = description.state_class is SensorStateClass.TOTAL
        last_reset = counter.since(self._scope) if is_total else None
        # Not while the members of a group are unknown: in statistics, a 0 since midnight
        # would be subtracted.
        is_available = counter.has_scope(self._scope)
        if (is_available, last_reset) != (self._is_available, self._last_reset):
            self._is_available, self._last_reset = is_available, last_reset
            return True
        return is_changed


class ExtensionCountSensor(CountSensor):
    """Count of an extension, which is counted while it has such a sensor."""

    @override
    async def async_added_to_hass(self) -> None:
        self.coordinator.calls.counts.set_members(self._scope, {self._scope})
        await super().async_added_to_hass()
