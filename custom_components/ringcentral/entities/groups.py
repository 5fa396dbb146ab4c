"""Entities of groups, and of the account as a whole."""

from collections.abc import Callable, Iterable, Iterator, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from ..api.models.directory import Extension
from ..calls.counts import ACCOUNT_SCOPE
from ..calls.current_calls import current_calls
from ..context_coordinator import AspectContext
from ..coordinator import PresenceCoordinator, RingCentralConfigEntry
from ..groups.manager import GroupManager, MemberGroup, get_groups
from ..groups.models import OVERVIEW
from ..groups.tally import Tally
from ..presence.activity import FREE, ON_THE_PHONE, RINGING
from ..presence.models import ALL_ASPECTS, QUEUE
from ..roster.identifiers import (
    account_identifier,
    entity_unique_id,
    group_identifier,
    group_unique_id,
)
from ..roster.models import by_number, extension_name
from .adding import missing_entities
from .base import Owner, RingCentralEntityDescription, StoredValueSensor, UpdatedEntity

# More names than this are not shown.
_NAMES_AT_MOST: Final = 50
# More entities than this are added to a platform in slices.
_ADDED_AT_ONCE: Final = 10


def loaded_groups(coordinator: PresenceCoordinator) -> GroupManager:
    """Return the groups of an account that is set up."""
    groups = get_groups(coordinator.hass, coordinator.config_entry.entry_id)
    if TYPE_CHECKING:
        assert groups is not None
    return groups


def group_owner(entry: RingCentralConfigEntry, group: MemberGroup | None) -> Owner:
    """Return a group as the owner of entities, or the account as a whole."""
    if group is None:
        return Owner(
            OVERVIEW,
            ACCOUNT_SCOPE,
            entity_unique_id(entry, ""),
            account_identifier(entry),
        )
    subentry_id = group.config.subentry_id
    return Owner(
        group.context,
        subentry_id,
        group_unique_id(subentry_id, ""),
        group_identifier(subentry_id),
    )


@callback
def async_add_group_entities(
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make_entities: Callable[[MemberGroup], Iterable[Entity]],
) -> None:
    """Let the group manager add these entities of each group to the current platform."""
    select_missing = missing_entities()

    def add(group: MemberGroup) -> Iterator[None]:
        for number, entities in enumerate(
            batched(make_entities(group), _ADDED_AT_ONCE, strict=False)
        ):
            if number:
                yield
            async_add_entities(
                select_missing(entities), config_subentry_id=group.config.subentry_id
            )

    loaded_groups(entry.runtime_data).adders.append(add)


class GroupEntity(UpdatedEntity):
    """Entity of a group, or of the account as a whole if the group is None."""

    # Aspects of its owner that update it.
    aspects: ClassVar[int] = ALL_ASPECTS | QUEUE

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        group: MemberGroup | None,
        description: RingCentralEntityDescription,
    ) -> None:
        """Initialize the entity."""
        owner = self.owner = group_owner(coordinator.config_entry, group)
        super().__init__(coordinator, AspectContext(owner.context, self.aspects))
        self.entity_description = description
        self._group = group
        self.queue_id = None if group is None else group.config.queue_id
        self.groups = loaded_groups(coordinator)
        self._attr_unique_id = f"{owner.prefix}{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={owner.identifier})

    @property
    def tally(self) -> Tally:
        """Members by what they do."""
        return self.groups.overview if self._group is None else self._group.tally

    def extensions(self, ids: Iterable[str]) -> list[Extension]:
        """Return extensions by their ids, without those that have just left."""
        found = map(self.coordinator.roster.directory.get, ids)
        return [extension for extension in found if extension is not None]

    @property
    def is_complete(self) -> bool:
        """Whether all members are current, so that what none of them does is known."""
        coordinator, tally = self.coordinator, self.tally
        if tally.known == len(tally.members):
            return True
        # A call of those that REST refuses is known from its first event on.
        unreadable = coordinator.store.unreadable
        never_read = tally.members - coordinator.data.keys() - unreadable
        return not never_read and tally.members.isdisjoint(coordinator.stale)

    @property
    def has_data(self) -> bool:
        """Whether any member is current."""
        return self.tally.known > 0

    def _update_attrs(self) -> bool:
        """Update state and attributes; return whether one of them has changed."""
        return False

    @override
    def _refresh(self) -> bool:
        is_available = self.has_data
        is_changed = self._update_attrs()
        if is_available is not self._is_available:
            self._is_available = is_available
            return True
        return is_changed


