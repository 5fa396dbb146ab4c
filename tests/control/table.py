"""What each action sends or answers in each state of a call, and calls in each state.

Written beside the code: from the platform's documentation of its API, not from the code.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from custom_components.ringcentral.api.models.enums import Direction
from custom_components.ringcentral.api.models.telephony import (
    Origin,
    Party,
    PartyCode,
    PartyStatus,
    Session,
)
from custom_components.ringcentral.control.models import (
    Action,
    CallState,
    Details,
    Target,
    TargetKind,
)

SESSION: Final = "s-1"
OWN: Final = "700000101016"
COLLEAGUE: Final = "700000102016"
THIRD: Final = "700000103016"
PHONE: Final = "800000000016"
NUMBER: Final = "+16505550188"

# A request, the key of a refusal, or the result without a request: `already`, `over`.
# `session` and `party` are what is deleted.
_TABLE: Final = """
         | answer           | reject           | forward          | reply
ringing  | POST answer      | POST reject      | POST forward     | POST reply
own_leg  | own_phone_rings  | DELETE session   | own_phone_rings  | own_phone_rings
dialing  | not_answered_yet | call_is_outgoing | call_is_outgoing | call_is_outgoing
connected| already          | call_is_answered | call_is_answered | call_is_answered
held     | call_is_held     | call_is_answered | call_is_answered | call_is_answered
parked   | call_is_parked   | call_is_parked   | call_is_parked   | call_is_parked
voicemail| in_voicemail     | in_voicemail     | in_voicemail     | in_voicemail
unknown  | POST answer      | POST reject      | POST forward     | POST reply
over     | call_over        | over             | call_over        | call_over

         | hold             | resume           | mute             | unmute
ringing  | call_is_ringing  | call_is_ringing  | call_is_ringing  | call_is_ringing
own_leg  | own_phone_rings  | own_phone_rings  | own_phone_rings  | own_phone_rings
dialing  | not_answered_yet | not_answered_yet | not_answered_yet | not_answered_yet
connected| POST hold        | already          | PATCH party      | PATCH party
held     | already          | POST unhold      | call_is_held     | call_is_held
parked   | call_is_parked   | call_is_parked   | call_is_parked   | call_is_parked
voicemail| in_voicemail     | in_voicemail     | in_voicemail     | in_voicemail
unknown  | POST hold        | POST unhold      | PATCH party      | PATCH party
over     | call_over        | call_over        | call_over        | call_over

         | transfer         | park             | pick_up          | hang_up
