"""Proxy before the simulator that can change its presence resources.

The simulator's own answers are consistent. In some cases REST differs from the
notifications, or leaves fields out.
"""

import asyncio
from collections.abc import Callable, Mapping
import json
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from yarl import URL

type Json = dict[str, Any]
# Changes the presence resource of one extension.
type Rewrite = Callable[[Json], Json]

_NOT_FORWARDED: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "host",
        "server",
        "transfer-encoding",
    }
)


class PresenceProxy:
    """Forwards all requests and messages between Home Assistant and the simulator."""

    def __init__(self, platform: str, rewrite: Rewrite) -> None:
        """Initialize for a simulator at this address."""
        self._platform = URL(platform)
        self._rewrite = rewrite
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None
        self.address = ""

    async def start(self) -> None:
        """Listen on an unused port."""
        self._session = ClientSession(auto_decompress=True)
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        url = URL(str(self._platform) + request.raw_path, encoded=True)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._forward_websocket(request, url, self._session)
        async with self._session.request(
            request.method,
            url,
            headers=_forwarded(request.headers),
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            if "json" in answer.headers.get("Content-Type", ""):
                content = self._rewrite_body(content)
            else:
                assert not answer.headers.get("Content-Type", "").startswith(
                    "multipart"
                )
            return web.Response(
                status=answer.status, body=content, headers=_forwarded(answer.headers)
            )

    def _rewrite_body(self, content: bytes) -> bytes:
        """Replace the simulator's address, and the presence resources of the case."""
        for scheme in ("http", "ws"):
            content = content.replace(
                str(self._platform.with_scheme(scheme)).encode(),
                self.address.replace("http", scheme, 1).encode(),
            )
        if b"presenceStatus" not in content:
            return content
        return json.dumps(self._replace_resources(json.loads(content))).encode()

    def _replace_resources(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._replace_resources(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "presenceStatus" in value and "extension" in value:
            return self._rewrite(value)
        return {key: self._replace_resources(item) for key, item in value.items()}

    async def _forward_websocket(
        self, request: web.Request, url: URL, session: ClientSession
    ) -> web.StreamResponse:
        client = web.WebSocketResponse(max_msg_size=0)
        async with session.ws_connect(url, max_msg_size=0) as server:
            await client.prepare(request)
            pumps = [
                asyncio.create_task(_pump(client, server)),
                asyncio.create_task(_pump(server, client)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        await client.close()
        return client


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _NOT_FORWARDED
    }


type _Socket = web.WebSocketResponse | ClientWebSocketResponse


async def _pump(source: _Socket, target: _Socket) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)
