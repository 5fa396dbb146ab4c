"""Entities of groups that are call queues."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass

from ..context_coordinator import AspectContext
from ..coordinator import PresenceCoordinator
from ..groups.manager import MemberGroup
from ..groups.queues import Members
from ..presence.models import ALL_ASPECTS, QUEUE
from .base import RingCentralEntityDescription, StoredValueSensor
from .groups import GroupEntity, people


class QueueEntity(GroupEntity):
    """Entity of a call queue, unavailable while its members are not known."""

    # Of the group, that concern it.
    aspects: ClassVar[int] = ALL_ASPECTS | QUEUE

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        group: MemberGroup,
        description: RingCentralEntityDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, group, description)
        self.coordinator_context = AspectContext(group.context, self.aspects)
        self._queue_id = group.config.queue_id

    @property
    def members(self) -> Members | None:
        """Members of the queue, None while they are not known."""
        return self.groups.queues.members(self._queue_id)

    @property
    @override
    def has_data(self) -> bool:
        return self.members is not None


@dataclass(frozen=True, kw_only=True)
class QueueSensorDescription(RingCentralEntityDescription, SensorEntityDescription):
    """Sensor of a call queue."""


@dataclass(frozen=True, kw_only=True)
class QueueBinaryDescription(
    RingCentralEntityDescription, BinarySensorEntityDescription
):
    """Binary sensor of a call queue."""


MEMBERS_LOGGED_IN: Final = QueueSensorDescription(
    key="members_logged_in",
    translation_key="members_logged_in",
    state_class=SensorStateClass.MEASUREMENT,
)
NOBODY_TAKES_CALLS: Final = QueueBinaryDescription(
    key="nobody_takes_calls", translation_key="nobody_takes_calls"
)


class MembersLoggedIn(QueueEntity, StoredValueSensor):
    """Number of members that are logged in to a queue."""

    _unrecorded_attributes = frozenset({"people"})

    @override
    def _update_attrs(self) -> bool:
        members = self.members or {}
        if any(member.accepts is None for member in members.values()):
            return self._store(None, None)
        return self._store(*people(self, {i for i, m in members.items() if m.accepts}))


class NobodyTakesCalls(QueueEntity, BinarySensorEntity):
    """Whether a call to a queue rings at no member, since none takes calls now."""

    @override
    def _update_attrs(self) -> bool:
        former = self._attr_is_on
        takes_calls = {
            self.groups.queues.takes_calls(extension_id, member)
            for extension_id, member in (self.members or {}).items()
        }
        self._attr_is_on = (
            False if True in takes_calls else None if None in takes_calls else True
        )
        return self._attr_is_on is not former


def make_queue_sensors(
    coordinator: PresenceCoordinator, group: MemberGroup
) -> Iterator[QueueEntity]:
    """Yield the sensors of a group if it is a call queue."""
    if group.config.queue_id is not None:
        yield MembersLoggedIn(coordinator, group, MEMBERS_LOGGED_IN)


def make_queue_binary_sensors(
    coordinator: PresenceCoordinator, group: MemberGroup
) -> Iterator[QueueEntity]:
    """Yield the binary sensors of a group if it is a call queue."""
    if group.config.queue_id is not None:
        yield NobodyTakesCalls(coordinator, group, NOBODY_TAKES_CALLS)
