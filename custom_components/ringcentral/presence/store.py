"""Store of extension presences; accepts any decoded event or snapshot."""

from collections import OrderedDict
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from contextlib import contextmanager
from copy import replace
from dataclasses import dataclass
from datetime import datetime
import logging
import time
from typing import Final

from ..api.anomalies import Anomalies
from ..api.clock import Instant
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import Presence, Snapshot
from .call_times import CallTimes, after_older_event
from .event_order import (
    is_behind,
    is_older,
    is_overtaken,
    overtaken_change,
    was_before_snapshot,
)
from .merge import (
    ended_calls,
    merge_event,
    merge_snapshot,
    with_calls_of,
    without_stale_rings,
)
from .models import ExtensionPresence, PresenceChange
from .platform_clock import PlatformClock

# A recovery replays at most 100 messages.
_KEPT_UUIDS: Final = 1000
MAX_UUIDS: Final = 300

# Times and contents of the events during a request, by extension id.
type _PendingEvents = dict[str, list[tuple[datetime | None, Presence]]]


class PresenceStore:
    """Store of the presences of all monitored extensions."""

    def __init__(self, anomalies: Anomalies) -> None:
        """Initialize an empty store."""
        self._anomalies = anomalies
        self._extensions: dict[str, ExtensionPresence] = {}
        # Of thousands of extensions, few have calls.
        self._in_call: set[str] = set()
        self._monitored: frozenset[str] = frozenset()
        # Extensions that REST does not return: only events have their presence.
        self.unreadable: set[str] = set()
        # Extensions whose stored sequence number does not order the next event.
        self._unordered: set[str] = set()
        # Extension ids by those of the last notifications; empty for an earlier run.
        self._uuids: OrderedDict[str, str] = OrderedDict()
        # Last sequence numbers of an earlier run, by extension id.
        self._resumed: Mapping[str, int] = {}
        self._events_during_requests: list[_PendingEvents] = []
        self.clock = PlatformClock()
        self.call_times = CallTimes()
        self.overtaken_events = 0
        self.repeated_events = 0
        # Return what is applied in place of an event or a snapshot, or None to hold it
        # back: it does not count as processed then.
        self.intercept: Callable[[PresenceEvent], PresenceEvent | None] | None = None
        self.intercept_snapshot: Callable[[Snapshot], Snapshot | None] | None = None

    @property
    def extensions(self) -> Mapping[str, ExtensionPresence]:
        """Presences by extension id; always the same mapping, updated in place."""
        return self._extensions

    @property
    def in_call(self) -> AbstractSet[str]:
        """Extensions that have calls."""
        return self._in_call

    @property
    def monitored(self) -> frozenset[str]:
        """Extensions whose presence is stored."""
        return self._monitored

    def update(self, extension_id: str, known: ExtensionPresence) -> None:
        """Replace the presence of an extension."""
        self._extensions[extension_id] = known
        if known.presence.active_calls:
            self._in_call.add(extension_id)
        else:
            self._in_call.discard(extension_id)

    def forget(self, extension_id: str) -> None:
        """Drop the presence of an extension until its next snapshot or event."""
        self._extensions.pop(extension_id, None)
        self._in_call.discard(extension_id)

    @property
    def recent_uuids(self) -> Sequence[str]:
        """Ids of the last notifications, for the next run."""
        return tuple(self._uuids)[-MAX_UUIDS:]

    @property
    def recent_sequences(self) -> Mapping[str, int]:
        """Last sequence numbers by extension id, for the next run."""
        sequences = dict(self._resumed)
        recent = set(tuple(self._uuids.values())[-MAX_UUIDS:])
        for extension_id in recent - self._unordered:
            known = self._extensions.get(extension_id)
            if known is not None and known.sequence is not None:
                sequences[extension_id] = known.sequence
        return sequences

    def restore(self, uuids: Iterable[str], sequences: Mapping[str, int]) -> None:
        """Treat the notifications of an earlier run as processed, and older ones as late."""
        for uuid in uuids:
            self._add_uuid(uuid, "")
        self._resumed = sequences

    def has_seen(self, uuid: str | None) -> bool:
        """Return whether a notification was already processed."""
        return uuid in self._uuids

    def monitor(self, extension_ids: Collection[str]) -> None:
        """Store these extensions only."""
        self._monitored = frozenset(extension_ids)
        self.unreadable &= self._monitored
        for removed in self._extensions.keys() - self._monitored:
            self.forget(removed)

    def forget_sequences(self) -> None:
        """Accept any sequence number next: a fresh subscription may start again."""
        self._unordered = set(self._extensions)
        self._resumed = {}
        self.call_times.add_gap(self._monitored)

    def record_loss(self, extension_id: str | None) -> Iterable[str]:
        """Record the loss of an event, of any extension if None; return whose it may be."""
        affected = self._monitored if extension_id is None else [extension_id]
        self.call_times.add_gap(affected)
        return affected

    def apply_event(
        self, event: PresenceEvent, replayed_at: Instant | None = None
    ) -> PresenceChange | None:
        """Apply an event; return None for one that is repeated or held back.

        `replayed_at` is the beginning of a connection that repeats earlier events.
        """
        if self.intercept is not None:
            if (intercepted := self.intercept(event)) is None:
                return None
            event = intercepted
        is_repeated = not self._add_uuid(event.uuid, event.extension_id)
        if event.extension_id not in self._monitored:
            # Expected for a short time after a line or favorite was removed.
            self._anomalies.count(
                "event of an extension that is not monitored", level=logging.INFO
            )
            return None
        if is_repeated:
            self.repeated_events += 1
            return None
        if event.is_damaged:
            self.record_loss(event.extension_id)
        is_replayed = replayed_at is not None
        if is_replayed and is_behind(
            event.sequence, self._resumed.get(event.extension_id)
        ):
            # Nothing of an earlier run is left that it may add to.
            self.overtaken_events += 1
            return None
        before = self._extensions.get(event.extension_id)
        known = before or ExtensionPresence()
        if event.extension_id in self._unordered:
            known = replace(known, sequence=None)
        received_at = time.monotonic()
        if is_overtaken(event, known, received_at, is_replayed=is_replayed):
            self.overtaken_events += 1
            change = overtaken_change(event, known, received_at)
            self.update(event.extension_id, change.after)
            return change
        if not is_replayed:
            self.clock.observe(event.timestamp, received_at)
        presence, needs_refresh = merge_event(known.presence, event.presence)
        sequence = known.sequence if event.sequence is None else event.sequence
        is_outdated = was_before_snapshot(event, known, replayed_at, received_at)
        if is_outdated:
            # Used for call events only. If it contradicts the snapshot, clocks of the
            # platform may disagree: refresh.
            needs_refresh = presence != known.presence
            presence = known.presence
            ended = ended_calls(*_by_events(known, event), event, received_at)
        elif (
            event.sequence is not None
            and event.sequence == known.sequence
            and presence == known.presence
        ):
            self.repeated_events += 1
            return None
        else:
            self._add_pending(event.extension_id, event.timestamp, event.presence)
            ended = ended_calls(known, presence, event, received_at)
        if before is None:
            # As good as a snapshot for the fields that it has.
            now = Instant.now()
            known = replace(known, requested_at=now, confirmed_at=now)
        after = ExtensionPresence(
            presence,
            sequence,
            event,
            received_at,
            ended,
            known.has_snapshot,
            known.snapshot_time,
            known.requested_at,
            known.confirmed_at,
            after_older_event(event, known)
            if is_outdated
            else self.call_times.after_event(event, before, presence),
        )
        self.update(event.extension_id, after)
        self._unordered.discard(event.extension_id)
        return PresenceChange(
            event.extension_id, before, after, event, is_outdated, needs_refresh
        )

    @contextmanager
    def snapshot(self) -> Iterator[SnapshotWriter]:
        """Apply events that arrive during a request again on top of its snapshots."""
        events: _PendingEvents = {}
        self._events_during_requests.append(events)
        try:
            yield SnapshotWriter(self, events, Instant.now())
        finally:
            # By identity: two of them may be equal.
            self._events_during_requests = [
                e for e in self._events_during_requests if e is not events
            ]

    def keep_settings(self, extension_id: str) -> None:
        """Apply settings that were just changed on top of snapshots requested earlier."""
        presence = with_calls_of(self._extensions[extension_id].presence, Presence())
        # None would leave the message of the snapshot as it is.
        settings = replace(presence, message=presence.message or "")
        self._add_pending(extension_id, None, settings)

    def _add_pending(
        self, extension_id: str, time: datetime | None, presence: Presence
    ) -> None:
        for events in self._events_during_requests:
            events.setdefault(extension_id, []).append((time, presence))

    def _add_uuid(self, uuid: str | None, extension_id: str) -> bool:
        if uuid is None:
            return True
        if uuid in self._uuids:
            return False
        self._uuids[uuid] = extension_id
        if len(self._uuids) > _KEPT_UUIDS:
            self._uuids.popitem(last=False)
        return True


