"""Subscriptions: what is granted, refused or disabled, and which events come of it."""

from typing import Any

import aiohttp
import pytest

from simulator import Simulator, SimulatorOptions

from .client import OWN, SIP, SUBSCRIPTION, Client, Socket, presence_filter

_ACCOUNT = "/restapi/v1.0/account/37439510"
_OWN = f"{_ACCOUNT}/extension/297277020"
_MINE = "/restapi/v1.0/account/~/extension/~"
_LINES = f"{_MINE}/presence/line/presence{SIP}"
_FAVORITES = f"{_MINE}/favorite/presence{SIP}"
_EVERYONE = f"/restapi/v1.0/account/~/presence{SIP}"


async def test_granted_filters_are_expanded(socket: Socket) -> None:
    """Numeric ids, query kept; `disabledFilters` only if there are any."""
    meta, body = await socket.subscribe(
        OWN, _LINES, _FAVORITES, f"{_MINE}/presence/line", f"{_MINE}/favorite"
    )

    assert meta["status"] == 200
    assert body["eventFilters"] == [
        f"{_OWN}/presence{SIP}",
        f"{_OWN}/presence/line/presence{SIP}",
        f"{_OWN}/favorite/presence{SIP}",
        f"{_OWN}/presence/line",
        f"{_OWN}/favorite",
    ]
    assert body["uri"] == f"{SUBSCRIPTION}/{body['id']}"
    assert body["status"] == "Active"
    assert body["expiresIn"] == 86399
    assert body["deliveryMode"] == {"transportType": "WebSocket", "encryption": False}
    assert body["creationTime"].endswith("Z")
    assert "disabledFilters" not in body


def _code(reply: Any) -> tuple[int, str]:
    meta, body = reply
    return meta["status"], body["errors"][0]["errorCode"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("nonsense", (400, "CMN-101")),
        ("/restapi/v1.0/account/~/extension/abc/presence", (400, "CMN-101")),
        ("/restapi/v1.0/account/~/extension/999/presence", (400, "CMN-101")),
        ("/restapi/v1.0/account/1/extension/2/presence", (403, "SUB-406")),
        ("/restapi/v1.0/account/~/extension/620000901016/presence", (403, "SUB-402")),
        (
            "/restapi/v1.0/account/~/extension/620000102016/favorite/presence",
            (403, "SUB-518"),
        ),
        ("/restapi/v1.0/account/~/extension/620000102016/favorite", (403, "SUB-518")),
        (
            "/restapi/v1.0/account/~/extension/620000102016/presence/line/presence",
            (403, "SUB-531"),
        ),
    ],
)
async def test_one_bad_filter_invalidates_the_request(
    socket: Socket, simulator: Simulator, bad: str, error: tuple[int, str]
) -> None:
    """And leaves no subscription."""
    assert _code(await socket.subscribe(OWN, bad)) == error
    assert not list(simulator.subscriptions)


@pytest.mark.parametrize("filters", [[], "x", None, [1]])
async def test_request_without_filters_is_refused(
    socket: Socket, filters: object
) -> None:
    """At least one is needed, and each is a string."""
    reply = await socket.request(
        "POST",
        f"{SUBSCRIPTION}/",
        {"eventFilters": filters, "deliveryMode": {"transportType": "WebSocket"}},
    )

    assert _code(reply) == (400, "CMN-101")


async def test_unknown_and_group_extensions_by_switch(
    socket: Socket, simulator: Simulator
) -> None:
    """Accepted, and silent."""
    simulator.switches.unknown_extension = "accept"
    simulator.switches.group_presence = "accept"

    meta, _ = await socket.subscribe(
        presence_filter("999"), presence_filter(simulator.extension("901").id)
    )

    assert meta["status"] == 200


async def test_missing_hud_permission_disables_the_lines_filter(
    socket: Socket, simulator: Simulator
) -> None:
    """The call succeeds, the filter is listed apart, and no event of it comes."""
    simulator.user_permissions.remove("HUD")

    meta, body = await socket.subscribe(OWN, _LINES)

    assert meta["status"] == 200
    assert body["eventFilters"] == [f"{_OWN}/presence{SIP}"]
    assert body["disabledFilters"] == [
        {
            "filter": f"{_OWN}/presence/line/presence{SIP}",
            "reason": "SUB-412",
            "message": "Extension permission [HUD] is missing",
        }
    ]
    simulator.ring(to="102", from_="+16505550123")
    assert await socket.silent()


