"""Event stream: connects, recovers and retries, and keeps the state of live updates.

The state changes only by the table of transitions.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
import logging
from typing import Final, Protocol

from .anomalies import Anomalies
from .backoff import STEADY_AFTER, pause_before
from .clock import Instant
from .exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RejectedError,
    RingCentralError,
    describe_origin,
)
from .models.base import ParseError, RawJson, UnreadableError
from .models.gateway import ConnectionDetails, WebSocketToken
from .models.notifications import LostEvent, StreamEvent, decode_notification
from .recovery import Recovery, Session
from .rest import RestClient
from .subscriptions import SubscriptionListener, SubscriptionManager
from .transport import Transport
from .websocket import WebSocketConnection

_LOGGER = logging.getLogger(__name__)

type EventHandler = Callable[[StreamEvent], None]


class StreamState(StrEnum):
    """How changes arrive."""

    PUSH = "push"
    RECOVERING = "recovering"
    POLLING = "polling"
    DOWN = "down"


class StreamTransition(StrEnum):
    """What can change the state."""

    SUBSCRIBED = "subscribed"
    LOST = "lost"
    POLLED = "polled"
    POLL_FAILED = "poll_failed"


TRANSITIONS: Final = {
    StreamTransition.SUBSCRIBED: dict.fromkeys(StreamState, StreamState.PUSH),
    StreamTransition.LOST: {StreamState.PUSH: StreamState.RECOVERING},
    StreamTransition.POLLED: {
        StreamState.RECOVERING: StreamState.POLLING,
        StreamState.DOWN: StreamState.POLLING,
    },
    StreamTransition.POLL_FAILED: {
        StreamState.RECOVERING: StreamState.DOWN,
        StreamState.POLLING: StreamState.DOWN,
    },
}


class StreamListener(SubscriptionListener, Protocol):
    """Receiver of everything about the stream but its events."""

    def handle_stream_state(self, state: StreamState) -> None:
        """Handle a change of state."""

    def handle_recovery(self) -> None:
        """Handle a session that continues: missed events are being replayed."""

    def handle_failure(self, error: RingCentralError) -> None:
        """Handle a failed try, or the end of a connection or subscription."""

    def handle_contest(self) -> None:
        """Handle a session that was left, since another client seems to continue it."""


class EventStream:
    """Stream of events over one connection after the other."""

    def __init__(
        self,
        transport: Transport,
        rest: RestClient,
        listener: StreamListener,
        handle_event: EventHandler,
        anomalies: Anomalies,
    ) -> None:
        """Initialize the stream in the state `recovering`; `run` connects it."""
        self._transport = transport
        self._rest = rest
        self._listener = listener
        self._handle_event = handle_event
        self._anomalies = anomalies
        self.subscriptions = SubscriptionManager(
            listener, self._set_error, self._handle_active, anomalies
        )
        self._connection: WebSocketConnection | None = None
        self._recovery = Recovery()
        # Of the last connection.
        self._last_message_at: Instant | None = None
        self._recovered_at: datetime | None = None
        self._retry_lock = asyncio.Lock()
        # For a connection that is wanted at once.
        self._next_token: asyncio.Future[WebSocketToken] = _future()
        self.state = StreamState.RECOVERING
        self.last_error: RingCentralError | None = None
        # Set after each try to connect.
        self.tried = asyncio.Event()
        # Number of connections, and of the notifications over the last one.
        self.connections = 0
        self.received = 0
        # Beginning of the present connection.
        self.connected_at = Instant.now()
        self.recovery_buffer_size = 100

    @property
    def session(self) -> Session | None:
        """What continues the subscription after this stream."""
        connection, known = self._connection, self.subscriptions.subscription
        context = self._recovery.context if connection is None else connection.context
        return Session(context, known.id) if context and known else None

    @property
    def last_message_at(self) -> Instant | None:
        """When the subscription was last known to deliver events."""
        if self._connection is None:
            return self._last_message_at
        if self.state is StreamState.PUSH:
            return self._connection.last_message_at
        return self.subscriptions.confirmed_at

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, subscribed or not."""
        return self._connection is not None

    @property
    def may_recover(self) -> bool:
        """Whether missed events may still be replayed."""
        return self._connection is None and self._recovery.is_possible

    def is_replayed(self, sent: datetime | None) -> bool:
        """Return whether an event was sent before its connection began."""
        began_at = self._recovered_at
        return sent is not None and began_at is not None and sent < began_at

    def resume(self, session: Session) -> None:
        """Start with the session of an earlier run; the gateway decides on its age."""
        self._recovery.keep(session.context)
        self.subscriptions.resume(session.subscription_id)

    async def run(self) -> None:
        """Keep the subscription alive until cancelled."""
        failures = 0
        while True:
            opened_at = None
            try:
                connection = await self._connect()
                opened_at = Instant.now()
                self.tried.set()
                if connection.details.is_recovered and self._recovery.is_contested:
                    await self._leave(connection)
                    connection = await self._connect()
                error = await self._serve(connection)
                if not self._next_token.done():
                    self._recovery.record_end(
                        error,
                        opened_at.age,
                        is_recovered=connection.details.is_recovered,
                    )
            except RingCentralError as err:
                error = err
                self._recovery.record_failure(err)
            except Exception as err:  # noqa: BLE001 - the stream must not end
                _LOGGER.error("Event stream failed: %s", describe_origin(err))
                error = ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
            self._set_error(error)
            if opened_at is None:
                self.tried.set()
            elif opened_at.age >= STEADY_AFTER:
                failures = 0
            pause = pause_before(failures, error)
            await asyncio.wait((self._next_token,), timeout=pause)
            failures += 1

    async def retry_refused(self) -> None:
        """Retry rejected filters immediately, if necessary over a new connection."""
        # A second caller must not close the connection that the first has opened.
        async with self._retry_lock:
            if self._connection is not None:
                await self.subscriptions.retry_refused()
                if not self.subscriptions.has_refused:
                    return
            try:
                # New permissions are contained in new tokens only.
                token = await self._rest.websocket_token_after_refresh()
            except (PermissionMissingError, RejectedError) as err:
                if self._connection is None:
                    self._set_error(err)
                raise
            await self._reconnect(token)
            await self.subscriptions.retry_refused()

    async def flush(self) -> bool:
        """Wait until all events sent so far are handled; return whether they are."""
        return self._connection is not None and await self._connection.heartbeat()

    def record_poll(self, *, successfully: bool) -> None:
        """Record a poll made in place of live updates."""
        polled, failed = StreamTransition.POLLED, StreamTransition.POLL_FAILED
        self._transition(polled if successfully else failed)

    async def _connect(self) -> WebSocketConnection:
        if self._next_token.done():
            token, self._next_token = self._next_token.result(), _future()
        else:
            token = await self._rest.websocket_token()
        if not self.may_recover:
            self._recovery.context = None
        try:
            connection = await self._open(token)
        except RingCentralError as err:
            if not self._recovery.is_unreadable(err):
                raise
            self._recovery.context = None
            connection = await self._open(await self._rest.websocket_token())
        is_recovered = connection.details.is_recovered
        try:
            has_gap = await self.subscriptions.attach(
                connection, is_recovered=is_recovered
            )
            self._connection = connection
            self._next_token = _future()
            self._handle_active()
            if not has_gap:
                self._listener.handle_recovery()
        except BaseException:
            await self._disconnect(connection, keep_session=is_recovered)
            raise
        return connection

    async def _open(self, token: WebSocketToken) -> WebSocketConnection:
        return await WebSocketConnection.connect(
            self._transport,
            token,
            self._recovery.context,
            self._on_notification,
            self._anomalies,
            self._on_details,
            partial(self._handle_event, LostEvent(None)),
        )

    async def _serve(self, connection: WebSocketConnection) -> RingCentralError:
        try:
            await self.subscriptions.maintain(connection)
            return connection.closed.result()
        finally:
            await self._disconnect(connection, keep_session=True)

    async def _leave(self, connection: WebSocketConnection) -> None:
        """Leave the session to the other client that continues it, after the replay."""
        try:
            await connection.heartbeat()
        finally:
            await self._disconnect(connection, keep_session=True)
        self._recovery.leave()
        self._set_error(ConnectionFailedError(Reason.CONNECTION_LOST))
        self._listener.handle_contest()

    async def _disconnect(
        self, connection: WebSocketConnection, *, keep_session: bool
    ) -> None:
        self._connection = None
        self.subscriptions.detach()
        if keep_session:
            self._recovery.keep(connection.context, connection.details.recovery_timeout)
            self._last_message_at = connection.last_message_at
        else:
            self._recovery.context = None
        await connection.close()

    async def _reconnect(self, token: WebSocketToken) -> None:
        self.tried.clear()
        if not self._next_token.done():
            self._next_token.set_result(token)
        if self._connection is not None:
            await self._connection.close()
        await self.tried.wait()
        if self._connection is None:
            raise self.last_error or ConnectionFailedError(Reason.CONNECTION_LOST)

    def _on_details(self, details: ConnectionDetails) -> None:
        self.connections += 1
        self.received = 0
        self.connected_at = Instant.now()
        self.recovery_buffer_size = details.recovery_buffer_size
        self._recovered_at = details.created if details.is_recovered else None

    def _on_notification(self, body: RawJson) -> None:
        self.received += 1
        try:
            event = decode_notification(body, self._anomalies)
        except ParseError as err:
            self._anomalies.count(str(err))
            if isinstance(err, UnreadableError):
                self._handle_event(LostEvent(err.extension_id))
            self.subscriptions.check_undecoded(body)
            return
        self.subscriptions.check_notification(event.subscription_id)
        self._handle_event(event)

    def _handle_active(self) -> None:
        self.last_error = None
        self._transition(StreamTransition.SUBSCRIBED)

    def _set_error(self, error: RingCentralError) -> None:
        self.last_error = error
        self._transition(StreamTransition.LOST)
        self._listener.handle_failure(error)

    def _transition(self, transition: StreamTransition) -> None:
        state = TRANSITIONS[transition].get(self.state, self.state)
        if state is not self.state:
            self.state = state
            self._listener.handle_stream_state(state)


def _future() -> asyncio.Future[WebSocketToken]:
    return asyncio.get_running_loop().create_future()
