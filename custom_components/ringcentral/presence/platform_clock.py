"""The platform's clock, as far as notifications show it. Pure.

A proxy or a wrong clock may put any `Date` into the answers of REST, so one that the
notifications contradict is not used to order snapshots and notifications.
"""

from datetime import UTC, datetime, timedelta
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

    def observe(self, timestamp: datetime | None) -> None:
        """Record the timestamp of a notification that has just been sent."""
        if timestamp is not None and _is_plausible(timestamp):
            self._timestamp = timestamp
            self._received_at = Instant.now().boot

    def check(self, date: datetime | None, requested_at: Instant) -> datetime | None:
        """Return when a snapshot was taken: its `Date`, or else the earliest time."""
        now = Instant.now().boot
        if self._timestamp is None:
            limit = _HOST_TOLERANCE + timedelta(seconds=now - requested_at.boot)
            is_right = date is not None and abs(date - datetime.now(UTC)) <= limit
            return date if is_right else None
        earliest = self._at(requested_at.boot)
        if date and earliest - _TOLERANCE <= date <= self._at(now) + _TOLERANCE:
            return date
        return earliest

    def _at(self, boot: float) -> datetime:
        assert self._timestamp is not None
        return self._timestamp + timedelta(seconds=boot - self._received_at)


def _is_plausible(timestamp: datetime) -> bool:
    return abs(timestamp - datetime.now(UTC)) <= _MAX_DIFFERENCE
