"""Which call is meant, by presence, and which party is that of an extension. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..api.models.telephony import Party, PartyCode, Session
from .models import Action, CallState, Refusal, Wanted, Which, Whose

_NO_CALL: Final = Refusal("no_such_call")
_SEVERAL: Final = Refusal("several_calls")

_RINGING: Final = (CallState.RINGING,)
_CONNECTED: Final = (CallState.CONNECTED,)
_HELD: Final = (CallState.HELD,)
_PARKED: Final = (CallState.PARKED,)
_ANY: Final = tuple(CallState)

# States in which a call is meant, the usual ones first; then those in which the action
# is done already, so that a repeated command says so.
_STATES_BY_ACTION: Final[Mapping[Action, Sequence[Sequence[CallState]]]] = {
    Action.ANSWER: (_RINGING, _CONNECTED),
    Action.REJECT: (_RINGING,),
    Action.FORWARD: (_RINGING,),
    Action.REPLY: (_RINGING,),
    Action.HOLD: (_CONNECTED, _HELD),
    Action.RESUME: (_HELD, _CONNECTED),
    Action.MUTE: (_CONNECTED,),
    Action.UNMUTE: (_CONNECTED,),
    Action.TRANSFER: (_CONNECTED, _HELD),
    Action.PARK: (_CONNECTED, _PARKED),
    Action.PICK_UP: (_PARKED,),
    Action.HANG_UP: (_ANY,),
}
_STATES_BY_WHICH: Final[Mapping[Which, Sequence[Sequence[CallState]]]] = {
    # An incoming call; only without one, that which is being dialed.
    Which.RINGING: (_RINGING, (CallState.DIALING,)),
    Which.HELD: (_HELD,),
    Which.CONNECTED: (_CONNECTED,),
    Which.PARKED: (_PARKED,),
}
_STATES: Final[Mapping[TelephonyStatus | None, CallState]] = {
    TelephonyStatus.RINGING: CallState.RINGING,
    TelephonyStatus.CALL_CONNECTED: CallState.CONNECTED,
    TelephonyStatus.ON_HOLD: CallState.HELD,
    TelephonyStatus.PARKED_CALL: CallState.PARKED,
}
_LEFT: Final = frozenset({PartyCode.DISCONNECTED, PartyCode.GONE})
_RINGING_CODES: Final = frozenset({PartyCode.SETUP, PartyCode.PROCEEDING})


def whose_call(action: Action, extension_id: str, own_extension_id: str) -> Whose:
    """Return whose call an action concerns; any member may retrieve a parked one."""
    if action is Action.PICK_UP:
        return Whose.PARKED
    return Whose.OWN if extension_id == own_extension_id else Whose.OTHERS


def choose_call(
    calls: Sequence[ActiveCall], action: Action, wanted: Wanted
) -> ActiveCall | Refusal:
    """Return the call that is meant; presence may list it wrongly."""
    living = [call for call in calls if call.is_live]
    if wanted.call is not None:
        living = [call for call in living if call.telephony_session_id == wanted.call]
        # Those of one session are told apart when it is read.
        return living[0] if living else _NO_CALL
    by_action = _STATES_BY_ACTION[action]
    for states in _STATES_BY_WHICH.get(wanted.which, by_action):
        found = [call for call in living if _state_of(call) in states]
        if not found:
            continue
        call = found[0]
        if any(not _is_same_session(call, other) for other in found):
            return _SEVERAL
        return call if call.telephony_session_id else _NO_CALL
    return _NO_CALL


def _state_of(call: ActiveCall) -> CallState:
    state = _STATES.get(call.telephony_status, CallState.UNKNOWN)
    if state is CallState.RINGING and call.direction is Direction.OUTBOUND:
        return CallState.DIALING
    return state


def _is_same_session(call: ActiveCall, other: ActiveCall) -> bool:
    session = call.telephony_session_id
    return call is other or (bool(session) and session == other.telephony_session_id)


def choose_party(
    session: Session, extension_id: str, party_id: str | None
) -> Party | None:
    """Return the living party of an extension, None if its call is over.

    Presence may name a party that has left, or one of another extension.
    """
    parties = _parties_of(session, extension_id)
    named = find_party(session, party_id)
    if not parties:
        # On a line that another extension has delegated, the party is not its own.
        return named if named is not None and is_living(named) else None
    living = [party for party in parties if is_living(party)]
    if named in living:
        return named
    return next(filter(is_ringing, living), living[0] if living else None)


def ended_party(
    session: Session, extension_id: str, party_id: str | None
) -> Party | None:
    """Return the party of an extension that has left, for its reason."""
    parties = _parties_of(session, extension_id)
    named = find_party(session, party_id)
    if named is not None and (named in parties or not parties):
        return named
    return parties[-1] if parties else None


def _parties_of(session: Session, extension_id: str) -> list[Party]:
    return [party for party in session.parties if party.extension_id == extension_id]


def find_party(session: Session, party_id: str | None) -> Party | None:
    """Return a party by its id."""
    return next((party for party in session.parties if party.id == party_id), None)


def parked_party(session: Session) -> Party | None:
    """Return the party that waits at a park location."""
    parked = (
        party for party in session.parties if party.status.code is PartyCode.PARKED
    )
    return next(parked, None)


def is_living(party: Party) -> bool:
    """Return whether a party has not left."""
    return party.status.code not in _LEFT


def is_ringing(party: Party) -> bool:
    """Return whether a party is called, or calls, and is not answered."""
    return party.status.code in _RINGING_CODES


def living_parties(session: Session) -> Iterator[Party]:
    """Return the parties that have not left."""
    return filter(is_living, session.parties)


def other_parties(session: Session, party: Party) -> Iterable[Party]:
    """Return the parties that have not left, but this one."""
    return (one for one in living_parties(session) if one.id != party.id)
