"""Calls, presence and snapshots."""

from datetime import datetime
from typing import Annotated, Final, NamedTuple, override

from msgspec import Meta, field, to_builtins

from ..anomalies import Anomalies
from .base import Integer, JsonObject, Model, ParseError, Text, TextId, Time, convert
from .directory import ExtensionReference
from .enums import (
    CallerIdVisibility,
    CallInfoType,
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
    TerminationType,
)

# The platform lists seven calls. No extension has a hundred, and they cost 0.2 ms.
MAX_CALLS: Final = 100
# A status message is text of its own, and no limit of the platform is documented.
MAX_MESSAGE: Final = 32_768


class SipData(Model, frozen=True):
    """The SIP dialogue of a call; the URIs may be filler text, never parse them."""

    to_tag: Text | None = None
    from_tag: Text | None = None
    remote_uri: Text | None = None
    local_uri: Text | None = None
    call_id: Text | None = None
    rc_session_id: TextId | None = None


class CallInfoLine(Model, frozen=True):
    """One line of the description of a queue call."""

    type: CallInfoType | None = None
    value: Text | None = None


class CallInfo(Model, frozen=True):
    """How a call queue describes its call on the member's phone."""

    primary: CallInfoLine | None = None
    additional: CallInfoLine | None = None


class AppearanceInfo(Model, frozen=True):
    """Which line of a group of delegated lines a call uses."""

    phone_number: TextId | None = None
    appearance_number: Integer | None = None


class ActiveCall(Model, frozen=True):
    """One call of an extension; `id` changes during the call, `key` does not."""

    id: TextId | None = None
    direction: Direction | None = None
    queue_call: bool | None = None
    from_: Text | None = field(default=None, name="from")
    from_name: Text | None = None
    to: Text | None = None
    to_name: Text | None = None
    start_time: Time | None = None
    telephony_status: TelephonyStatus | None = None
    termination_type: TerminationType | None = None
    session_id: TextId | None = None
    sip_data: SipData | None = None
    telephony_session_id: TextId | None = None
    party_id: TextId | None = None
    on_behalf_of: TextId | None = None
    call_info: CallInfo | None = None
    appearance_info: AppearanceInfo | None = None

    @override
    def __repr__(self) -> str:
        # Nothing personal: Home Assistant logs what it could not deliver.
        return f"ActiveCall({self.telephony_session_id}, {self.telephony_status})"

    @property
    def key(self) -> tuple[str | None, str | None]:
        """What identifies this call of an extension until it ends."""
        if self.telephony_session_id and self.party_id:
            return self.telephony_session_id, self.party_id
        if session := self.leg_id or self.telephony_session_id:
            return session, self.direction
        return (self.id, None) if self.id else (self.other_address, self.direction)

    @property
    def leg_id(self) -> str | None:
        """The id of the call session; "0" stands for none."""
        return None if self.session_id == "0" else self.session_id or None

    @property
    def other_address(self) -> str | None:
        """The number of the other party, or a word such as `anonymous`."""
        return self.to if self.direction is Direction.OUTBOUND else self.from_

    @property
    def other_number(self) -> str | None:
        """The number of the other party; None if it is hidden."""
        address = self.other_address or ""
        return address if any(map(str.isdecimal, address)) else None

    @property
    def other_name(self) -> str | None:
        """The name of the other party."""
        return self.to_name if self.direction is Direction.OUTBOUND else self.from_name

    @property
    def is_live(self) -> bool:
        """Whether the call exists; a list may contain entries that have ended."""
        return (
            self.telephony_status is not TelephonyStatus.NO_CALL
            and self.termination_type is not TerminationType.FINAL
        )


class Presence(Model, frozen=True):
    """The presence of an extension; in an event only what has changed."""

    # Fields of calls, of availability and of do not disturb are each compared in one go.
    telephony_status: TelephonyStatus | None = None
    # The seven latest at most, some of which may have ended.
    active_calls: (
        Annotated[tuple[ActiveCall, ...], Meta(max_length=MAX_CALLS)] | None
    ) = None
    total_active_calls: Integer | None = None
    presence_status: PresenceStatus | None = None
    user_status: PresenceStatus | None = None
    meeting_status: MeetingStatus | None = None
    allow_see_my_presence: bool | None = None
    ring_on_monitored_call: bool | None = None
    pick_up_calls_on_hold: bool | None = None
    message: Annotated[str, Meta(max_length=MAX_MESSAGE)] | None = None
    dnd_status: DndStatus | None = None
    dnd_status_personal: DndStatus | None = None
    accept_call_queue_calls: bool | None = None
    caller_id_visibility: CallerIdVisibility | None = None
    aggregated_telephony_status: TelephonyStatus | None = None
    cx_telephony_status: TelephonyStatus | None = None
    appearances: JsonObject | None = None


class PresenceUpdate(Model, frozen=True, kw_only=True, omit_defaults=True):
    """Changes of an extension's presence; None leaves a setting as it is."""

    user_status: PresenceStatus | None = None
    dnd_status: DndStatus | None = None
    dnd_status_personal: DndStatus | None = None
    message: str | None = None
    allow_see_my_presence: bool | None = None
    ring_on_monitored_call: bool | None = None
    pick_up_calls_on_hold: bool | None = None

    def as_json(self) -> JsonObject:
        """Return the body of the request."""
        body: JsonObject = to_builtins(self)
        return body


class Snapshot(NamedTuple):
    """The complete presence of one extension as read by REST."""

    extension_id: str
    presence: Presence
    # `Date` of the answer: orders it among events, since REST sends no `sequence`.
    taken_at: datetime | None


def parse_snapshot(
    json: JsonObject, taken_at: datetime | None, anomalies: Anomalies
) -> Snapshot:
    """Parse a presence resource; raise ParseError if it names no extension."""
    extension = convert(ExtensionReference, json, anomalies).extension
    if extension is None or extension.id is None:
        raise ParseError("presence without extension")
    return Snapshot(str(extension.id), convert(Presence, json, anomalies), taken_at)
