"""Actions on calls, registered while an account has the option."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import (
    Context,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import VolSchemaType

from ..api.clock import LoopYielder
from ..const import CONF_CALL_CONTROL, CONF_EXTENSION_ID, DOMAIN, MAIN_KEY
from ..control.destinations import find_destination
from ..control.manager import ControlManager, get_control
from ..control.models import (
    WITH_TARGET,
    Action,
    ActionResult,
    Command,
    DialResult,
    DialState,
    Refusal,
    Result,
    Target,
    TargetKind,
    Wanted,
)
from ..coordinator import PresenceCoordinator
from ..exceptions import invalid_action
from ..targets import ExtensionRef, main_entity_id
from .schemas import (
    ATTR_CALL,
    ATTR_CONFIG_ENTRY_ID,
    ATTR_FROM,
    ATTR_PHONE,
    ATTR_PLAY_PROMPT,
    ATTR_TEXT,
    ATTR_WAIT,
    ATTR_WHICH,
    CANCEL_DIAL_SCHEMA,
    DIAL_SCHEMA,
    FORWARD_TARGETS,
    NO_FIELDS,
    PHONE,
    TEXT,
    TRANSFER_TARGETS,
    Fields,
    call_schema,
)
from .targeted import (
    async_check_account,
    async_find_targeted,
    extension_of_device,
    require_coordinator,
)

SERVICE_CANCEL_DIAL: Final = "cancel_dial"
SERVICE_DIAL: Final = "dial"


class ControlAction(NamedTuple):
    """An action of Home Assistant on a call, and its fields."""

    name: str
    action: Action
    fields: Fields = NO_FIELDS


CONTROL_ACTIONS: Final = (
    ControlAction("answer_call", Action.ANSWER, PHONE),
    ControlAction("reject_call", Action.REJECT),
    ControlAction("forward_call", Action.FORWARD, FORWARD_TARGETS),
    ControlAction("reply_to_call", Action.REPLY, TEXT),
    ControlAction("hold_call", Action.HOLD),
    ControlAction("resume_call", Action.RESUME),
    ControlAction("mute_call", Action.MUTE),
    ControlAction("unmute_call", Action.UNMUTE),
    ControlAction("transfer_call", Action.TRANSFER, TRANSFER_TARGETS),
    ControlAction("park_call", Action.PARK),
    ControlAction("pick_up_call", Action.PICK_UP, PHONE),
    ControlAction("hang_up", Action.HANG_UP),
)

type _Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]


@callback
def async_follow_control_option(hass: HomeAssistant) -> None:
    """Register the actions while any config entry has the option.

    Whether the entry is loaded does not matter: automations stay valid during an outage.
    """

    @callback
    def update() -> None:
        is_on = any(
            entry.options.get(CONF_CALL_CONTROL)
            for entry in hass.config_entries.async_entries(DOMAIN)
        )
        if is_on == hass.services.has_service(DOMAIN, SERVICE_DIAL):
            return
        if is_on:
            _register(hass)
        else:
            for name in (SERVICE_DIAL, SERVICE_CANCEL_DIAL):
                hass.services.async_remove(DOMAIN, name)
            for action in CONTROL_ACTIONS:
                hass.services.async_remove(DOMAIN, action.name)

    @callback
    def handle_change(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            update()

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, handle_change)
    update()


@callback
def _register(hass: HomeAssistant) -> None:
    def register(name: str, handler: _Handler, schema: VolSchemaType) -> None:
        hass.services.async_register(
            DOMAIN,
            name,
            handler,
            schema=schema,
            supports_response=SupportsResponse.OPTIONAL,
        )

    register(SERVICE_DIAL, _dial, DIAL_SCHEMA)
    register(SERVICE_CANCEL_DIAL, _cancel_dial, CANCEL_DIAL_SCHEMA)
    for action in CONTROL_ACTIONS:
        handler = partial(_control_calls, action=action.action)
        register(action.name, handler, call_schema(action.fields))


async def _control_calls(call: ServiceCall, *, action: Action) -> ServiceResponse:
    """Carry out an action at all targeted extensions, also if it fails at some.

    One without such a call is skipped if there are others.
    """
    response: dict[str, Any] = {}
    failures: list[HomeAssistantError] = []
    yielder = LoopYielder()
    # A group has no calls of its own.
    found = await async_find_targeted(call, POLICY_CONTROL, {MAIN_KEY}, member_key=None)
    for ref, entity_id in found.items():
        try:
            result = await _control_call(call, action, ref)
        except HomeAssistantError as err:
            failures.append(err)
        else:
            shown = main_entity_id(call.hass, ref) or entity_id
            response[shown] = _response(result.result, result.session_id)
        await yielder.yield_if_due()
    reported = [err for err in failures if err.translation_key != "no_such_call"]
    if reported or not response:
        raise (reported or failures)[0]
    return response


async def _control_call(
    call: ServiceCall, action: Action, ref: ExtensionRef
) -> ActionResult:
    coordinator, manager = find_manager(call.hass, ref.entry_id)
    target = None
    if action in WITH_TARGET:
        target = _target(coordinator, ref.extension_id, call.data)
    return await manager.controller.async_act(
        ref.extension_id,
        Command(
            action=action,
            wanted=Wanted(call.data.get(ATTR_CALL), call.data[ATTR_WHICH]),
            target=target,
            text=call.data.get(ATTR_TEXT),
            phone=call.data.get(ATTR_PHONE),
        ),
        call.context,
    )


async def _dial(call: ServiceCall) -> ServiceResponse:
    """Dial a number or a person for the signed-in user."""
    coordinator, manager = find_manager(call.hass, call.data[ATTR_CONFIG_ENTRY_ID])
    await async_check_account(call, coordinator, POLICY_CONTROL)
    own_id = coordinator.config_entry.data[CONF_EXTENSION_ID]
    target = _target(coordinator, own_id, call.data)
    result = await async_dial(
        coordinator,
        manager,
        target,
        _typed(call.data, ATTR_FROM),
        play_prompt=call.data.get(ATTR_PLAY_PROMPT),
        wait=call.data[ATTR_WAIT],
        context=call.context,
    )
    return _response(result.result, result.session_id)


async def async_dial(
    coordinator: PresenceCoordinator,
    manager: ControlManager,
    target: Target,
    origin: str | None = None,
    *,
    play_prompt: bool | None = None,
    wait: bool = False,
    context: Context,
) -> DialResult:
    """Dial a number or an extension; raise HomeAssistantError if it is refused."""
    # The number behind any other target is not checked.
    if target.kind not in (TargetKind.NUMBER, TargetKind.EXTENSION):
        raise invalid_action("number_missing")
    own = manager.phones.known_numbers
    destination = find_destination(coordinator, target, own)
    if isinstance(destination, Refusal):
        raise invalid_action(destination.key)
    return await manager.dialer.async_dial(
        destination, origin, play_prompt=play_prompt, wait=wait, context=context
    )


async def _cancel_dial(call: ServiceCall) -> ServiceResponse:
    """Cancel the call that is being dialed."""
    coordinator, manager = find_manager(call.hass, call.data[ATTR_CONFIG_ENTRY_ID])
    await async_check_account(call, coordinator, POLICY_CONTROL)
    result = await manager.dialer.async_cancel(call.context)
    return {"result": result.value}


def _response(result: Result | DialState, session_id: str | None) -> dict[str, Any]:
    return {"result": result.value, "call": session_id}


@callback
def find_manager(
    hass: HomeAssistant, entry_id: str
) -> tuple[PresenceCoordinator, ControlManager]:
    """Return what controls the calls of an account; raise if it is off."""
    coordinator = require_coordinator(hass, entry_id)
    if (manager := get_control(hass, entry_id)) is None:
        raise invalid_action("control_off")
    return coordinator, manager


def _target(
    coordinator: PresenceCoordinator, extension_id: str, data: Mapping[str, Any]
) -> Target:
    """Return the only target among the fields; voicemail may be that of a person."""
    # The fields have the names of the kinds.
    given = [kind for kind in TargetKind if data.get(kind)]
    person: str | None = data.get(TargetKind.EXTENSION)
    if TargetKind.VOICEMAIL in given and person:
        given.remove(TargetKind.EXTENSION)
    if len(given) != 1:
        raise invalid_action("one_target_only" if given else "number_missing")
    [kind] = given
    match kind:
        case TargetKind.NUMBER:
            return Target(kind, _typed(data, kind) or "")
        case TargetKind.TO_CALL:
            return Target(kind, data[kind])
        case TargetKind.VOICEMAIL if not person:
            return Target(kind, extension_id)
    device_id: str = person or data[TargetKind.PARK_LOCATION]
    if (found := extension_of_device(coordinator, device_id)) is None:
        raise invalid_action("extension_gone")
    return Target(kind, found)


def _typed(data: Mapping[str, Any], key: str) -> str | None:
    """Return a number as it was typed."""
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise invalid_action("number_not_text")
