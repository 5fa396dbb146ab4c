"""The calls of one extension, as they have been told. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from .durations import CallTimer, TimedCall
from .lifecycle import CallEvent, CallEventType, call_events

type Calls = tuple[ActiveCall, ...]
type CallKey = tuple[str | None, str | None]

# A call that stops ringing may go on ringing, or be connected, a moment later: the
# platform passes it from one device to the next. Longer than that, it is another ring.
STILL_RINGS_WITHIN: Final = timedelta(seconds=3)


class Observation(NamedTuple):
    """How a picture of calls came.

    Attributes:
        time: the platform's, of the event or the snapshot.

    """

    time: datetime | None
    is_snapshot: bool = False
    is_replayed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PendingMiss:
    """A ring that has stopped, and may turn out to go on.

    Attributes:
        event: that it was missed; not told yet.

    """

    event: CallEvent
    before: TimedCall


class CallTracker:
    """What has been told, so that the next picture tells what is new.

    A ring that stops is told as missed only when it is sure not to go on: when the next
    news of the extension is too late for that, or `let_out` says that enough time has
    passed.
    """

    def __init__(self, told: Iterable[TimedCall] = ()) -> None:
        """Remember these calls."""
        self._told: dict[CallKey, TimedCall] = {item.call.key: item for item in told}
        self._seen: Calls | None = None
        self._stopped: dict[CallKey, PendingMiss] = {}

    @property
    def reported(self) -> tuple[TimedCall, ...]:
        """The calls in progress."""
        return tuple(self._told.values())

    @property
    def calls(self) -> Calls:
        """The calls in progress, without their times."""
        return tuple([item.call for item in self._told.values()])

    @property
    def pending_misses(self) -> Collection[PendingMiss]:
        """The rings that have stopped, and are not told as missed yet."""
        return self._stopped.values()

    def has_seen(self, calls: Calls) -> bool:
        """Whether this very picture of the calls was the last one."""
        return self._seen is calls

    def continues_with(self, calls: Calls) -> bool:
        """Whether all calls in progress are among these."""
        return self._told.keys() <= {call.key for call in calls}

    def knows(self, key: CallKey) -> bool:
        """Whether a call is in progress, or may turn out to be."""
        return key in self._told or key in self._stopped

    def add_unreported(self, calls: Iterable[ActiveCall], sight: Observation) -> None:
        """Take calls for told: they were in progress before anybody looked."""
        for call in calls:
            self._told[call.key] = TimedCall(call, CallTimer.start(call, sight.time))

    def update(
        self, calls: Calls, sight: Observation, anew: Collection[CallKey] = ()
    ) -> list[CallEvent]:
        """Return what has happened until this picture of all calls.

        Args:
            calls: those in progress.
            sight: how the picture came.
            anew: calls that are to be told as new ones although they are known.

        """
        known = self._told
        if anew:
            known = {key: item for key, item in known.items() if key not in anew}
        if self._stopped:
            known = known | self._taken_back(calls)
        self._told = told = {}
        # Most calls are as they were.
        former: list[ActiveCall] = []
        current: list[ActiveCall] = []
        for call in calls:
            key = call.key
            item = known.get(key)
            if item is None:
                current.append(call)
            elif item.call.telephony_status is not call.telephony_status:
                former.append(item.call)
                current.append(call)
            told[key] = _timed(item, call, sight.time)
        former.extend(item.call for key, item in known.items() if key not in told)
        self._seen = calls
        happened = []
        for event in call_events(former, current, from_snapshot=sight.is_snapshot):
            key = event.call.key
            dated = _dated(event, (told.get(key) or known[key]).times, sight)
            if dated.type is CallEventType.MISSED:
                self._stopped[key] = PendingMiss(dated, known[key])
            else:
                happened.append(dated)
        return happened

    def _taken_back(self, calls: Calls) -> dict[CallKey, TimedCall]:
        """Take back that the rings of these calls have stopped: they go on."""
        return {
            call.key: ring.before
            for call in calls
            if (ring := self._stopped.pop(call.key, None)) is not None
        }

    def add_reported(self, call: ActiveCall, sight: Observation) -> list[CallEvent]:
        """Return the beginning of a call that is in progress already."""
        times = CallTimer.start(call, sight.time)
        return [_dated(event, times, sight) for event in call_events((), (call,))]

    def expire_rings(self, time: datetime | None) -> list[CallEvent]:
        """Return the misses of rings that stopped too long before a time to go on."""
        return [
            event
            for ring in list(self._stopped.values())
            if time and ring.event.time and time - ring.event.time > STILL_RINGS_WITHIN
            for event in self.expire_ring(ring)
        ]

    def expire_ring(self, ring: PendingMiss) -> list[CallEvent]:
        """Return the miss of a ring; nothing if it went on or has been told."""
        if self._stopped.get(ring.event.call.key) is not ring:
            return []
        del self._stopped[ring.event.call.key]
        return [ring.event]


def _timed(
    known: TimedCall | None, call: ActiveCall, time: datetime | None
) -> TimedCall:
    if known is None:
        return TimedCall(call, CallTimer.start(call, time))
    times = known.times.advance(call, time)
    if call.telephony_status in (None, TelephonyStatus.UNKNOWN):
        # A word of tomorrow says nothing: the next known one tells what has happened.
        call = call._replace(telephony_status=known.call.telephony_status)
    return TimedCall(call, times)


def _dated(event: CallEvent, times: CallTimer, sight: Observation) -> CallEvent:
    return CallEvent(
        event.type,
        event.call,
        event.reconstructed,
        sight.is_replayed,
        sight.time,
        times.durations_at(sight.time),
    )
