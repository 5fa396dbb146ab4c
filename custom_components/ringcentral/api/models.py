"""Calls, presence and notifications as frozen values, each with its parser.

The parsers never raise on anything JSON can express, except `ParseError` where nothing
is left to use.
"""

from dataclasses import dataclass, fields as dataclass_fields
from datetime import datetime
from enum import StrEnum
from typing import Final, override

from .anomalies import Anomalies
from .json_fields import Fields, JsonObject, ParseError
from .words import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SipData:
    """The SIP dialogue of a call. The URIs may be filler text: never parse them."""

    to_tag: str | None
    from_tag: str | None
    remote_uri: str | None
    local_uri: str | None
    call_id: str | None
    rc_session_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfoLine:
    """One line of the description of a queue call."""

    type: CallInfoType | None
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """How a call queue wants its call described on the member's phone."""

    primary: CallInfoLine | None
    additional: CallInfoLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceInfo:
    """Which line of a group of delegated lines a call uses."""

    phone_number: str | None
    appearance_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCall:
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


def parse_active_call(json: JsonObject, anomalies: Anomalies) -> ActiveCall:
    """Parse an element of `activeCalls`."""
    fields = Fields(json, anomalies, "activeCalls.")
    sip = fields.object("sipData")
    return ActiveCall(
        id=fields.identifier("id"),
        direction=fields.word("direction", DIRECTION_WORDS, Direction.UNKNOWN),
        queue_call=fields.flag("queueCall"),
        from_=fields.text("from"),
        from_name=fields.text("fromName"),
        to=fields.text("to"),
        to_name=fields.text("toName"),
        start_time=fields.time("startTime"),
        telephony_status=fields.word(
            "telephonyStatus", TELEPHONY_WORDS, TelephonyStatus.UNKNOWN
        ),
        termination_type=fields.word(
            "terminationType", TERMINATION_WORDS, TerminationType.UNKNOWN
        ),
        session_id=fields.identifier("sessionId"),
        sip_data=None if sip is None else _parse_sip_data(sip, anomalies),
        telephony_session_id=fields.identifier("telephonySessionId"),
        party_id=fields.identifier("partyId"),
        on_behalf_of=fields.identifier("onBehalfOf"),
        call_info=_parse_call_info(fields.object("callInfo"), anomalies),
        appearance_info=_parse_appearance_info(
            fields.object("appearanceInfo"), anomalies
        ),
    )


def _parse_call_info(json: JsonObject | None, anomalies: Anomalies) -> CallInfo | None:
    if json is None:
        return None
    fields = Fields(json, anomalies, "callInfo.")
    return CallInfo(
        primary=_parse_call_info_line(fields.object("primary"), anomalies),
        additional=_parse_call_info_line(fields.object("additional"), anomalies),
    )


def _parse_call_info_line(
    json: JsonObject | None, anomalies: Anomalies
) -> CallInfoLine | None:
    if json is None:
        return None
    fields = Fields(json, anomalies, "callInfo.")
    return CallInfoLine(
        type=fields.word("type", CALL_INFO_WORDS, CallInfoType.UNKNOWN),
        value=fields.text("value"),
    )


def _parse_appearance_info(
    json: JsonObject | None, anomalies: Anomalies
) -> AppearanceInfo | None:
    if json is None:
        return None
    fields = Fields(json, anomalies, "appearanceInfo.")
    return AppearanceInfo(
        phone_number=fields.identifier("phoneNumber"),
        appearance_number=fields.number("appearanceNumber"),
    )


def _parse_sip_data(json: JsonObject, anomalies: Anomalies) -> SipData:
    fields = Fields(json, anomalies, "sipData.")
    return SipData(
        to_tag=fields.text("toTag"),
        from_tag=fields.text("fromTag"),
        remote_uri=fields.text("remoteUri"),
        local_uri=fields.text("localUri"),
        call_id=fields.text("callId"),
        rc_session_id=fields.identifier("rcSessionId"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
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


def parse_presence(json: JsonObject, anomalies: Anomalies) -> Presence:
    """Parse a presence resource or the body of a presence event."""
    fields = Fields(json, anomalies)
    calls = fields.objects("activeCalls")
    return Presence(
        telephony_status=fields.word(
            "telephonyStatus", TELEPHONY_WORDS, TelephonyStatus.UNKNOWN
        ),
        active_calls=None
        if calls is None
        else tuple([parse_active_call(call, anomalies) for call in calls]),
        total_active_calls=fields.number("totalActiveCalls"),
        presence_status=fields.word(
            "presenceStatus", PRESENCE_WORDS, PresenceStatus.UNKNOWN
        ),
        user_status=fields.word("userStatus", PRESENCE_WORDS, PresenceStatus.UNKNOWN),
        meeting_status=fields.word(
            "meetingStatus", MEETING_WORDS, MeetingStatus.UNKNOWN
        ),
        dnd_status=fields.word("dndStatus", DND_WORDS, DndStatus.UNKNOWN),
        dnd_status_personal=fields.word(
            "dndStatusPersonal", DND_WORDS, DndStatus.UNKNOWN
        ),
        accept_call_queue_calls=fields.flag("acceptCallQueueCalls"),
        allow_see_my_presence=fields.flag("allowSeeMyPresence"),
        ring_on_monitored_call=fields.flag("ringOnMonitoredCall"),
        pick_up_calls_on_hold=fields.flag("pickUpCallsOnHold"),
        caller_id_visibility=fields.word(
            "callerIdVisibility", VISIBILITY_WORDS, CallerIdVisibility.UNKNOWN
        ),
        message=fields.text("message"),
        aggregated_telephony_status=fields.word(
            "aggregatedTelephonyStatus", TELEPHONY_WORDS, TelephonyStatus.UNKNOWN
        ),
        cx_telephony_status=fields.word(
            "cxTelephonyStatus", TELEPHONY_WORDS, TelephonyStatus.UNKNOWN
        ),
        appearances=fields.object("appearances"),
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
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
    {"sequence"} | {_camel_case(field.name) for field in dataclass_fields(Presence)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceEvent:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEvent:
    """A list changed; what it holds now must be read by REST."""

    uuid: str | None
    timestamp: datetime | None
    subscription_id: str | None
    kind: RosterKind


type Event = PresenceEvent | RosterEvent


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
    envelope = Fields(json, anomalies, "notification.")
    uuid = envelope.identifier("uuid")
    timestamp = envelope.time("timestamp")
    subscription_id = envelope.identifier("subscriptionId")

    event = envelope.text("event")
    if (kind := _roster_kind(event or "")) is not None:
        return RosterEvent(
            uuid=uuid, timestamp=timestamp, subscription_id=subscription_id, kind=kind
        )
    body_json = envelope.object("body")
    if body_json is None:
        raise ParseError("notification without body")
    body = Fields(body_json, anomalies)
    extension_id = body.identifier("extensionId")
    if extension_id is None:
        raise ParseError("notification without extension")
    if body_json.keys().isdisjoint(_KEYS_OF_A_PRESENCE_EVENT):
        raise ParseError("notification of an unknown kind")
    return PresenceEvent(
        uuid=uuid,
        event=event,
        timestamp=timestamp,
        subscription_id=subscription_id,
        owner_id=envelope.identifier("ownerId"),
        extension_id=extension_id,
        sequence=body.number("sequence"),
        presence=parse_presence(body_json, anomalies),
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
