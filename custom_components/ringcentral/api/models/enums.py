"""The platform's enumerations; each value is the platform's word in snake_case."""

from enum import StrEnum
from typing import Final, Self


class Word(StrEnum):
    """An enumeration of the platform; every one has a member for words to come.

    Attributes:
        plain: the value as a plain string; None of a word to come.

    """

    _value_: str
    plain: str | None

    def __init__(self, value: str) -> None:
        """Find out once what is asked for with every event."""
        self.plain = None if value == "unknown" else value

    @property
    def spelling(self) -> str:
        """The platform's own spelling (`NoCall` of `no_call`)."""
        return self.value.title().replace("_", "")

    @classmethod
    def known(cls) -> list[Self]:
        """Return the words that this version knows, in their order."""
        return [word for word in cls if word.plain is not None]

    @classmethod
    def words(cls) -> dict[str, Self]:
        """Return the members by the platform's spelling."""
        return {word.spelling: word for word in cls.known()}


class TelephonyStatus(Word):
    """What the phones of an extension, or one call, are doing."""

    NO_CALL = "no_call"
    RINGING = "ringing"
    CALL_CONNECTED = "call_connected"
    ON_HOLD = "on_hold"
    PARKED_CALL = "parked_call"
    UNKNOWN = "unknown"


class PresenceStatus(Word):
    """Availability: `presenceStatus` is aggregated, `userStatus` set by the user."""

    AVAILABLE = "available"
    BUSY = "busy"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class DndStatus(Word):
    """Which calls an extension takes."""

    TAKE_ALL_CALLS = "take_all_calls"
    DO_NOT_ACCEPT_ANY_CALLS = "do_not_accept_any_calls"
    DO_NOT_ACCEPT_DEPARTMENT_CALLS = "do_not_accept_department_calls"
    TAKE_DEPARTMENT_CALLS_ONLY = "take_department_calls_only"
    UNKNOWN = "unknown"


class MeetingStatus(Word):
    """Whether the user is in a video meeting."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    UNKNOWN = "unknown"


class Direction(Word):
    """Direction of a call as seen from the extension."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    UNKNOWN = "unknown"


class TerminationType(Word):
    """How a call in `NoCall` ended; `intermediate` is deprecated."""

    FINAL = "final"
    INTERMEDIATE = "intermediate"
    UNKNOWN = "unknown"


class CallerIdVisibility(Word):
    """Who may see the details of calls."""

    ALL = "all"
    NONE = "none"
    PERMITTED_USERS = "permitted_users"
    UNKNOWN = "unknown"


class CallInfoType(Word):
    """What a line of the description of a queue call tells."""

    PHONE_NUMBER_LABEL = "phone_number_label"
    PHONE_NUMBER = "phone_number"
    QUEUE_EXTENSION = "queue_extension"
    QUEUE_NAME = "queue_name"
    CALLER_ID_NAME = "caller_id_name"
    CALLER_ID_NUMBER = "caller_id_number"
    NONE = "none"
    UNKNOWN = "unknown"


TELEPHONY_WORDS: Final = TelephonyStatus.words()
PRESENCE_WORDS: Final = PresenceStatus.words()
# The platform's own `Unknown` is a documented word: shown as unknown, not counted.
DND_WORDS: Final = {**DndStatus.words(), "Unknown": DndStatus.UNKNOWN}
MEETING_WORDS: Final = MeetingStatus.words()
DIRECTION_WORDS: Final = Direction.words()
TERMINATION_WORDS: Final = {w.lower(): t for w, t in TerminationType.words().items()}
VISIBILITY_WORDS: Final = CallerIdVisibility.words()
CALL_INFO_WORDS: Final = CallInfoType.words()
