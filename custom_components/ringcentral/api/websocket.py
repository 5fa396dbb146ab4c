"""One connection to the WebSocket gateway, from its first message to its end.

The gateway speaks JSON arrays `[meta]` or `[meta, body]`. A reply has the type of its
request and is matched by `messageId` alone. Frames that are no such array are counted
and dropped; the connection stays.
"""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
from dataclasses import dataclass
import logging
from typing import Any, Final, Literal, Self, override
import uuid

import aiohttp
import orjson
from yarl import URL

from .anomalies import Anomalies
from .clock import Instant, LoopYielder
from .exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    RateLimitedError,
    Reason,
    RingCentralError,
    describe_origin,
    error_code,
    error_from_answer,
)
from .models.base import Fields, JsonObject
from .models.gateway import ConnectionDetails, WebSocketToken, parse_connection_details
from .rate_limits import RateGroup
from .transport import REQUEST_TIMEOUT, USER_AGENT, Transport, connection_reason

_LOGGER = logging.getLogger(__name__)

# A connection ends after 30 minutes without application messages; ping frames do not
# count. And only an answered message tells a half-open link from a quiet one. A dead one
# is noticed after both times together, as nothing is heard and nothing fails.
HEARTBEAT_AFTER: Final = 30.0
HEARTBEAT_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 0.5
_MAX_FRAME: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What continues a lost session: the gateway's `wsc`; `repr` hides it."""

    token: str
    sequence: int

    @override
    def __repr__(self) -> str:
        """Hide the token."""
        return f"SessionContext(sequence={self.sequence})"


type DetailsHandler = Callable[[ConnectionDetails], None]
type NotificationHandler = Callable[[object], None]
_HEARD_TYPES: Final = (
    aiohttp.WSMsgType.TEXT,
    aiohttp.WSMsgType.BINARY,
    aiohttp.WSMsgType.CLOSE,
)

# Meta data and body, or why there will be none.
type _Reply = tuple[JsonObject, object] | RingCentralError


