"""Whether a session proves that an action took effect. Pure."""

from typing import Final

from ..api.models.enums import Direction
from ..api.models.telephony import Party, PartyCode, PartyReason
from ..calls.ringout import is_same_number
from .choosing import is_living, other_parties
from .models import Action, CallState, CallView, Target, TargetKind, Whose

_ENDING: Final = (Action.HANG_UP, Action.REJECT)
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
    if party is None:
        return action in _ENDING
    status = party.status
    match action:
        case Action.HANG_UP | Action.REJECT:
            return state is CallState.OVER
        case Action.ANSWER | Action.RESUME:
            return status.code is PartyCode.ANSWERED
        case Action.HOLD:
            return state is CallState.HELD
        case Action.MUTE | Action.UNMUTE:
            is_muted = action is Action.MUTE
            return is_living(party) and party.muted is is_muted
        case Action.PARK:
            return _is_parked(view, party)
        case Action.PICK_UP:
            return view.whose is Whose.OWN and state in _TALKS
        case Action.REPLY:
            return status.reason is PartyReason.CALL_REPLIED
        case Action.FORWARD | Action.TRANSFER:
            return _has_moved(view, party, target)


def _is_parked(view: CallView, party: Party) -> bool:
    return view.state is CallState.PARKED or (
        view.state is CallState.OVER and party.status.reason in _PARKS
    )


def _has_moved(view: CallView, party: Party, target: Target | None) -> bool:
    """Return whether the call went on elsewhere: a caller may have hung up."""
    if target is not None and target.kind is TargetKind.PARK_LOCATION:
        return _is_parked(view, party)
    if view.state is not CallState.OVER:
        return False
    reason = party.status.reason
    return (
        reason in _TRANSFERRED
        # With another reason, the user has moved it to another own phone.
        or (party.status.code is PartyCode.GONE and reason is None)
        or any(_is_at(one, target) for one in other_parties(view.session, party))
    )


def _is_at(party: Party, target: Target | None) -> bool:
    match target:
        case Target(TargetKind.EXTENSION, extension_id):
            return party.extension_id == extension_id
        case Target(TargetKind.NUMBER, number):
            return party.direction is not Direction.OUTBOUND and is_same_number(
                party.to_number, number
            )
    return False
