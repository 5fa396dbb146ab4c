"""WebSocket command of the board's buttons for calls.

No action is called, since Home Assistant records its data: a number that is dialed.
"""

from functools import partial
from typing import Any, Final, NamedTuple, cast

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import (
    ERR_HOME_ASSISTANT_ERROR,
    ERR_INVALID_FORMAT,
    ERR_UNAUTHORIZED,
)
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.typing import VolDictType

from ..actions.control import async_dial, find_manager
from ..actions.targeted import async_check_entity, own_entity_id
from ..const import DOMAIN
from ..control.buttons import CANCEL_DIAL, CONNECT, DIAL
from ..control.models import (
    Action,
    ActionResult,
    Command,
    DialResult,
    Target,
    TargetKind,
    Wanted,
)
from ..exceptions import invalid_action
from ..targets import ExtensionRef, main_entity_id

type _Json = dict[str, Any]

_TARGETS: Final = {
    "number": TargetKind.NUMBER,
    "extension_id": TargetKind.EXTENSION,
    "voicemail": TargetKind.VOICEMAIL,
    "call": TargetKind.TO_CALL,
}
_PRESS: Final = vol.Schema(
    {
        vol.Required("entry_id"): str,
        vol.Required("extension_id"): str,
        # Name of a button.
        vol.Required("action"): vol.In({*Action, CONNECT, DIAL, CANCEL_DIAL}),
        # Id of the session.
        vol.Optional("call"): str,
        # The only key is the kind of the target.
        vol.Optional("to"): vol.All({vol.In(_TARGETS): str}, vol.Length(1, 1)),
        vol.Optional("text"): str,
    },
    extra=vol.REMOVE_EXTRA,
)


class _Press(NamedTuple):
    """What a button of the board stands for."""

    entry_id: str
    extension_id: str
    action: str
    call: str | None = None
    to: dict[str, str] | None = None
    text: str | None = None

    def target(self) -> Target | None:
        """Return where the call goes."""
        if self.to is None:
            return None
        [(kind, value)] = self.to.items()
        return Target(_TARGETS[kind], value)

    def command(self) -> Command | None:
        """Return the command for a call, None for one that dials."""
        if self.action in (DIAL, CANCEL_DIAL):
            return None
        action = Action.TRANSFER if self.action == CONNECT else Action(self.action)
        wanted, target = Wanted(self.call), self.target()
        return Command(action=action, wanted=wanted, target=target, text=self.text)


# The schema checks no fields: Home Assistant logs its errors with the message.
@websocket_command(
    cast(VolDictType, {vol.Required("type"): f"{DOMAIN}/control", vol.Extra: object})
)
@async_response
async def websocket_control(
    hass: HomeAssistant, connection: ActiveConnection, msg: _Json
) -> None:
    """Carry out what a button of the board stands for."""
    send_error = partial(connection.send_error, msg["id"])
    try:
        press = _Press(**_PRESS(msg))
    except vol.Invalid:
        send_error(ERR_INVALID_FORMAT, "Invalid format")
        return
    context = connection.context(msg)
    try:
        result = await _carry_out(hass, press, context)
    except Unauthorized:
        send_error(ERR_UNAUTHORIZED, "Unauthorized")
    except HomeAssistantError as err:
        send_error(
            ERR_HOME_ASSISTANT_ERROR,
            str(err),
            translation_key=err.translation_key,
            translation_domain=err.translation_domain,
            translation_placeholders=err.translation_placeholders,
        )
    else:
        answer = {"result": result.result.value, "call": result.session_id}
        connection.send_result(msg["id"], answer)


async def _carry_out(
    hass: HomeAssistant, press: _Press, context: Context
) -> ActionResult | DialResult:
    """Dial, cancel dialing, or carry out a command; raise if the user may not."""
    coordinator, manager = find_manager(hass, press.entry_id)
    command = press.command()
    if command is None:
        entity_id = own_entity_id(hass, coordinator.config_entry)
    else:
        ref = ExtensionRef(press.entry_id, press.extension_id)
        entity_id = main_entity_id(hass, ref)
    if entity_id is None:
        raise invalid_action("no_extension_targeted")
    await async_check_entity(hass, context, entity_id, POLICY_CONTROL)
    if press.action == DIAL:
        person = Target(TargetKind.EXTENSION, press.extension_id)
        target = press.target() or person
        return await async_dial(coordinator, manager, target, context=context)
    if command is None:
        return ActionResult(await manager.dialer.async_cancel(context))
    return await manager.controller.async_act(press.extension_id, command, context)
