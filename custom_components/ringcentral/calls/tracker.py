"""Calls of one extension, as last reported in call events. Pure."""

from collections.abc import Iterable
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from .durations import CallTimer, TimedCall
from .lifecycle import CallEvent, CallEventType, CallKey, call_events

type Calls = tuple[ActiveCall, ...]

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
        # Missed calls that are not reported yet.
        self.pending_misses: dict[CallKey, PendingMiss] = {}
        # Shown by a snapshot before any event: their start may be announced later.
        self._unannounced: frozenset[CallKey] = frozenset()
        # Kept to be compared by identity.
        self.last_update: Calls | None = None

    @property
    def reported(self) -> tuple[TimedCall, ...]:
        """Calls in progress with their timers."""
        return tuple(self._reported.values())

    @property
    def calls(self) -> Calls:
        """Calls in progress."""
        return tuple([item.call for item in self._reported.values()])

    def update(self, calls: Calls, observation: Observation) -> list[CallEvent]:
        """Return the events since the last update; `calls` are all calls in progress."""
        self.last_update = calls
        time = observation.time
        current = {call.key: call for call in calls}
        known = self._reported
        if self._unannounced and not observation.is_snapshot:
            # Calls whose start is announced only now are reported as new ones.
            new = self._unannounced & _announced(calls, time).keys()
            known = {key: item for key, item in known.items() if key not in new}
            self._unannounced = frozenset()
        events = []
        if self.pending_misses:
            events = self._expire_rings(time)
            known = known | {
                key: self.pending_misses.pop(key).ringing
                for key in current
                if key in self.pending_misses
            }
        self._reported = reported = {
            key: _timed(known.get(key), call, time) for key, call in current.items()
        }
        if observation.is_snapshot:
            self._unannounced |= reported.keys() - known.keys()
        for key, event in call_events(
            {key: item.call for key, item in known.items()},
            current,
            from_snapshot=observation.is_snapshot,
        ):
            timed = _timed_event(event, reported.get(key) or known[key], observation)
            if timed.type is CallEventType.MISSED:
                self.pending_misses[key] = PendingMiss(timed, known[key])
            else:
                events.append(timed)
        return events

    def report_late_starts(
        self, calls: Iterable[ActiveCall], observation: Observation
    ) -> list[CallEvent]:
        """Return the starts that an outdated event announces of calls in progress."""
        time = observation.time
        announced = {
            key: call
            for key, call in _announced(calls, time).items()
            if key in self._unannounced and key in self._reported
        }
        self._unannounced -= announced.keys()
        return [
            _timed_event(event, _timed(None, event.call, time), observation)
            for _, event in call_events({}, announced)
        ]

    def _expire_rings(self, time: datetime | None) -> list[CallEvent]:
        # Misses that are too old to continue.
        return [
            event
            for miss in list(self.pending_misses.values())
            if time and miss.event.time and time - miss.event.time > MAX_RING_PAUSE
            for event in self.expire_ring(miss)
        ]

    def expire_ring(self, miss: PendingMiss) -> list[CallEvent]:
        """Return a missed call, unless it continued or was reported."""
        key = miss.event.call.key
        if self.pending_misses.get(key) is not miss:
            return []
        del self.pending_misses[key]
        return [miss.event]


def _announced(
    calls: Iterable[ActiveCall], time: datetime | None
) -> dict[CallKey, ActiveCall]:
    # A notification of this time was sent because these calls ring.
    return {
        call.key: call
        for call in calls
        if call.telephony_status is TelephonyStatus.RINGING
        and call.start_time is not None
        and time is not None
        and abs(time - call.start_time) <= _ANNOUNCED_WITHIN
    }


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
