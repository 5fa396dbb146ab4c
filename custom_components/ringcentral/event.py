"""What happens to the calls of an extension, as an event entity."""

from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.attributes import event_details, to_state
from .calls.lifecycle import CallEvent, CallEventType
from .coordinator import RingCentralConfigEntry
from .entity import ExtensionEntity, async_add_extension_entities, disabled_by_default

PARALLEL_UPDATES = 0

CALLS: Final = EventEntityDescription(
    key="calls",
    translation_key="calls",
    event_types=[event_type.value for event_type in CallEventType],
)

# Where there is no room for all.
_CALLS_DISABLED: Final = disabled_by_default(CALLS)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entity of each extension that is shown; park locations have calls, too."""
    coordinator = entry.runtime_data
    async_add_extension_entities(
        coordinator,
        async_add_entities,
        lambda extension_id: [
            CallsEvent(
                coordinator,
                extension_id,
                CALLS if coordinator.allocation.enables_all else _CALLS_DISABLED,
            )
        ],
    )


class CallsEvent(ExtensionEntity, EventEntity):
    """Shows the last thing that happened to a call of the extension."""

    entity_description: EventEntityDescription

    @override
    def _read_values(self) -> tuple[object, ...]:
        """Return nothing: what the coordinator knows changes the availability alone."""
        return ()

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.calls.async_listen(
                self._extension_id, self._handle_call_event
            )
        )

    @callback
    def _handle_call_event(self, event: CallEvent) -> None:
        # After a long loss, entities are told in turns that they are available again.
        self._refresh()
        self._trigger_event(event.type.value, _attributes(event))
        self.async_write_ha_state()


def _attributes(event: CallEvent) -> dict[str, Any]:
    """Return what may be stored: Home Assistant writes it all to the disk.

    So no name and no number, whatever the level of privacy.
    """
    call = event.call
    return {
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "session_id": call.session_id,
        "direction": to_state(call.direction),
        "queue_call": call.queue_call,
        **event_details(event),
    }
