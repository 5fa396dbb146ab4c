"""What client and simulator say to each other, beside the platform's own description."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, override

import aiohttp
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.call_control import CallControlClient
from custom_components.ringcentral.api.exceptions import RejectedError
from custom_components.ringcentral.api.models.base import JsonObject
from custom_components.ringcentral.api.models.telephony import PartyCode, PartyRequest
from custom_components.ringcentral.api.rate_limits import RateGroup, Reservation
from tests.api.client import FixedToken, new_transport
from tests.api.telephony import EXTENSION, always, serving
from tests.payloads import payload

from .client import Client
from .control import (
    ACCOUNT,
    DESK,
    DIALED,
    SESSIONS,
    act,
    connected,
    party_path,
    ring,
    statuses,
)
from .published import answer_problems, request_problems

_SESSION: Final = f"{SESSIONS}/s-1"
_PARTY: Final = f"{_SESSION}/parties/p-1"


@contextmanager
def _reserved(client: CallControlClient) -> Iterator[Reservation]:
    with client.reserve(RateGroup.LIGHT, 1) as slots:
        yield slots


def _session(**party: object) -> JsonObject:
    described: Any = {"id": "p-1", "status": {"code": "Answered"}, **party}
    return {"id": "s-1", "parties": [described]}


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, _session(), None),
        (404, {"anything": 1}, None),
        (202, _session(), "status 202"),
        (200, None, ": no object"),
        (200, _session(id=1), ".parties[0].id: no string"),
        (200, _session(muted="no"), ".parties[0].muted: no boolean"),
        (200, _session(direction="Up"), ".parties[0].direction: Up"),
        (200, _session(color="red"), ".parties[0].color: not described"),
        (
            200,
            _session(status={"code": "Lost"}),
            ".parties[0].status.code: Lost",
        ),
    ],
)
def test_answers_are_compared(status: int, body: object, problem: str | None) -> None:
    """Types, values and names, at any depth; errors are described elsewhere."""
    expected = [] if problem is None else [problem]
    assert answer_problems("GET", _SESSION, status, body) == expected


def test_bodies_of_answers_without_one_are_found() -> None:
    """204 has none."""
    assert answer_problems("DELETE", _SESSION, 204, b"") == []
    assert answer_problems("DELETE", _SESSION, 204, {}) == ["a body"]


@pytest.mark.parametrize(
    ("operation", "body", "problems"),
    [
        ("answer", {"deviceId": "1"}, []),
        ("answer", {}, [".deviceId: missing"]),
        ("answer", None, ["no body"]),
        ("hold", {}, []),
        ("hold", {"proto": "Smoke"}, [".proto: Smoke"]),
        ("reply", {}, [": none of oneOf"]),
        ("reply", {"replyWithText": "Later"}, []),
        ("smoke", {}, ["an unknown path"]),
        ("reject", {"deviceId": "1"}, ["a body"]),
    ],
)
def test_requests_are_compared(
    operation: str, body: object, problems: list[str]
) -> None:
    """What is required, and what there is no place for."""
    assert request_problems("POST", f"{_PARTY}/{operation}", body) == problems


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", _SESSION, "session_inbound_connected"),
        ("GET", _SESSION, "session_inbound_ringing"),
        ("GET", _SESSION, "session_internal_connected"),
        ("GET", _SESSION, "session_parked"),
        ("GET", _SESSION, "session_queue_ringing"),
        ("GET", _SESSION, "session_ringout_connected"),
        ("GET", _SESSION, "session_ringout_ended"),
        ("POST", f"{_PARTY}/hold", "party_hold"),
        ("PATCH", _PARTY, "party_muted"),
        ("POST", f"{_PARTY}/transfer", "party_transferred"),
        ("POST", f"{_PARTY}/forward", "party_forwarded"),
        ("POST", f"{_PARTY}/bridge", "party_bridged"),
        ("POST", f"{_PARTY}/reply", "party_replied"),
        ("POST", f"{EXTENSION}/ring-out", "ring_out_response"),
        ("GET", f"{EXTENSION}/device", "device_list"),
        ("GET", f"{EXTENSION}/webapp-devices", "webapp_device_list"),
        ("GET", f"{EXTENSION}/forwarding-number", "forwarding_number_list"),
    ],
)
def test_answers_of_other_tests_are_as_described(
    method: str, path: str, name: str
) -> None:
    """The client is tested with them."""
    assert answer_problems(method, path, 200, payload(name)) == []


@pytest.mark.parametrize(
    "request_",
    [
        PartyRequest("DELETE", "s-1"),
        PartyRequest("DELETE", "s-1", "p-1"),
        PartyRequest("POST", "s-1", "p-1", "hold"),
        PartyRequest("POST", "s-1", "p-1", "unhold"),
        PartyRequest("POST", "s-1", "p-1", "reject"),
        PartyRequest("POST", "s-1", "p-1", "park"),
        PartyRequest("POST", "s-1", "p-1", "answer", {"deviceId": DESK}),
        PartyRequest("POST", "s-1", "p-1", "ignore", {"deviceId": DESK}),
        PartyRequest("POST", "s-1", "p-1", "pickup", {"deviceId": DESK}),
        PartyRequest("POST", "s-1", "p-1", "forward", {"phoneNumber": DIALED}),
        PartyRequest("POST", "s-1", "p-1", "transfer", {"parkOrbit": "1"}),
        PartyRequest("POST", "s-1", "p-1", "reply", {"replyWithText": "Later"}),
    ],
    ids=lambda request: f"{request.method}-{request.operation}",
)
async def test_requests_of_the_client_are_as_described(
    socket_enabled: None, request_: PartyRequest
) -> None:
    """Paths, methods and bodies."""
    async with (
        aiohttp.ClientSession() as http,
        serving(http, always({})) as (client, sent),
    ):
        with _reserved(client) as slots:
            await client.send(request_, slots)
    [request] = sent
    assert request_problems(request.method, request.path, request.body) == []


async def test_flat_body_that_mutes_is_not_as_described(socket_enabled: None) -> None:
    """As RingCentral's own programs send it; refused, it is sent as described."""
    async with (
        aiohttp.ClientSession() as http,
        serving(http, always({}, 400)) as (client, sent),
    ):
        request = PartyRequest("PATCH", "s-1", "p-1", body={"muted": True})
        with _reserved(client) as slots, pytest.raises(RejectedError):
            await client.send(request, slots)
    flat, nested = sent
    assert request_problems("PATCH", flat.path, flat.body) == [".muted: not described"]
    assert request_problems("PATCH", nested.path, nested.body) == []


