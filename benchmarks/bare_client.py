"""Minimal client: aiohttp and the documented requests, without error handling."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp
import orjson

_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SUBSCRIPTION: Final = "/restapi/v1.0/subscription"


@dataclass(frozen=True, slots=True)
class BareClient:
    """A connection to the gateway with a subscription."""

    socket: aiohttp.ClientWebSocketResponse[Literal[False]]
    subscription_id: str

    @asynccontextmanager
    async def receiving(self, handle: Callable[[bytes], object]) -> AsyncIterator[None]:
        """Pass each frame to a handler within the context."""
        task = asyncio.create_task(self._receive(handle))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _receive(self, handle: Callable[[bytes], object]) -> None:
        async for frame in self.socket:
            handle(frame.data)


@asynccontextmanager
async def bare_client(
    session: aiohttp.ClientSession, described: Mapping[str, str], filters: Sequence[str]
) -> AsyncIterator[BareClient]:
    """Sign in, connect and subscribe; `described` is the platform's description."""
    server = described["server"]
    async with session.post(
        f"{server}/restapi/oauth/token",
        data={"grant_type": _JWT_GRANT, "assertion": described["jwt"]},
        headers={
            "Authorization": aiohttp.encode_basic_auth(
                described["clientId"], described["clientSecret"]
            )
        },
        raise_for_status=True,
    ) as response:
        access_token = (await response.json())["access_token"]
    async with session.post(
        f"{server}/restapi/oauth/wstoken",
        headers={"Authorization": f"Bearer {access_token}"},
        raise_for_status=True,
    ) as response:
        token = await response.json()
    async with session.ws_connect(
        token["uri"],
        params={"access_token": token["ws_access_token"]},
        decode_text=False,
    ) as socket:
        # The first message has the connection details.
        await socket.receive()
        await socket.send_frame(_subscribe(filters), aiohttp.WSMsgType.TEXT)
        _, subscription = orjson.loads((await socket.receive()).data)
        yield BareClient(socket, subscription["id"])


def _subscribe(filters: Sequence[str]) -> bytes:
    return orjson.dumps(
        [
            {
                "type": "ClientRequest",
                "messageId": "1",
                "method": "POST",
                "path": _SUBSCRIPTION,
            },
            {
                "eventFilters": filters,
                "deliveryMode": {"transportType": "WebSocket"},
            },
        ]
    )
