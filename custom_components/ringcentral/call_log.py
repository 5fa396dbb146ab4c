"""What has been told of each extension's calls, so that each thing is told once.

Events tell what happened to a call, in order. A snapshot shows only what came of it, and
may be ahead of events that are still on their way: stuck in a connection that is dying,
or kept by the platform for the replay. So a snapshot changes what is shown at once, but
what it tells of calls waits until it is settled: until nothing older can come any more.
Pure, as the book whose changes it is fed with.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .api.models import ActiveCall, PresenceEvent
from .api.words import TelephonyStatus
from .calls import CallEvent, call_events
from .presence import Change, merged_calls

type Calls = tuple[ActiveCall, ...]

# An event that announces a ringing call comes well within this time from its start; one
# that comes later was sent because of something else.
_ANNOUNCED_WITHIN: Final = timedelta(seconds=5)
# The date of a snapshot has no fractions: what is older may look newer by so much.
_DATE_RESOLUTION: Final = timedelta(seconds=1)


@dataclass(slots=True)
class _Unsettled:
    """A snapshot that is not settled, and the calls in progress by it and since."""

    snapshot: Change
    calls: Calls


class CallLog:
    """Turns changes of the book into call events."""

    def __init__(self) -> None:
        """Know nothing: what is in progress already is nobody's news."""
        self._told: dict[str, Calls] = {}
        # Calls that a snapshot showed first: the event that announces them may come.
        self._unannounced: dict[str, frozenset[object]] = {}
        self._unsettled: dict[str, _Unsettled] = {}

    @property
    def told(self) -> Mapping[str, Calls]:
        """The calls in progress, by extension, as they have been told."""
        return self._told

    @property
    def unsettled(self) -> Collection[Change]:
        """The newest snapshot of each extension, unless it has been settled."""
        return [unsettled.snapshot for unsettled in self._unsettled.values()]

    def resume(self, told: Mapping[str, Calls]) -> None:
        """Begin where a former log ended, unless something has been told since."""
        self._told = {**told, **self._told}

    def forget(self, extension_id: str) -> None:
        """Know nothing of an extension any more."""
        self._told.pop(extension_id, None)
        self._unannounced.pop(extension_id, None)
        self._unsettled.pop(extension_id, None)

    def apply(self, change: Change) -> Iterator[CallEvent]:
        """Yield what an event tells of calls; keep in mind what a snapshot does."""
        extension_id, event = change.extension_id, change.event
        if event is None:
            self._unsettled[extension_id] = _Unsettled(change, change.after.calls)
            return
        if (unsettled := self._unsettled.get(extension_id)) is not None:
            if _is_surely_newer(event, change.after.snapshot_time):
                # In order, so everything older has come.
                yield from self._settle(extension_id, unsettled.calls)
            else:
                unsettled.calls = change.after.calls
        elif change.late:
            # The snapshot has been settled: this is told already, one way or another,
            # but for the beginning of a call that the snapshot showed first.
            yield from self._announce(extension_id, event)
            return
        told = self._told.get(extension_id)
        # Not those of the picture: it may be ahead, or there may be none yet.
        calls, _ = merged_calls(told or (), event.presence)
        self._told[extension_id] = calls
        unannounced = self._unannounced.pop(extension_id, None)
        if told is None:
            known = [call for call in calls if not _is_announced_by(event, call)]
        elif unannounced is None:
            known = list(told)
        else:
            news = {call.key for call in calls if _is_announced_by(event, call)}
            known = [call for call in told if call.key not in news & unannounced]
        yield from call_events(known, calls)

    def _announce(self, extension_id: str, event: PresenceEvent) -> Iterator[CallEvent]:
        """Yield the beginnings that a late event announces of calls that still are."""
        open_calls = {call.key for call in self._told.get(extension_id, ())}
        for call in event.presence.active_calls or ():
            unannounced = self._unannounced.get(extension_id, frozenset())
            if call.key in unannounced & open_calls and _is_announced_by(event, call):
                self._unannounced[extension_id] = unannounced - {call.key}
                yield from call_events((), (call,))

    def settle(self, snapshot: Change) -> Iterator[CallEvent]:
        """Yield what a snapshot tells of calls: nothing older can come any more.

        Nothing, if it is settled already, or a newer snapshot has come since.
        """
        unsettled = self._unsettled.get(snapshot.extension_id)
        if unsettled is not None and unsettled.snapshot is snapshot:
            yield from self._settle(snapshot.extension_id, unsettled.calls)

    def _settle(self, extension_id: str, calls: Calls) -> Iterator[CallEvent]:
        del self._unsettled[extension_id]
        told = self._told.get(extension_id, ())
        self._told[extension_id] = calls
        known = {call.key for call in told}
        new = frozenset(call.key for call in calls if call.key not in known)
        if new:
            former = self._unannounced.get(extension_id, frozenset())
            self._unannounced[extension_id] = former | new
        yield from call_events(told, calls, from_snapshot=True)


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
