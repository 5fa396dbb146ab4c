"""RingOut over HTTP: bodies, status, cancelling, and each switch."""

from collections.abc import Mapping
from typing import Any

import pytest

from .client import Answer, Client, Socket
from .control import ACCOUNT, CALLER, DIALED, act, code, drop_session, statuses

_RING_OUT = f"{ACCOUNT}/extension/~/ring-out"
_LINE: Mapping[str, str] = {"forwardingNumberId": "71297277020"}
_MOBILE: Mapping[str, str] = {"forwardingNumberId": "72297277020"}


async def _dial(
    client: Client, to: Any = DIALED, first: Any = _LINE, **more: object
) -> Answer:
    body: dict[str, object] = {"to": {"phoneNumber": to}, **more}
    if first is not None:
        body["from"] = first
    return await client.call("POST", _RING_OUT, json=body)


async def _read(client: Client, answer: Answer) -> Answer:
    return await client.call("GET", f"{_RING_OUT}/{answer.body['id']}")


async def _cancel(client: Client, answer: Answer) -> Answer:
    return await client.call("DELETE", f"{_RING_OUT}/{answer.body['id']}")


def _move(client: Client, answer: Answer, move: Any) -> None:
    client.simulator.move_ring_out(str(answer.body["id"]), move)


def _status(answer: Answer) -> tuple[str, str, str]:
    status = answer.body["status"]
    return status["callStatus"], status["callerStatus"], status["calleeStatus"]


async def test_own_phone_rings_first(client: Client) -> None:
    """The callee rings when it has answered; each stage has a status."""
    answer = await _dial(client, "102")

    assert answer.status == 200
    assert answer.headers["X-Rate-Limit-Group"] == "heavy"
    assert answer.body["uri"].endswith(f"/ring-out/{answer.body['id']}")
    assert _status(answer) == ("InProgress", "InProgress", "InProgress")
    assert (statuses(client), statuses(client, "102")) == (["Ringing"], [])

    _move(client, answer, "answer_own")
    assert _status(await _read(client, answer)) == (
        "InProgress",
        "Success",
        "InProgress",
    )
    assert statuses(client, "102") == ["Ringing"]

    _move(client, answer, "answer")
    connected = await _read(client, answer)
    assert _status(connected) == ("Success", "Success", "Success")
    assert connected.headers["X-Rate-Limit-Group"] == "light"


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        (["refuse"], ("CannotReach", "Rejected", "InProgress")),
        (["answer_own", "busy"], ("CannotReach", "Success", "Busy")),
    ],
)
async def test_phone_that_is_not_reached(
    client: Client, moves: list[str], expected: tuple[str, str, str]
) -> None:
    """The status of its leg tells why."""
    answer = await _dial(client)
    for move in moves:
        _move(client, answer, move)

    assert _status(await _read(client, answer)) == expected
    assert statuses(client) == []


@pytest.mark.parametrize(
    ("over", "expected"), [("404", 404), ("NoSessionFound", 200), ("Finished", 200)]
)
async def test_ring_out_that_is_over(client: Client, over: str, expected: int) -> None:
    """404, or a status that says so."""
    client.simulator.switches.change("ring_out_over", over)
    answer = await _dial(client)
    _move(client, answer, "answer_own")
    _move(client, answer, "answer")
    client.simulator.end(client.simulator.find_ring_out(answer.body["id"]).call.id)
    status = await _read(client, answer)

    assert status.status == expected
    if expected == 200:
        assert status.body["status"]["callStatus"] == over


async def test_ring_out_is_cancelled(client: Client) -> None:
    """204 and silence; then there is none."""
    answer = await _dial(client)
    cancelled = await _cancel(client, answer)

    assert (cancelled.status, cancelled.body) == (204, b"")
    assert cancelled.headers["X-Rate-Limit-Group"] == "heavy"
    assert statuses(client) == []
    assert (await _cancel(client, answer)).status == 404