@pytest.mark.parametrize(
    ("permission", "filter_", "error"),
    [
        ("SubscriptionWebSocket", OWN, (403, "SUB-528")),
        ("ReadAccounts", _EVERYONE, (403, "CMN-401")),
    ],
)
async def test_missing_app_permission_refuses_the_subscription(
    socket: Socket,
    simulator: Simulator,
    permission: str,
    filter_: str,
    error: tuple[int, str],
) -> None:
    """Over the socket, after a good connection."""
    simulator.permissions.remove(permission)

    reply = await socket.subscribe(filter_)

    assert _code(reply) == error
    assert f"[{permission}]" in reply[1]["message"]


async def test_missing_websocket_permission_refuses_the_token(
    client: Client, simulator: Simulator
) -> None:
    """Before there is a connection."""
    simulator.permissions.remove("WebSocket")

    answer = await client.ws_token()

    assert (answer.status, answer.body["permissionName"]) == (403, "WebSocket")


async def test_missing_user_permission_refuses_presence_filters(
    socket: Socket, simulator: Simulator
) -> None:
    """With the name of the permission."""
    simulator.user_permissions.remove("ReadPresenceStatus")

    meta, body = await socket.subscribe(OWN)

    assert (meta["status"], body["permissionName"]) == (403, "ReadPresenceStatus")


async def test_too_many_subscriptions_are_refused(
    client: Client, simulator: Simulator
) -> None:
    """Replacing one's own is no new one."""
    simulator.switches.rate_limits = False
    simulator.switches.subscription_limit = 2
    sockets = [await client.connect() for _ in range(3)]
    statuses = [(await socket.subscribe())[0]["status"] for socket in sockets]

    assert statuses == [200, 200, 403]
    assert (await sockets[0].subscribe())[0]["status"] == 200


async def test_subscription_cannot_be_made_or_changed_over_http(
    client: Client, socket: Socket
) -> None:
    """But read and ended."""
    await socket.subscribe()
    path = f"{SUBSCRIPTION}/{socket.subscription['id']}"
    body = {"eventFilters": [OWN], "deliveryMode": {"transportType": "WebSocket"}}

    assert (await client.call("POST", SUBSCRIPTION, json=body)).status == 400
    assert (await client.call("PUT", path, json=body)).status == 400
    listed = (await client.call("GET", SUBSCRIPTION)).body["records"]
    assert [item["id"] for item in listed] == [socket.subscription["id"]]
    one = (await client.call("GET", path)).body
    assert one["uri"] == f"{client.simulator.server}{path}"
    assert (await client.call("POST", f"{path}/renew")).status == 200
    assert (await client.call("DELETE", path)).status == 204
    assert (await client.call("GET", path)).status == 404


# Which events come


async def test_event_has_the_documented_envelope(
    socket: Socket, simulator: Simulator
) -> None:
    """And its message id is its uuid."""
    await socket.subscribe()
    simulator.ring(to="101", from_="+16505550123")

    meta, event = await socket.receive()

    assert meta["type"] == "ServerNotification"
    assert meta["status"] == 200
    assert meta["messageId"] == event["uuid"]
    assert event["uuid"].isdecimal() and len(event["uuid"]) == 19
    assert event["event"] == f"{_OWN}/presence{SIP}"
    assert event["timestamp"].endswith("Z")
    assert event["subscriptionId"] == socket.subscription["id"]
    assert event["ownerId"] == "297277020"


@pytest.mark.parametrize("filter_", [_LINES, _FAVORITES, _EVERYONE])
async def test_filters_for_several_extensions(
    socket: Socket, simulator: Simulator, filter_: str
) -> None:
    """102 is a line, a favorite and a member of the account; 107 only the last."""
    await socket.subscribe(filter_)
    simulator.ring(to="102", from_="+16505550123")
    simulator.ring(to="107", from_="+16505550124")

    _, event = await socket.receive()

    assert event["body"]["extensionId"] == simulator.extension("102").id
    assert event["body"]["activeCalls"][0]["sipData"]
    assert await socket.silent() is (filter_ != _EVERYONE)


@pytest.mark.parametrize(
    ("filter_", "switch", "event"),
    [
        (_LINES, "filter", f"{_OWN}/presence/line/presence{SIP}"),
        (_FAVORITES, "filter", f"{_OWN}/favorite/presence{SIP}"),
        (_LINES, "extension", f"{_ACCOUNT}/extension/620000102016/presence{SIP}"),
        (_EVERYONE, "filter", f"{_ACCOUNT}/extension/620000102016/presence{SIP}"),
    ],
)
async def test_event_string_of_filters_for_several_extensions(
    socket: Socket, simulator: Simulator, filter_: str, switch: str, event: str
) -> None:
    """Uncertain for lines and favorites; the account filter names the extension."""
    simulator.switches.change("line_event", switch)
    await socket.subscribe(filter_)
    simulator.change_extension("102", userStatus="Busy")

    assert (await socket.receive())[1]["event"] == event