async def test_ring_out_of_the_client_is_as_described(socket_enabled: None) -> None:
    """With a typed number."""
    async with (
        aiohttp.ClientSession() as http,
        serving(http, always(payload("ring_out_response"))) as (client, sent),
    ):
        await client.ring_out(DIALED, "+16505550101", play_prompt=False)
    [request] = sent
    assert request_problems("POST", request.path, request.body) == []
    assert request.path == f"{ACCOUNT}/extension/~/ring-out"


class _OwnToken(FixedToken):
    """The token of a client that has signed in."""

    def __init__(self, token: str) -> None:
        self._token = token

    @override
    async def access_token(self) -> str:
        return self._token


@pytest.fixture
async def control(client: Client) -> CallControlClient:
    """Return the integration's client at the simulator."""
    transport = new_transport(client.http, client.simulator.server)
    return CallControlClient(transport, _OwnToken(client.token), Anomalies())


async def test_client_controls_a_call(
    client: Client, control: CallControlClient
) -> None:
    """What it reads and changes is what the simulator shows."""
    party = ring(client)
    path = party.telephony_session_id, party.party_id
    with control.reserve(RateGroup.LIGHT, 5) as slots:
        session = await control.session(path[0], slots)
        answer = PartyRequest("POST", *path, "answer", {"deviceId": DESK})
        answered = await control.send(answer, slots)
        held = await control.send(PartyRequest("POST", *path, "hold"), slots)
        shown = statuses(client)
        ended = await control.send(PartyRequest("DELETE", path[0]), slots)
        over = await control.session(path[0], slots)

    assert [item.status.code for item in session.parties] == [
        # The caller's, as recorded.
        PartyCode.ANSWERED,
        PartyCode.PROCEEDING,
    ]
    assert answered is not None
    assert answered.status.code is PartyCode.ANSWERED
    assert held is not None
    assert held.status.code is PartyCode.HOLD
    assert shown == ["OnHold"]
    assert ended is None
    assert {item.status.code for item in over.parties} == {PartyCode.DISCONNECTED}
    assert statuses(client) == []


async def test_client_dials_and_cancels(
    client: Client, control: CallControlClient
) -> None:
    """With the first own number; the phones are those of the simulator."""
    line, _ = await control.forwarding_numbers()
    phones = await control.phones()
    ring_out = await control.ring_out(DIALED, line, play_prompt=False)
    status = await control.ring_out_status(ring_out.id)
    shown = statuses(client)
    await control.cancel_ring_out(ring_out.id)

    assert [phone.id for phone in phones][0] == DESK
    assert status == ring_out
    assert shown == ["Ringing"]
    assert statuses(client) == []


@pytest.mark.parametrize("spelling", ["flat", "nested"])
async def test_client_mutes_in_either_spelling(
    client: Client, control: CallControlClient, spelling: str
) -> None:
    """The one that was refused is not sent again."""
    client.simulator.switches.change("mute_body", spelling)
    party = connected(client)
    request = PartyRequest(
        "PATCH", party.telephony_session_id, party.party_id, body={"muted": True}
    )
    with control.reserve(RateGroup.LIGHT, 4) as slots:
        await control.send(request, slots)
        await control.send(request._replace(body={"muted": False}), slots)

    sent = [record for record in client.simulator.log if record.method == "PATCH"]
    refused = ["nested"].count(spelling)
    assert [record.status for record in sent] == [400] * refused + [200, 200]
    assert party.muted is False


async def test_strict_client_finds_a_deviation(client: Client) -> None:
    """An undocumented state fails the test that gets it."""
    client.simulator.switches.change("unknown_codes", True)
    party = connected(client)

    with pytest.raises(AssertionError):
        await act(client, party, "hold", {})
    client.is_strict = False
    answer = await client.call("GET", party_path(party))
    assert answer.body["status"]["code"] == "Undocumented"
