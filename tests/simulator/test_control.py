"""The control API: what other programs do to the simulator."""

import json
from typing import Any

import pytest

from simulator import Simulator

from .client import JWT_GRANT, OWN, Answer, Client, Socket


async def _control(
    client: Client, method: str, path: str = "", body: Any = None
) -> Answer:
    return await client.call(method, f"/simulator{path}", json=body, authorized=False)


async def test_description_is_enough_to_sign_in(stranger: Client) -> None:
    """Address, credentials, account and extensions."""
    answer = await _control(stranger, "GET")

    simulator = stranger.simulator
    assert answer.body["server"] == simulator.server
    assert answer.body["clientId"] == simulator.client_id
    assert answer.body["clientSecret"] == simulator.client_secret
    assert answer.body["jwt"] == simulator.jwt
    assert answer.body["account"] == "37439510"
    assert answer.body["scenario"] == "quiet"
    assert answer.body["extensions"][0] == {
        "id": "297277020",
        "extensionNumber": "101",
        "name": simulator.extension("101").name,
        "type": "User",
        "status": "Enabled",
        "department": "Support",
        "site": "Main Site",
    }


async def test_jwt_of_another_user_signs_in_as_that_user(stranger: Client) -> None:
    """Several users of one account."""
    answer = await _control(stranger, "POST", "/extensions/103/jwt")
    signed_in = await stranger.request_token(
        grant_type=JWT_GRANT, assertion=answer.body["jwt"]
    )
    own = await _control(stranger, "POST", "/extensions/101/jwt")

    assert signed_in.body["owner_id"] == stranger.simulator.extension("103").id
    assert own.body == {"jwt": stranger.simulator.jwt}


async def test_calls_are_started_and_moved(client: Client) -> None:
    """201 with the ids, then 200, 409 for an illegal move, 404 for an unknown call."""
    started = await _control(
        client,
        "POST",
        "/calls",
        {"to": "102", "from": "+16505550123", "fromName": "Test", "queueCall": True},
    )
    assert started.status == 201
    assert set(started.body) == {"telephonySessionId", "partyId", "extensionId"}
    assert started.body["extensionId"] == client.simulator.extension("102").id
    session = started.body["telephonySessionId"]

    moves = ("answer", "hold", "unhold", "park", "unpark", "park", "end", "end", "fly")
    statuses = [
        (await _control(client, "POST", f"/calls/{session}/{move}")).status
        for move in moves
    ]
    assert statuses == [200] * 7 + [404, 404]
    again = await _control(client, "POST", "/calls", {"to": "102", "from": "101"})
    session = again.body["telephonySessionId"]
    assert (await _control(client, "POST", f"/calls/{session}/hold")).status == 409


async def test_outbound_call_answers_with_the_callers_side(client: Client) -> None:
    """`from` is the extension then."""
    answer = await _control(
        client, "POST", "/calls", {"to": "102", "from": "101", "direction": "Outbound"}
    )

    assert answer.body["extensionId"] == "297277020"


async def test_members_of_queues_are_set_and_logged_out(client: Client) -> None:
    """By numbers, with the two switches of each member."""
    await _control(client, "PUT", "/queues/902/members", {"extensions": ["103", "101"]})
    change = {"member": "101", "accepts": False}
    assert (await _control(client, "PATCH", "/queues/902", change)).body == change
    client.simulator.change_extension("103", dndStatus="DoNotAcceptAnyCalls")

    (_, sales) = (await _control(client, "GET", "/queues")).body["queues"]

    name = client.simulator.extension("103").name
    assert {key: sales[key] for key in ("number", "id", "name", "editable")} == {
        "number": "902",
        "id": client.simulator.extension("902").id,
        "name": "Sales Queue",
        "editable": True,
    }
    assert sales["members"][0] == {
        "number": "103",
        "id": client.simulator.extension("103").id,
        "name": name,
        "accepts": True,
        "available": False,
    }
    assert [m["accepts"] for m in sales["members"]] == [True, False]


