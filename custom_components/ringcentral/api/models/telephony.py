"""Telephony sessions, RingOuts, and the telephones of the signed-in user."""

from typing import Final, NamedTuple, Self, override

from .base import JsonObject
from .enums import Direction, PlatformEnum

_OTHER_SPELLINGS: Final = {"vmscreening": "voicemailscreening"}


class _AnyCase(PlatformEnum):
    """An enumeration whose values the platform spells in several ways."""

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str):
            spelling = value.casefold()
            spelling = _OTHER_SPELLINGS.get(spelling, spelling)
            for member in cls:
                if member.value.casefold() == spelling:
                    return member
        return super()._missing_(value)


class PartyCode(_AnyCase):
    """State of a party in a session."""

    SETUP = "Setup"
    PROCEEDING = "Proceeding"
    ANSWERED = "Answered"
    HOLD = "Hold"
    PARKED = "Parked"
    VOICEMAIL = "VoiceMail"
    VOICEMAIL_SCREENING = "VoiceMailScreening"
    FAX_RECEIVE = "FaxReceive"
    TDS = "Tds"
    DISCONNECTED = "Disconnected"
    GONE = "Gone"
    UNKNOWN = "Unknown"


class PartyReason(_AnyCase):
    """Why a party has its state."""

    PICKUP = "Pickup"
    SUPERVISING = "Supervising"
    TAKE_OVER = "TakeOver"
    TIMEOUT = "Timeout"
    BLIND_TRANSFER = "BlindTransfer"
    RCC_TRANSFER = "RccTransfer"
    ATTENDED_TRANSFER = "AttendedTransfer"
    CALLER_INPUT_REDIRECT = "CallerInputRedirect"
    CALL_FLIP = "CallFlip"
    PARK_LOCATION = "ParkLocation"
    DTMF_TRANSFER = "DtmfTransfer"
    AGENT_ANSWERED = "AgentAnswered"
    AGENT_DROPPED = "AgentDropped"
    REJECTED = "Rejected"
    CANCELLED = "Cancelled"
    INTERNAL_ERROR = "InternalError"
    NO_ANSWER = "NoAnswer"
    TARGET_BUSY = "TargetBusy"
    INVALID_NUMBER = "InvalidNumber"
    INTERNATIONAL_DISABLED = "InternationalDisabled"
    DESTINATION_BLOCKED = "DestinationBlocked"
    NOT_ENOUGH_FUNDS = "NotEnoughFunds"
    NO_SUCH_USER = "NoSuchUser"
    CALL_PARK = "CallPark"
    CALL_REDIRECTED = "CallRedirected"
    CALL_REPLIED = "CallReplied"
    CALL_SWITCH = "CallSwitch"
    CALL_FINISHED = "CallFinished"
    CALL_DROPPED = "CallDropped"
    VOICEMAIL = "Voicemail"
    UNKNOWN = "Unknown"


class Origin(_AnyCase):
    """How a session came about."""

    CALL = "Call"
    RING_OUT = "RingOut"
    RING_ME = "RingMe"
    CONFERENCE = "Conference"
    GREETINGS_RECORDING = "GreetingsRecording"
    VERIFICATION_CALL = "VerificationCall"
    ZOOM = "Zoom"
    CALL_OUT = "CallOut"
    TEST_CALL = "TestCall"
    UNKNOWN = "Unknown"


class RingOutStatus(_AnyCase):
    """Status of a RingOut, or of one of its two calls."""

    IN_PROGRESS = "InProgress"
    SUCCESS = "Success"
    FINISHED = "Finished"
    CANNOT_REACH = "CannotReach"
    BUSY = "Busy"
    NO_ANSWER = "NoAnswer"
    REJECTED = "Rejected"
    NO_SESSION_FOUND = "NoSessionFound"
    INVALID = "Invalid"
    GENERIC_ERROR = "GenericError"
    ERROR = "Error"
    INTERNATIONAL_DISABLED = "InternationalDisabled"
    DESTINATION_BLOCKED = "DestinationBlocked"
    NOT_ENOUGH_FUNDS = "NotEnoughFunds"
    NO_SUCH_USER = "NosuchUser"
    NO_ANSWERING_MACHINE = "NoAnsweringMachine"
    NUMBER_NOT_SUPPORTED = "RingOutFromThisNumberIsNotSupported"
    UNKNOWN = "Unknown"


class PhoneType(_AnyCase):
    """Type of a telephone."""

    HARD_PHONE = "HardPhone"
    SOFT_PHONE = "SoftPhone"
    WEB_PHONE = "WebPhone"
    WEB_RTC = "WebRTC"
    OTHER_PHONE = "OtherPhone"
    BLA = "BLA"
    PAGING = "Paging"
    ROOM = "Room"
    UNKNOWN = "Unknown"


class PartyStatus(NamedTuple):
    """State of a party."""

    code: PartyCode
    reason: PartyReason | None = None


class Party(NamedTuple):
    """One side of a session."""

    id: str
    # None of an outside party.
    extension_id: str | None
    direction: Direction | None
    status: PartyStatus
    from_number: str | None = None
    to_number: str | None = None
    muted: bool | None = None
    is_queue_call: bool = False
    # `Initiator` or `Target`.
    ring_out_role: str | None = None


class Session(NamedTuple):
    """A call with all its sides."""

    id: str
    origin: Origin | None
    parties: tuple[Party, ...]
    # Parties that could not be read; they may be living ones.
    unreadable: int = 0


class RingOut(NamedTuple):
    """A RingOut; `caller` is the own phone."""

    id: str
    status: RingOutStatus | None
    caller: RingOutStatus | None
    callee: RingOutStatus | None


class Phone(NamedTuple):
    """A telephone of the signed-in user, which can answer calls."""

    id: str
    name: str | None
    type: PhoneType
    is_online: bool


class ForwardingNumber(NamedTuple):
    """A number of the signed-in user, whose phone can ring first."""

    id: str
    number: str
    label: str | None
    # `PhoneLine` and others.
    type: str | None
    device_id: str | None


class PartyRequest(NamedTuple):
    """A request that changes a session, or one of its parties if it has an id."""

    method: str
    session_id: str
    party_id: str | None = None
    operation: str | None = None
    body: JsonObject | None = None
