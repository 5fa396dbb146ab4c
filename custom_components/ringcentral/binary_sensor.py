"""Binary sensors of the connection and of groups."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.event_stream import StreamState
from .coordinator import RingCentralConfigEntry
from .entities.account import AccountEntity
from .entities.base import RingCentralEntity
from .entities.groups import (
    GROUP_BINARY_SENSORS,
    GroupBinarySensor,
    async_add_group_entities,
)
from .groups.manager import MemberGroup

PARALLEL_UPDATES = 0

CONNECTION: Final = BinarySensorEntityDescription(
    key="connection",
    translation_key="connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    coordinator = entry.runtime_data

    def make_group_entities(group: MemberGroup) -> Iterator[RingCentralEntity]:
        for description in GROUP_BINARY_SENSORS:
            yield GroupBinarySensor(coordinator, group, description)

    async_add_entities([ConnectionSensor(coordinator, CONNECTION)])
    async_add_group_entities(entry, async_add_entities, make_group_entities)


class ConnectionSensor(AccountEntity, BinarySensorEntity):
    """Connection of the account, on while changes arrive by live updates or polls."""

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.stream.state is not StreamState.DOWN
