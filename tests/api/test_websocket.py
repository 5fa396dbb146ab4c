"""A WebSocket connection: connecting, frames and the end."""

import asyncio
import logging
import socket as sockets
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RingCentralError,
    ServiceUnavailableError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.base import RawJson, decode_json
from custom_components.ringcentral.api.models.gateway import (
    RecoveryState,
    SessionContext,
    WebSocketToken,
)
from custom_components.ringcentral.api.subscription_request import create_subscription
from custom_components.ringcentral.api.websocket import WebSocketConnection
from tests.common import until

from .client import (
    Client,
    new_transport,
    serve,
    serve_answer,
    serve_socket,
    transport_of,
)
from .gateway import (
    connection_tasks,
    messages,
    notify,
    open_with,
    presence_filter,
    refused,
    run_loop,
    until_received,
)

# Connecting


async def test_details_contain_limits_and_session_context(client: Client) -> None:
    """With its limits, and with what would continue the session."""
    gateway = await client.connect()

    assert gateway.details.recovery_state is None
    assert gateway.details.recovery_timeout == 180
    assert gateway.details.recovery_buffer_size == 100
    assert gateway.context is not None
    assert gateway.context.sequence == 1
    assert not gateway.closed.done()


async def test_details_that_are_none_get_the_known_figures(
    session: aiohttp.ClientSession,
) -> None:
    """The connection is good all the same."""

    async def introduce(socket: web.WebSocketResponse) -> None:
        await socket.send_json([{"type": "ConnectionDetails"}])
        await socket.receive()

    async with serve_socket(introduce, introduced=False) as token:
        gateway = await open_with(session, token)
        assert gateway.details.recovery_timeout == 180
        assert gateway.context is None
        await gateway.close()


async def test_second_introduction_changes_nothing(
    session: aiohttp.ClientSession,
) -> None:
    """The first one counts."""
    notifications: list[Any] = []

    async def introduce(socket: web.WebSocketResponse) -> None:
        await socket.send_json([{"type": "ConnectionDetails"}, {"recoveryTimeout": 7}])
        await socket.send_json([{"type": "ServerNotification"}, "after"])
        await socket.receive()

    async with serve_socket(introduce) as token:
        gateway = await open_with(session, token, notifications)
        await until(lambda: notifications == ["after"])
        assert gateway.details.recovery_timeout == 180
        await gateway.close()


async def test_token_and_context_are_encoded_into_the_address(
    session: aiohttp.ClientSession,
) -> None:
    """Beside what the address has already."""
    queries: list[dict[str, str]] = []

    async def upgrade(request: web.Request) -> web.StreamResponse:
        queries.append(dict(request.query))
        return web.Response(status=503)

    async with serve(upgrade) as server:
        token = WebSocketToken(uri=f"{server}/ws?a=1", token="t/&+", expires_in=60)
        with pytest.raises(ServiceUnavailableError):
            await WebSocketConnection.connect(
                new_transport(session, "http://localhost"),
                token,
                SessionContext("w&=", 3),
                print,
                Anomalies(),
            )

    assert queries == [{"a": "1", "access_token": "t/&+", "wsc": "w&="}]


@pytest.mark.parametrize(
    ("reading", "reason", "code", "status"),
    [
        ("error", Reason.TOKEN_REJECTED, "OAU-213", 401),
        ("close", Reason.CONNECTION_LOST, None, None),
        ("refuse", Reason.TOKEN_REJECTED, None, 401),
    ],
)
async def test_rejected_token_is_a_temporary_error(
    client: Client,
    reading: str,
    reason: Reason,
    code: str | None,
    status: int | None,
) -> None:
    """It may have expired; the credentials may still be valid."""
    client.simulator.switches.change("bad_wstoken", reading)
    good = await client.rest.websocket_token()
    bad = WebSocketToken(uri=good.uri, token="expired-token", expires_in=1)

    err = await refused(client.session, bad)

    assert isinstance(err, TemporaryError)
    assert (err.reason, err.code, err.status) == (reason, code, status)


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        (204, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        (304, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        (403, PermissionMissingError, Reason.PERMISSION_MISSING),
        (404, NotFoundError, Reason.NOT_FOUND),
        (500, ServiceUnavailableError, Reason.SERVER_ERROR),
        (503, ServiceUnavailableError, Reason.MAINTENANCE),
    ],
)
async def test_answer_instead_of_an_upgrade(
    session: aiohttp.ClientSession,
    status: int,
    kind: type[RingCentralError],
    reason: Reason,
) -> None:
    """A page of a captive portal, or a refusal."""
    async with serve_answer(text="<html>", status=status) as server:
        token = WebSocketToken(uri=f"{server}/ws", token="token", expires_in=60)
        err = await refused(session, token)

    assert type(err) is kind
    assert err.reason is reason


