"""The control API of calls at phones, RingOuts and devices."""

from typing import Any

import pytest

from .client import Answer, Client
from .control import ACCOUNT, CALLER, DIALED, connected, ring, statuses


async def _control(client: Client, method: str, path: str, body: Any = None) -> Answer:
    return await client.call(method, f"/simulator{path}", json=body, authorized=False)


@pytest.mark.parametrize(
    ("move", "more", "own", "other"),
    [
        ("reject", {}, [], []),
        ("forward", {"to": "102"}, [], ["Ringing"]),
        ("forward", {"to": DIALED}, [], []),
    ],
)
async def test_phone_moves_a_ringing_call(
    client: Client, move: str, more: dict[str, str], own: list[str], other: list[str]
) -> None:
    """A call that is connected is not moved."""
    session_id = ring(client).telephony_session_id
    path, body = f"/calls/{session_id}/{move}", {"extensionNumber": "101", **more}

    assert (await _control(client, "POST", path, body)).status == 200
    assert (statuses(client), statuses(client, "102")) == (own, other)
    second = connected(client, from_=DIALED).telephony_session_id
    refused = await _control(client, "POST", f"/calls/{second}/{move}", body)
    assert refused.status == 409


@pytest.mark.parametrize(
    ("to", "other"), [("102", ["Ringing"]), ("+14155550102", ["Ringing"]), (DIALED, [])]
)
async def test_phone_transfers_a_call(
    client: Client, to: str, other: list[str]
) -> None:
    """To an extension, by its short or its long number, or outside."""
    session_id = connected(client).telephony_session_id
    body = {"extensionNumber": "101", "to": to}
    answer = await _control(client, "POST", f"/calls/{session_id}/transfer", body)

    assert answer.status == 200
    assert (statuses(client), statuses(client, "102")) == ([], other)


async def test_phone_parks_at_a_location_and_another_picks_up(client: Client) -> None:
    """A transfer to the location, and a pick-up from it."""
    session_id = connected(client).telephony_session_id
    park = {"extensionNumber": "101", "to": "911"}
    await _control(client, "POST", f"/calls/{session_id}/transfer", park)
    assert statuses(client, "911") == ["ParkedCall"]

    body, path = {"extensionNumber": "102"}, f"/calls/{session_id}/pick_up"
    assert (await _control(client, "POST", path, body)).status == 200
    assert (statuses(client, "911"), statuses(client, "102")) == ([], ["CallConnected"])
    assert (await _control(client, "POST", path, body)).status == 409


async def test_phone_mutes_and_unmutes(client: Client) -> None:
    """The session shows it."""
    session_id = connected(client).telephony_session_id
    for move, muted in (("mute", True), ("unmute", False)):
        body = {"extensionNumber": "101"}
        await _control(client, "POST", f"/calls/{session_id}/{move}", body)
        answer = await _control(client, "GET", f"/sessions/{session_id}")
        assert [party["muted"] for party in answer.body["parties"]] == [False, muted]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("s-unknown/reject", {"extensionNumber": "101"}, 404),
        ("{id}/reject", {"extensionNumber": "999"}, 404),
        ("{id}/reject", {"extensionNumber": "102"}, 409),
        ("{id}/reject", {}, 400),
        ("{id}/forward", {"extensionNumber": "101"}, 400),
        ("{id}/pick_up", {"extensionNumber": "102"}, 409),
        ("{id}/smoke", {"extensionNumber": "101"}, 404),
    ],
)
async def test_move_that_is_refused(
    client: Client, path: str, body: dict[str, str], status: int
) -> None:
    """The call rings on."""
    path = path.format(id=ring(client).telephony_session_id)

    assert (await _control(client, "POST", f"/calls/{path}", body)).status == status
    assert statuses(client) == ["Ringing"]


async def test_ended_session_is_shown(client: Client) -> None:
    """404 for one that never was."""
    session_id = connected(client).telephony_session_id
    client.simulator.end(session_id)
    answer = await _control(client, "GET", f"/sessions/{session_id}")

    assert answer.body["parties"][1]["status"]["code"] == "Disconnected"
    assert (await _control(client, "GET", "/sessions/s-unknown")).status == 404


async def test_phones_are_listed_and_replaced(client: Client) -> None:
    """Null brings the usual ones back; a bad one changes nothing."""
    path = "/extensions/101/devices"
    usual = (await _control(client, "GET", path)).body["devices"]
    room = {"id": "1", "type": "Room", "name": "Meeting", "status": "Offline"}
    answer = await _control(client, "PUT", path, {"devices": [room]})
    bad = await _control(client, "PUT", path, {"devices": [{**room, "type": "Fax"}]})

    assert len(usual) == 3
    assert (answer.status, answer.body) == (200, {"devices": [room]})
    assert bad.status == 400
    assert client.simulator.devices_of("101")[0].name == "Meeting"
    back = await _control(client, "PUT", path, {"devices": None})
    assert back.body["devices"] == usual
    unknown = await _control(client, "GET", "/extensions/999/devices")
    assert unknown.status == 404


@pytest.mark.parametrize(
    ("moves", "own", "target"),
    [
        (["answer_own"], "Answered", "Proceeding"),
        (["answer_own", "answer"], "Answered", "Answered"),
        (["refuse"], "Disconnected", None),
        (["answer_own", "busy"], "Disconnected", "Disconnected"),
    ],
)
async def test_ring_out_is_moved(
    client: Client, moves: list[str], own: str, target: str | None
) -> None:
    """Its phones pick up, or are not reached."""
    body = {"from": {"phoneNumber": CALLER}, "to": {"phoneNumber": DIALED}}
    path = f"{ACCOUNT}/extension/~/ring-out"
    ring_out = (await client.call("POST", path, json=body)).body["id"]
    for move in moves:
        answer = await _control(client, "POST", f"/ring-outs/{ring_out}/{move}")
        assert answer.status == 200
    [shown] = (await _control(client, "GET", "/ring-outs")).body["ringOuts"]

    assert (shown["own"], shown["target"]) == (own, target)
    assert shown["over"] is (own == "Disconnected")
    again = await _control(client, "POST", f"/ring-outs/{ring_out}/answer_own")
    assert again.status == 409


@pytest.mark.parametrize("path", ["unknown/answer", "{id}/smoke"])
async def test_ring_out_that_cannot_be_moved(client: Client, path: str) -> None:
    """404 for an unknown one, and for an unknown move."""
    body = {"from": {"phoneNumber": CALLER}, "to": {"phoneNumber": DIALED}}
    url = f"{ACCOUNT}/extension/~/ring-out"
    ring_out = (await client.call("POST", url, json=body)).body["id"]
    answer = await _control(client, "POST", f"/ring-outs/{path.format(id=ring_out)}")

    assert answer.status == 404
