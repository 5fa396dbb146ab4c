"""Call events of all extensions, detected from changes of the presence store. Pure.

Notifications arrive in order, each shows one step. A snapshot shows only the outcome, and
may be ahead of notifications that are still in transit, or that the platform replays
after a loss. So it is pending until no older notification can arrive: then it is resolved,
and the steps that no notification has shown are reconstructed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api.models.enums import TelephonyStatus
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import Presence
from ..presence.merge import merge_calls
from ..presence.models import PresenceChange
from .durations import TimedCall
from .lifecycle import CallEvent
from .tracker import Calls, CallTracker, Observation, PendingMiss

# The date of a snapshot has no fractions of a second.
_DATE_RESOLUTION: Final = timedelta(seconds=1)


@dataclass(slots=True)
class _PendingSnapshot:
    snapshot: PresenceChange
    # Including those of later notifications.
    calls: Calls


class CallEventDetector:
    """Turn presence changes into call events, each reported once."""

    def __init__(self) -> None:
        """Initialize the detector."""
        self._trackers: dict[str, CallTracker] = {}
        self._pending_snapshots: dict[str, _PendingSnapshot] = {}

    @property
    def reported(self) -> Mapping[str, tuple[TimedCall, ...]]:
        """Calls in progress as reported, by extension id."""
        return {
            extension_id: tracker.reported
            for extension_id, tracker in self._trackers.items()
        }

    @property
    def pending_snapshots(self) -> Collection[PresenceChange]:
        """Newest unresolved snapshot of each extension."""
        return [pending.snapshot for pending in self._pending_snapshots.values()]

    def resume(self, reported: Mapping[str, Collection[TimedCall]]) -> None:
        """Continue from the calls that an earlier detector reported."""
        for extension_id, calls in reported.items():
            self._trackers.setdefault(extension_id, CallTracker(calls))

    def forget(self, extension_id: str) -> None:
        """Drop all calls of an extension."""
        self._trackers.pop(extension_id, None)
        self._pending_snapshots.pop(extension_id, None)

    def apply(
        self, change: PresenceChange, *, is_replayed: bool = False
    ) -> list[CallEvent]:
        """Return the call events of a notification; a snapshot becomes pending."""
        # Pending snapshot | Notification | Result
        # none             | in order     | reported
        # none             | outdated     | starts of calls that the snapshot showed first
        # yes              | surely newer | snapshot resolved, notification reported
        # yes              | maybe newer  | reported, and applied to the snapshot's calls
        # yes              | outdated     | reported
        extension_id, event = change.extension_id, change.event
        if event is None:
            self._pending_snapshots[extension_id] = _PendingSnapshot(
                change, change.after.calls
            )
            return []
        if change.before is change.after:
            # Out of order: the newer notification was applied already.
            return []
        observation = Observation(event.timestamp, is_replayed=is_replayed)
        call_events = []
        if (pending := self._pending_snapshots.get(extension_id)) is None:
            if change.is_outdated:
                return self._trackers.get(
                    extension_id, CallTracker()
                ).report_late_starts(event.presence.active_calls or (), observation)
        elif _is_surely_newer(event, change.after.snapshot_time):
            call_events = self.resolve(pending.snapshot)
        elif not change.is_outdated:
            pending.calls = _calls_after(pending.calls, event.presence)
        if (tracker := self._trackers.get(extension_id)) is None:
            calls = _calls_after((), event.presence)
            tracker = self._trackers[extension_id] = CallTracker()
            # Only calls that this event announces are new.
            tracker.update(calls, Observation(event.timestamp, is_snapshot=True))
        else:
            calls = _reported_calls_after(change, event, tracker)
        return call_events + tracker.update(calls, observation)

    def resolve(self, snapshot: PresenceChange) -> list[CallEvent]:
        """Return the call events of a snapshot, unless a newer one has replaced it."""
        extension_id = snapshot.extension_id
        pending = self._pending_snapshots.get(extension_id)
        if pending is None or pending.snapshot is not snapshot:
            return []
        del self._pending_snapshots[extension_id]
        tracker = self._trackers.setdefault(extension_id, CallTracker())
        observation = Observation(snapshot.after.snapshot_time, is_snapshot=True)
        return tracker.update(pending.calls, observation)

    def pending_misses(self, extension_id: str) -> Collection[PendingMiss]:
        """Return the missed calls of an extension that may still continue."""
        tracker = self._trackers.get(extension_id)
        return () if tracker is None else tracker.pending_misses.values()

    def expire_ring(self, extension_id: str, miss: PendingMiss) -> list[CallEvent]:
        """Return a missed call, unless it continued or was reported."""
        tracker = self._trackers.get(extension_id)
        return [] if tracker is None else tracker.expire_ring(miss)


def _reported_calls_after(
    change: PresenceChange, event: PresenceEvent, tracker: CallTracker
) -> Calls:
    before = change.before
    if before is None or change.is_outdated or before.calls is not tracker.last_update:
        # The store is ahead by a snapshot.
        return _calls_after(tracker.calls, event.presence)
    return _with_other_party(change.after.calls, before.calls, event.presence)


def _calls_after(known: Calls, presence: Presence) -> Calls:
    return _with_other_party(merge_calls(known, presence).calls, known, presence)


def _with_other_party(calls: Calls, known: Calls, presence: Presence) -> Calls:
    # Of two parties of one session at one extension (a call to one's own number), the
    # platform lists only the one that has changed.
    listed = presence.active_calls
    if not known or not listed or presence.telephony_status is TelephonyStatus.NO_CALL:
        return calls
    sessions = {call.telephony_session_id for call in listed} - {None}
    keys = {call.key for call in (*calls, *listed)}
    others = [
        call
        for call in known
        if call.telephony_session_id in sessions and call.key not in keys
    ]
    return (*calls, *others) if others else calls


def _is_surely_newer(event: PresenceEvent, snapshot_time: datetime | None) -> bool:
    return (
        event.timestamp is not None
        and snapshot_time is not None
        and event.timestamp - snapshot_time >= _DATE_RESOLUTION
    )
