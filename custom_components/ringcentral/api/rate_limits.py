"""Rate limits: requests sent and penalties received, by rate group.

The platform counts per user and app, and a request during a penalty restarts it. So the
limiter of an account must outlive a reload.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from .exceptions import DEFAULT_PENALTY, RateLimitedError, Reason


class RateGroup(StrEnum):
    """Rate groups of the platform, counted separately."""

    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"
    AUTH = "auth"


_WINDOW: Final = 60.0
# The platform's windows are a minute long, and no limit is above some hundred requests.
_LONGEST_WINDOW: Final = 600
_HIGHEST_LIMIT: Final = 1000
# The platform counts a request when it arrives, and transit times differ.
_MARGIN: Final = 1.0
_DEFAULT_LIMITS: Final = {
    RateGroup.LIGHT: 50,
    RateGroup.MEDIUM: 40,
    RateGroup.HEAVY: 10,
    RateGroup.AUTH: 5,
}


@dataclass(slots=True)
class _Usage:
    limit: int
    window: float = _WINDOW
    sent: deque[float] = field(default_factory=deque)
    reserved: int = 0
    penalty_until: float = 0.0
    reason: Reason = Reason.RATE_LIMITED


class Reservation:
    """Slots of a rate group for requests to come; leaving its context releases them."""

    def __init__(
        self, limiter: RateLimiter, usage: _Usage, group: RateGroup, spare: int
    ) -> None:
        """Initialize without slots."""
        self._limiter = limiter
        self._usage = usage
        self._group = group
        self._spare = spare
        self._left = 0

    def __enter__(self) -> Self:
        """Return the reservation."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the slots."""
        self.release()

    def add(self, slots: int) -> None:
        """Reserve more slots, all or none; raise RateLimitedError instead of waiting."""
        self._limiter.raise_if_penalized(self._group)
        self._limiter.raise_if_full(self._group, slots + self._spare)
        self._usage.reserved += slots
        self._left += slots

    def use(self) -> None:
        """Use a slot for a request that is sent now; reserve one more if none is left."""
        if not self._left:
            self.add(1)
        self._left -= 1
        self._usage.reserved -= 1
        self._limiter.record_request(self._group)

    def release(self) -> None:
        """Release the slots that were not used."""
        self._usage.reserved -= self._left
        self._left = 0


class RateLimiter:
    """Sliding windows and penalties of all rate groups."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Initialize the limiter with a monotonic clock in seconds."""
        self._clock = clock
        self._usage = {group: _Usage(limit) for group, limit in _DEFAULT_LIMITS.items()}

    def penalty(self, group: RateGroup) -> float:
        """Return the seconds that are left of a penalty."""
        return max(0.0, self._usage[group].penalty_until - self._clock())

    def delay(self, group: RateGroup, requests: int = 1) -> float:
        """Return the seconds until so many slots are free."""
        usage = self._usage[group]
        now = self._clock()
        window = usage.window + _MARGIN
        while usage.sent and usage.sent[0] <= now - window:
            usage.sent.popleft()
        excess = len(usage.sent) + usage.reserved - max(0, usage.limit - requests)
        if excess <= 0:
            return 0.0
        if excess > len(usage.sent):
            # A reserved slot may be used right now.
            return window
        return usage.sent[excess - 1] + window - now

    def raise_if_penalized(self, group: RateGroup) -> None:
        """Raise RateLimitedError during a penalty."""
        if (left := self.penalty(group)) > 0:
            raise RateLimitedError(self._usage[group].reason, retry_after=left)

    def raise_if_full(self, group: RateGroup, requests: int = 1) -> None:
        """Raise RateLimitedError instead of waiting, for use in flows and actions."""
        if (delay := self.delay(group, requests)) > 0:
            raise RateLimitedError(Reason.RATE_LIMITED, retry_after=delay)

    def reserve(self, group: RateGroup, slots: int, spare: int) -> Reservation:
        """Reserve slots, and leave `spare` ones; raise RateLimitedError instead of waiting."""
        reservation = Reservation(self, self._usage[group], group, spare)
        reservation.add(slots)
        return reservation

    def record_request(self, group: RateGroup) -> None:
        """Record that a request is sent."""
        self._usage[group].sent.append(self._clock())

    def update_from_headers(self, group: RateGroup, headers: Mapping[str, str]) -> None:
        """Update limit, window and count; other clients may use the same app and user."""
        usage = self._usage[group]
        limit = _number(headers.get("X-Rate-Limit-Limit"), _HIGHEST_LIMIT)
        window = _number(headers.get("X-Rate-Limit-Window"), _LONGEST_WINDOW)
        remaining = _number(headers.get("X-Rate-Limit-Remaining"), _HIGHEST_LIMIT)
        if limit:
            usage.limit = limit
        if window:
            usage.window = float(window)
        if limit and remaining is not None and remaining < limit:
            ahead = limit - remaining - len(usage.sent)
            usage.sent.extend([self._clock()] * max(0, ahead))

    def record_penalty(
        self,
        group: RateGroup,
        retry_after: float | None,
        reason: Reason = Reason.RATE_LIMITED,
    ) -> None:
        """Record a penalty of so many seconds."""
        usage = self._usage[group]
        usage.reason = reason
        usage.penalty_until = self._clock() + (
            DEFAULT_PENALTY if retry_after is None else retry_after
        )


def _number(value: str | None, highest: int) -> int | None:
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 6:
        return None
    return min(int(value), highest)
