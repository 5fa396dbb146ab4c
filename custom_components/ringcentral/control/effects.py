"""Whether a session proves that an action took effect. Pure."""

from typing import Final

from ..api.models.enums import Direction
from ..api.models.telephony import Party, PartyCode, PartyReason
from ..calls.ringout import is_same_number
from .choosing import is_living, living_parties
from .models import Action, CallState, CallView, Target, TargetKind, Whose

_TRANSFERRED: Final = frozenset(
    {
        PartyReason.BLIND_TRANSFER,
        PartyReason.RCC_TRANSFER,
        PartyReason.ATTENDED_TRANSFER,
        PartyReason.DTMF_TRANSFER,
        PartyReason.CALL_REDIRECTED,
    }
)
_PARKS: Final = frozenset({PartyReason.CALL_PARK, PartyReason.PARK_LOCATION})
_TALKS: Final = (CallState.CONNECTED, CallState.HELD)


def is_done(action: Action, view: CallView, target: Target | None = None) -> bool:
    """Return whether a session proves that an action took effect.

    For PICK_UP, the view must be that of the extension that picks up, as its own call.
    """
    party, state = view.party, view.state
    match action:
        case Action.HANG_UP | Action.REJECT:
            return state is CallState.OVER
        case Action.HOLD:
            return state is CallState.HELD
        case Action.PARK:
            return _is_parked(view)
        case Action.PICK_UP:
            return view.whose is Whose.OWN and state in _TALKS
        case Action.FORWARD | Action.TRANSFER:
            return _has_moved(view, target)
    if party is None:
        return False
    match action:
        case Action.MUTE | Action.UNMUTE:
            is_muted = action is Action.MUTE
            return is_living(party) and party.muted is is_muted
        case Action.REPLY:
            return party.status.reason is PartyReason.CALL_REPLIED
    return party.status.code is PartyCode.ANSWERED


def _is_parked(view: CallView) -> bool:
    if view.state is CallState.OVER and view.party is not None:
        return view.party.status.reason in _PARKS
    return view.state is CallState.PARKED


def _has_moved(view: CallView, target: Target | None) -> bool:
    """Return whether the call went on elsewhere: a caller may have hung up."""
    to_location = target is not None and target.kind is TargetKind.PARK_LOCATION
    if to_location and _is_parked(view):
        return True
    if view.state is not CallState.OVER:
        return False
    if any(_is_at(one, target) for one in living_parties(view.session)):
        return True
    if view.party is None:
        return False
    status = view.party.status
    # With another reason, the user has moved it to another own phone.
    is_gone = status.code is PartyCode.GONE and status.reason is None
    return is_gone or status.reason in _TRANSFERRED


def _is_at(party: Party, target: Target | None) -> bool:
    match target:
        case Target(TargetKind.EXTENSION, extension_id):
            return party.extension_id == extension_id
        case Target(TargetKind.NUMBER, number):
            return party.direction is not Direction.OUTBOUND and is_same_number(
                party.to_number, number
            )
    return False
