"""What assistants learn about telephones, as JSON. Pure."""

from typing import Literal, NotRequired, TypedDict, final

type Reason = Literal[
    "do_not_disturb", "in_meeting", "busy", "away", "parked_call", "no_queue_calls"
]


type Key = Literal[
    "on_the_phone", "ringing", "free", "not_free", "no_call", "not_known"
]


class OtherParty(TypedDict, total=False):
    """Caller, or who was called; what is unknown or not shown is left out."""

    other_party_name: str
    other_party_number: str


class Call(OtherParty, total=False):
    """A current call."""

    # Ringing means dialing: incoming calls that ring are listed apart.
    status: Literal["ringing", "call_connected", "on_hold"]
    direction: str
    # Of the call, and of its status.
    started: str
    since: str


class InCall(TypedDict):
    """A person, with the calls that the user may see."""

    name: str
    calls: list[Call]


class NotFree(TypedDict):
    """A person who takes no calls now."""

    name: str
    reason: Reason


@final
class Status(TypedDict):
    """What people do; the lists may be shorter than the counts."""

    on_the_phone: list[InCall]
    ringing: list[InCall]
    free: list[str]
    not_free: list[NotFree]
    # Whether they are free is not known; a park location never is.
    no_call: list[str]
    not_known: list[str]
    not_known_since: NotRequired[str]
    # One who talks while another call rings is in two lists.
    counts: dict[Key | Literal["people"], int]
    left_out: NotRequired[int]


class MissedCall(OtherParty):
    """A missed call."""

    time: str


class MissedOf(TypedDict):
    """Missed calls of a telephone, a group or an account today."""

    name: str
    # None if they are not counted.
    missed: int | None
    # Calls of which it is unknown whether they were answered.
    unclear: int
    # If later than midnight.
    counted_since: NotRequired[str]
    # Of today, without updates: calls may be missing; rounded up.
    unseen_minutes: NotRequired[int]
    # The last ones, newest first.
    calls: list[MissedCall]
    # There if it is not known now, None if it is not known since when.
    not_known_since: NotRequired[str | None]


@final
class Missed(TypedDict):
    """Missed calls of those who were asked for."""

    telephones: list[MissedOf]
    left_out: NotRequired[int]


@final
class Problem(TypedDict):
    """Why nothing can be said."""

    error: Literal[
        "unknown_name", "several", "none_exposed", "not_counted", "nothing_known"
    ]
    # Those who may be meant, and how many more there are.
    names: NotRequired[list[str]]
    more: NotRequired[int]
