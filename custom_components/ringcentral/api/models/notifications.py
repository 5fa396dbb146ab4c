"""Notifications: presence events and changes of lists."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec.json import Decoder

from ..anomalies import Anomalies
from .base import (
    Integer,
    MixedId,
    Model,
    ParseError,
    RawJson,
    TextId,
    Time,
    astuple,
    decode,
    decode_json,
)
from .presence import Presence


class PresenceEvent(NamedTuple):
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


class RosterKind(StrEnum):
    """Which list changed."""

    LINES = "lines"
    FAVORITES = "favorites"
    EXTENSIONS = "extensions"


class RosterEvent(NamedTuple):
    """A change of a list; its content must be read by REST."""

    uuid: str | None
    timestamp: datetime | None
    subscription_id: str | None
    kind: RosterKind


class NotificationBody(Presence, frozen=True):
    """The body of a presence event."""

    extension_id: MixedId | None = None
    sequence: Integer | None = None


class Notification(Model, frozen=True):
    """The envelope of a notification."""

    uuid: TextId | None = None
    event: str | None = None
    timestamp: Time | None = None
    subscription_id: TextId | None = None
    owner_id: MixedId | None = None
    body: NotificationBody | None = None


_NOTIFICATION: Final = Decoder(Notification)
_NO_PRESENCE: Final = Presence()
_PRESENCE_KEYS: Final = frozenset({"sequence", *Presence.__struct_encode_fields__})


def decode_notification(
    data: bytes | RawJson, anomalies: Anomalies
) -> PresenceEvent | RosterEvent:
    """Decode a notification; raise ParseError if it is no event known here."""
    notification = decode(_NOTIFICATION, data, anomalies)
    uuid, event, timestamp, subscription_id, owner_id, body = astuple(notification)
    if timestamp is not None and timestamp.tzinfo is not UTC:
        timestamp = _to_utc(timestamp, anomalies)
    # The extension is in the body: an event string may name the subscription's owner.
    if (kind := _roster_kind(event or "")) is not None:
        return RosterEvent(uuid or None, timestamp, subscription_id, kind)
    if body is None:
        raise ParseError("notification without body")
    *values, extension_id, sequence = astuple(body)
    if extension_id is None:
        raise ParseError("notification without extension")
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
    )


def _to_utc(timestamp: datetime, anomalies: Anomalies) -> datetime | None:
    try:
        return timestamp.astimezone(UTC)
    except OverflowError:
        anomalies.wrong_type("Notification.timestamp")
        return None


def _has_presence(data: bytes | RawJson) -> bool:
    return not _PRESENCE_KEYS.isdisjoint(decode_json(data)["body"])


def _roster_kind(event: str) -> RosterKind | None:
    """Return the list that an event string is about; None for anything else."""
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
