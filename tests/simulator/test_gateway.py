"""The gateway: connecting, framing, heartbeats, timeouts, recovery."""

from collections.abc import Callable
from itertools import count, islice
import json
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory
import pytest

from simulator import Simulator
from simulator.base.chance import seeded

from .client import OWN, SUBSCRIPTION, Client, Socket, presence_filter

type Freezer = FrozenDateTimeFactory | StepTickTimeFactory


async def test_the_server_speaks_first_with_connection_details(socket: Socket) -> None:
    """Status, a wsc with sequence 1, and the limits; no recovery was requested."""
    meta, body = socket.details

    assert meta["type"] == "ConnectionDetails"
    assert meta["status"] == 200
    assert meta["wsc"]["sequence"] == 1
    assert meta["headers"]["RCRequestId"]
    assert body.pop("creationTime").endswith("+0000")
    assert body == {
        "maxConnectionsPerSession": 50,
        "recoveryBufferSize": 100,
        "recoveryTimeout": 180,
        "idleTimeout": 1800,
        "absoluteTimeout": 86400,
        "maxActiveRequests": 10,
    }


async def test_heartbeat_is_echoed_unchanged(socket: Socket) -> None:
    """Even with fields that no document names, and without message id."""
    message = [{"type": "Heartbeat", "x": [1, 2]}]

    await socket.socket.send_json(message)

    assert await socket.receive() == message


async def test_ping_is_answered_with_its_payload(socket: Socket) -> None:
    """As the library of RingCentral's Python SDK needs it."""
    await socket.socket.ping(b"payload")

    assert await socket.silent()


async def test_missing_token_closes_with_4400(client: Client) -> None:
    """The upgrade itself succeeds."""
    socket = await client.open()

    assert await socket.closed() == 4400


async def test_bogus_token_gets_an_error_message(client: Client) -> None:
    """And then the end."""
    socket = await client.open(access_token="nonsense")

    meta, body = await socket.receive()
    assert (meta["type"], body["errorCode"]) == ("Error", "OAU-213")
    await socket.closed()


async def test_bogus_token_by_switch(client: Client) -> None:
    """The other two readings: a bare close, a refused upgrade."""
    client.simulator.switches.bad_wstoken = "close"
    socket = await client.open(access_token="nonsense")
    assert await socket.closed() == 1000

    client.simulator.switches.bad_wstoken = "refuse"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.open(access_token="nonsense")
    assert refused.value.status == 401


async def test_second_use_of_a_token_ends_the_older_connection(client: Client) -> None:
    """One token carries one living connection."""
    token = (await client.ws_token()).body["ws_access_token"]
    first = await client.connect(token=token)

    second = await client.connect(token=token)

    await first.closed()
    assert await second.silent()


async def test_token_for_a_single_use_by_switch(client: Client) -> None:
    """The guide's reading: the second connection gets an error."""
    client.simulator.switches.wstoken_single_use = True
    token = (await client.ws_token()).body["ws_access_token"]
    await client.connect(token=token)

    second = await client.connect(token=token)

    assert second.details[0]["type"] == "Error"


async def test_request_before_introduction_is_answered_after_it(client: Client) -> None:
    """Some clients subscribe as soon as the socket is open."""
    token = (await client.ws_token()).body["ws_access_token"]
    socket = await client.open(access_token=token)

    await socket.subscribe()

    (details,) = socket.waiting
    assert details[0]["type"] == "ConnectionDetails"
    assert socket.subscription["status"] == "Active"


async def test_reply_headers(socket: Socket) -> None:
    """As in recordings; the subscription id on by default, rate limits off."""
    meta, _ = await socket.subscribe()

    assert meta["headers"]["Content-Type"] == "application/json"
    assert meta["headers"]["WSG-SubscriptionId"] == socket.subscription["id"]
    assert meta["headers"]["RCRequestId"].endswith("-0")
    assert "X-Rate-Limit-Group" not in meta["headers"]


async def test_reply_headers_by_switch(socket: Socket, simulator: Simulator) -> None:
    """Platform of 2025 without subscription id, of 2021 with rate limits."""
    simulator.switches.subscription_id_header = False
    simulator.switches.socket_rate_limit_headers = True

    meta, _ = await socket.subscribe()

    assert "WSG-SubscriptionId" not in meta["headers"]
    assert meta["headers"]["X-Rate-Limit-Group"] == "medium"


