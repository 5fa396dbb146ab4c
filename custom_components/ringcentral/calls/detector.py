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
from ..presence.call_list import Calls, merge_calls
from ..presence.models import PresenceChange
from .durations import TimedCall
from .lifecycle import CallEvent
from .observation import Observation
from .tracker import CallTracker, PendingEnd

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
        # Telephony sessions of own RingOuts, each listed as one call.
        self.ringouts: Collection[str] = ()

    @property
    def reported(self) -> Mapping[str, tuple[TimedCall, ...]]:
        """Calls whose end was not reported, by extension id."""
        return {
            extension_id: tracker.reported
            for extension_id, tracker in self._trackers.items()
        }

    @property
    def pending_snapshots(self) -> Collection[PresenceChange]:
        """Newest unresolved snapshot of each extension."""
        return [pending.snapshot for pending in self._pending_snapshots.values()]

    def resume(
        self, reported: Mapping[str, Collection[TimedCall]], *, is_complete: bool = True
    ) -> None:
        """Continue from the calls that an earlier detector reported.

        If that is not complete, a replay may lack notifications that were received.
        """
        for extension_id, calls in reported.items():
            if extension_id not in self._trackers:
                tracker = CallTracker(calls, is_complete=is_complete)
                self._trackers[extension_id] = tracker

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
        if change.after.last_event is not event:
            # Out of order: the newer notification was applied already.
            if tracker := self._trackers.get(extension_id):
                tracker.observe_late(event.presence.active_calls or ())
                if change.needs_refresh:
                    tracker.announced = _announced_status(change.after.calls, event)
            return []
        announced = (
            None if change.is_outdated else _announced_status(change.after.calls, event)
        )
        observation = Observation(
            event.timestamp, False, is_replayed, announced, self.ringouts
        )
        call_events = []
        tracker = self._trackers.get(extension_id)
        pending = self._pending_snapshots.get(extension_id)
        if is_replayed and tracker and tracker.was_resumed_after(event.timestamp):
            # Sent to the last run, before the calls that were stored.
            return []
        if pending is None:
            if change.is_outdated:
                listed = event.presence.active_calls or ()
                return (
                    tracker.report_late_starts(listed, observation) if tracker else []
                )
        elif _is_surely_newer(event, change.after.snapshot_time):
            call_events = self.resolve(pending.snapshot)
        elif not change.is_outdated:
            pending.calls = merge_calls(pending.calls, event.presence).calls
        # Resolving the snapshot may have created it.
        if (tracker := self._trackers.get(extension_id)) is None:
            calls = merge_calls((), event.presence).calls
            tracker = self._trackers[extension_id] = CallTracker()
            # Only calls that this event announces are new.
            tracker.update(calls, Observation(event.timestamp, is_snapshot=True))
        elif not _has_calls(event.presence):
            return call_events
        else:
            calls = _reported_calls_after(change, event, tracker)
        call_events += tracker.update(calls, observation)
        if announced is TelephonyStatus.RINGING:
            tracker.extend_ends(event.timestamp)
        elif announced is not None:
            tracker.doubt_rings()
        return call_events

    def resolve(self, snapshot: PresenceChange) -> list[CallEvent]:
        """Return the call events of a snapshot, unless a newer one has replaced it."""
        extension_id = snapshot.extension_id
        pending = self._pending_snapshots.get(extension_id)
        if pending is None or pending.snapshot is not snapshot:
            return []
        del self._pending_snapshots[extension_id]
        tracker = self._trackers.setdefault(extension_id, CallTracker())
        observation = Observation(
            snapshot.after.snapshot_time, is_snapshot=True, ringouts=self.ringouts
        )
        return tracker.update(pending.calls, observation)

    def mark_incomplete(self, *, is_replayable: bool) -> None:
        """Record that notifications may be missing: a ring that ends may be answered."""
        for tracker in self._trackers.values():
            tracker.mark_incomplete(is_replayable=is_replayable)

    def mark_complete(self) -> None:
        """Record that no notification is missing."""
        for tracker in self._trackers.values():
            tracker.mark_complete()

    def pending_ends(self, extension_id: str) -> Collection[PendingEnd]:
        """Return the ends of rings of an extension that may still continue."""
        tracker = self._trackers.get(extension_id)
        return () if tracker is None else tracker.pending_ends

    def expire(self, extension_id: str, end: PendingEnd) -> list[CallEvent]:
        """Return the end of a ring, unless the call continued or the end was reported."""
        tracker = self._trackers.get(extension_id)
        return [] if tracker is None else tracker.expire(end)


def _has_calls(presence: Presence) -> bool:
    return presence.active_calls is not None or presence.telephony_status is not None


def _reported_calls_after(
    change: PresenceChange, event: PresenceEvent, tracker: CallTracker
) -> Calls:
    before = change.before
    if before is None or change.is_outdated or before.calls is not tracker.last_update:
        # The store is ahead by a snapshot.
        calls = merge_calls(tracker.calls, event.presence).calls
        if calls != change.after.calls:
            return calls
    return change.after.calls


def _announced_status(calls: Calls, event: PresenceEvent) -> TelephonyStatus | None:
    """Return the status of a notification that none of the known calls has."""
    status = event.presence.telephony_status
    if status in _OF_NO_CALL:
        return None
    for call in calls:
        if call.telephony_status is status:
            return None
    return status


_OF_NO_CALL: Final = (None, TelephonyStatus.NO_CALL, TelephonyStatus.UNKNOWN)


def _is_surely_newer(event: PresenceEvent, snapshot_time: datetime | None) -> bool:
    return (
        event.timestamp is not None
        and snapshot_time is not None
        and event.timestamp - snapshot_time >= _DATE_RESOLUTION
    )