@pytest.mark.parametrize(
    ("late", "status", "lives"),
    [("no_effect", 204, True), ("404", 404, True), ("ended", 204, False)],
)
async def test_cancel_after_the_own_phone_has_answered(
    client: Client, late: str, status: int, lives: bool
) -> None:
    """It has no effect; what is answered then is a switch."""
    client.simulator.switches.change("ring_out_late_cancel", late)
    answer = await _dial(client)
    _move(client, answer, "answer_own")

    assert (await _cancel(client, answer)).status == status
    assert bool(statuses(client)) is lives


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (None, "TEL-109"),
        ("", "TEL-109"),
        (7, "TEL-109"),
        ("letters", "CMN-101"),
        ("+1 (650)", "CMN-101"),
    ],
)
async def test_number_that_cannot_be_dialed(
    client: Client, to: object, expected: str
) -> None:
    """400, and no phone rings."""
    assert code(await _dial(client, to)) == (400, expected)
    assert statuses(client) == []


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (None, "TEL-108"),
        ({}, "TEL-108"),
        ({"phoneNumber": ""}, "TEL-108"),
        ({"phoneNumber": "letters"}, "CMN-101"),
        ({"forwardingNumberId": "1"}, "CMN-101"),
    ],
)
async def test_own_phone_that_cannot_be_rung(
    client: Client, first: object, expected: str
) -> None:
    """400, and no phone rings."""
    assert code(await _dial(client, first=first)) == (400, expected)
    assert statuses(client) == []


async def test_own_phone_is_optional(client: Client) -> None:
    """By switch: the first forwarding number."""
    client.simulator.switches.change("ring_out_without_from", "first")
    answer = await _dial(client, first=None)

    assert answer.status == 200
    assert statuses(client) == ["Ringing"]


async def test_prompt_is_true_or_false(client: Client) -> None:
    """Anything else is a bad value."""
    assert (await _dial(client, playPrompt="yes")).status == 400
    assert (await _dial(client, playPrompt=True)).status == 200


@pytest.mark.parametrize(("mode", "shown"), [("shown", True), ("hidden", False)])
@pytest.mark.parametrize("first", [_MOBILE, {"phoneNumber": CALLER}])
async def test_outside_phone_in_presence(
    client: Client, mode: str, shown: bool, first: Mapping[str, str]
) -> None:
    """Shown or hidden by switch; a line of the own is always shown."""
    client.simulator.switches.change("ring_out_outside", mode)

    await _dial(client, first=first)
    assert bool(statuses(client)) is shown
    await _dial(client, first={"phoneNumber": "101"})
    assert statuses(client)


@pytest.mark.parametrize(
    ("form", "kind"), [("session", str), ("text", str), ("number", int)]
)
async def test_forms_of_the_id(client: Client, form: str, kind: type) -> None:
    """That of the session, other text, or a number; each is found again."""
    client.simulator.switches.change("ring_out_id", form)
    # The description knows no number.
    client.is_strict = form != "number"
    answer = await _dial(client)

    assert isinstance(answer.body["id"], kind)
    ring_out = client.simulator.find_ring_out(str(answer.body["id"]))
    assert (answer.body["id"] == ring_out.call.id) is (form == "session")
    assert (await _read(client, answer)).status == 200


@pytest.mark.parametrize("event", ["after", "before"])
async def test_event_of_the_own_leg(client: Client, socket: Socket, event: str) -> None:
    """After the answer, or before it; over a socket both take the same path."""
    client.simulator.switches.change("ring_out_event", event)
    await socket.subscribe()
    body = {"from": dict(_LINE), "to": {"phoneNumber": DIALED}}
    await socket.request("POST", _RING_OUT, body)

    assert bool(socket.waiting) is (event == "before")
    received = await socket.event()
    assert received["activeCalls"][0]["telephonyStatus"] == "Ringing"


async def test_ring_out_of_others_is_not_found(client: Client) -> None:
    """403 for the extension of others, 404 for an id."""
    other = client.simulator.extension("102").id
    path = f"{ACCOUNT}/extension/{other}/ring-out"
    body = {"from": _LINE, "to": {"phoneNumber": DIALED}}

    assert code(await client.call("POST", path, json=body)) == (403, "CMN-419")
    answer = await client.call("GET", f"{_RING_OUT}/a%2Fb%25")
    assert code(answer) == (404, "CMN-102")


async def test_app_without_permission_is_refused(client: Client) -> None:
    """With the permission's name."""
    client.simulator.change_permissions(app={"RingOut": False})
    answer = await _dial(client)

    assert code(answer) == (403, "CMN-401")
    assert answer.body["permissionName"] == "RingOut"


async def test_ring_out_ends_by_its_session(client: Client) -> None:
    """Call control ends what RingOut cannot cancel any more."""
    answer = await _dial(client)
    _move(client, answer, "answer_own")
    own = client.simulator.find_ring_out(answer.body["id"]).own

    assert (await act(client, own, "hold", {})).status == 409
    assert (await drop_session(client, own)).status == 204
    assert statuses(client) == []


async def test_tenth_ring_out_within_a_minute_is_the_last(client: Client) -> None:
    """Heavy: ten a minute, cancelled ones too."""
    client.simulator.switches.change("rate_limits", True)
    for _ in range(5):
        await _cancel(client, await _dial(client))

    assert code(await _dial(client)) == (429, "CMN-301")
