"""Enumerations of the platform: by value its word, by text Home Assistant's state."""

from contextvars import ContextVar
from enum import StrEnum
import re
from typing import Final, Self, override

# While a message is decoded: the enumeration and the value of each unknown one.
unknown_values: Final[ContextVar[list[tuple[str, object]] | None]] = ContextVar(
    "unknown_values", default=None
)

# Each costs 3 µs. A message with more has too many calls, and msgspec stops there.
_MAX_UNKNOWN: Final = 1000


class PlatformEnum(StrEnum):
    """A set of words, with a member for unknown ones."""

    _value_: str
    # The state to show; None of an unknown word.
    state: str | None

    def __new__(cls, value: str) -> Self:
        """Derive the text from the platform's word."""
        text = re.sub(r"(?<!^)(?=[A-Z])", "_", value).lower()
        member = str.__new__(cls, text)
        member._value_ = value
        member.state = None if value == "Unknown" else text
        return member

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        if (unknown := unknown_values.get()) is None:
            # The text of a member, as in actions and in the stored file.
            return cls.__members__.get(str(value).upper())
        if len(unknown) >= _MAX_UNKNOWN:
            return None
        unknown.append((cls.__name__, value))
        return cls["UNKNOWN"]

    @classmethod
    def known(cls) -> list[Self]:
        """Return the members that this version knows, in their order."""
        return [member for member in cls if member.state is not None]


class TelephonyStatus(PlatformEnum):
    """Telephony status of an extension or of one call."""

    NO_CALL = "NoCall"
    RINGING = "Ringing"
    CALL_CONNECTED = "CallConnected"
    ON_HOLD = "OnHold"
    PARKED_CALL = "ParkedCall"
    UNKNOWN = "Unknown"


class PresenceStatus(PlatformEnum):
    """Availability: `presenceStatus` is aggregated, `userStatus` set by the user."""

    AVAILABLE = "Available"
    BUSY = "Busy"
    OFFLINE = "Offline"
    UNKNOWN = "Unknown"


class DndStatus(PlatformEnum):
    """Which calls an extension accepts."""

    TAKE_ALL_CALLS = "TakeAllCalls"
    DO_NOT_ACCEPT_ANY_CALLS = "DoNotAcceptAnyCalls"
    DO_NOT_ACCEPT_DEPARTMENT_CALLS = "DoNotAcceptDepartmentCalls"
    TAKE_DEPARTMENT_CALLS_ONLY = "TakeDepartmentCallsOnly"
    UNKNOWN = "Unknown"


class MeetingStatus(PlatformEnum):
    """Whether the user is in a video meeting."""

    CONNECTED = "Connected"
    DISCONNECTED = "Disconnected"
    UNKNOWN = "Unknown"


class Direction(PlatformEnum):
    """Direction of a call as seen from the extension."""

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"
    UNKNOWN = "Unknown"


class TerminationType(PlatformEnum):
    """How a call in `NoCall` ended; `intermediate` is deprecated."""

    FINAL = "final"
    INTERMEDIATE = "intermediate"
    UNKNOWN = "Unknown"


class CallerIdVisibility(PlatformEnum):
    """Who may see the details of calls."""

    ALL = "All"
    NONE = "None"
    PERMITTED_USERS = "PermittedUsers"
    UNKNOWN = "Unknown"


class CallInfoType(PlatformEnum):
    """What a line of the description of a queue call contains."""

    PHONE_NUMBER_LABEL = "PhoneNumberLabel"
    PHONE_NUMBER = "PhoneNumber"
    QUEUE_EXTENSION = "QueueExtension"
    QUEUE_NAME = "QueueName"
    CALLER_ID_NAME = "CallerIdName"
    CALLER_ID_NUMBER = "CallerIdNumber"
    NONE = "None"
    UNKNOWN = "Unknown"
