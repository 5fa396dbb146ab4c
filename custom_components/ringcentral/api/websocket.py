"""WebSocket connection to the platform's gateway, from its first to its last message.

Messages are JSON arrays `[meta]` or `[meta, body]`. A reply has the type of its request
and is matched by `messageId` alone.
"""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
import logging
from typing import Any, Final, Literal, Self
import uuid

import aiohttp
from aiohttp import WSCloseCode, WSMsgType
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
from .models.base import ParseError, RawJson, UnreadableError, convert, decode_json
from .models.gateway import (
    ConnectionDetails,
    FrameMeta,
    SessionContext,
    WebSocketToken,
    decode_frame,
)
from .rate_limits import RateGroup
from .transport import REQUEST_TIMEOUT, Transport, connection_reason, is_loopback

_LOGGER = logging.getLogger(__name__)

# The gateway closes a connection after 30 minutes without messages, and ping frames do
# not count. A dead connection is noticed after both times together.
HEARTBEAT_AFTER: Final = 30.0
HEARTBEAT_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 0.5
# A larger frame ends the connection: aiohttp cannot skip it.
_MAX_FRAME: Final = 16 * 1024 * 1024

_PROOF_OF_LIFE: Final = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE)

# Meta data, headers and body, or why there is no reply.
type _Reply = tuple[FrameMeta, object, object] | RingCentralError


