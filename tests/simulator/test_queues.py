"""Call queues: who takes their calls, over REST, as events, and when they ring."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator

from .client import Answer, Client, Socket

_QUEUE = "620000901016"
_SALES = "620000902016"
_MEMBER = "620000102016"
_OWN = "297277020"
_PRESENCE = f"/call-queues/{_QUEUE}/presence"
_OWN_PRESENCE = "/extension/~/call-queue-presence"
_FILTER = f"/restapi/v1.0/account/~{_PRESENCE}"


def _logged_out(member_id: str) -> Any:
    return {
        "records": [{"member": {"id": member_id}, "acceptCurrentQueueCalls": False}]
    }


def _accepting(answer: Answer) -> dict[str, bool]:
    return {
        item["member"]["extensionNumber"]: item["acceptCurrentQueueCalls"]
        for item in answer.body["records"]
    }


async def test_queues_are_listed_with_text_ids(client: Client) -> None:
    body = (await client.get("/call-queues", ("perPage", "1"))).body

    assert body["records"] == [
        {
            "uri": f"{client.simulator.account.uri()}/call-queues/{_QUEUE}",
            "id": _QUEUE,
            "extensionNumber": "901",
            "name": "Support Queue",
            "status": "Enabled",
            "site": {"id": "main-site", "name": "Main Site"},
        }
    ]
    assert body["paging"]["totalElements"] == 2
    member = ("memberExtensionId", "620000106016")
    of_member = (await client.get("/call-queues", member)).body
    assert [item["name"] for item in of_member["records"]] == ["Sales Queue"]


async def test_queue_and_its_members_are_described(client: Client) -> None:
    queue = (await client.get(f"/call-queues/{_QUEUE}")).body
    members = (await client.get(f"/call-queues/{_QUEUE}/members")).body

    assert queue["editableMemberStatus"] is True
    assert queue["alertTimer"] == 30
    assert [(item["id"], item["extensionNumber"]) for item in members["records"]] == [
        (620000102016, "102"),
        (620000103016, "103"),
        (620000104016, "104"),
        (620000105016, "105"),
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/call-queues/999", 404),
        (f"/call-queues/{_MEMBER}/presence", 404),
        ("/call-queues/x/presence", 400),
    ],
)
async def test_what_is_no_queue_is_not_found(
    client: Client, path: str, status: int
) -> None:
    assert (await client.get(path)).status == status


async def test_presence_of_a_queue_tells_both_switches_of_each_member(
    client: Client, simulator: Simulator
) -> None:
    simulator.change_extension("102", dndStatus="DoNotAcceptDepartmentCalls")
    simulator.accept_queue_calls("901", "103", False)

    body = (await client.get(_PRESENCE)).body

    assert body["records"][0] == {
        "member": {
            "id": _MEMBER,
            "name": simulator.extension("102").name,
            "extensionNumber": "102",
            "site": {"id": "main-site", "name": "Main Site"},
        },
        "acceptQueueCalls": False,
        "acceptCurrentQueueCalls": True,
    }
    assert [
        (item["acceptQueueCalls"], item["acceptCurrentQueueCalls"])
        for item in body["records"][1:]
    ] == [(True, False), (True, True), (True, True)]


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [("whole", ["102", "103", "104", "105"]), ("changed", ["102"])],
)
async def test_change_of_a_queue_is_answered_whole_or_in_part(
    client: Client, simulator: Simulator, answer: str, numbers: list[str]
) -> None:
    simulator.switches.change("queue_answer", answer)

    changed = await client.put(_PRESENCE, _logged_out(_MEMBER))

    assert changed.status == 200
    assert list(_accepting(changed)) == numbers
    assert _accepting(changed)["102"] is False
    assert _accepting(await client.get(_PRESENCE))["102"] is False


@pytest.mark.parametrize("spelling", ["callQueue", "callqueue"])
async def test_members_change_their_own_presence_in_queues(
    client: Client, simulator: Simulator, spelling: str
) -> None:
    for queue in ("901", "902"):
        simulator.set_queue_members(queue, ["101", "102"])
    simulator.switches.change("queue_answer", "changed")

    changed = await client.put(
        _OWN_PRESENCE, {"records": [{spelling: {"id": _SALES}, "acceptCalls": False}]}
    )

    assert changed.body == {
        "records": [
            {
                "callQueue": {
                    "id": _SALES,
                    "name": "Sales Queue",
                    "extensionNumber": "902",
                    "editableMemberStatus": True,
                },
                "acceptCalls": False,
            }
        ]
    }
    own = (await client.get(_OWN_PRESENCE)).body["records"]
    assert [item["acceptCalls"] for item in own] == [True, False]
    assert _accepting(await client.get(f"/call-queues/{_SALES}/presence")) == {
        "101": False,
        "102": True,
    }


async def test_own_queues_are_filtered_by_who_may_change_them(
    client: Client, simulator: Simulator
) -> None:
    simulator.set_queue_members("901", ["101"])
    editable = ("editableMemberStatus", "true")
    assert len((await client.get(_OWN_PRESENCE, editable)).body["records"]) == 1

    simulator.switches.change("queue_editable", False)
    assert (await client.get(_OWN_PRESENCE, editable)).body["records"] == []
    assert len((await client.get(_OWN_PRESENCE)).body["records"]) == 1


@pytest.mark.parametrize(
    ("switches", "of_other", "of_own", "own_path"),
    [
        ({}, 200, 200, 200),
        ({"queue_edit": "own"}, 403, 200, 200),
        ({"queue_edit": "refused"}, 403, 403, 403),
        ({"queue_editable": False}, 200, 200, 403),
        ({"queue_edit": "own", "queue_editable": False}, 403, 403, 403),
    ],
)
async def test_who_may_log_in_and_out(
    client: Client,
    simulator: Simulator,
    switches: dict[str, str | bool],
    of_other: int,
    of_own: int,
    own_path: int,
) -> None:
    simulator.set_queue_members("901", ["101", "102"])
    for name, value in switches.items():
        simulator.switches.change(name, value)
    own = {"records": [{"callQueue": {"id": _QUEUE}, "acceptCalls": False}]}

    answers = [
        await client.put(_PRESENCE, _logged_out(_MEMBER)),
        await client.put(_PRESENCE, _logged_out(_OWN)),
        await client.put(_OWN_PRESENCE, own),
    ]

    assert [answer.status for answer in answers] == [of_other, of_own, own_path]
    accepts = {m["number"]: m["accepts"] for m in _members(simulator)}
    assert accepts == {"101": 200 not in (of_own, own_path), "102": of_other != 200}


async def test_ignored_change_is_answered_and_not_made(
    client: Client, simulator: Simulator
) -> None:
    simulator.switches.change("queue_edit", "ignored")

    changed = await client.put(_PRESENCE, _logged_out(_MEMBER))

    assert changed.status == 200
    assert _accepting(changed)["102"] is True


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (_PRESENCE, {}, 400),
        (_PRESENCE, {"records": []}, 400),
        (_PRESENCE, {"records": [{"member": {"id": _MEMBER}}]}, 400),
        (_PRESENCE, {"records": [{"acceptCurrentQueueCalls": True}]}, 400),
        (_PRESENCE, _logged_out("620000106016"), 404),
        (
            _OWN_PRESENCE,
            {"records": [{"callQueue": {"id": _QUEUE}, "acceptCalls": True}]},
            404,
        ),
        (f"/extension/{_MEMBER}/call-queue-presence", {}, 403),
    ],
)
async def test_bad_change_is_refused(
    client: Client, path: str, body: object, status: int
) -> None:
    assert (await client.put(path, body)).status == status


@pytest.mark.parametrize(
    ("method", "path", "app", "user"),
    [
        ("GET", "/call-queues", "ReadAccounts", "ReadExtensions"),
        ("GET", f"/call-queues/{_QUEUE}/members", "ReadAccounts", "ReadExtensions"),
        ("GET", _PRESENCE, "ReadPresence", "ReadPresenceStatus"),
        ("PUT", _PRESENCE, "EditPresence", "EditPresenceStatus"),
        ("GET", _OWN_PRESENCE, "ReadPresence", "ReadPresenceStatus"),
        ("PUT", _OWN_PRESENCE, "EditPresence", "EditPresenceStatus"),
    ],
)
async def test_missing_permission_is_named(
    client: Client, simulator: Simulator, method: str, path: str, app: str, user: str
) -> None:
    async def refusal() -> tuple[int, str]:
        url = f"/restapi/v1.0/account/~{path}"
        answer = await client.call(method, url, json={} if method == "PUT" else None)
        return answer.status, answer.body["permissionName"]

    simulator.change_permissions(user={user: False})
    assert await refusal() == (403, user)
    simulator.change_permissions(app={app: False}, user={user: True})
    assert await refusal() == (403, app)


# Events


@pytest.mark.parametrize(
    ("kind", "bodies"),
    [
        (
            "records",
            [
                {
                    "records": [
                        {"member": {"id": _MEMBER}, "acceptCurrentQueueCalls": False}
                    ]
                }
            ],
        ),
        (
            "flat",
            [{"extensionId": _MEMBER, "callQueueId": _QUEUE, "acceptCalls": False}],
        ),
        ("missing", []),
    ],
)
async def test_change_of_a_queue_is_pushed_by_switch(
    socket: Socket, simulator: Simulator, kind: str, bodies: list[Any]
) -> None:
    simulator.switches.change("queue_event", kind)
    _, granted = await socket.subscribe(_FILTER)

    simulator.accept_queue_calls("901", "102", False)
    simulator.accept_queue_calls("901", "102", False)
    simulator.accept_queue_calls("902", "106", False)

    path = f"/restapi/v1.0/account/37439510{_PRESENCE}"
    assert granted["eventFilters"] == [path]
    for body in bodies:
        _, event = await socket.receive()
        assert (event["event"], event["body"]) == (path, body)
    assert await socket.silent()


async def test_own_change_over_rest_is_pushed(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(_FILTER)

    await client.put(_PRESENCE, _logged_out(_MEMBER))

    assert (await socket.event())["records"][0]["member"] == {"id": _MEMBER}


@pytest.mark.parametrize(
    ("prepare", "filter_", "error"),
    [
        (lambda _: None, "999", (400, "CMN-101")),
        (lambda _: None, _MEMBER, (400, "CMN-101")),
        (lambda s: s.remove_extension("901"), _QUEUE, (400, "CMN-101")),
        (
            lambda s: s.change_permissions(app={"ReadPresence": False}),
            _QUEUE,
            (403, "CMN-401"),
        ),
        (
            lambda s: s.change_permissions(user={"ReadPresenceStatus": False}),
            _QUEUE,
            (403, "CMN-408"),
        ),
    ],
)
async def test_filter_of_no_queue_or_without_permission_is_refused(
    socket: Socket,
    simulator: Simulator,
    prepare: Callable[[Simulator], None],
    filter_: str,
    error: tuple[int, str],
) -> None:
    prepare(simulator)

    meta, body = await socket.subscribe(_FILTER.replace(_QUEUE, filter_))

    assert (meta["status"], body["errors"][0]["errorCode"]) == error


async def test_changed_members_are_a_hint_of_the_extension_list(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe("/restapi/v1.0/account/~/extension", _FILTER)

    simulator.accept_queue_calls("901", "102", False)
    simulator.set_queue_members("901", ["103"])
    simulator.set_queue_members("901", ["102", "103"])

    assert "records" in await socket.event()
    assert [(await socket.event())["extensions"] for _ in range(2)] == [
        [
            {
                "extensionId": _QUEUE,
                "eventType": "Update",
                "hints": ["CallQueueMembersChange"],
            }
        ]
    ] * 2
    # Whoever comes back takes calls.
    assert [m["accepts"] for m in _members(simulator)] == [True, True]


async def test_raw_event_of_a_queue_reaches_its_filter_only(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe("/restapi/v1.0/account/~/presence")
    assert simulator.notify({"records": []}, _FILTER) == 0

    await socket.subscribe("/restapi/v1.0/account/~/presence", _FILTER)
    assert simulator.notify({"records": []}, _FILTER) == 1


# Calls


async def test_queue_rings_at_those_who_take_its_calls(simulator: Simulator) -> None:
    simulator.accept_queue_calls("901", "102", False)
    simulator.change_extension("103", dndStatus="DoNotAcceptAnyCalls")

    simulator.ring(to="901", from_="+16505550123")

    assert _ringing(simulator) == ["104", "105"]


async def test_queue_call_as_a_session_for_each_agent_ends_everywhere(
    simulator: Simulator,
) -> None:
    simulator.switches.change("queue_call", "each")

    party = simulator.ring(to="901", from_="+16505550123")
    calls = list(simulator.account.calls)
    assert _ringing(simulator) == ["102", "103", "104", "105"]
    assert len({call.id for call in calls}) == 4
    assert {call.parties[0].queue_call for call in calls} == {True}

    simulator.answer(calls[2].id)
    assert _ringing(simulator) == []
    assert [call.id for call in simulator.account.calls] == [calls[2].id]
    simulator.end(calls[2].id)

    again = simulator.ring(to="901", from_="+16505550123")
    simulator.account.calls.decline(
        again.telephony_session_id, simulator.extension("102").id
    )
    assert _ringing(simulator) == ["103", "104", "105"]
    simulator.end(next(iter(simulator.account.calls)).id)
    assert party.status == again.status == "NoCall"
    assert list(simulator.account.calls) == []


def _ringing(simulator: Simulator) -> list[str]:
    return [
        user.number
        for user in simulator.users
        if any(
            party.status == "Ringing"
            for party in simulator.account.calls.of_extension(user.id)
        )
    ]


def _members(simulator: Simulator) -> Any:
    (queue,) = [item for item in simulator.queues if item["number"] == "901"]
    return queue["members"]
