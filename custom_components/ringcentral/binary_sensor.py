"""Binary sensors of the connection, of groups and of extensions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.event_stream import StreamState
from .const import CONF_ON_THE_PHONE
from .coordinator import RingCentralConfigEntry
from .entities.account import AccountEntity
from .entities.adding import async_add_extension_entities, select_descriptions
from .entities.base import (
    ExtensionEntity,
    ExtensionEntityDescription,
    RingCentralEntity,
)
from .entities.groups import (
    GROUP_BINARY_SENSORS,
    GroupBinarySensor,
    async_add_group_entities,
)
from .entities.queues import make_queue_binary_sensors
from .groups.manager import MemberGroup
from .presence.activity import ON_THE_PHONE, activity_of
from .presence.models import CALLS, ExtensionPresence

PARALLEL_UPDATES = 0

CONNECTION: Final = BinarySensorEntityDescription(
    key="connection",
    translation_key="connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


@dataclass(frozen=True, kw_only=True)
class ExtensionBinaryDescription(
    ExtensionEntityDescription, BinarySensorEntityDescription
):
    """Binary sensor of an extension."""


# Without a device class: Home Assistant exposes presence and occupancy to voice
# assistants.
PHONE_IN_USE: Final = ExtensionBinaryDescription(
    key=CONF_ON_THE_PHONE,
    aspects=CALLS,
    translation_key=CONF_ON_THE_PHONE,
    is_optional=True,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    coordinator = entry.runtime_data

    def make_entities(extension_id: str | None) -> Iterator[RingCentralEntity]:
        if extension_id is None or not (
            coordinator.roster.directory[extension_id].is_person
        ):
            return
        for description in select_descriptions(
            coordinator, Platform.BINARY_SENSOR, (PHONE_IN_USE,), extension_id
        ):
            yield PhoneInUse(coordinator, extension_id, description)

    def make_group_entities(group: MemberGroup) -> Iterator[RingCentralEntity]:
        for description in GROUP_BINARY_SENSORS:
            yield GroupBinarySensor(coordinator, group, description)

    async_add_entities([ConnectionSensor(coordinator, CONNECTION)])
    async_add_extension_entities(entry, async_add_entities, make_entities)
    async_add_group_entities(entry, async_add_entities, make_group_entities)
    make_queue_entities = partial(make_queue_binary_sensors, coordinator)
    async_add_group_entities(entry, async_add_entities, make_queue_entities)


class ConnectionSensor(AccountEntity, BinarySensorEntity):
    """Connection of the account, on while changes arrive by live updates or polls."""

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.stream.state is not StreamState.DOWN


class PhoneInUse(ExtensionEntity, BinarySensorEntity):
    """Whether an extension is on the phone, also while it dials or has a call on hold."""

    _is_on: bool | None = None

    @property
    @override
    def is_on(self) -> bool | None:
        return self._is_on

    @override
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        is_on = activity_of(known) & ON_THE_PHONE > 0
        if is_on is self._is_on:
            return False
        self._is_on = is_on
        return True
