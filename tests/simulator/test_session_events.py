"""Telephony session events over a WebSocket subscription."""

from typing import Any

import pytest

from simulator import Simulator
from simulator.company.directory import ACCOUNT_ID, OWNER_ID
from simulator.company.permissions import set_permission

from .client import OWN, Client, Socket
from .control import CALLER, act, code, connected, ring
from .published import event_problems

ACCOUNT = "/restapi/v1.0/account/~/telephony/sessions"
OWN_SESSIONS = "/restapi/v1.0/account/~/extension/~/telephony/sessions"


async def _changes(socket: Socket, count: int) -> list[tuple[str, str]]:
    """Return place in the session and state of the next changes."""
    changes = []
    for _ in range(count):
        _, event = await socket.receive()
        assert not event_problems(event)
        [party] = event["body"]["parties"]
        changes.append((party["id"].rpartition("-")[2], party["status"]["code"]))
    return changes


@pytest.mark.parametrize("filter_", [ACCOUNT, OWN_SESSIONS])
async def test_changes_of_an_own_call_are_sent(
    client: Client, socket: Socket, filter_: str
) -> None:
    """Those of the outside party, too."""
    await socket.subscribe(filter_)
    party = connected(client)
    await act(client, party, "hold", {})
    client.simulator.end(party.telephony_session_id)

    assert await _changes(socket, 8) == [
        ("1", "Setup"),
        ("1", "Answered"),
        ("2", "Setup"),
        ("2", "Proceeding"),
        ("2", "Answered"),
        ("2", "Hold"),
        ("2", "Disconnected"),
        ("1", "Disconnected"),
    ]
    assert await socket.silent()


async def test_event_names_the_party_and_not_the_filter(
    client: Client, socket: Socket
) -> None:
    """With the envelope of all events."""
    reply = await socket.subscribe(ACCOUNT)
    ring(client)
    events = [(await socket.receive())[1] for _ in range(4)]

    account = f"/restapi/v1.0/account/{ACCOUNT_ID}"
    assert reply[1]["eventFilters"] == [f"{account}/telephony/sessions"]
    own = f"{account}/extension/{OWNER_ID}/telephony/sessions"
    assert [event["event"] for event in events] == [
        f"{account}/telephony/sessions",
        f"{account}/telephony/sessions",
        own,
        own,
    ]
    assert {event["subscriptionId"] for event in events} == {reply[1]["id"]}
    assert [event["body"]["sequence"] for event in events] == [2, 3, 4, 5]
    [party] = events[-1]["body"]["parties"]
    assert party["from"] == {"phoneNumber": CALLER}


async def test_calls_of_others_need_a_filter_of_their_own(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """Any user may watch them."""
    await socket.subscribe(OWN_SESSIONS)
    ring(client, "102")
    assert await socket.silent()

    await socket.subscribe(OWN_SESSIONS.replace("n/~/", f"n/{_id(simulator, '103')}/"))
    ring(client, "103")
    assert len(await _changes(socket, 4)) == 4


async def test_both_parties_of_an_internal_call_are_sent(
    client: Client, socket: Socket
) -> None:
    """To the filter of either of them; the caller is answered early."""
    await socket.subscribe(OWN_SESSIONS)
    party = ring(client, "102", "101")
    client.simulator.answer(party.telephony_session_id)

    assert await _changes(socket, 5) == [
        ("1", "Setup"),
        ("1", "Answered"),
        ("2", "Setup"),
        ("2", "Proceeding"),
        ("2", "Answered"),
    ]


async def test_mute_is_sent_to_sessions_and_not_to_presence(
    client: Client, socket: Socket
) -> None:
    party = connected(client)
    await socket.subscribe(OWN_SESSIONS, OWN)
    await act(client, party, "", {"muted": True}, "PATCH")

    [changed] = (await socket.event())["parties"]
    assert changed["muted"] is True
    assert await socket.silent()


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("direction=Outbound", ["Setup", "Answered", "Disconnected"]),
        ("statusCode=Proceeding", ["Proceeding"]),
        ("missedCall=true", ["Disconnected"]),
        ("missedCall=true&statusCode=Proceeding", []),
        (
            "phoneNumber=%2B16505550123&direction=Inbound",
            ["Setup", "Proceeding", "Disconnected"],
        ),
        (
            "phoneNumber=+16505550123&direction=Inbound",
            ["Setup", "Proceeding", "Disconnected"],
        ),
        ("phoneNumber=%2B16505550199", []),
    ],
)
async def test_query_of_a_filter_is_applied(
    client: Client, socket: Socket, query: str, states: list[str]
) -> None:
    """A missed call; sessions without the value are not sent."""
    await socket.subscribe(f"{ACCOUNT}?{query}")
    client.simulator.end(ring(client).telephony_session_id)

    sent = await _changes(socket, len(states))
    assert [state for _, state in sent] == states
    assert await socket.silent()


