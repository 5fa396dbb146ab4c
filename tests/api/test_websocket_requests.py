"""Requests, replies and heartbeats on a WebSocket connection."""

import asyncio
import gc
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_filters import LINES_FILTER
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    RateLimitedError,
    Reason,
    RingCentralError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.subscription_request import create_subscription
from custom_components.ringcentral.api.websocket import WebSocketConnection
from tests.common import until

from .client import Client, new_transport, serve_socket, transport_of
from .gateway import messages, notify, open_with, run_loop, until_received

# Requests and replies


async def test_replies_are_matched_by_their_message_id_alone(
    session: aiohttp.ClientSession,
) -> None:
    """Whatever their order, and whatever comes in between."""

    async def answer(socket: web.WebSocketResponse) -> None:
        first = (await socket.receive_json())[0]
        second = (await socket.receive_json())[0]
        await socket.send_json([{"type": "ClientRequest", "messageId": "x"}, "other"])
        await socket.send_json([{"type": "ClientRequest", "status": 200}, "none"])
        await socket.send_json([{"type": "Heartbeat", "messageId": "y"}])
        await socket.send_json([{**second, "status": 200}, "second"])
        await socket.send_json([{**first, "status": 299}, "first"])
        await socket.send_json([{**first, "status": 200}, "first again"])
        await socket.receive()

    anomalies = Anomalies()
    async with serve_socket(answer) as token:
        gateway = await open_with(session, token, anomalies=anomalies)
        first = asyncio.create_task(gateway.request("GET", "/a", RateGroup.LIGHT))
        second = asyncio.create_task(gateway.request("GET", "/b", RateGroup.LIGHT))
        replies = [await first, await second]
        await gateway.close()

    assert replies == ["first", "second"]
    assert anomalies.counts.total() == 0


async def test_reply_right_before_the_end_still_counts(
    session: aiohttp.ClientSession,
) -> None:
    """Both arrive together."""

    async def answer_and_go(socket: web.WebSocketResponse) -> None:
        request = (await socket.receive_json())[0]
        await socket.send_json([{**request, "status": 200}, "reply"])
        await socket.close()

    async with serve_socket(answer_and_go) as token:
        gateway = await open_with(session, token)
        assert await gateway.request("GET", "/a", RateGroup.LIGHT) == "reply"
        assert (await gateway.closed).reason is Reason.CONNECTION_LOST
        await gateway.close()


async def test_reply_may_have_no_body(
    client: Client, gateway: WebSocketConnection
) -> None:
    """As to a deletion."""
    subscription = await create_subscription(gateway, (LINES_FILTER,), Anomalies())

    path = f"/restapi/v1.0/subscription/{subscription.id}"

    assert await gateway.request("DELETE", path, RateGroup.LIGHT) is None


