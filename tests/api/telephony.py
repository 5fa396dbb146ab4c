"""Clients of call control, and servers that answer them in any way."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import web
import orjson

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import TokenSource
from custom_components.ringcentral.api.call_control import CallControlClient
from custom_components.ringcentral.api.rate_limits import RateGroup

from .client import FixedToken, new_transport, serve

ACCOUNT: Final = "/restapi/v1.0/account/~"
EXTENSION: Final = f"{ACCOUNT}/extension/~"


class Sent(NamedTuple):
    """A request that a server has received."""

    method: str
    path: str
    body: Any
    content_type: str | None = "application/json"


type Answers = Callable[[web.Request, Any], web.StreamResponse]


def json_answer(body: object, status: int = 200) -> web.Response:
    """Return an answer with JSON."""
    return web.Response(body=orjson.dumps(body), status=status)


def always(body: object, status: int = 200) -> Answers:
    """Answer everything with the same JSON."""
    return lambda *_: json_answer(body, status)


def always_empty(status: int) -> Answers:
    """Answer everything without a body."""
    return lambda *_: web.Response(status=status)


@asynccontextmanager
async def serving(
    session: aiohttp.ClientSession, answer: Answers, tokens: TokenSource | None = None
) -> AsyncIterator[tuple[CallControlClient, list[Sent]]]:
    """Yield a client of a server, and the requests that this has received."""
    sent: list[Sent] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        content = await request.read()
        body = orjson.loads(content) if content else None
        content_type = request.headers.get("Content-Type")
        sent.append(Sent(request.method, request.raw_path, body, content_type))
        return answer(request, body)

    async with serve(handle) as server:
        transport = new_transport(session, server)
        yield CallControlClient(transport, tokens or FixedToken(), Anomalies()), sent


def used_slots(client: CallControlClient, group: RateGroup = RateGroup.LIGHT) -> int:
    """Return how many slots are used or reserved."""
    usage = client._transport.limiter._usage[group]
    return len(usage.sent) + usage.reserved


def fill_slots(client: CallControlClient, group: RateGroup, left: int) -> None:
    """Use slots until so many are left."""
    limiter = client._transport.limiter
    while not limiter.delay(group, left + 1):
        limiter.record_request(group)
