"""For how long a call has rung, been talked on and been held, by the platform's times.

Pure: a clock of our own would also measure how long the news was on its way.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall
from .lifecycle import CallDurations


class Phase(StrEnum):
    """What is measured of a call; each is a field of its durations."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"


_PHASES: Final[Mapping[TelephonyStatus | None, Phase]] = {
    TelephonyStatus.RINGING: Phase.RINGING,
    TelephonyStatus.CALL_CONNECTED: Phase.TALKING,
    TelephonyStatus.ON_HOLD: Phase.HELD,
}


_NOTHING_KNOWN: Final = CallDurations()


class CallTimer(NamedTuple):
    """What has been measured of a call.

    Attributes:
        past: the durations, without the phase that goes on.
        phase: that phase; None while the call is parked or its status unknown.
        since: when it began, or when the call was seen first; None if nobody said.

    """

    past: CallDurations = _NOTHING_KNOWN
    phase: Phase | None = None
    since: datetime | None = None

    @classmethod
    def start(cls, call: ActiveCall, time: datetime | None) -> Self:
        """Begin to measure a call that is seen for the first time.

        It rings since its start. What else it has been until now, nobody saw.
        """
        phase = _PHASES.get(call.telephony_status)
        if phase is not Phase.RINGING:
            return cls(
                past=CallDurations(talking=0.0, held=0.0), phase=phase, since=time
            )
        return cls(
            past=CallDurations(ringing=0.0, talking=0.0, held=0.0),
            phase=phase,
            since=min((t for t in (call.start_time, time) if t), default=None),
        )

    def durations_at(self, time: datetime | None) -> CallDurations:
        """Return the durations at a time."""
        if self.phase is None:
            return self.past
        seconds: float | None = getattr(self.past, self.phase)
        if seconds is None or self.since is None or time is None:
            return self.past._replace(**{self.phase: None})
        if time is self.since:
            # It has just begun.
            return self.past
        # The date of a snapshot has no fractions, so time may seem to run back.
        passed = max(0.0, (time - self.since).total_seconds())
        return self.past._replace(**{self.phase: round(seconds + passed, 3)})

    def advance(self, call: ActiveCall, time: datetime | None) -> Self:
        """Go on measuring: this is what the call has become at a time."""
        phase = _PHASES.get(call.telephony_status)
        if phase is self.phase or call.telephony_status is None:
            return self
        since = time
        if time is not None and self.since is not None:
            since = max(time, self.since)
        return type(self)(self.durations_at(time), phase, since)


class TimedCall(NamedTuple):
    """A call, and what has been measured of it."""

    call: ActiveCall
    times: CallTimer