async def test_voicemails_are_left_marked_and_deleted(client: Client) -> None:
    """By number of the extension and id of the message."""
    path = "/extensions/102/voicemails"
    left = await _control(
        client, "POST", path, {"from": "+16505550123", "fromName": "T", "seconds": 3}
    )
    expected = {
        "id": left.body["id"],
        "from": "+16505550123",
        "fromName": "T",
        "seconds": 3,
        "readStatus": "Unread",
    }
    assert (left.status, left.body) == (201, expected)

    one = f"{path}/{left.body['id']}"
    await _control(client, "PATCH", one, {"readStatus": "Read"})
    assert (await _control(client, "GET", path)).body == {
        "voicemails": [{**expected, "readStatus": "Read"}]
    }
    assert (await _control(client, "DELETE", one)).status == 200
    assert (await _control(client, "GET", path)).body == {"voicemails": []}


async def test_permissions_are_taken_away_while_it_runs(client: Client) -> None:
    """With all that include them, and given back one by one."""
    before = (await _control(client, "GET", "/permissions")).body
    changed = await _control(
        client,
        "PATCH",
        "/permissions",
        {"app": {"ReadPresence": False}, "user": {"HUD": False}},
    )

    gone = {"ReadPresence", "EditPresence"}
    assert set(before["app"]) - set(changed.body["app"]) == gone
    assert set(before["user"]) - set(changed.body["user"]) == {"HUD"}
    assert "EditPresence" not in (await client.sign_in()).body["scope"]
    back = {"app": {"ReadPresence": True}}
    answer = await _control(client, "PATCH", "/permissions", back)
    assert set(answer.body["app"]) == set(before["app"]) - {"EditPresence"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/calls", {"to": "102"}, 400),
        ("POST", "/calls", {"to": "102", "from": "1", "odd": 1}, 400),
        ("POST", "/calls", {"to": "999", "from": "1"}, 404),
        ("PATCH", "/extensions/999", {"userStatus": "Busy"}, 404),
        ("PATCH", "/extensions/102", {"userStatus": "Asleep"}, 400),
        ("PATCH", "/extensions/102", {"odd": "Busy"}, 400),
        ("PATCH", "/extensions/102", {"extensionNumber": "103"}, 400),
        ("PATCH", "/extensions/102", {"extensionNumber": "x"}, 400),
        ("PATCH", "/extensions/102", {"status": "Gone"}, 400),
        ("POST", "/extensions/999/jwt", None, 404),
        ("PUT", "/extensions/102/lines", {"extensions": ["999"]}, 404),
        ("PUT", "/extensions/102/lines", {}, 400),
        ("POST", "/extensions", {"number": "101"}, 400),
        ("POST", "/faults", {"fault": "odd"}, 400),
        ("POST", "/faults", {"fault": "slow", "odd": 1}, 400),
        ("POST", "/faults", {"fault": "stall", "odd": 1}, 400),
        ("POST", "/faults", {"fault": "slow", "count": 0}, 400),
        ("POST", "/faults", {"fault": "slow", "count": True}, 400),
        ("POST", "/faults", {"fault": "slow", "seconds": -1}, 400),
        ("POST", "/faults", {"fault": "slow", "seconds": True}, 400),
        ("POST", "/faults", {"fault": "slow", "seconds": 10**9 + 1}, 400),
        ("POST", "/faults", {"fault": "slow", "delay": "5"}, 400),
        ("POST", "/faults", {"fault": "slow", "delay": -1}, 400),
        ("POST", "/faults", {"fault": "slow", "delay": True}, 400),
        ("POST", "/faults", {"fault": "slow", "delay": 10**9 + 1}, 400),
        ("POST", "/faults", {"fault": "slow", "path": 7}, 400),
        ("POST", "/faults", {"fault": "slow", "method": ["GET"]}, 400),
        ("POST", "/faults", {"fault": "error", "status": 199}, 400),
        ("POST", "/faults", {"fault": "error", "status": 600}, 400),
        ("POST", "/faults", {"fault": "error", "status": "500"}, 400),
        ("POST", "/faults", {"fault": "error", "status": 500.5}, 400),
        ("POST", "/faults", {"fault": "error", "errorCode": {}}, 400),
        ("POST", "/faults", {"fault": "error", "retryAfter": "1\r\nX: y"}, 400),
        ("POST", "/faults", {"fault": "error", "retryAfter": []}, 400),
        ("POST", "/faults", {"fault": "drop", "abort": "yes"}, 400),
        ("POST", "/faults", {"fault": "send", "data": 7}, 400),
        ("POST", "/faults", {"fault": "stall", "seconds": -1}, 400),
        ("PATCH", "/switches", {"odd": 1}, 400),
        ("PATCH", "/switches", {"sequence": "odd"}, 400),
        ("PATCH", "/switches", {"auth_limit": True}, 400),
        ("PUT", "/queues/901/members", {}, 400),
        ("PUT", "/queues/901/members", {"extensions": ["999"]}, 404),
        ("PUT", "/queues/901/members", {"extensions": ["911"]}, 400),
        ("PUT", "/queues/102/members", {"extensions": []}, 404),
        ("PATCH", "/queues/901", {"member": "102"}, 400),
        ("PATCH", "/queues/901", {"member": "106", "accepts": False}, 404),
        ("PATCH", "/queues/999", {"member": "102", "accepts": False}, 404),
        ("POST", "/extensions/999/voicemails", {"from": "1"}, 404),
        ("POST", "/extensions/101/voicemails", {}, 400),
        ("POST", "/extensions/101/voicemails", {"from": "1", "seconds": -1}, 400),
        ("PATCH", "/extensions/101/voicemails/1", {"readStatus": "Read"}, 404),
        ("PATCH", "/extensions/101/voicemails/1", {"readStatus": "Odd"}, 400),
        ("DELETE", "/extensions/101/voicemails/1", None, 404),
        ("PATCH", "/permissions", {"app": {"Odd": True}}, 400),
        ("PATCH", "/permissions", {"user": {"HUD": 1}}, 400),
        ("POST", "/notifications", {}, 400),
        ("GET", "/odd", None, 404),
    ],
)
async def test_bad_control_request_is_refused(
    client: Client, method: str, path: str, body: object, status: int
) -> None:
    """And named."""
    answer = await _control(client, method, path, body)

    assert answer.status == status
    assert answer.body.get("error") or answer.body["errorCode"] == "AGW-404"


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": 200},
        {"status": 599},
        {"retryAfter": "soon"},
        {"retryAfter": 0},
        {"seconds": 10**9},
    ],
)
async def test_parameter_of_a_fault_at_its_limit_is_accepted(
    client: Client, parameters: dict[str, object]
) -> None:
    """For a path that no request has."""
    fault = {"fault": "error", "path": "/none", **parameters}

    assert (await _control(client, "POST", "/faults", fault)).status == 201