@dataclass(frozen=True, kw_only=True)
class GroupSensorDescription(RingCentralEntityDescription, SensorEntityDescription):
    """Sensor of a group or of the account."""

    value_fn: Callable[
        [GroupSensor], tuple[StateType | datetime, dict[str, Any] | None]
    ]


class GroupSensor(GroupEntity, StoredValueSensor):
    """Sensor of a group or of the account."""

    # Personal, and another with each call.
    _unrecorded_attributes = frozenset({"active_calls", "people"})

    entity_description: GroupSensorDescription

    @override
    def _update_attrs(self) -> bool:
        value, attributes = self.entity_description.value_fn(self)
        if value == 0 and not self.is_complete:
            value = None
        return self._store(value, attributes)


def _current_calls(sensor: GroupSensor) -> tuple[int, dict[str, Any]]:
    coordinator, overview = sensor.coordinator, sensor.groups.overview
    in_call = sensor.extensions(overview.in_call & sensor.tally.members)
    known = coordinator.data
    number, calls = current_calls(
        [(e, known[e.id]) for e in sorted(in_call, key=by_number) if e.id in known],
        coordinator.privacy,
    )
    return number, {"active_calls": calls}


def people(
    entity: GroupEntity, ids: AbstractSet[str]
) -> tuple[int, dict[str, Any] | None]:
    """Return the number of extensions, and their names if these are not too many."""
    if len(ids) > _NAMES_AT_MOST:
        return len(ids), None
    names = map(extension_name, entity.extensions(ids))
    return len(ids), {"people": sorted(names, key=str.casefold)}


def _people(bit: int, sensor: GroupSensor) -> tuple[int, dict[str, Any] | None]:
    return people(sensor, sensor.tally.ids(bit))


def _free(sensor: GroupSensor) -> tuple[int, dict[str, Any] | None]:
    # A call to a queue does not ring at all of its members.
    refusing = sensor.groups.queues.by_answer(sensor.queue_id)[False]
    return people(sensor, sensor.tally.ids(FREE) - refusing)


GROUP_SENSORS: Final = (
    GroupSensorDescription(
        key="current_calls",
        translation_key="current_calls",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_current_calls,
    ),
    *(
        GroupSensorDescription(
            key=key,
            translation_key=key,
            state_class=SensorStateClass.MEASUREMENT,
            value_fn=value_fn,
        )
        for key, value_fn in (
            ("people_ringing", partial(_people, RINGING)),
            ("people_on_the_phone", partial(_people, ON_THE_PHONE)),
            ("people_free", _free),
        )
    ),
)
LONGEST_HOLD: Final = GroupSensorDescription(
    key="longest_hold",
    translation_key="longest_hold",
    device_class=SensorDeviceClass.TIMESTAMP,
    value_fn=lambda sensor: (sensor.groups.overview.held_since, None),
)


@dataclass(frozen=True, kw_only=True)
class GroupBinaryDescription(
    RingCentralEntityDescription, BinarySensorEntityDescription
):
    """Binary sensor of a group."""

    bit: int


GROUP_BINARY_SENSORS: Final = (
    GroupBinaryDescription(
        key="anyone_on_the_phone",
        translation_key="anyone_on_the_phone",
        bit=ON_THE_PHONE,
    ),
    GroupBinaryDescription(
        key="anyone_ringing", translation_key="anyone_ringing", bit=RINGING
    ),
)


class GroupBinarySensor(GroupEntity, BinarySensorEntity):
    """Whether any member of a group does something."""

    entity_description: GroupBinaryDescription
    _is_on: bool | None = None

    @property
    @override
    def is_on(self) -> bool | None:
        return self._is_on

    @override
    def _update_attrs(self) -> bool:
        former = self._is_on
        is_on = self.tally.count(self.entity_description.bit) > 0
        self._is_on = is_on if is_on or self.is_complete else None
        return self._is_on is not former
