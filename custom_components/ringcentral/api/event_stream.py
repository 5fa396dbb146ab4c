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
from collections.abc import Set as AbstractSet
import contextlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import logging
import random
from typing import Final, Protocol

from .anomalies import Anomalies
from .clock import Instant
from .exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RejectedError,
    RingCentralError,
    TemporaryError,
    describe_origin,
)
from .models.gateway import (
    DEFAULT_RECOVERY_TIMEOUT,
    ConnectionDetails,
    RecoveryState,
    Subscription,
    WebSocketToken,
)
from .rejected_filters import Refusals, concerns_filters
from .rest import RestClient
from .subscriptions import Subscriber
from .transport import Transport
from .websocket import SessionContext, WebSocketConnection

_LOGGER = logging.getLogger(__name__)

# Pauses before the next try, in seconds: each drawn between its two bounds, so that
# many clients do not come back at once, and few enough for the Auth rate group.
RETRY_PAUSES: Final = ((1, 1), (2, 6), (10, 20), (20, 40), (40, 80), (80, 120))
# A link that lived this long starts the pauses from the beginning.
STEADY_AFTER: Final = 60.0
# A subscription that is not ours any more is made anew at most once in so many seconds:
# whoever took it may do the same.
RESUBSCRIBE_PAUSE: Final = 600.0
# Until then, a doubt is dropped if the platform says that ours is there; it is asked
# once in so many seconds.
PROOF_LASTS: Final = 60.0
# Filters that were refused are asked for again after so many seconds.
ASK_AGAIN_AFTER: Final = 3600.0
# Error code of the gateway for a session context it cannot read.
_MALFORMED_CONTEXT: Final = "WSG-400"


class StreamState(StrEnum):
    """How changes reach us now."""

    PUSH = "push"
    RECOVERING = "recovering"
    POLLING = "polling"
    DOWN = "down"


class StreamTransition(StrEnum):
    """What can happen to the link."""

    SUBSCRIBED = "subscribed"
    LOST = "lost"
    POLLED = "polled"
    POLL_FAILED = "poll_failed"


TRANSITIONS: Final = {
    (StreamState.RECOVERING, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.POLLING, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.DOWN, StreamTransition.SUBSCRIBED): StreamState.PUSH,
    (StreamState.PUSH, StreamTransition.LOST): StreamState.RECOVERING,
    (StreamState.RECOVERING, StreamTransition.POLLED): StreamState.POLLING,
    (StreamState.DOWN, StreamTransition.POLLED): StreamState.POLLING,
    (StreamState.RECOVERING, StreamTransition.POLL_FAILED): StreamState.DOWN,
    (StreamState.POLLING, StreamTransition.POLL_FAILED): StreamState.DOWN,
}


class StreamListener(Protocol):
    """Who is told what the link hears."""

    def handle_notification(self, body: object) -> None:
        """Take the body of a notification."""

    def handle_stream_state(self, state: StreamState) -> None:
        """Take a change of state."""

    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        """Take what a new or changed subscription grants of the filters requested.

        Those in `refusals` were left out, since they spoilt the request.
        """

    def handle_resync(self, since: Instant | None) -> None:
        """Take note that changes may have been missed: the picture must be fetched.

        Sequence numbers may start again.

        Args:
            since: the last sign of life of a subscription that turned out to be gone;
                None if it is known otherwise since when.

        """

    def handle_recovery(self) -> None:
        """Take note that the session goes on: what was missed is being replayed."""

    def handle_failure(self, error: RingCentralError) -> None:
        """Take note of why there is no push, after each try."""


@dataclass(frozen=True, slots=True)
class Session:
    """What continues a subscription on another connection, if need be after a restart."""

    context: SessionContext
    subscription_id: str


