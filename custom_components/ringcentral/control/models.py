"""Commands for calls, what they need, and their results. Pure."""

from enum import StrEnum
from typing import Final, NamedTuple

from ..api.models.base import Record
from ..api.models.telephony import Party, Session

# Characters of a text that is read to the caller.
MAX_REPLY: Final = 100


class Action(StrEnum):
    """What can be done with a call."""

    ANSWER = "answer"
    REJECT = "reject"
    FORWARD = "forward"
    REPLY = "reply"
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    TRANSFER = "transfer"
    PARK = "park"
    PICK_UP = "pick_up"
    HANG_UP = "hang_up"


# For these, a call that is over is what was wanted.
ENDING: Final = frozenset({Action.HANG_UP, Action.REJECT})
WITH_PHONE: Final = frozenset({Action.ANSWER, Action.PICK_UP})
WITH_TARGET: Final = frozenset({Action.FORWARD, Action.TRANSFER})


class Whose(StrEnum):
    """Whose call it is: RingCentral may refuse control of those of others."""

    OWN = "own"
    PARKED = "parked"
    OTHERS = "others"


class CallState(StrEnum):
    """State of a call from the view of one extension."""

    RINGING = "ringing"
    # The own phone rings for an own RingOut.
    OWN_LEG = "own_leg"
    DIALING = "dialing"
    CONNECTED = "connected"
    HELD = "held"
    PARKED = "parked"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    OVER = "over"


class Result(StrEnum):
    """Result of a command."""

    DONE = "done"
    ALREADY = "already"
    OVER = "over"
    UNKNOWN = "unknown"


class DialState(StrEnum):
    """How far a dialed call is, or how it ended."""

    DIALING = "dialing"
    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OVER = "over"


class Which(StrEnum):
    """Which of an extension's calls is meant; `ANY` is the one that an action fits."""

    ANY = "any"
    RINGING = "ringing"
    HELD = "held"
    CONNECTED = "connected"
    PARKED = "parked"


class Wanted(NamedTuple):
    """The call that is meant: by the id of its session, or by its state."""

    call: str | None = None
    which: Which = Which.ANY


class TargetKind(StrEnum):
    """Kind of a target."""

    NUMBER = "number"
    EXTENSION = "extension"
    VOICEMAIL = "voicemail"
    PARK_LOCATION = "park_location"
    TO_CALL = "to_call"


class Target(NamedTuple):
    """What is dialed, or where a call goes: a number as it was typed, or an id."""

    kind: TargetKind
    value: str


class Command(Record, frozen=True):
    """What a user wants to be done with a call."""

    action: Action
    wanted: Wanted = Wanted()
    target: Target | None = None
    text: str | None = None
    # Name or id of a telephone.
    phone: str | None = None


class Refusal(NamedTuple):
    """Why a command is not carried out: a key of the texts of exceptions."""

    key: str


class Details(NamedTuple):
    """What a request needs beside the call."""

    target: Target | None = None
    text: str | None = None
    device_id: str | None = None
    # Session and party of the second call of a warm transfer.
    second: tuple[str, str] | None = None


class CallView(NamedTuple):
    """A session that was just read, from the view of one extension."""

    session: Session
    # One that has left if the call is over; None if none was found.
    party: Party | None
    state: CallState
    # Number of parties that have not left; others that still ring do not count.
    living: int
    whose: Whose


class Abilities(NamedTuple):
    """What app, user and telephones allow."""

    can_dial: bool
    can_control: bool
    has_phone: bool
    # Actions that RingCentral has denied.
    denied: frozenset[Action] = frozenset()


class Destination(NamedTuple):
    """A number that can be dialed, and the extension that it belongs to."""

    number: str
    extension_id: str | None = None


class ActionResult(NamedTuple):
    """Result of a command, and the session that it concerned."""

    result: Result
    session_id: str | None = None


class DialResult(NamedTuple):
    """How far a dialed call is, and its session if it is known."""

    result: DialState
    session_id: str | None = None
