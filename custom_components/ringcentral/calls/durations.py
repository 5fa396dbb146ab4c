"""Durations of the phases of a call, by the times of the platform. Pure."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

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
_ANSWERED_BEFORE: Final = CallDurations(talking=0.0, held=0.0)
_JUST_RINGING: Final = CallDurations(ringing=0.0, talking=0.0, held=0.0)


class CallTimer(NamedTuple):
    """Durations of a call: those of past phases, and the current phase."""

    past: CallDurations = CallDurations()
    # None while the call is parked or of unknown status.
    phase: Phase | None = None
    # Start of the current phase, or first observation; None if unknown.
    since: datetime | None = None

    @classmethod
    def start(cls, call: ActiveCall, time: datetime | None) -> Self:
        """Return the timer of a call that is observed for the first time."""
        phase = _PHASES.get(call.telephony_status)
        if phase is not Phase.RINGING:
            return cls(_ANSWERED_BEFORE, phase, time)
        times = [t for t in (call.start_time, time) if t is not None]
        return cls(_JUST_RINGING, phase, min(times, default=None))

    def durations_at(self, time: datetime | None) -> CallDurations:
        """Return the durations until a time."""
        if self.phase is None:
            return self.past
        seconds: float | None = getattr(self.past, self.phase)
        if seconds is None or self.since is None or time is None:
            return replace(self.past, **{self.phase: None})
        # The date of a snapshot has no fractions of a second: time may seem to run back.
        passed = max(0.0, (time - self.since).total_seconds())
        return replace(self.past, **{self.phase: round(seconds + passed, 3)})

    def advance(self, call: ActiveCall, time: datetime | None) -> Self:
        """Return the timer after the call was observed again."""
        phase = _PHASES.get(call.telephony_status)
        if phase is self.phase or call.telephony_status is None:
            return self
        since = time
        if time is not None and self.since is not None:
            since = max(time, self.since)
        return type(self)(self.durations_at(time), phase, since)


class TimedCall(NamedTuple):
    """Call with its timer."""

    call: ActiveCall
    times: CallTimer
