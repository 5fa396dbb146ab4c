"""What an automation gets to know of a call that triggered it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .api.words import Direction
from .attributes import call_attribute
from .calls import CallEvent
from .privacy import Privacy
from .targets import ExtensionRef, coordinator_of, entity_of


@callback
def trigger_data(
    hass: HomeAssistant, ref: ExtensionRef, event: CallEvent, duration: timedelta | None
) -> dict[str, Any]:
    """Return the data of a trigger: the whole call, at the level of privacy chosen."""
    entity_id = entity_of(hass, ref)
    entity = entity_id and er.async_get(hass).async_get(entity_id)
    coordinator = coordinator_of(hass, ref)
    extension = coordinator and coordinator.roster.directory.get(ref.extension_id)
    privacy = coordinator.privacy if coordinator else Privacy.NONE
    call = call_attribute(event.call, privacy)
    name, number = _other_party(event, call)
    return {
        "entity_id": entity_id,
        "device_id": entity.device_id if entity else None,
        "event": event.type.value,
        "extension_name": extension.name if extension else None,
        "extension_number": extension.number if extension else None,
        "caller": name or number,
        "caller_name": name,
        "caller_number": number,
        "call": call,
        "time": event.time and event.time.isoformat(),
        "reconstructed": event.reconstructed,
        "replayed": event.replayed,
        "ringing_seconds": event.durations.ringing,
        "talking_seconds": event.durations.talking,
        "held_seconds": event.durations.held,
        "for": duration,
    }


def _other_party(
    event: CallEvent, call: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """Return name and number of who calls, or is called, as far as they are shown."""
    if event.call.direction is Direction.OUTBOUND:
        return call["to_name"] or None, call["to"] or None
    return call["from_name"] or None, call["from"] or None
