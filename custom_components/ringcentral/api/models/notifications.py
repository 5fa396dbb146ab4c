"""Notifications: presence events, and changes of lists and the like."""

from datetime import UTC, datetime
from enum import StrEnum
import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from msgspec.json import Decoder

from ..anomalies import Anomalies
from .base import (
    DECODE_ERRORS,
    Integer,
    MixedId,
    Model,
    ParseError,
    RawJson,
    Record,
    Text,
    TextId,
    Time,
    UnreadableError,
    astuple,
    decode,
    decode_json,
    has_too_many_values,
)
from .presence import Presence

# A hundred calls with SIP data have a fortieth of it.
MAX_NOTIFICATION: Final = 4 * 1024 * 1024
# To find the extension of a larger one takes up to 2 ms per mebibyte.
_MAX_SEARCHED: Final = 8 * 1024 * 1024


class PresenceEvent(Record, frozen=True):
    """A change of the presence of an extension."""

    uuid: str | None
    # The filter that it belongs to, or the extension's address.
    event: str | None
    timestamp: datetime | None
    subscription_id: str | None
    # Of the subscription, not of the event.
    owner_id: str | None
    extension_id: str
    sequence: int | None
    presence: Presence
    # Something about availability or calls could not be read: request a snapshot.
    is_damaged: bool = False


class LostEvent(NamedTuple):
    """A change that could not be read: request a snapshot."""

    # None if it may be any.
    extension_id: str | None


class RosterKind(StrEnum):
    """What changed: a list, the members of a call queue, or the user's messages."""

    LINES = "lines"
    FAVORITES = "favorites"
    EXTENSIONS = "extensions"
    QUEUE = "queue"
    MESSAGES = "messages"


class RosterEvent(NamedTuple):
    """A change of a list or the like; its content must be read by REST."""

    uuid: str | None
    timestamp: datetime | None
    subscription_id: str | None
    kind: RosterKind
    # Of the call queue.
    resource_id: str | None = None


type StreamEvent = PresenceEvent | RosterEvent | LostEvent


class NotificationBody(Presence, frozen=True):
    """The body of a presence event."""

    extension_id: MixedId | None = None
    sequence: Integer | Text | None = None


class Notification(Model, frozen=True):
    """The envelope of a notification."""

    uuid: TextId | None = None
    event: Text | None = None
    timestamp: Time | None = None
    subscription_id: TextId | None = None
    owner_id: MixedId | None = None
    body: NotificationBody | None = None


class _Addressee(Model, frozen=True):
    extension_id: MixedId


class _Addressed(Model, frozen=True):
    body: _Addressee


_NOTIFICATION: Final = Decoder(Notification)
_ADDRESSED: Final = Decoder(_Addressed)
# An event that lacks one of these because it could not be read may contradict what is
# stored. Others, such as SIP data, are not worth a request.
_ESSENTIAL: Final = re.compile(
    r"NotificationBody\.((telephony|presence|user|dnd|meeting)Status|(totalA|a)ctiveCalls)"
    r"|ActiveCall\.(telephonyStatus|terminationType|direction|partyId"
    r"|id|sessionId|telephonySessionId)"
)
_NO_PRESENCE: Final = Presence()
_PRESENCE_KEYS: Final = frozenset({"sequence", *Presence.__struct_encode_fields__})


def decode_notification(
    data: bytes | RawJson, anomalies: Anomalies
) -> PresenceEvent | RosterEvent:
    """Decode a notification; raise ParseError if it is no event known here."""
    if damaged := anomalies.damaged:
        damaged.clear()
    if len(data) > MAX_NOTIFICATION or has_too_many_values(data):
        raise UnreadableError("notification that is too large", _find_extension(data))
    try:
        notification = decode(_NOTIFICATION, data, anomalies)
    except UnreadableError as err:
        err.extension_id = _find_extension(data)
        raise
    uuid, event, timestamp, subscription_id, owner_id, body = astuple(notification)
    if timestamp is not None and timestamp.tzinfo is not UTC:
        timestamp = _to_utc(timestamp, anomalies)
    # The extension is in the body: an event string may name the subscription's owner.
    if (kind := _roster_kind(event or "")) is not None:
        queue_id = _queue_id(event) if kind is RosterKind.QUEUE else None
        return RosterEvent(uuid or None, timestamp, subscription_id, kind, queue_id)
    if body is None:
        raise _lacking("body", damaged)
    *values, extension_id, sequence = astuple(body)
    if extension_id is None:
        raise _lacking("extension", damaged)
    if isinstance(sequence, str):
        sequence = _to_number(sequence, anomalies)
    presence = Presence(*values)
    if sequence is None and presence == _NO_PRESENCE and not _has_presence(data):
        raise ParseError("notification of an unknown kind")
    return PresenceEvent(
        uuid or None,
        event,
        timestamp,
        subscription_id,
        None if owner_id is None else str(owner_id),
        str(extension_id),
        sequence,
        presence,
        bool(damaged) and any(map(_ESSENTIAL.fullmatch, damaged)),
    )


def _to_number(text: str, anomalies: Anomalies) -> int | None:
    try:
        # Also `200040.0`, as some libraries write it.
        number = int(text.strip().removesuffix(".0"))
    except ValueError:
        number = 2**63
    if abs(number) < 2**63:
        return number
    anomalies.wrong_type("NotificationBody.sequence")
    return None


def _lacking(what: str, damaged: set[str]) -> ParseError:
    # What was dropped may have been about any extension.
    return (UnreadableError if damaged else ParseError)(f"notification without {what}")


def _find_extension(data: bytes | RawJson) -> str | None:
    if len(data) > _MAX_SEARCHED:
        return None
    try:
        return str(_ADDRESSED.decode(data).body.extension_id)
    except DECODE_ERRORS:
        return None


def _to_utc(timestamp: datetime, anomalies: Anomalies) -> datetime | None:
    try:
        return timestamp.astimezone(UTC)
    except OverflowError:
        anomalies.wrong_type("Notification.timestamp")
        return None


def _has_presence(data: bytes | RawJson) -> bool:
    try:
        return not _PRESENCE_KEYS.isdisjoint(decode_json(data)["body"])
    except UnreadableError:
        return False


def _roster_kind(event: str) -> RosterKind | None:
    path = event.partition("?")[0].rstrip("/")
    if path.endswith("/presence"):
        return RosterKind.QUEUE if "/call-queues/" in path else None
    if path.endswith("/presence/line"):
        return RosterKind.LINES
    if path.endswith("/favorite"):
        return RosterKind.FAVORITES
    if path.endswith("/message-store"):
        return RosterKind.MESSAGES
    # /restapi/v1.0/account/{id}/extension, with or without an extension's id
    parts = path.split("/")
    if len(parts) in (6, 7) and parts[5] == "extension":
        return RosterKind.EXTENSIONS
    return None


def _queue_id(event: str | None) -> str:
    # /restapi/v1.0/account/{id}/call-queues/{id}/presence
    _, _, rest = (event or "").partition("/call-queues/")
    return unquote(rest.partition("/")[0])