async def test_upgrade_over_the_limit_waits_for_retry_after(
    session: aiohttp.ClientSession,
) -> None:
    """The gateway counts as well."""
    headers = {"Retry-After": "45"}
    async with serve_answer({}, status=429, headers=headers) as server:
        token = WebSocketToken(uri=f"{server}/ws", token="token", expires_in=60)
        err = await refused(session, token)

    assert isinstance(err, RateLimitedError)
    assert err.retry_after == 45


@pytest.mark.parametrize("uri", ["", "nonsense", "ws://[", "ws://127.0.0.1:99999"])
async def test_address_that_is_none_cannot_be_connected_to(
    session: aiohttp.ClientSession, uri: str
) -> None:
    """It comes from outside."""
    err = await refused(session, WebSocketToken(uri=uri, token="token", expires_in=60))

    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.CANNOT_CONNECT


async def test_unreachable_gateway_cannot_be_connected_to(
    session: aiohttp.ClientSession,
) -> None:
    """The port is closed."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    err = await refused(
        session,
        WebSocketToken(uri=f"ws://127.0.0.1:{port}/", token="token", expires_in=60),
    )

    assert err.reason is Reason.CANNOT_CONNECT


async def test_gateway_that_closes_at_once_is_a_lost_connection(client: Client) -> None:
    """Before the first message."""
    client.simulator.fault("close_at_connect")

    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect()

    assert failed.value.reason is Reason.CONNECTION_LOST
    assert connection_tasks() == []


async def test_error_instead_of_an_introduction_keeps_its_code(client: Client) -> None:
    """The next try goes without the session context."""
    client.simulator.fault("error_at_connect", errorCode="WSG-400", status=400)

    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect()

    assert (failed.value.reason, failed.value.code) == (
        Reason.CONNECTION_LOST,
        "WSG-400",
    )


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_gateway_that_sends_no_message_times_out(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """And the socket is closed."""
    await client.tokens.access_token()
    client.simulator.fault("silent_connect")
    connecting = asyncio.create_task(client.connect())
    await until(lambda: len(client.simulator.gateway.connections) == 1)
    await until(lambda: len(connection_tasks()) == 2)
    freezer.tick(11)

    with pytest.raises(ConnectionFailedError) as failed:
        await connecting

    assert failed.value.reason is Reason.TIMED_OUT
    assert connection_tasks() == []
    await until(lambda: not client.simulator.gateway.connections)


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_upgrade_that_is_never_answered_times_out(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """After ten seconds."""
    arrived, released = asyncio.Event(), asyncio.Event()

    async def upgrade(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.Response()

    async with serve(upgrade) as server:
        token = WebSocketToken(uri=f"{server}/ws", token="token", expires_in=60)
        connecting = asyncio.create_task(refused(session, token))
        await arrived.wait()
        freezer.tick(11)
        err = await connecting
        released.set()

    assert err.reason is Reason.TIMED_OUT


async def test_cancelled_connecting_leaves_nothing(client: Client) -> None:
    """As when the entry is unloaded."""
    client.simulator.fault("silent_connect")
    connecting = asyncio.create_task(client.connect())
    await until(lambda: len(connection_tasks()) == 2)

    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting

    assert connection_tasks() == []
    await until(lambda: not client.simulator.gateway.connections)


# Frames


@pytest.mark.parametrize(
    ("frame", "text", "kind"),
    [
        (b"nonsense", True, "frame that is no JSON"),
        (b"", True, "frame that is no JSON"),
        (b'[{"type":"ServerNotification"},{"body":', True, "frame that is no JSON"),
        (b'[{"type":"\xff\xfe"}]', True, "FrameMeta that is no JSON"),
        (b"[" * 100_000, True, "frame that is no JSON"),
        (b"\x00\x01", False, "binary frame"),
        (b'[{"type":"ServerNotification"}]', False, "binary frame"),
        (b"null", True, "frame that is no message"),
        (b"{}", True, "frame that is no message"),
        (b"[]", True, "frame that is no message"),
        (b'["ServerNotification"]', True, "FrameMeta that is no object"),
        (b'"text"', True, "frame that is no message"),
        (b"[{}]", True, "message of an unknown type"),
        (b'[{"type":"Greeting"},{}]', True, "message of an unknown type"),
        (b'[{"type":"' + b"x" * 1_000_000 + b'"}]', True, "message of an unknown type"),
        (b'["' + b"x" * 1_000_000 + b'"]', True, "FrameMeta that is no object"),
    ],
)  # fmt: skip
async def test_bad_frame_affects_no_other(
    client: Client, gateway: WebSocketConnection, frame: bytes, text: bool, kind: str
) -> None:
    """It is counted, and the connection stays."""
    client.simulator.send_frame(frame, text=text)

    await until_received(client, "after")

    assert client.anomalies.counts == {kind: 1}
    assert messages(client) == ["after"]
    assert not gateway.closed.done()


async def test_message_whose_type_is_no_text_affects_no_other(
    client: Client, gateway: WebSocketConnection
) -> None:
    """The type is counted too."""
    client.simulator.send_frame(b'[{"type":["ServerNotification"]}]', text=True)

    await until_received(client, "after")

    assert client.anomalies.counts == {
        "wrong type of FrameMeta.type": 1,
        "message of an unknown type": 1,
    }
    assert messages(client) == ["after"]
    assert not gateway.closed.done()


async def test_notification_of_a_megabyte_arrives(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Size alone is no reason to drop it."""
    notify(client, "x" * 1_000_000)
    await until_received(client, "after")

    assert [len(m) for m in messages(client)] == [1_000_000, 5]


