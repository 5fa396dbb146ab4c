"""Event entities of the calls of extensions and of groups."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, override

from homeassistant.components.event import (
    ATTR_EVENT_TYPE,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.icon import async_get_icons

from .calls.attributes import rounded_seconds
from .calls.counted_call import SCOPE_EVENT_TYPES
from .calls.lifecycle import CallEvent, CallEventType
from .const import DOMAIN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entities.adding import async_add_extension_entities, select_descriptions
from .entities.base import ExtensionEntity, ExtensionEntityDescription, UpdatedEntity
from .entities.groups import GroupEntity, async_add_group_entities
from .groups.batcher import UPDATE_INTERVAL
from .groups.manager import MemberGroup
from .presence.models import ExtensionPresence
from .privacy import Privacy
from .texts import iso_format

PARALLEL_UPDATES = 0

# Events of a group that wait to be shown: those of ten seconds.
_WAITING_AT_MOST: Final = 40


@dataclass(frozen=True, kw_only=True)
class CallsEventDescription(ExtensionEntityDescription, EventEntityDescription):
    """Event entity of an extension or of a group."""

    # Of its event types.
    icons: Mapping[str, str] = field(default_factory=dict)


CALLS: Final = CallsEventDescription(
    key="calls",
    # Call events update it.
    aspects=0,
    translation_key="calls",
    event_types=[event_type.value for event_type in CallEventType],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity of each group and extension; park locations have calls, too."""
    coordinator = entry.runtime_data
    icons = (await async_get_icons(hass, "entity", {DOMAIN}))[DOMAIN]["event"]["calls"]
    calls = replace(CALLS, icons=icons["state_attributes"][ATTR_EVENT_TYPE]["state"])
    group_calls = replace(
        calls, event_types=[event_type.value for event_type in SCOPE_EVENT_TYPES]
    )

    def make_entities(extension_id: str | None) -> Iterator[CallsEvent]:
        if extension_id is None:
            return
        for description in select_descriptions(
            coordinator, Platform.EVENT, (calls,), extension_id
        ):
            yield ExtensionCallsEvent(coordinator, extension_id, description)

    def make_group_entities(group: MemberGroup) -> Iterator[CallsEvent]:
        yield GroupCallsEvent(coordinator, group, group_calls)

    async_add_extension_entities(entry, async_add_entities, make_entities)
    async_add_group_entities(entry, async_add_entities, make_group_entities)


class CallsEvent(UpdatedEntity, EventEntity):
    """Event entity of calls."""

    # They differ with each event: recorded, each would be a row of its own.
    _unrecorded_attributes = frozenset(
        {
            *("queue_call", "time", "reconstructed", "replayed"),
            *("ringing_seconds", "talking_seconds", "held_seconds"),
        }
    )

    entity_description: CallsEventDescription

    _icon: str | None = None

    @property
    @override
    def icon(self) -> str | None:
        # The logbook and tiles show this icon, not that of the translated event type.
        return self._icon

    @abstractmethod
    def _listen(self, listener: Callable[[CallEvent], None]) -> CALLBACK_TYPE:
        """Call the listener with each call event."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # The last event was restored.
        self._icon = self.entity_description.icons.get(
            self.state_attributes[ATTR_EVENT_TYPE]
        )
        self.async_on_remove(self._listen(self._handle_call_event))

    @callback
    def _handle_call_event(self, event: CallEvent) -> None:
        if not self._is_available:
            # After an outage, the event may arrive before the update of the availability.
            self._refresh()
        event_type = event.type.value
        self._icon = self.entity_description.icons.get(event_type)
        self._trigger_event(event_type, _attributes(event, self.coordinator.privacy))
        self.async_write_ha_state()


class ExtensionCallsEvent(CallsEvent, ExtensionEntity):
    """Event entity of an extension's calls."""

    @override
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        # An update of the coordinator changes only the availability.
        return False

    @override
    def _listen(self, listener: Callable[[CallEvent], None]) -> CALLBACK_TYPE:
        return self.coordinator.calls.async_listen(self._extension_id, listener)


class GroupCallsEvent(CallsEvent, GroupEntity):
    """Event entity of the calls of a group, each of them once.

    Events that come faster than a group is updated are shown one after another. If too
    many wait, the oldest are left out.
    """

    _shown_at = -UPDATE_INTERVAL

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        group: MemberGroup,
        description: CallsEventDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, group, description)
        self._waiting: deque[CallEvent] = deque(maxlen=_WAITING_AT_MOST)
        self._tasks = coordinator.monitor.tasks

    @override
    def _listen(self, listener: Callable[[CallEvent], None]) -> CALLBACK_TYPE:
        return self.coordinator.calls.async_listen_scope(self.owner.scope, listener)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._show_last)

    @callback
    @override
    def _handle_call_event(self, event: CallEvent) -> None:
        self._waiting.append(event)
        self._show_next()

    @callback
    def _show_next(self) -> None:
        now = self.hass.loop.time()
        wait = self._shown_at + UPDATE_INTERVAL - now
        if wait <= 0:
            self._shown_at = now
            wait = UPDATE_INTERVAL
            super()._handle_call_event(self._waiting.popleft())
        if self._waiting:
            self._tasks.start_timer(wait, self._show_next)

    @callback
    def _show_last(self) -> None:
        """Show the last event at once: its state is restored after a reload."""
        self._tasks.cancel_timer(self._show_next)
        if self._waiting:
            super()._handle_call_event(self._waiting[-1])


def _attributes(event: CallEvent, privacy: Privacy) -> dict[str, Any]:
    """Return the attributes: no ids, names and numbers, since Home Assistant stores them.

    Fractions of a second would identify a call at another phone, too.
    """
    call = event.call
    digits = 1 if privacy is Privacy.FULL else None
    return {
        "direction": call.direction and call.direction.state,
        "queue_call": call.queue_call,
        **rounded_seconds(event.durations, digits),
        # A string, as after the event entity was restored.
        "time": event.time and iso_format(event.time, "seconds"),
        "reconstructed": event.reconstructed,
        "replayed": event.replayed,
    }
