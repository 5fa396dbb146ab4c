"""The life of the presence subscription across connections.

    recovering --connected--> push --lost--> recovering
    recovering --polled--> polling --connected--> push
    recovering, polling --nothing works--> down --polled--> polling
    down --connected--> push

`push`: the gateway tells every change. `recovering`: it was lost a moment ago. `polling`:
REST answers in its place. `down`: nothing does. The table of transitions is the only
place where the state changes.
"""

import asyncio
import contextlib
from enum import StrEnum
import logging
import random
from typing import Final, Protocol

import aiohttp

from .anomalies import Anomalies
from .errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    Reason,
    RingCentralError,
    TemporaryError,
    where,
)
from .gateway import Gateway, SessionContext
from .rest import RestClient
from .subscription import RecoveryState, Subscription

_LOGGER = logging.getLogger(__name__)

# Pauses before the next try, in seconds: each drawn between its two bounds, so that
# many clients do not come back at once, and few enough for the Auth rate group.
RETRY_PAUSES: Final = ((1, 1), (2, 6), (10, 20), (20, 40), (40, 80), (80, 120))
# A link that lived this long starts the pauses from the beginning.
STEADY_AFTER: Final = 60.0
# Error code of the gateway for a session context it cannot read.
_MALFORMED_CONTEXT: Final = "WSG-400"


class LinkState(StrEnum):
    """How changes reach us now."""

    PUSH = "push"
    RECOVERING = "recovering"
    POLLING = "polling"
    DOWN = "down"


class LinkEvent(StrEnum):
    """What can happen to the link."""

    SUBSCRIBED = "subscribed"
    LOST = "lost"
    POLLED = "polled"
    POLL_FAILED = "poll_failed"


TRANSITIONS: Final = {
    (LinkState.RECOVERING, LinkEvent.SUBSCRIBED): LinkState.PUSH,
    (LinkState.POLLING, LinkEvent.SUBSCRIBED): LinkState.PUSH,
    (LinkState.DOWN, LinkEvent.SUBSCRIBED): LinkState.PUSH,
    (LinkState.PUSH, LinkEvent.LOST): LinkState.RECOVERING,
    (LinkState.RECOVERING, LinkEvent.POLLED): LinkState.POLLING,
    (LinkState.DOWN, LinkEvent.POLLED): LinkState.POLLING,
    (LinkState.RECOVERING, LinkEvent.POLL_FAILED): LinkState.DOWN,
    (LinkState.POLLING, LinkEvent.POLL_FAILED): LinkState.DOWN,
}


class LinkListener(Protocol):
    """Who is told what the link hears."""

    def handle_notification(self, body: object) -> None:
        """Take the body of a notification."""

    def handle_link_state(self, state: LinkState) -> None:
        """Take a change of state."""

    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription
    ) -> None:
        """Take what a new or changed subscription grants of the filters requested."""

    def handle_fresh_subscription(self) -> None:
        """Take note that changes may have been missed: the picture must be fetched.

        Sequence numbers may start again.
        """

    def handle_recovery(self) -> None:
        """Take note that the session goes on: what was missed is being replayed."""

    def handle_credentials_refused(self, error: AuthenticationError) -> None:
        """Take note that only the user can help."""