async def test_parameter_of_a_fault_is_named_with_what_it_must_be(
    client: Client,
) -> None:
    """Null is like no parameter."""
    fault = {"fault": "error", "status": "500", "path": "/none"}
    answer = await _control(client, "POST", "/faults", fault)

    assert answer.body == {
        "error": "status of fault error must be an HTTP status from 200 to 599"
    }
    answer = await _control(client, "POST", "/faults", {**fault, "status": None})
    assert answer.status == 201


@pytest.mark.parametrize("field", ["body", "uuid", "timestamp"])
@pytest.mark.parametrize(("depth", "status"), [(250, 200), (500, 400), (1000, 400)])
async def test_body_that_is_nested_too_deeply_is_refused(
    client: Client, field: str, depth: int, status: int
) -> None:
    """It could not be sent."""
    nested: object = "x"
    for _ in range(depth):
        nested = [nested]
    body = {"body": {}, "event": "/restapi/v1.0/account/~/extension", field: nested}

    answer = await _control(client, "POST", "/notifications", body)

    assert answer.status == status
    if status == 400:
        assert answer.body == {"error": "The JSON is nested too deeply to be sent"}


async def test_extension_changes_as_a_person_would(client: Client) -> None:
    """Presence and master data in one request; the answer is the new presence."""
    answer = await _control(
        client,
        "PATCH",
        "/extensions/102",
        {"meetingStatus": "Connected", "name": "Nell", "extensionNumber": "177"},
    )

    assert answer.status == 200
    assert answer.body["presenceStatus"] == "Busy"
    assert answer.body["extension"]["extensionNumber"] == "177"
    assert client.simulator.extension("177").name == "Nell"
    shown = await _control(client, "GET", "/extensions/177")
    assert shown.body == answer.body
    with pytest.raises(LookupError):
        client.simulator.extension("102")


async def test_extensions_come_and_go(client: Client) -> None:
    """Under the next free number, or a given one."""
    new = await _control(client, "POST", "/extensions", {"name": "Fern"})
    other = await _control(client, "POST", "/extensions", {"extensionNumber": "200"})

    assert (new.status, new.body["extensionNumber"]) == (201, "113")
    assert other.body["extensionNumber"] == "200"
    assert (await _control(client, "DELETE", "/extensions/113")).status == 200
    assert (await _control(client, "DELETE", "/extensions/113")).status == 404


