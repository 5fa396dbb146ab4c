"""One connection to the gateway, from its first message to its end."""

import asyncio
from collections.abc import AsyncIterator
import gc
import logging
import socket as sockets
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_filters import (
    LINES_FILTER,
    Scope,
    build_filters,
    expand_filter,
    extension_filter,
)
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.gateway import (
    RecoveryState,
    WebSocketToken,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.subscription_request import (
    create_subscription,
    subscription_exists,
    update_subscription,
)
from custom_components.ringcentral.api.websocket import (
    SessionContext,
    WebSocketConnection,
)
from simulator import Simulator
from tests.common import until

from .client import (
    Client,
    new_transport,
    serve,
    serve_answer,
    serve_socket,
    transport_of,
)


def tasks_of_gateways() -> list[asyncio.Task[Any]]:
    """Return the tasks that connections have running."""
    return [t for t in asyncio.all_tasks() if t.get_name().startswith("ringcentral")]


async def turns(count: int = 50) -> None:
    """Let everything happen that is due."""
    for _ in range(count):
        await asyncio.sleep(0)


async def open_with(
    session: aiohttp.ClientSession,
    ticket: WebSocketToken,
    notifications: list[Any] | None = None,
    anomalies: Anomalies | None = None,
) -> WebSocketConnection:
    """Open a connection to a gateway of our own making."""
    return await WebSocketConnection.connect(
        new_transport(session, "http://localhost"),
        ticket,
        None,
        (notifications if notifications is not None else []).append,
        anomalies or Anomalies(),
    )


async def refused(
    session: aiohttp.ClientSession, ticket: WebSocketToken
) -> RingCentralError:
    """Return why no connection comes about; nothing is left of it."""
    with pytest.raises(RingCentralError) as failed:
        await open_with(session, ticket)
    assert ticket.token not in str(failed.value)
    assert failed.value.__cause__ is None
    assert tasks_of_gateways() == []
    return failed.value


def own_filter(simulator: Simulator, number: str) -> str:
    """Return the filter for an extension, by its number."""
    return extension_filter(simulator.extension(number).id)


@pytest.fixture
async def gateway(client: Client) -> AsyncIterator[WebSocketConnection]:
    """Return a connection that is subscribed to extension 102."""
    gateway = await client.connect()
    await create_subscription(
        gateway, (own_filter(client.simulator, "102"),), Anomalies()
    )
    yield gateway
    await gateway.close()


def notify(client: Client, message: str) -> None:
    """Send a notification about extension 102."""
    extension_id = client.simulator.extension("102").id
    client.simulator.notify({"extensionId": extension_id, "message": message})


def messages(client: Client) -> list[str]:
    """Return what the notifications said."""
    return [n["body"].get("message") for n in client.notifications]


async def until_heard(client: Client, message: str) -> None:
    """Wait for a notification, sent here and now."""
    notify(client, message)
    await until(lambda: message in messages(client))


# Connecting


async def test_gateway_introduces_itself(client: Client) -> None:
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

    async with serve_socket(introduce, introduced=False) as ticket:
        gateway = await open_with(session, ticket)
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

    async with serve_socket(introduce) as ticket:
        gateway = await open_with(session, ticket, notifications)
        await until(lambda: notifications == ["after"])
        assert gateway.details.recovery_timeout == 180
        await gateway.close()


async def test_ticket_and_context_are_encoded_into_the_address(
    session: aiohttp.ClientSession,
) -> None:
    """Beside what the address has already."""
    queries: list[dict[str, str]] = []

    async def upgrade(request: web.Request) -> web.StreamResponse:
        queries.append(dict(request.query))
        return web.Response(status=503)

    async with serve(upgrade) as server:
        ticket = WebSocketToken(uri=f"{server}/ws?a=1", token="t/&+", expires_in=60)
        with pytest.raises(ServiceUnavailableError):
            await WebSocketConnection.connect(
                new_transport(session, "http://localhost"),
                ticket,
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
async def test_ticket_that_is_refused_is_worth_another_one(
    client: Client,
    reading: str,
    reason: Reason,
    code: str | None,
    status: int | None,
) -> None:
    """It may have expired; it says nothing about the credentials behind it."""
    client.simulator.switches.change("bad_wstoken", reading)
    good = await client.rest.websocket_token()
    bad = WebSocketToken(uri=good.uri, token="expired-ticket", expires_in=1)

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
        ticket = WebSocketToken(uri=f"{server}/ws", token="ticket", expires_in=60)
        err = await refused(session, ticket)

    assert type(err) is kind
    assert err.reason is reason


async def test_upgrade_over_the_limit_waits_as_told(
    session: aiohttp.ClientSession,
) -> None:
    """The gateway counts as well."""
    headers = {"Retry-After": "45"}
    async with serve_answer({}, status=429, headers=headers) as server:
        ticket = WebSocketToken(uri=f"{server}/ws", token="ticket", expires_in=60)
        err = await refused(session, ticket)

    assert isinstance(err, RateLimitedError)
    assert err.retry_after == 45


@pytest.mark.parametrize("uri", ["", "nonsense", "ws://[", "ws://127.0.0.1:99999"])
async def test_address_that_is_none_cannot_be_connected_to(
    session: aiohttp.ClientSession, uri: str
) -> None:
    """It comes from outside."""
    err = await refused(session, WebSocketToken(uri=uri, token="ticket", expires_in=60))

    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.CANNOT_CONNECT


async def test_gateway_that_is_away_cannot_be_connected_to(
    session: aiohttp.ClientSession,
) -> None:
    """Nobody listens."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    err = await refused(
        session,
        WebSocketToken(uri=f"ws://127.0.0.1:{port}/", token="ticket", expires_in=60),
    )

    assert err.reason is Reason.CANNOT_CONNECT


async def test_gateway_that_closes_at_once_is_a_lost_connection(client: Client) -> None:
    """Before a word was said."""
    client.simulator.fault("close_at_connect")

    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect()

    assert failed.value.reason is Reason.CONNECTION_LOST
    assert tasks_of_gateways() == []


async def test_error_instead_of_an_introduction_keeps_its_code(client: Client) -> None:
    """So that whoever retries knows what to leave out."""
    client.simulator.fault("error_at_connect", errorCode="WSG-400", status=400)

    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect()

    assert (failed.value.reason, failed.value.code) == (
        Reason.CONNECTION_LOST,
        "WSG-400",
    )


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_gateway_that_never_says_a_word_times_out(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """And the socket is closed."""
    await client.tokens.access_token()
    client.simulator.fault("silent_connect")
    connecting = asyncio.create_task(client.connect())
    await until(lambda: len(client.simulator.gateway.connections) == 1)
    await until(lambda: len(tasks_of_gateways()) == 2)
    freezer.tick(11)

    with pytest.raises(ConnectionFailedError) as failed:
        await connecting

    assert failed.value.reason is Reason.TIMED_OUT
    assert tasks_of_gateways() == []
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
        ticket = WebSocketToken(uri=f"{server}/ws", token="ticket", expires_in=60)
        connecting = asyncio.create_task(refused(session, ticket))
        await arrived.wait()
        freezer.tick(11)
        err = await connecting
        released.set()

    assert err.reason is Reason.TIMED_OUT


async def test_cancelled_connecting_leaves_nothing(client: Client) -> None:
    """The entry is unloaded meanwhile."""
    client.simulator.fault("silent_connect")
    connecting = asyncio.create_task(client.connect())
    await until(lambda: len(tasks_of_gateways()) == 2)

    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting

    assert tasks_of_gateways() == []
    await until(lambda: not client.simulator.gateway.connections)


# Subscribing


async def test_subscription_grants_expanded_filters(client: Client) -> None:
    """With the ids of account and extension."""
    gateway = await client.connect()
    extension_id = client.simulator.extension("102").id
    filters = build_filters(Scope(extension_ids=frozenset({extension_id}), lines=True))

    subscription = await create_subscription(gateway, filters, Anomalies())

    account_id, own_id = client.simulator.account_id, client.simulator.users[0].id
    assert set(subscription.filters) == {
        expand_filter(f, account_id, own_id) for f in filters
    }
    assert subscription.disabled == ()


async def test_notifications_arrive_in_order(
    client: Client, gateway: WebSocketConnection
) -> None:
    """As they were sent, with their envelope."""
    for number in range(200):
        notify(client, str(number))
    await until(lambda: len(client.notifications) == 200)

    assert messages(client) == [str(n) for n in range(200)]
    assert client.notifications[0]["subscriptionId"]


async def test_refused_subscription_names_the_permission(client: Client) -> None:
    """SUB-528: the app may not use this transport."""
    gateway = await client.connect()
    client.simulator.permissions.discard("SubscriptionWebSocket")

    with pytest.raises(PermissionMissingError) as failed:
        await create_subscription(
            gateway, (own_filter(client.simulator, "102"),), Anomalies()
        )

    assert failed.value.permission == "SubscriptionWebSocket"
    assert (failed.value.status, failed.value.code) == (403, "SUB-528")
    assert failed.value.request_id
    assert not gateway.closed.done()


async def test_subscription_over_the_quota_is_refused(client: Client) -> None:
    """And names no permission, because none is missing."""
    gateway = await client.connect()
    client.simulator.fault("refuse_subscription")

    with pytest.raises(PermissionMissingError) as failed:
        await create_subscription(
            gateway, (own_filter(client.simulator, "102"),), Anomalies()
        )

    assert (failed.value.code, failed.value.permission) == ("SUB-505", None)


async def test_bad_filter_spoils_the_subscription(client: Client) -> None:
    """An extension that has left the company."""
    gateway = await client.connect()

    with pytest.raises(RejectedError) as failed:
        await create_subscription(gateway, (extension_filter("999"),), Anomalies())

    assert (failed.value.code, failed.value.parameter) == ("CMN-101", "eventFilters")


async def test_disabled_filter_is_reported_with_its_reason(client: Client) -> None:
    """The request as such succeeds."""
    client.simulator.user_permissions.discard("HUD")
    gateway = await client.connect()

    subscription = await create_subscription(gateway, (LINES_FILTER,), Anomalies())

    (disabled,) = subscription.disabled
    assert disabled.reason == "SUB-412"
    assert disabled.filter.endswith(LINES_FILTER.rpartition("~")[2])
    assert subscription.filters == ()


async def test_changed_filters_keep_the_subscription(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Events of the new ones come, and of the old ones no more."""
    former = await create_subscription(
        gateway, (own_filter(client.simulator, "102"),), Anomalies()
    )

    changed = await update_subscription(
        gateway, former.id, (own_filter(client.simulator, "103"),), Anomalies()
    )

    assert changed.id == former.id
    client.simulator.change_extension("102", userStatus="Busy")
    client.simulator.change_extension("103", userStatus="Busy")
    await until(lambda: len(client.notifications) == 1)
    body = client.notifications[0]["body"]
    assert str(body["extensionId"]) == client.simulator.extension("103").id


async def test_change_of_a_lost_subscription_is_not_found(
    client: Client, gateway: WebSocketConnection
) -> None:
    """It ended without a word."""
    former = await create_subscription(
        gateway, (own_filter(client.simulator, "102"),), Anomalies()
    )
    client.simulator.fault("lose_subscriptions")

    with pytest.raises(NotFoundError) as failed:
        await update_subscription(gateway, former.id, (LINES_FILTER,), Anomalies())

    assert failed.value.code == "CMN-102"


async def test_second_subscription_replaces_the_first(
    client: Client, gateway: WebSocketConnection
) -> None:
    """A connection carries one."""
    await create_subscription(
        gateway, (own_filter(client.simulator, "103"),), Anomalies()
    )

    assert len(list(client.simulator.subscriptions)) == 1


@pytest.mark.parametrize("body", [None, {}, [], "text", {"id": ["x"]}])
async def test_grant_without_an_id_is_unexpected(
    session: aiohttp.ClientSession, body: object
) -> None:
    """Nothing could be changed later."""

    async def answer(socket: web.WebSocketResponse) -> None:
        meta = (await socket.receive_json())[0]
        await socket.send_json([{**meta, "status": 200}, body])
        await socket.receive()

    async with serve_socket(answer) as ticket:
        gateway = await open_with(session, ticket)
        with pytest.raises(ConnectionFailedError) as failed:
            await create_subscription(gateway, (LINES_FILTER,), Anomalies())
        await gateway.close()

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


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
    async with serve_socket(answer) as ticket:
        gateway = await open_with(session, ticket, anomalies=anomalies)
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

    async with serve_socket(answer_and_go) as ticket:
        gateway = await open_with(session, ticket)
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

    async with serve_socket(answer) as ticket:
        gateway = await open_with(session, ticket)
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

    async with serve_socket(answer) as ticket:
        gateway = await open_with(session, ticket)
        with pytest.raises(RateLimitedError) as failed:
            await gateway.request("GET", "/a", RateGroup.LIGHT)
        await gateway.close()

    assert (failed.value.retry_after, failed.value.request_id) == (12, "abc-1")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_without_a_reply_times_out(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """The connection stays, and a reply that comes too late is nobody's."""
    client.simulator.fault("no_reply")
    asking = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await turns()
    (message_id,) = gateway._replies
    freezer.tick(11)

    with pytest.raises(ConnectionFailedError) as failed:
        await asking

    assert failed.value.reason is Reason.TIMED_OUT
    client.simulator.send_frame(
        f'[{{"type":"ClientRequest","messageId":"{message_id}","status":200}}]'
    )
    await until_heard(client, "still there")
    assert client.anomalies.counts.total() == 0


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_that_cannot_be_sent_times_out(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """A long list of filters fills the buffers of a half-open link."""
    released = asyncio.Event()

    async def read_nothing(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()

    async with serve_socket(read_nothing) as ticket:
        gateway = await open_with(session, ticket)
        asking = asyncio.create_task(
            gateway.request("PUT", "/a", RateGroup.LIGHT, "x" * 15_000_000)
        )
        await turns(200)
        freezer.tick(11)
        await until(asking.done)
        closing = asyncio.create_task(gateway.close())
        await turns()
        freezer.tick(2)
        await until(closing.done)
        released.set()

    err = asking.exception()
    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.TIMED_OUT


async def test_connection_lost_during_a_request_ends_it(
    client: Client, gateway: WebSocketConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """At once."""
    client.simulator.fault("no_reply")
    asking = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await turns()
    client.simulator.drop_connections(abort=True)

    with pytest.raises(ConnectionFailedError) as failed:
        await asking

    assert failed.value.reason is Reason.CONNECTION_LOST


async def test_connection_lost_while_sending_ends_the_request(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """And leaves no error behind that nobody looks at."""
    released = asyncio.Event()

    async def vanish(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()
        transport_of(socket).abort()

    async with serve_socket(vanish) as ticket:
        gateway = await open_with(session, ticket)
        asking = asyncio.create_task(
            gateway.request("PUT", "/a", RateGroup.LIGHT, "x" * 15_000_000)
        )
        await turns(200)
        assert not asking.done()
        released.set()
        with pytest.raises(ConnectionFailedError):
            await asking
        await until(gateway.closed.done)
        await gateway.close()

    del asking, gateway
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_request_after_the_end_says_why_it_ended(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Nothing is sent."""
    client.simulator.send_error("WSG-903")
    await gateway.closed

    with pytest.raises(ConnectionFailedError) as failed:
        await create_subscription(gateway, (LINES_FILTER,), Anomalies())

    assert failed.value.code == "WSG-903"


# Frames


@pytest.mark.parametrize(
    ("frame", "text", "kind"),
    [
        (b"nonsense", True, "frame that is no JSON"),
        (b"", True, "frame that is no JSON"),
        (b'[{"type":"ServerNotification"},{"body":', True, "frame that is no JSON"),
        (b'[{"type":"\xff\xfe"}]', True, "frame that is no JSON"),
        (b"[" * 100_000, True, "frame that is no JSON"),
        (b"\x00\x01", False, "binary frame"),
        (b'[{"type":"ServerNotification"}]', False, "binary frame"),
        (b"null", True, "frame that is no message"),
        (b"{}", True, "frame that is no message"),
        (b"[]", True, "frame that is no message"),
        (b'["ServerNotification"]', True, "frame that is no message"),
        (b'"text"', True, "frame that is no message"),
        (b"[{}]", True, "message of an unknown type"),
        (b'[{"type":"Greeting"},{}]', True, "message of an unknown type"),
        (b'[{"type":["ServerNotification"]}]', True, "message of an unknown type"),
        (b'[{"type":"' + b"x" * 1_000_000 + b'"}]', True, "message of an unknown type"),
        (b'["' + b"x" * 1_000_000 + b'"]', True, "frame that is no message"),
    ],
)  # fmt: skip
async def test_bad_frame_costs_itself_only(
    client: Client, gateway: WebSocketConnection, frame: bytes, text: bool, kind: str
) -> None:
    """It is counted, and the connection stays."""
    client.simulator.send_frame(frame, text=text)

    await until_heard(client, "after")

    assert client.anomalies.counts == {kind: 1}
    assert messages(client) == ["after"]
    assert not gateway.closed.done()


async def test_notification_of_a_megabyte_arrives(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Size alone is no reason to drop it."""
    notify(client, "x" * 1_000_000)
    await until_heard(client, "after")

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
    await until_heard(client, "after")

    assert gateway.context == context


async def test_newest_context_is_kept(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whatever the message that brings it, by its sequence."""
    for token, sequence in (("new", 9), ("older", 8), ("same", 9)):
        client.simulator.send_frame(
            f'[{{"type":"Heartbeat","wsc":{{"token":"{token}","sequence":{sequence}}}}}]'
        )
    await until_heard(client, "after")

    assert gateway.context == SessionContext("new", 9)


async def test_handler_that_fails_costs_its_message_only(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged with its place, and without a word of what was said."""
    heard: list[str] = []

    def handle(notification: Any) -> None:
        message = notification["body"]["message"]
        if message == "+16505550123":
            raise ValueError(message)
        heard.append(message)

    gateway = await WebSocketConnection.connect(
        client.transport,
        await client.rest.websocket_token(),
        None,
        handle,
        client.anomalies,
    )
    client.gateways.append(gateway)
    await create_subscription(
        gateway, (own_filter(client.simulator, "102"),), Anomalies()
    )

    notify(client, "+16505550123")
    notify(client, "after")
    await until(lambda: heard == ["after"])

    assert client.anomalies.counts == {"message that could not be handled": 1}
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "ValueError in handle, line" in record.message
    assert "+16505550123" not in caplog.text


@pytest.mark.freeze_time("2026-03-02 08:00:00")
async def test_long_run_of_frames_gives_way_to_others(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """A replay must not hold up the rest of the program for ten milliseconds."""
    turn = 0
    heard: list[int] = []

    async def count_turns() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    def hear_for_a_millisecond(_: object) -> None:
        heard.append(turn)
        freezer.tick(0.001)

    async def replay(socket: web.WebSocketResponse) -> None:
        for _ in range(500):
            await socket.send_str('[{"type":"ServerNotification"},{}]')
        await socket.receive()

    counting = asyncio.create_task(count_turns())
    async with serve_socket(replay) as ticket:
        gateway = await WebSocketConnection.connect(
            new_transport(session, "http://localhost"),
            ticket,
            None,
            hear_for_a_millisecond,
            Anomalies(),
        )
        await until(lambda: len(heard) == 500)
        await gateway.close()
    counting.cancel()

    assert max(heard.count(turn) for turn in set(heard)) <= 6


async def test_backlog_of_ten_thousand_frames_is_handled_in_order(
    session: aiohttp.ClientSession,
) -> None:
    """All of them, and nothing is taken for bad input."""
    frames = [f'[{{"type":"ServerNotification"}},{n}]' for n in range(10_000)]

    async def replay(socket: web.WebSocketResponse) -> None:
        for frame in frames:
            await socket.send_str(frame)
        await socket.receive()

    heard: list[Any] = []
    anomalies = Anomalies()
    async with serve_socket(replay) as ticket:
        gateway = await open_with(session, ticket, heard, anomalies)
        await until(lambda: len(heard) >= 10_000)
        assert not gateway.closed.done()
        await gateway.close()

    assert heard == list(range(10_000))
    assert not anomalies.counts


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
    async with serve_socket(answer) as ticket:
        gateway = await WebSocketConnection.connect(
            transport, ticket, None, print, Anomalies()
        )
        for _ in range(2):
            with pytest.raises(RateLimitedError):
                await gateway.request("GET", "/a", RateGroup.LIGHT)
        await gateway.request("GET", "/b", RateGroup.MEDIUM)
        await gateway.close()

    assert requests == ["/a", "/b"]
    assert 11 < transport.limiter.penalty(RateGroup.LIGHT) <= 12
    assert transport.limiter.penalty(RateGroup.MEDIUM) == 0


async def test_other_refusal_is_no_penalty(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whatever the platform answers."""
    with pytest.raises(NotFoundError):
        await update_subscription(gateway, "unknown", (LINES_FILTER,), Anomalies())
    assert all(client.transport.limiter.penalty(group) == 0 for group in RateGroup)


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_waits_until_the_window_has_room(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Subscribing counts as much as any request by HTTP."""
    ledger = client.transport.limiter
    freezer.tick(1)
    for _ in range(39):
        assert ledger.delay(RateGroup.MEDIUM) == 0
        ledger.record_request(RateGroup.MEDIUM)
    asking = asyncio.create_task(
        create_subscription(gateway, (LINES_FILTER,), Anomalies())
    )
    await turns()
    freezer.tick(50)
    await turns()
    assert client.socket_requests() == [("POST", 200)]
    freezer.tick(12)
    await asking
    assert client.socket_requests() == [("POST", 200)] * 2


async def test_subscription_is_asked_for(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Whether it lives, of the platform."""
    subscription = await create_subscription(
        gateway, (own_filter(client.simulator, "103"),), Anomalies()
    )

    assert await subscription_exists(gateway, subscription.id)
    client.simulator.lose_subscriptions()
    assert not await subscription_exists(gateway, subscription.id)
    await gateway.close()
    with pytest.raises(ConnectionFailedError):
        await subscription_exists(gateway, subscription.id)


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
    """Nothing was heard at all."""
    client.simulator.stall_connections()
    asking = asyncio.create_task(gateway.heartbeat())
    await turns()
    freezer.tick(9)
    await turns()
    assert not asking.done()
    freezer.tick(1.1)

    assert not await asking
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
    """Only, nobody can tell what has been handled."""
    answered = asyncio.Event()

    async def say_something_else(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await socket.send_json(answer)
            answered.set()

    async with serve_socket(say_something_else) as ticket:
        gateway = await open_with(session, ticket)
        asked = gateway.last_message_at
        asking = asyncio.create_task(gateway.heartbeat())
        await answered.wait()
        await until(lambda: gateway.last_message_at is not asked)
        assert not asking.done()
        freezer.tick(10.1)
        assert not await asking
        assert not gateway.closed.done()
        await gateway.close()


async def test_connection_that_ends_while_the_echo_is_awaited_has_none(
    client: Client, gateway: WebSocketConnection
) -> None:
    """Its reason to end is that of the end."""
    client.simulator.stall_connections()
    asking = asyncio.create_task(gateway.heartbeat())
    await turns()
    await gateway.close()

    assert not await asking
    assert not await gateway.heartbeat()
    assert gateway.closed.result().reason is Reason.CONNECTION_LOST


async def test_echoes_asked_for_at_once_all_come(gateway: WebSocketConnection) -> None:
    """Each has an id of its own."""
    assert await asyncio.gather(*(gateway.heartbeat() for _ in range(5))) == [True] * 5


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
    """The loss that follows says less."""
    client.simulator.send_error("WSG-903")
    await until(lambda: not client.simulator.gateway.connections)
    await turns()

    assert (await gateway.closed).code == "WSG-903"


async def test_close_leaves_no_task(
    client: Client, gateway: WebSocketConnection
) -> None:
    """And can be called twice."""
    await gateway.close()

    assert tasks_of_gateways() == []
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

    assert tasks_of_gateways() == []


async def test_half_open_connection_is_closed_without_waiting(
    session: aiohttp.ClientSession,
) -> None:
    """The other side will never say goodbye."""
    released = asyncio.Event()

    async def read_nothing(socket: web.WebSocketResponse) -> None:
        transport_of(socket).pause_reading()
        await released.wait()

    async with serve_socket(read_nothing) as ticket:
        gateway = await open_with(session, ticket)
        closing = asyncio.create_task(gateway.close())
        await turns()
        assert closing.done()
        released.set()

    assert tasks_of_gateways() == []


async def test_session_can_be_continued_after_a_close(
    client: Client, gateway: WebSocketConnection
) -> None:
    """What was missed is told right after."""
    context = gateway.context
    assert context is not None
    await gateway.close()
    await until(lambda: not client.simulator.gateway.connections)
    notify(client, "missed")

    again = await client.connect(context)

    assert again.details.recovery_state is RecoveryState.SUCCESSFUL
    await until_heard(client, "after")
    assert messages(client) == ["missed", "after"]


async def test_forged_context_is_refused_by_its_code(client: Client) -> None:
    """So that the next attempt goes without it."""
    with pytest.raises(ConnectionFailedError) as failed:
        await client.connect(SessionContext("forged", 1))

    assert failed.value.code == "WSG-400"


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
        await turns()
        freezer.tick(11)
        await turns()
        assert not gateway.closed.done()

    await until_heard(client, "after 49 minutes")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_half_open_connection_is_noticed_within_forty_seconds(
    client: Client, gateway: WebSocketConnection, freezer: StepTickTimeFactory
) -> None:
    """Thirty of silence, ten without an echo."""
    client.simulator.stall_connections()
    freezer.tick(31)
    await turns()
    freezer.tick(8)
    await turns()
    assert not gateway.closed.done()
    freezer.tick(3)
    await turns()

    assert gateway.closed.done()
    assert gateway.closed.result().reason is Reason.TIMED_OUT


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_anything_heard_is_as_good_as_an_echo(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """Even rubbish proves that the link is alive."""
    anomalies = Anomalies()

    async def answer_rubbish(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await socket.send_bytes(b"rubbish")

    async with serve_socket(answer_rubbish) as ticket:
        gateway = await open_with(session, ticket, anomalies=anomalies)
        for number in range(1, 4):
            freezer.tick(31)
            await until(lambda n=number: anomalies.counts.total() == n)  # type: ignore[misc]
            freezer.tick(11)
            await turns()
            assert not gateway.closed.done()
        await gateway.close()


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_no_heartbeat_while_there_is_traffic(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """It is asked for only after thirty seconds without a message."""
    received: list[Any] = []
    gateways: list[web.WebSocketResponse] = []

    async def listen(socket: web.WebSocketResponse) -> None:
        gateways.append(socket)
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            received.append(message.json())

    notifications: list[Any] = []
    async with serve_socket(listen) as ticket:
        gateway = await open_with(session, ticket, notifications)
        for number in range(10):
            freezer.tick(20)
            await gateways[0].send_json([{"type": "ServerNotification"}, number])
            await until(lambda n=number: len(notifications) == n + 1)  # type: ignore[misc]
            await turns()
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
    """The socket knows already what reading has not noticed yet."""

    async def fail(*_: object) -> None:
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    monkeypatch.setattr(gateway._socket, "send_frame", fail)
    freezer.tick(31)
    await until(gateway.closed.done)

    assert gateway.closed.result().reason is Reason.CONNECTION_LOST
