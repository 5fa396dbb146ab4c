"""What a program has that uses the platform client, and servers of any behaviour."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, override

import aiohttp
from aiohttp import web
import orjson

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import (
    App,
    Token,
    TokenEndpoint,
    TokenSource,
)
from custom_components.ringcentral.api.models.base import RawJson, decode_json
from custom_components.ringcentral.api.models.gateway import (
    SessionContext,
    WebSocketToken,
)
from custom_components.ringcentral.api.rate_limits import RateLimiter
from custom_components.ringcentral.api.rest import RestClient
from custom_components.ringcentral.api.transport import Transport
from custom_components.ringcentral.api.websocket import WebSocketConnection
from simulator import Simulator

WSTOKEN_PATH = "/restapi/oauth/wstoken"
TOKEN_PATH = "/restapi/oauth/token"
DETAILS = [
    {
        "type": "ConnectionDetails",
        "messageId": "1",
        "status": 200,
        "wsc": {"token": "first-context", "sequence": 1},
    },
    {"recoveryTimeout": 180},
]

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type SocketHandler = Callable[[web.WebSocketResponse], Awaitable[None]]


class Tokens(TokenSource):
    """Signs in by JWT at the first need; refreshes a token that was rejected."""

    def __init__(self, endpoint: TokenEndpoint, jwt: str) -> None:
        """Sign in nowhere yet."""
        self._endpoint = endpoint
        self._jwt = jwt
        self.token: Token | None = None
        self.rejected: list[str] = []

    @override
    async def access_token(self) -> str:
        if self.token is None:
            self.token = await self._endpoint.exchange_jwt(self._jwt)
        elif self.token.access_token in self.rejected:
            assert self.token.refresh_token is not None
            self.token = await self._endpoint.refresh(self.token.refresh_token)
        return self.token.access_token

    @override
    def access_token_rejected(self, access_token: str) -> None:
        self.rejected.append(access_token)


class FixedToken(TokenSource):
    """Always the same token."""

    @override
    async def access_token(self) -> str:
        return "fixed-access-token"

    @override
    def access_token_rejected(self, access_token: str) -> None:
        """Nothing else to offer."""


def new_transport(session: aiohttp.ClientSession, server: str) -> Transport:
    """Return a transport with a limiter of its own."""
    return Transport(session, server, RateLimiter(asyncio.get_running_loop().time))


def rest_at(session: aiohttp.ClientSession, server: str) -> RestClient:
    """Return a REST client for a server that does not check tokens."""
    return RestClient(new_transport(session, server), FixedToken(), Anomalies())


@dataclass
class Client:
    """A client of the simulated platform, with what it was made of."""

    simulator: Simulator
    session: aiohttp.ClientSession
    anomalies: Anomalies = field(default_factory=Anomalies)
    notifications: list[Any] = field(default_factory=list)
    connections: list[WebSocketConnection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.transport = new_transport(self.session, self.simulator.server)
        self.endpoint = self.endpoint_for(
            self.simulator.client_id, self.simulator.client_secret
        )
        self.tokens = Tokens(self.endpoint, self.simulator.jwt)
        self.rest = RestClient(self.transport, self.tokens, self.anomalies)

    def endpoint_for(self, client_id: str, client_secret: str | None) -> TokenEndpoint:
        """Return the token endpoint as another app sees it."""
        return TokenEndpoint(
            self.transport, App(client_id=client_id, client_secret=client_secret)
        )

    async def connect(
        self, context: SessionContext | None = None
    ) -> WebSocketConnection:
        """Open a connection to the gateway."""
        token = await self.rest.websocket_token()
        gateway = await WebSocketConnection.connect(
            self.transport, token, context, self._receive, self.anomalies
        )
        self.connections.append(gateway)
        return gateway

    def _receive(self, body: RawJson) -> None:
        self.notifications.append(decode_json(body))

    def requests(self, path: str) -> list[int]:
        """Return the statuses of the HTTP requests seen at a path, oldest first."""
        return [
            record.status
            for record in self.simulator.log
            if record.kind == "http" and record.path == path
        ]

    def socket_requests(self) -> list[tuple[str, int]]:
        """Return method and status of the requests seen over sockets."""
        return [
            (record.method, record.status)
            for record in self.simulator.log
            if record.kind == "request"
        ]


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """Run a server that answers every request by `handler`; give its address."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serve_answer(
    body: object = None,
    *,
    text: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[str]:
    """Run a server that answers everything the same way."""
    content = orjson.dumps(body) if text is None else text.encode()

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=content, headers=headers)

    async with serve(answer) as server:
        yield server


@asynccontextmanager
async def serve_socket(
    handler: SocketHandler, *, introduced: bool = True
) -> AsyncIterator[WebSocketToken]:
    """Run a gateway with the behavior of `handler`; yield a token for it."""

    async def upgrade(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if introduced:
            await socket.send_json(DETAILS)
        await handler(socket)
        return socket

    async with serve(upgrade) as server:
        yield WebSocketToken(
            uri=f"{server.replace('http', 'ws', 1)}/ws", token="token", expires_in=60
        )


def transport_of(socket: web.WebSocketResponse) -> asyncio.Transport:
    """Return what a socket of such a gateway writes to."""
    assert socket._req is not None
    assert socket._req.transport is not None
    return socket._req.transport
