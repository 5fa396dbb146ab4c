"""The rate-limit ledger: what was sent in each group, and which groups must wait.

The platform counts per user and app in a sliding window, and a request sent during a
penalty starts the penalty again. So the ledger of an account must outlive a reload: it
is kept by whoever creates the client, not by the client.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .exceptions import DEFAULT_PENALTY, RateLimitedError, Reason


class RateGroup(StrEnum):
    """Rate groups of the platform; each counts for itself."""

    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"
    AUTH = "auth"


_WINDOW: Final = 60.0
# The platform counts requests when they arrive, and one may take longer than another.
_MARGIN: Final = 1.0
_DEFAULT_LIMITS: Final = {
    RateGroup.LIGHT: 50,
    RateGroup.MEDIUM: 40,
    RateGroup.HEAVY: 10,
    RateGroup.AUTH: 5,
}


@dataclass(slots=True)
class _Tally:
    limit: int
    window: float = _WINDOW
    sent: deque[float] = field(default_factory=deque)
    penalty_until: float = 0.0
    reason: Reason = Reason.RATE_LIMITED


class RateLimiter:
    """Requests sent and penalties received, by group."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count with a monotonic clock, in seconds."""
        self._clock = clock
        self._tallies = {
            group: _Tally(limit) for group, limit in _DEFAULT_LIMITS.items()
        }

    def penalty(self, group: RateGroup) -> float:
        """Return the seconds for which nothing of this group may be sent."""
        return max(0.0, self._tallies[group].penalty_until - self._clock())

    def delay(self, group: RateGroup, requests: int = 1) -> float:
        """Return the seconds until the window has room for so many more requests."""
        tally = self._tallies[group]
        now = self._clock()
        window = tally.window + _MARGIN
        while tally.sent and tally.sent[0] <= now - window:
            tally.sent.popleft()
        stay = max(0, tally.limit - requests)
        if len(tally.sent) <= stay:
            return 0.0
        # One request per slot: as many must leave as are above the limit.
        return tally.sent[-stay - 1] + window - now

    def raise_if_penalized(self, group: RateGroup) -> None:
        """Refuse to send during a penalty.

        Raises:
            RateLimitedError: with the seconds that are left of it.

        """
        if (left := self.penalty(group)) > 0:
            raise RateLimitedError(self._tallies[group].reason, retry_after=left)

    def raise_if_full(self, group: RateGroup, requests: int = 1) -> None:
        """Refuse requests of which one would have to wait for its turn.

        In the background waiting is right; who sits in front of a form wants to know.

        Raises:
            RateLimitedError: with the seconds until there is room again.

        """
        if (delay := self.delay(group, requests)) > 0:
            raise RateLimitedError(Reason.RATE_LIMITED, retry_after=delay)

    def record_request(self, group: RateGroup) -> None:
        """Enter a request."""
        self._tallies[group].sent.append(self._clock())

    def update_from_headers(self, group: RateGroup, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer; they may be absent.

        Others may use the same app and user, so the platform's count can be ahead of
        ours.
        """
        tally = self._tallies[group]
        limit = _number(headers.get("X-Rate-Limit-Limit"))
        window = _number(headers.get("X-Rate-Limit-Window"))
        remaining = _number(headers.get("X-Rate-Limit-Remaining"))
        if limit:
            tally.limit = limit
        if window:
            tally.window = float(window)
        if limit and remaining is not None and remaining < limit:
            ahead = limit - remaining - len(tally.sent)
            tally.sent.extend([self._clock()] * max(0, ahead))

    def record_penalty(
        self,
        group: RateGroup,
        retry_after: float | None,
        reason: Reason = Reason.RATE_LIMITED,
    ) -> None:
        """Enter a penalty of so many seconds, for too many requests or another reason."""
        tally = self._tallies[group]
        tally.reason = reason
        tally.penalty_until = self._clock() + (
            DEFAULT_PENALTY if retry_after is None else retry_after
        )


def _number(value: str | None) -> int | None:
    """Return a header's non-negative number."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 6:
        return None
    return int(value)
