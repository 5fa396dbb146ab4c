"""Call queues and voicemails by REST, with servers of any behavior."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
)
from custom_components.ringcentral.api.models.queues import QueueMember
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.rest import RestClient

from .client import rest_at, serve, serve_answer

_ACCOUNT = "/restapi/v1.0/account/~"
_QUEUE = f"{_ACCOUNT}/call-queues/901/presence"


@asynccontextmanager
async def _serve_recorded(
    answer: Callable[[web.Request], object],
) -> AsyncIterator[tuple[str, list[tuple[str, str, object]]]]:
    """Answer with JSON; yield the server and method, path and body of each request."""
    requests: list[tuple[str, str, object]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        requests.append((request.method, request.path, body))
        return web.json_response(answer(request))

    async with serve(handle) as server:
        yield server, requests


def _members(**accepts: bool) -> dict[str, Any]:
    return {
        "records": [
            {"member": {"id": i.strip("_")}, "acceptCurrentQueueCalls": accepted}
            for i, accepted in accepts.items()
        ]
    }


async def test_members_of_a_queue_are_read_with_one_request(
    session: aiohttp.ClientSession,
) -> None:
    """The list has no pages."""
    async with _serve_recorded(lambda _: _members(_1=True, _2=False)) as (server, sent):
        members = await rest_at(session, server).queue_members("901")

    assert members == {"1": QueueMember(True), "2": QueueMember(False)}
    assert sent == [("GET", _QUEUE, None)]


async def test_answer_without_members_is_no_empty_queue(
    session: aiohttp.ClientSession,
) -> None:
    """All switches would be removed."""
    async with serve_answer({"message": "hello"}) as server:
        with pytest.raises(ConnectionFailedError):
            await rest_at(session, server).queue_members("901")


@pytest.mark.parametrize(
    ("status", "error"), [(403, PermissionMissingError), (404, NotFoundError)]
)
async def test_queue_that_cannot_be_read_raises(
    session: aiohttp.ClientSession, status: int, error: type[Exception]
) -> None:
    """It was deleted, or the user must not see it."""
    async with serve_answer({"errorCode": "CMN-408"}, status=status) as server:
        with pytest.raises(error):
            await rest_at(session, server).queue_members("901")


@pytest.mark.parametrize(
    ("answered", "shown"),
    [
        (_members(_1=True, _2=False), QueueMember(False)),
        (_members(_2=False), QueueMember(False)),
        (_members(_2=True), QueueMember(True)),
        (_members(_1=True), None),
    ],
)
async def test_member_is_changed_at_the_queue(
    session: aiohttp.ClientSession, answered: object, shown: QueueMember | None
) -> None:
    """The answer is the whole list, or the changed part."""
    async with _serve_recorded(lambda _: answered) as (server, sent):
        member = await rest_at(session, server).update_queue_member(
            "901", "2", accepts=False, is_own=False
        )

    assert member == shown
    change = {"records": [{"member": {"id": "2"}, "acceptCurrentQueueCalls": False}]}
    assert sent == [("PUT", _QUEUE, change)]


async def test_own_extension_is_changed_at_the_extension(
    session: aiohttp.ClientSession,
) -> None:
    """Members must not change the queue."""
    queues = [
        {"callQueue": {"id": "901"}, "acceptCalls": True},
        {"callQueue": {"id": "902"}, "acceptCalls": False},
    ]
    async with _serve_recorded(lambda _: {"records": queues}) as (server, sent):
        member = await rest_at(session, server).update_queue_member(
            "901", "2", accepts=True, is_own=True
        )

    assert member == QueueMember(True)
    change = {"records": [{"callQueue": {"id": "901"}, "acceptCalls": True}]}
    assert sent == [("PUT", f"{_ACCOUNT}/extension/~/call-queue-presence", change)]


@pytest.mark.parametrize("is_own", [True, False])
async def test_change_does_not_wait_for_a_slot(
    session: aiohttp.ClientSession, is_own: bool
) -> None:
    """The user gets the error at once."""
    async with _serve_recorded(lambda _: _members()) as (server, sent):
        rest = rest_at(session, server)
        while not rest._transport.limiter.delay(RateGroup.MEDIUM):
            rest._transport.limiter.record_request(RateGroup.MEDIUM)
        with pytest.raises(RateLimitedError):
            await rest.update_queue_member("901", "2", accepts=True, is_own=is_own)

    assert sent == []


# Voicemails


def _voicemails(*ids: int, **fields: object) -> dict[str, Any]:
    return {"records": [{"id": i, "type": "VoiceMail"} for i in ids], **fields}


async def _unread(rest: RestClient) -> list[str]:
    return [voicemail.id for voicemail in await rest.unread_voicemails()]


async def test_unread_voicemails_of_any_age_are_requested(
    session: aiohttp.ClientSession,
) -> None:
    """By default, the platform lists those of the last 24 hours."""
    query: dict[str, str] = {}

    def answer(request: web.Request) -> object:
        query.update(request.query)
        return _voicemails(7, paging={"totalElements": 1})

    async with _serve_recorded(answer) as (server, sent):
        assert await _unread(rest_at(session, server)) == ["7"]

    assert sent == [("GET", f"{_ACCOUNT}/extension/~/message-store", None)]
    assert query == {
        "messageType": "VoiceMail",
        "readStatus": "Unread",
        "direction": "Inbound",
        "availability": "Alive",
        "dateFrom": "2000-01-01T00:00:00.000Z",
        "page": "1",
        "perPage": "1000",
    }


async def test_voicemail_that_moves_to_the_next_page_is_counted_once(
    session: aiohttp.ClientSession,
) -> None:
    """Another is left while the pages are read, newest first."""
    pages = {
        "1": _voicemails(2, 1, navigation={"nextPage": {"uri": "https://next"}}),
        "2": _voicemails(1),
    }
    recorded = _serve_recorded(lambda request: pages[request.query["page"]])
    async with recorded as (server, _):
        assert await _unread(rest_at(session, server)) == ["2", "1"]


async def test_voicemails_without_a_total_are_counted_by_pages(
    session: aiohttp.ClientSession,
) -> None:
    """It may be missing."""
    pages = {
        "1": _voicemails(1, 2, navigation={"nextPage": {"uri": "https://next"}}),
        "2": _voicemails(3),
    }

    async with _serve_recorded(lambda request: pages[request.query["page"]]) as (
        server,
        sent,
    ):
        assert await _unread(rest_at(session, server)) == ["1", "2", "3"]

    assert len(sent) == 2


async def test_voicemails_that_must_not_be_read_raise(
    session: aiohttp.ClientSession,
) -> None:
    """The user or the app lacks a permission."""
    async with serve_answer({"errorCode": "CMN-408"}, status=403) as server:
        with pytest.raises(PermissionMissingError):
            await rest_at(session, server).unread_voicemails()
