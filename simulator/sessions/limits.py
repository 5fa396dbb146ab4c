"""Rate limits per group: a sliding window, and a penalty that every request restarts."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from ..base import clock
from ..base.errors import rate_exceeded
from ..base.switches import Switches

type Group = Literal["light", "medium", "heavy", "auth"]


@dataclass(slots=True)
class _Bucket:
    requests: deque[float] = field(default_factory=deque)
    penalty_until: float = 0.0


@dataclass(slots=True)
class RateLimits:
    """Counters per group and caller."""

    switches: Switches
    _buckets: dict[tuple[Group, Hashable], _Bucket] = field(default_factory=dict)

    def count(
        self, group: Group, client_id: str, user: str, cost: int = 1
    ) -> dict[str, str]:
        """Count a request and return the headers that its answer carries.

        Raises ApiError with status 429 if it is over the limit.
        """
        switches = self.switches
        per_app = group == "auth" and switches.auth_limit_per == "app"
        caller = client_id if per_app else (client_id, user)
        bucket = self._buckets.setdefault((group, caller), _Bucket())
        limit = self._limit(group)
        now = clock.monotonic()
        while bucket.requests and bucket.requests[0] <= now - switches.rate_window:
            bucket.requests.popleft()
        exceeded = switches.rate_limits and (
            now < bucket.penalty_until or len(bucket.requests) + cost > limit
        )
        headers: dict[str, str] = {}
        if switches.rate_limit_headers:
            remaining = 0 if exceeded else max(0, limit - len(bucket.requests) - cost)
            headers = {
                "X-Rate-Limit-Group": group,
                "X-Rate-Limit-Limit": str(limit),
                "X-Rate-Limit-Remaining": str(remaining),
                "X-Rate-Limit-Window": str(switches.rate_window),
            }
        if exceeded:
            bucket.penalty_until = now + switches.rate_penalty
            if switches.retry_after:
                headers["Retry-After"] = str(ceil(bucket.penalty_until - now))
            raise rate_exceeded(headers)
        bucket.requests.extend([now] * cost)
        return headers

    def clear(self) -> None:
        """Clear all requests and penalties."""
        self._buckets.clear()

    def _limit(self, group: Group) -> int:
        switches = self.switches
        return {
            "light": switches.light_limit,
            "medium": switches.medium_limit,
            "heavy": switches.heavy_limit,
            "auth": switches.auth_limit,
        }[group]
