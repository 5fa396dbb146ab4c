"""Telephony sessions, RingOuts, and the telephones of the signed-in user."""

from typing import Final, NamedTuple, Self, override

from msgspec import field

from ..anomalies import Anomalies
from .base import JsonObject, MixedId, Model, ParseError, PathId, Text, convert
from .enums import Direction, PlatformEnum

# A conference may have hundreds.
_MAX_PARTIES: Final = 200
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
    # Where the call went on; the platform spells the key two ways.
    peer_session_id: str | None = None


class Party(NamedTuple):
    """One side of a session."""

    id: str
    # None of an outside party.
    extension_id: str | None
    direction: Direction | None
    status: PartyStatus
    from_number: str | None = None
    to_number: str | None = None
    # Extension at the other end, if it was named.
    to_extension_id: str | None = None
    muted: bool | None = None
    park_id: str | None = None
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


class _PartyInfo(Model, frozen=True):
    phone_number: Text | None = None
    extension_number: Text | None = None
    extension_id: MixedId | None = None


class _Owner(Model, frozen=True):
    extension_id: MixedId | None = None


class _Peer(Model, frozen=True):
    telephony_session_id: MixedId | None = None
    session_id: MixedId | None = None


class _Status(Model, frozen=True):
    code: PartyCode | None = None
    reason: PartyReason | None = None
    peer_id: _Peer | None = None
    park_data: Text | None = None


class _Park(Model, frozen=True):
    id: MixedId | None = None


class _Attributes(Model, frozen=True):
    queue_call: bool | None = None


class PartyResource(Model, frozen=True):
    """A party as REST sends it."""

    id: PathId
    extension_id: MixedId | None = None
    # Deprecated, but some platforms send nothing else.
    owner: _Owner | None = None
    direction: Direction | None = None
    from_: _PartyInfo | None = field(name="from", default=None)
    to: _PartyInfo | None = None
    status: _Status | None = None
    muted: bool | None = None
    park: _Park | None = None
    attributes: _Attributes | None = None
    queue_call: bool | None = None
    ring_out_role: Text | None = None


class _OriginInfo(Model, frozen=True):
    type: Origin | None = None


class SessionResource(Model, frozen=True):
    """A session as REST sends it, without its parties."""

    id: PathId
    origin: _OriginInfo | None = None


class _RingOutStatusInfo(Model, frozen=True):
    call_status: RingOutStatus | None = None
    caller_status: RingOutStatus | None = None
    callee_status: RingOutStatus | None = None


class RingOutResource(Model, frozen=True):
    """A RingOut as REST sends it."""

    id: PathId
    status: _RingOutStatusInfo | None = None


class DeviceResource(Model, frozen=True):
    """A device as REST sends it."""

    id: MixedId
    name: Text | None = None
    type: PhoneType | None = None
    status: Text | None = None


class _Reference(Model, frozen=True):
    id: MixedId | None = None


class ForwardingNumberResource(Model, frozen=True):
    """A forwarding number as REST sends it."""

    id: MixedId
    # A number that is too long is dropped, not cut.
    phone_number: MixedId
    label: Text | None = None
    type: Text | None = None
    device: _Reference | None = None


def parse_session(json: JsonObject, anomalies: Anomalies) -> Session:
    """Return a session; raise ParseError if it has no id, or its parties are no list."""
    session = convert(SessionResource, json, anomalies)
    records = json.get("parties", [])
    if not isinstance(records, list):
        # A session without parties would be an ended call.
        raise ParseError("Session with unusable parties")
    unreadable = max(0, len(records) - _MAX_PARTIES)
    if unreadable:
        anomalies.list_too_long("Session.parties")
    parties = []
    for record in records[:_MAX_PARTIES]:
        try:
            parties.append(parse_party(record, anomalies))
        except ParseError as err:
            unreadable += 1
            anomalies.count(str(err))
    return Session(
        str(session.id),
        session.origin.type if session.origin else None,
        tuple(parties),
        unreadable,
    )


def parse_party(json: JsonObject, anomalies: Anomalies) -> Party:
    """Return a party; raise ParseError if it has no id."""
    party = convert(PartyResource, json, anomalies)
    status = party.status or _Status()
    peer = status.peer_id or _Peer()
    attributes = party.attributes or _Attributes()
    owner = party.owner or _Owner()
    from_, to = party.from_ or _PartyInfo(), party.to or _PartyInfo()
    return Party(
        id=str(party.id),
        extension_id=_text(party.extension_id) or _text(owner.extension_id),
        direction=party.direction,
        status=PartyStatus(
            status.code or PartyCode.UNKNOWN,
            status.reason,
            _text(peer.telephony_session_id) or _text(peer.session_id),
        ),
        from_number=from_.phone_number or from_.extension_number or None,
        to_number=to.phone_number or to.extension_number or None,
        to_extension_id=_text(to.extension_id),
        muted=party.muted,
        park_id=status.park_data or _text(party.park.id if party.park else None),
        is_queue_call=bool(attributes.queue_call or party.queue_call),
        ring_out_role=party.ring_out_role or None,
    )


def parse_ring_out(json: JsonObject, anomalies: Anomalies) -> RingOut:
    """Return a RingOut; raise ParseError if it has no id."""
    ring_out = convert(RingOutResource, json, anomalies)
    status = ring_out.status or _RingOutStatusInfo()
    return RingOut(
        str(ring_out.id), status.call_status, status.caller_status, status.callee_status
    )


def parse_phone(json: JsonObject, anomalies: Anomalies) -> Phone:
    """Return a telephone; raise ParseError if it has no id."""
    device = convert(DeviceResource, json, anomalies)
    return Phone(
        str(device.id),
        device.name or None,
        device.type or PhoneType.UNKNOWN,
        (device.status or "").casefold() == "online",
    )


def parse_forwarding_number(json: JsonObject, anomalies: Anomalies) -> ForwardingNumber:
    """Return a forwarding number; raise ParseError if it has no id or no number."""
    number = convert(ForwardingNumberResource, json, anomalies)
    return ForwardingNumber(
        str(number.id),
        str(number.phone_number),
        number.label or None,
        number.type or None,
        _text(number.device.id if number.device else None),
    )


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
