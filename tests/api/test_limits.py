"""Limits of connections, answers, lists and addresses, against servers of any behavior."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import gzip
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ringcentral.api import transport as transport_module
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import App, TokenEndpoint
from custom_components.ringcentral.api.event_filters import (
    extension_filter,
    filter_expander,
    filter_extension_id,
)
from custom_components.ringcentral.api.exceptions import ConnectionFailedError, Reason
from custom_components.ringcentral.api.models.gateway import (
    SessionContext,
    WebSocketToken,
)
from custom_components.ringcentral.api.models.notifications import (
    LostEvent,
    StreamEvent,
)
from custom_components.ringcentral.api.models.presence import PresenceUpdate
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.subscription_request import subscription_exists
from custom_components.ringcentral.api.transport import MAX_BODY, Transport, is_loopback
from custom_components.ringcentral.api.websocket import WebSocketConnection
from tests.common import until

from .client import (
    DETAILS,
    Client,
    new_transport,
    rest_at,
    serve,
    serve_answer,
    serve_socket,
)
from .gateway import messages, notify, open_with, refused, until_received
from .stream import Running

_MIB = 1024 * 1024


# Size of an answer


@asynccontextmanager
async def _serve_zipped(content: bytes) -> AsyncIterator[str]:
    packed = gzip.compress(content, 1)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serve(answer) as server:
        yield server


@pytest.mark.parametrize(("size", "fits"), [(MAX_BODY, True), (MAX_BODY + 1, False)])
async def test_body_is_read_up_to_64_mebibytes_after_decompression(
    session: aiohttp.ClientSession, size: int, fits: bool
) -> None:
    """The packed answer has some hundred kibibytes."""
    content = b'{"id":"1","a":"' + b"x" * (size - 17) + b'"}'
    assert len(content) == size
    async with _serve_zipped(content) as server:
        rest = rest_at(session, server)
        if fits:
            assert (await rest.account()).id == "1"
            assert not rest._anomalies.counts
            return
        with pytest.raises(ConnectionFailedError) as failed:
            await rest.account()

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER
    assert rest._anomalies.counts == {"answer that is too large": 1}


async def test_body_above_the_limit_is_not_read_to_its_end(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have none."""
    monkeypatch.setattr(transport_module, "MAX_BODY", _MIB)

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)

    async with serve(answer) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await new_transport(session, server).request("GET", "/a", RateGroup.LIGHT)

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize(("values", "fits"), [(9, True), (10, False)])
async def test_body_with_too_many_values_is_not_decoded(
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    values: int,
    fits: bool,
) -> None:
    """Two million in fact; each takes up to a hundred bytes of memory."""
    monkeypatch.setattr(transport_module, "_MAX_VALUES", 10)
    async with serve_answer([1] * (values + 1)) as server:
        request = new_transport(session, server).request("GET", "/a", RateGroup.LIGHT)
        if fits:
            assert (await request).body == [1] * (values + 1)
        else:
            with pytest.raises(ConnectionFailedError):
                await request


# Lists


@asynccontextmanager
async def _serve_list(
    pages: int | None, paging: dict[str, Any] | None = None, *, repeats: bool = False
) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve a list of so many pages of one extension; None never ends."""
    requested: list[int] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        page = int(request.query["page"])
        requested.append(page)
        has_next = pages is None or page < pages
        return web.json_response(
            {
                "records": [{"id": 1 if repeats else page}],
                "navigation": {"nextPage": {"uri": f"?{page}"}} if has_next else {},
                "paging": paging or {},
            }
        )

    async with serve(answer) as server:
        yield server, requested


@pytest.fixture
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send as many requests as a list has pages."""

    async def acquire(self: Transport, group: RateGroup) -> None:
        return

    monkeypatch.setattr(Transport, "acquire", acquire)


@pytest.mark.usefixtures("no_rate_limit")
@pytest.mark.parametrize(
    ("pages", "is_complete", "counts"),
    [
        (50, True, {}),
        (51, False, {"list that does not end": 1, "incomplete list": 1}),
        (None, False, {"list that does not end": 1, "incomplete list": 1}),
    ],
)
async def test_list_is_read_up_to_fifty_pages(
    session: aiohttp.ClientSession,
    pages: int | None,
    is_complete: bool,
    counts: dict[str, int],
) -> None:
    """What was read is kept, and nothing is taken for deleted."""
    async with _serve_list(pages) as (server, requested):
        rest = rest_at(session, server)
        found = await rest.extensions()

    assert len(found.entries) == len(requested) == 50
    assert found.is_complete is is_complete
    assert rest._anomalies.counts == counts