async def test_extension_may_have_department_and_site(client: Client) -> None:
    """Or none, as in a small company."""
    new = {"name": "Fern", "department": "Accounting", "site": "Altona"}
    assert (await _control(client, "POST", "/extensions", new)).status == 201
    nowhere = {"name": "Nell", "department": "", "site": ""}
    assert (await _control(client, "POST", "/extensions", nowhere)).status == 201

    described = (await _control(client, "GET")).body["extensions"]
    fern, nell = (e for e in described if e["extensionNumber"] in ("113", "114"))
    assert (fern["department"], fern["site"]) == ("Accounting", "Altona")
    assert (nell["department"], nell["site"]) == ("", "")


async def test_site_is_renamed(client: Client) -> None:
    """Its id stays."""

    async def sites() -> dict[str, str]:
        records = (await client.get("/extension")).body["records"]
        return {r["site"]["id"]: r["site"]["name"] for r in records if "site" in r}

    path = "/sites/Harbour%20Site"
    assert await sites() == {"harbour-site": "Harbour Site", "main-site": "Main Site"}
    assert (await _control(client, "PATCH", path, {"name": "Seaside"})).status == 200
    assert await sites() == {"harbour-site": "Seaside", "main-site": "Main Site"}

    assert (await _control(client, "PATCH", path, {"name": "Again"})).status == 404
    for name in ("Main Site", ""):
        answer = await _control(client, "PATCH", "/sites/Seaside", {"name": name})
        assert answer.status == 400
    # Another one of the former name is another site.
    client.simulator.change_extension("102", site="Harbour Site")
    assert await sites() == {
        "harbour-site": "Seaside",
        "harbour-site-2": "Harbour Site",
        "main-site": "Main Site",
    }


async def test_lines_and_favorites_are_set_by_numbers(client: Client) -> None:
    """Of any extension."""
    body = {"extensions": ["104", "105"]}
    for kind in ("lines", "favorites"):
        answer = await _control(client, "PUT", f"/extensions/101/{kind}", body)
        assert (answer.status, answer.body) == (200, body)

    directory = client.simulator.directory
    ids = [client.simulator.extension(number).id for number in ("104", "105")]
    assert directory.lines["297277020"] == directory.favorites["297277020"] == ids


async def test_notification_is_sent_as_it_is(client: Client, socket: Socket) -> None:
    """With the envelope fields that were given."""
    await socket.subscribe(OWN)
    body = {"extensionId": 297277020, "telephonyStatus": None, "odd": {"a": [1.5]}}

    answer = await _control(
        client, "POST", "/notifications", {"body": body, "subscriptionId": "other"}
    )

    assert answer.body == {"sent": 1}
    _, event = await socket.receive()
    assert (event["body"], event["subscriptionId"]) == (body, "other")


async def test_faults_are_listed_and_cleared(client: Client) -> None:
    """With what they do and take."""
    await _control(client, "POST", "/faults", {"fault": "html", "seconds": 60})
    listed = (await _control(client, "GET", "/faults")).body
    assert listed["active"] == [{"fault": "html", "count": None}]
    assert "path" in listed["faults"]["html"]["parameters"]
    assert (await client.get("")).body.startswith(b"<!doctype html>")

    await _control(client, "DELETE", "/faults")

    assert (await client.get("")).status == 200
    assert (await _control(client, "GET", "/faults")).body["active"] == []


async def test_switches_are_read_and_set(client: Client) -> None:
    """By name; strings are converted."""
    answer = await _control(
        client, "PATCH", "/switches", {"sequence": "gapless", "recovery": "false"}
    )
    listed = (await _control(client, "GET", "/switches")).body

    assert answer.status == 200
    assert client.simulator.switches.sequence == "gapless"
    assert client.simulator.switches.recovery is False
    assert listed["switches"]["recovery"] is False
    assert set(listed["meaning"]) == set(listed["switches"])


