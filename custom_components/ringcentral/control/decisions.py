"""Which request an action needs in each state of a call. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from ..api.models.base import JsonObject
from ..api.models.enums import Direction
from ..api.models.telephony import Origin, Party, PartyCode, PartyRequest, Session
from .choosing import (
    choose_party,
    ended_party,
    is_ringing,
    living_parties,
    other_parties,
    parked_party,
)
from .models import (
    ENDING,
    MAX_REPLY,
    WITH_PHONE,
    WITH_TARGET,
    Action,
    CallState,
    CallView,
    Details,
    Refusal,
    Result,
    TargetKind,
    Whose,
)

type Decision = PartyRequest | Result | Refusal
type _Make = Callable[[CallView, Party, Details], Decision]

_STATES: Final[Mapping[PartyCode, CallState]] = {
    PartyCode.ANSWERED: CallState.CONNECTED,
    PartyCode.HOLD: CallState.HELD,
    PartyCode.PARKED: CallState.PARKED,
    PartyCode.VOICEMAIL: CallState.VOICEMAIL,
    PartyCode.VOICEMAIL_SCREENING: CallState.VOICEMAIL,
    PartyCode.DISCONNECTED: CallState.OVER,
    PartyCode.GONE: CallState.OVER,
}
_STATES_OF_RINGING: Final[Mapping[Direction | None, CallState]] = {
    Direction.INBOUND: CallState.RINGING,
    Direction.OUTBOUND: CallState.DIALING,
}
# Fields of a request.
_TARGETS: Final[Mapping[TargetKind, str]] = {
    TargetKind.NUMBER: "phoneNumber",
    TargetKind.EXTENSION: "extensionId",
    TargetKind.VOICEMAIL: "voicemail",
    TargetKind.PARK_LOCATION: "parkOrbit",
}
# Targets of calls that have been answered.
_ANSWERED_TO: Final = (TargetKind.PARK_LOCATION, TargetKind.TO_CALL)


def view_of(
    session: Session,
    extension_id: str,
    party_id: str | None,
    whose: Whose,
    *,
    own_leg: bool,
) -> CallView:
    """Return the view of an extension, whose party presence may have named."""
    party = choose_party(session, extension_id, party_id)
    if whose is Whose.PARKED:
        # That of an extension that has picked up in the meantime tells so.
        party = parked_party(session) or party or _called_party(session)
    party = party or ended_party(session, extension_id, party_id)
    known = sum(one is party or not is_ringing(one) for one in living_parties(session))
    return CallView(
        session,
        party,
        _state_of(session, party, own_leg),
        known + session.unreadable,
        whose,
    )


def _called_party(session: Session) -> Party | None:
    living = sorted(
        living_parties(session), key=lambda party: party.direction is Direction.OUTBOUND
    )
    return living[0] if living else None


def _state_of(session: Session, party: Party | None, own_leg: bool) -> CallState:
    if party is None:
        # One that could not be read may be that of the extension.
        return CallState.UNKNOWN if session.unreadable else CallState.OVER
    if is_ringing(party):
        if own_leg or _is_initiator(party):
            return CallState.OWN_LEG
        return _STATES_OF_RINGING.get(party.direction, CallState.UNKNOWN)
    code = party.status.code
    if code is PartyCode.ANSWERED and (own_leg or _is_calling(session, party)):
        # The calling party is answered as soon as the call is handled.
        others = list(other_parties(session, party))
        if others and not session.unreadable and all(map(is_ringing, others)):
            return CallState.DIALING
    return _STATES.get(code, CallState.UNKNOWN)


def _is_initiator(party: Party) -> bool:
    return (party.ring_out_role or "").casefold() == "initiator"


def _is_calling(session: Session, party: Party) -> bool:
    return (
        party.direction is Direction.OUTBOUND
        or _is_initiator(party)
        # Both parties of a RingOut are called.
        or (session.origin is Origin.RING_OUT and party.ring_out_role is None)
    )


def _party_request(
    view: CallView, party: Party, operation: str, body: JsonObject | None = None
) -> PartyRequest:
    return PartyRequest("POST", view.session.id, party.id, operation, body)


def _posting(
    operation: str, body_of: Callable[[Details], JsonObject] | None = None
) -> _Make:
    """Return what makes the request for an operation on a party."""

    def make(view: CallView, party: Party, details: Details) -> PartyRequest:
        return _party_request(view, party, operation, body_of and body_of(details))

    return make


def _device(details: Details) -> JsonObject:
    return {"deviceId": details.device_id}


def _text(details: Details) -> JsonObject:
    return {"replyWithText": (details.text or "").strip()}


def _target(details: Details) -> JsonObject:
    target = details.target
    return {} if target is None else {_TARGETS[target.kind]: target.value}


def _reject(view: CallView, party: Party, details: Details) -> PartyRequest:
    # To ignore a queue call needs a telephone of the agent; to reject it needs none.
    if party.is_queue_call and view.whose is Whose.OWN and details.device_id:
        return _party_request(view, party, "ignore", _device(details))
    return _party_request(view, party, "reject")


def _transfer(view: CallView, party: Party, details: Details) -> Decision:
    # The platform loses that the party was muted.
    if party.muted and view.state is CallState.CONNECTED:
        return Refusal("unmute_first")
    if details.target is None or details.target.kind is not TargetKind.TO_CALL:
        return _party_request(view, party, "transfer", _target(details))
    if details.second is None:
        return Refusal("no_such_call")
    session_id, party_id = details.second
    body = {"telephonySessionId": session_id, "partyId": party_id}
    return _party_request(view, party, "bridge", body)


def _set_muted(view: CallView, party: Party, _: Details, *, muted: bool) -> Decision:
    if party.muted is muted:
        return Result.ALREADY
    return PartyRequest("PATCH", view.session.id, party.id, None, body={"muted": muted})


def _park(view: CallView, party: Party, _: Details) -> Decision:
    if party.direction is Direction.OUTBOUND:
        return Refusal("park_outgoing")
    return _party_request(view, party, "park")


def _end(view: CallView, party: Party, details: Details) -> PartyRequest:
    # To end the session would end the call of the others, too.
    if view.living > 2:
        return _drop(view, party, details)
    return PartyRequest("DELETE", view.session.id)


def _drop(view: CallView, party: Party, _: Details) -> PartyRequest:
    return PartyRequest("DELETE", view.session.id, party.id)


_answer: Final = _posting("answer", _device)
_forward: Final = _posting("forward", _target)
_hold: Final = _posting("hold")
_mute: Final = partial(_set_muted, muted=True)
_pick_up: Final = _posting("pickup", _device)
_reply: Final = _posting("reply", _text)
_unhold: Final = _posting("unhold")
_unmute: Final = partial(_set_muted, muted=False)

_OVER: Final = Refusal("call_over")
_CHANGED: Final = Refusal("call_changed")
_RINGS: Final = Refusal("call_is_ringing")
_LEG: Final = Refusal("own_phone_rings")
_DIALS: Final = Refusal("not_answered_yet")
_OUT: Final = Refusal("call_is_outgoing")
_TALKS: Final = Refusal("call_is_answered")
_HELD: Final = Refusal("call_is_held")
_PARKED: Final = Refusal("call_is_parked")
_NOT_P: Final = Refusal("call_not_parked")
_MAIL: Final = Refusal("in_voicemail")
_HAVE: Final = Result.ALREADY

_COLUMNS: Final = (
    CallState.RINGING,
    CallState.OWN_LEG,
    CallState.DIALING,
    CallState.CONNECTED,
    CallState.HELD,
    CallState.PARKED,
    CallState.VOICEMAIL,
    # The platform decides.
    CallState.UNKNOWN,
)
# fmt: off
_TABLE: Final[Mapping[Action, Sequence[_Make | Result | Refusal]]] = {
    #                 ringing   own leg dialing connected  held       parked    mailbox unknown
    Action.ANSWER:   (_answer,  _LEG,   _DIALS, _HAVE,     _HELD,     _PARKED,  _MAIL,  _answer),
    Action.REJECT:   (_reject,  _end,   _OUT,   _TALKS,    _TALKS,    _PARKED,  _MAIL,  _reject),
    Action.FORWARD:  (_forward, _LEG,   _OUT,   _TALKS,    _TALKS,    _PARKED,  _MAIL,  _forward),
    Action.REPLY:    (_reply,   _LEG,   _OUT,   _TALKS,    _TALKS,    _PARKED,  _MAIL,  _reply),
    Action.HOLD:     (_RINGS,   _LEG,   _DIALS, _hold,     _HAVE,     _PARKED,  _MAIL,  _hold),
    Action.RESUME:   (_RINGS,   _LEG,   _DIALS, _HAVE,     _unhold,   _PARKED,  _MAIL,  _unhold),
    Action.MUTE:     (_RINGS,   _LEG,   _DIALS, _mute,     _HELD,     _PARKED,  _MAIL,  _mute),
    Action.UNMUTE:   (_RINGS,   _LEG,   _DIALS, _unmute,   _HELD,     _PARKED,  _MAIL,  _unmute),
    Action.TRANSFER: (_RINGS,   _LEG,   _DIALS, _transfer, _transfer, _PARKED,  _MAIL,  _transfer),
    Action.PARK:     (_RINGS,   _LEG,   _DIALS, _park,     _park,     _HAVE,    _MAIL,  _park),
    Action.PICK_UP:  (_RINGS,   _LEG,   _DIALS, _NOT_P,    _NOT_P,    _pick_up, _MAIL,  _pick_up),
    Action.HANG_UP:  (_reject,  _end,   _end,   _end,      _end,      _drop,    _end,   _end),
}
# fmt: on


def decide(action: Action, view: CallView, details: Details) -> Decision:
    """Return the request of an action, or why there is none.

    An own RingOut is canceled by its id if that is known; a request to end it is for one
    of another app.
    """
    party = view.party
    if view.state is CallState.OVER:
        return Result.OVER if action in ENDING else _OVER
    if party is None:
        return _CHANGED
    entry = _TABLE[action][_COLUMNS.index(view.state)]
    if isinstance(entry, (Result, Refusal)):
        return entry
    return check_details(action, details) or entry(view, party, details)


def alternative(request: PartyRequest, view: CallView) -> PartyRequest | Refusal | None:
    """Return what follows the refusal of a request, None if nothing does."""
    party = view.party
    if request.method != "DELETE" or party is None:
        return None
    if request.party_id is None:
        # A party that still rings cannot be dropped, only rejected.
        if is_ringing(party) and party.direction is Direction.INBOUND:
            return _reject(view, party, Details())
        return _drop(view, party, Details())
    if view.living > 2 and view.state is not CallState.PARKED:
        return Refusal("call_with_more")
    return None


def second_call(first: CallView, view: CallView) -> tuple[str, str] | Refusal:
    """Return session and party of the second call of a warm transfer, just read."""
    party = view.party
    if view.session.id == first.session.id:
        return Refusal("no_such_call")
    if view.state is CallState.OVER:
        return _OVER
    if party is None:
        return _CHANGED
    entry = _TABLE[Action.TRANSFER][_COLUMNS.index(view.state)]
    return entry if isinstance(entry, Refusal) else (view.session.id, party.id)


def check_details(action: Action, details: Details) -> Refusal | None:
    """Return what an action lacks whatever the call is, before anything is requested."""
    target = details.target
    if action in WITH_PHONE and not details.device_id:
        return Refusal("no_phone")
    if action in WITH_TARGET and (target is None or not target.value):
        return Refusal("number_missing")
    if action is Action.FORWARD and target is not None and target.kind in _ANSWERED_TO:
        return Refusal("number_missing")
    if action is Action.REPLY:
        text = (details.text or "").strip()
        if not any(one.isprintable() and one != " " for one in text):
            return Refusal("reply_empty")
        if len(text) > MAX_REPLY:
            return Refusal("reply_too_long")
    return None