async def test_list_whose_pages_repeat_is_read_once(
    session: aiohttp.ClientSession,
) -> None:
    """By a server that ignores the number of the page."""
    async with _serve_list(None, repeats=True) as (server, requested):
        rest = rest_at(session, server)
        found = await rest.extensions()

    assert [e.id for e in found.entries] == ["1"]
    assert not found.is_complete
    assert requested == [1, 2]
    assert rest._anomalies.counts["page that is repeated"] == 1


@pytest.mark.parametrize("total", [1, 0, -1])
async def test_list_that_has_more_than_it_announces_is_read_to_its_end(
    session: aiohttp.ClientSession, total: int
) -> None:
    """Extensions that were left out would lose their devices."""
    paging = {"totalElements": total, "totalPages": total}
    async with _serve_list(3, paging) as (server, _):
        found = await rest_at(session, server).extensions()

    assert [e.id for e in found.entries] == ["1", "2", "3"]
    assert found.is_complete


@pytest.mark.parametrize(("length", "fits"), [(10_000, True), (10_001, False)])
async def test_answer_has_ten_thousand_records_at_most(
    session: aiohttp.ClientSession, length: int, fits: bool
) -> None:
    """A thousand were requested."""
    async with serve_answer({"records": [{"id": "1"}] * length}) as server:
        rest = rest_at(session, server)
        if fits:
            assert len((await rest.extensions()).entries) == length
            assert await rest.favorite_extension_ids() == []
            return
        for read in (rest.extensions, rest.favorite_extension_ids):
            with pytest.raises(ConnectionFailedError) as failed:
                await read()
            assert failed.value.reason is Reason.UNEXPECTED_ANSWER


# Paths, redirects, cookies


_ODD_ID = "1/../2?a=b#c,%2F\\ü "
_QUOTED_ID = "1%2F..%2F2%3Fa%3Db%23c%2C%252F%5C%C3%BC%20"


async def test_id_in_a_path_is_quoted(session: aiohttp.ClientSession) -> None:
    """It cannot lead to another path, or to two extensions."""
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.raw_path.partition("?")[0])
        return web.json_response({"id": "1", "extension": {"id": "1"}})

    async with serve(answer) as server:
        rest = rest_at(session, server)
        await rest.extension(_ODD_ID)
        await rest.presence(_ODD_ID)
        await rest.update_presence(_ODD_ID, PresenceUpdate())
        with pytest.raises(ConnectionFailedError):
            await rest.bulk_presence([_ODD_ID, "2"])

    path = f"/restapi/v1.0/account/~/extension/{_QUOTED_ID}"
    assert paths == [
        path,
        f"{path}/presence",
        f"{path}/presence",
        f"/restapi/v1.0/account/~/extension/{_QUOTED_ID},2/presence",
    ]


def test_id_in_an_event_filter_is_quoted() -> None:
    """And can be found again."""
    event_filter = extension_filter(_ODD_ID)

    assert f"/extension/{_QUOTED_ID}/presence?" in event_filter
    assert filter_extension_id(event_filter) == _ODD_ID
    assert filter_expander("1/2", _ODD_ID)("/account/~/extension/~/presence") == (
        f"/account/1%2F2/extension/{_QUOTED_ID}/presence"
    )


async def test_id_of_a_subscription_is_quoted_in_its_path(
    session: aiohttp.ClientSession,
) -> None:
    """Over the socket."""
    paths: list[str] = []

    async def reply(socket: web.WebSocketResponse) -> None:
        meta = (await socket.receive_json())[0]
        paths.append(meta["path"])
        await socket.send_json([{**meta, "status": 200}, {}])
        await socket.receive()

    async with serve_socket(reply) as token:
        gateway = await open_with(session, token)
        assert await subscription_exists(gateway, _ODD_ID)
        await gateway.close()

    assert paths == [f"/restapi/v1.0/subscription/{_QUOTED_ID}"]


