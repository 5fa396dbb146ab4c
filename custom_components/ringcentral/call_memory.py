"""The calls of one extension, as they have been told. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .api.models import ActiveCall
from .api.words import TelephonyStatus
from .call_times import CallTimes, TimedCall
from .calls import CallEvent, CallEventType, call_events

type Calls = tuple[ActiveCall, ...]
type CallKey = tuple[str | None, str | None]

# A call that stops ringing may go on ringing, or be connected, a moment later: the
# platform passes it from one device to the next. Longer than that, it is another ring.
STILL_RINGS_WITHIN: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How a picture of calls came.

    Attributes:
        time: the platform's, of the event or the snapshot.

    """

    time: datetime | None
    is_snapshot: bool = False
    is_replayed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class StoppedRing:
    """A ring that has stopped, and may turn out to go on.

    Attributes:
        event: that it was missed; not told yet.

    """

    event: CallEvent
    before: TimedCall


class CallMemory:
    """What has been told, so that the next picture tells what is new.

    A ring that stops is told as missed only when it is sure not to go on: when the next
    news of the extension is too late for that, or `let_out` says that enough time has
    passed.
    """

    def __init__(self, told: Iterable[TimedCall] = ()) -> None:
        """Remember these calls."""
        self._told: dict[CallKey, TimedCall] = {item.call.key: item for item in told}
        self._stopped: dict[CallKey, StoppedRing] = {}

    @property
    def told(self) -> tuple[TimedCall, ...]:
        """The calls in progress."""
        return tuple(self._told.values())

    @property
    def calls(self) -> Calls:
        """The calls in progress, without their times."""
        return tuple([item.call for item in self._told.values()])

    @property
    def stopped(self) -> Collection[StoppedRing]:
        """The rings that have stopped, and are not told as missed yet."""
        return self._stopped.values()

    def knows(self, key: CallKey) -> bool:
        """Whether a call is in progress, or may turn out to be."""
        return key in self._told or key in self._stopped

    def adopt(self, calls: Iterable[ActiveCall], sight: Sight) -> None:
        """Take calls for told: they were in progress before anybody looked."""
        for call in calls:
            self._told[call.key] = TimedCall(call, CallTimes.of_new(call, sight.time))

    def see(
        self, calls: Calls, sight: Sight, anew: Collection[CallKey] = ()
    ) -> Iterator[CallEvent]:
        """Yield what has happened until this picture of all calls.

        Args:
            calls: those in progress.
            sight: how the picture came.
            anew: calls that are to be told as new ones although they are known.

        """
        known = {key: item for key, item in self._told.items() if key not in anew}
        for call in calls:
            if (ring := self._stopped.pop(call.key, None)) is not None:
                known[call.key] = ring.before
        self._told = {
            call.key: _timed(known.get(call.key), call, sight.time) for call in calls
        }
        for event in call_events(
            [item.call for item in known.values()],
            calls,
            from_snapshot=sight.is_snapshot,
        ):
            key = event.call.key
            dated = _dated(event, (self._told.get(key) or known[key]).times, sight)
            if dated.type is CallEventType.MISSED:
                self._stopped[key] = StoppedRing(dated, known[key])
            else:
                yield dated

    def announce(self, call: ActiveCall, sight: Sight) -> Iterator[CallEvent]:
        """Yield the beginning of a call that is in progress already."""
        times = CallTimes.of_new(call, sight.time)
        for event in call_events((), (call,)):
            yield _dated(event, times, sight)

    def let_out_before(self, time: datetime | None) -> Iterator[CallEvent]:
        """Yield the misses of rings that stopped too long before a time to go on."""
        for ring in list(self._stopped.values()):
            stopped = ring.event.time
            if time and stopped and time - stopped > STILL_RINGS_WITHIN:
                yield from self.let_out(ring)

    def let_out(self, ring: StoppedRing) -> Iterator[CallEvent]:
        """Yield the miss of a ring; nothing if it went on or has been told."""
        if self._stopped.get(ring.event.call.key) is ring:
            del self._stopped[ring.event.call.key]
            yield ring.event


def _timed(
    known: TimedCall | None, call: ActiveCall, time: datetime | None
) -> TimedCall:
    if known is None:
        return TimedCall(call, CallTimes.of_new(call, time))
    times = known.times.seen(call, time)
    if call.telephony_status in (None, TelephonyStatus.UNKNOWN):
        # A word of tomorrow says nothing: the next known one tells what has happened.
        call = replace(call, telephony_status=known.call.telephony_status)
    return TimedCall(call, times)


def _dated(event: CallEvent, times: CallTimes, sight: Sight) -> CallEvent:
    return replace(
        event,
        replayed=sight.is_replayed,
        time=sight.time,
        durations=times.until(sight.time),
    )
