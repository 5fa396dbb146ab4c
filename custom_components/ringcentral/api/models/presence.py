"""Calls, presence and notifications as frozen values, each with its parser.

Named tuples, because events make and compare thousands of them: that takes a quarter of
the time of frozen dataclasses.

The parsers never raise on anything JSON can express, except `ParseError` where nothing
is left to use.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, override

from ..anomalies import Anomalies
from .base import (
    FLAG,
    IDENTIFIER,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Fields,
    JsonObject,
    ParseError,
    Shape,
    camel_case,
    each,
    nested,
    word,
)
from .enums import (
    CALL_INFO_WORDS,
    DIRECTION_WORDS,
    DND_WORDS,
    MEETING_WORDS,
    PRESENCE_WORDS,
    TELEPHONY_WORDS,
    TERMINATION_WORDS,
    VISIBILITY_WORDS,
    CallerIdVisibility,
    CallInfoType,
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
    TerminationType,
)


class SipData(NamedTuple):
    """The SIP dialogue of a call. The URIs may be filler text: never parse them."""

    to_tag: str | None
    from_tag: str | None
    remote_uri: str | None
    local_uri: str | None
    call_id: str | None
    rc_session_id: str | None


class CallInfoLine(NamedTuple):
    """One line of the description of a queue call."""

    type: CallInfoType | None
    value: str | None


class CallInfo(NamedTuple):
    """How a call queue wants its call described on the member's phone."""

    primary: CallInfoLine | None
    additional: CallInfoLine | None


class AppearanceInfo(NamedTuple):
    """Which line of a group of delegated lines a call uses."""

    phone_number: str | None
    appearance_number: int | None


class ActiveCall(NamedTuple):
    """One call of an extension.

    `id` changes while a call lives; `key` does not. `repr` shows nothing personal: Home
    Assistant logs what it could not deliver.
    """

    id: str | None
    direction: Direction | None
    queue_call: bool | None
    from_: str | None
    from_name: str | None
    to: str | None
    to_name: str | None
    start_time: datetime | None
    telephony_status: TelephonyStatus | None
    termination_type: TerminationType | None
    session_id: str | None
    sip_data: SipData | None
    telephony_session_id: str | None
    party_id: str | None
    on_behalf_of: str | None
    call_info: CallInfo | None
    appearance_info: AppearanceInfo | None

    @override
    def __repr__(self) -> str:
        """Show which call it is, and how far it has come."""
        return f"ActiveCall({self.telephony_session_id}, {self.telephony_status})"

    @property
    def key(self) -> tuple[str | None, str | None]:
        """What identifies this call of an extension for as long as it lives."""
        if self.telephony_session_id is not None and self.party_id is not None:
            return self.telephony_session_id, self.party_id
        session = self.session_id or self.telephony_session_id
        if session is not None:
            return session, self.direction
        return self.id, None

    @property
    def other_number(self) -> str | None:
        """The number of the other party: who calls, or who is called."""
        return self.to if self.direction is Direction.OUTBOUND else self.from_

    @property
    def other_name(self) -> str | None:
        """The name of the other party."""
        return self.to_name if self.direction is Direction.OUTBOUND else self.from_name

    @property
    def is_live(self) -> bool:
        """Whether the call still exists; a list may hold calls that have ended."""
        return (
            self.telephony_status is not TelephonyStatus.NO_CALL
            and self.termination_type not in _TERMINATED
        )


_TERMINATED: Final = (TerminationType.FINAL, TerminationType.INTERMEDIATE)


