"""Parsing of answers about telephony sessions, RingOuts and telephones."""

from typing import Final

from msgspec import field

from ..anomalies import Anomalies
from .base import JsonObject, MixedId, Model, ParseError, PathId, Text, convert
from .enums import Direction
from .telephony import (
    ForwardingNumber,
    Origin,
    Party,
    PartyCode,
    PartyReason,
    PartyStatus,
    Phone,
    PhoneType,
    RingOut,
    RingOutStatus,
    Session,
)

# A conference may have hundreds.
_MAX_PARTIES: Final = 200


class _PartyInfo(Model, frozen=True):
    phone_number: Text | None = None
    extension_number: Text | None = None


class _Owner(Model, frozen=True):
    extension_id: MixedId | None = None


class _Status(Model, frozen=True):
    code: PartyCode | None = None
    reason: PartyReason | None = None


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
    attributes = party.attributes or _Attributes()
    owner = party.owner or _Owner()
    from_, to = party.from_ or _PartyInfo(), party.to or _PartyInfo()
    return Party(
        id=str(party.id),
        extension_id=_text(party.extension_id) or _text(owner.extension_id),
        direction=party.direction,
        status=PartyStatus(status.code or PartyCode.UNKNOWN, status.reason),
        from_number=from_.phone_number or from_.extension_number or None,
        to_number=to.phone_number or to.extension_number or None,
        muted=party.muted,
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
