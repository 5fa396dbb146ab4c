"""Voicemails."""

from datetime import datetime
from typing import Annotated, NamedTuple

from msgspec import Meta, field

from ..anomalies import Anomalies
from .base import (
    Integer,
    JsonObject,
    MixedId,
    Model,
    ParseError,
    Text,
    Time,
    convert,
    records,
)


class _Party(Model, frozen=True):
    phone_number: Text | None = None
    extension_number: Text | None = None
    name: Text | None = None


class _Attachment(Model, frozen=True):
    vm_duration: Integer | None = None


class MessageResource(Model, frozen=True):
    """A message as REST sends it."""

    id: MixedId
    type: Text | None = None
    creation_time: Time | None = None
    from_: _Party | None = field(name="from", default=None)
    attachments: Annotated[tuple[_Attachment, ...], Meta(max_length=100)] = ()


class Voicemail(NamedTuple):
    """A voicemail and its caller."""

    id: str
    time: datetime | None
    name: str | None
    number: str | None
    seconds: int | None


def parse_voicemails(json: JsonObject, anomalies: Anomalies) -> list[Voicemail]:
    """Return the voicemails of a list of messages."""
    voicemails = []
    for record in records(json, anomalies):
        try:
            message = convert(MessageResource, record, anomalies)
        except ParseError as err:
            anomalies.count(str(err))
            continue
        # `VoiceMail` or `Voicemail`.
        if (message.type or "voicemail").casefold() != "voicemail":
            continue
        caller = message.from_ or _Party()
        seconds = [one.vm_duration for one in message.attachments]
        voicemails.append(
            Voicemail(
                str(message.id),
                message.creation_time,
                caller.name or None,
                caller.phone_number or caller.extension_number or None,
                next((length for length in seconds if length is not None), None),
            )
        )
    return voicemails