async def test_delete_is_answered_with_a_single_element(socket: Socket) -> None:
    """204, no body, no content type."""
    await socket.subscribe()

    (meta,) = await socket.request(
        "DELETE", f"{SUBSCRIPTION}/{socket.subscription['id']}"
    )

    assert meta["status"] == 204
    assert "Content-Type" not in meta["headers"]


async def test_any_rest_call_may_come_over_the_socket(socket: Socket) -> None:
    """With a query of real types, and an empty string for no body."""
    meta, body = await socket.request(
        "GET",
        "/restapi/v1.0/account/~/extension",
        body="",
        query={"status": ["Enabled", "NotActivated"], "perPage": 2},
    )

    assert meta["status"] == 200
    assert body["paging"]["perPage"] == 2
    assert "status=Enabled&status=NotActivated" in body["navigation"]["nextPage"]["uri"]


@pytest.mark.parametrize(
    "text", ["", "no json", "{}", "[]", "[1]", '[{"type":"Odd"}]', '["text"]']
)
async def test_meaningless_message_is_ignored(socket: Socket, text: str) -> None:
    """The connection lives on."""
    await socket.socket.send_str(text)

    assert await socket.silent()


async def test_slashes_are_escaped_by_switch(
    socket: Socket, simulator: Simulator
) -> None:
    """It is the same JSON all the same."""
    simulator.switches.escape_slashes = True
    await socket.subscribe()
    simulator.ring(to="101", from_="+16505550123")

    text = await socket.socket.receive_str()

    assert "\\/restapi\\/v1.0" in text
    assert json.loads(text)[1]["event"].startswith("/restapi/v1.0/")


# Timeouts


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_idle_timeout_after_30_minutes_without_messages(
    socket: Socket, freezer: Freezer
) -> None:
    """Pings of either side do not count."""
    await socket.socket.ping()
    freezer.tick(1801)

    meta, body = await socket.receive()

    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-902")
    await socket.closed()


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_heartbeat_and_notification_defer_the_idle_timeout(
    socket: Socket, simulator: Simulator, freezer: Freezer
) -> None:
    """Whichever was the last."""
    await socket.subscribe()
    freezer.tick(1700)
    assert await socket.silent()
    freezer.tick(1700)
    simulator.ring(to="101", from_="+16505550123")
    await socket.event()
    freezer.tick(1700)

    assert await socket.silent()


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_absolute_timeout_occurs_in_spite_of_traffic(
    socket: Socket, freezer: Freezer
) -> None:
    """After 24 hours."""
    for _ in range(47):
        freezer.tick(1750)
        assert await socket.silent()
    freezer.tick(86400 - 47 * 1750 + 1)

    _, body = await socket.receive()

    assert body["errorCode"] == "WSG-903"


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_socket_outlives_a_refresh_but_not_a_revoked_session(
    client: Client, socket: Socket, freezer: Freezer
) -> None:
    """A refresh continues the session."""
    freezer.tick(1700)
    await socket.silent()
    freezer.tick(1700)
    await client.refresh()
    assert await socket.silent()

    client.simulator.oauth.revoke_all()

    meta, body = await socket.receive()
    assert (meta["type"], body["errorCode"]) == ("Error", "OAU-213")
    await socket.closed()


# Recovery


