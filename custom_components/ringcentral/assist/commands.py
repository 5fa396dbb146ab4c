"""What a model wants to be done with a call, and the question to the user about it."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..actions.control import CONTROL_ACTIONS, SERVICE_DIAL
from ..const import DOMAIN
from ..control.choosing import choose_call
from ..control.destinations import find_destination
from ..control.manager import ControlManager
from ..control.models import (
    WITH_TARGET,
    Action,
    Command,
    Refusal,
    Target,
    TargetKind,
    Wanted,
    Which,
)
from ..coordinator import PresenceCoordinator
from ..exceptions import invalid_action
from .facts import other_party
from .names import async_find_telephone
from .telephones import Telephone

# Names of Home Assistant's actions, in whose words the user is asked.
ACTIONS: Final = {SERVICE_DIAL: SERVICE_DIAL} | {
    one.action.value: one.name
    for one in CONTROL_ACTIONS
    if one.action not in (Action.MUTE, Action.UNMUTE, Action.REPLY)
}


class Proposal(NamedTuple):
    """A command for a telephone; a target is dialed."""

    telephone: Telephone
    command: Command | Target
    # Name and number as they are shown.
    other_party: Mapping[str, str]
    # Where the call goes, as the question names it.
    goes_to: tuple[str, ...]


async def async_build_proposal(
    coordinator: PresenceCoordinator,
    manager: ControlManager,
    telephone: Telephone,
    telephones: Collection[Telephone],
    arguments: Mapping[str, Any],
) -> Proposal:
    """Check what can be checked without a request; raise HomeAssistantError."""
    action: str = arguments["action"]
    target: Target | None = None
    goes_to: tuple[str, ...] = ()
    if action == SERVICE_DIAL or action in WITH_TARGET:
        target, goes_to = await _async_find_target(
            coordinator.hass, telephone, telephones, arguments
        )
        # Other calls may go to own numbers.
        own = manager.phones.known_numbers if action == SERVICE_DIAL else None
        destination = find_destination(coordinator, target, own)
        if isinstance(destination, Refusal):
            raise invalid_action(destination.key)
        if target.kind is TargetKind.NUMBER:
            goes_to = (destination.number,)
        if action == SERVICE_DIAL:
            return Proposal(telephone, target, {}, goes_to)
    extension_id = telephone.ref.extension_id
    if not coordinator.is_current(extension_id):
        raise invalid_action("picture_not_current")
    call = choose_call(
        coordinator.data[extension_id].calls,
        Action(action),
        Wanted(None, Which(arguments.get("call", Which.ANY))),
    )
    if isinstance(call, Refusal):
        raise invalid_action(call.key)
    # Not another call that comes before the answer.
    wanted = Wanted(call.telephony_session_id)
    command = Command(action=Action(action), wanted=wanted, target=target)
    return Proposal(telephone, command, other_party(call, coordinator.privacy), goes_to)


async def _async_find_target(
    hass: HomeAssistant,
    telephone: Telephone,
    telephones: Collection[Telephone],
    arguments: Mapping[str, Any],
) -> tuple[Target, tuple[str, ...]]:
    to: str | None = arguments.get("to")
    is_voicemail = arguments.get("voicemail") and arguments["action"] in WITH_TARGET
    if to is None:
        if not is_voicemail:
            raise invalid_action("number_missing")
        return Target(TargetKind.VOICEMAIL, telephone.ref.extension_id), ()
    if not any(map(str.isalpha, to)):
        if is_voicemail:
            raise invalid_action("one_target_only")
        return Target(TargetKind.NUMBER, to), ()
    entry_id = telephone.ref.entry_id
    person = await async_find_telephone(
        hass, [one for one in telephones if one.ref.entry_id == entry_id], to
    )
    kind = TargetKind.VOICEMAIL if is_voicemail else TargetKind.EXTENSION
    return Target(kind, person.ref.extension_id), (person.label,)


async def async_question(
    hass: HomeAssistant, language: str | None, action: str, proposal: Proposal
) -> str:
    """Return a question in the user's language.

    Its question mark makes voice satellites listen for the answer.
    """
    # There are no translations of variants such as "en-US".
    language = (language or hass.config.language).partition("-")[0]
    texts = await async_get_translations(hass, language, "services", [DOMAIN])
    prefix = f"component.{DOMAIN}.services.{ACTIONS[action]}"
    parts = list(proposal.goes_to)
    if isinstance(proposal.command, Command):
        target = proposal.command.target
        if target is not None and target.kind is TargetKind.VOICEMAIL:
            parts.insert(0, texts[f"{prefix}.fields.voicemail.name"])
        parts.insert(0, proposal.telephone.label)
    return f"{texts[f'{prefix}.name']}: {' → '.join(parts)}?"
