"""Trigger data of call triggers."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..calls.attributes import call_attribute, event_details, shown_name, shown_number
from ..calls.lifecycle import CallEvent
from ..privacy import Privacy
from ..targets import ExtensionRef, get_coordinator, main_entity_id
from ..texts import as_markdown


@callback
def trigger_data(
    hass: HomeAssistant, ref: ExtensionRef, event: CallEvent, duration: timedelta | None
) -> dict[str, Any]:
    """Return the trigger data of a call event, masked by the entry's privacy level."""
    entity_id = main_entity_id(hass, ref)
    entity = entity_id and er.async_get(hass).async_get(entity_id)
    coordinator = get_coordinator(hass, ref)
    extension = coordinator and coordinator.roster.directory.get(ref.extension_id)
    privacy = coordinator.privacy if coordinator else Privacy.NONE
    name = (shown_name(event.call.other_name, privacy) or "").strip() or None
    number = (shown_number(event.call.other_number, privacy) or "").strip() or None
    caller = name or number
    return {
        "entity_id": entity_id,
        "device_id": entity.device_id if entity else None,
        "event": event.type.value,
        "extension_name": extension.name if extension else None,
        "extension_number": extension.number if extension else None,
        "caller": caller,
        "caller_markdown": caller and as_markdown(caller),
        "caller_name": name,
        "caller_number": number,
        "call": call_attribute(event.call, privacy),
        **event_details(event),
        "for": duration,
    }
