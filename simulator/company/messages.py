"""Voicemails of all extensions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..base import clock
from ..base.switches import Switches
from ..base.wire import JsonObject, event_time
from .directory import Extension

type ReadStatus = Literal["Read", "Unread"]

READ_STATUSES: tuple[ReadStatus, ...] = ("Read", "Unread")


@dataclass(slots=True, kw_only=True)
class Voicemail:
    """A message that a caller has left."""

    id: int
    owner_id: str
    from_number: str
    from_name: str | None
    seconds: int
    created_at: float
    changed_at: float
    read_status: ReadStatus = "Unread"


@dataclass(slots=True, kw_only=True)
class Mailboxes:
    """The voicemails of each extension, newest first."""

    by_owner: dict[str, list[Voicemail]] = field(default_factory=dict)
    _last_id: int = 530000000016

    def of(self, owner_id: str) -> list[Voicemail]:
        """Return the voicemails of an extension."""
        return self.by_owner.get(owner_id, [])

    def find(self, owner_id: str, message_id: str) -> Voicemail:
        """Return a voicemail by its id; raises LookupError."""
        for item in self.of(owner_id):
            if str(item.id) == message_id:
                return item
        raise LookupError("No such voicemail")

    def add(
        self, owner_id: str, from_number: str, from_name: str | None, seconds: int
    ) -> Voicemail:
        """Add a voicemail."""
        self._last_id += 1000
        now = clock.wall()
        message = Voicemail(
            id=self._last_id,
            owner_id=owner_id,
            from_number=from_number,
            from_name=from_name,
            seconds=seconds,
            created_at=now,
            changed_at=now,
        )
        self.by_owner.setdefault(owner_id, []).insert(0, message)
        return message

    def remove(self, message: Voicemail) -> None:
        """Remove a voicemail."""
        self.by_owner[message.owner_id].remove(message)

    def __iter__(self) -> Iterator[Voicemail]:
        """Iterate over the voicemails of all extensions."""
        for messages in self.by_owner.values():
            yield from messages


def message_id(message: Voicemail, switches: Switches) -> int | str:
    """Return the id of a message as the platform writes it."""
    is_text = switches.voicemail_id_type == "string"
    return str(message.id) if is_text else message.id


def message_body(
    message: Voicemail, owner: Extension, *, switches: Switches, type: str
) -> JsonObject:
    """Describe a message, without its address."""
    sender: JsonObject = {}
    if message.from_number:
        is_inside = message.from_number.isdecimal()
        name = "extensionNumber" if is_inside else "phoneNumber"
        sender[name] = message.from_number
    if message.from_name is not None:
        sender["name"] = message.from_name
    identifier = message_id(message, switches)
    return {
        "id": identifier,
        "to": [{"extensionNumber": owner.number, "name": owner.name}],
        "from": sender,
        "type": type,
        "creationTime": event_time(message.created_at),
        "readStatus": message.read_status,
        "priority": "Normal",
        "attachments": [
            {
                "id": identifier,
                "uri": f"https://media.example.invalid/message/{message.id}",
                "type": "AudioRecording",
                "contentType": "audio/mpeg",
                "vmDuration": message.seconds,
            }
        ],
        "direction": "Inbound",
        "availability": "Alive",
        "messageStatus": "Received",
        "lastModifiedTime": event_time(message.changed_at),
        "vmTranscriptionStatus": "NotAvailable",
    }
