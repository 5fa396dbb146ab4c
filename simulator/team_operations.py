"""Operations on queues, voicemails and permissions."""

from collections.abc import Mapping, Sequence

from .base.wire import JsonObject
from .company.messages import READ_STATUSES, Voicemail
from .company.permissions import (
    KNOWN_APP_PERMISSIONS,
    KNOWN_USER_PERMISSIONS,
    set_permission,
)
from .platform import Platform


class TeamOperations(Platform):
    """A platform whose queues, voicemails and permissions can be changed."""

    # Queues

    @property
    def queues(self) -> list[JsonObject]:
        """Return all queues with their members."""
        queues = self.account.queues
        return [
            {
                "number": queue.number,
                "id": queue.id,
                "name": queue.name,
                "editable": self.switches.queue_editable,
                "members": [
                    {
                        "number": member.number,
                        "id": member.id,
                        "name": member.name,
                        "accepts": queues.accepts(queue.id, member.id),
                        "available": queues.is_available(member.id),
                    }
                    for member in queues.members(queue.id)
                ],
            }
            for queue in queues.all()
        ]

    def set_queue_members(self, queue: str, members: Sequence[str]) -> None:
        """Set the members of a queue, by numbers; raises LookupError.

        Raises ValueError for an extension that is no person.
        """
        extensions = [self.directory.by_number(number) for number in members]
        if not all(extension.is_user for extension in extensions):
            raise ValueError("Members of a queue are people")
        self.account.set_queue_members(
            self.account.queues.by_number(queue),
            [extension.id for extension in extensions],
        )

    def accept_queue_calls(self, queue: str, member: str, accepts: bool) -> None:
        """Log a member in to a queue, or out, by numbers; raises LookupError."""
        found = self.account.queues.by_number(queue)
        extension = self.directory.by_number(member)
        if extension not in self.account.queues.members(found.id):
            raise LookupError("This extension is no member of the queue")
        self.account.accept_queue_calls(found, {extension.id: accepts})

    # Voicemails

    def voicemails(self, number: str) -> list[Voicemail]:
        """Return the voicemails of an extension, newest first; raises LookupError."""
        return list(self.account.mailboxes.of(self.directory.by_number(number).id))

    def leave_voicemail(
        self, to: str, from_: str, *, from_name: str | None = None, seconds: int = 12
    ) -> Voicemail:
        """Leave a voicemail for an extension; raises LookupError."""
        caller = self.directory.find(from_)
        name = from_name or (caller.name if caller else None)
        owner = self.directory.by_number(to)
        return self.account.leave_voicemail(owner, from_, name, seconds)

    def mark_voicemail(self, number: str, message_id: int, read_status: str) -> None:
        """Mark a voicemail as `Read` or `Unread`; raises LookupError and ValueError."""
        statuses = [status for status in READ_STATUSES if status == read_status]
        if not statuses:
            raise ValueError(f"readStatus is one of {', '.join(READ_STATUSES)}")
        self.account.mark_voicemail(self._voicemail(number, message_id), statuses[0])

    def delete_voicemail(self, number: str, message_id: int) -> None:
        """Delete a voicemail; raises LookupError."""
        self.account.delete_voicemail(self._voicemail(number, message_id))

    def _voicemail(self, number: str, message_id: int) -> Voicemail:
        owner = self.directory.by_number(number)
        return self.account.mailboxes.find(owner.id, str(message_id))

    # Permissions

    def change_permissions(
        self, *, app: Mapping[str, bool] = {}, user: Mapping[str, bool] = {}
    ) -> None:
        """Grant permissions, or take them away with all that include them.

        Raises ValueError for an unknown one.
        """
        of = (
            (self.permissions, KNOWN_APP_PERMISSIONS, app),
            (self.user_permissions, KNOWN_USER_PERMISSIONS, user),
        )
        for _, known, changes in of:
            if unknown := changes.keys() - known:
                raise ValueError(f"Unknown permission {', '.join(sorted(unknown))}")
        for permissions, _, changes in of:
            for name, is_granted in changes.items():
                set_permission(permissions, name, is_granted)
