"""Call control over HTTP: what each operation does and answers, and each refusal."""

from collections.abc import Mapping
from typing import Any

import pytest

from simulator import Simulator

from .client import JWT_GRANT, Client, Socket
from .control import (
    ACCOUNT,
    APP,
    CALLER,
    DESK,
    DIALED,
    SESSIONS,
    act,
    code,
    connected,
    drop_session,
    party_path,
    ring,
    session,
    statuses,
)

_TEXT = "In a meeting, will call back."


def _switch(client: Client, **values: str | int) -> None:
    for name, value in values.items():
        client.simulator.switches.change(name, value)


async def test_session_has_both_sides(client: Client) -> None:
    """The outside party has an account and no extension."""
    answer = await session(client, ring(client))

    assert answer.status == 200
    caller, own = answer.body["parties"]
    assert (caller["direction"], own["direction"]) == ("Outbound", "Inbound")
    assert "extensionId" not in caller
    assert own["extensionId"] == client.simulator.extension("101").id
    assert own["status"] == {"code": "Proceeding", "rcc": False}


async def test_party_is_read_alone(client: Client) -> None:
    """The same body as in the session."""
    party = ring(client)
    answer = await client.call("GET", party_path(party))

    assert answer.status == 200
    assert answer.body == (await session(client, party)).body["parties"][1]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("s-unknown", "telephonySessionId"),
        ("a%2Fb%25%2B~", "telephonySessionId"),
        ("{id}/parties/p-unknown", "partyId"),
    ],
)
async def test_unknown_id_is_not_found(
    client: Client, path: str, parameter: str
) -> None:
    """404 with the name of the parameter, whatever the id is made of."""
    party = ring(client)
    path = path.format(id=party.telephony_session_id)
    answer = await client.call("GET", f"{SESSIONS}/{path}")

    assert code(answer) == (404, "CMN-102")
    assert answer.body["parameterName"] == parameter


async def test_call_is_held_and_resumed(client: Client) -> None:
    """Presence follows, and hold needs no body."""
    party = connected(client)

    held = await act(client, party, "hold")
    assert (held.status, held.body["status"]["code"]) == (200, "Hold")
    assert statuses(client) == ["OnHold"]
    back = await act(client, party, "unhold", {})
    assert (back.status, back.body["status"]["code"]) == (200, "Answered")
    assert statuses(client) == ["CallConnected"]


async def test_unknown_protocol_of_hold_is_refused(client: Client) -> None:
    """The platform names five."""
    party = connected(client)

    assert (await act(client, party, "hold", {"proto": "Smoke"})).status == 400
    assert (await act(client, party, "hold", {"proto": "Auto"})).status == 200


async def test_call_that_is_held_at_the_phone_is_not_resumed(client: Client) -> None:
    """By switch: 200, and the call is still held."""
    _switch(client, phone_hold="held")
    party = connected(client)
    session_id = party.telephony_session_id
    client.simulator.move_at_phone(session_id, "hold_at_phone", "101")

    answer = await act(client, party, "unhold", {})
    assert (answer.status, answer.body["status"]["code"]) == (200, "Hold")
    assert statuses(client) == ["OnHold"]


@pytest.mark.parametrize(
    ("hold_twice", "status"), [("conflict", 409), ("accepted", 200)]
)
async def test_hold_of_a_held_call(
    client: Client, hold_twice: str, status: int
) -> None:
    """A conflict, or nothing happens."""
    _switch(client, hold_twice=hold_twice)
    party = connected(client)
    await act(client, party, "hold", {})

    assert (await act(client, party, "hold", {})).status == status
    assert statuses(client) == ["OnHold"]


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        ("errors", {"errors"}),
        ("flat", {"errorCode", "message"}),
        ("both", {"errorCode", "message", "errors"}),
    ],
)
async def test_shapes_of_a_conflict(client: Client, shape: str, keys: set[str]) -> None:
    """The platform's errors of this family have their text in the list alone."""
    _switch(client, wrong_state_body=shape)
    answer = await act(client, ring(client), "hold", {})

    assert answer.status == 409
    assert answer.body.keys() == keys


