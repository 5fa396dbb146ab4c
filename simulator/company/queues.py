"""Call queues: their members, and which of them take the calls of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .directory import Directory, Extension
from .presence import Presence

QUEUE_TYPE = "Department"
_TAKES_QUEUE_CALLS = ("TakeAllCalls", "TakeDepartmentCallsOnly")


@dataclass(slots=True, kw_only=True)
class Queues:
    """The queues of an account."""

    directory: Directory
    presences: Mapping[str, Presence]
    # By queue and member: who has logged out of a queue.
    logged_out: set[tuple[str, str]] = field(default_factory=set)

    def all(self) -> list[Extension]:
        """Return all queues."""
        extensions = self.directory.extensions.values()
        return [item for item in extensions if item.type == QUEUE_TYPE]

    def find(self, queue_id: str) -> Extension | None:
        """Return a queue by its id."""
        queue = self.directory.extensions.get(queue_id)
        return queue if queue is not None and queue.type == QUEUE_TYPE else None

    def by_number(self, number: str) -> Extension:
        """Return a queue by its number; raises LookupError."""
        if (queue := self.find(self.directory.by_number(number).id)) is None:
            raise LookupError("This extension is no queue")
        return queue

    def members(self, queue_id: str) -> list[Extension]:
        """Return the members of a queue."""
        ids = self.directory.queues.get(queue_id, ())
        return [self.directory.extensions[item] for item in ids]

    def of_member(self, extension_id: str) -> list[Extension]:
        """Return the queues that an extension is a member of."""
        return [
            queue
            for queue in self.all()
            if extension_id in self.directory.queues.get(queue.id, ())
        ]

    def accepts(self, queue_id: str, member_id: str) -> bool:
        """Return whether a member is logged in to a queue."""
        return (queue_id, member_id) not in self.logged_out

    def is_available(self, member_id: str) -> bool:
        """Return whether do not disturb lets calls of queues through to a member."""
        presence = self.presences[member_id]
        return (
            presence.dnd_status in _TAKES_QUEUE_CALLS
            and presence.accept_call_queue_calls
        )

    def log_in(self, queue_id: str, member_id: str, accepts: bool) -> bool:
        """Log a member in to a queue, or out; return whether that is a change."""
        if self.accepts(queue_id, member_id) is accepts:
            return False
        if accepts:
            self.logged_out.discard((queue_id, member_id))
        else:
            self.logged_out.add((queue_id, member_id))
        return True
