"""RingOut, telephones and forwarding numbers by REST, with servers of any behavior."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    RingCentralError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.base import JsonObject
from custom_components.ringcentral.api.models.telephony import (
    ForwardingNumber,
    Phone,
    PhoneType,
    RingOut,
    RingOutStatus,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from tests.payloads import payload

from .telephony import (
    EXTENSION,
    Answers,
    Sent,
    always,
    always_empty,
    json_answer,
    serving,
    used_slots,
)

_LINE = ForwardingNumber("700000101", "+16505550101", "Desk phone", "PhoneLine", "8001")


# RingOut


@pytest.mark.parametrize(
    ("origin", "first"),
    [
        (_LINE, {"forwardingNumberId": "700000101"}),
        ("+16505550188", {"phoneNumber": "+16505550188"}),
    ],
)
@pytest.mark.parametrize("prompt", [True, False])
async def test_ring_out_rings_the_own_phone_first(
    session: aiohttp.ClientSession,
    origin: ForwardingNumber | str,
    first: dict[str, str],
    prompt: bool,
) -> None:
    """Both are always sent: the platform has no default, or an unknown one."""
    answer = payload("ring_out_response")
    async with serving(session, always(answer)) as (client, sent):
        found = await client.ring_out("+16505550177", origin, play_prompt=prompt)
        assert (used_slots(client), used_slots(client, RateGroup.HEAVY)) == (0, 1)

    progress = RingOutStatus.IN_PROGRESS
    assert found == RingOut(answer["id"], progress, progress, progress)
    body = {"from": first, "to": {"phoneNumber": "+16505550177"}, "playPrompt": prompt}
    assert sent == [Sent("POST", f"{EXTENSION}/ring-out", body)]


@pytest.mark.parametrize("body", [None, {}, [], {"id": ""}, {"id": ".."}, "text"])
async def test_ring_out_without_an_id_may_be_done(
    session: aiohttp.ClientSession, body: object
) -> None:
    """The own phone may ring; nothing is dialed twice."""
    answer = always_empty(200) if body is None else always(body)
    async with serving(session, answer) as (client, sent):
        with pytest.raises(ConnectionFailedError) as failed:
            await client.ring_out("102", _LINE, play_prompt=False)

    assert failed.value.may_be_done
    assert len(sent) == 1


@pytest.mark.parametrize("refusal", payload("errors_ring_out"))
async def test_ring_out_that_is_refused(
    session: aiohttp.ClientSession, refusal: JsonObject
) -> None:
    """The error has the code, and no text of the platform."""
    answer = always(refusal["body"], refusal["status"])
    async with serving(session, answer) as (client, sent):
        with pytest.raises(RingCentralError) as refused:
            await client.ring_out("+16505550177", _LINE, play_prompt=False)

    err = refused.value
    assert (err.status, err.code) == (refusal["status"], refusal["body"]["errorCode"])
    assert not isinstance(err, TemporaryError)
    assert not err.may_be_done
    assert "EXAMPLE" not in repr(err)
    assert len(sent) == 1


async def test_status_of_a_ring_out(session: aiohttp.ClientSession) -> None:
    """A request of the Light group, unlike the other ones."""
    flow = payload("ring_out_status_flow")
    answers = iter(flow)
    async with serving(session, lambda *_: json_answer(next(answers))) as (
        client,
        sent,
    ):
        statuses = [(await client.ring_out_status("s-1")).status for _ in flow]
        assert (used_slots(client), used_slots(client, RateGroup.HEAVY)) == (
            len(flow),
            0,
        )

    assert statuses == [
        RingOutStatus.IN_PROGRESS,
        RingOutStatus.IN_PROGRESS,
        RingOutStatus.SUCCESS,
        RingOutStatus.CANNOT_REACH,
        RingOutStatus.CANNOT_REACH,
    ]
    assert set(sent) == {Sent("GET", f"{EXTENSION}/ring-out/s-1", None, None)}


async def test_ring_out_is_canceled(session: aiohttp.ClientSession) -> None:
    """Without a body."""
    async with serving(session, always_empty(204)) as (client, sent):
        await client.cancel_ring_out("s-1")
        assert (used_slots(client), used_slots(client, RateGroup.HEAVY)) == (0, 1)

    assert sent == [Sent("DELETE", f"{EXTENSION}/ring-out/s-1", None, None)]


@pytest.mark.parametrize("method", ["status", "cancel"])
async def test_ring_out_that_is_over_is_not_found(
    session: aiohttp.ClientSession, method: str
) -> None:
    """Soon after its end."""
    over = always(payload("error_404_telephony_session"), 404)
    async with serving(session, over) as (client, _):
        with pytest.raises(NotFoundError):
            await (
                client.ring_out_status("s-1")
                if method == "status"
                else client.cancel_ring_out("s-1")
            )


# Telephones


def _lists(**answers: web.Response) -> Answers:
    """Answer with a list by the last part of the path, with an empty one by default."""

    def answer(request: web.Request, _: object) -> web.StreamResponse:
        name = request.path.rpartition("/")[2].replace("-", "_")
        return answers.get(name, json_answer({"records": []}))

    return answer


async def test_phones_are_in_two_lists(session: aiohttp.ClientSession) -> None:
    """Web phones and apps are in the second one."""
    answers = _lists(
        device=json_answer(payload("device_list")),
        webapp_devices=json_answer(payload("webapp_device_list")),
    )
    async with serving(session, answers) as (client, sent):
        phones = await client.phones()
        assert (used_slots(client), used_slots(client, RateGroup.MEDIUM)) == (1, 1)

    assert [(phone.type, phone.is_online) for phone in phones] == [
        (PhoneType.HARD_PHONE, True),
        (PhoneType.SOFT_PHONE, False),
        (PhoneType.OTHER_PHONE, True),
        (PhoneType.WEB_PHONE, True),
    ]
    assert [request.path for request in sent] == [
        f"{EXTENSION}/device",
        f"{EXTENSION}/webapp-devices",
    ]


@pytest.mark.parametrize("status", [403, 404, 405, 501])
async def test_platform_without_a_list_of_web_phones(
    session: aiohttp.ClientSession, status: int
) -> None:
    """Or a user who must not read it; the other phones can be used."""
    answers = _lists(
        device=json_answer(payload("device_list")),
        webapp_devices=json_answer({}, status),
    )
    async with serving(session, answers) as (client, _):
        assert len(await client.phones()) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_web_phones_that_cannot_be_read_now_are_an_error(
    session: aiohttp.ClientSession, status: int
) -> None:
    """Another phone than the best one would be chosen."""
    answers = _lists(
        device=json_answer(payload("device_list")),
        webapp_devices=json_answer({}, status),
    )
    async with serving(session, answers) as (client, _):
        with pytest.raises(TemporaryError):
            await client.phones()


async def test_phone_in_both_lists_is_one(session: aiohttp.ClientSession) -> None:
    """The list of web phones is more recent."""
    phone = {"id": "9", "type": "WebPhone", "name": "Browser"}
    answers = _lists(
        device=json_answer({"records": [{**phone, "status": "Offline"}, {"id": "8"}]}),
        webapp_devices=json_answer({"records": [{**phone, "status": "Online"}]}),
    )
    async with serving(session, answers) as (client, _):
        assert await client.phones() == [
            Phone("9", "Browser", PhoneType.WEB_PHONE, True),
            Phone("8", None, PhoneType.UNKNOWN, False),
        ]


async def test_forwarding_numbers_are_read(session: aiohttp.ClientSession) -> None:
    """One that is unusable costs itself only."""
    records = [5, {"id": "1"}, *payload("forwarding_number_list")["records"]]
    answers = _lists(forwarding_number=json_answer({"records": records}))
    async with serving(session, answers) as (client, sent):
        numbers = await client.forwarding_numbers()

    assert [number.id for number in numbers] == ["700000101", "700000102"]
    assert [request.path for request in sent] == [f"{EXTENSION}/forwarding-number"]


@pytest.mark.parametrize("body", [{"message": "hello"}, [], {"records": {}}])
async def test_answer_without_a_list_is_no_empty_one(
    session: aiohttp.ClientSession, body: object
) -> None:
    """The user would be told to have no phone."""
    async with serving(session, always(body)) as (client, _):
        with pytest.raises(ConnectionFailedError):
            await client.phones()
        with pytest.raises(ConnectionFailedError):
            await client.forwarding_numbers()
