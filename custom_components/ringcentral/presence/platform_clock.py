"""The platform's clock, as far as notifications show it. Pure.

A proxy or a wrong clock may put any `Date` into the answers of REST, so one that the
notifications contradict is not used to order snapshots and notifications.
"""

from datetime import UTC, datetime, timedelta
import time
from typing import Final

from ..api.clock import Instant

# Delays of notifications and answers, and fractions of a second that a `Date` lacks.
_TOLERANCE: Final = timedelta(seconds=5)
# The host's clock may be wrong by some hours; a time this far from it is no time.
_MAX_DIFFERENCE: Final = timedelta(days=1)
# Without a notification, a `Date` may differ this much from the host's clock.
_HOST_TOLERANCE: Final = timedelta(minutes=1)


class PlatformClock:
    """Estimates the platform's time from the last notification."""

    def __init__(self) -> None:
        """Initialize without a notification."""
        self._timestamp: datetime | None = None
        self._received_at = 0.0

    def observe(self, timestamp: datetime | None, received_at: float) -> None:
        """Record when a notification was sent, and when it arrived (monotonic time)."""
        if timestamp is not None:
            self._timestamp, self._received_at = timestamp, received_at

    def check(self, date: datetime | None, requested_at: Instant) -> datetime | None:
        """Return when a snapshot was taken: its `Date`, or else the earliest time."""
        now, took = datetime.now(UTC), timedelta(seconds=requested_at.age)
        latest, tolerance = now, _HOST_TOLERANCE
        if self._timestamp and abs(self._timestamp - now) <= _MAX_DIFFERENCE:
            since = time.monotonic() - self._received_at
            latest, tolerance = self._timestamp + timedelta(seconds=since), _TOLERANCE
        if date and latest - took - tolerance <= date <= latest + tolerance:
            return date
        return None if latest is now else latest - took