@dataclass(frozen=True, slots=True)
class SnapshotWriter:
    """Applies the snapshots of one request to the store."""

    _store: PresenceStore
    _events: _PendingEvents
    _requested_at: Instant

    def apply(
        self, snapshot: Snapshot, confirmed_at: Instant | None = None
    ) -> PresenceChange | None:
        """Apply a snapshot; it proves that the presence is current if `confirmed_at` is set."""
        if (intercept := self._store.intercept_snapshot) is not None:
            if (intercepted := intercept(snapshot)) is None:
                return None
            snapshot = intercepted
        extension_id, taken_at = snapshot.extension_id, snapshot.taken_at
        if extension_id not in self._store.monitored:
            return None
        if confirmed_at is not None:
            taken_at = self._store.clock.check(taken_at, self._requested_at)
        before = self._store.extensions.get(extension_id)
        known = before or ExtensionPresence()
        read = without_stale_rings(snapshot.presence, known, time.monotonic())
        presence = with_older = merge_snapshot(known.presence, read)
        for sent_at, event in self._events.get(extension_id, ()):
            with_older, _ = merge_event(with_older, event)
            if not is_older(sent_at, taken_at):
                presence, _ = merge_event(presence, event)
        times = self._store.call_times
        after = replace(
            known,
            presence=presence,
            snapshot_time=taken_at,
            call_times=times.after_snapshot(extension_id, before, presence),
        )
        if confirmed_at is not None:
            times.close_gap(extension_id, self._requested_at)
            after = replace(
                after,
                has_snapshot=True,
                requested_at=self._requested_at,
                confirmed_at=confirmed_at,
            )
        self._store.update(extension_id, after)
        return PresenceChange(
            extension_id=extension_id,
            before=before,
            after=after,
            event=None,
            # The answer is dated when it was sent, not when the presence was read: an
            # event from in between looks older than it is.
            needs_refresh=with_older != presence,
        )

    def mark_unreadable(self, extension_id: str) -> None:
        """Record that REST does not return this extension: only events can."""
        self._store.unreadable.add(extension_id)
        self._store.call_times.close_gap(extension_id, self._requested_at)
        if (known := self._store.extensions.get(extension_id)) is not None:
            self._store.update(
                extension_id, replace(known, requested_at=self._requested_at)
            )


def _by_events(
    known: ExtensionPresence, event: PresenceEvent
) -> tuple[ExtensionPresence, Presence]:
    """Return the presence before and after an event by this and the last one alone."""
    # The snapshot may lack a call that has ended and rings again.
    last = Presence() if known.last_event is None else known.last_event.presence
    before, _ = merge_event(Presence(), last)
    after, _ = merge_event(before, event.presence)
    return replace(known, presence=before), after
