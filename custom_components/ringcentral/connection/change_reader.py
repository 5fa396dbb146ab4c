"""Read what events announce, and poll what is not pushed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from homeassistant.core import callback

from ..api.clock import Instant
from ..api.event_stream import StreamState
from ..api.exceptions import AuthenticationError, RingCentralError, TemporaryError
from ..api.rate_limits import RateGroup, RateLimiter
from ..const import COLLECT_FOR, GRACE, LOGGER, POLL_INTERVAL
from .monitor import ConnectionMonitor

# Slots of the rate group that are left to others.
_SPARE: Final = 20
# What must not be read is tried again after this time, in seconds.
_RETRY_INTERVAL: Final = 3600.0


class ChangeReader:
    """Reads resources of one kind: at first, after events, and with each snapshot."""

    def __init__(
        self,
        name: str,
        monitor: ConnectionMonitor,
        limiter: RateLimiter,
        read: Callable[[str], Awaitable[None]],
        drop: Callable[[str], None],
    ) -> None:
        """Initialize without resources; `drop` is called with one that is not current."""
        self._name = name
        self._monitor = monitor
        self._limiter = limiter
        self._read = read
        self._drop = drop
        # Event filters by resource.
        self._filters: Mapping[str, str] = {}
        # In their order, so that one that fails does not keep others from being read.
        self._stale: dict[str, None] = {}
        self._is_reading = False
        # Of any resource.
        self._read_at: Instant | None = None
        # When reading began to fail, and when it was refused.
        self._failed_at: dict[str, Instant] = {}
        self._refused_at: dict[str, Instant] = {}

    @callback
    def follow(self, filters: Mapping[str, str]) -> None:
        """Follow resources by their event filters, and read those that are new."""
        self._stale.update(dict.fromkeys(filters.keys() - self._filters.keys()))
        self._filters = filters
        self._read_stale()

    @callback
    def mark_changed(self, resource: str) -> None:
        """Schedule a debounced read of a resource."""
        self._stale[resource] = None
        self._monitor.tasks.start_timer(COLLECT_FOR, self._read_stale)

    @callback
    def mark_all_changed(self) -> None:
        """Schedule a debounced read of all resources."""
        for resource in self._filters:
            refused_at = self._refused_at.get(resource)
            if refused_at is None or refused_at.age >= _RETRY_INTERVAL:
                self.mark_changed(resource)

    @callback
    def handle_connection(self) -> None:
        """Handle a change of the stream or of its subscription."""
        self._drop_unconfirmed()
        self._schedule_poll()

    @callback
    def _drop_unconfirmed(self) -> None:
        stream = self._monitor.stream
        if stream.state is not StreamState.DOWN:
            return
        confirmed_at = (stream.last_message_at, self._read_at)
        age = min([at.age for at in confirmed_at if at is not None], default=GRACE)
        if age < GRACE:
            self._monitor.tasks.start_timer(GRACE - age, self._drop_unconfirmed)
            return
        for resource in self._filters:
            self._drop(resource)

    @property
    def _not_pushed(self) -> set[str]:
        refused = {one.filter for one in self._monitor.refused_filters}
        readable = self._filters.keys() - self._refused_at.keys()
        return {one for one in readable if self._filters[one] in refused}

    @callback
    def _schedule_poll(self) -> None:
        # Without live updates at all, all are read with each snapshot.
        if self._monitor.stream.state is StreamState.PUSH and self._not_pushed:
            self._start_poll_timer()

    @callback
    def _start_poll_timer(self) -> None:
        self._monitor.tasks.start_timer(POLL_INTERVAL.total_seconds(), self._poll)

    @callback
    def _poll(self) -> None:
        self._stale.update(dict.fromkeys(self._not_pushed))
        self._read_stale()

    @callback
    def _read_stale(self) -> None:
        if self._stale and not self._is_reading:
            self._is_reading = True
            self._monitor.tasks.spawn(self._read_all(), self._name)

    async def _read_all(self) -> None:
        try:
            while self._stale:
                if (delay := self._limiter.delay(RateGroup.LIGHT, _SPARE)) > 0:
                    await asyncio.sleep(delay)
                resource = next(iter(self._stale))
                del self._stale[resource]
                if resource in self._filters:
                    await self._read_one(resource)
        except TemporaryError as err:
            LOGGER.debug("Reading %s failed: %s", self._name, err)
            self._start_poll_timer()
        finally:
            self._is_reading = False
        self._schedule_poll()

    async def _read_one(self, resource: str) -> None:
        try:
            await self._read(resource)
        except TemporaryError, AuthenticationError:
            self._stale[resource] = None
            if self._failed_at.setdefault(resource, Instant.now()).age >= GRACE:
                self._drop(resource)
            raise
        except RingCentralError as err:
            LOGGER.debug("Some %s cannot be read: %s", self._name, err)
            self._refused_at[resource] = Instant.now()
            self._drop(resource)
        else:
            self._read_at = Instant.now()
            self._refused_at.pop(resource, None)
        self._failed_at.pop(resource, None)