async def test_recovery_replays_what_was_missed_under_the_same_subscription(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """In order, and nothing twice."""
    await socket.subscribe()
    party = simulator.ring(to="101", from_="+16505550123")
    ringing = await socket.receive()
    simulator.drop_connections(abort=True)
    simulator.answer(party.telephony_session_id)
    simulator.hold(party.telephony_session_id)

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Successful"
    assert again.wsc != socket.wsc
    missed = [await again.receive(), await again.receive()]
    assert [event["body"]["telephonyStatus"] for _, event in missed] == [
        "CallConnected",
        "OnHold",
    ]
    assert {event["subscriptionId"] for _, event in (ringing, *missed)} == {
        socket.subscription["id"]
    }
    simulator.end(party.telephony_session_id)
    assert (await again.event())["telephonyStatus"] == "NoCall"


async def test_recovery_after_a_clean_close_by_the_client(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """With the first wsc of the connection."""
    await socket.subscribe()
    await socket.socket.close()
    simulator.ring(to="101", from_="+16505550123")

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Successful"
    assert (await again.event())["telephonyStatus"] == "Ringing"


async def test_recovery_of_a_stalled_connection_replays_what_got_stuck(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """The server still takes the old connection for alive."""
    await socket.subscribe()
    simulator.stall_connections()
    simulator.ring(to="101", from_="+16505550123")

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Successful"
    assert (await again.event())["telephonyStatus"] == "Ringing"


async def test_stall_that_ends_delivers_what_got_stuck(
    socket: Socket, simulator: Simulator
) -> None:
    """In both directions."""
    await socket.subscribe()
    simulator.stall_connections()
    simulator.ring(to="101", from_="+16505550123")
    await socket.socket.send_json([{"type": "Heartbeat", "messageId": "stuck"}])
    simulator.clear_faults()
    await socket.socket.send_json([{"type": "Heartbeat", "messageId": "next"}])

    assert (await socket.event())["telephonyStatus"] == "Ringing"
    assert [(await socket.receive())[0]["messageId"] for _ in range(2)] == [
        "stuck",
        "next",
    ]


async def test_recovery_keeps_the_last_100_messages(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """Older ones are gone, without a notice."""
    await socket.subscribe()
    simulator.drop_connections()
    await socket.closed()
    for number in range(130):
        simulator.notify({"extensionId": simulator.extension("101").id, "n": number})

    again = await client.connect(wsc=socket.wsc)

    assert [(await again.event())["n"] for _ in range(100)] == list(range(30, 130))
    assert await again.silent()


async def test_replay_repeats_by_switch(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """A platform that is not sure sends again."""
    simulator.switches.replay_repeats = 1
    await socket.subscribe()
    simulator.ring(to="101", from_="+16505550123")
    first = await socket.receive()
    simulator.drop_connections()
    await socket.closed()

    again = await client.connect(wsc=socket.wsc)

    assert await again.receive() == first


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_recovery_fails_when_the_window_is_over(
    client: Client, socket: Socket, simulator: Simulator, freezer: Freezer
) -> None:
    """The new connection is good for a new subscription."""
    await socket.subscribe()
    await socket.socket.close()
    assert await (await client.connect()).silent()
    freezer.tick(181)

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Failed"
    assert again.details[1]["recoveryErrorCode"] == "WSG-1005"
    assert not list(simulator.subscriptions)
    await again.subscribe()
    simulator.ring(to="101", from_="+16505550123")
    assert (await again.event())["telephonyStatus"] == "Ringing"


async def test_recovery_fails_without_subscription(
    client: Client, socket: Socket
) -> None:
    """`WSG-1005`, as recorded."""
    await socket.socket.close()

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryErrorCode"] == "WSG-1005"


@pytest.mark.parametrize(
    ("switch", "state"), [("failed", "Failed"), ("successful", "Successful")]
)
async def test_recovery_of_a_vanished_subscription_by_switch(
    client: Client, socket: Socket, simulator: Simulator, switch: str, state: str
) -> None:
    """No source documents the answer of the platform."""
    simulator.switches.change("recovery_of_lost", switch)
    await socket.subscribe()
    simulator.lose_subscriptions()
    await socket.socket.close()

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == state


async def test_recovery_fails_for_another_oauth_session(
    client: Client, socket: Socket
) -> None:
    """`WSG-1003`, after a new sign-in."""
    await socket.subscribe()
    await client.sign_in()

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryErrorCode"] == "WSG-1003"


async def test_recovery_succeeds_after_a_refresh(
    client: Client, socket: Socket
) -> None:
    """It is the same session."""
    await socket.subscribe()
    await client.refresh()

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Successful"


@pytest.mark.parametrize("change", ["", "forged", "0" * 40])
async def test_forged_wsc_is_malformed(client: Client, change: str) -> None:
    """Error `WSG-400` and the end; no introduction."""
    socket = await client.connect(wsc=change)

    meta, body = socket.details
    assert (meta["type"], body["errorCode"]) == ("Error", "WSG-400")
    await socket.closed()


async def test_recovery_off_by_switch(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """Every recovery fails."""
    await socket.subscribe()
    simulator.switches.recovery = False

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Failed"


@pytest.mark.parametrize("seed", range(4))
async def test_recovery_loses_nothing_whatever_ended_the_connection(
    client: Client, socket: Socket, simulator: Simulator, seed: int
) -> None:
    """Every notification arrives; only what has arrived already may come again."""
    simulator.switches.rate_limits = False
    chance = seeded(seed, "recovery")
    await socket.subscribe()
    numbers = count()
    sent: list[int] = []
    received: list[int] = []

    def send() -> None:
        for number in islice(numbers, chance.randrange(20)):
            simulator.notify({"extensionId": "297277020", "n": number})
            sent.append(number)

    def take(message: Any) -> None:
        if message[0]["type"] == "ServerNotification":
            number = message[1]["body"]["n"]
            if number not in received:
                received.append(number)

    ends: list[Callable[[], object]] = [
        simulator.drop_connections,
        lambda: simulator.drop_connections(abort=True),
        lambda: simulator.drop_connections(inside_frame=True),
        lambda: simulator.send_error("WSG-903"),
    ]
    for _ in range(15):
        send()
        if chance.random() < 0.4:
            while received != sent:
                take(await socket.receive())
            simulator.stall_connections()
            send()
        else:
            chance.choice(ends)()
            send()
            async for message in socket.socket:
                take(message.json())
        socket = await client.connect(wsc=socket.wsc)
        assert socket.details[1]["recoveryState"] == "Successful"
    while received != sent:
        take(await socket.receive())
    assert await socket.silent()


# Subscriptions on a connection


async def test_second_subscription_replaces_the_first(
    socket: Socket, simulator: Simulator
) -> None:
    """One connection carries one."""
    await socket.subscribe()
    first = socket.subscription["id"]
    await socket.subscribe(presence_filter(simulator.extension("102").id))
    assert socket.subscription["id"] != first

    simulator.ring(to="101", from_="+16505550123")
    simulator.ring(to="102", from_="+16505550124")

    event = await socket.event()
    assert event["extensionId"] == simulator.extension("102").id
    assert await socket.silent()


async def test_put_changes_the_filters_under_the_same_id(
    socket: Socket, simulator: Simulator
) -> None:
    """The reply lists the new ones, expanded."""
    await socket.subscribe()
    other = simulator.extension("103").id

    meta, body = await socket.request(
        "PUT",
        f"{SUBSCRIPTION}/{socket.subscription['id']}",
        {
            "eventFilters": [OWN, presence_filter(other)],
            "deliveryMode": {"transportType": "WebSocket"},
        },
    )

    assert meta["status"] == 200
    assert body["id"] == socket.subscription["id"]
    assert len(body["eventFilters"]) == 2
    assert "~" not in "".join(body["eventFilters"])
    simulator.ring(to="103", from_="+16505550123")
    assert (await socket.event())["extensionId"] == other


async def test_put_on_a_lost_connections_subscription_is_not_found(
    client: Client, socket: Socket
) -> None:
    """A new connection that was not recovered has nothing of it."""
    await socket.subscribe()
    other = await client.connect()

    meta, body = await other.request(
        "PUT",
        f"{SUBSCRIPTION}/{socket.subscription['id']}",
        {"eventFilters": [OWN], "deliveryMode": {"transportType": "WebSocket"}},
    )

    assert (meta["status"], body["errorCode"]) == (404, "CMN-102")


async def test_nothing_comes_after_the_subscription_is_deleted(
    socket: Socket, simulator: Simulator
) -> None:
    """The connection stays."""
    await socket.subscribe()
    await socket.request("DELETE", f"{SUBSCRIPTION}/{socket.subscription['id']}")

    simulator.ring(to="101", from_="+16505550123")

    assert await socket.silent()


async def test_stop_cuts_connections_and_start_listens_on_the_same_port(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """Sessions and subscriptions survive, as behind a network that was down."""
    await socket.subscribe()
    await simulator.stop()
    await socket.closed()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ws_token()
    await simulator.start()

    again = await client.connect(wsc=socket.wsc)

    assert again.details[1]["recoveryState"] == "Successful"
