"""Calls of one extension, as last reported in call events. Pure."""

from collections.abc import Collection, Iterable
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from .durations import CallTimer, TimedCall
from .lifecycle import CallEvent, CallEventType, call_events

type Calls = tuple[ActiveCall, ...]
type CallKey = tuple[str | None, str | None]

# The platform passes a call from one device to the next with a pause in between. After
# a longer pause, it is another ring.
MAX_RING_PAUSE: Final = timedelta(seconds=3)
# The notification that a call rings is sent within this time from the call's start.
# Later ones have another cause.
_ANNOUNCED_WITHIN: Final = timedelta(seconds=5)


class Observation(NamedTuple):
    """Origin of a list of calls; `time` is that of the platform."""

    time: datetime | None
    is_snapshot: bool = False
    is_replayed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PendingMiss:
    """Missed call that is not reported yet, since it may continue to ring."""

    event: CallEvent
    # The call before the event.
    ringing: TimedCall


class CallTracker:
    """Detect what is new in the calls of an extension."""

    def __init__(self, reported: Iterable[TimedCall] = ()) -> None:
        """Initialize the tracker with calls in progress whose start yields no event."""
        self._reported: dict[CallKey, TimedCall] = {
            item.call.key: item for item in reported
        }
        self._pending_misses: dict[CallKey, PendingMiss] = {}
        # Shown by a snapshot before any event: their start may be announced later.
        self._unannounced: frozenset[CallKey] = frozenset()
        self._last_update: Calls | None = None

    @classmethod
    def from_first_event(cls, calls: Calls, time: datetime | None) -> Self:
        """Return a tracker that holds the calls which started before an event."""
        announced = _announced(calls, time)
        return cls(
            TimedCall(call, CallTimer.start(call, time))
            for call in calls
            if call.key not in announced
        )

    @property
    def reported(self) -> tuple[TimedCall, ...]:
        """Calls in progress with their timers."""
        return tuple(self._reported.values())

    @property
    def calls(self) -> Calls:
        """Calls in progress."""
        return tuple([item.call for item in self._reported.values()])

    @property
    def pending_misses(self) -> Collection[PendingMiss]:
        """Missed calls that are not reported yet."""
        return self._pending_misses.values()

    def was_updated_with(self, calls: Calls) -> bool:
        """Return whether the last update was this very object."""
        return self._last_update is calls

    def is_subset_of(self, calls: Calls) -> bool:
        """Return whether all calls in progress are among these."""
        return self._reported.keys() <= {call.key for call in calls}

    def update(self, calls: Calls, observation: Observation) -> list[CallEvent]:
        """Return the events since the last update; `calls` are all calls in progress."""
        time = observation.time
        known = self._resume_pending(calls, self._known(calls, observation))
        self._reported = reported = {
            call.key: _timed(known.get(call.key), call, time) for call in calls
        }
        self._last_update = calls
        if observation.is_snapshot:
            self._unannounced |= reported.keys() - known.keys()
        events = []
        for event in call_events(
            [item.call for item in known.values()],
            calls,
            from_snapshot=observation.is_snapshot,
        ):
            key = event.call.key
            timed = _timed_event(event, reported.get(key) or known[key], observation)
            if timed.type is CallEventType.MISSED:
                self._pending_misses[key] = PendingMiss(timed, known[key])
            else:
                events.append(timed)
        return events

    def _known(
        self, calls: Calls, observation: Observation
    ) -> dict[CallKey, TimedCall]:
        # Calls whose start is announced only now are reported as new ones.
        if observation.is_snapshot or not self._unannounced:
            return self._reported
        new = self._unannounced & _announced(calls, observation.time)
        self._unannounced = frozenset()
        return {key: item for key, item in self._reported.items() if key not in new}

    def _resume_pending(
        self, calls: Calls, known: dict[CallKey, TimedCall]
    ) -> dict[CallKey, TimedCall]:
        if not self._pending_misses:
            return known
        return known | {
            call.key: miss.ringing
            for call in calls
            if (miss := self._pending_misses.pop(call.key, None)) is not None
        }

    def report_late_starts(
        self, calls: Iterable[ActiveCall], observation: Observation
    ) -> list[CallEvent]:
        """Return the starts that an outdated event announces of calls in progress."""
        time = observation.time
        events = []
        for call in calls:
            open_keys = self._unannounced & self._reported.keys()
            if call.key in open_keys and _is_announced(call, time):
                self._unannounced -= {call.key}
                timed = TimedCall(call, CallTimer.start(call, time))
                events += [
                    _timed_event(event, timed, observation)
                    for event in call_events((), (call,))
                ]
        return events

    def expire_rings(self, time: datetime | None) -> list[CallEvent]:
        """Return the missed calls whose ring ended too long before `time` to continue."""
        return [
            event
            for miss in list(self._pending_misses.values())
            if time and miss.event.time and time - miss.event.time > MAX_RING_PAUSE
            for event in self.expire_ring(miss)
        ]

    def expire_ring(self, miss: PendingMiss) -> list[CallEvent]:
        """Return a missed call, unless it continued or was reported."""
        key = miss.event.call.key
        if self._pending_misses.get(key) is not miss:
            return []
        del self._pending_misses[key]
        return [miss.event]


def _announced(calls: Calls, time: datetime | None) -> set[CallKey]:
    return {call.key for call in calls if _is_announced(call, time)}


def _is_announced(call: ActiveCall, time: datetime | None) -> bool:
    """Return whether a notification of this time was sent because the call rings."""
    return (
        call.telephony_status is TelephonyStatus.RINGING
        and call.start_time is not None
        and time is not None
        and abs(time - call.start_time) <= _ANNOUNCED_WITHIN
    )


def _timed(
    known: TimedCall | None, call: ActiveCall, time: datetime | None
) -> TimedCall:
    if known is None:
        return TimedCall(call, CallTimer.start(call, time))
    timer = known.times.advance(call, time)
    if call.telephony_status in (None, TelephonyStatus.UNKNOWN):
        # Keep the last known status: an unknown one carries no information.
        call = replace(call, telephony_status=known.call.telephony_status)
    return TimedCall(call, timer)


def _timed_event(
    event: CallEvent, timed: TimedCall, observation: Observation
) -> CallEvent:
    return event._replace(
        replayed=observation.is_replayed,
        time=observation.time,
        durations=timed.times.durations_at(observation.time),
    )