class EventStream:
    """Keeps one subscription alive: connects, recovers, retries.

    Attributes:
        state: how changes reach us now.
        subscription: the last one known, whether there is a connection or not.
        last_error: why there is no push; None while there is.
        tried: set when a connection has been tried.

    """

    def __init__(
        self,
        transport: Transport,
        rest: RestClient,
        listener: StreamListener,
        anomalies: Anomalies,
    ) -> None:
        """Start as recovering; `run` does the work."""
        self._transport = transport
        self._rest = rest
        self._listener = listener
        self._anomalies = anomalies
        self._filters: tuple[str, ...] = ()
        self._subscribed_filters: tuple[str, ...] = ()
        self._refusals: Refusals = {}
        self._asked: Instant | None = None
        self._connection: WebSocketConnection | None = None
        self._context: SessionContext | None = None
        self._lost_at: Instant | None = None
        self._recovery_timeout = 0.0
        self._change_lock = asyncio.Lock()
        self._try_lock = asyncio.Lock()
        self._disputed: asyncio.Future[None] = _future()
        # For the next connection, if somebody wants it now.
        self._next_token: asyncio.Future[WebSocketToken] = _future()
        self._resubscribed: Instant | None = None
        self._can_ask_about_subscriptions = True
        self._proven: Instant | None = None
        self.state = StreamState.RECOVERING
        self.subscription: Subscription | None = None
        self.last_error: RingCentralError | None = None
        self._last_message_at: Instant | None = None
        self._confirmed: Instant | None = None
        # The platform's time at which this connection went on with a session.
        self._recovered_at: datetime | None = None
        self.recovery_buffer_size = 100
        self.tried = asyncio.Event()

    @property
    def session(self) -> Session | None:
        """What continues the subscription after this link."""
        context = (
            self._context if self._connection is None else self._connection.context
        )
        if context is None or self.subscription is None:
            return None
        return Session(context, self.subscription.id)

    @property
    def last_message_at(self) -> Instant | None:
        """When there was the last sign of life; None before the first.

        Of the connection, or, if a living one has lost the subscription, of that.
        """
        if self._connection is None:
            return self._last_message_at
        if self.state is StreamState.PUSH:
            return self._connection.last_message_at
        return self._confirmed

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, with the right subscription or not."""
        return self._connection is not None

    @property
    def may_recover(self) -> bool:
        """Whether what is being missed may still be replayed."""
        return (
            self._connection is None
            and self._context is not None
            and self._lost_at is not None
            and self._lost_at.age <= self._recovery_timeout
        )

    def is_replayed(self, sent: datetime | None) -> bool:
        """Tell whether a message was sent before the connection that brought it began.

        Args:
            sent: when, by the platform's clock.

        """
        return (
            sent is not None
            and self._recovered_at is not None
            and sent < self._recovered_at
        )

    def resume(self, session: Session) -> None:
        """Begin with the session of a former link, however old it may be.

        The gateway knows whether it is too old, and then says so without harm. After a
        while of trying in vain it is too old in any case.
        """
        self._context = session.context
        self._lost_at = Instant.now()
        self._recovery_timeout = DEFAULT_RECOVERY_TIMEOUT
        # What it grants is asked for by the first change of its filters.
        self.subscription = Subscription(
            id=session.subscription_id, filters=(), disabled=()
        )

    async def run(self) -> None:
        """Keep the subscription alive until cancelled."""
        failures = 0
        while True:
            tried = await self._try()
            if isinstance(tried, WebSocketConnection):
                opened = Instant.now()
                self.tried.set()
                error = await self._serve(tried)
                self._set_error(error)
                if opened.age >= STEADY_AFTER:
                    failures = 0
            else:
                error = tried
                self._set_error(error)
                self.tried.set()
            # Somebody may want another try before.
            await asyncio.wait(
                (self._next_token,), timeout=pause_before(failures, error)
            )
            failures += 1

    async def _try(self) -> WebSocketConnection | RingCentralError:
        """Open a connection, or say why there is none."""
        try:
            return await self._open()
        except RingCentralError as err:
            return err
        except Exception as err:  # noqa: BLE001 - nobody would notice its end
            _LOGGER.error("Connecting failed with %s", describe_origin(err))
            return ConnectionFailedError(Reason.UNEXPECTED_ANSWER)

    async def _serve(self, gateway: WebSocketConnection) -> RingCentralError:
        """Wait for the end of a connection; keep what continues its session."""
        try:
            while not gateway.closed.done():
                await asyncio.wait(
                    (gateway.closed, self._disputed),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._disputed.done() and not gateway.closed.done():
                    await self._resubscribe(gateway)
            return gateway.closed.result()
        except RingCentralError as err:
            return err
        except Exception as err:  # noqa: BLE001 - nobody would notice its end
            _LOGGER.error("Subscribing again failed with %s", describe_origin(err))
            return ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
        finally:
            self._connection = None
            self._keep_session(gateway)
            await gateway.close()

    async def change_filters(self, filters: tuple[str, ...]) -> None:
        """Watch something else from now on, over the connection there is.

        Without a connection the next one uses them.

        Args:
            filters: all that is to be watched.

        Raises:
            RingCentralError: the platform refused, and the former filters stay; or its
                reply was lost, and the next change sends the filters in any case.

        """
        async with self._change_lock:
            former, self._filters = self._filters, filters
            refusals = self._refusals
            gateway = self._connection
            if gateway is None or filters == self._subscribed_filters:
                return
            try:
                await self._watch(gateway, self.subscription)
                self._subscribed()
            except BaseException as err:
                self._filters, self._refusals = former, refusals
                if not isinstance(err, PermissionMissingError | RejectedError):
                    # It may have been heard: what holds now, nobody knows.
                    self._subscribed_filters = ()
                raise

    async def verify(self) -> None:
        """Make sure that the subscription lives; ask again for what was refused."""
        if (gateway := self._connection) is None or (
            known := self.subscription
        ) is None:
            return
        try:
            if self._can_ask_about_subscriptions:
                is_there = await gateway.has_subscription(known.id)
                if self.subscription is not known:
                    return
                if not is_there:
                    self._dispute()
                    return
                self._confirmed = gateway.last_message_at
            if self._has_refusals and (
                self._asked is None or self._asked.age >= ASK_AGAIN_AFTER
            ):
                await self._ask_again(gateway)
        except RingCentralError as err:
            _LOGGER.debug("Checking the subscription failed: %s", err)

    async def retry_refused(self) -> None:
        """Ask for everything now that is refused, instead of at the next planned try.

        A permission may count only for connections in the name of a new access token.
        So if something is refused on the present one, another takes its place, which
        replays what it misses. What is refused there as well stays left out.

        Raises:
            RingCentralError: there is no push, or nobody can tell; what there is, stays.

        """
        # Who comes second must not close the connection that the first has made.
        async with self._try_lock:
            if (gateway := self._connection) is not None:
                await self._reconsider(gateway)
                if not self._has_refusals:
                    return
            try:
                ticket = await self._rest.websocket_token_after_refresh()
            except (PermissionMissingError, RejectedError) as err:
                if self._connection is None:
                    self._set_error(err)
                raise
            await self._reconsider(await self._reconnect(ticket))

    @property
    def _has_refusals(self) -> bool:
        """Whether the platform has said of a filter that it yields no events."""
        known = self.subscription
        return bool(self._refusals) or (known is not None and bool(known.disabled))

    async def _reconsider(self, gateway: WebSocketConnection) -> None:
        """Ask again for everything; some of it may be refused again."""
        try:
            await self._ask_again(gateway)
        except RingCentralError as err:
            if not concerns_filters(err):
                raise

    async def _reconnect(self, ticket: WebSocketToken) -> WebSocketConnection:
        """Make another connection now, with a ticket.

        Raises:
            RingCentralError: there is none now.

        """
        self.tried.clear()
        if not self._next_token.done():
            self._next_token.set_result(ticket)
        if self._connection is not None:
            await self._connection.close()
        await self.tried.wait()
        if self._connection is None:
            raise self.last_error or ConnectionFailedError(Reason.CONNECTION_LOST)
        return self._connection

    async def flush(self) -> bool:
        """Wait until everything that the gateway had to say has been handled.

        False if nobody can tell: there is no connection, or it just turned out dead.
        """
        gateway = self._connection
        return gateway is not None and await gateway.heartbeat()

    def record_poll(self, *, successfully: bool) -> None:
        """Take note of a poll made in place of the gateway."""
        self._transition(
            StreamTransition.POLLED if successfully else StreamTransition.POLL_FAILED
        )

    async def _open(self) -> WebSocketConnection:
        """Connect, then continue the former subscription or make a new one."""
        if self._next_token.done():
            ticket, self._next_token = self._next_token.result(), _future()
        else:
            ticket = await self._rest.websocket_token()
        if not self.may_recover:
            self._context = None
        try:
            gateway = await WebSocketConnection.connect(
                self._transport,
                ticket,
                self._context,
                self._notified,
                self._anomalies,
                self._introduced,
            )
        except RingCentralError as err:
            if err.code == _MALFORMED_CONTEXT:
                self._context = None
            raise
        try:
            async with self._change_lock:
                await self._take_up(gateway)
        except BaseException:
            if gateway.details.recovery_state is RecoveryState.SUCCESSFUL:
                self._keep_session(gateway)
            else:
                self._context = None
            await gateway.close()
            raise
        return gateway

    def _keep_session(self, gateway: WebSocketConnection) -> None:
        """Remember what continues the session of a connection that ends."""
        self._context = gateway.context
        self._lost_at = Instant.now()
        self._recovery_timeout = gateway.details.recovery_timeout
        self._last_message_at = gateway.last_message_at

    async def _take_up(self, gateway: WebSocketConnection) -> None:
        self.recovery_buffer_size = gateway.details.recovery_buffer_size
        recovered = gateway.details.recovery_state is RecoveryState.SUCCESSFUL
        former = self.subscription if recovered else None
        is_fresh = False
        if former is None or self._filters != self._subscribed_filters:
            is_fresh = await self._watch(gateway, former)
        self._connection = gateway
        # One that came meanwhile is not needed.
        self._next_token = _future()
        self._settle_dispute()
        self._subscribed()
        if not is_fresh:
            self._listener.handle_recovery()

    def _subscribed(self) -> None:
        self.last_error = None
        self._transition(StreamTransition.SUBSCRIBED)

    async def _watch(
        self,
        gateway: WebSocketConnection,
        former: Subscription | None,
        *,
        suspects: AbstractSet[str] | None = None,
    ) -> bool:
        """Change the former subscription of a connection, or make a new one.

        Filters that are refused are left out; if `suspects` are given, only those of them. Returns whether changes may have been missed.
        """
        subscriber = Subscriber(gateway, former)
        wanted = tuple(f for f in self._filters if f not in self._refusals)
        if not wanted:
            # Nothing but what was refused: only asking again is left.
            wanted, self._refusals = self._filters, {}
        try:
            known = () if former is None else self._subscribed_filters
            self._refusals |= await _request(
                subscriber, wanted, frozenset(known), suspects
            )
        except BaseException:
            if subscriber.is_gone:
                self._dispute()
            raise
        gone_since = None
        if former is not None and subscriber.granted.id != former.id:
            # It was gone, and nobody had said so.
            gone_since = self._confirmed
            self._set_error(ConnectionFailedError(Reason.SUBSCRIPTION_LOST))
        self.subscription = subscriber.granted
        self._subscribed_filters = self._filters
        if wanted == self._filters:
            # Nothing was left out beforehand.
            self._asked = Instant.now()
        self._confirmed = gateway.last_message_at
        self._refusals = {f: e for f, e in self._refusals.items() if f in self._filters}
        self._listener.handle_subscription(
            self._filters, subscriber.granted, self._refusals
        )
        self._settle_dispute()
        if subscriber.may_have_missed:
            self._listener.handle_resync(gone_since)
        return subscriber.may_have_missed

    async def _ask_again(self, gateway: WebSocketConnection) -> None:
        """Ask for everything; if nothing more is granted, all stays as it is."""
        async with self._change_lock:
            refusals, self._refusals = self._refusals, {}
            self._asked = Instant.now()
            try:
                await self._watch(gateway, self.subscription, suspects=refusals.keys())
                self._subscribed()
            except RingCentralError:
                self._refusals = refusals
                raise

    def _introduced(self, details: ConnectionDetails) -> None:
        """Note since when the connection is there, if it replays what was missed."""
        is_recovered = details.recovery_state is RecoveryState.SUCCESSFUL
        self._recovered_at = details.created if is_recovered else None

    # A subscription that is not ours any more

    def _notified(self, body: object) -> None:
        """Pass a notification on; look whose it is."""
        # Before and during a change the id that counts is not known.
        if self._connection is not None and not self._change_lock.locked():
            known = self.subscription
            named = body.get("subscriptionId") if isinstance(body, dict) else None
            if known is None or not isinstance(named, str) or named == known.id:
                self._confirmed = self._connection.last_message_at
            else:
                self._anomalies.count("event of another subscription")
                self._dispute()
        self._listener.handle_notification(body)

    def _dispute(self) -> None:
        """Doubt that the subscription is still there and ours."""
        if not self._disputed.done():
            self._disputed.set_result(None)

    async def _is_proven(self, gateway: WebSocketConnection) -> bool:
        """Whether the subscription is there and ours, in spite of a doubt."""
        if not self._can_ask_about_subscriptions or self.subscription is None:
            return False
        if self._proven is None or self._proven.age >= PROOF_LASTS:
            with contextlib.suppress(RingCentralError):
                if await gateway.has_subscription(self.subscription.id):
                    self._confirmed = self._proven = Instant.now()
                    return True
            return False
        return True

    def _settle_dispute(self) -> None:
        """Believe in the subscription that there is now."""
        if self._disputed.done():
            self._disputed = _future()

    async def _resubscribe(self, gateway: WebSocketConnection) -> None:
        """Make a new subscription on a living connection, but not again and again.

        Raises:
            RingCentralError: refused; another connection may have more luck.

        """
        pause = 0.0
        if self._resubscribed is not None:
            pause = max(0.0, RESUBSCRIBE_PAUSE - self._resubscribed.age)
        if pause and await self._is_proven(gateway):
            self._settle_dispute()
            return
        self._set_error(ConnectionFailedError(Reason.SUBSCRIPTION_LOST))
        await asyncio.wait((gateway.closed,), timeout=pause)
        async with self._change_lock:
            if gateway.closed.done() or not self._disputed.done():
                # Settled meanwhile, one way or the other.
                return
            self._resubscribed = Instant.now()
            # Whatever comes of it, the former subscription is not gone on with.
            self._subscribed_filters = ()
            await self._watch(gateway, None)
            self._subscribed()
        # A platform that denies a new subscription would have them made for ever.
        if self.subscription is not None:
            with contextlib.suppress(RingCentralError):
                self._can_ask_about_subscriptions = await gateway.has_subscription(
                    self.subscription.id
                )

    def _set_error(self, error: RingCentralError) -> None:
        self.last_error = error
        self._transition(StreamTransition.LOST)
        self._listener.handle_failure(error)

    def _transition(self, event: StreamTransition) -> None:
        """Go to the next state; whatever the table does not name changes nothing."""
        state = TRANSITIONS.get((self.state, event), self.state)
        if state is not self.state:
            self.state = state
            self._listener.handle_stream_state(state)


def _future[T]() -> asyncio.Future[T]:
    """Return a future of the running loop."""
    return asyncio.get_running_loop().create_future()


async def _request(
    subscriber: Subscriber,
    wanted: tuple[str, ...],
    known: AbstractSet[str],
    suspects: AbstractSet[str] | None,
) -> Refusals:
    """Request filters; return those that are left out, since they are refused.

    Args:
        subscriber: on a connection.
        wanted: all that is to be watched.
        known: above suspicion at first.
        suspects: if given, all others stay above suspicion.

    """
    try:
        await subscriber.request(wanted)
    except RingCentralError as err:
        if not concerns_filters(err):
            raise
        if suspects is None:
            return await subscriber.request_good(wanted, known)
        if len(suspects) < 2:
            # Nothing to be found out.
            raise
        return await subscriber.request_more(wanted, frozenset(wanted) - suspects)
    return {}


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