@pytest.mark.parametrize(("switch", "count"), [("one", 1), ("each", 3)])
async def test_overlapping_filters(
    socket: Socket, simulator: Simulator, switch: str, count: int
) -> None:
    """One notification, or one per filter, each with its own uuid and the same sequence."""
    simulator.switches.change("overlapping_filters", switch)
    other = simulator.extension("102").id
    await socket.subscribe(presence_filter(other), _LINES, _FAVORITES)
    simulator.change_extension("102", userStatus="Busy")

    events = [(await socket.receive())[1] for _ in range(count)]

    assert len({event["uuid"] for event in events}) == count
    assert len({event["body"]["sequence"] for event in events}) == 1
    assert await socket.silent()


async def test_of_two_filters_on_a_resource_the_most_detailed_counts(
    socket: Socket, simulator: Simulator
) -> None:
    """The answer lists both all the same."""
    base = f"{_MINE}/presence"
    _, body = await socket.subscribe(
        f"{base}?detailedTelephonyState=true", f"{base}{SIP}", base
    )
    assert len(body["eventFilters"]) == 3
    simulator.ring(to="101", from_="+16505550123")

    assert (await socket.event())["activeCalls"][0]["sipData"]
    assert await socket.silent()


@pytest.mark.parametrize(
    ("query", "calls", "sip"),
    [
        ("", False, False),
        ("?sipData=true", False, False),
        ("?detailedTelephonyState=true", True, False),
        ("?sipData=true&aggregated=true&detailedTelephonyState=true", True, True),
    ],
)
async def test_level_of_detail(
    socket: Socket, simulator: Simulator, query: str, calls: bool, sip: bool
) -> None:
    """SIP data need the detail; order and extra parameters do not matter."""
    await socket.subscribe(f"{_MINE}/presence{query}")
    simulator.ring(to="101", from_="+16505550123")

    event = await socket.event()

    assert ("activeCalls" in event, "totalActiveCalls" in event) == (calls, calls)
    assert any("sipData" in call for call in event.get("activeCalls", [])) is sip


async def test_account_filter_without_sip_data_by_switch(
    socket: Socket, simulator: Simulator
) -> None:
    """No source shows its events."""
    simulator.switches.account_sip_data = False
    await socket.subscribe(_EVERYONE)
    simulator.ring(to="105", from_="+16505550123")

    assert "sipData" not in (await socket.event())["activeCalls"][0]


async def test_changed_line_list_is_notified_and_followed(
    socket: Socket, simulator: Simulator
) -> None:
    """First the extension, then its line; membership counts from then on."""
    await socket.subscribe(_LINES, f"{_MINE}/presence/line")

    simulator.set_lines("101", ["102", "105"])

    _, event = await socket.receive()
    assert event["event"] == f"{_OWN}/presence/line"
    assert event["body"]["extension"] == [
        {"id": simulator.extension("105").id},
        {"id": "4"},
    ]
    simulator.change_extension("105", userStatus="Busy")
    assert (await socket.event())["userStatus"] == "Busy"
    simulator.change_extension("103", userStatus="Busy")
    simulator.set_lines("101", ["102", "105"])
    assert await socket.silent()


async def test_changed_favorites_are_notified_and_followed(
    socket: Socket, simulator: Simulator
) -> None:
    """The event only names the owner."""
    await socket.subscribe(_FAVORITES, f"{_MINE}/favorite")

    simulator.set_favorites("101", ["105"])

    _, event = await socket.receive()
    assert (event["event"], event["body"]) == (
        f"{_OWN}/favorite",
        {"extensionId": "297277020"},
    )
    simulator.change_extension("102", userStatus="Busy")
    simulator.change_extension("105", userStatus="Busy")
    assert (await socket.event())["extensionId"] == simulator.extension("105").id


