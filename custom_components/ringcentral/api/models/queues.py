"""Members of a call queue, and whether they take its calls."""

from typing import NamedTuple

from ..anomalies import Anomalies
from .base import JsonObject, Model, PathId, convert, records


class _Reference(Model, frozen=True):
    id: PathId | None = None


class QueuePresenceRecord(Model, frozen=True):
    """A member as the queue sees it, or a queue as its member sees it."""

    member: _Reference | None = None
    accept_queue_calls: bool | None = None
    accept_current_queue_calls: bool | None = None
    call_queue: _Reference | None = None
    accept_calls: bool | None = None


class QueueMember(NamedTuple):
    """Whether a member takes the calls of a queue; None if it is not known."""

    accepts: bool | None
    # No, if its do not disturb status refuses the calls of all queues.
    available: bool | None = None


def parse_queue_presence(
    json: JsonObject, anomalies: Anomalies
) -> dict[str, QueueMember]:
    """Return the members of a queue by extension, or a member's queues by their ids."""
    members = {}
    for json_record in records(json, anomalies):
        record = convert(QueuePresenceRecord, json_record, anomalies)
        found = record.member or record.call_queue
        if found is None or found.id is None:
            anomalies.count("queue member without an id")
            continue
        accepts = record.accept_current_queue_calls
        members[str(found.id)] = QueueMember(
            record.accept_calls if accepts is None else accepts,
            record.accept_queue_calls,
        )
    return members