async def test_call_is_answered_at_a_phone(client: Client) -> None:
    """The answer and the session name the phone."""
    party = ring(client)
    answer = await act(client, party, "answer", {"deviceId": DESK})

    assert answer.status == 200
    assert answer.body["to"]["deviceId"] == DESK
    assert statuses(client) == ["CallConnected"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"deviceId": ""}, 400),
        ({"deviceId": 7}, 400),
        ({"deviceId": "1"}, 404),
        ({"deviceId": "foreign"}, 404),
        ({"deviceId": APP}, 409),
    ],
    ids=["none", "empty", "number", "unknown", "foreign", "offline"],
)
async def test_phone_that_cannot_answer(
    client: Client, body: dict[str, object], status: int
) -> None:
    """The call rings on."""
    if body.get("deviceId") == "foreign":
        body = {"deviceId": client.simulator.devices_of("102")[0].id}
    answer = await act(client, ring(client), "answer", body)

    assert answer.status == status
    assert statuses(client) == ["Ringing"]


async def test_rejected_call_goes_to_voicemail(client: Client) -> None:
    """204 without a body."""
    party = ring(client)
    answer = await act(client, party, "reject", {})

    assert (answer.status, answer.body) == (204, b"")
    assert statuses(client) == []
    body = (await session(client, party)).body
    assert body["parties"][1]["status"]["code"] == "VoiceMail"


async def test_agent_ignores_a_call(client: Client) -> None:
    """Of a queue alone."""
    ordinary = ring(client)
    assert code(await act(client, ordinary, "ignore", {"deviceId": DESK})) == (
        409,
        "TAS-102",
    )
    client.simulator.end(ordinary.telephony_session_id)
    party = client.simulator.ring("101", CALLER, queue_call=True)

    assert (await act(client, party, "ignore", {"deviceId": DESK})).status == 204
    assert statuses(client) == []


def _targets(simulator: Simulator) -> Mapping[str, str]:
    return {
        "phoneNumber": DIALED,
        "extensionNumber": "102",
        "extensionId": simulator.extension("102").id,
        "voicemail": simulator.extension("102").id,
        "parkOrbit": simulator.extension("911").id,
    }


@pytest.mark.parametrize(
    "name", ["phoneNumber", "extensionNumber", "extensionId", "voicemail"]
)
async def test_ringing_call_is_forwarded(client: Client, name: str) -> None:
    """The answer has the party that has stopped ringing."""
    body = {name: _targets(client.simulator)[name]}
    answer = await act(client, ring(client), "forward", body)

    assert answer.status == 200
    assert answer.body["status"]["reason"] == "CallRedirected"
    assert statuses(client) == []
    rings = name in ("extensionNumber", "extensionId")
    assert statuses(client, "102") == (["Ringing"] if rings else [])


@pytest.mark.parametrize(
    "name", ["phoneNumber", "extensionNumber", "extensionId", "voicemail", "parkOrbit"]
)
async def test_connected_call_is_transferred(client: Client, name: str) -> None:
    """Also to a park location."""
    body = {name: _targets(client.simulator)[name]}
    answer = await act(client, connected(client), "transfer", body)

    assert answer.status == 200
    assert answer.body["status"]["code"] == "Disconnected"
    assert statuses(client) == []
    assert statuses(client, "911") == (["ParkedCall"] if name == "parkOrbit" else [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"phoneNumber": DIALED, "extensionNumber": "102"}, 400),
        ({"phoneNumber": "letters"}, 400),
        ({"phoneNumber": ""}, 400),
        ({"extensionNumber": "999"}, 404),
        ({"extensionId": "1"}, 404),
        ({"voicemail": "1"}, 404),
        ({"parkOrbit": "297277020"}, 400),
        ({"extensionNumber": "101"}, 409),
    ],
)
async def test_target_that_a_call_cannot_go_to(
    client: Client, body: dict[str, str], status: int
) -> None:
    """The call stays connected."""
    answer = await act(client, connected(client), "transfer", body)

    assert answer.status == status
    assert statuses(client) == ["CallConnected"]


async def test_ringing_call_cannot_be_parked_by_forward(client: Client) -> None:
    """A park location takes connected calls."""
    body = {"parkOrbit": _targets(client.simulator)["parkOrbit"]}

    assert (await act(client, ring(client), "forward", body)).status == 400


async def test_call_is_parked_and_picked_up(client: Client) -> None:
    """Both are answered with 201."""
    party = connected(client)

    parked = await act(client, party, "park", {})
    assert (parked.status, parked.body["park"]) == (201, {"id": "*801"})
    assert statuses(client) == ["ParkedCall"]
    back = await act(client, party, "pickup", {"deviceId": DESK})
    assert (back.status, back.body["status"]["code"]) == (201, "Answered")
    assert statuses(client) == ["CallConnected"]


