"""The WebSocket gateway: wstokens, connections, framing, timeouts, recovery."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
import logging
import math
import secrets
from typing import cast
from uuid import UUID

from aiohttp import WSMsgType, web

from ..base import clock
from ..base.switches import Switches
from ..base.wire import JsonObject, JsonValue, rest_time
from ..faults.faults import Faults
from ..faults.journal import Journal
from ..sessions.oauth import OAuthSession
from .connection import Connection
from .recovery import ContextStore, SessionContext, well_formed

_LOGGER = logging.getLogger(__name__)

_MAX_FRAME = 16 * 1024 * 1024
_MAX_ACTIVE_REQUESTS = 10
_NO_AUTHORIZATION = 4400

# Answers a request that came over a socket: method, path, query, body, context. It never
# waits, so that nothing comes between a subscription and its reply.
type SocketDispatch = Callable[
    [str, str, JsonValue, JsonValue, SessionContext],
    tuple[int, JsonValue, dict[str, str]],
]


@dataclass(slots=True, kw_only=True)
class _WsToken:
    session: OAuthSession
    until: float
    connection: Connection | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class _OtherClient:
    """A connection of another client, which receives everything."""

    context: SessionContext

    def post(self, frame: bytes) -> None:
        """Receive a notification."""

    def surrender(self) -> tuple[list[bytes], bool]:
        """End."""
        return [], False


@dataclass(slots=True, kw_only=True)
class Gateway:
    """All connections of the platform."""

    switches: Switches
    faults: Faults
    journal: Journal
    new_uuid: Callable[[], UUID]
    contexts: ContextStore
    dispatch: SocketDispatch
    connections: list[Connection] = field(default_factory=list)
    _tokens: dict[str, _WsToken] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _stall_timer: asyncio.TimerHandle | None = None
    _take_over_timer: asyncio.TimerHandle | None = None
    _others: list[_OtherClient] = field(default_factory=list)

    def issue_token(self, session: OAuthSession, uri: str) -> JsonObject:
        """Answer a request for a WebSocket token."""
        now = clock.monotonic()
        self._tokens = {
            token: item
            for token, item in self._tokens.items()
            if item.until > now or item.connection is not None
        }
        token = secrets.token_urlsafe(32)
        life = self.switches.wstoken_life
        self._tokens[token] = _WsToken(session=session, until=now + life)
        return {"uri": uri, "ws_access_token": token, "expires_in": life}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket connection from upgrade to close."""
        token = request.query.get("access_token")
        wsc = request.query.get("wsc")
        known = self._tokens.get(token or "")
        if fault := self.faults.take("refuse_upgrade"):
            return self._refuse(request, int(fault.number("status", 503)))
        bad = known is None or not self._usable(known)
        if token is not None and bad and self.switches.bad_wstoken == "refuse":
            return self._refuse(request, 401)

        # Small frames one at a time: compression and its window would only cost.
        socket = web.WebSocketResponse(
            autoping=False,
            autoclose=False,
            compress=False,
            max_msg_size=_MAX_FRAME,
            timeout=1.0,
        )
        await socket.prepare(request)
        self.journal.add("connect", "GET", request.path, 101)
        connection = Connection(
            number=next(self._numbers),
            socket=socket,
            request=request,
            switches=self.switches,
            new_uuid=self.new_uuid,
        )
        self.connections.append(connection)
        try:
            await self._serve(connection, known, wsc, token_given=token is not None)
        finally:
            self.connections.remove(connection)
            self.journal.add("disconnect", "GET", request.path, socket.close_code or 0)
        return socket

    async def _serve(
        self,
        connection: Connection,
        known: _WsToken | None,
        wsc: str | None,
        *,
        token_given: bool,
    ) -> None:
        if not token_given:
            await connection.socket.close(
                code=_NO_AUTHORIZATION, message=b"did not receive authorization"
            )
            return
        if self.faults.take("close_at_connect"):
            await connection.socket.close()
            return
        if fault := self.faults.take("error_at_connect"):
            connection.fail(
                fault.text("errorCode", "WSG-500"),
                fault.text("message", "Internal error"),
                int(fault.number("status", 500)),
            )
        elif known is None or not self._usable(known):
            if self.switches.bad_wstoken == "close":
                await connection.socket.close()
                return
            connection.fail("OAU-213", "Token not found", 401)
        elif wsc is not None and not well_formed(wsc):
            connection.fail("WSG-400", "Malformed WebSocket session context token", 400)
        elif not self.faults.take("silent_connect"):
            self._open(connection, known, wsc)
        await connection.run(self._answer)

    def _usable(self, token: _WsToken) -> bool:
        if token.session.revoked or clock.monotonic() >= token.until:
            return False
        return not (token.used and self.switches.wstoken_single_use)

    def _open(self, connection: Connection, token: _WsToken, wsc: str | None) -> None:
        """Introduce the platform; what a recovered session missed comes right after."""
        if token.connection is not None:
            token.connection.end()
        token.connection = connection
        token.used = True
        details: JsonObject = {"creationTime": rest_time(clock.wall())}
        recovered: SessionContext | None = None
        if wsc is not None:
            recovered, reason = self.contexts.recover(wsc, token.session)
            if fault := self.faults.take("recovery_failed"):
                recovered, reason = None, fault.text("errorCode", "WSG-1005")
            if self.faults.take("recovery_unanswered"):
                recovered = None
            elif recovered is not None:
                details["recoveryState"] = "Successful"
            else:
                details |= {"recoveryState": "Failed", "recoveryErrorCode": reason}
        replay: list[bytes] = []
        if recovered is None:
            context = self.contexts.open(token.session, connection)
        else:
            context = recovered
            context.wsc_sequence = 0
            replay = context.take_over(connection)
        switches = self.switches
        details |= {
            "maxConnectionsPerSession": switches.max_connections,
            "recoveryBufferSize": switches.recovery_buffer_size,
            "recoveryTimeout": switches.recovery_timeout,
            "idleTimeout": switches.idle_timeout,
            "absoluteTimeout": switches.absolute_timeout,
            "maxActiveRequests": _MAX_ACTIVE_REQUESTS,
        }
        connection.introduce(context, self.contexts.issue(context), details)
        for frame in replay:
            connection.post(frame)
        if fault := self.faults.take("take_over"):
            self._take_over_timer = asyncio.get_running_loop().call_later(
                fault.number("delay", 1), self._take_over, context
            )
        mine = [
            item
            for item in self.connections
            if item.context is not None and item.context.session is token.session
        ]
        if len(mine) > switches.max_connections:
            mine[0].end()

    def _take_over(self, context: SessionContext) -> None:
        other = _OtherClient(context)
        self._others.append(other)
        context.take_over(other)

    def release(self) -> None:
        """End the connections of other clients."""
        for other in self._others:
            other.context.lost(other)
        self._others.clear()

    async def _answer(
        self, connection: Connection, meta: JsonObject, body: JsonValue
    ) -> None:
        """Answer one request of a client; a heartbeat is answered by the connection."""
        context = connection.context
        method, path = meta.get("method"), meta.get("path")
        if (
            context is None
            or meta.get("type") != "ClientRequest"
            or not isinstance(method, str)
            or not isinstance(path, str)
        ):
            _LOGGER.debug("Message without meaning for the platform ignored")
            return
        if self.faults.take("no_reply", path=path, method=method):
            return
        # `""` and null both stand for no body.
        status, answer, headers = self.dispatch(
            method.upper(), path, meta.get("query"), body or None, context
        )
        self.journal.add("request", method.upper(), path.partition("?")[0], status)
        reply_meta: JsonObject = {
            "type": "ClientRequest",
            "messageId": meta.get("messageId"),
            "status": status,
        }
        if self.switches.wsc_on_replies:
            reply_meta["wsc"] = cast("JsonValue", self.contexts.issue(context))
        connection.reply(reply_meta, headers, answer)

    def _refuse(self, request: web.Request, status: int) -> web.Response:
        self.journal.add("connect", "GET", request.path, status)
        return web.Response(status=status)

    def end_session(self, session: OAuthSession) -> None:
        """End the sockets of a session that was revoked."""
        self.contexts.remove_session(session)
        for connection in list(self.connections):
            if connection.context and connection.context.session is session:
                connection.fail("OAU-213", "Token not found", 401)

    def send(self, data: bytes, opcode: WSMsgType) -> None:
        """Send a frame of any content to all connections."""
        for connection in self.connections:
            connection.send_raw(data, opcode)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes that are no frame to all connections."""
        for connection in self.connections:
            connection.write_bytes(data)

    def fail(self, code: str, message: str, status: int) -> None:
        """Send an `Error` message to all connections and close them."""
        for connection in list(self.connections):
            connection.fail(code, message, status)

    def drop(self, *, abort: bool, inside_frame: bool) -> None:
        """Close all connections, or reset them, optionally inside a frame."""
        for connection in list(self.connections):
            if abort or inside_frame:
                connection.reset(inside_frame=inside_frame)
            else:
                connection.end()

    def stall(self, seconds: float) -> None:
        """Hold all data of the open connections for a while."""
        for connection in self.connections:
            connection.stall()
        if seconds != math.inf:
            loop = asyncio.get_running_loop()
            self._cancel_stall()
            self._stall_timer = loop.call_later(seconds, self.unstall)

    def unstall(self) -> None:
        """Release all held data."""
        self._cancel_stall()
        for connection in self.connections:
            connection.unstall()

    def cancel_timers(self) -> None:
        """Cancel all timers."""
        self._cancel_stall()
        if self._take_over_timer is not None:
            self._take_over_timer.cancel()

    def _cancel_stall(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    async def stop(self) -> None:
        """Abort all connections and wait until they are closed."""
        for connection in list(self.connections):
            connection.reset()
        while self.connections:
            await asyncio.sleep(0)