_SIP_DATA: Final = Shape(
    SipData,
    "sipData.",
    to_tag=TEXT,
    from_tag=TEXT,
    remote_uri=TEXT,
    local_uri=TEXT,
    call_id=TEXT,
    rc_session_id=IDENTIFIER,
)
_CALL_INFO_LINE: Final = Shape(
    CallInfoLine,
    "callInfo.",
    type=word(CALL_INFO_WORDS, CallInfoType.UNKNOWN),
    value=TEXT,
)
_CALL_INFO: Final = Shape(
    CallInfo,
    "callInfo.",
    primary=nested(_CALL_INFO_LINE.parse),
    additional=nested(_CALL_INFO_LINE.parse),
)
_APPEARANCE_INFO: Final = Shape(
    AppearanceInfo,
    "appearanceInfo.",
    phone_number=IDENTIFIER,
    appearance_number=NUMBER,
)
_TELEPHONY_STATUS: Final = word(TELEPHONY_WORDS, TelephonyStatus.UNKNOWN)
_ACTIVE_CALL: Final = Shape(
    ActiveCall,
    "activeCalls.",
    id=IDENTIFIER,
    direction=word(DIRECTION_WORDS, Direction.UNKNOWN),
    queue_call=FLAG,
    from_=TEXT,
    from_name=TEXT,
    to=TEXT,
    to_name=TEXT,
    start_time=TIME,
    telephony_status=_TELEPHONY_STATUS,
    termination_type=word(TERMINATION_WORDS, TerminationType.UNKNOWN),
    session_id=IDENTIFIER,
    sip_data=nested(_SIP_DATA.parse),
    telephony_session_id=IDENTIFIER,
    party_id=IDENTIFIER,
    on_behalf_of=IDENTIFIER,
    call_info=nested(_CALL_INFO.parse),
    appearance_info=nested(_APPEARANCE_INFO.parse),
)


def parse_active_call(json: JsonObject, anomalies: Anomalies) -> ActiveCall:
    """Parse an element of `activeCalls`."""
    return _ACTIVE_CALL.parse(json, anomalies)


class Presence(NamedTuple):
    """What is said of one extension: an event's part of it, or the whole picture.

    `active_calls` may hold calls that have ended, and at most the seven latest ones;
    `total_active_calls` is the platform's own count.
    """

    telephony_status: TelephonyStatus | None = None
    active_calls: tuple[ActiveCall, ...] | None = None
    total_active_calls: int | None = None
    presence_status: PresenceStatus | None = None
    user_status: PresenceStatus | None = None
    meeting_status: MeetingStatus | None = None
    dnd_status: DndStatus | None = None
    dnd_status_personal: DndStatus | None = None
    accept_call_queue_calls: bool | None = None
    allow_see_my_presence: bool | None = None
    ring_on_monitored_call: bool | None = None
    pick_up_calls_on_hold: bool | None = None
    caller_id_visibility: CallerIdVisibility | None = None
    message: str | None = None
    aggregated_telephony_status: TelephonyStatus | None = None
    cx_telephony_status: TelephonyStatus | None = None
    appearances: JsonObject | None = None


_PRESENCE_STATUS: Final = word(PRESENCE_WORDS, PresenceStatus.UNKNOWN)
_DND_STATUS: Final = word(DND_WORDS, DndStatus.UNKNOWN)
_PRESENCE: Final = Shape(
    Presence,
    telephony_status=_TELEPHONY_STATUS,
    active_calls=each(parse_active_call),
    total_active_calls=NUMBER,
    presence_status=_PRESENCE_STATUS,
    user_status=_PRESENCE_STATUS,
    meeting_status=word(MEETING_WORDS, MeetingStatus.UNKNOWN),
    dnd_status=_DND_STATUS,
    dnd_status_personal=_DND_STATUS,
    accept_call_queue_calls=FLAG,
    allow_see_my_presence=FLAG,
    ring_on_monitored_call=FLAG,
    pick_up_calls_on_hold=FLAG,
    caller_id_visibility=word(VISIBILITY_WORDS, CallerIdVisibility.UNKNOWN),
    message=TEXT,
    aggregated_telephony_status=_TELEPHONY_STATUS,
    cx_telephony_status=_TELEPHONY_STATUS,
    appearances=OBJECT,
)


def parse_presence(json: JsonObject, anomalies: Anomalies) -> Presence:
    """Parse a presence resource or the body of a presence event."""
    return _PRESENCE.parse(json, anomalies)