async def test_call_of_a_colleague_is_picked_up(client: Client) -> None:
    """The answer has the party of the one who takes it."""
    party = connected(client, "102")
    session_id = party.telephony_session_id
    client.simulator.park(session_id, "102")

    answer = await act(client, party, "pickup", {"deviceId": DESK})
    assert answer.status == 201
    assert answer.body["extensionId"] == client.simulator.extension("101").id
    assert answer.body["id"] != party.party_id
    assert (statuses(client), statuses(client, "102")) == (["CallConnected"], [])


async def test_two_calls_are_joined(client: Client) -> None:
    """The party goes to the other session; both own calls end."""
    first = connected(client)
    await act(client, first, "hold", {})
    second = connected(client, from_=DIALED)
    body = {
        "telephonySessionId": second.telephony_session_id,
        "partyId": second.party_id,
    }
    answer = await act(client, first, "bridge", body)

    assert answer.status == 200
    assert answer.body["status"]["code"] == "Gone"
    peer = answer.body["status"]["peerId"]["telephonySessionId"]
    assert peer == second.telephony_session_id
    assert statuses(client) == []


@pytest.mark.parametrize("second", ["unknown", "itself"])
async def test_call_that_cannot_be_joined(client: Client, second: str) -> None:
    """404 for one that there is not, 409 for itself."""
    party = connected(client)
    session_id = party.telephony_session_id if second == "itself" else second
    body = {"telephonySessionId": session_id, "partyId": party.party_id}
    answer = await act(client, party, "bridge", body)

    assert answer.status == (409 if second == "itself" else 404)
    assert statuses(client) == ["CallConnected"]


@pytest.mark.parametrize(
    ("mute_body", "body", "status"),
    [
        ("both", {"muted": True}, 200),
        ("both", {"party": {"muted": True}}, 200),
        ("flat", {"muted": True}, 200),
        ("flat", {"party": {"muted": True}}, 400),
        ("nested", {"muted": True}, 400),
        ("nested", {"party": {"muted": True}}, 200),
        ("both", {"muted": "yes"}, 400),
        ("both", {}, 400),
    ],
)
async def test_bodies_that_mute(
    client: Client, mute_body: str, body: Any, status: int
) -> None:
    """Both spellings are on record."""
    _switch(client, mute_body=mute_body)
    party = connected(client)
    answer = await act(client, party, "", body, "PATCH")

    assert answer.status == status
    assert party.muted is (status == 200)


async def test_party_is_unmuted(client: Client) -> None:
    """The answer has the party after it."""
    party = connected(client)
    await act(client, party, "", {"muted": True}, "PATCH")
    answer = await act(client, party, "", {"muted": False}, "PATCH")

    assert (answer.status, answer.body["muted"]) == (200, False)


async def test_call_is_passed_to_another_own_phone(client: Client) -> None:
    """200 without a body; the number of a phone that there is not is refused."""
    party = connected(client)

    assert (await act(client, party, "flip", {"callFlipId": "8"})).status == 400
    answer = await act(client, party, "flip", {"callFlipId": "*3"})
    assert (answer.status, answer.body) == (200, b"")
    assert statuses(client) == ["CallConnected"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"replyWithText": _TEXT}, 200),
        ({"replyWithPattern": {"pattern": "OnMyWay"}}, 200),
        ({"replyWithPattern": {"pattern": "Never"}}, 400),
        ({"replyWithText": ""}, 400),
        ({}, 400),
    ],
)
async def test_reply_ends_the_call(
    client: Client, body: dict[str, object], status: int
) -> None:
    """The answer has the party as it was before."""
    answer = await act(client, ring(client), "reply", body)

    assert answer.status == status
    assert statuses(client) == ([] if status == 200 else ["Ringing"])
    if status == 200:
        assert answer.body["status"]["code"] == "Proceeding"


