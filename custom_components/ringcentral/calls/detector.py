"""What has been told of each extension's calls, so that each thing is told once.

Events tell what happened to a call, in order. A snapshot shows only what came of it, and
may be ahead of events that are still on their way: stuck in a connection that is dying,
or kept by the platform for the replay. So a snapshot changes what is shown at once, but
what it tells of calls waits until it is settled: until nothing older can come any more.
Pure, as the book whose changes it is fed with.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall, Presence, PresenceEvent
from ..presence.store import PresenceChange, merged_calls
from .durations import TimedCall
from .lifecycle import CallEvent
from .tracker import CallKey, Calls, CallTracker, Observation, PendingMiss

# An event that announces a ringing call comes well within this time from its start; one
# that comes later was sent because of something else.
_ANNOUNCED_WITHIN: Final = timedelta(seconds=5)
# The date of a snapshot has no fractions: what is older may look newer by so much.
_DATE_RESOLUTION: Final = timedelta(seconds=1)


@dataclass(slots=True)
class _PendingSnapshot:
    """A snapshot that is not settled, and the calls in progress by it and since."""

    snapshot: PresenceChange
    calls: Calls


class CallEventDetector:
    """Turns changes of the book into call events."""

    def __init__(self) -> None:
        """Know nothing: what is in progress already is nobody's news."""
        self._memories: dict[str, CallTracker] = {}
        # Calls that a snapshot showed first: the event that announces them may come.
        self._unannounced: dict[str, frozenset[CallKey]] = {}
        self._unsettled: dict[str, _PendingSnapshot] = {}

    @property
    def reported(self) -> Mapping[str, tuple[TimedCall, ...]]:
        """The calls in progress, by extension, as they have been told."""
        return {
            extension_id: memory.reported
            for extension_id, memory in self._memories.items()
        }

    @property
    def pending_snapshots(self) -> Collection[PresenceChange]:
        """The newest snapshot of each extension, unless it has been settled."""
        return [unsettled.snapshot for unsettled in self._unsettled.values()]

    def resume(self, told: Mapping[str, Collection[TimedCall]]) -> None:
        """Begin where a former log ended, unless something has been told since."""
        for extension_id, calls in told.items():
            self._memories.setdefault(extension_id, CallTracker(calls))

    def forget(self, extension_id: str) -> None:
        """Know nothing of an extension any more."""
        self._memories.pop(extension_id, None)
        self._unannounced.pop(extension_id, None)
        self._unsettled.pop(extension_id, None)

    def apply(
        self, change: PresenceChange, *, is_replayed: bool = False
    ) -> list[CallEvent]:
        """Return what an event tells of calls; keep in mind what a snapshot does.

        Args:
            change: of the book.
            is_replayed: whether the event was sent before the present connection began.

        """
        extension_id, event = change.extension_id, change.event
        if event is None:
            self._unsettled[extension_id] = _PendingSnapshot(change, change.after.calls)
            return []
        if change.before is change.after:
            # Overtaken: what the newer event told is told.
            return []
        happened: list[CallEvent] = []
        sight = Observation(time=event.timestamp, is_replayed=is_replayed)
        if (unsettled := self._unsettled.get(extension_id)) is not None:
            if _is_surely_newer(event, change.after.snapshot_time):
                # In order, so everything older has come.
                happened += self._resolve(extension_id, unsettled)
            elif not change.is_outdated:
                unsettled.calls = _calls_after(unsettled.calls, event.presence)
        elif change.is_outdated:
            # The snapshot has been settled: this is told already, one way or another,
            # but for the beginning of a call that the snapshot showed first.
            return self._report_start(extension_id, event, sight)
        memory = self._memories.get(extension_id)
        unannounced = self._unannounced.pop(extension_id, None)
        calls = _told_by(change, event, memory)
        anew: Collection[CallKey] = ()
        if memory is None or unannounced:
            news = {call.key for call in calls if _is_announced_by(event, call)}
            anew = news & (unannounced or set())
            if memory is None:
                memory = self._memories[extension_id] = CallTracker()
                memory.add_unreported(
                    [call for call in calls if call.key not in news], sight
                )
        happened += memory.expire_rings(sight.time)
        happened += memory.update(calls, sight, anew)
        return happened

    def _report_start(
        self, extension_id: str, event: PresenceEvent, sight: Observation
    ) -> list[CallEvent]:
        """Return the beginnings that a late event announces of calls that still are."""
        memory = self._memories.get(extension_id, CallTracker())
        open_calls = {call.key for call in memory.calls}
        happened: list[CallEvent] = []
        for call in event.presence.active_calls or ():
            unannounced = self._unannounced.get(extension_id, frozenset())
            if call.key in unannounced & open_calls and _is_announced_by(event, call):
                self._unannounced[extension_id] = unannounced - {call.key}
                happened += memory.add_reported(call, sight)
        return happened

    def resolve(self, snapshot: PresenceChange) -> list[CallEvent]:
        """Return what a snapshot tells of calls: nothing older can come any more.

        Nothing, if it is settled already, or a newer snapshot has come since.
        """
        unsettled = self._unsettled.get(snapshot.extension_id)
        if unsettled is None or unsettled.snapshot is not snapshot:
            return []
        return self._resolve(snapshot.extension_id, unsettled)

    def _resolve(
        self, extension_id: str, unsettled: _PendingSnapshot
    ) -> list[CallEvent]:
        del self._unsettled[extension_id]
        memory = self._memories.setdefault(extension_id, CallTracker())
        time = unsettled.snapshot.after.snapshot_time
        happened = memory.expire_rings(time)
        new = frozenset(
            call.key for call in unsettled.calls if not memory.knows(call.key)
        )
        if new:
            former = self._unannounced.get(extension_id, frozenset())
            self._unannounced[extension_id] = former | new
        return happened + memory.update(
            unsettled.calls, Observation(time=time, is_snapshot=True)
        )

    # Rings that have stopped

    def pending_misses(self, extension_id: str) -> Collection[PendingMiss]:
        """Return the rings of an extension that are not told as missed yet."""
        memory = self._memories.get(extension_id)
        return () if memory is None else memory.pending_misses

    def expire_ring(self, extension_id: str, ring: PendingMiss) -> list[CallEvent]:
        """Return the miss of a ring that has stopped, unless it turned out to go on."""
        memory = self._memories.get(extension_id)
        return [] if memory is None else memory.expire_ring(ring)


