"""Recovery: whether the session of the last connection is continued by the next one."""

from dataclasses import dataclass
from typing import Final

from .backoff import RETRY_PAUSES
from .clock import Instant
from .exceptions import RateLimitedError, Reason, RingCentralError
from .models.gateway import DEFAULT_RECOVERY_TIMEOUT, SessionContext

# A client that continues the same session ends the connection of the other one. After so
# many ends in a row, each no later than such a client would return, the session is left.
TAKEOVERS: Final = 3
_TRANSIT: Final = 2.0
# It is left once in this time: later ends have another cause. In seconds.
CONTEST_INTERVAL: Final = 3600.0

# The gateway, or a proxy before it, cannot read the session context.
_MALFORMED_CONTEXT: Final = "WSG-400"
_MALFORMED_REQUEST: Final = (400, 414, 431)


@dataclass(frozen=True, slots=True)
class Session:
    """What continues a subscription on another connection, also after a restart."""

    context: SessionContext
    subscription_id: str


class Recovery:
    """The session of the last connection, and whether another client continues it, too."""

    def __init__(self) -> None:
        """Initialize without a session."""
        self.context: SessionContext | None = None
        self._ended_at = Instant.now()
        self._timeout = 0.0
        self._takeovers = 0
        self._left_at: Instant | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the session can be continued."""
        return self.context is not None and self._ended_at.age <= self._timeout

    @property
    def is_contested(self) -> bool:
        """Whether another client seems to continue the session again and again."""
        return self._takeovers >= TAKEOVERS and (
            self._left_at is None or self._left_at.age >= CONTEST_INTERVAL
        )

    def is_unreadable(self, error: RingCentralError) -> bool:
        """Return whether a connection was refused because of its session context."""
        return self.context is not None and (
            error.code == _MALFORMED_CONTEXT or error.status in _MALFORMED_REQUEST
        )

    def keep(
        self, context: SessionContext | None, timeout: float = DEFAULT_RECOVERY_TIMEOUT
    ) -> None:
        """Use the session of a connection that has ended, or of an earlier run."""
        self.context = context
        self._ended_at = Instant.now()
        self._timeout = timeout

    def leave(self) -> None:
        """Leave the session to the other client."""
        self.context = None
        self._takeovers = 0
        self._left_at = Instant.now()

    def record_end(
        self, error: RingCentralError, lasted: float, *, is_recovered: bool
    ) -> None:
        """Record the end of a connection."""
        is_takeover = is_recovered and error.reason is Reason.CONNECTION_LOST
        step = min(self._takeovers, len(RETRY_PAUSES) - 1)
        if not is_takeover or error.code is not None:
            self._takeovers = 0
        elif lasted <= RETRY_PAUSES[step][1] + _TRANSIT:
            self._takeovers += 1
        else:
            self._takeovers = int(lasted <= RETRY_PAUSES[0][1] + _TRANSIT)

    def record_failure(self, error: RingCentralError) -> None:
        """Record a failed try to connect: the network or the platform is the cause."""
        # Two clients together may exceed the rate limit.
        if not isinstance(error, RateLimitedError):
            self._takeovers = 0
