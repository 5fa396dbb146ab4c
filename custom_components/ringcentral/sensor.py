"""Sensors of extensions and of the account."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import StateType

from .api.event_stream import StreamState
from .api.models.enums import (
    DndStatus,
    MeetingStatus,
    PlatformEnum,
    PresenceStatus,
    TelephonyStatus,
)
from .calls.attributes import to_state
from .const import MAIN_KEY
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entity import AccountEntity, ExtensionEntity, RingCentralEntity
from .entity_manager import async_add_extension_entities, select_descriptions
from .presence.models import AVAILABILITY, CALLS, DND, LAST_EVENT, ExtensionPresence
from .privacy import Privacy, mask_text

PARALLEL_UPDATES = 0

# The time of the last event changes with each event, and unseen time grows steadily.
_ACCOUNT_INTERVAL: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ExtensionSensorDescription(SensorEntityDescription):
    """Sensor of an extension.

    Attributes:
        is_personal: whether only people have it; a park location has calls, no presence.
        aspects: what of the presence it shows.
        attributes: names of the attributes; none, or at least two.
        attributes_fn: returns their values.
        personal_fns: masks the attributes that contain data of other people.

    """

    is_personal: bool = True
    aspects: int
    value_fn: Callable[[ExtensionPresence], Any]
    attributes: Sequence[str] = ()
    attributes_fn: Callable[[ExtensionPresence], Sequence[Any]] = lambda _: ()
    personal_fns: Mapping[str, Callable[[Any, Privacy], Any]] = field(
        default_factory=dict
    )


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Sensor of the account."""

    value_fn: Callable[[PresenceCoordinator], Any]
    attribute_fns: Mapping[str, Callable[[PresenceCoordinator], Any]] = field(
        default_factory=dict
    )


def _disconnect_reason(coordinator: PresenceCoordinator) -> str | None:
    error = coordinator.stream.last_error
    return None if error is None else error.reason.value


def _options(enum: type[PlatformEnum]) -> list[str]:
    """Return the states of an enumeration; `unknown` is Home Assistant's own state."""
    return [str(member) for member in enum.known()]


def _last_event_values(known: ExtensionPresence) -> Sequence[Any]:
    return [getattr(known.last_event, name, None) for name in _LAST_EVENT_ATTRIBUTES]


_PRESENCE_ATTRIBUTES: Final = (
    "user_status",
    "meeting_status",
    "allow_see_my_presence",
    "ring_on_monitored_call",
    "pick_up_calls_on_hold",
    "message",
)
_DND_ATTRIBUTES: Final = ("dnd_status_personal", "accept_call_queue_calls")
_LAST_EVENT_ATTRIBUTES: Final = (
    "extension_id",
    "sequence",
    "uuid",
    "event",
    "subscription_id",
    "owner_id",
)

# States are written in this order; automations most often wait for the first.
EXTENSION_SENSORS: Final = (
    ExtensionSensorDescription(
        key=MAIN_KEY,
        aspects=CALLS,
        translation_key="telephony_status",
        device_class=SensorDeviceClass.ENUM,
        options=_options(TelephonyStatus),
        is_personal=False,
        value_fn=lambda known: known.telephony_status,
        attributes=("active_calls", "total_active_calls"),
        attributes_fn=attrgetter("calls", "presence.total_active_calls"),
        personal_fns={"active_calls": to_state},
    ),
    ExtensionSensorDescription(
        key="presence",
        aspects=AVAILABILITY,
        translation_key="presence",
        device_class=SensorDeviceClass.ENUM,
        options=_options(PresenceStatus),
        value_fn=attrgetter("presence.presence_status"),
        attributes=_PRESENCE_ATTRIBUTES,
        attributes_fn=attrgetter(
            *[f"presence.{name}" for name in _PRESENCE_ATTRIBUTES]
        ),
        personal_fns={"message": mask_text},
    ),
    ExtensionSensorDescription(
        key="dnd",
        aspects=DND,
        translation_key="dnd",
        device_class=SensorDeviceClass.ENUM,
        options=_options(DndStatus),
        value_fn=lambda known: known.dnd,
        attributes=_DND_ATTRIBUTES,
        attributes_fn=attrgetter(*[f"presence.{name}" for name in _DND_ATTRIBUTES]),
    ),
    ExtensionSensorDescription(
        key="user_status",
        aspects=AVAILABILITY,
        translation_key="user_status",
        device_class=SensorDeviceClass.ENUM,
        options=_options(PresenceStatus),
        entity_registry_enabled_default=False,
        value_fn=attrgetter("presence.user_status"),
    ),
    ExtensionSensorDescription(
        key="meeting_status",
        aspects=AVAILABILITY,
        translation_key="meeting_status",
        device_class=SensorDeviceClass.ENUM,
        options=_options(MeetingStatus),
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
        attributes=_LAST_EVENT_ATTRIBUTES,
        attributes_fn=_last_event_values,
    ),
)

ACCOUNT_SENSORS: Final = (
    AccountSensorDescription(
        key="link",
        translation_key="link",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in StreamState],
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
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=attrgetter("monitor.outages.count"),
    ),
    AccountSensorDescription(
        key="unseen_today",
        translation_key="unseen_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: round(coordinator.monitor.unseen_today),
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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of the account and of its extensions."""
    coordinator = entry.runtime_data
    select = partial(select_descriptions, coordinator, Platform.SENSOR)

    def make_entities(extension_id: str | None) -> Iterator[RingCentralEntity]:
        if extension_id is None:
            for of_account in select(ACCOUNT_SENSORS):
                yield AccountSensor(coordinator, of_account)
            return
        is_person = coordinator.roster.directory[extension_id].is_person
        for description in select(EXTENSION_SENSORS, extension_id):
            if is_person or not description.is_personal:
                yield ExtensionSensor(coordinator, extension_id, description)

    async_add_entities(make_entities(None))
    async_add_extension_entities(
        coordinator, Platform.SENSOR, async_add_entities, make_entities
    )


class ExtensionSensor(ExtensionEntity, SensorEntity):
    """Sensor of an extension."""

    # Calls and messages are personal, the others change with every call or event.
    _unrecorded_attributes = frozenset(
        {"active_calls", "total_active_calls", "message", *_LAST_EVENT_ATTRIBUTES}
    )

    entity_description: ExtensionSensorDescription
    # Setting `_attr_...` costs 4 % of an event.
    _value: StateType | datetime = None
    _attributes: dict[str, Any] | None = None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self._value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self._attributes

    @override
    def _read_values(self, known: ExtensionPresence) -> tuple[Any, ...]:
        description = self.entity_description
        return (
            description.value_fn(known),
            description.attributes_fn(known),
            self.coordinator.privacy if description.personal_fns else None,
        )

    @override
    def _update_attrs(
        self, value: object, attributes: Sequence[Any], privacy: Privacy | None
    ) -> None:
        description = self.entity_description
        self._value = to_state(value)
        if not attributes:
            return
        states = {
            name: value.state if isinstance(value, PlatformEnum) else value
            for name, value in zip(description.attributes, attributes, strict=True)
        }
        if privacy is not None:
            for name, mask in description.personal_fns.items():
                if states[name] is not None:
                    states[name] = mask(states[name], privacy)
        self._attributes = states


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
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return {
            name: value_fn(self.coordinator)
            for name, value_fn in self.entity_description.attribute_fns.items()
        } or None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
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
        values = (self.native_value, self.extra_state_attributes)
        if values != self._written:
            self._written = values
            self.async_write_ha_state()
