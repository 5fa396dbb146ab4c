"""Event entities of the calls of extensions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import (
    ATTR_EVENT_TYPE,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.icon import async_get_icons

from .calls.attributes import rounded_seconds
from .calls.lifecycle import CallEvent, CallEventType
from .const import DOMAIN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entities.adding import async_add_extension_entities, select_descriptions
from .entities.base import ExtensionEntity, ExtensionEntityDescription
from .presence.models import ExtensionPresence
from .privacy import Privacy
from .texts import iso_format

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class CallsEventDescription(ExtensionEntityDescription, EventEntityDescription):
    """Event entity of an extension."""


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
    """Set up the event entity of each extension; park locations have calls, too."""
    coordinator = entry.runtime_data
    icons = (await async_get_icons(hass, "entity", {DOMAIN}))[DOMAIN]["event"]["calls"]
    event_icons = icons["state_attributes"][ATTR_EVENT_TYPE]["state"]

    def make_entities(extension_id: str | None) -> Iterator[CallsEvent]:
        if extension_id is None:
            return
        for description in select_descriptions(
            coordinator, Platform.EVENT, (CALLS,), extension_id
        ):
            yield CallsEvent(coordinator, extension_id, description, event_icons)

    async_add_extension_entities(entry, async_add_entities, make_entities)


class CallsEvent(ExtensionEntity, EventEntity):
    """Event entity of an extension's calls."""

    # They differ with each event: recorded, each would be a row of its own.
    _unrecorded_attributes = frozenset(
        {
            *("queue_call", "time", "reconstructed", "replayed"),
            *("ringing_seconds", "talking_seconds", "held_seconds"),
        }
    )

    entity_description: CallsEventDescription

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: CallsEventDescription,
        icons: Mapping[str, str],
    ) -> None:
        """Initialize the entity with the icons of its event types."""
        super().__init__(coordinator, extension_id, description)
        self._icons = icons
        self._icon: str | None = None

    @property
    @override
    def icon(self) -> str | None:
        # The logbook and tiles show this icon, not that of the translated event type.
        return self._icon

    @override
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        # An update of the coordinator changes only the availability.
        return False

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # The last event was restored.
        self._icon = self._icons.get(self.state_attributes[ATTR_EVENT_TYPE])
        self.async_on_remove(
            self.coordinator.calls.async_listen(
                self._extension_id, self._handle_call_event
            )
        )

    @callback
    def _handle_call_event(self, event: CallEvent) -> None:
        if not self._is_available:
            # After an outage, the event may arrive before the update of the availability.
            self._refresh()
        event_type = event.type.value
        self._icon = self._icons.get(event_type)
        self._trigger_event(event_type, _attributes(event, self.coordinator.privacy))
        self.async_write_ha_state()


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