async def test_call_is_recorded(client: Client) -> None:
    """Started, paused; not while it rings, and not with another id."""
    party = ring(client)
    assert code(await act(client, party, "recordings", {})) == (409, "TAS-102")
    client.simulator.answer(party.telephony_session_id, "101")

    started = await act(client, party, "recordings")
    assert (started.status, started.body["active"]) == (201, True)
    path = f"recordings/{started.body['id']}"
    paused = await act(client, party, path, {"active": False}, "PATCH")
    assert (paused.status, paused.body["active"]) == (200, False)
    assert (await act(client, party, path, {}, "PATCH")).status == 400
    other = await act(client, party, "recordings/1", {"active": False}, "PATCH")
    assert code(other) == (404, "CMN-102")


async def test_session_is_ended(client: Client) -> None:
    """204; the session can be read for a minute, and no action finds it."""
    party = connected(client)

    assert (await drop_session(client, party)).status == 204
    assert statuses(client) == []
    body = (await session(client, party)).body
    codes = {party["status"]["code"] for party in body["parties"]}
    assert codes == {"Disconnected"}
    assert code(await act(client, party, "hold", {})) == (404, "CMN-102")
    assert code(await drop_session(client, party)) == (404, "CMN-102")


async def test_action_on_an_ended_call_is_a_conflict(client: Client) -> None:
    """By switch."""
    _switch(client, action_on_ended=409)
    party = connected(client)
    client.simulator.end(party.telephony_session_id)

    assert code(await act(client, party, "hold", {})) == (409, "TAS-102")


@pytest.mark.parametrize(
    ("mode", "ringing", "talking"),
    [
        ("ends_unless_ringing", 409, 204),
        ("ends", 204, 204),
        ("TAS-106", 403, 403),
        ("TAS-102", 409, 409),
    ],
)
async def test_drop_of_a_party(
    client: Client, mode: str, ringing: int, talking: int
) -> None:
    """Some sources call it the ordinary way, others an exception."""
    _switch(client, drop_party=mode)
    first = ring(client)
    assert (await act(client, first, "", None, "DELETE")).status == ringing
    second = connected(client, from_=DIALED)
    assert (await act(client, second, "", None, "DELETE")).status == talking


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("TAS-106", (403, "TAS-106")),
        ("CMN-419", (403, "CMN-419")),
        ("CMN-408", (403, "CMN-408")),
        ("404", (404, "CMN-102")),
    ],
)
async def test_calls_of_others_are_refused(
    client: Client, refusal: str, expected: tuple[int, str]
) -> None:
    """They can be read; nothing changes."""
    _switch(client, control_refusal=refusal)
    party = connected(client, "102")

    assert (await session(client, party)).status == 200
    assert code(await act(client, party, "hold", {})) == expected
    assert code(await drop_session(client, party)) == expected
    assert statuses(client, "102") == ["CallConnected"]


@pytest.mark.parametrize("number", ["101", "103"])
async def test_calls_of_others_are_controlled_by_administrators(
    client: Client, number: str
) -> None:
    """By switch; extension 101 is the administrator."""
    _switch(client, control_others="administrators")
    answer = await client.request_token(
        grant_type=JWT_GRANT, assertion=client.simulator.issue_jwt(number)
    )
    client.token = answer.body["access_token"]
    party = connected(client, "102")

    held = await act(client, party, "hold", {})
    assert held.status == (200 if number == "101" else 403)


async def test_foreign_session_is_not_readable(client: Client) -> None:
    """By switch; an own one is."""
    _switch(client, foreign_session="refused")

    assert (await session(client, ring(client, "102"))).status == 403
    assert (await session(client, ring(client))).status == 200


async def test_app_without_permission_is_refused(client: Client) -> None:
    """Everything, with the permission's name; the former one is as good."""
    party = connected(client)
    client.simulator.change_permissions(app={"CallControl": False})

    answer = await session(client, party)
    assert code(answer) == (403, "CMN-401")
    assert answer.body["permissionName"] == "CallControl"
    assert code(await act(client, party, "hold", {})) == (403, "CMN-401")
    client.simulator.change_permissions(app={"TelephonySessions": True})
    assert (await act(client, party, "hold", {})).status == 200


@pytest.mark.parametrize("order", ["answer_first", "event_first"])
async def test_event_comes_with_the_answer(
    client: Client, socket: Socket, order: str
) -> None:
    """After the answer, or before it; over a socket both take the same path."""
    _switch(client, event_order=order)
    party = connected(client)
    await socket.subscribe()
    await socket.request("POST", f"{party_path(party)}/hold", {})

    assert bool(socket.waiting) is (order == "event_first")
    event = await socket.event()
    assert event["activeCalls"][0]["telephonyStatus"] == "OnHold"