@pytest.mark.parametrize(
    ("meta", "kind", "reason"),
    [
        ({"status": 503}, ServiceUnavailableError, Reason.MAINTENANCE),
        ({"type": "Error", "status": 200}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({"type": "Error", "status": 404}, NotFoundError, Reason.NOT_FOUND),
        ({"type": "Other", "status": 200}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({"status": "200"}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({"status": True}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({"status": 302}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ({"status": 429, "headers": {"Retry-After": None}}, RateLimitedError, Reason.RATE_LIMITED),
        ({"status": 503, "headers": {"Retry-After": []}}, ServiceUnavailableError, Reason.MAINTENANCE),
        ({"status": 404, "headers": ["x"]}, NotFoundError, Reason.NOT_FOUND),
        ({"status": 404, "headers": {"RCRequestId": {}}}, NotFoundError, Reason.NOT_FOUND),
    ],
)  # fmt: skip
async def test_reply_that_is_no_success_raises(
    session: aiohttp.ClientSession,
    meta: dict[str, object],
    kind: type[RingCentralError],
    reason: Reason,
) -> None:
    """One without a usable status is no answer at all."""

    async def answer(socket: web.WebSocketResponse) -> None:
        request = (await socket.receive_json())[0]
        await socket.send_json([{**request, **meta}, {"errorCode": "CMN-1"}])
        await socket.receive()

    async with serve_socket(answer) as token:
        gateway = await open_with(session, token)
        with pytest.raises(RingCentralError) as failed:
            await gateway.request("GET", "/a", RateGroup.LIGHT)
        assert not gateway.closed.done()
        await gateway.close()

    assert type(failed.value) is kind
    assert failed.value.reason is reason


async def test_refusal_obeys_the_headers_of_the_reply(
    session: aiohttp.ClientSession,
) -> None:
    """As over HTTP."""
    headers = {"Retry-After": "12", "RCRequestId": "abc-1"}

    async def answer(socket: web.WebSocketResponse) -> None:
        request = (await socket.receive_json())[0]
        await socket.send_json([{**request, "status": 429, "headers": headers}])
        await socket.receive()

    async with serve_socket(answer) as token:
        gateway = await open_with(session, token)
        with pytest.raises(RateLimitedError) as failed:
            await gateway.request("GET", "/a", RateGroup.LIGHT)
        await gateway.close()

    assert (failed.value.retry_after, failed.value.request_id) == (12, "abc-1")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_without_a_reply_times_out(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """The connection stays, and a late reply is ignored."""
    client.simulator.fault("no_reply")
    request = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await run_loop()
    (message_id,) = gateway._replies
    freezer.tick(11)

    with pytest.raises(ConnectionFailedError) as failed:
        await request

    assert failed.value.reason is Reason.TIMED_OUT
    client.simulator.send_frame(
        f'[{{"type":"ClientRequest","messageId":"{message_id}","status":200}}]'
    )
    await until_received(client, "still there")
    assert client.anomalies.counts.total() == 0


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_that_cannot_be_sent_times_out(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """A long list of filters fills the buffers of a half-open stream."""
    released = asyncio.Event()

    async def read_nothing(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()

    async with serve_socket(read_nothing) as token:
        gateway = await open_with(session, token)
        request = asyncio.create_task(
            gateway.request("PUT", "/a", RateGroup.LIGHT, "x" * 15_000_000)
        )
        await run_loop(200)
        freezer.tick(11)
        await until(request.done)
        closing = asyncio.create_task(gateway.close())
        await run_loop()
        freezer.tick(2)
        await until(closing.done)
        released.set()

    err = request.exception()
    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.TIMED_OUT


async def test_connection_lost_during_a_request_ends_it(
    client: Client, gateway: WebSocketConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """At once."""
    client.simulator.fault("no_reply")
    request = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await run_loop()
    client.simulator.drop_connections(abort=True)

    with pytest.raises(ConnectionFailedError) as failed:
        await request

    assert failed.value.reason is Reason.CONNECTION_LOST


async def test_connection_lost_while_sending_ends_the_request(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """And leaves no exception that is never retrieved."""
    released = asyncio.Event()

    async def vanish(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()
        transport_of(socket).abort()

    async with serve_socket(vanish) as token:
        gateway = await open_with(session, token)
        request = asyncio.create_task(
            gateway.request("PUT", "/a", RateGroup.LIGHT, "x" * 15_000_000)
        )
        await run_loop(200)
        assert not request.done()
        released.set()
        with pytest.raises(ConnectionFailedError):
            await request
        await until(gateway.closed.done)
        await gateway.close()

    del request, gateway
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_request_after_the_end_raises_the_reason_of_it(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Nothing is sent."""
    client.simulator.send_error("WSG-903")
    await gateway.closed

    with pytest.raises(ConnectionFailedError) as failed:
        await create_subscription(gateway, (LINES_FILTER,), Anomalies())

    assert failed.value.code == "WSG-903"


# The rate limits


async def test_refusal_over_the_socket_is_a_penalty_for_the_group(
    session: aiohttp.ClientSession,
) -> None:
    """As one over HTTP: nothing more is sent, and other groups go on."""
    requests: list[Any] = []

    async def answer(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            (request,) = message.json()
            requests.append(request["path"])
            headers = {"Retry-After": "12"}
            status = 429 if request["path"] == "/a" else 200
            await socket.send_json([{**request, "status": status, "headers": headers}])

    transport = new_transport(session, "http://localhost")
    async with serve_socket(answer) as token:
        gateway = await WebSocketConnection.connect(
            transport, token, None, print, Anomalies()
        )
        for _ in range(2):
            with pytest.raises(RateLimitedError):
                await gateway.request("GET", "/a", RateGroup.LIGHT)
        await gateway.request("GET", "/b", RateGroup.MEDIUM)
        await gateway.close()

    assert requests == ["/a", "/b"]
    assert 11 < transport.limiter.penalty(RateGroup.LIGHT) <= 12
    assert transport.limiter.penalty(RateGroup.MEDIUM) == 0


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_waits_until_the_window_has_a_free_slot(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Subscribing counts as much as any request by HTTP."""
    limiter = client.transport.limiter
    freezer.tick(1)
    for _ in range(39):
        assert limiter.delay(RateGroup.MEDIUM) == 0
        limiter.record_request(RateGroup.MEDIUM)
    request = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await run_loop()
    freezer.tick(50)
    await run_loop()
    assert client.socket_requests() == [("POST", 200)]
    freezer.tick(12)
    await request
    assert client.socket_requests() == [("POST", 200)] * 2


# Heartbeats as barriers


async def test_echo_comes_after_everything_that_was_sent_before(
    client: Client, gateway: WebSocketConnection
) -> None:
    """So that all of it has been handled."""
    for number in range(300):
        notify(client, str(number))

    assert await gateway.heartbeat()
    assert messages(client) == [str(number) for number in range(300)]


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_missing_echo_of_a_dead_connection_ends_it(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Nothing was received at all."""
    client.simulator.stall_connections()
    request = asyncio.create_task(gateway.heartbeat())
    await run_loop()
    freezer.tick(9)
    await run_loop()
    assert not request.done()
    freezer.tick(1.1)

    assert not await request
    assert gateway.closed.result().reason is Reason.TIMED_OUT


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
@pytest.mark.parametrize(
    "answer",
    [
        [{"type": "Heartbeat", "messageId": "somebody else's"}],
        [{"type": "Heartbeat"}],
        [{"type": "ServerNotification"}, {}],
    ],
)
async def test_missing_echo_of_a_connection_that_speaks_does_not_end_it(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory, answer: list[Any]
) -> None:
    """It remains unknown what has been handled."""
    answered = asyncio.Event()

    async def send_something_else(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await socket.send_json(answer)
            answered.set()

    async with serve_socket(send_something_else) as token:
        gateway = await open_with(session, token)
        before = gateway.last_message_at
        request = asyncio.create_task(gateway.heartbeat())
        await answered.wait()
        await until(lambda: gateway.last_message_at is not before)
        assert not request.done()
        freezer.tick(10.1)
        assert not await request
        assert not gateway.closed.done()
        await gateway.close()


async def test_connection_that_ends_while_the_echo_is_awaited_has_none(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Its reason to end is that of the end."""
    client.simulator.stall_connections()
    request = asyncio.create_task(gateway.heartbeat())
    await run_loop()
    await gateway.close()

    assert not await request
    assert not await gateway.heartbeat()
    assert gateway.closed.result().reason is Reason.CONNECTION_LOST


async def test_echoes_requested_at_once_all_come(gateway: WebSocketConnection) -> None:
    """Each has an id of its own."""
    assert await asyncio.gather(*(gateway.heartbeat() for _ in range(5))) == [True] * 5


# Heartbeat


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_silence_is_broken_by_heartbeats(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Ping frames would not keep the connection alive beyond half an hour."""
    client.simulator.switches.ping_interval = 0
    (connection,) = client.simulator.gateway.connections
    for _ in range(70):
        traffic_at = connection._traffic_at
        freezer.tick(31)
        await until(lambda before=traffic_at: connection._traffic_at > before)  # type: ignore[misc]
        await run_loop()
        freezer.tick(11)
        await run_loop()
        assert not gateway.closed.done()

    await until_received(client, "after 49 minutes")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_half_open_connection_is_detected_within_forty_seconds(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Thirty of silence, ten without an echo."""
    client.simulator.stall_connections()
    freezer.tick(31)
    await run_loop()
    freezer.tick(8)
    await run_loop()
    assert not gateway.closed.done()
    freezer.tick(3)
    await run_loop()

    assert gateway.closed.done()
    assert gateway.closed.result().reason is Reason.TIMED_OUT


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_any_received_message_is_as_good_as_an_echo(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """Even rubbish proves that the stream is alive."""
    anomalies = Anomalies()

    async def answer_rubbish(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await socket.send_bytes(b"rubbish")

    async with serve_socket(answer_rubbish) as token:
        gateway = await open_with(session, token, anomalies=anomalies)
        for number in range(1, 4):
            freezer.tick(31)
            await until(lambda n=number: anomalies.counts.total() == n)  # type: ignore[misc]
            freezer.tick(11)
            await run_loop()
            assert not gateway.closed.done()
        await gateway.close()


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_no_heartbeat_while_there_is_traffic(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """It is sent only after thirty seconds without a message."""
    received: list[Any] = []
    connections: list[web.WebSocketResponse] = []

    async def listen(socket: web.WebSocketResponse) -> None:
        connections.append(socket)
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            received.append(message.json())

    notifications: list[Any] = []
    async with serve_socket(listen) as token:
        gateway = await open_with(session, token, notifications)
        for number in range(10):
            freezer.tick(20)
            await connections[0].send_json([{"type": "ServerNotification"}, number])
            await until(lambda n=number: len(notifications) == n + 1)  # type: ignore[misc]
            await run_loop()
        assert received == []
        freezer.tick(31)
        await until(lambda: len(received) == 1)
        assert received[0][0]["type"] == "Heartbeat"
        await gateway.close()


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_heartbeat_that_cannot_be_sent_ends_the_connection(
    client: Client,
    gateway: WebSocketConnection,
    freezer: StepTickTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Writing fails before reading does."""

    async def fail(*_: object) -> None:
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    monkeypatch.setattr(gateway._socket, "send_frame", fail)
    freezer.tick(31)
    await until(gateway.closed.done)

    assert gateway.closed.result().reason is Reason.CONNECTION_LOST