async def test_filters_of_several_states_are_one_notification_each(
    client: Client, socket: Socket
) -> None:
    """One state each; a filter of the account besides sends nothing twice."""
    await socket.subscribe(
        f"{OWN_SESSIONS}?statusCode=Setup", f"{OWN_SESSIONS}?statusCode=Proceeding"
    )
    ring(client)
    assert [state for _, state in await _changes(socket, 3)] == [
        "Setup",
        "Setup",
        "Proceeding",
    ]

    await socket.subscribe(ACCOUNT, OWN_SESSIONS)
    ring(client)
    assert len(await _changes(socket, 4)) == 4
    assert await socket.silent()


async def test_overlapping_filters_send_twice_by_switch(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    simulator.switches.change("overlapping_filters", "each")
    await socket.subscribe(ACCOUNT, OWN_SESSIONS)
    ring(client)

    assert [place for place, _ in await _changes(socket, 8)] == list("11112222")


# Permission


@pytest.mark.parametrize("name", ["CallControl", "TelephonySessions"])
@pytest.mark.parametrize("filter_", [ACCOUNT, OWN_SESSIONS])
async def test_missing_permission_refuses_the_subscription(
    client: Client, socket: Socket, simulator: Simulator, filter_: str, name: str
) -> None:
    """Under either name, and so is control of calls."""
    simulator.switches.change("control_permission", name)
    set_permission(simulator.permissions, "CallControl", False)
    reply = await socket.subscribe(OWN, filter_)

    assert reply[0]["status"] == 403
    assert reply[1]["errors"][0]["permissionName"] == name
    answer = await client.call("GET", f"{ACCOUNT}/s-1")
    assert code(answer) == (403, "CMN-401")
    assert answer.body["errors"][0]["permissionName"] == name


@pytest.mark.parametrize("name", ["CallControl", "TelephonySessions"])
async def test_missing_permission_disables_the_filter_by_switch(
    client: Client, socket: Socket, simulator: Simulator, name: str
) -> None:
    """The other filters work."""
    simulator.switches.change("session_filter", "disabled")
    simulator.switches.change("control_permission", name)
    set_permission(simulator.permissions, "CallControl", False)
    reply = await socket.subscribe(ACCOUNT, OWN)

    assert reply[0]["status"] == 200
    [disabled] = reply[1]["disabledFilters"]
    assert disabled["filter"].endswith("/telephony/sessions")
    assert name in disabled["message"]
    ring(client)
    assert (await socket.event())["telephonyStatus"] == "Ringing"
    assert await socket.silent()


@pytest.mark.parametrize("name", ["CallControl", "TelephonySessions"])
async def test_scope_has_the_permission_under_its_name(
    stranger: Client, simulator: Simulator, name: str
) -> None:
    simulator.switches.change("control_permission", name)
    answer = await stranger.sign_in()

    names = {"CallControl", "TelephonySessions"}
    assert names & set(answer.body["scope"].split()) == {name}
    socket = await stranger.connect()
    assert (await socket.subscribe(ACCOUNT))[0]["status"] == 200


# Order and content by switch


@pytest.mark.parametrize(
    ("switch", "value", "sequences"),
    [
        ("session_events", "swapped", [3, 2, 5, 4]),
        ("session_events", "doubled", [2, 2, 3, 3, 4, 4, 5, 5]),
        ("session_events", "missing", []),
        ("session_sequence", 1, [1, 2, 3, 4]),
    ],
)
async def test_order_by_switch(
    client: Client, socket: Socket, switch: str, value: Any, sequences: list[int]
) -> None:
    client.simulator.switches.change(switch, value)
    await socket.subscribe(ACCOUNT)
    ring(client)

    assert [(await socket.event())["sequence"] for _ in sequences] == sequences
    assert await socket.silent()


async def test_all_parties_by_switch(client: Client, socket: Socket) -> None:
    client.simulator.switches.change("session_parties", "all")
    await socket.subscribe(ACCOUNT)
    ring(client)

    bodies = [await socket.event() for _ in range(4)]
    assert {len(body["parties"]) for body in bodies} == {2}


async def test_events_of_a_request_follow_its_answer(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """Or are never sent, by the switch for presence events."""
    party = connected(client)
    simulator.switches.change("event_order", "none")
    await socket.subscribe(OWN_SESSIONS)
    await act(client, party, "hold", {})
    assert await socket.silent()

    simulator.switches.change("event_order", "event_first")
    await act(client, party, "unhold")
    body = await socket.event()
    assert body["parties"][0]["status"]["code"] == "Answered"
    # The event that was not sent has a number.
    assert body["sequence"] == 8


async def test_lost_events_have_numbers(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    """As other notifications, they may get lost, and are kept for a recovery."""
    await socket.subscribe(ACCOUNT)
    simulator.fault("lose", count=2)
    ring(client)
    assert [(await socket.event())["sequence"] for _ in range(2)] == [4, 5]


async def test_event_is_sent_by_hand(socket: Socket, simulator: Simulator) -> None:
    """To the filter of the account, too."""
    await socket.subscribe(ACCOUNT)
    event = (
        f"/restapi/v1.0/account/{ACCOUNT_ID}/extension/{OWNER_ID}/telephony/sessions"
    )

    assert simulator.publisher.notify({"sequence": 9}, event) == 1
    assert simulator.publisher.notify({"sequence": 9}, f"{event}/1") == 0
    assert await socket.event() == {"sequence": 9}


def _id(simulator: Simulator, number: str) -> str:
    return simulator.extension(number).id
