"""One WebSocket connection: ordered output, heartbeats, timers and close."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count
from uuid import UUID

from aiohttp import WSMessage, WSMsgType, web

from ..base import clock
from ..base.switches import Switches
from ..base.wire import JsonObject, JsonValue, decode, encode
from .recovery import SessionContext
from .tcp import in_flight, reset

_PONG_TIMEOUT = 10
_CLOSING_TYPES = (
    WSMsgType.CLOSE,
    WSMsgType.CLOSING,
    WSMsgType.CLOSED,
    WSMsgType.ERROR,
)

type RequestHandler = Callable[[Connection, JsonObject, JsonValue], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Frame:
    data: bytes
    opcode: WSMsgType = WSMsgType.TEXT
    notification: bool = False


class _Close:
    """Marks the place in the queue where the connection is closed."""


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One client at the gateway."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    switches: Switches
    new_uuid: Callable[[], UUID]
    context: SessionContext | None = None
    request_id: str = ""
    _queue: deque[_Frame | _Close] = field(default_factory=deque)
    _held: deque[WSMessage] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False
    # Whether data may be lost that was written already.
    _unsure: bool = False
    _opened_at: float = field(default_factory=clock.monotonic)
    _traffic_at: float = field(default_factory=clock.monotonic)
    _ping_at: float | None = None
    _pong_at: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _replies: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Start without a stall."""
        self._flowing.set()

    # The way out: everything goes through one queue, so order is kept.

    def introduce(
        self, context: SessionContext, wsc: Mapping[str, str | int], details: JsonObject
    ) -> None:
        """Send `ConnectionDetails`, the first message of every connection."""
        self.context = context
        self.request_id = str(self.new_uuid())
        self._put(
            _Frame(
                self._encode(
                    {
                        "type": "ConnectionDetails",
                        "messageId": self.request_id,
                        "status": 200,
                        "wsc": wsc,
                        "headers": {"RCRequestId": self.request_id},
                    },
                    details,
                )
            )
        )

    def reply(self, meta: JsonObject, headers: dict[str, str], body: JsonValue) -> None:
        """Send the answer to a request."""
        meta["headers"] = {
            "Server": "nginx",
            "Date": formatdate(clock.wall(), usegmt=True),
            **({} if body is None else {"Content-Type": "application/json"}),
            "RoutingKey": "SIM01P01",
            "RCRequestId": f"{self.request_id}-{next(self._replies)}",
            **headers,
        }
        data = self._encode(meta) if body is None else self._encode(meta, body)
        self._put(_Frame(data))

    def post(self, frame: bytes) -> None:
        """Send a notification after everything that waits already."""
        if self.switches.notifications_reset_idle:
            self._traffic_at = clock.monotonic()
        self._put(_Frame(frame, notification=True))

    def send_raw(self, data: bytes, opcode: WSMsgType) -> None:
        """Send a frame of any content."""
        self._put(_Frame(data, opcode))

    def fail(self, code: str, message: str, status: int) -> None:
        """Send an `Error` message and close."""
        message_id = str(self.new_uuid())
        self._put(
            _Frame(
                self._encode(
                    {
                        "type": "Error",
                        "messageId": message_id,
                        "status": status,
                        "headers": {"RCRequestId": message_id},
                    },
                    {"errorCode": code, "message": message},
                )
            )
        )
        self.end()

    def end(self) -> None:
        """Close in good order once everything that waits is sent."""
        if not self._ended:
            self._ended = True
            self._detach()
            self._put(_Close())

    def reset(self, *, inside_frame: bool = False) -> None:
        """Cut the TCP connection without a word, if wanted in the middle of a frame."""
        closing, self._ended = self._ended, True
        self._detach()
        transport = self.request.transport
        if transport is None:
            return
        if closing:
            # What is in flight then is the end of an orderly close.
            self._unsure |= transport.get_write_buffer_size() > 0
        else:
            self._unsure |= in_flight(transport)
        if inside_frame:
            # The head of a text frame of 100 bytes, and 5 of them.
            transport.write(b'\x81\x64[{"ty')
        reset(transport)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes that are no frame, to violate the protocol."""
        if self.request.transport is not None:
            self.request.transport.write(data)

    def stall(self) -> None:
        """Hold data in both directions, as a half-open TCP connection does."""
        self._flowing.clear()

    def unstall(self) -> None:
        """Release all held data."""
        self._flowing.set()

    def surrender(self) -> tuple[list[bytes], bool]:
        """End at once; return what was not sent, and whether more may be lost."""
        unsent = [
            item.data
            for item in self._queue
            if isinstance(item, _Frame) and item.notification
        ]
        self._queue.clear()
        self.reset()
        return unsent, self._unsure

    # Life

    async def run(self, handler: RequestHandler) -> None:
        """Serve the connection until it ends."""
        writer = asyncio.create_task(self._write())
        self._arm()
        try:
            await self._read(handler)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._detach()
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            if self.context is not None:
                self.context.closed(self)

    async def _read(self, handler: RequestHandler) -> None:
        while True:
            message = await self.socket.receive()
            if message.type in _CLOSING_TYPES:
                if message.type is not WSMsgType.CLOSE and not self._ended:
                    # The client vanished without a word.
                    self._unsure = True
                if message.type is WSMsgType.CLOSE and self._flowing.is_set():
                    with suppress(ConnectionError):
                        await self.socket.close()
                return
            self._held.append(message)
            if not self._flowing.is_set():
                continue
            while self._held:
                await self._receive(self._held.popleft(), handler)

    async def _receive(self, message: WSMessage, handler: RequestHandler) -> None:
        if message.type is WSMsgType.PING:
            self._put(_Frame(bytes(message.data), WSMsgType.PONG))
            return
        if message.type is WSMsgType.PONG:
            self._pong_at = clock.monotonic()
            return
        self._traffic_at = clock.monotonic()
        try:
            content = decode(message.data)
        except ValueError:
            return
        if not isinstance(content, list) or not content:
            return
        meta = content[0]
        if not isinstance(meta, dict):
            return
        if meta.get("type") == "Heartbeat":
            # Echoed as it came: the very same array.
            self._put(_Frame(encode(content)))
            return
        await handler(self, meta, content[1] if len(content) > 1 else None)

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while True:
                while not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                if not self._flowing.is_set():
                    await self._flowing.wait()
                    continue
                item = self._queue[0]
                if isinstance(item, _Close):
                    self._queue.popleft()
                    await self.socket.close()
                    return
                await self.socket.send_frame(item.data, item.opcode)
                if self._queue and self._queue[0] is item:
                    self._queue.popleft()
                if item.notification and self.context is not None:
                    self.context.sent(item.data)

    def _put(self, item: _Frame | _Close) -> None:
        self._queue.append(item)
        self._wake.set()

    def _detach(self) -> None:
        if self.context is not None:
            self.context.lost(self)

    def _encode(self, *parts: JsonValue) -> bytes:
        return encode(parts, escape_slashes=self.switches.escape_slashes)

    # Timers

    def _arm(self) -> None:
        """Set one timer for whatever is due first."""
        now = clock.monotonic()
        times = [
            self._opened_at + self.switches.absolute_timeout,
            self._traffic_at + self.switches.idle_timeout,
            self._session_end(),
        ]
        if self.switches.ping_interval:
            times.append(
                (self._ping_at or self._opened_at) + self.switches.ping_interval
            )
        if self._pong_missing():
            times.append((self._ping_at or 0.0) + _PONG_TIMEOUT)
        due = max(0.0, min(times) - now)
        self._timer = asyncio.get_running_loop().call_later(due, self._tick)

    def _tick(self) -> None:
        now = clock.monotonic()
        if self._ended:
            return
        if now >= self._opened_at + self.switches.absolute_timeout:
            self.fail("WSG-903", "Absolute timeout expired", 408)
            return
        if now >= self._traffic_at + self.switches.idle_timeout:
            self.fail("WSG-902", "Idle timeout expired", 408)
            return
        if now >= self._session_end():
            self.fail("OAU-128", "Access token expired", 401)
            return
        last_ping = self._ping_at or self._opened_at
        if self._pong_missing() and now >= (self._ping_at or 0.0) + _PONG_TIMEOUT:
            self.reset()
            return
        if (
            self.switches.ping_interval
            and now >= last_ping + self.switches.ping_interval
        ):
            self._ping_at = now
            self._put(_Frame(b"", WSMsgType.PING))
        self._arm()

    def _pong_missing(self) -> bool:
        return (
            self.switches.pong_required
            and self._ping_at is not None
            and (self._pong_at or 0.0) < self._ping_at
        )

    def _session_end(self) -> float:
        if self.context is None:
            return float("inf")
        session = self.context.session
        if self.switches.socket_ends_with == "access_token":
            return session.pair.access_until
        return session.ends_at