class Snapshot(NamedTuple):
    """The whole picture of one extension as REST told it.

    Attributes:
        taken_at: the platform's `Date` of the answer, to the second; it orders the
            snapshot against events, since REST knows no `sequence`.

    """

    extension_id: str
    presence: Presence
    taken_at: datetime | None


def parse_snapshot(
    json: JsonObject, taken_at: datetime | None, anomalies: Anomalies
) -> Snapshot:
    """Parse a presence resource.

    Raises:
        ParseError: it does not say which extension it is about.

    """
    extension = Fields(json, anomalies).object("extension") or {}
    extension_id = Fields(extension, anomalies, "extension.").identifier("id")
    if extension_id is None:
        raise ParseError("presence without extension")
    return Snapshot(
        extension_id=extension_id,
        presence=parse_presence(json, anomalies),
        taken_at=taken_at,
    )


# An event is about presence if its body has one of these beside the extension: the
# fields of `Presence`, in the platform's spelling, or a sequence number.
_KEYS_OF_A_PRESENCE_EVENT: Final = frozenset(
    {"sequence"} | {camel_case(name) for name in Presence._fields}
)


class PresenceEvent(NamedTuple):
    """The presence of an extension changed.

    Attributes:
        event: the filter that it belongs to, or the extension's address.
        timestamp: when the platform sent it.
        owner_id: who subscribed; not whom the event is about.

    """

    uuid: str | None
    event: str | None
    timestamp: datetime | None
    subscription_id: str | None
    owner_id: str | None
    extension_id: str
    sequence: int | None
    presence: Presence


class RosterKind(StrEnum):
    """Which list changed."""

    LINES = "lines"
    FAVORITES = "favorites"
    EXTENSIONS = "extensions"


class RosterEvent(NamedTuple):
    """A list changed; what it holds now must be read by REST."""

    uuid: str | None
    timestamp: datetime | None
    subscription_id: str | None
    kind: RosterKind


type Event = PresenceEvent | RosterEvent


class _Envelope(NamedTuple):
    """What every notification has around its body."""

    uuid: str | None
    event: str | None
    timestamp: datetime | None
    subscription_id: str | None
    owner_id: str | None
    body: JsonObject | None


_ENVELOPE: Final = Shape(
    _Envelope,
    "notification.",
    uuid=IDENTIFIER,
    event=TEXT,
    timestamp=TIME,
    subscription_id=IDENTIFIER,
    owner_id=IDENTIFIER,
    body=OBJECT,
)


def parse_event(json: object, anomalies: Anomalies) -> Event:
    """Parse the envelope of a notification.

    The `event` string cannot be used to find the extension: it may name the
    subscription's owner. It only tells list changes from presence; the extension is
    always in the body.

    Raises:
        ParseError: no event this version knows.

    """
    if type(json) is not dict:
        raise ParseError("notification without envelope")
    uuid, event, timestamp, subscription_id, owner_id, body_json = _ENVELOPE.parse(
        json, anomalies
    )
    if (kind := _roster_kind(event or "")) is not None:
        return RosterEvent(uuid, timestamp, subscription_id, kind)
    if body_json is None:
        raise ParseError("notification without body")
    body = Fields(body_json, anomalies)
    extension_id = body.identifier("extensionId")
    if extension_id is None:
        raise ParseError("notification without extension")
    if body_json.keys().isdisjoint(_KEYS_OF_A_PRESENCE_EVENT):
        raise ParseError("notification of an unknown kind")
    return PresenceEvent(
        uuid,
        event,
        timestamp,
        subscription_id,
        owner_id,
        extension_id,
        body.number("sequence"),
        _PRESENCE.parse(body_json, anomalies),
    )


def _roster_kind(event: str) -> RosterKind | None:
    """Tell which list an event string is about; None for anything else."""
    path = event.partition("?")[0].rstrip("/")
    if path.endswith("/presence/line"):
        return RosterKind.LINES
    if path.endswith("/favorite"):
        return RosterKind.FAVORITES
    # /restapi/v1.0/account/{id}/extension, with or without an extension's id
    parts = path.split("/")
    if len(parts) in (6, 7) and parts[5] == "extension":
        return RosterKind.EXTENSIONS
    return None
