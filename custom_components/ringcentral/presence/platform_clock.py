"""The platform's clock, as far as notifications show it. Pure.

A proxy or a wrong clock may put any `Date` into the answers of REST, so one that the
notifications contradict is not used to order snapshots and notifications.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
import time
from typing import Final

from ..api.clock import Instant

# A `Date` lacks fractions of a second, and the notifications may all have been late.
_BEHIND: Final = timedelta(seconds=5)
_AHEAD: Final = timedelta(seconds=10)
# The host's clock may be wrong by some hours; a time this far from it is no time.
_MAX_DIFFERENCE: Final = timedelta(days=1)
# Without a notification, a `Date` may differ this much from the host's clock.
_HOST_TOLERANCE: Final = timedelta(minutes=1)
# Some of them may be late, or have a wrong time.
_NOTIFICATIONS: Final = 9


class PlatformClock:
    """Estimates the platform's time from the last notifications."""

    def __init__(self) -> None:
        """Initialize without a notification."""
        self._notifications: deque[tuple[datetime, float]] = deque(
            maxlen=_NOTIFICATIONS
        )

    def observe(self, timestamp: datetime | None, received_at: float) -> None:
        """Record when a notification was sent, and when it arrived (monotonic time)."""
        if timestamp is not None:
            self._notifications.append((timestamp, received_at))

    def check(self, date: datetime | None, requested_at: Instant) -> datetime | None:
        """Return when a snapshot was taken: its `Date`, or else the earliest time."""
        now, took = datetime.now(UTC), timedelta(seconds=requested_at.age)
        latest = self._estimate(now)
        if latest is None:
            earliest, latest = now - took - _HOST_TOLERANCE, now + _HOST_TOLERANCE
            return date if date and earliest <= date <= latest else None
        earliest = latest - took
        if date and earliest - _BEHIND <= date <= latest + _AHEAD:
            return date
        return earliest

    def _estimate(self, now: datetime) -> datetime | None:
        """Return the median of the times that the notifications indicate."""
        monotonic = time.monotonic()
        times = sorted(
            timestamp + timedelta(seconds=monotonic - received_at)
            for timestamp, received_at in self._notifications
            if abs(timestamp - now) <= _MAX_DIFFERENCE
        )
        return times[len(times) // 2] if times else None