class WebSocketConnection:
    """An open connection, made by `connect`; `closed` is done when it has ended."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[Literal[False]],
        transport: Transport,
        on_notification: Callable[[RawJson], None],
        anomalies: Anomalies,
        on_details: Callable[[ConnectionDetails], None] | None,
        on_loss: Callable[[], None] | None,
    ) -> None:
        """Initialize the connection over an open socket."""
        loop = asyncio.get_running_loop()
        self._socket = socket
        self._transport = transport
        self._on_notification = on_notification
        self._on_details = on_details
        self._on_loss = on_loss
        self._anomalies = anomalies
        self._details: asyncio.Future[ConnectionDetails] = loop.create_future()
        self._replies: dict[str, asyncio.Future[_Reply]] = {}
        self._logged_origins: set[str] = set()
        self._is_continued = False
        self.context: SessionContext | None = None
        self.last_message_at = Instant.now()
        self.closed: asyncio.Future[RingCentralError] = loop.create_future()
        self._tasks = [
            loop.create_task(self._receive(), name="ringcentral gateway"),
            loop.create_task(self._keep_alive(), name="ringcentral heartbeat"),
        ]

    @classmethod
    async def connect(
        cls,
        transport: Transport,
        token: WebSocketToken,
        context: SessionContext | None,
        on_notification: Callable[[RawJson], None],
        anomalies: Anomalies,
        on_details: Callable[[ConnectionDetails], None] | None = None,
        on_loss: Callable[[], None] | None = None,
    ) -> Self:
        """Open a connection and wait for its details.

        `on_details` is called before any notification; `on_notification` also before
        this method returns. `on_loss` is called for a frame that may have been a
        notification and was not decoded. A token is good for one connection.
        """
        query = {"access_token": token.token}
        if context is not None:
            query["wsc"] = context.token
        try:
            url = URL(token.uri)
            if url.host and not _is_allowed(url):
                anomalies.count("address of the gateway that is not allowed")
                raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER)
            async with asyncio.timeout(REQUEST_TIMEOUT):
                socket = await transport.open_socket(
                    url.update_query(query), CLOSE_TIMEOUT, _MAX_FRAME
                )
        except aiohttp.WSServerHandshakeError as err:
            raise _error(err.status, err.headers or {}, None) from None
        except (TimeoutError, aiohttp.ClientError, ValueError) as err:
            raise ConnectionFailedError(connection_reason(err)) from None
        connection = cls(
            socket, transport, on_notification, anomalies, on_details, on_loss
        )
        connection._is_continued = context is not None
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                await connection._details
        except BaseException as err:
            await connection.close()
            if isinstance(err, TimeoutError):
                raise ConnectionFailedError(Reason.TIMED_OUT) from None
            raise
        return connection

    @property
    def details(self) -> ConnectionDetails:
        """The gateway's first message."""
        return self._details.result()

    async def request(
        self, method: str, path: str, group: RateGroup, body: object | None = None
    ) -> object:
        """Send a request and return the body of its reply; it counts like one by HTTP."""
        await self._transport.acquire(group)
        message_id, reply = self._expect_reply()
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
        reply_meta, headers, reply_body = answer
        status = reply_meta.status or 0
        if reply_meta.type == "ClientRequest" and 200 <= status < 300:
            return reply_body
        err = _error(status, headers if isinstance(headers, dict) else {}, reply_body)
        if isinstance(err, RateLimitedError):
            self._transport.limiter.record_penalty(group, err.retry_after)
        raise err

    async def heartbeat(self) -> bool:
        """Send a heartbeat; True once it was answered, after all earlier messages."""
        sent_at = Instant.now()
        message_id, reply = self._expect_reply()
        try:
            async with asyncio.timeout(HEARTBEAT_TIMEOUT):
                await self._send([{"type": "Heartbeat", "messageId": message_id}])
                return not isinstance(await reply, RingCentralError)
        except TimeoutError:
            if self.last_message_at.monotonic < sent_at.monotonic:
                self._end(ConnectionFailedError(Reason.TIMED_OUT))
        except RingCentralError as err:
            self._end(err)
        finally:
            del self._replies[message_id]
        return False

    async def close(self) -> None:
        """Close the connection; its session can still be continued."""
        self._end(ConnectionFailedError(Reason.CONNECTION_LOST))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()

    def _expect_reply(self) -> tuple[str, asyncio.Future[_Reply]]:
        message_id = str(uuid.uuid4())
        reply: asyncio.Future[_Reply] = asyncio.get_running_loop().create_future()
        self._replies[message_id] = reply
        return message_id, reply

    async def _send(self, message: list[Any]) -> None:
        if self.closed.done():
            raise self.closed.result()
        try:
            await self._socket.send_frame(orjson.dumps(message), WSMsgType.TEXT)
        except aiohttp.ClientError, OSError:
            raise ConnectionFailedError(Reason.CONNECTION_LOST) from None

    async def _receive(self) -> None:
        yielder = LoopYielder()
        try:
            while True:
                frame = await self._socket.receive()
                yielder.resume()
                if frame.type in _PROOF_OF_LIFE:
                    self.last_message_at = Instant.now()
                match frame.type:
                    case WSMsgType.TEXT:
                        self._handle_frame(frame.data)
                    case WSMsgType.BINARY:
                        self._anomalies.count("binary frame")
                    case WSMsgType.ERROR if (
                        self._socket.close_code == WSCloseCode.MESSAGE_TOO_BIG
                    ):
                        self._anomalies.count("frame above 16 MiB")
                        if self._is_continued:
                            # Replayed, as it would be to each further connection.
                            self.context = None
                        break
                    case _:
                        break
                await yielder.yield_if_due()
        finally:
            self._end(ConnectionFailedError(Reason.CONNECTION_LOST))

    async def _keep_alive(self) -> None:
        while not self.closed.done():
            if (silence := self.last_message_at.age) < HEARTBEAT_AFTER:
                await asyncio.sleep(HEARTBEAT_AFTER - silence)
            else:
                await self.heartbeat()

    def _end(self, reason: RingCentralError) -> None:
        """Resolve everything that waits for the connection; the first reason counts."""
        if not self.closed.done():
            self.closed.set_result(reason)
        if not self._details.done():
            self._details.set_exception(self.closed.result())
        for reply in self._replies.values():
            if not reply.done():
                reply.set_result(self.closed.result())

    def _handle_frame(self, data: bytes) -> None:
        try:
            self._handle(data)
        except ParseError as err:
            self._anomalies.count(str(err))
            if isinstance(err, UnreadableError) and self._on_loss is not None:
                self._on_loss()
        except Exception as err:  # noqa: BLE001 - the connection must not end
            if (origin := describe_origin(err)) not in self._logged_origins:
                self._logged_origins.add(origin)
                _LOGGER.error("Handling a message failed: %s", origin)
            self._anomalies.count("message that could not be handled")

    def _handle(self, data: bytes) -> None:
        frame = decode_frame(data, self._anomalies)
        meta = frame.meta
        if meta.wsc is not None and (
            self.context is None or meta.wsc.sequence > self.context.sequence
        ):
            self.context = meta.wsc
        if (reply := self._replies.get(meta.message_id or "")) is not None:
            parts = meta, decode_json(meta.headers), decode_json(frame.body)
            if not reply.done():
                reply.set_result(parts)
            return
        match meta.type:
            case "ServerNotification":
                self._on_notification(frame.body)
            case "ConnectionDetails":
                self._handle_details(decode_json(frame.body))
            case "Error":
                self._handle_error(meta, decode_json(frame.body))
            case "Heartbeat" | "ClientRequest":
                pass
            case _:
                self._anomalies.count("message of an unknown type")

    def _handle_details(self, body: object) -> None:
        if not self._details.done():
            details = convert(
                ConnectionDetails,
                body if isinstance(body, dict) else {},
                self._anomalies,
            )
            self._details.set_result(details)
            if self._on_details is not None:
                self._on_details(details)

    def _handle_error(self, meta: FrameMeta, body: object) -> None:
        """End the connection: the gateway closes it after an error message."""
        code = error_code(body.get("errorCode")) if isinstance(body, dict) else None
        _LOGGER.debug("Connection ended by the gateway: %s", code)
        rejected = code is not None and code.startswith("OAU-")
        reason = Reason.TOKEN_REJECTED if rejected else Reason.CONNECTION_LOST
        self._end(ConnectionFailedError(reason, status=meta.status, code=code))


def _is_allowed(url: URL) -> bool:
    """Return whether the access token may be sent to an address of the gateway."""
    if url.user is not None or url.password is not None:
        return False
    return url.scheme == "wss" or is_loopback(url.host)


def _error(
    status: int, headers: Mapping[str, object], body: object
) -> RingCentralError:
    """Return the error of an answer; a rejected token is that of the connection only."""
    if status < 400:
        return ConnectionFailedError(Reason.UNEXPECTED_ANSWER, status=status)
    err = error_from_answer(status, headers, body)
    if isinstance(err, AuthenticationError):
        return ConnectionFailedError(
            err.reason, status=status, code=err.code, request_id=err.request_id
        )
    return err
