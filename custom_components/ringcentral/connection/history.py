"""Connection history of an account for diagnostics.

It is kept across reloads and failed set-ups, until Home Assistant stops.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api.exceptions import Reason, RingCentralError
from ..const import DOMAIN

# State of a stream that has ended.
ENDED: Final = "ended"

_KEPT_TRANSITIONS: Final = 20


class Operation(StrEnum):
    """Operations that can fail."""

    SET_UP = "set_up"
    SIGN_IN = "sign_in"
    LINK = "link"
    LISTS = "lists"
    SNAPSHOT = "snapshot"
    ACTION = "action"


class Transition(NamedTuple):
    """A change of the stream's state; `reason` says why there are no live updates."""

    when: datetime
    state: str
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Values of an error, which itself would keep its whole traceback."""

    when: datetime
    operation: Operation
    reason: Reason
    status: int | None
    code: str | None
    request_id: str | None
    permission: str | None
    retry_after: float | None


class ConnectionHistory:
    """Recent transitions of the stream, the last failure, and counters."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Initialize the history; `clock` returns the time in UTC."""
        self._clock = clock
        self.since = clock()
        self.transitions: deque[Transition] = deque(maxlen=_KEPT_TRANSITIONS)
        self.entered: Counter[str] = Counter()
        self.failures: Counter[Operation] = Counter()
        self.last_failure: Failure | None = None
        self.events: Counter[str] = Counter()
        self.snapshots = 0
        self.last_snapshot: datetime | None = None

    def record_state(self, state: str, error: RingCentralError | None = None) -> None:
        """Record a state of the stream, or `ENDED`."""
        self.entered[state] += 1
        reason = None if error is None else error.reason
        self.transitions.append(Transition(self._clock(), state, reason))

    def record_failure(self, operation: Operation, error: RingCentralError) -> None:
        """Record a failed operation."""
        self.failures[operation] += 1
        self.last_failure = Failure(
            when=self._clock(),
            operation=operation,
            reason=error.reason,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            permission=error.permission,
            retry_after=error.retry_after,
        )

    def record_snapshot(self) -> None:
        """Record a snapshot of all extensions."""
        self.snapshots += 1
        self.last_snapshot = self._clock()


_HISTORIES: Final[HassKey[dict[str, ConnectionHistory]]] = HassKey(
    f"{DOMAIN}_histories"
)


@callback
def get_history(hass: HomeAssistant, entry_id: str) -> ConnectionHistory:
    """Return the history of a config entry."""
    histories = hass.data.setdefault(_HISTORIES, {})
    return histories.setdefault(entry_id, ConnectionHistory(dt_util.utcnow))


@callback
def remove_history(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the history of a config entry."""
    hass.data.get(_HISTORIES, {}).pop(entry_id, None)