@pytest.mark.parametrize(
    "wsc",
    [
        b"7",
        b"{}",
        b'{"token":7,"sequence":9}',
        b'{"token":"x","sequence":"9"}',
        b"null",
    ],
)
async def test_odd_context_is_ignored(
    client: Client, gateway: WebSocketConnection, wsc: bytes
) -> None:
    """The last good one stays."""
    context = gateway.context

    client.simulator.send_frame(b'[{"type":"Heartbeat","wsc":' + wsc + b"}]", text=True)
    await until_received(client, "after")

    assert gateway.context == context


async def test_newest_context_is_kept(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whatever the message that brings it, by its sequence."""
    for token, sequence in (("new", 9), ("older", 8), ("same", 9)):
        client.simulator.send_frame(
            f'[{{"type":"Heartbeat","wsc":{{"token":"{token}","sequence":{sequence}}}}}]'
        )
    await until_received(client, "after")

    assert gateway.context == SessionContext("new", 9)


async def test_handler_that_fails_affects_no_other_message(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged with its origin, without the content."""
    received: list[str] = []

    def handle(notification: RawJson) -> None:
        message = decode_json(notification)["body"]["message"]
        if message == "+16505550123":
            raise ValueError(message)
        received.append(message)

    gateway = await WebSocketConnection.connect(
        client.transport,
        await client.rest.websocket_token(),
        None,
        handle,
        client.anomalies,
    )
    client.connections.append(gateway)
    await create_subscription(
        gateway, (presence_filter(client.simulator, "102"),), Anomalies()
    )

    notify(client, "+16505550123")
    notify(client, "after")
    await until(lambda: received == ["after"])

    assert client.anomalies.counts == {"message that could not be handled": 1}
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "ValueError in handle, line" in record.message
    assert "+16505550123" not in caplog.text


@pytest.mark.freeze_time("2026-03-02 08:00:00")
async def test_long_run_of_frames_yields_to_the_loop(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """A replay must not hold up the rest of the program for ten milliseconds."""
    iteration = 0
    received: list[int] = []

    async def count_iterations() -> None:
        nonlocal iteration
        while True:
            await asyncio.sleep(0)
            iteration += 1

    def handle_for_a_millisecond(_: object) -> None:
        received.append(iteration)
        freezer.tick(0.001)

    async def replay(socket: web.WebSocketResponse) -> None:
        for _ in range(500):
            await socket.send_str('[{"type":"ServerNotification"},{}]')
        await socket.receive()

    counting = asyncio.create_task(count_iterations())
    async with serve_socket(replay) as token:
        gateway = await WebSocketConnection.connect(
            new_transport(session, "http://localhost"),
            token,
            None,
            handle_for_a_millisecond,
            Anomalies(),
        )
        await until(lambda: len(received) == 500)
        await gateway.close()
    counting.cancel()

    assert max(received.count(iteration) for iteration in set(received)) <= 6


async def test_backlog_of_ten_thousand_frames_is_handled_in_order(
    session: aiohttp.ClientSession,
) -> None:
    """All of them, and nothing is taken for bad input."""
    frames = [f'[{{"type":"ServerNotification"}},{n}]' for n in range(10_000)]

    async def replay(socket: web.WebSocketResponse) -> None:
        for frame in frames:
            await socket.send_str(frame)
        await socket.receive()

    received: list[Any] = []
    anomalies = Anomalies()
    async with serve_socket(replay) as token:
        gateway = await open_with(session, token, received, anomalies)
        await until(lambda: len(received) >= 10_000)
        assert not gateway.closed.done()
        await gateway.close()

    assert received == list(range(10_000))
    assert not anomalies.counts


# The end


@pytest.mark.parametrize(
    "data",
    [
        b"\xf1\x05hello",
        b"\x83\x02hi",
        b"\x81\x7f\x00\x00\x00\x00\x01\x00\x00\x01",
    ],
    ids=["reserved bits", "unknown opcode", "above 16 MiB"],
)
async def test_breach_of_the_protocol_ends_the_connection(
    client: Client, gateway: WebSocketConnection, data: bytes
) -> None:
    """It cannot be skipped."""
    client.simulator.send_bytes(data)

    err = await asyncio.wait_for(asyncio.shield(gateway.closed), 5)

    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.CONNECTION_LOST


async def test_frame_above_the_limit_ends_the_connection(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Sixteen mebibytes."""
    client.simulator.send_frame(b'["' + b"x" * 16 * 1024 * 1024 + b'"]', text=True)

    err = await asyncio.wait_for(asyncio.shield(gateway.closed), 5)

    assert err.reason is Reason.CONNECTION_LOST


@pytest.mark.parametrize(
    ("abort", "inside_frame"), [(False, False), (True, False), (True, True)]
)
async def test_lost_connection_ends_with_a_reason(
    client: Client, gateway: WebSocketConnection, abort: bool, inside_frame: bool
) -> None:
    """Closed, reset, or reset in the middle of a frame."""
    client.simulator.drop_connections(abort, inside_frame=inside_frame)

    err = await gateway.closed

    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.CONNECTION_LOST


@pytest.mark.parametrize(
    ("code", "reason", "kept"),
    [
        ("WSG-902", Reason.CONNECTION_LOST, "WSG-902"),
        ("WSG-903", Reason.CONNECTION_LOST, "WSG-903"),
        ("OAU-213", Reason.TOKEN_REJECTED, "OAU-213"),
        ("OAU-128", Reason.TOKEN_REJECTED, "OAU-128"),
        ("call +16505550123", Reason.CONNECTION_LOST, None),
        ("", Reason.CONNECTION_LOST, None),
    ],
)
async def test_error_message_is_the_reason_of_the_end(
    client: Client,
    gateway: WebSocketConnection,
    caplog: pytest.LogCaptureFixture,
    code: str,
    reason: Reason,
    kept: str | None,
) -> None:
    """A new connection can help with each: with a token refreshed if need be."""
    caplog.set_level(logging.DEBUG, "custom_components.ringcentral")
    client.simulator.send_error(code)

    err = await gateway.closed

    assert isinstance(err, TemporaryError)
    assert (err.reason, err.code) == (reason, kept)
    assert "+16505550123" not in str(err)
    assert "+16505550123" not in caplog.text


@pytest.mark.parametrize("body", [b"", b",null", b',"text"', b',{"errorCode":7}'])
async def test_error_message_without_a_code_is_the_end_too(
    client: Client, gateway: WebSocketConnection, body: bytes
) -> None:
    """The gateway closes after it."""
    client.simulator.send_frame(b'[{"type":"Error"}' + body + b"]", text=True)

    err = await gateway.closed

    assert (err.reason, err.code) == (Reason.CONNECTION_LOST, None)


async def test_first_reason_of_the_end_counts(
    client: Client, gateway: WebSocketConnection
) -> None:
    """The loss that follows is less specific."""
    client.simulator.send_error("WSG-903")
    await until(lambda: not client.simulator.gateway.connections)
    await run_loop()

    assert (await gateway.closed).code == "WSG-903"


async def test_close_leaves_no_task(
    client: Client, gateway: WebSocketConnection
) -> None:
    """And can be called twice."""
    await gateway.close()

    assert connection_tasks() == []
    assert gateway.closed.done()
    await until(lambda: not client.simulator.gateway.connections)
    await gateway.close()


async def test_close_after_a_loss_leaves_no_task(
    client: Client, gateway: WebSocketConnection
) -> None:
    """The heartbeat would go on otherwise."""
    client.simulator.drop_connections(abort=True)
    await gateway.closed

    await gateway.close()

    assert connection_tasks() == []


async def test_half_open_connection_is_closed_without_waiting(
    session: aiohttp.ClientSession,
) -> None:
    """The other side never answers."""
    released = asyncio.Event()

    async def read_nothing(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()

    async with serve_socket(read_nothing) as token:
        gateway = await open_with(session, token)
        closing = asyncio.create_task(gateway.close())
        await run_loop()
        assert closing.done()
        released.set()

    assert connection_tasks() == []


async def test_session_can_be_continued_after_a_close(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Missed events are replayed."""
    context = gateway.context
    assert context is not None
    await gateway.close()
    await until(lambda: not client.simulator.gateway.connections)
    notify(client, "missed")

    again = await client.connect(context)

    assert again.details.recovery_state is RecoveryState.SUCCESSFUL
    await until_received(client, "after")
    assert messages(client) == ["missed", "after"]


async def test_forged_context_is_refused_by_its_code(client: Client) -> None:
    """So that the next attempt goes without it."""
    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect(SessionContext("forged", 1))

    assert failed.value.code == "WSG-400"