def _told_by(
    change: PresenceChange, event: PresenceEvent, memory: CallTracker | None
) -> Calls:
    """Return the calls in progress after an event, as far as they have been told.

    Not those of the picture: it may be ahead, or there may be none yet. Nearly always,
    though, they are the same, and merged already.
    """
    if memory is None:
        return _calls_after((), event.presence)
    before = change.before
    if before is not None and not change.is_outdated and memory.has_seen(before.calls):
        calls = change.after.calls
        if memory.continues_with(calls):
            return calls
        return _with_other_party(calls, before.calls, event.presence)
    return _calls_after(memory.calls, event.presence)


def _calls_after(known: Calls, told: Presence) -> Calls:
    """Return the calls in progress after an event."""
    return _with_other_party(merged_calls(known, told).calls, known, told)


def _with_other_party(calls: Calls, known: Calls, told: Presence) -> Calls:
    """Return the calls after an event, and those that it only seems to have ended.

    Of two parties of one session at one extension (a call of one's own number) the
    platform lists only the one that has changed: the other one is still there.
    """
    if not told.active_calls or told.telephony_status is TelephonyStatus.NO_CALL:
        return calls
    mentioned = {call.key for call in calls}
    gone = [call for call in known if call.key not in mentioned]
    if not gone:
        return calls
    mentioned.update(call.key for call in told.active_calls)
    sessions = {call.telephony_session_id for call in told.active_calls} - {None}
    return calls + tuple(
        [
            call
            for call in gone
            if call.telephony_session_id in sessions and call.key not in mentioned
        ]
    )


def _is_surely_newer(event: PresenceEvent, snapshot_time: datetime | None) -> bool:
    return (
        event.timestamp is not None
        and snapshot_time is not None
        and event.timestamp - snapshot_time >= _DATE_RESOLUTION
    )


def _is_announced_by(event: PresenceEvent, call: ActiveCall) -> bool:
    """Whether an event was sent because this call began to ring."""
    return call.telephony_status is TelephonyStatus.RINGING and _is_just_before(
        call.start_time, event.timestamp
    )


def _is_just_before(start: datetime | None, time: datetime | None) -> bool:
    return (
        start is not None
        and time is not None
        and abs(time - start) <= _ANNOUNCED_WITHIN
    )