class Link:
    """Keeps one subscription alive: connects, recovers, retries."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        rest: RestClient,
        listener: LinkListener,
        anomalies: Anomalies,
    ) -> None:
        """Start as recovering; `run` does the work."""
        self._session = session
        self._rest = rest
        self._listener = listener
        self._anomalies = anomalies
        self._filters: tuple[str, ...] = ()
        self._subscribed_filters: tuple[str, ...] = ()
        self._gateway: Gateway | None = None
        self._context: SessionContext | None = None
        self._recover_until = 0.0
        self._change_lock = asyncio.Lock()
        self.state = LinkState.RECOVERING
        self.subscription: Subscription | None = None
        self.last_error: RingCentralError | None = None
        self.first_try_done = asyncio.Event()

    async def run(self) -> None:
        """Keep the subscription alive until cancelled."""
        loop = asyncio.get_running_loop()
        failures = 0
        error: RingCentralError
        while True:
            try:
                gateway = await self._open()
            except RingCentralError as err:
                error = err
                if isinstance(err, AuthenticationError):
                    self._listener.handle_credentials_refused(err)
            except Exception as err:  # noqa: BLE001 - nobody would notice its end
                _LOGGER.error("Connecting failed with %s", where(err))
                error = ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
            else:
                opened_at = loop.time()
                self.first_try_done.set()
                error = await self._ended(gateway)
                if loop.time() - opened_at >= STEADY_AFTER:
                    failures = 0
            self._failed(error)
            self.first_try_done.set()
            await asyncio.sleep(pause_before(failures, error))
            failures += 1

    async def _ended(self, gateway: Gateway) -> RingCentralError:
        """Wait for the end of a connection; remember what continues its session."""
        try:
            return await asyncio.shield(gateway.closed)
        finally:
            self._gateway = None
            self._context = gateway.context
            self._recover_until = (
                asyncio.get_running_loop().time() + gateway.details.recovery_timeout
            )
            await gateway.close()

    async def change_filters(self, filters: tuple[str, ...]) -> None:
        """Watch something else from now on, over the connection there is.

        Without a connection the next one uses them.

        Raises:
            RingCentralError: the platform refused, and the former filters stay; or its
                reply was lost, and the next change sends the filters in any case.

        """
        async with self._change_lock:
            former, self._filters = self._filters, filters
            if self._gateway is None or filters == self._subscribed_filters:
                return
            try:
                await self._watch(self._gateway, self.subscription)
            except RingCentralError as err:
                self._filters = former
                if isinstance(err, ConnectionFailedError):
                    # It may have been heard: what holds now, nobody knows.
                    self._subscribed_filters = ()
                raise

    def polled(self, *, successfully: bool) -> None:
        """Take note of a poll made in place of the gateway."""
        self._happened(LinkEvent.POLLED if successfully else LinkEvent.POLL_FAILED)

    async def _open(self) -> Gateway:
        """Connect, then continue the former subscription or make a new one."""
        ticket = await self._rest.websocket_token()
        if asyncio.get_running_loop().time() > self._recover_until:
            self._context = None
        try:
            gateway = await Gateway.connect(
                self._session,
                ticket,
                self._context,
                self._listener.handle_notification,
                self._anomalies,
            )
        except RingCentralError as err:
            if err.code == _MALFORMED_CONTEXT:
                self._context = None
            raise
        try:
            async with self._change_lock:
                await self._take_up(gateway)
        except BaseException:
            await gateway.close()
            raise
        return gateway

    async def _take_up(self, gateway: Gateway) -> None:
        recovered = gateway.details.recovery_state is RecoveryState.SUCCESSFUL
        former = self.subscription if recovered else None
        if former is None or self._filters != self._subscribed_filters:
            await self._watch(gateway, former)
        self._gateway = gateway
        self.last_error = None
        self._happened(LinkEvent.SUBSCRIBED)
        if recovered:
            self._listener.handle_recovery()

    async def _watch(self, gateway: Gateway, former: Subscription | None) -> None:
        """Change the former subscription of a connection, or make a new one."""
        if former is not None:
            with contextlib.suppress(NotFoundError):
                changed = await gateway.change_filters(former.id, self._filters)
                self._subscribed(changed)
                return
        self._subscribed(await gateway.subscribe(self._filters))
        self._listener.handle_fresh_subscription()

    def _subscribed(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self._subscribed_filters = self._filters
        self._listener.handle_subscription(self._filters, subscription)

    def _failed(self, error: RingCentralError) -> None:
        self.last_error = error
        self._happened(LinkEvent.LOST)

    def _happened(self, event: LinkEvent) -> None:
        """Go to the next state; whatever the table does not name changes nothing."""
        state = TRANSITIONS.get((self.state, event), self.state)
        if state is not self.state:
            self.state = state
            self._listener.handle_link_state(state)


def pause_before(failures: int, error: RingCentralError) -> float:
    """Return the seconds to wait after so many failures in a row.

    What only the user can mend is not worth asking often.
    """
    step = min(failures, len(RETRY_PAUSES) - 1)
    if not isinstance(error, TemporaryError):
        step = len(RETRY_PAUSES) - 1
    pause = random.uniform(*RETRY_PAUSES[step])  # noqa: S311 - spreads load
    asked = error.retry_after if isinstance(error, TemporaryError) else None
    return max(pause, asked or 0.0)
