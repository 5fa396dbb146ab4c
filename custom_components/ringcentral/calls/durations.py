"""Durations of the phases of a call, by the times of the platform. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self

from ..api.models.base import Record
from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from .lifecycle import CallDurations


class Phase(StrEnum):
    """Measured phase of a call; each is a field of `CallDurations`."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"


_PHASES: Final[Mapping[TelephonyStatus | None, Phase]] = {
    TelephonyStatus.RINGING: Phase.RINGING,
    TelephonyStatus.CALL_CONNECTED: Phase.TALKING,
    TelephonyStatus.ON_HOLD: Phase.HELD,
}
# The notification that a call rings is sent within this time from the call's start.
# Later ones have another cause.
ANNOUNCED_WITHIN: Final = timedelta(seconds=5)
# No call lasts longer than a day: one of the times is wrong.
_MAX_DURATION: Final = timedelta(days=1)
# The date of a snapshot has no fractions of a second: time may seem to run back.
_MIN_DURATION: Final = timedelta(seconds=-2)
_ANSWERED_BEFORE: Final = CallDurations(talking=0.0, held=0.0)
_JUST_RINGING: Final = CallDurations(ringing=0.0, talking=0.0, held=0.0)


class CallTimer(Record, frozen=True):
    """Durations of a call: those of past phases, and the current phase."""

    past: CallDurations = CallDurations()
    # None while the call is parked, or before its first known status.
    phase: Phase | None = None
    # Start of the current phase, or first observation; None if unknown.
    since: datetime | None = None

    @classmethod
    def start(
        cls, call: ActiveCall, time: datetime | None, *, is_new: bool = True
    ) -> Self:
        """Return the timer of a call that is observed for the first time.

        If it is not new, it may have been ringing for some time.
        """
        phase = _PHASES.get(call.telephony_status)
        if phase is not Phase.RINGING:
            return cls(_ANSWERED_BEFORE, phase, time)
        return cls(_JUST_RINGING, phase, _ring_start(call, time, is_new=is_new))

    def durations_at(self, time: datetime | None) -> CallDurations:
        """Return the durations until a time."""
        if self.phase is None or (time is self.since is not None):
            return self.past
        seconds: float | None = getattr(self.past, self.phase)
        passed = _passed(self.since, time)
        if seconds is None or passed is None:
            return self._past_with(None)
        return self._past_with(round(seconds + passed, 3))

    def _past_with(self, seconds: float | None) -> CallDurations:
        past = self.past
        if self.phase is Phase.RINGING:
            return CallDurations(seconds, past.talking, past.held)
        if self.phase is Phase.TALKING:
            return CallDurations(past.ringing, seconds, past.held)
        return CallDurations(past.ringing, past.talking, seconds)

    def advance(self, call: ActiveCall, time: datetime | None) -> Self:
        """Return the timer after the call was observed again."""
        phase = _PHASES.get(call.telephony_status)
        if phase is self.phase or call.telephony_status is None:
            return self
        if phase is Phase.RINGING:
            # It rings again, after it was answered.
            return type(self)(_JUST_RINGING, phase, time)
        since = time
        if time and self.since and self.since - time < _MAX_DURATION:
            since = max(time, self.since)
        return type(self)(self.durations_at(time), phase, since)


def _ring_start(
    call: ActiveCall, time: datetime | None, *, is_new: bool
) -> datetime | None:
    """Return when a call began to ring: its start, if that is the start of this ring."""
    start = call.start_time
    if start and time and timedelta(0) <= time - start <= ANNOUNCED_WITHIN:
        return start
    # Of a call that was transferred or waited in a queue, the start may be earlier.
    return time if is_new else None


def _passed(since: datetime | None, time: datetime | None) -> float | None:
    """Return the seconds between two times; None if they are unknown or impossible."""
    if since is None or time is None:
        return None
    passed = time - since
    if not _MIN_DURATION <= passed <= _MAX_DURATION:
        return None
    return max(0.0, passed.total_seconds())


class TimedCall(NamedTuple):
    """Call with its timer."""

    call: ActiveCall
    times: CallTimer
    # First leg of an own RingOut.
    is_leg: bool = False