@pytest.mark.parametrize("order", ["late", "none"])
async def test_event_does_not_come_with_the_answer(
    client: Client, socket: Socket, order: str
) -> None:
    """What people do is still reported at once."""
    _switch(client, event_order=order)
    party = connected(client)
    await socket.subscribe()
    await act(client, party, "hold", {})
    client.simulator.unhold(party.telephony_session_id, "101")

    event = await socket.event()
    assert event["activeCalls"][0]["telephonyStatus"] == "CallConnected"


async def test_actions_work_over_a_socket(client: Client, socket: Socket) -> None:
    """As over HTTP."""
    party = connected(client)
    meta, _ = await socket.request("POST", f"{party_path(party)}/hold", {})

    assert meta["status"] == 200
    assert statuses(client) == ["OnHold"]


@pytest.mark.parametrize(
    "path",
    [
        "conference",
        "sessions/{session}/parties/bring-in",
        "sessions/{session}/supervise",
        "sessions/{session}/parties/{party}/supervise",
    ],
)
async def test_conferences_and_supervision_are_missing(
    client: Client, path: str
) -> None:
    """501, not a path that there is not."""
    party = connected(client)
    path = path.format(session=party.telephony_session_id, party=party.party_id)
    answer = await client.call("POST", f"{ACCOUNT}/telephony/{path}", json={})

    assert code(answer) == (501, "CMN-202")


async def _call_out(client: Client, device_id: str, **to: str) -> Any:
    return await client.call(
        "POST",
        f"{ACCOUNT}/telephony/call-out",
        json={"from": {"deviceId": device_id}, "to": to},
    )


@pytest.mark.parametrize("to", [{"phoneNumber": DIALED}, {"extensionNumber": "102"}])
async def test_call_out_rings_the_own_phone(client: Client, to: dict[str, str]) -> None:
    """201 with the session; the other phone rings when the own one has answered."""
    answer = await _call_out(client, DESK, **to)

    assert answer.status == 201
    assert answer.headers["X-Rate-Limit-Group"] == "heavy"
    assert answer.body["session"]["origin"] == {"type": "CallOut"}
    assert (statuses(client), statuses(client, "102")) == (["Ringing"], [])
    client.simulator.answer(answer.body["session"]["id"], "101")
    rings = ["Ringing"] if "extensionNumber" in to else []
    assert statuses(client, "102") == rings


@pytest.mark.parametrize(("mode", "status"), [("refused", 400), ("dead", 201)])
async def test_call_out_from_an_offline_phone(
    client: Client, mode: str, status: int
) -> None:
    """Refused, or a call that never rings."""
    _switch(client, call_out_offline=mode)
    answer = await _call_out(client, APP, phoneNumber=DIALED)

    assert answer.status == status
    assert statuses(client) == []


@pytest.mark.parametrize("status", [403, 404])
async def test_call_out_from_a_phone_of_others(client: Client, status: int) -> None:
    """By switch; a phone that there is not is always 404, a door station is refused."""
    _switch(client, call_out_foreign=status)
    foreign = client.simulator.devices_of("102")[0].id

    assert (await _call_out(client, foreign, phoneNumber=DIALED)).status == status
    assert (await _call_out(client, "1", phoneNumber=DIALED)).status == 404
    door = client.simulator.devices_of("101")[2].id
    assert (await _call_out(client, door, phoneNumber=DIALED)).status == 400


async def test_failed_answer_comes_after_the_work(client: Client) -> None:
    """503, and the call is held; once."""
    client.simulator.fault("failed_answer", method="POST", path=SESSIONS[:20])
    party = connected(client)

    assert (await act(client, party, "hold", {})).status == 503
    assert statuses(client) == ["OnHold"]
    assert [*client.simulator.log][-1].status == 503
    assert (await act(client, party, "unhold", {})).status == 200


async def test_call_is_not_joined_to_one_of_others(client: Client) -> None:
    """403, and both calls stay as they are."""
    first, second = connected(client), connected(client, "102", DIALED)
    body = {
        "telephonySessionId": second.telephony_session_id,
        "partyId": second.party_id,
    }

    assert (await act(client, first, "bridge", body)).status == 403
    assert statuses(client) == statuses(client, "102") == ["CallConnected"]
