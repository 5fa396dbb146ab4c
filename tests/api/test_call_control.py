"""Call control by REST, with servers of any behavior."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, override
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.auth import TokenSource
from custom_components.ringcentral.api.call_control import CallControlClient
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.base import JsonObject
from custom_components.ringcentral.api.models.telephony import (
    ForwardingNumber,
    PartyRequest,
    Session,
)
from custom_components.ringcentral.api.models.telephony_answers import (
    parse_party,
    parse_session,
)
from custom_components.ringcentral.api.rate_limits import RateGroup, RateLimiter
from custom_components.ringcentral.api.transport import Answer, Transport
from tests.payloads import payload

from ..strategies import json_values
from .client import FixedToken, new_transport, serve
from .telephony import (
    ACCOUNT,
    EXTENSION,
    Answers,
    Sent,
    always,
    always_empty,
    fill_slots,
    json_answer,
    serving,
    used_slots,
)

_SESSION = f"{ACCOUNT}/telephony/sessions/s-1"
_PARTY = f"{_SESSION}/parties/p-1"
_LINE = ForwardingNumber("700000101", "+16505550101", "Desk phone", "PhoneLine", "8001")


async def _send(client: CallControlClient, request: PartyRequest) -> object:
    """Send a change with a reserved slot."""
    with client.reserve(RateGroup.LIGHT) as slots:
        return await client.send(request, slots)


# Sessions


async def test_session_is_read_with_one_of_the_reserved_slots(
    session: aiohttp.ClientSession,
) -> None:
    """The other one is for the change."""
    answer = payload("session_inbound_ringing")
    async with serving(session, always(answer)) as (client, sent):
        with client.reserve(RateGroup.LIGHT, 2) as slots:
            found = await client.session(answer["id"], slots)
            assert used_slots(client) == 2
        assert used_slots(client) == 1

    assert found == parse_session(answer, Anomalies())
    path = f"{ACCOUNT}/telephony/sessions/{answer['id']}"
    assert sent == [Sent("GET", path, None, None)]


async def test_session_of_another_spelling_is_the_requested_one(
    session: aiohttp.ClientSession,
) -> None:
    """What is done next must not concern another one."""
    async with serving(session, always({"id": "S-1"})) as (client, _):
        with client.reserve(RateGroup.LIGHT) as slots:
            assert await client.session("s-1", slots) == Session("s-1", None, ())


@pytest.mark.parametrize(
    "body", [{"message": "hello"}, [], "s-1", {"id": "s-1", "parties": {}}]
)
async def test_answer_that_is_no_session_is_no_ended_one(
    session: aiohttp.ClientSession, body: object
) -> None:
    """A captive portal answers anything."""
    async with serving(session, always(body)) as (client, _):
        with (
            client.reserve(RateGroup.LIGHT) as slots,
            pytest.raises(ConnectionFailedError) as failed,
        ):
            await client.session("s-1", slots)

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


# Changes


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (
            PartyRequest("DELETE", "s-1"),
            Sent("DELETE", _SESSION, None, None),
        ),
        (
            PartyRequest("DELETE", "s-1", "p-1"),
            Sent("DELETE", _PARTY, None, None),
        ),
        (
            PartyRequest("POST", "s-1", "p-1", "hold"),
            Sent("POST", f"{_PARTY}/hold", {}),
        ),
        (
            PartyRequest("POST", "s-1", "p-1", "answer", {"deviceId": "8001"}),
            Sent("POST", f"{_PARTY}/answer", {"deviceId": "8001"}),
        ),
        (
            PartyRequest("POST", "s-1", "p-1", "forward", {"phoneNumber": "+1650"}),
            Sent("POST", f"{_PARTY}/forward", {"phoneNumber": "+1650"}),
        ),
        (
            PartyRequest("PATCH", "s-1", "p-1", None, {"muted": True}),
            Sent("PATCH", _PARTY, {"muted": True}),
        ),
    ],
)
async def test_change_is_sent_as_the_platform_wants_it(
    session: aiohttp.ClientSession, request_: PartyRequest, sent: Sent
) -> None:
    """A request without a body has an empty object: without a type it is refused."""
    answer = payload("party_hold")
    async with serving(session, always(answer)) as (client, requests):
        party = await _send(client, request_)

    assert requests == [sent]
    assert party == parse_party(answer, Anomalies())


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_change_without_an_answer_is_done(
    session: aiohttp.ClientSession, status: int
) -> None:
    """Reject is answered with 204, flip with 200, park with 201."""
    async with serving(session, always_empty(status)) as (client, _):
        assert await _send(client, PartyRequest("POST", "s-1", "p-1", "park")) is None


@pytest.mark.parametrize("body", [[], {}, "done", True, {"id": "..", "status": 5}])
async def test_answer_that_is_no_party_changes_no_result(
    session: aiohttp.ClientSession, body: object
) -> None:
    """It was done."""
    async with serving(session, always(body)) as (client, _):
        assert await _send(client, PartyRequest("POST", "s-1", "p-1", "hold")) is None


async def test_answer_that_cannot_be_read_may_be_done(
    session: aiohttp.ClientSession,
) -> None:
    """The session tells."""
    async with serving(session, lambda *_: web.Response(text="<html>")) as (
        client,
        sent,
    ):
        with pytest.raises(ConnectionFailedError) as failed:
            await _send(client, PartyRequest("POST", "s-1", "p-1", "transfer"))

    assert failed.value.may_be_done
    assert len(sent) == 1


# Mute


def _mute(*, muted: bool = True) -> PartyRequest:
    return PartyRequest("PATCH", "s-1", "p-1", None, {"muted": muted})


def _accept(*, flat: bool, nested: bool) -> Answers:
    """Accept the bodies of a platform; the others are refused."""

    def answer(_: web.Request, body: Any) -> web.StreamResponse:
        is_nested = "party" in body
        if nested if is_nested else flat:
            return json_answer(payload("party_muted"))
        return json_answer({"errors": [{"errorCode": "CMN-101"}]}, 400)

    return answer


_FLAT, _NESTED = {"muted": True}, {"party": {"muted": True}}


@pytest.mark.parametrize(
    ("accepts", "bodies"),
    [
        ({"flat": True, "nested": True}, [_FLAT, _FLAT]),
        ({"flat": True, "nested": False}, [_FLAT, _FLAT]),
        ({"flat": False, "nested": True}, [_FLAT, _NESTED, _NESTED]),
    ],
)
async def test_mute_is_sent_as_it_was_accepted_before(
    session: aiohttp.ClientSession, accepts: dict[str, bool], bodies: list[object]
) -> None:
    """Two presses; the sources differ about the body."""
    async with serving(session, _accept(**accepts)) as (client, sent):
        for _ in range(2):
            assert await _send(client, _mute()) is not None
        assert used_slots(client) == len(bodies)

    assert [request.body for request in sent] == bodies


async def test_two_mutes_at_once_find_the_spelling(
    session: aiohttp.ClientSession,
) -> None:
    """Each in its second request."""
    async with serving(session, _accept(flat=False, nested=True)) as (client, sent):
        await asyncio.gather(_send(client, _mute()), _send(client, _mute()))
        await _send(client, _mute())

    assert [request.body for request in sent].count(_FLAT) == 2
    assert [request.body for request in sent].count(_NESTED) == 3


async def test_mute_that_is_refused_in_both_spellings_raises(
    session: aiohttp.ClientSession,
) -> None:
    """The next press starts with the usual one."""
    refuse = _accept(flat=False, nested=False)
    async with serving(session, refuse) as (client, sent):
        for _ in range(2):
            with pytest.raises(RejectedError) as refused:
                await _send(client, _mute())
            assert (refused.value.status, refused.value.code) == (400, "CMN-101")

    assert [request.body for request in sent] == [_FLAT, _NESTED] * 2


async def test_mute_without_a_slot_for_the_other_spelling_is_refused(
    session: aiohttp.ClientSession,
) -> None:
    """It would take one of those that are left to presence."""
    async with serving(session, _accept(flat=False, nested=True)) as (client, sent):
        fill_slots(client, RateGroup.LIGHT, 21)
        with pytest.raises(RateLimitedError):
            await _send(client, _mute())

    assert len(sent) == 1


@pytest.mark.parametrize("status", [403, 404, 409, 415, 429, 500, 503])
async def test_mute_is_not_sent_again_after_another_error(
    session: aiohttp.ClientSession, status: int
) -> None:
    """The body was not the cause, or it may be done."""
    async with serving(session, always({}, status)) as (client, sent):
        with pytest.raises(RingCentralError):
            await _send(client, _mute())

    assert len(sent) == 1


async def test_other_changes_are_not_sent_again(
    session: aiohttp.ClientSession,
) -> None:
    """They have one spelling."""
    async with serving(session, always({}, 400)) as (client, sent):
        with pytest.raises(RejectedError):
            await _send(client, PartyRequest("POST", "s-1", "p-1", "hold"))
        with pytest.raises(RejectedError):
            await _send(
                client, PartyRequest("PATCH", "s-1", "p-1", None, {"standAlone": True})
            )

    assert len(sent) == 2


# Ids in paths

# No platform has such ids; a user can type them.
_NO_IDS = ["", ".", "..", "...", "~", ".~.", "x" * 257, "\ud800", "s-1\udfff"]


async def test_id_is_one_segment_of_a_path(session: aiohttp.ClientSession) -> None:
    """Whatever characters it has."""
    async with serving(session, always({"id": 1})) as (client, sent):
        await _send(client, PartyRequest("POST", "a/b%2F+~", "../?x=1#y", "hold"))
        await client.ring_out_status("Y3M=/:;é")

    assert [request.path for request in sent] == [
        f"{ACCOUNT}/telephony/sessions/a%2Fb%252F%2B~/parties/..%2F%3Fx%3D1%23y/hold",
        f"{EXTENSION}/ring-out/Y3M%3D%2F%3A%3B%C3%A9",
    ]


class _Offline(Transport):
    """A transport that answers by itself."""

    def __init__(self, answer: Answer) -> None:
        """Initialize with the answer to each request."""
        self.limiter = RateLimiter(lambda: 0.0)
        self.paths: list[str] = []
        self._answer = answer

    @override
    async def request(
        self, method: str, path: str, *args: Any, **kwargs: Any
    ) -> Answer:
        self.paths.append(path)
        return self._answer


def _offline(answer: Answer) -> tuple[CallControlClient, list[str]]:
    transport = _Offline(answer)
    return CallControlClient(transport, FixedToken(), Anomalies()), transport.paths


def _run[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    result: T = stopped.value.value
    return result


_IDS = st.text(min_size=1, max_size=12) | st.text("./~%?#+;\\ ", min_size=1)


@given(_IDS, _IDS)
def test_any_id_is_one_segment_or_refused(session_id: str, party_id: str) -> None:
    """No id leads to another path."""
    client, paths = _offline(Answer(204, {}, None))
    request = PartyRequest("POST", session_id, party_id, "hold")
    try:
        with client.reserve(RateGroup.LIGHT) as slots:
            _run(client.send(request, slots))
    except NotFoundError:
        assert paths == []
        return

    (path,) = paths
    segments = path.removeprefix(f"{ACCOUNT}/telephony/sessions/").split("/")
    assert [unquote(segment) for segment in segments] == [
        session_id,
        "parties",
        party_id,
        "hold",
    ]
    assert all(segment.strip(".") for segment in segments)
    assert path.isascii()


@pytest.mark.parametrize("id_", _NO_IDS)
async def test_id_that_is_no_segment_is_not_found(
    session: aiohttp.ClientSession, id_: str
) -> None:
    """Without a request, and without the id in the error."""
    async with serving(session, always({"id": "1"})) as (client, sent):
        with client.reserve(RateGroup.LIGHT) as slots:
            for request in (
                client.session(id_, slots),
                client.send(PartyRequest("DELETE", id_), slots),
                client.send(PartyRequest("DELETE", "s-1", id_), slots),
                client.ring_out_status(id_),
                client.cancel_ring_out(id_),
            ):
                with pytest.raises(NotFoundError) as refused:
                    await request
                assert str(refused.value) == "not_found"
                assert refused.value.__suppress_context__ or not (
                    refused.value.__context__
                )
        assert used_slots(client) == 0

    assert sent == []


# Errors


@pytest.mark.parametrize(
    ("name", "status", "kind", "code", "permission"),
    [
        ("error_409_incorrect_state", 409, RejectedError, "TAS-102", None),
        ("error_409_incorrect_state_detailed", 409, RejectedError, "TAS-102", None),
        (
            "error_403_incorrect_state_recording",
            403,
            PermissionMissingError,
            "TAS-101",
            None,
        ),
        (
            "error_403_operation_not_allowed",
            403,
            PermissionMissingError,
            "TAS-106",
            None,
        ),
        (
            "error_403_app_permission_call_control",
            403,
            PermissionMissingError,
            "CMN-401",
            "CallControl",
        ),
        (
            "error_403_app_permission_ringout",
            403,
            PermissionMissingError,
            "CMN-401",
            "RingOut",
        ),
        (
            "error_403_other_extension",
            403,
            PermissionMissingError,
            "CMN-419",
            "EditPresenceStatus",
        ),
        (
            "error_403_user_permission",
            403,
            PermissionMissingError,
            "CMN-408",
            "ReadPresenceStatus",
        ),
        ("error_404_telephony_session", 404, NotFoundError, "CMN-102", None),
        ("error_404_telephony_party", 404, NotFoundError, "CMN-102", None),
    ],
)
async def test_refusal_has_the_code_of_the_platform(
    session: aiohttp.ClientSession,
    name: str,
    status: int,
    kind: type[RingCentralError],
    code: str,
    permission: str | None,
) -> None:
    """Wherever the body has it; it was not done."""
    async with serving(session, always(payload(name), status)) as (client, _):
        with pytest.raises(kind) as refused:
            await _send(client, PartyRequest("POST", "s-1", "p-1", "hold"))

    err = refused.value
    assert (err.status, err.code, err.permission) == (status, code, permission)
    assert not err.may_be_done


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_error_of_the_server_is_not_sent_again(
    session: aiohttp.ClientSession, status: int, method: str
) -> None:
    """It may be done."""
    async with serving(session, always({}, status)) as (client, sent):
        with pytest.raises(ServiceUnavailableError) as failed:
            await _send(client, PartyRequest(method, "s-1", "p-1"))

    assert failed.value.may_be_done
    assert len(sent) == 1


def _abort(request: web.Request, _: object) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_change_whose_connection_breaks_is_not_sent_again(
    session: aiohttp.ClientSession, method: str
) -> None:
    """It has arrived."""
    async with serving(session, _abort) as (client, sent):
        with pytest.raises(ConnectionFailedError) as failed:
            await _send(client, PartyRequest(method, "s-1", "p-1", "hold"))
        with pytest.raises(ConnectionFailedError):
            await client.ring_out("102", _LINE, play_prompt=False)

    assert failed.value.may_be_done
    assert [request.method for request in sent] == [method, "POST"]


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_change_without_an_answer_in_ten_seconds_may_be_done(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """It is not sent again."""
    requests = 0
    arrived, released = asyncio.Event(), asyncio.Event()

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        arrived.set()
        await released.wait()
        return web.Response()

    async with serve(answer) as server:
        transport = new_transport(session, server)
        client = CallControlClient(transport, FixedToken(), Anomalies())
        change = PartyRequest("POST", "s-1", "p-1", "park")
        waiting = asyncio.create_task(_send(client, change))
        await arrived.wait()
        freezer.tick(11)
        with pytest.raises(ConnectionFailedError) as failed:
            await waiting
        released.set()

    assert failed.value.reason is Reason.TIMED_OUT
    assert failed.value.may_be_done
    assert requests == 1


async def test_text_that_is_no_unicode_is_refused(
    session: aiohttp.ClientSession,
) -> None:
    """Without a request or a slot; the error does not contain it."""
    body: JsonObject = {"replyWithText": "Later \ud83d"}
    async with serving(session, always({"id": "1"})) as (client, sent):
        with pytest.raises(RejectedError) as refused:
            await _send(client, PartyRequest("POST", "s-1", "p-1", "reply", body))
        with pytest.raises(RejectedError):
            await client.ring_out("\ud83d", _LINE, play_prompt=False)
        assert (used_slots(client), used_slots(client, RateGroup.HEAVY)) == (0, 0)

    assert sent == []
    assert str(refused.value) == "rejected"
    assert refused.value.__suppress_context__


# Tokens


class _Refreshed(TokenSource):
    """Another token after each rejection."""

    def __init__(self) -> None:
        """Initialize with the first token."""
        self.number = 1

    @override
    async def access_token(self) -> str:
        return f"token-{self.number}"

    @override
    def access_token_rejected(self, access_token: str) -> None:
        self.number += 1


def _need(token: str) -> Answers:
    def answer(request: web.Request, _: object) -> web.StreamResponse:
        if request.headers["Authorization"] == f"Bearer {token}":
            return web.Response(status=204)
        return json_answer({"errors": [{"errorCode": "OAU-213"}]}, 401)

    return answer


async def test_change_with_an_expired_token_is_repeated_with_a_slot_of_its_own(
    session: aiohttp.ClientSession,
) -> None:
    """The first one was not carried out."""
    async with serving(session, _need("token-2"), _Refreshed()) as (client, sent):
        await _send(client, PartyRequest("POST", "s-1", "p-1", "transfer"))
        assert used_slots(client) == 2

    assert len(sent) == 2


async def test_change_is_not_repeated_with_a_slot_of_presence(
    session: aiohttp.ClientSession,
) -> None:
    """The user gets the seconds to wait."""
    async with serving(session, _need("token-2"), _Refreshed()) as (client, sent):
        fill_slots(client, RateGroup.LIGHT, 21)
        with pytest.raises(RateLimitedError) as refused:
            await _send(client, PartyRequest("POST", "s-1", "p-1", "transfer"))

    assert len(sent) == 1
    assert refused.value.retry_after > 0
    assert not refused.value.may_be_done


async def test_change_whose_token_is_not_refreshed_is_not_done(
    session: aiohttp.ClientSession,
) -> None:
    """The token endpoint did not answer in time: only the token may be a new one."""

    class Late(_Refreshed):
        @override
        async def access_token(self) -> str:
            if self.number > 1:
                raise ConnectionFailedError(Reason.TIMED_OUT, may_be_done=True)
            return "token-1"

    async with serving(session, _need("token-2"), Late()) as (client, sent):
        with pytest.raises(ConnectionFailedError) as failed:
            await _send(client, PartyRequest("POST", "s-1", "p-1", "transfer"))

    assert len(sent) == 1
    assert failed.value.reason is Reason.TIMED_OUT
    assert not failed.value.may_be_done


# Slots


@pytest.mark.parametrize(
    ("group", "slots", "spare", "accepted"),
    [
        (RateGroup.LIGHT, 2, 20, 15),
        (RateGroup.MEDIUM, 1, 10, 30),
        (RateGroup.HEAVY, 1, 2, 8),
    ],
)
async def test_slots_are_left_to_presence(
    session: aiohttp.ClientSession,
    group: RateGroup,
    slots: int,
    spare: int,
    accepted: int,
) -> None:
    """Further presses are refused with the seconds to wait."""
    async with serving(session, always({})) as (client, _):
        for _ in range(accepted):
            client.reserve(group, slots)
        with pytest.raises(RateLimitedError) as refused:
            client.reserve(group, slots)

        assert 0 < refused.value.retry_after <= 61
        assert client._transport.limiter.delay(group, spare) == 0


@pytest.mark.parametrize(
    ("group", "spare", "refused", "sent"),
    [
        (RateGroup.LIGHT, 20, 3, ["POST", "DELETE"]),
        (RateGroup.MEDIUM, 10, 1, ["GET", "GET", "GET", "POST", "DELETE"]),
        (RateGroup.HEAVY, 2, 2, ["GET", "GET", "GET", "GET"]),
    ],
)
async def test_nothing_waits_for_a_slot(
    session: aiohttp.ClientSession,
    group: RateGroup,
    spare: int,
    refused: int,
    sent: list[str],
) -> None:
    """The user gets the error at once; other rate groups are not concerned."""
    errors = 0
    async with serving(session, always({"records": [], "id": "1"})) as (client, got):
        fill_slots(client, group, spare)
        for request in (
            client.phones(),
            client.forwarding_numbers(),
            client.ring_out_status("1"),
            client.ring_out("102", _LINE, play_prompt=False),
            client.cancel_ring_out("1"),
        ):
            try:
                await request
            except RateLimitedError:
                errors += 1

    assert errors == refused
    assert [request.method for request in got] == sent


# Any answer

_STATUSES = st.sampled_from(
    [200, 201, 204, 207, 400, 401, 403, 404, 409, 415, 429, 500]
)
_RECORDS = st.fixed_dictionaries(
    {"id": st.just("1") | json_values},
    optional=dict.fromkeys(
        ("status", "from", "owner", "phoneNumber", "type", "device"), json_values
    ),
)
_BODIES = json_values | st.fixed_dictionaries(
    {"id": st.just("1") | json_values},
    optional={
        "parties": st.lists(_RECORDS | json_values, max_size=3) | json_values,
        "records": st.lists(_RECORDS | json_values, max_size=3) | json_values,
        "errors": st.lists(json_values, max_size=3) | json_values,
        "status": json_values,
        "origin": json_values,
    },
)
_CALLS: Final[
    tuple[Callable[[CallControlClient], Coroutine[Any, Any, object]], ...]
] = (
    lambda client: client.session("s-1", client.reserve(RateGroup.LIGHT)),
    lambda client: client.send(_mute(), client.reserve(RateGroup.LIGHT)),
    lambda client: client.send(
        PartyRequest("POST", "s-1", "p-1", "hold"), client.reserve(RateGroup.LIGHT)
    ),
    lambda client: client.ring_out("102", _LINE, play_prompt=True),
    lambda client: client.ring_out_status("1"),
    lambda client: client.cancel_ring_out("1"),
    lambda client: client.phones(),
    lambda client: client.forwarding_numbers(),
)


@given(_STATUSES, _BODIES)
def test_any_answer_is_a_result_or_an_error(status: int, body: object) -> None:
    """No other exception."""
    for call in _CALLS:
        client, _ = _offline(Answer(status, {}, body))
        error: RingCentralError | None = None
        try:
            _run(call(client))
        except RingCentralError as err:
            error = err
        if error is None:
            assert status < 400
        else:
            assert error.status in (None, status)
            assert isinstance(error, TemporaryError) or status >= 400