class WebSocketConnection:
    """An open connection.

    Made by `connect`.

    Attributes:
        context: what continues the session on another connection.
        heard: when the gateway last said something, a close included.
        closed: done when the connection has ended, with the reason.

    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[Literal[False]],
        transport: Transport,
        on_notification: NotificationHandler,
        anomalies: Anomalies,
        on_details: DetailsHandler | None,
    ) -> None:
        """Wrap a socket that is open already."""
        loop = asyncio.get_running_loop()
        self._socket = socket
        self._transport = transport
        self._on_notification = on_notification
        self._on_details = on_details
        self._anomalies = anomalies
        self._loop = loop
        self._details: asyncio.Future[ConnectionDetails] = loop.create_future()
        self._replies: dict[str, asyncio.Future[_Reply]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._broken: set[str] = set()
        self.context: SessionContext | None = None
        self.last_message_at = Instant.now()
        self.closed: asyncio.Future[RingCentralError] = loop.create_future()

    @classmethod
    async def connect(
        cls,
        transport: Transport,
        ticket: WebSocketToken,
        context: SessionContext | None,
        on_notification: NotificationHandler,
        anomalies: Anomalies,
        on_details: DetailsHandler | None = None,
    ) -> Self:
        """Open a connection and wait until the gateway has introduced itself.

        Args:
            transport: whose session makes the upgrade request, and whose ledger counts
                what is asked over the connection.
            ticket: of this very connection; it is good for one.
            context: of the session to be continued, if any.
            on_notification: called with the body of each notification, in order,
                also before this method returns; must not raise.
            anomalies: where unusable input is counted.
            on_details: called with what the gateway says of itself, before any
                notification; must not raise.

        Raises:
            ConnectionFailedError: no gateway there, it closed again, or it did not
                accept the ticket.
            RingCentralError: it refused the upgrade.

        """
        query = {"access_token": ticket.token}
        if context is not None:
            query["wsc"] = context.token
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                socket = await transport.session.ws_connect(
                    URL(ticket.uri).update_query(query),
                    headers={"User-Agent": USER_AGENT},
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                    max_msg_size=_MAX_FRAME,
                    decode_text=False,
                )
        except aiohttp.WSServerHandshakeError as err:
            raise _refusal(err.status, err.headers or {}, None) from None
        except (TimeoutError, aiohttp.ClientError, ValueError) as err:
            raise ConnectionFailedError(connection_reason(err)) from None

        gateway = cls(socket, transport, on_notification, anomalies, on_details)
        gateway._start()
        try:
            await gateway._wait_for_details()
        except BaseException:
            await gateway.close()
            raise
        return gateway

    @property
    def details(self) -> ConnectionDetails:
        """What the gateway said of itself."""
        return self._details.result()

    async def request(
        self, method: str, path: str, group: RateGroup, body: object | None = None
    ) -> object:
        """Send a request and return the body of its reply.

        Requests count in their rate group as those by HTTP do.

        Raises:
            RingCentralError: refused, no reply in time, or the connection ended.

        """
        await self._transport.acquire(group)
        message_id = str(uuid.uuid4())
        reply: asyncio.Future[_Reply] = self._loop.create_future()
        self._replies[message_id] = reply
        meta = {
            "type": "ClientRequest",
            "messageId": message_id,
            "method": method,
            "path": path,
        }
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                await self._send([meta] if body is None else [meta, body])
                answer = await reply
        except TimeoutError:
            raise ConnectionFailedError(Reason.TIMED_OUT) from None
        finally:
            del self._replies[message_id]
        if isinstance(answer, RingCentralError):
            raise answer
        reply_meta, reply_body = answer
        fields = Fields(reply_meta, self._anomalies, "meta.")
        status = fields.number("status") or 0
        if fields.text("type") == "ClientRequest" and 200 <= status < 300:
            return reply_body
        err = _refusal(status, fields.object("headers") or {}, reply_body)
        if isinstance(err, RateLimitedError):
            self._transport.limiter.record_penalty(group, err.retry_after)
        raise err

    async def heartbeat(self) -> bool:
        """Send a heartbeat, and tell whether it came back.

        Then everything that the gateway had sent before has been handled. If nothing
        at all is heard, the connection is dead and ends.
        """
        asked = Instant.now()
        message_id = str(uuid.uuid4())
        reply: asyncio.Future[_Reply] = self._loop.create_future()
        self._replies[message_id] = reply
        try:
            async with asyncio.timeout(HEARTBEAT_TIMEOUT):
                await self._send([{"type": "Heartbeat", "messageId": message_id}])
                return not isinstance(await reply, RingCentralError)
        except TimeoutError:
            if self.last_message_at.monotonic < asked.monotonic:
                self._end(ConnectionFailedError(Reason.TIMED_OUT))
        except RingCentralError as err:
            self._end(err)
        finally:
            del self._replies[message_id]
        return False

    async def close(self) -> None:
        """Close the connection; the gateway keeps its session for a while."""
        self._end(ConnectionFailedError(Reason.CONNECTION_LOST))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()

    def _start(self) -> None:
        self._tasks = [
            self._loop.create_task(self._receive(), name="ringcentral gateway"),
            self._loop.create_task(self._keep_alive(), name="ringcentral heartbeat"),
        ]

    async def _wait_for_details(self) -> None:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                await self._details
        except TimeoutError:
            raise ConnectionFailedError(Reason.TIMED_OUT) from None

    async def _send(self, message: list[Any]) -> None:
        if self.closed.done():
            raise self.closed.result()
        try:
            await self._socket.send_frame(orjson.dumps(message), aiohttp.WSMsgType.TEXT)
        except aiohttp.ClientError, OSError:
            raise ConnectionFailedError(Reason.CONNECTION_LOST) from None

    async def _receive(self) -> None:
        """Handle frames until the connection ends; give way now and then."""
        turns = LoopYielder()
        try:
            while True:
                frame = await self._socket.receive()
                if frame.type in _HEARD_TYPES:
                    self.last_message_at = Instant.now()
                match frame.type:
                    case aiohttp.WSMsgType.TEXT:
                        self._handle_safely(frame.data)
                    case aiohttp.WSMsgType.BINARY:
                        self._anomalies.count("binary frame")
                    case _:
                        break
                await turns.yield_if_due()
        finally:
            self._end(ConnectionFailedError(Reason.CONNECTION_LOST))

    async def _keep_alive(self) -> None:
        """Ask after a silence, and give up the connection if nothing comes back."""
        while not self.closed.done():
            quiet = self.last_message_at.age
            if quiet < HEARTBEAT_AFTER:
                await asyncio.sleep(HEARTBEAT_AFTER - quiet)
            else:
                await self.heartbeat()

    def _end(self, reason: RingCentralError) -> None:
        """Settle everything that waits for this connection; the first reason counts."""
        if not self.closed.done():
            self.closed.set_result(reason)
        if not self._details.done():
            self._details.set_exception(self.closed.result())
        for reply in self._replies.values():
            if not reply.done():
                reply.set_result(self.closed.result())

    def _handle_safely(self, data: bytes) -> None:
        """Handle a frame; whatever goes wrong costs this one frame."""
        try:
            self._handle(data)
        except Exception as err:  # noqa: BLE001 - the stream must live
            if (place := describe_origin(err)) not in self._broken:
                self._broken.add(place)
                _LOGGER.error("Handling a message of the gateway failed: %s", place)
            self._anomalies.count("message that could not be handled")

    def _handle(self, data: bytes) -> None:
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._anomalies.count("frame that is no JSON")
            return
        match message:
            case [dict(meta), *rest]:
                body = rest[0] if rest else None
            case _:
                self._anomalies.count("frame that is no message")
                return
        if (context := _context(meta)) is not None and (
            self.context is None or context.sequence > self.context.sequence
        ):
            self.context = context
        message_id = meta.get("messageId")
        if isinstance(message_id, str) and message_id in self._replies:
            self._settle(message_id, meta, body)
            return
        match meta.get("type"):
            case "ServerNotification":
                self._on_notification(body)
            case "ConnectionDetails":
                self._handle_details(body)
            case "Error":
                self._fail(meta, body)
            case "Heartbeat" | "ClientRequest":
                pass
            case _:
                self._anomalies.count("message of an unknown type")

    def _settle(self, message_id: str, meta: JsonObject, body: object) -> None:
        reply = self._replies[message_id]
        if not reply.done():
            reply.set_result((meta, body))

    def _handle_details(self, body: object) -> None:
        if not self._details.done():
            details = parse_connection_details(
                body if isinstance(body, dict) else {}, self._anomalies
            )
            self._details.set_result(details)
            if self._on_details is not None:
                self._on_details(details)

    def _fail(self, meta: JsonObject, body: object) -> None:
        """Take an Error message: the gateway closes the connection after it."""
        code = error_code(body.get("errorCode")) if isinstance(body, dict) else None
        _LOGGER.debug("The gateway ends the connection: %s", code)
        rejected = code is not None and code.startswith("OAU-")
        self._end(
            ConnectionFailedError(
                Reason.TOKEN_REJECTED if rejected else Reason.CONNECTION_LOST,
                status=Fields(meta, self._anomalies, "meta.").number("status"),
                code=code,
            )
        )


def _refusal(
    status: int, headers: Mapping[str, object], body: object
) -> RingCentralError:
    """Return the error of an answer that is no success.

    A token refused here is that of the connection. The next one gets another, and
    whoever asks for it learns whether the credentials are still good.
    """
    if status < 400:
        return ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=status)
    err = error_from_answer(status, headers, body)
    if isinstance(err, AuthenticationError):
        return ConnectionFailedError(
            err.reason, status=status, code=err.code, request_id=err.request_id
        )
    return err


def _context(meta: JsonObject) -> SessionContext | None:
    """Return the session context that a message brings; most bring none."""
    match meta.get("wsc"):
        case {"token": str(token), "sequence": int(sequence)}:
            return SessionContext(token, sequence)
    return None
