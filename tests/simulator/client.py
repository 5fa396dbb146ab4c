"""A plain client without checks; the tests check the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from simulator import Simulator

from .published import answer_problems

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SIP = "?detailedTelephonyState=true&sipData=true"
OWN = f"/restapi/v1.0/account/~/extension/~/presence{SIP}"
SUBSCRIPTION = "/restapi/v1.0/subscription"


def presence_filter(extension_id: str) -> str:
    """Return the filter of the source document for one extension."""
    return f"/restapi/v1.0/account/~/extension/{extension_id}/presence{SIP}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Socket:
    """A connection to the gateway."""

    socket: aiohttp.ClientWebSocketResponse
    details: Any = None
    subscription: Any = None
    numbers: count[int] = field(default_factory=count)
    waiting: list[Any] = field(default_factory=list)

    @property
    def wsc(self) -> str:
        """Return the token that recovers this connection."""
        return str(self.details[0]["wsc"]["token"])

    async def receive(self) -> Any:
        """Return the next message that is no reply."""
        if self.waiting:
            return self.waiting.pop(0)
        return await self.socket.receive_json(timeout=5)

    async def event(self) -> Any:
        """Return the body of the next notification."""
        meta, event = await self.receive()
        assert meta["type"] == "ServerNotification"
        return event["body"]

    async def request(
        self, method: str, path: str, body: Any = None, query: Any = None
    ) -> Any:
        """Send a request and return its reply; what comes before it is kept."""
        message_id = f"m/{next(self.numbers)}"
        meta: dict[str, Any] = {
            "type": "ClientRequest",
            "messageId": message_id,
            "method": method,
            "path": path,
        }
        if query is not None:
            meta["query"] = query
        await self.socket.send_json([meta] if body is None else [meta, body])
        while True:
            message = await self.socket.receive_json(timeout=5)
            if message[0]["messageId"] == message_id:
                return message
            self.waiting.append(message)

    async def subscribe(self, *filters: str) -> Any:
        """Subscribe and return the reply."""
        reply = await self.request(
            "POST",
            SUBSCRIPTION,
            {
                "eventFilters": list(filters or (OWN,)),
                "deliveryMode": {"transportType": "WebSocket"},
            },
        )
        self.subscription = reply[1]
        return reply

    async def silent(self) -> bool:
        """Return whether nothing is in transit: the echo of a heartbeat comes first."""
        await self.socket.send_json([{"type": "Heartbeat", "messageId": "probe"}])
        message = await self.receive()
        return bool(message == [{"type": "Heartbeat", "messageId": "probe"}])

    async def closed(self) -> int | None:
        """Wait for the end and return the close code."""
        while True:
            message = await self.socket.receive(timeout=5)
            if message.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            ):
                return self.socket.close_code


@dataclass(slots=True)
class Client:
    """An app on the platform."""

    simulator: Simulator
    http: aiohttp.ClientSession
    token: str = ""
    refresh_token: str = ""
    sockets: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)
    # Whether answers must be as the platform describes them.
    is_strict: bool = True

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        authorized: bool = True,
    ) -> Answer:
        """Send an HTTP request."""
        sent = dict(headers or {})
        if authorized and self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        async with self.http.request(
            method,
            f"{self.simulator.server}{path}",
            json=json,
            data=form,
            headers=sent,
            params=list(params),
            allow_redirects=False,
        ) as response:
            text = await response.read()
            body: Any = text
            if "json" in response.content_type and text:
                body = await response.json(content_type=None)
            if self.is_strict:
                problems = answer_problems(method, path, response.status, body)
                assert not problems, problems
            return Answer(response.status, body, response.headers)

    async def get(self, path: str, *params: tuple[str, str]) -> Answer:
        """Read something below the account."""
        return await self.call("GET", f"/restapi/v1.0/account/~{path}", params=params)

    async def put(self, path: str, json: Any) -> Answer:
        """Write something below the account."""
        return await self.call("PUT", f"/restapi/v1.0/account/~{path}", json=json)

    async def request_token(self, **form: str) -> Answer:
        """Ask the token endpoint as a confidential app."""
        return await self.call(
            "POST",
            "/restapi/oauth/token",
            form=form,
            headers={
                "Authorization": aiohttp.encode_basic_auth(
                    self.simulator.client_id, self.simulator.client_secret
                )
            },
        )

    async def sign_in(self) -> Answer:
        """Exchange the JWT."""
        answer = await self.request_token(
            grant_type=JWT_GRANT, assertion=self.simulator.jwt
        )
        self._store_tokens(answer)
        return answer

    async def refresh(self, refresh_token: str | None = None) -> Answer:
        """Refresh with the newest or a given token."""
        answer = await self.request_token(
            grant_type="refresh_token",
            refresh_token=refresh_token or self.refresh_token,
        )
        self._store_tokens(answer)
        return answer

    def _store_tokens(self, answer: Answer) -> None:
        if answer.status == 200:
            self.token = answer.body["access_token"]
            self.refresh_token = answer.body.get("refresh_token", "")

    async def ws_token(self) -> Answer:
        """Request a WebSocket token."""
        return await self.call("POST", "/restapi/oauth/wstoken")

    async def open(self, **query: str) -> Socket:
        """Open a socket with any query."""
        socket = await self.http.ws_connect(
            f"{self.simulator.server}/ws", params=query, autoclose=True
        )
        self.sockets.append(socket)
        return Socket(socket)

    async def connect(self, wsc: str | None = None, token: str | None = None) -> Socket:
        """Connect to the gateway and wait for its introduction."""
        if token is None:
            token = (await self.ws_token()).body["ws_access_token"]
        query = {"access_token": token}
        if wsc is not None:
            query["wsc"] = wsc
        socket = await self.open(**query)
        socket.details = await socket.receive()
        return socket
