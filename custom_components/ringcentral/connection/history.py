"""What has happened to an account in this run of Home Assistant, for diagnostics.

It outlives a reload and a set-up that fails: that is what people try before they ask for
help. Nothing personal: words and counts of our own, codes of the platform.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api.exceptions import (
    PermissionMissingError,
    Reason,
    RingCentralError,
    TemporaryError,
)
from ..const import DOMAIN

# After the end of a link, until the next one begins.
ENDED: Final = "ended"

_TRANSITIONS_KEPT: Final = 20


class Operation(StrEnum):
    """What failed."""

    SET_UP = "set_up"
    SIGN_IN = "sign_in"
    LINK = "link"
    LISTS = "lists"
    SNAPSHOT = "snapshot"
    ACTION = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of how changes reach us.

    Attributes:
        state: of the link, or `ENDED`.
        reason: why there is no push.

    """

    when: datetime
    state: str
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The facts of an error; the error itself would keep its whole traceback."""

    when: datetime
    reason: Reason
    status: int | None
    code: str | None
    request_id: str | None
    permission: str | None
    retry_after: float | None


class ConnectionHistory:
    """The last transitions of the link, the last failure of each kind, and counts.

    Attributes:
        since: when it begins.
        transitions: the last ones, the newest at the end.
        entered: how often each state has been entered; as for push, how often the
            subscription was made or continued.
        failures: the last one of each kind of work.
        failed: how often each kind of work has failed.
        events: how many notifications of each kind have come.
        snapshots: how many have been taken.
        last_snapshot: when the last one was taken.

    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begin now; `clock` tells the time in UTC."""
        self._clock = clock
        self.since = clock()
        self.transitions: deque[Transition] = deque(maxlen=_TRANSITIONS_KEPT)
        self.entered: Counter[str] = Counter()
        self.failures: dict[Operation, Failure] = {}
        self.failed: Counter[Operation] = Counter()
        self.events: Counter[str] = Counter()
        self.snapshots = 0
        self.last_snapshot: datetime | None = None

    def record_state(self, state: str, error: RingCentralError | None = None) -> None:
        """Take note of a state, and of why there is no push."""
        self.entered[state] += 1
        reason = None if error is None else error.reason
        self.transitions.append(
            Transition(when=self._clock(), state=state, reason=reason)
        )

    def record_failure(self, work: Operation, error: RingCentralError) -> None:
        """Take note of a failure."""
        self.failed[work] += 1
        self.failures[work] = Failure(
            when=self._clock(),
            reason=error.reason,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            permission=error.permission
            if isinstance(error, PermissionMissingError)
            else None,
            retry_after=error.retry_after
            if isinstance(error, TemporaryError)
            else None,
        )

    def record_snapshot(self) -> None:
        """Take note of a snapshot of everything."""
        self.snapshots += 1
        self.last_snapshot = self._clock()


_HISTORIES: Final[HassKey[dict[str, ConnectionHistory]]] = HassKey(
    f"{DOMAIN}_histories"
)


@callback
def get_history(hass: HomeAssistant, entry_id: str) -> ConnectionHistory:
    """Return the history of an entry; one begins with the first call."""
    histories = hass.data.setdefault(_HISTORIES, {})
    if entry_id not in histories:
        histories[entry_id] = ConnectionHistory(dt_util.utcnow)
    return histories[entry_id]


@callback
def remove_history(hass: HomeAssistant, entry_id: str) -> None:
    """Forget an entry that has been removed."""
    hass.data.get(_HISTORIES, {}).pop(entry_id, None)
