"""Presence store and call events as the coordinator uses them, without Home Assistant."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, Protocol

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.models.gateway import decode_frame
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import Snapshot
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import CallEvent
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE, PendingEnd
from custom_components.ringcentral.connection.stored_state import (
    StoredCall,
    stored_calls,
)
from custom_components.ringcentral.presence.models import PresenceChange
from custom_components.ringcentral.presence.store import PresenceStore, SnapshotWriter


class Timers(Protocol):
    """What the integration needs of the world around it."""

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action later, unless the integration was restarted."""

    def refresh(self, extension_ids: Collection[str]) -> None:
        """Request snapshots soon."""

    def report(self, extension_id: str, event: CallEvent) -> None:
        """Report a call event."""


class Stored(NamedTuple):
    """What a run leaves behind; it is not complete after a kill."""

    calls: Mapping[str, Sequence[StoredCall]]
    uuids: Sequence[str]
    sequences: Mapping[str, int]
    is_complete: bool


class Integration:
    """One run of the integration."""

    def __init__(
        self,
        extension_ids: Iterable[str],
        world: Timers,
        stored: Stored | None = None,
    ) -> None:
        """Start, with what another run has stored."""
        self._extension_ids = list(extension_ids)
        self._world = world
        self.store = PresenceStore(Anomalies())
        self.store.monitor(self._extension_ids)
        self._detector = CallEventDetector()
        self._waiting: set[object] = set()
        # Beginning of a connection that has replayed notifications.
        self._recovered_at: datetime | None = None
        self._connected_at = Instant.now()
        if stored is not None:
            self.store.restore(stored.uuids, stored.sequences)
            now = datetime.now(UTC)
            calls = {
                extension_id: [call.to_call(now) for call in calls]
                for extension_id, calls in stored.calls.items()
            }
            self._detector.resume(calls, is_complete=stored.is_complete)

    def apply(self, frame: bytes) -> None:
        """Apply a notification."""
        event = decode_notification(decode_frame(frame, Anomalies()).body, Anomalies())
        if not isinstance(event, PresenceEvent):
            return
        is_replayed = (
            self._recovered_at is not None
            and event.timestamp is not None
            and event.timestamp < self._recovered_at
        )
        change = self.store.apply_event(
            event, self._connected_at if is_replayed else None
        )
        if change is None:
            return
        if change.needs_refresh:
            self._world.refresh([change.extension_id])
        self._apply(change, is_replayed=is_replayed)

    def apply_snapshots(
        self, snapshots: Iterable[Snapshot], writer: SnapshotWriter
    ) -> None:
        """Apply the answer of a request."""
        for snapshot in snapshots:
            if (
                change := writer.apply(snapshot, confirmed_at=Instant.now())
            ) is not None:
                if change.needs_refresh:
                    self._world.refresh([change.extension_id])
                self._apply(change)

    @property
    def pending_snapshots(self) -> Collection[PresenceChange]:
        """Snapshots whose call events are not reported yet."""
        return list(self._detector.pending_snapshots)

    def resolve(self, snapshots: Iterable[PresenceChange]) -> None:
        """Report the call events of snapshots after which nothing older can arrive."""
        for snapshot in snapshots:
            self._report(snapshot.extension_id, self._detector.resolve(snapshot))
            self._start_timers(snapshot.extension_id)

    def handle_loss(self) -> None:
        """Handle the loss of the connection."""
        self.store.call_times.is_pushed = False
        self._detector.mark_incomplete(is_replayable=True)

    def handle_resync(self) -> None:
        """Handle a fresh subscription."""
        self.store.call_times.is_pushed = True
        self._recovered_at = None
        self._connected_at = Instant.now()
        self._detector.mark_incomplete(is_replayable=False)
        self.store.forget_sequences()

    def handle_recovery(self, recovered_at: datetime) -> None:
        """Handle a recovered session, before its replay."""
        self.store.call_times.is_pushed = True
        self._recovered_at = recovered_at
        self._connected_at = Instant.now()

    def handle_replay(self, *, is_complete: bool) -> None:
        """Handle the end of a replay."""
        if is_complete:
            self._detector.mark_complete()
        else:
            self.store.call_times.add_gap(self._extension_ids)

    def stored(self, *, is_complete: bool) -> Stored:
        """Return what is to be stored."""
        calls = stored_calls(self._detector.reported)
        store = self.store
        return Stored(calls, store.recent_uuids, store.recent_sequences, is_complete)

    def stop(self) -> None:
        """Report what is pending, as a clean shutdown does."""
        for extension_id in self._extension_ids:
            for end in list(self._detector.pending_ends(extension_id)):
                self._report(extension_id, self._detector.expire(extension_id, end))

    def _apply(self, change: PresenceChange, *, is_replayed: bool = False) -> None:
        extension_id = change.extension_id
        events = self._detector.apply(change, is_replayed=is_replayed)
        self._report(extension_id, events)
        self._start_timers(extension_id)

    def _start_timers(self, extension_id: str) -> None:
        for end in self._detector.pending_ends(extension_id):
            if end not in self._waiting:
                self._waiting.add(end)
                self._world.call_later(
                    MAX_RING_PAUSE.total_seconds(),
                    partial(self._expire, extension_id, end),
                )

    def _expire(self, extension_id: str, end: PendingEnd) -> None:
        self._report(extension_id, self._detector.expire(extension_id, end))

    def _report(self, extension_id: str, events: Iterable[CallEvent]) -> None:
        for event in events:
            self._world.report(extension_id, event)
