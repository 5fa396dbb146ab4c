"""Trigger data."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..api.models.messages import Voicemail
from ..calls.attributes import call_attribute, event_details, shown_name, shown_number
from ..calls.lifecycle import CallEvent
from ..privacy import Privacy
from ..targets import ExtensionRef, get_coordinator, main_entity_id
from ..texts import as_markdown, iso_format


@callback
def trigger_data(
    hass: HomeAssistant, ref: ExtensionRef, event: CallEvent, duration: timedelta | None
) -> dict[str, Any]:
    """Return the trigger data of a call event, masked by the entry's privacy level."""
    call = event.call
    privacy = _privacy(hass, ref)
    return {
        **_extension_data(hass, ref),
        "event": event.type.value,
        **_caller_data(call.other_name, call.other_number, privacy),
        "call": call_attribute(call, privacy),
        **event_details(event),
        "for": duration,
    }


@callback
def voicemail_data(
    hass: HomeAssistant, ref: ExtensionRef, voicemail: Voicemail
) -> dict[str, Any]:
    """Return the trigger data of a voicemail, masked in the same way."""
    return {
        **_extension_data(hass, ref),
        **_caller_data(voicemail.name, voicemail.number, _privacy(hass, ref)),
        "time": voicemail.time and iso_format(voicemail.time),
        "seconds": voicemail.seconds,
    }


def _privacy(hass: HomeAssistant, ref: ExtensionRef) -> Privacy:
    coordinator = get_coordinator(hass, ref)
    return coordinator.privacy if coordinator else Privacy.NONE


def _extension_data(hass: HomeAssistant, ref: ExtensionRef) -> dict[str, Any]:
    entity_id = main_entity_id(hass, ref)
    entity = entity_id and er.async_get(hass).async_get(entity_id)
    coordinator = get_coordinator(hass, ref)
    extension = coordinator and coordinator.roster.directory.get(ref.extension_id)
    return {
        "entity_id": entity_id,
        "device_id": entity.device_id if entity else None,
        "extension_name": extension.name if extension else None,
        "extension_number": extension.number if extension else None,
    }


def _caller_data(
    name: str | None, number: str | None, privacy: Privacy
) -> dict[str, Any]:
    name = (shown_name(name, privacy) or "").strip() or None
    number = (shown_number(number, privacy) or "").strip() or None
    caller = name or number
    return {
        "caller": caller,
        "caller_markdown": caller and as_markdown(caller),
        "caller_name": name,
        "caller_number": number,
    }