async def test_redirect_of_a_request_is_not_followed(
    session: aiohttp.ClientSession,
) -> None:
    """The other server would get the token."""
    seen: list[web.Request] = []

    async def record(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return web.json_response({"id": "1"})

    async with serve(record) as other:
        headers = {"Location": f"{other}/"}
        for status in (301, 302, 303, 307, 308):
            async with serve_answer({}, status=status, headers=headers) as server:
                with pytest.raises(ConnectionFailedError) as failed:
                    await rest_at(session, server).account()
                assert failed.value.reason is Reason.UNEXPECTED_ANSWER
                app = App(client_id="id", client_secret="secret")
                endpoint = TokenEndpoint(new_transport(session, server), app)
                with pytest.raises(ConnectionFailedError):
                    await endpoint.refresh("refresh-token")

    assert seen == []


@pytest.mark.usefixtures("socket_enabled")
async def test_cookies_above_the_limit_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They would be sent with each request, and fill the memory."""
    number = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal number
        number += 1
        response = web.json_response({"id": "1", "seen": len(request.cookies)})
        response.set_cookie(f"cookie{number}", "x")
        return response

    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session, serve(answer) as url:
        transport = new_transport(session, url)
        monkeypatch.setattr(transport_module, "_MAX_COOKIES", 3)
        seen = [
            (await transport.request("GET", "/a", RateGroup.LIGHT)).body["seen"]
            for _ in range(6)
        ]

    assert seen == [0, 1, 2, 3, 0, 1]


# The gateway


@pytest.mark.parametrize(
    "uri",
    [
        "ws://ws.example/ws",
        "ws://10.0.0.1/ws",
        "ws://127.0.0.1.example/ws",
        "http://ws.example/ws",
        "https://ws.example/ws",
        "wss://user@ws.example/ws",
        "wss://user:password@ws.example/ws",
        "wss://:password@ws.example/ws",
        "ws://user@127.0.0.1/ws",
        "ftp://ws.example/ws",
    ],
)
async def test_address_that_is_not_allowed_gets_no_token(
    session: aiohttp.ClientSession, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted, without the address."""

    async def connect(*args: Any, **kwargs: Any) -> None:
        pytest.fail("connected")

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    anomalies = Anomalies()

    err = await refused(session, WebSocketToken(uri=uri, token="token"))
    with pytest.raises(ConnectionFailedError):
        await open_with(session, WebSocketToken(uri=uri, token="t"), None, anomalies)

    assert err.reason is Reason.UNEXPECTED_ANSWER
    assert anomalies.counts == {"address of the gateway that is not allowed": 1}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("128.0.0.1", False),
        ("localhost.example", False),
        ("::2", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_is_this_machine(host: str | None, expected: bool) -> None:
    """By name or address."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_of_the_upgrade_is_not_followed(
    session: aiohttp.ClientSession, status: int
) -> None:
    """Not even to the same server."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        if request.path == "/ws":
            return web.Response(status=status, headers={"Location": "/other"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(DETAILS)
        await socket.receive()
        return socket

    async with serve(answer) as server:
        uri = f"{server.replace('http', 'ws', 1)}/ws"
        err = await refused(session, WebSocketToken(uri=uri, token="token"))

    assert (err.reason, err.status) == (Reason.UNEXPECTED_ANSWER, status)
    assert seen == ["/ws"]


@pytest.mark.usefixtures("socket_enabled")
async def test_upgrade_shares_the_cookies_of_its_account() -> None:
    """A gateway may need those of the REST API."""
    seen: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.cookies))
        return web.Response(status=503)

    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({"node": "7"})
    async with aiohttp.ClientSession(cookie_jar=jar) as session, serve(answer) as url:
        uri = url.replace("http", "ws", 1)
        await refused(session, WebSocketToken(uri=uri, token="token"))

    assert seen == [{"node": "7"}]


async def test_frame_that_is_too_large_to_decode_is_a_loss(
    session: aiohttp.ClientSession,
) -> None:
    """It may have been a notification. The connection stays."""
    lost: list[None] = []
    received: list[object] = []
    anomalies = Anomalies()

    async def send(socket: web.WebSocketResponse) -> None:
        await socket.send_str('[{"type":1,"new":[' + "1," * 200_000 + "1]}]")
        await socket.send_str("[" * 200_000)
        await socket.send_str('[{"type":"ServerNotification"},1]')
        await socket.receive()

    async with serve_socket(send) as token:
        gateway = await WebSocketConnection.connect(
            new_transport(session, "http://localhost"),
            token,
            None,
            received.append,
            anomalies,
            on_loss=lambda: lost.append(None),
        )
        await until(lambda: len(received) == 1)
        assert not gateway.closed.done()
        await gateway.close()

    assert len(lost) == 2
    assert anomalies.counts == {
        "FrameMeta with too many values": 1,
        "frame that is no JSON": 1,
    }


@pytest.mark.parametrize(
    ("context", "is_kept"), [(None, True), (SessionContext("former", 1), False)]
)
async def test_frame_above_16_mebibytes_that_is_replayed_ends_the_session(
    session: aiohttp.ClientSession, context: SessionContext | None, is_kept: bool
) -> None:
    """It would be replayed to one connection after the other."""
    anomalies = Anomalies()

    async def send(socket: web.WebSocketResponse) -> None:
        await socket.send_str("x" * 16 * _MIB)
        await socket.receive()

    async with serve_socket(send) as token:
        gateway = await WebSocketConnection.connect(
            new_transport(session, "http://localhost"), token, context, print, anomalies
        )
        await asyncio.wait_for(asyncio.shield(gateway.closed), 10)
        await gateway.close()

    assert (gateway.context is not None) is is_kept
    assert anomalies.counts == {"frame above 16 MiB": 1}


async def test_fourteen_mebibytes_cost_one_notification(client: Client) -> None:
    """Those before and after it arrive over the same connection."""
    gateway = await client.connect()
    await gateway.request(
        "POST",
        "/restapi/v1.0/subscription",
        RateGroup.MEDIUM,
        {
            "eventFilters": [extension_filter(client.simulator.extension("102").id)],
            "deliveryMode": {"transportType": "WebSocket"},
        },
    )
    notify(client, "before")
    notify(client, "x" * 14 * _MIB)
    await until_received(client, "after")

    assert [m[:6] for m in messages(client)] == ["before", "xxxxxx", "after"]
    assert not gateway.closed.done()
    await gateway.close()


# Events that are lost


async def test_notification_that_is_not_decoded_is_reported_as_lost(
    running: Running,
) -> None:
    """With its extension if that can be found."""
    events: list[StreamEvent] = []
    running.stream._handle_event = events.append
    await running.start()
    await running.until_push()
    extension_id = running.simulator.extension("102").id

    running.simulator.notify(
        {"extensionId": extension_id, "appearances": {"a": [1] * 100_001}}
    )
    running.simulator.send_frame(b"[" * 1000, text=True)
    running.simulator.send_frame(
        b'[{"type":"ServerNotification"},{"body":{"message":"\xff"}}]', text=True
    )
    running.simulator.send_frame('[{"type":"ServerNotification"},{"body":{}}]')
    await until(lambda: running.stream.received == 3)

    assert events == [LostEvent(extension_id), LostEvent(None), LostEvent(None)]
    assert running.client.anomalies.counts == {
        "notification that is too large": 1,
        "frame that is no JSON": 1,
        "Notification that is no JSON": 1,
        "notification without extension": 1,
    }


# Tokens


@pytest.mark.parametrize(
    ("length", "fits"), [(4096, True), (4097, False)], ids=["at the limit", "above"]
)
async def test_tokens_above_the_limit_are_not_stored(
    session: aiohttp.ClientSession, length: int, fits: bool
) -> None:
    """Neither fits into a request."""
    answer = {"access_token": "a", "refresh_token": "r" * length, "expires_in": 3600}
    app = App(client_id="id", client_secret=None)
    async with serve_answer(answer) as server:
        endpoint = TokenEndpoint(new_transport(session, server), app)
        token = await endpoint.exchange_jwt("jwt")
        assert token.refresh_token == ("r" * length if fits else None)

    async with serve_answer({**answer, "access_token": "a" * length}) as server:
        endpoint = TokenEndpoint(new_transport(session, server), app)
        if fits:
            assert (await endpoint.exchange_jwt("jwt")).access_token == "a" * length
        else:
            with pytest.raises(ConnectionFailedError):
                await endpoint.exchange_jwt("jwt")


async def test_life_scope_and_owner_of_a_token_are_limited(
    session: aiohttp.ClientSession,
) -> None:
    """They are stored with it."""
    answer = {
        "access_token": "a",
        "scope": "s" * 5000,
        "owner_id": "1" * 300,
        "expires_in": 10**18,
    }
    async with serve_answer(answer) as server:
        app = App(client_id="id", client_secret=None)
        endpoint = TokenEndpoint(new_transport(session, server), app)
        token = await endpoint.exchange_jwt("jwt")

    assert (len(token.scope), len(token.owner_id or "")) == (4096, 256)
    assert token.expires_in == 86400
