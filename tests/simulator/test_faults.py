"""Faults: each has its effect as often as requested."""

import asyncio
from typing import Any

import aiohttp
from freezegun.api import TickingDateTimeFactory
import pytest

from simulator import Simulator

from .client import OWN, Client, Socket


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"name": "error"}, 500, "CMN-203"),
        ({"name": "error", "status": 502, "errorCode": "CMN-201"}, 502, "CMN-201"),
        ({"name": "rate_limit"}, 429, "CMN-301"),
        ({"name": "maintenance"}, 503, "CMN-211"),
    ],
)
async def test_error_answer_once(
    client: Client, fault: dict[str, Any], status: int, code: str
) -> None:
    """And then all is well."""
    client.simulator.fault(**fault)

    answer = await client.get("")

    assert (answer.status, answer.body["errors"][0]["errorCode"]) == (status, code)
    assert "Retry-After" not in answer.headers
    assert (await client.get("")).status == 200


async def test_fault_of_one_path_and_method_counts_only_its_requests(
    client: Client,
) -> None:
    """By the beginning of the path."""
    client.simulator.fault(
        "rate_limit", count=2, path="/restapi/oauth", method="POST", retryAfter=7
    )

    assert (await client.get("")).status == 200
    for _ in range(2):
        answer = await client.ws_token()
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert (await client.ws_token()).status == 200


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_fault_for_a_while(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """It ends with its time."""
    client.simulator.fault("maintenance", seconds=30)
    assert [(await client.get("")).status for _ in range(3)] == [503] * 3

    freezer.tick(31)

    assert (await client.get("")).status == 200


async def test_captive_portal_and_broken_json_answer_200(client: Client) -> None:
    """With something that is no answer."""
    client.simulator.fault("html")
    client.simulator.fault("broken_json")

    page = await client.get("")
    assert (page.status, page.headers["Content-Type"][:9]) == (200, "text/html")
    with pytest.raises(ValueError, match="Expecting"):
        await client.get("")


async def test_reset_leaves_the_client_without_answer(client: Client) -> None:
    """Before any effect; a client may retry automatically."""
    client.simulator.fault("reset", count=2)

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.put("/extension/~/presence", {"userStatus": "Busy"})
    assert client.simulator.presence("101")["userStatus"] == "Available"


async def test_lost_answer_leaves_the_client_without_a_result(client: Client) -> None:
    """The request has been carried out."""
    client.simulator.fault("lost_answer", count=2)

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.put("/extension/~/presence", {"userStatus": "Busy"})
    assert client.simulator.presence("101")["userStatus"] == "Busy"


async def test_unanswered_request_hangs_until_the_fault_is_cleared(
    client: Client,
) -> None:
    """Then its connection is reset."""
    client.simulator.fault("no_answer", path="/restapi/oauth/wstoken")
    request = asyncio.create_task(client.ws_token())
    await client.get("")
    await client.get("")
    assert not request.done()

    client.simulator.clear_faults()

    with pytest.raises(aiohttp.ClientConnectionError):
        await request


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_slow_answer_is_delayed(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """By the clock of the test."""
    client.simulator.fault("slow", delay=8, path="/restapi/oauth/wstoken")
    request = asyncio.create_task(client.ws_token())
    await client.get("")
    await client.get("")
    assert not request.done()

    freezer.tick(8)

    assert (await request).status == 200


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_late_answer_has_the_state_at_the_time_of_the_request(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """What happens while it is on its way is not in it."""
    path = "/extension/~/presence"
    client.simulator.fault("late", delay=3, path="/restapi/v1.0/account")
    request = asyncio.create_task(client.get(path))
    while client.simulator.faults.as_json():
        await asyncio.sleep(0)
    client.simulator.change_extension("101", userStatus="Busy")
    await client.get("")
    assert not request.done()

    freezer.tick(3)

    late, now = await request, await client.get(path)
    assert (late.body["userStatus"], now.body["userStatus"]) == ("Available", "Busy")
    assert late.headers["Date"] < now.headers["Date"]


async def test_refused_token_of_one_grant(client: Client) -> None:
    """A dead refresh token, while the JWT is good."""
    client.simulator.fault("token_refused", count=9, grantType="refresh_token")

    refused = await client.refresh()

    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")
    assert (await client.sign_in()).status == 200


# Gateway


async def test_refused_upgrade(client: Client) -> None:
    """With a status."""
    client.simulator.fault("refuse_upgrade", status=503)

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.connect()
    assert refused.value.status == 503


async def test_close_and_error_at_connect(client: Client) -> None:
    """Before any introduction."""
    client.simulator.fault("close_at_connect")
    client.simulator.fault("error_at_connect", errorCode="WSG-500")
    token = (await client.ws_token()).body["ws_access_token"]

    closed = await client.open(access_token=token)
    assert await closed.closed() == 1000
    failed = await client.connect(token=token)
    assert failed.details[1]["errorCode"] == "WSG-500"


async def test_silent_connect(client: Client) -> None:
    """Nothing but pongs and echoes."""
    client.simulator.fault("silent_connect")
    token = (await client.ws_token()).body["ws_access_token"]

    socket = await client.open(access_token=token)

    assert await socket.silent()


@pytest.mark.parametrize("code", ["WSG-1003", "WSG-1005"])
async def test_failed_recovery(client: Client, socket: Socket, code: str) -> None:
    """With the code of one's choice."""
    await socket.subscribe()
    client.simulator.fault("recovery_failed", errorCode=code)

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryErrorCode"] == code


async def test_unanswered_recovery(client: Client, socket: Socket) -> None:
    """No state at all, and no subscription."""
    await socket.subscribe()
    client.simulator.fault("recovery_unanswered")

    again = await client.connect(wsc=socket.wsc)

    assert "recoveryState" not in again.details[1]
    client.simulator.ring(to="101", from_="+16505550123")
    assert await again.silent()


async def test_unanswered_and_refused_subscription(
    socket: Socket, simulator: Simulator
) -> None:
    """Silence, or an error of one's choice."""
    simulator.fault("no_reply", method="DELETE")
    await socket.socket.send_json(
        [{"type": "ClientRequest", "messageId": "x", "method": "DELETE", "path": "/x"}]
    )
    assert await socket.silent()
    simulator.fault("refuse_subscription", status=503, errorCode="CMN-201")

    meta, body = await socket.subscribe()

    assert (meta["status"], body["errorCode"]) == (503, "CMN-201")
    assert (await socket.subscribe())[0]["status"] == 200


async def test_refused_and_disabled_filter(
    socket: Socket, simulator: Simulator
) -> None:
    """Named by a part of it."""
    simulator.fault("refuse_filter", filter="297277020", errorCode="SUB-403")
    assert (await socket.subscribe(OWN))[1]["errorCode"] == "SUB-403"
    simulator.fault("refuse_filter", filter="297277020")
    assert (await socket.subscribe(OWN))[1]["errorCode"] == "InvalidParameter"
    simulator.fault("disable_filter", filter="297277020", reason="SUB-403")

    _, body = await socket.subscribe(OWN)

    assert body["eventFilters"] == []
    assert body["disabledFilters"][0]["reason"] == "SUB-403"


async def test_notifications_doubled_swapped_lost_and_of_another(
    socket: Socket, simulator: Simulator
) -> None:
    """Each once."""
    await socket.subscribe()

    def send(*numbers: int) -> None:
        for number in numbers:
            simulator.notify({"extensionId": "297277020", "n": number})

    simulator.fault("duplicate")
    send(1, 2)
    simulator.fault("swap")
    send(3, 4, 5)
    simulator.fault("lose")
    send(6, 7)
    simulator.fault("foreign_subscription")
    send(8, 9)

    events = [(await socket.receive())[1] for _ in range(9)]
    assert [event["body"]["n"] for event in events] == [1, 1, 2, 4, 3, 5, 7, 8, 9]
    assert events[0] == events[1]
    foreign = {event["subscriptionId"] for event in events} - {
        socket.subscription["id"]
    }
    assert foreign == {events[7]["subscriptionId"]}


async def test_notification_is_delayed_or_repeated_later(
    socket: Socket, simulator: Simulator
) -> None:
    """Beyond the next ones."""
    await socket.subscribe(OWN)
    simulator.fault("delay", delay=0.05)
    simulator.fault("duplicate", delay=0.02)
    for number in (1, 2):
        simulator.notify({"extensionId": "297277020", "n": number})
    events = [await socket.event() for _ in range(3)]
    assert [event["n"] for event in events] == [2, 1, 1]


async def test_other_client_that_continues_the_session_ends_the_connection(
    socket: Socket, simulator: Simulator
) -> None:
    """It keeps the subscription alive, until it is turned off itself."""
    await socket.subscribe()
    context = simulator.gateway.connections[0].context
    assert context is not None
    simulator.gateway._take_over(context)

    message = await socket.socket.receive(timeout=5)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    simulator.ring(to="101", from_="+16505550123")
    assert list(context.missed) == []
    assert not context.expired
    simulator.release_sessions()
    simulator.ring(to="101", from_="+16505550123")
    assert len(context.missed) == 1


async def test_lost_subscription_is_silent(
    socket: Socket, simulator: Simulator
) -> None:
    """The connection is well."""
    await socket.subscribe()
    simulator.fault("lose_subscriptions")
    simulator.ring(to="101", from_="+16505550123")

    assert await socket.silent()


async def test_frames_of_any_content(socket: Socket, simulator: Simulator) -> None:
    """Text, binary, bad UTF-8, very large."""
    simulator.send_frame("no json")
    simulator.send_frame(b"\x00\x01")
    simulator.fault("send", data="by fault")
    simulator.send_frame("x" * 1_000_000)

    messages = [await socket.socket.receive(timeout=5) for _ in range(4)]

    assert [(message.type.name, len(message.data)) for message in messages] == [
        ("TEXT", 7),
        ("BINARY", 2),
        ("TEXT", 8),
        ("TEXT", 1_000_000),
    ]
    simulator.send_frame(b"\xff\xfe", text=True)
    assert (await socket.socket.receive(timeout=5)).type is aiohttp.WSMsgType.ERROR


async def test_bytes_that_are_no_frame_break_the_protocol(
    socket: Socket, simulator: Simulator
) -> None:
    """Reserved bits are 1002 for a client."""
    simulator.send_bytes(b"\xf1\x00")

    assert await socket.closed() == 1002


@pytest.mark.parametrize("inside_frame", [False, True])
async def test_reset_of_a_connection(
    socket: Socket, simulator: Simulator, inside_frame: bool
) -> None:
    """Also in the middle of a frame."""
    simulator.fault("drop", abort=True, insideFrame=inside_frame)

    assert await socket.closed() == 1006


async def test_error_message_in_mid_connection(
    socket: Socket, simulator: Simulator
) -> None:
    """And the end."""
    simulator.fault("gateway_error", errorCode="WSG-903", message="Now")

    meta, body = await socket.receive()

    assert (meta["type"], meta["status"]) == ("Error", 408)
    assert body == {"errorCode": "WSG-903", "message": "Now"}
    await socket.closed()


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_stall_for_a_while(
    client: Client,
    socket: Socket,
    simulator: Simulator,
    freezer: TickingDateTimeFactory,
) -> None:
    """Then everything arrives."""
    await socket.subscribe()
    simulator.fault("stall", seconds=30)
    simulator.ring(to="101", from_="+16505550123")
    event = asyncio.create_task(socket.socket.receive_json())
    await client.get("")
    await client.get("")
    assert not event.done()

    freezer.tick(31)

    assert (await event)[1]["body"]["telephonyStatus"] == "Ringing"


async def test_tokens_and_sessions_end_by_fault(client: Client) -> None:
    """Expired tokens can be refreshed, revoked sessions can not."""
    client.simulator.fault("expire_tokens")
    assert (await client.get("")).body["errorCode"] == "TokenExpired"
    assert (await client.refresh()).status == 200
    client.simulator.fault("revoke_sessions")

    assert (await client.get("")).body["errorCode"] == "TokenInvalid"
    assert (await client.refresh()).status == 400


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_socket_ends_with_the_access_token_by_switch(
    client: Client, simulator: Simulator, freezer: TickingDateTimeFactory
) -> None:
    """For a client that does not go on refreshing."""
    simulator.switches.socket_ends_with = "access_token"
    socket = await client.connect()
    for seconds in (1700, 1700, 210):
        freezer.tick(seconds)
        if seconds == 1700:
            assert await socket.silent()

    meta, body = await socket.receive()

    assert (meta["type"], body["errorCode"]) == ("Error", "OAU-128")


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_missing_pong_ends_the_connection_by_switch(
    client: Client, simulator: Simulator, freezer: TickingDateTimeFactory
) -> None:
    """A client that answers keeps it."""
    simulator.switches.pong_required = True
    socket = await client.connect()
    for _ in range(5):
        freezer.tick(61)
        # The first round trip lets the client answer, the second lets the server see it.
        assert await socket.silent()
        assert await socket.silent()
    simulator.stall_connections()
    end = asyncio.create_task(socket.socket.receive())
    freezer.tick(61)
    await client.get("")
    assert not end.done()

    freezer.tick(61)

    assert (await end).type is aiohttp.WSMsgType.CLOSED
    assert socket.socket.close_code == 1006


async def test_wsc_on_replies_by_switch(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """With rising sequence; the newest and the first recover."""
    simulator.switches.wsc_on_replies = True

    meta, _ = await socket.subscribe()

    assert meta["wsc"]["sequence"] == 2
    again = await client.connect(wsc=meta["wsc"]["token"])
    assert again.details[1]["recoveryState"] == "Successful"


async def test_connections_of_a_session_are_limited(
    client: Client, simulator: Simulator
) -> None:
    """The oldest one is removed."""
    simulator.switches.rate_limits = False
    simulator.switches.max_connections = 2
    sockets = [await client.connect() for _ in range(3)]

    assert await sockets[0].closed() == 1000
    assert await sockets[1].silent()
    assert await sockets[2].silent()