async def test_log_has_requests_and_connections_without_secrets(
    client: Client, socket: Socket
) -> None:
    """Whatever came, with time, path and status."""
    await socket.subscribe()
    await client.get("/extension/999", ("access", "x"))
    await socket.socket.close()
    await _control(client, "GET")

    answer = await _control(client, "GET", "/log")

    assert [
        (record["kind"], record["method"], record["path"], record["status"])
        for record in answer.body["records"]
    ] == [
        ("http", "POST", "/restapi/oauth/token", 200),
        ("http", "POST", "/restapi/oauth/wstoken", 200),
        ("connect", "GET", "/ws", 101),
        ("request", "POST", "/restapi/v1.0/subscription", 200),
        ("http", "GET", "/restapi/v1.0/account/~/extension/999", 404),
        ("disconnect", "GET", "/ws", 1000),
    ]
    assert all(record["time"].endswith("Z") for record in answer.body["records"])
    text = json.dumps(answer.body)
    assert client.token not in text
    assert (await _control(client, "DELETE", "/log")).status == 200
    assert len(client.simulator.log) == 0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8089", 200),
        ("[::1]:8089", 200),
        ("127.0.0.1", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("evil.example:127.0.0.1", 403),
        ("127.0.0.1.evil.example:8089", 403),
        ("evil@127.0.0.1", 403),
        ("192.168.1.2:8089", 403),
    ],
)
async def test_control_is_for_this_machine_only(
    stranger: Client, host: str, status: int
) -> None:
    """Also against a browser that was tricked into another name."""
    answer = await stranger.call("GET", "/simulator", headers={"Host": host})

    assert answer.status == status


_CALL = json.dumps({"to": "102", "from": "+16505550123"}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json; charset=utf-8"},
        # curl -d
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Sec-Fetch-Site": "none", "Content-Type": "application/json"},
    ],
)
async def test_programs_start_calls(stranger: Client, headers: dict[str, str]) -> None:
    """With and without a type of the body."""
    answer = await _post(stranger, headers)

    assert answer.status == 201


async def test_page_of_the_simulator_starts_calls(stranger: Client) -> None:
    """It has the origin of the simulator."""
    own = {"Origin": stranger.simulator.server, "Sec-Fetch-Site": "same-origin"}

    assert (await _post(stranger, own)).status == 415
    assert (await _post(stranger, {**own, "Content-Type": "text/plain"})).status == 415
    as_json = {**own, "Content-Type": "application/json"}
    assert (await _post(stranger, as_json)).status == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8123"},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/x-www-form-urlencoded"],
)
async def test_foreign_page_starts_no_call(
    stranger: Client, headers: dict[str, str], content_type: str
) -> None:
    """Another port of this machine is another origin."""
    answer = await _post(stranger, {**headers, "Content-Type": content_type})

    assert answer.status == 403
    assert stranger.simulator.presence("102")["telephonyStatus"] == "NoCall"


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data"])
async def test_body_of_another_type_is_refused(
    stranger: Client, content_type: str
) -> None:
    """A page can send it without asking, and an old browser without an origin."""
    answer = await _post(stranger, {"Content-Type": content_type})

    assert answer.status == 415
    assert stranger.simulator.presence("102")["telephonyStatus"] == "NoCall"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/calls/s-1/end"),
        ("DELETE", "/faults"),
        ("DELETE", "/log"),
        ("GET", "/log"),
    ],
)
async def test_foreign_page_does_nothing_without_a_body_either(
    stranger: Client, method: str, path: str
) -> None:
    answer = await stranger.call(
        method, f"/simulator{path}", headers={"Origin": "https://evil.example"}
    )

    assert answer.status == 403


async def _post(client: Client, headers: dict[str, str]) -> Answer:
    async with client.http.post(
        f"{client.simulator.server}/simulator/calls",
        data=_CALL,
        headers=headers,
        skip_auto_headers=["Content-Type"],
    ) as response:
        body = await response.read()
        return Answer(response.status, body, response.headers)


@pytest.mark.parametrize(
    "path", ["/restapi/oauth/authorize", "/ws", "/restapi/v1.0/status"]
)
async def test_platform_has_no_foreign_name(stranger: Client, path: str) -> None:
    """A page whose name was made to lead here could read what it answers."""
    answer = await stranger.call("GET", path, headers={"Host": "evil.example:8089"})

    assert answer.status == 403


async def test_platform_status_needs_no_authorization(
    stranger: Client, simulator: Simulator
) -> None:
    """200, or 503 under maintenance."""
    assert (await stranger.call("GET", "/restapi/v1.0/status")).status == 200
    simulator.fault("maintenance", path="/restapi/v1.0/status", retryAfter=30)

    answer = await stranger.call("GET", "/restapi/v1.0/status")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert answer.body["errorCode"] == "MaintenanceMode"
