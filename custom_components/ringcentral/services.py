"""Actions: set the presence of extensions, get calls and status, and control calls."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv

from .actions.control import async_follow_control_option
from .actions.targeted import async_find_targeted, async_get_user, require_coordinator
from .api.clock import LoopYielder
from .api.models.enums import DndStatus, PlatformEnum, PresenceStatus
from .api.models.presence import PresenceUpdate
from .assist.missed import async_read_missed
from .assist.statements import Question, missed_statements, status_statements
from .assist.status import async_read_status
from .assist.telephones import Viewer
from .calls.attributes import active_calls, to_state
from .const import DOMAIN
from .exceptions import failed_action, invalid_action
from .targets import main_entity_id
from .texts import short_line

SERVICE_GET_CALLS: Final = "get_calls"
SERVICE_GET_STATUS: Final = "get_status"
SERVICE_SET_PRESENCE: Final = "set_presence"

ATTR_ALLOW_SEE_MY_PRESENCE: Final = "allow_see_my_presence"
ATTR_DND_STATUS: Final = "dnd_status"
ATTR_MESSAGE: Final = "message"
ATTR_NAME: Final = "name"
ATTR_PICK_UP_CALLS_ON_HOLD: Final = "pick_up_calls_on_hold"
ATTR_QUESTION: Final = "question"
ATTR_RING_ON_MONITORED_CALL: Final = "ring_on_monitored_call"
ATTR_USER_STATUS: Final = "user_status"

_MAX_MESSAGE_LENGTH: Final = 75

# Voice assistant whose exposed entities are read: Assist.
_ASSISTANT: Final = "conversation"

# Keys of the entities that a setting changes beside the presence.
_ALSO_CHANGED: Final = {ATTR_USER_STATUS: "user_status", ATTR_DND_STATUS: "dnd"}


def _enum_value(enum: type[PlatformEnum]) -> object:
    return vol.All(vol.In([str(member) for member in enum.known()]), enum)


_SETTINGS: Final = {
    ATTR_USER_STATUS: _enum_value(PresenceStatus),
    ATTR_DND_STATUS: _enum_value(DndStatus),
    ATTR_MESSAGE: cv.string,
    ATTR_ALLOW_SEE_MY_PRESENCE: cv.boolean,
    ATTR_RING_ON_MONITORED_CALL: cv.boolean,
    ATTR_PICK_UP_CALLS_ON_HOLD: cv.boolean,
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_SET_PRESENCE,
        _set_presence,
        schema=cv.make_entity_service_schema(
            {vol.Optional(name): validator for name, validator in _SETTINGS.items()}
        ),
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_CALLS,
        _get_calls,
        schema=cv.make_entity_service_schema({}),
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_STATUS,
        _get_status,
        schema=vol.Schema(
            {
                vol.Optional(
                    ATTR_QUESTION, default=Question.WHO_IS_ON_THE_PHONE.value
                ): vol.Coerce(Question),
                vol.Optional(ATTR_NAME, default=""): cv.string,
            }
        ),
        supports_response=SupportsResponse.ONLY,
    )
    async_follow_control_option(hass)


async def _set_presence(call: ServiceCall) -> None:
    """Set the presence of all targeted extensions, also if it fails for some."""
    update = _presence_update(call.data)
    changed = {"presence", *(_ALSO_CHANGED[n] for n in _ALSO_CHANGED if n in call.data)}
    failures: list[HomeAssistantError] = []
    yielder = LoopYielder()
    # A group has no presence of its own.
    found = await async_find_targeted(call, POLICY_CONTROL, changed, member_key=None)
    for ref in found:
        try:
            await require_coordinator(call.hass, ref.entry_id).settings.async_update(
                ref.extension_id, update
            )
        except HomeAssistantError as err:
            failures.append(err)
        await yielder.yield_if_due()
    if failures:
        raise failures[0]


def _presence_update(data: Mapping[str, Any]) -> PresenceUpdate:
    requested = {name: data[name] for name in _SETTINGS if name in data}
    if not requested:
        raise invalid_action("nothing_to_change")
    # Not checked by the schema: its error would contain the message.
    if len(requested.get(ATTR_MESSAGE, "")) > _MAX_MESSAGE_LENGTH:
        raise invalid_action("message_too_long", longest=str(_MAX_MESSAGE_LENGTH))
    return PresenceUpdate(**requested)


async def _get_calls(call: ServiceCall) -> ServiceResponse:
    """Return the calls of all targeted extensions, or fail if any is not current."""
    response: dict[str, Any] = {}
    found = await async_find_targeted(call, POLICY_READ, {"telephony_status"})
    for ref, entity_id in found.items():
        coordinator = require_coordinator(call.hass, ref.entry_id)
        if not coordinator.is_current(ref.extension_id):
            raise failed_action("picture_not_current")
        extension = coordinator.roster.directory[ref.extension_id]
        known = coordinator.data[ref.extension_id]
        response[main_entity_id(call.hass, ref) or entity_id] = {
            "extension_name": extension.name,
            "extension_number": extension.number,
            "telephony_status": to_state(known.telephony_status),
            "active_calls": active_calls(known, coordinator.privacy),
        }
    return response


async def _get_status(call: ServiceCall) -> ServiceResponse:
    """Answer a question about the telephones that are exposed to Assist."""
    question: Question = call.data[ATTR_QUESTION]
    # Blueprints leave it empty for questions about everyone.
    name = call.data[ATTR_NAME].strip() or None
    shown = name and short_line(name)
    user = await async_get_user(call.hass, call.context, POLICY_READ)
    viewer = Viewer(call.hass, _ASSISTANT, user)
    response: Any
    if question is Question.MISSED_CALLS:
        response = await async_read_missed(viewer, name)
        answer = missed_statements(response, shown)
    else:
        response = await async_read_status(viewer, name)
        answer = status_statements(question, response, shown)
    return {"answer": answer, **response}
