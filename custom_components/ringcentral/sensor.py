"""Sensors of extensions, of groups and of the account."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.attributes import active_calls, to_state
from .const import MAIN_KEY
from .coordinator import RingCentralConfigEntry
from .entities.account import ACCOUNT_SENSORS, AccountSensor
from .entities.adding import async_add_extension_entities, select_descriptions
from .entities.base import (
    ExtensionEntity,
    ExtensionEntityDescription,
    RingCentralEntity,
    StoredValueSensor,
    extension_owner,
)
from .entities.day_total import (
    DAY_COUNTS,
    EXTENSION_COUNTS,
    CountSensor,
    ExtensionCountSensor,
)
from .entities.groups import (
    GROUP_SENSORS,
    LONGEST_HOLD,
    GroupSensor,
    async_add_group_entities,
    group_owner,
)
from .entities.queues import make_queue_sensors
from .entities.voicemail import async_add_voicemail_sensor
from .groups.manager import MemberGroup
from .presence.models import AVAILABILITY, CALLS, DND, LAST_EVENT, ExtensionPresence
from .privacy import Privacy, mask_text

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ExtensionSensorDescription(ExtensionEntityDescription, SensorEntityDescription):
    """Sensor of an extension.

    Attributes:
        is_personal: whether only people have it; a park location has calls, no presence.

    """

    is_personal: bool = True
    value_fn: Callable[[ExtensionPresence], Any]
    attributes_fn: Callable[[ExtensionPresence, Privacy], dict[str, Any] | None] = (
        lambda _known, _privacy: None
    )


def _call_attributes(known: ExtensionPresence, privacy: Privacy) -> dict[str, Any]:
    return {
        "active_calls": active_calls(known, privacy) if known.call_times else [],
        "total_active_calls": known.presence.total_active_calls,
    }


def _presence_attributes(known: ExtensionPresence, privacy: Privacy) -> dict[str, Any]:
    presence = known.presence
    return {
        "user_status": presence.user_status and presence.user_status.state,
        "meeting_status": presence.meeting_status and presence.meeting_status.state,
        "allow_see_my_presence": presence.allow_see_my_presence,
        "ring_on_monitored_call": presence.ring_on_monitored_call,
        "pick_up_calls_on_hold": presence.pick_up_calls_on_hold,
        "message": mask_text(presence.message, privacy),
    }


def _dnd_attributes(known: ExtensionPresence, _privacy: Privacy) -> dict[str, Any]:
    presence = known.presence
    return {
        "dnd_status_personal": to_state(presence.dnd_status_personal),
        "accept_call_queue_calls": presence.accept_call_queue_calls,
    }


_LAST_EVENT_ATTRIBUTES: Final = (
    "extension_id",
    "sequence",
    "uuid",
    "event",
    "subscription_id",
    "owner_id",
)


def _last_event_attributes(
    known: ExtensionPresence, _privacy: Privacy
) -> dict[str, Any]:
    last_event = known.last_event
    return {name: getattr(last_event, name, None) for name in _LAST_EVENT_ATTRIBUTES}


# States are written in this order; automations most often wait for the first.
# The history colors states in the order of the options: blue, amber, red, teal, purple.
EXTENSION_SENSORS: Final = (
    ExtensionSensorDescription(
        key=MAIN_KEY,
        aspects=CALLS,
        translation_key="telephony_status",
        device_class=SensorDeviceClass.ENUM,
        options=["parked_call", "ringing", "call_connected", "no_call", "on_hold"],
        is_personal=False,
        value_fn=attrgetter("telephony_status"),
        attributes_fn=_call_attributes,
    ),
    ExtensionSensorDescription(
        key="presence",
        aspects=AVAILABILITY,
        translation_key="presence",
        device_class=SensorDeviceClass.ENUM,
        options=["available", "offline", "busy"],
        value_fn=attrgetter("presence.presence_status"),
        attributes_fn=_presence_attributes,
    ),
    ExtensionSensorDescription(
        key="dnd",
        aspects=DND,
        translation_key="dnd",
        device_class=SensorDeviceClass.ENUM,
        options=[
            "do_not_accept_department_calls",
            "take_department_calls_only",
            "do_not_accept_any_calls",
            "take_all_calls",
        ],
        value_fn=attrgetter("dnd"),
        attributes_fn=_dnd_attributes,
    ),
    ExtensionSensorDescription(
        key="user_status",
        aspects=AVAILABILITY,
        translation_key="user_status",
        device_class=SensorDeviceClass.ENUM,
        options=["available", "offline", "busy"],
        entity_registry_enabled_default=False,
        value_fn=attrgetter("presence.user_status"),
    ),
    ExtensionSensorDescription(
        key="meeting_status",
        aspects=AVAILABILITY,
        translation_key="meeting_status",
        device_class=SensorDeviceClass.ENUM,
        options=["disconnected", "connected"],
        entity_registry_enabled_default=False,
        value_fn=attrgetter("presence.meeting_status"),
    ),
    ExtensionSensorDescription(
        key="active_calls",
        aspects=CALLS,
        translation_key="active_calls",
        state_class=SensorStateClass.MEASUREMENT,
        is_personal=False,
        entity_registry_enabled_default=False,
        value_fn=attrgetter("presence.total_active_calls"),
    ),
    ExtensionSensorDescription(
        key="last_event",
        aspects=LAST_EVENT,
        translation_key="last_event",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_personal=False,
        entity_registry_enabled_default=False,
        value_fn=lambda known: known.last_event and known.last_event.timestamp,
        attributes_fn=_last_event_attributes,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of the account, of its groups and of its extensions."""
    coordinator = entry.runtime_data
    select = partial(select_descriptions, coordinator, Platform.SENSOR)

    def make_group_entities(group: MemberGroup | None) -> Iterator[RingCentralEntity]:
        for of_group in GROUP_SENSORS:
            yield GroupSensor(coordinator, group, of_group)
        owner = group_owner(entry, group)
        for count in DAY_COUNTS:
            yield CountSensor(coordinator, owner, count)

    def make_entities(extension_id: str | None) -> Iterator[RingCentralEntity]:
        if extension_id is None:
            for of_account in select(ACCOUNT_SENSORS):
                yield AccountSensor(coordinator, of_account)
            yield GroupSensor(coordinator, None, LONGEST_HOLD)
            yield from make_group_entities(None)
            return
        is_person = coordinator.roster.directory[extension_id].is_person
        for description in select(EXTENSION_SENSORS, extension_id):
            if is_person or not description.is_personal:
                yield ExtensionSensor(coordinator, extension_id, description)
        if is_person:
            for count in select(EXTENSION_COUNTS, extension_id):
                owner = extension_owner(entry, extension_id)
                yield ExtensionCountSensor(coordinator, owner, count)

    async_add_entities(make_entities(None))
    async_add_extension_entities(entry, async_add_entities, make_entities)
    async_add_group_entities(entry, async_add_entities, make_group_entities)
    make_queue_entities = partial(make_queue_sensors, coordinator)
    async_add_group_entities(entry, async_add_entities, make_queue_entities)
    async_add_voicemail_sensor(entry, async_add_entities)


class ExtensionSensor(ExtensionEntity, StoredValueSensor):
    """Sensor of an extension."""

    # Calls and messages are personal, the others change with every call or event.
    _unrecorded_attributes = frozenset(
        {"active_calls", "total_active_calls", "message", *_LAST_EVENT_ATTRIBUTES}
    )

    entity_description: ExtensionSensorDescription

    @override
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        description = self.entity_description
        return self._store(
            to_state(description.value_fn(known)),
            description.attributes_fn(known, self.coordinator.privacy),
        )