ringing  | call_is_ringing  | call_is_ringing  | call_is_ringing  | POST reject
own_leg  | own_phone_rings  | own_phone_rings  | own_phone_rings  | DELETE session
dialing  | not_answered_yet | not_answered_yet | not_answered_yet | DELETE session
connected| POST transfer    | POST park        | call_not_parked  | DELETE session
held     | POST transfer    | POST park        | call_not_parked  | DELETE session
parked   | call_is_parked   | already          | POST pickup      | DELETE party
voicemail| in_voicemail     | in_voicemail     | in_voicemail     | DELETE session
unknown  | POST transfer    | POST park        | POST pickup      | DELETE session
over     | call_over        | call_over        | call_over        | over
"""


class Row(NamedTuple):
    """What an action does in a state."""

    action: Action
    state: CallState
    expected: str


def table_rows() -> Iterator[Row]:
    """Yield each action in each state."""
    for part in _TABLE.strip("\n").split("\n\n"):
        heading, *lines = [
            [cell.strip() for cell in line.split("|")] for line in part.split("\n")
        ]
        for state, *cells in lines:
            for action, cell in zip(heading[1:], cells, strict=True):
                yield Row(Action(action), CallState(state), cell)


# Complete details of each action, and the body of its request.
DETAILS: Final[Mapping[Action, Details]] = {
    **dict.fromkeys(Action, Details()),
    Action.ANSWER: Details(device_id=PHONE),
    Action.PICK_UP: Details(device_id=PHONE),
    Action.FORWARD: Details(target=Target(TargetKind.NUMBER, NUMBER)),
    Action.TRANSFER: Details(target=Target(TargetKind.EXTENSION, COLLEAGUE)),
    Action.REPLY: Details(text="In a meeting"),
}
BODIES: Final[Mapping[str, dict[str, object] | None]] = {
    "POST answer": {"deviceId": PHONE},
    "POST pickup": {"deviceId": PHONE},
    "POST forward": {"phoneNumber": NUMBER},
    "POST transfer": {"extensionId": COLLEAGUE},
    "POST reply": {"replyWithText": "In a meeting"},
}


def party(
    number: int,
    code: PartyCode,
    direction: Direction | None = Direction.INBOUND,
    extension_id: str | None = None,
    *,
    muted: bool | None = None,
    role: str | None = None,
    is_queue_call: bool = False,
) -> Party:
    """Return a party, whose id ends in its number."""
    return Party(
        id=f"p-1-{number}",
        extension_id=extension_id,
        direction=direction,
        status=PartyStatus(code),
        muted=muted,
        ring_out_role=role,
        is_queue_call=is_queue_call,
    )


def session(*parties: Party, origin: Origin | None = Origin.CALL) -> Session:
    """Return a session of these parties."""
    return Session(SESSION, origin, parties)


def _incoming(code: PartyCode, *others: Party, is_queue_call: bool = False) -> Session:
    caller = party(1, PartyCode.ANSWERED, Direction.OUTBOUND)
    return session(
        caller, party(2, code, extension_id=OWN, is_queue_call=is_queue_call), *others
    )


def _outgoing(code: PartyCode, *others: PartyCode) -> Session:
    return session(
        party(1, code, Direction.OUTBOUND, OWN),
        *(party(number, other) for number, other in enumerate(others, 2)),
    )


def _ring_out(code: PartyCode, *others: PartyCode) -> Session:
    return session(
        party(1, code, extension_id=OWN, role="Initiator"),
        *(party(number, one, role="Target") for number, one in enumerate(others, 2)),
        origin=Origin.RING_OUT,
    )


# The own call of extension `OWN` in each state.
CALLS: Final[Mapping[str, tuple[CallState, Session]]] = {
    "set up": (CallState.RINGING, _incoming(PartyCode.SETUP)),
    "ringing": (CallState.RINGING, _incoming(PartyCode.PROCEEDING)),
    "ringing, caller not listed": (
        CallState.RINGING,
        session(party(2, PartyCode.PROCEEDING, extension_id=OWN)),
    ),
    "ringing at several agents": (
        CallState.RINGING,
        _incoming(
            PartyCode.PROCEEDING,
            party(3, PartyCode.PROCEEDING, extension_id=COLLEAGUE, is_queue_call=True),
            is_queue_call=True,
        ),
    ),
    "RingOut of a colleague": (
        CallState.RINGING,
        session(
            party(1, PartyCode.ANSWERED, extension_id=COLLEAGUE, role="Initiator"),
            party(2, PartyCode.PROCEEDING, extension_id=OWN, role="Target"),
            origin=Origin.RING_OUT,
        ),
    ),
    "own RingOut": (CallState.OWN_LEG, _ring_out(PartyCode.PROCEEDING)),
    "outgoing, set up": (CallState.DIALING, _outgoing(PartyCode.SETUP)),
    "outgoing, ringing": (
        CallState.DIALING,
        _outgoing(PartyCode.PROCEEDING, PartyCode.PROCEEDING),
    ),
    "outgoing, handled": (
        CallState.DIALING,
        _outgoing(PartyCode.ANSWERED, PartyCode.PROCEEDING),
    ),
    "outgoing, after a menu": (
        CallState.DIALING,
        _outgoing(PartyCode.ANSWERED, PartyCode.DISCONNECTED, PartyCode.SETUP),
    ),
    "outgoing, to many agents": (
        CallState.DIALING,
        _outgoing(PartyCode.ANSWERED, *[PartyCode.PROCEEDING] * 3),
    ),
    "own RingOut, own phone answered": (
        CallState.DIALING,
        _ring_out(PartyCode.ANSWERED, PartyCode.PROCEEDING),
    ),
    "answered": (CallState.CONNECTED, _incoming(PartyCode.ANSWERED)),
    "answered, others not listed": (
        CallState.CONNECTED,
        session(party(2, PartyCode.ANSWERED, extension_id=OWN)),
    ),
    "answered, agents still ring": (
        CallState.CONNECTED,
        _incoming(
            PartyCode.ANSWERED,
            party(3, PartyCode.PROCEEDING, extension_id=COLLEAGUE),
            party(4, PartyCode.PROCEEDING, extension_id=THIRD),
        ),
    ),
    "answered, caller not listed, agents still ring": (
        CallState.CONNECTED,
        session(
            party(2, PartyCode.ANSWERED, extension_id=OWN),
            party(3, PartyCode.PROCEEDING, extension_id=COLLEAGUE),
        ),
    ),
    "own RingOut, callee answered": (
        CallState.CONNECTED,
        _ring_out(PartyCode.ANSWERED, PartyCode.ANSWERED),
    ),
    "on hold": (CallState.HELD, _incoming(PartyCode.HOLD)),
    "parked": (CallState.PARKED, _incoming(PartyCode.PARKED)),
    "voicemail": (CallState.VOICEMAIL, _incoming(PartyCode.VOICEMAIL)),
    "screening": (CallState.VOICEMAIL, _incoming(PartyCode.VOICEMAIL_SCREENING)),
    "fax": (CallState.UNKNOWN, _incoming(PartyCode.FAX_RECEIVE)),
    "new code": (CallState.UNKNOWN, _incoming(PartyCode.UNKNOWN)),
    "ringing, without direction": (
        CallState.UNKNOWN,
        session(
            party(1, PartyCode.ANSWERED, Direction.OUTBOUND),
            party(2, PartyCode.PROCEEDING, None, OWN),
        ),
    ),
    "hung up": (CallState.OVER, _incoming(PartyCode.DISCONNECTED)),
    "moved": (CallState.OVER, _incoming(PartyCode.GONE)),
    "not in the session": (
        CallState.OVER,
        session(
            party(1, PartyCode.ANSWERED, Direction.OUTBOUND),
            party(2, PartyCode.ANSWERED, extension_id=COLLEAGUE),
        ),
    ),
    "without parties": (CallState.OVER, session()),
}
