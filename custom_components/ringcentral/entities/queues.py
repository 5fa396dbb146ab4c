"""Entities of groups that are call queues."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass

from ..coordinator import PresenceCoordinator
from ..groups.manager import MemberGroup
from ..groups.queues import Members
from .base import RingCentralEntityDescription, StoredValueSensor
from .groups import GroupEntity, people


class QueueEntity(GroupEntity):
    """Entity of a call queue, unavailable while its members are not known."""

    @property
    def members(self) -> Members | None:
        """Members of the queue, None while they are not known."""
        return self.groups.queues.members(self.queue_id)

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
        members = self.groups.queues.by_answer(self.queue_id)
        self._attr_is_on = False if members[True] else None if members[None] else True
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
