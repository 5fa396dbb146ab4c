"""Changes of the account, each published as events."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .base import clock
from .base.switches import Switches
from .base.wire import JsonObject, JsonValue, snake_case
from .company.call_control import CallControl
from .company.directory import GROUP_TYPES, Directory, Extension
from .company.messages import Mailboxes, ReadStatus, Voicemail, message_body
from .company.presence import CHOICES, FLAGS, MAX_MESSAGE, Detail, Presence, rest_body
from .company.queues import Queues
from .push.publisher import Publisher

_STATUSES = ("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned")


@dataclass(slots=True, kw_only=True)
class Account:
    """Extensions with their presence and calls; every change is published."""

    id: str
    uri: Callable[[], str]
    directory: Directory
    presences: dict[str, Presence]
    calls: CallControl
    queues: Queues
    mailboxes: Mailboxes
    publisher: Publisher
    switches: Switches
    # Numbers of agents that a queue call rings at once.
    ring_width: int = field(default=4)

    def presence(self, extension_id: str) -> Presence:
        """Return the presence settings of an extension."""
        return self.presences[extension_id]

    def presence_resource(
        self,
        extension: Extension,
        viewer_id: str,
        detail: Detail,
        *,
        total: bool = False,
    ) -> JsonObject:
        """Return the REST presence of an extension as visible to a viewer."""
        return rest_body(
            extension,
            self.presence(extension.id),
            self.calls.listed(extension.id),
            account_uri=self.uri(),
            own=extension.id == viewer_id,
            detail=detail,
            switches=self.switches,
            total=total,
        )

    def check_presence(self, changes: Mapping[str, JsonValue]) -> dict[str, str | bool]:
        """Return presence changes by attribute; raises ValueError naming a bad field."""
        checked: dict[str, str | bool] = {}
        for name, value in changes.items():
            if name in CHOICES:
                valid = value in CHOICES[name]
            elif name in FLAGS:
                valid = isinstance(value, bool)
            else:
                valid = (
                    name == "message"
                    and isinstance(value, str)
                    and len(value) <= MAX_MESSAGE
                )
            if not valid or not isinstance(value, str | bool):
                raise ValueError(name)
            checked[snake_case(name)] = value
        return checked

    def change_presence(
        self, extension: Extension, changes: Mapping[str, JsonValue]
    ) -> bool:
        """Change presence settings of an extension; return whether anything differs.

        Raises ValueError naming a bad field.
        """
        checked = self.check_presence(changes)
        presence = self.presence(extension.id)
        different = {
            name: value
            for name, value in checked.items()
            if getattr(presence, name) != value
        }
        if not different:
            return False
        dnd_before = presence.dnd_status
        for name, value in different.items():
            setattr(presence, name, value)
        _move_dnd_together(presence, different)
        self.publisher.presence_changed(extension.id, telephony=False)
        if presence.dnd_status != dnd_before:
            self.publisher.dnd_changed(extension.id)
        return True

    def change_extension(
        self, extension: Extension, changes: Mapping[str, JsonValue]
    ) -> None:
        """Change name, number, type or status; raises ValueError naming a bad field."""
        hints: list[str] = []
        for name, value in changes.items():
            if not isinstance(value, str) or name not in (
                "name",
                "extensionNumber",
                "type",
                "status",
                "department",
                "site",
            ):
                raise ValueError(name)
            if name == "status" and value not in _STATUSES:
                raise ValueError(name)
        for name, value in changes.items():
            text = str(value)
            if name == "extensionNumber":
                if text != extension.number:
                    self.directory.renumber(extension, text)
                    hints.append("ExtensionInfo")
            elif getattr(extension, name) != text:
                setattr(extension, name, text)
                hints.append("AccountStatus" if name == "status" else "ExtensionInfo")
        if hints:
            self.publisher.extension_changed(
                extension, "Update", list(dict.fromkeys(hints))
            )

    def rename_site(self, name: str, new_name: str) -> None:
        """Give a site another name; raises LookupError and ValueError."""
        for extension in self.directory.rename_site(name, new_name):
            self.publisher.extension_changed(extension, "Update", ["ExtensionInfo"])

    def add_extension(
        self,
        *,
        name: str | None,
        kind: str,
        number: str | None,
        department: str | None,
        site: str,
    ) -> Extension:
        """Add an extension; raises ValueError if its number is taken."""
        extension = self.directory.add(
            name=name, kind=kind, number=number, department=department, site=site
        )
        self.presences[extension.id] = Presence()
        self.publisher.extension_changed(extension, "Create", [])
        return extension

    def remove_extension(self, extension: Extension) -> None:
        """Remove an extension, its calls, and its entries in all lists."""
        self.calls.drop_extension(extension.id)
        holders = [
            (owner_id, lists)
            for lists in (self.directory.lines, self.directory.favorites)
            for owner_id, members in lists.items()
            if extension.id in members
        ]
        self.directory.remove(extension.id)
        self.queues.logged_out -= {
            pair for pair in self.queues.logged_out if extension.id in pair
        }
        self.mailboxes.by_owner.pop(extension.id, None)
        del self.presences[extension.id]
        self.publisher.extension_changed(extension, "Delete", [])
        for owner_id, lists in holders:
            if lists is self.directory.lines:
                self.publisher.lines_changed(owner_id, [extension.id])
            else:
                self.publisher.favorites_changed(owner_id)

    def set_lines(self, owner_id: str, extension_ids: Sequence[str]) -> None:
        """Replace the monitored lines of an extension."""
        before = self.directory.lines.get(owner_id, [])
        after = [item for item in dict.fromkeys(extension_ids) if item != owner_id]
        if after != before:
            self.directory.lines[owner_id] = after
            changed = [
                item
                for item in dict.fromkeys([*before, *after])
                if (item in before) != (item in after)
            ]
            self.publisher.lines_changed(owner_id, changed or after)

    def set_favorites(self, owner_id: str, extension_ids: Sequence[str]) -> None:
        """Replace the favorites of an extension."""
        after = list(dict.fromkeys(extension_ids))
        if after != self.directory.favorites.get(owner_id, []):
            self.directory.favorites[owner_id] = after
            self.publisher.favorites_changed(owner_id)

    def agents(self, queue: Extension) -> list[Extension]:
        """Return the queue members whose phones ring for a queue call."""
        free = [
            member
            for member in self.queues.members(queue.id)
            if self.queues.is_available(member.id)
            and self.queues.accepts(queue.id, member.id)
            and self.presence(member.id).user_status != "Offline"
            and not self.calls.of_extension(member.id)
        ]
        return free[: self.ring_width]

    def set_queue_members(
        self, queue: Extension, extension_ids: Collection[str]
    ) -> None:
        """Replace the members of a queue; new ones take its calls."""
        after = list(dict.fromkeys(extension_ids))
        if after != self.directory.queues.get(queue.id, []):
            self.directory.queues[queue.id] = after
            self.queues.logged_out -= {
                (queue_id, member_id)
                for queue_id, member_id in self.queues.logged_out
                if queue_id == queue.id and member_id not in after
            }
            self.publisher.extension_changed(
                queue, "Update", ["CallQueueMembersChange"]
            )

    def accept_queue_calls(self, queue: Extension, changes: Mapping[str, bool]) -> None:
        """Log members in to a queue, or out."""
        changed = {
            member_id: accepts
            for member_id, accepts in changes.items()
            if self.queues.log_in(queue.id, member_id, accepts)
        }
        if changed:
            self.publisher.queue_changed(queue.id, changed)

    def leave_voicemail(
        self, owner: Extension, from_number: str, from_name: str | None, seconds: int
    ) -> Voicemail:
        """Leave a message of a caller."""
        message = self.mailboxes.add(owner.id, from_number, from_name, seconds)
        self.publisher.voicemail_left(message, owner)
        return message

    def mark_voicemail(self, message: Voicemail, status: ReadStatus) -> None:
        """Mark a voicemail as read or unread."""
        if message.read_status != status:
            message.read_status, message.changed_at = status, clock.wall()
            self.publisher.messages_changed(message.owner_id, updated=1)

    def delete_voicemail(self, message: Voicemail) -> None:
        """Delete a voicemail."""
        self.mailboxes.remove(message)
        self.publisher.messages_changed(message.owner_id, updated=1)

    def voicemail(self, message: Voicemail) -> JsonObject:
        """Return the REST resource of a voicemail."""
        owner = self.directory.extensions[message.owner_id]
        uri = f"{self.uri()}/extension/{owner.id}/message-store/{message.id}"
        body = message_body(
            message, owner, switches=self.switches, type=self.switches.voicemail_type
        )
        return {"uri": uri, **body}


def has_presence(extension: Extension) -> bool:
    """Return whether an extension has a presence of its own."""
    return extension.type not in GROUP_TYPES or extension.type in (
        "ParkLocation",
        "GroupCallPickup",
    )


def _move_dnd_together(presence: Presence, changes: Mapping[str, str | bool]) -> None:
    """On accounts with the new call handling both DnD fields move together."""
    if "dnd_status" in changes:
        presence.dnd_status_personal = (
            "DoNotAcceptAnyCalls" if presence.do_not_disturb else "TakeAllCalls"
        )
    elif "dnd_status_personal" in changes:
        presence.dnd_status = presence.dnd_status_personal