@pytest.mark.parametrize("form", ["list", "flat"])
async def test_changed_extension_list_is_notified(
    socket: Socket, simulator: Simulator, form: str
) -> None:
    """Two forms of the body; there is a filter for the extension itself, too."""
    simulator.switches.change("extension_list_event", form)
    other = simulator.extension("103").id
    await socket.subscribe(
        "/restapi/v1.0/account/~/extension",
        f"/restapi/v1.0/account/~/extension/{other}",
    )

    new = simulator.add_extension(name="Fern Nightingale", number="150")
    simulator.change_extension("103", name="Moss Nightingale")
    simulator.change_extension("103", status="Disabled")
    simulator.remove_extension("150")

    events = [(await socket.receive())[1] for _ in range(6)]
    changes = [
        event["body"]["extensions"][0]
        if "extensions" in event["body"]
        else event["body"]
        for event in events
    ]
    assert [
        (
            event["event"],
            change["extensionId"],
            change["eventType"],
            change.get("hints"),
        )
        for event, change in zip(events, changes, strict=True)
    ] == [
        (f"{_ACCOUNT}/extension", new.id, "Create", None),
        (f"{_ACCOUNT}/extension", other, "Update", ["ExtensionInfo"]),
        (f"{_ACCOUNT}/extension/{other}", other, "Update", ["ExtensionInfo"]),
        (f"{_ACCOUNT}/extension", other, "Update", ["AccountStatus"]),
        (f"{_ACCOUNT}/extension/{other}", other, "Update", ["AccountStatus"]),
        (f"{_ACCOUNT}/extension", new.id, "Delete", None),
    ]
    assert ("extensions" in events[0]["body"]) is (form == "list")


async def test_removal_notifies_the_lists_that_held_the_extension(
    socket: Socket, simulator: Simulator
) -> None:
    """Lines and favorites of the subscriber."""
    await socket.subscribe(f"{_MINE}/presence/line", f"{_MINE}/favorite")

    simulator.remove_extension("102")

    assert {(await socket.receive())[1]["event"] for _ in range(2)} == {
        f"{_OWN}/presence/line",
        f"{_OWN}/favorite",
    }


async def test_dnd_filter(socket: Socket, simulator: Simulator) -> None:
    """Only for DnD, and only when it changes."""
    await socket.subscribe(f"{_MINE}/presence/dnd")
    simulator.change_extension("101", userStatus="Busy")
    simulator.change_extension("101", dndStatus="DoNotAcceptAnyCalls")

    assert await socket.event() == {
        "extensionId": "297277020",
        "dndStatus": "DoNotAcceptAnyCalls",
    }


async def test_repeated_change_is_no_event(
    socket: Socket, simulator: Simulator
) -> None:
    """Nothing has changed."""
    await socket.subscribe()
    simulator.change_extension("101", userStatus="Available")

    assert await socket.silent()


async def test_documented_event_is_sent_as_it_is_printed(
    socket: Socket, simulator: Simulator
) -> None:
    """Every field of the body, in the envelope that the test requires."""
    await socket.subscribe()
    body: dict[str, Any] = {
        "extensionId": "297277020",
        "sequence": 2013,
        "odd": [None, "\u00e9"],
    }

    sent = simulator.notify(
        body,
        f"{_OWN}/presence{SIP}",
        uuid="4956997212540532738",
        timestamp="2019-07-09T16:17:38.286Z",
    )

    _, event = await socket.receive()
    assert sent == 1
    assert event == {
        "uuid": "4956997212540532738",
        "event": f"{_OWN}/presence{SIP}",
        "timestamp": "2019-07-09T16:17:38.286Z",
        "subscriptionId": socket.subscription["id"],
        "ownerId": "297277020",
        "body": body,
    }


async def test_notification_matches_by_event_before_extension(
    socket: Socket, simulator: Simulator
) -> None:
    """An event can name an extension that is not subscribed."""
    await socket.subscribe(OWN, f"{_MINE}/favorite")
    stranger = {"extensionId": "999"}

    assert simulator.notify(stranger) == 0
    assert simulator.notify(["no", "object"]) == 0
    assert simulator.notify(stranger, f"{_OWN}/presence/line") == 0
    for event in (f"{_OWN}/favorite", f"{_MINE}/favorite"):
        assert simulator.notify(stranger, event) == 1
        assert (await socket.event()) == stranger
    assert simulator.notify(None, f"{_OWN}/presence") == 1
    assert (await socket.event()) is None


async def test_a_platform_that_is_started_again_repeats_no_uuid(
    socket: Socket, simulator: Simulator
) -> None:
    """A client that outlives it would take new events for repeated ones."""

    async def first_uuid(socket: Socket, platform: Simulator) -> str:
        await socket.subscribe(OWN)
        platform.ring("101", "+16505550123")
        _, notification = await socket.receive()
        return str(notification["uuid"])

    before = await first_uuid(socket, simulator)
    again = Simulator(SimulatorOptions(port=0))
    await again.start()
    async with aiohttp.ClientSession() as http:
        client = Client(again, http)
        await client.sign_in()
        after = await first_uuid(await client.connect(), again)
    await again.stop()
    assert after != before
