"""Typed REST calls against the simulated platform, and against odd servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import PresenceUpdate
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.rest import RestClient
from simulator import Simulator, SimulatorOptions
from tests.common import until

from .client import TOKEN_PATH, WSTOKEN_PATH, Client, rest_at, serve, serve_answer

ACCOUNT = "/restapi/v1.0/account/~"


def id_of(simulator: Simulator, number: str) -> str:
    """Return the id of the extension with this number."""
    return simulator.extension(number).id


# Account and extension


async def test_account(client: Client) -> None:
    """The company's."""
    account = await client.rest.account()

    assert account.id == client.simulator.account_id
    assert account.brand == "RingCentral"


async def test_own_extension(client: Client) -> None:
    """That of the signed-in user by default."""
    own = await client.rest.extension()
    other = await client.rest.extension(id_of(client.simulator, "102"))

    assert (own.id, own.number) == (id_of(client.simulator, "101"), "101")
    assert other.number == "102"


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=1100)]
)
async def test_extension_list_is_read_to_its_last_page(
    client: Client, simulator: Simulator
) -> None:
    """A thousand a page."""
    extensions = (await client.rest.extensions()).entries

    assert [e.id for e in extensions] == [e.id for e in simulator.extensions]
    assert client.requests(f"{ACCOUNT}/extension") == [200, 200]


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=1000)]
)
async def test_pages_of_the_account_are_read_no_further_than_the_last_one_wanted(
    client: Client, simulator: Simulator
) -> None:
    """The second page contains call queues only."""
    people = {user.id for user in simulator.users}
    assert len(simulator.extensions) > len(people)

    presences = await client.rest.bulk_presence(people)

    assert presences.snapshots.keys() == people
    assert not presences.failed
    assert client.requests(f"{ACCOUNT}/presence") == [200]


async def test_list_with_a_next_page_ends_with_an_empty_page(
    session: aiohttp.ClientSession,
) -> None:
    """So that no server can keep us reading for ever."""
    pages: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        page = request.query["page"]
        pages.append(page)
        return web.json_response(
            {
                "records": [{"id": int(page)}] if page < "3" else [],
                "navigation": {"nextPage": {"uri": str(request.url)}},
            }
        )

    async with serve(answer) as server:
        extensions = (await rest_at(session, server).extensions()).entries

    assert pages == ["1", "2", "3"]
    assert [e.id for e in extensions] == ["1", "2"]


def _page(number: int, pages: int, length: int | None) -> dict[str, Any]:
    following = {"nextPage": {"uri": "next"}} if number < pages else {}
    paging = {"totalPages": pages, "totalElements": length}
    return {
        "records": [{"id": number, "extension": {"id": number}}],
        "navigation": following,
        "paging": paging,
    }


_BOTH_LISTS = pytest.mark.parametrize(
    "read", [RestClient.extensions, RestClient.line_extension_ids]
)


@asynccontextmanager
async def _serve_pages(
    *readings: list[dict[str, Any]],
) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve a list, another one for each reading; yield the pages requested."""
    requested: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requested.append(request.query["page"])
        pages = readings[min(requested.count("1"), len(readings)) - 1]
        number = int(request.query["page"])
        return web.json_response(
            pages[number - 1] if number <= len(pages) else {"records": []}
        )

    async with serve(answer) as server:
        yield server, requested


@_BOTH_LISTS
async def test_page_that_follows_only_from_the_length_is_read(
    session: aiohttp.ClientSession, read: Any
) -> None:
    """The devices of its extensions would be removed."""
    cut_short = [_page(1, 3, 3), {**_page(2, 3, 3), "navigation": {}}, _page(3, 3, 3)]
    async with _serve_pages(cut_short) as (server, requested):
        found = await read(rest_at(session, server))

    assert len(found.entries) == 3
    assert found.is_complete
    assert requested == ["1", "2", "3"]


@_BOTH_LISTS
async def test_page_that_was_counted_but_is_not_there_is_no_loss(
    session: aiohttp.ClientSession, read: Any
) -> None:
    """A page beyond the end is empty."""
    async with _serve_pages([_page(1, 2, 1)]) as (server, requested):
        found = await read(rest_at(session, server))

    assert len(found.entries) == 1
    assert found.is_complete
    assert requested == ["1", "2"]


_SHORTER = [_page(1, 2, 3), _page(2, 2, 2)]
_LONGER = [_page(1, 2, 2), _page(2, 2, 3)]
_CONSTANT = [_page(1, 2, 3), _page(2, 2, 3)]


@pytest.mark.parametrize("pages", [_SHORTER, _LONGER, _CONSTANT])
@_BOTH_LISTS
async def test_list_with_fewer_entries_than_announced_is_incomplete(
    session: aiohttp.ClientSession, pages: list[dict[str, Any]], read: Any
) -> None:
    """An entry may have moved to a page that had been read: it would lose its device."""
    async with _serve_pages(pages) as (server, requested):
        rest = rest_at(session, server)
        found = await read(rest)

    assert len(found.entries) == 2
    assert not found.is_complete
    assert rest._anomalies.counts == {"incomplete list": 1}
    assert requested == ["1", "2"]


@_BOTH_LISTS
async def test_list_is_complete_at_the_next_reading(
    session: aiohttp.ClientSession, read: Any
) -> None:
    """Callers keep the entries of the former list until then."""
    complete = [_page(1, 3, 3), _page(2, 3, 3), _page(3, 3, 3)]
    async with _serve_pages(_SHORTER, complete) as (server, requested):
        rest = rest_at(session, server)
        assert not (await read(rest)).is_complete
        found = await read(rest)

    assert len(found.entries) == 3
    assert found.is_complete
    assert requested == ["1", "2", "1", "2", "3"]


async def test_list_of_which_some_pages_have_no_length_is_accepted(
    session: aiohttp.ClientSession,
) -> None:
    """That is no change."""
    async with _serve_pages([_page(1, 2, 2), _page(2, 2, None)]) as (server, requested):
        found = await rest_at(session, server).extensions()

    assert len(found.entries) == 2
    assert found.is_complete
    assert requested == ["1", "2"]


@pytest.mark.parametrize("paging", [None, {}, [], {"totalPages": "2"}, {"page": 1}])
async def test_list_without_a_length_is_accepted(
    session: aiohttp.ClientSession, paging: object
) -> None:
    """Its last page is the one without a next one."""
    body = {"records": [{"id": 1}], "paging": paging}
    async with serve_answer(body) as server:
        extensions = (await rest_at(session, server).extensions()).entries

    assert [e.id for e in extensions] == ["1"]


async def test_unusable_record_affects_no_other(
    session: aiohttp.ClientSession,
) -> None:
    """The others are in the list."""
    async with serve_answer({"records": [{"id": 1}, {}, "x", {"id": 2}]}) as server:
        extensions = (await rest_at(session, server).extensions()).entries

    assert [e.id for e in extensions] == ["1", "2"]


# Presence


async def test_presence_has_calls_and_sip_data(client: Client) -> None:
    """And the platform's own time."""
    client.simulator.ring(to="102", from_="+16505550123")
    extension_id = id_of(client.simulator, "102")

    snapshot = await client.rest.presence(extension_id)

    assert snapshot.extension_id == extension_id
    assert snapshot.presence.telephony_status is TelephonyStatus.RINGING
    assert snapshot.presence.active_calls is not None
    (call,) = snapshot.presence.active_calls
    assert call.from_ == "+16505550123"
    assert call.sip_data is not None
    assert snapshot.taken_at is not None
    assert snapshot.taken_at.tzinfo is not None


async def test_presences_of_some_come_thirty_at_a_time(client: Client) -> None:
    """Each once, in one request where one is enough."""
    ids = [user.id for user in client.simulator.users]

    presences = await client.rest.bulk_presence([*ids, *ids])

    assert list(presences.snapshots) == ids
    assert presences.failed == {}
    assert [r.path for r in client.simulator.log if r.method == "GET"] == [
        f"{ACCOUNT}/extension/{','.join(ids)}/presence"
    ]


@pytest.mark.parametrize("simulator_options", [SimulatorOptions(port=0, extensions=61)])
async def test_last_remaining_extension_is_requested_alone(client: Client) -> None:
    """Two bulk requests, and a single one."""
    ids = [user.id for user in client.simulator.users]

    presences = await client.rest.bulk_presence(ids)

    assert list(presences.snapshots) == ids
    assert [r.path.count(",") for r in client.simulator.log if r.method == "GET"] == [
        29,
        29,
        0,
    ]


async def test_presences_of_no_extensions_need_no_request(client: Client) -> None:
    """Not even a sign-in."""
    presences = await client.rest.bulk_presence([])

    assert presences.snapshots == {}
    assert len(client.simulator.log) == 0


async def test_unknown_extension_among_others_affects_none(client: Client) -> None:
    """It is reported beside them."""
    known = [id_of(client.simulator, n) for n in ("101", "102")]

    presences = await client.rest.bulk_presence([known[0], "999", known[1]])

    assert list(presences.snapshots) == known
    assert list(presences.failed) == ["999"]
    assert isinstance(presences.failed["999"], NotFoundError)
    assert presences.failed["999"].code == "CMN-102"


async def test_unknown_extension_alone_is_reported_the_same_way(client: Client) -> None:
    """Not raised."""
    presences = await client.rest.bulk_presence(["999"])

    assert presences.snapshots == {}
    assert isinstance(presences.failed["999"], NotFoundError)


async def test_trouble_with_one_extension_is_trouble_with_all(client: Client) -> None:
    """The error does not concern the extension."""
    client.simulator.fault("error", path=f"{ACCOUNT}/extension/")

    with pytest.raises(ServiceUnavailableError):
        await client.rest.bulk_presence([id_of(client.simulator, "102")])


async def test_bulk_refused_as_a_whole_raises(client: Client) -> None:
    """The app lacks the permission for any of them."""
    client.simulator.permissions -= {"ReadPresence", "EditPresence"}

    with pytest.raises(PermissionMissingError) as refused:
        await client.rest.bulk_presence([u.id for u in client.simulator.users])

    assert refused.value.permission == "ReadPresence"
    assert refused.value.code == "CMN-401"


def part(extension_id: object, status: object = 200, **body: object) -> dict[str, Any]:
    """Return a part of a bulk answer."""
    return {
        "resourceId": extension_id,
        "status": status,
        "body": {"extension": {"id": extension_id}, **body},
    }


async def test_odd_parts_of_a_bulk_answer_cost_themselves_only(
    session: aiohttp.ClientSession,
) -> None:
    """Each that names its extension is reported with a reason."""
    parts = [
        part("1"),
        part(2),
        {"resourceId": "3", "status": 200, "body": {"presenceStatus": "Busy"}},
        {"resourceId": "4", "status": 200},
        {"resourceId": "5", "status": 503, "body": None},
        {"status": 200},
        "text",
    ]
    async with serve_answer(parts, status=207) as server:
        rest = rest_at(session, server)
        presences = await rest.bulk_presence([str(n) for n in range(1, 8)])

    assert list(presences.snapshots) == ["1", "2"]
    reasons = {i: err.reason for i, err in presences.failed.items()}
    assert reasons == {
        "3": Reason.UNEXPECTED_ANSWER,
        "4": Reason.UNEXPECTED_ANSWER,
        "5": Reason.MAINTENANCE,
        "6": Reason.NOT_FOUND,
        "7": Reason.NOT_FOUND,
    }
    assert rest._anomalies.counts["unusable part of a bulk answer"] == 2


async def test_part_for_an_extension_that_was_not_requested_is_omitted(
    session: aiohttp.ClientSession,
) -> None:
    """It would become a snapshot of an extension that is not monitored."""
    async with serve_answer([part("1"), part("2"), part("9")], status=207) as server:
        presences = await rest_at(session, server).bulk_presence(["1", "2"])

    assert list(presences.snapshots) == ["1", "2"]


@pytest.mark.parametrize("body", [{}, "text", {"records": []}])
async def test_bulk_answer_that_is_no_list_is_unexpected(
    session: aiohttp.ClientSession, body: object
) -> None:
    """It cannot be assigned to an extension."""
    async with serve_answer(body, status=207) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await rest_at(session, server).bulk_presence(["1", "2"])

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=1100)]
)
async def test_presences_of_many_come_from_the_account(
    client: Client, simulator: Simulator
) -> None:
    """Page by page; extensions that are missing there are not found."""
    wanted = [user.id for user in simulator.users[5:]]

    presences = await client.rest.bulk_presence([*wanted, "999"])

    assert presences.snapshots.keys() == set(wanted)
    assert list(presences.failed) == ["999"]
    assert isinstance(presences.failed["999"], NotFoundError)
    assert client.requests(f"{ACCOUNT}/presence") == [200, 200]


async def test_presence_without_an_extension_is_unexpected(
    session: aiohttp.ClientSession,
) -> None:
    """Such a snapshot cannot be used."""
    async with serve_answer({"presenceStatus": "Busy"}) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await rest_at(session, server).presence("1")

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize(
    ("date", "taken_at"),
    [
        ("Mon, 02 Mar 2026 08:00:00 GMT", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 08:00:00 -0000", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 09:00:00 +0100", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("Mon, 02 Mar 99999999999999999999 08:00:00 GMT", None),
        ("Mon, 99 Mar 2026 08:00:00 GMT", None),
    ],
)
async def test_time_of_a_snapshot_is_the_platforms_own(
    session: aiohttp.ClientSession, date: str, taken_at: datetime | None
) -> None:
    """Always with a time zone: it is compared with those of events."""
    body = {"extension": {"id": 1}}
    async with serve_answer(body, headers={"Date": date}) as server:
        snapshot = await rest_at(session, server).presence("1")

    assert snapshot.taken_at == taken_at


# Lists


async def test_lines(client: Client) -> None:
    """The own one and those monitored, each once."""
    numbers = ["101", "104", "105"]
    client.simulator.set_lines("101", ["104", "105"])

    ids = await client.rest.line_extension_ids()

    assert ids == ([id_of(client.simulator, n) for n in numbers], True)


async def test_favorites(client: Client) -> None:
    """Without personal contacts."""
    client.simulator.set_favorites("101", ["103", "106"])

    ids = await client.rest.favorite_extension_ids()

    assert ids == [id_of(client.simulator, n) for n in ("103", "106")]


async def test_lines_that_are_closed_to_the_app_are_refused(client: Client) -> None:
    """The endpoint is internal on some accounts."""
    client.simulator.switches.lines_api = False

    with pytest.raises(PermissionMissingError) as refused:
        await client.rest.line_extension_ids()

    assert refused.value.permission == "ReadPresenceSettings"
    assert refused.value.code == "CMN-408"


@pytest.mark.parametrize("body", [{}, {"records": None}, {"records": {}}, [], "x"])
@pytest.mark.parametrize(
    "read",
    [
        RestClient.extensions,
        RestClient.line_extension_ids,
        RestClient.favorite_extension_ids,
    ],
)
async def test_list_without_records_is_unexpected_and_not_empty(
    session: aiohttp.ClientSession, body: object, read: Any
) -> None:
    """Devices would go because of it."""
    async with serve_answer(body) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await read(rest_at(session, server))

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize("body", [{}, {"records": None}, []])
async def test_account_presence_without_records_is_unexpected(
    session: aiohttp.ClientSession, body: object
) -> None:
    """All extensions would be without presence."""
    async with serve_answer(body) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await rest_at(session, server).bulk_presence([str(n) for n in range(200)])

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


# Changes


async def test_update_changes_what_it_names(client: Client) -> None:
    """And returns what the platform made of it."""
    update = PresenceUpdate(
        user_status=PresenceStatus.BUSY,
        dnd_status=DndStatus.DO_NOT_ACCEPT_ANY_CALLS,
        message="On site",
        ring_on_monitored_call=True,
    )

    snapshot = await client.rest.update_presence("~", update)

    assert snapshot.extension_id == id_of(client.simulator, "101")
    assert snapshot.presence.user_status is PresenceStatus.BUSY
    assert snapshot.presence.dnd_status is DndStatus.DO_NOT_ACCEPT_ANY_CALLS
    assert snapshot.presence.message == "On site"
    presence = client.simulator.presence("101")
    assert presence["userStatus"] == "Busy"
    assert presence["dndStatus"] == "DoNotAcceptAnyCalls"
    assert presence["ringOnMonitoredCall"] is True
    assert presence["allowSeeMyPresence"] is True


@pytest.mark.parametrize(
    ("update", "json"),
    [
        (PresenceUpdate(), {}),
        (PresenceUpdate(message=""), {"message": ""}),
        (
            PresenceUpdate(allow_see_my_presence=False, pick_up_calls_on_hold=False),
            {"allowSeeMyPresence": False, "pickUpCallsOnHold": False},
        ),
        (
            PresenceUpdate(dnd_status=DndStatus.TAKE_DEPARTMENT_CALLS_ONLY),
            {"dndStatus": "TakeDepartmentCallsOnly"},
        ),
        (
            PresenceUpdate(dnd_status_personal=DndStatus.DO_NOT_ACCEPT_ANY_CALLS),
            {"dndStatusPersonal": "DoNotAcceptAnyCalls"},
        ),
    ],
)
def test_update_omits_unchanged_values(
    update: PresenceUpdate, json: dict[str, object]
) -> None:
    """While false and empty are values like others."""
    assert update.as_json() == json


async def test_update_of_another_extension_is_refused(client: Client) -> None:
    """Unless the user may."""
    with pytest.raises(PermissionMissingError) as refused:
        await client.rest.update_presence(
            id_of(client.simulator, "102"), PresenceUpdate(message="x")
        )

    assert refused.value.permission == "EditPresenceStatus"
    assert refused.value.code == "CMN-419"


async def test_value_the_platform_does_not_accept_is_rejected(client: Client) -> None:
    """With the name of the parameter."""
    for queue in client.simulator.directory.queues.values():
        queue.clear()

    with pytest.raises(RejectedError) as refused:
        await client.rest.update_presence(
            "~", PresenceUpdate(dnd_status=DndStatus.TAKE_DEPARTMENT_CALLS_ONLY)
        )

    assert refused.value.parameter == "dndStatus"
    assert refused.value.code == "CMN-101"


# Sign-in


async def test_websocket_token(client: Client) -> None:
    """A token for one connection."""
    token = await client.rest.websocket_token()

    assert token.uri == client.simulator.server.replace("http", "ws", 1) + "/ws"
    assert token.token
    assert token.expires_in == 60


async def test_missing_websocket_permission_is_named(client: Client) -> None:
    """Some accounts refuse the token, others the subscription."""
    client.simulator.permissions.discard("WebSocket")

    with pytest.raises(PermissionMissingError) as refused:
        await client.rest.websocket_token()

    assert refused.value.permission == "WebSocket"


async def test_expired_token_is_refreshed_once_and_the_request_repeated(
    client: Client,
) -> None:
    """The caller sees nothing of it."""
    await client.rest.account()
    client.simulator.fault("expire_tokens")

    account = await client.rest.account()

    assert account.id == client.simulator.account_id
    assert client.requests(ACCOUNT) == [200, 401, 200]
    assert client.requests(TOKEN_PATH) == [200, 200]
    assert len(client.tokens.rejected) == 1


async def test_token_refused_again_after_the_refresh_is_the_end(client: Client) -> None:
    """One repeat, and no more."""
    client.simulator.fault(
        "error", path=ACCOUNT, status=401, errorCode="OAU-213", count=9
    )

    with pytest.raises(AuthenticationError) as refused:
        await client.rest.account()

    assert refused.value.reason is Reason.TOKEN_REJECTED
    assert refused.value.code == "OAU-213"
    assert client.requests(ACCOUNT) == [401, 401]
    assert client.requests(TOKEN_PATH) == [200, 200]
    assert len(client.tokens.rejected) == 1


async def test_refused_refresh_is_raised(client: Client) -> None:
    """The session was ended elsewhere."""
    await client.rest.account()
    client.simulator.fault("revoke_sessions")

    with pytest.raises(AuthenticationError) as refused:
        await client.rest.account()

    assert refused.value.reason is Reason.INVALID_GRANT
    assert client.requests(ACCOUNT) == [200, 401]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_other_refusals_are_not_repeated(client: Client, status: int) -> None:
    """Only a token can be renewed."""
    client.simulator.fault("error", path=ACCOUNT, status=status, count=9)

    with pytest.raises(Exception, match=f"HTTP {status}"):
        await client.rest.account()

    assert client.requests(ACCOUNT) == [status]


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ({}, RestClient.account),
        ([], RestClient.account),
        ({}, RestClient.extension),
        ({"name": "x"}, RestClient.extension),
        ({}, RestClient.websocket_token),
        ({"uri": "wss://x"}, RestClient.websocket_token),
        ("text", RestClient.websocket_token),
    ],
)
async def test_answer_without_the_requested_values_is_unexpected(
    session: aiohttp.ClientSession, body: object, call: Any
) -> None:
    """JSON, but not the platform's."""
    async with serve_answer(body) as server:
        with pytest.raises(ConnectionFailedError) as failed:
            await call(rest_at(session, server))

    assert failed.value.reason is Reason.UNEXPECTED_ANSWER


# Limits


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_penalty_is_not_restarted(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """No request of the group is sent until it is over; other groups are free."""
    await client.rest.account()
    client.simulator.switches.light_limit = 1
    with pytest.raises(RateLimitedError):
        await client.rest.account()

    for _ in range(5):
        freezer.tick(11)
        with pytest.raises(RateLimitedError) as refused:
            await client.rest.account()
    assert 4 < refused.value.retry_after < 6
    await client.rest.extensions()
    assert client.requests(ACCOUNT) == [200, 429]

    freezer.tick(6)
    await client.rest.account()
    assert client.requests(ACCOUNT) == [200, 429, 200]


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_change_does_not_wait_for_the_window_of_its_group(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """The user gets the error at once, and no request is sent."""
    client.simulator.switches.medium_limit = 1
    await client.rest.update_presence("~", PresenceUpdate(message="first"))

    with pytest.raises(RateLimitedError) as refused:
        await client.rest.update_presence("~", PresenceUpdate(message="second"))
    assert 60 < refused.value.retry_after <= 61
    assert client.requests(f"{ACCOUNT}/extension/~/presence") == [200]

    freezer.tick(62)
    await client.rest.update_presence("~", PresenceUpdate(message="second"))
    assert client.simulator.presence("101")["message"] == "second"


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_requests_wait_for_the_window_of_their_group(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """The platform never needs to refuse."""
    for _ in range(4):
        await client.rest.websocket_token()
    waiting = client.rest.websocket_token()
    tokens = []

    async def request() -> None:
        tokens.append(await waiting)

    task = asyncio.create_task(request())
    for _ in range(50):
        await asyncio.sleep(0)
    assert tokens == []
    freezer.tick(61)
    await until(task.done)

    assert len(tokens) == 1
    assert client.requests(WSTOKEN_PATH) == [200] * 5


async def test_repetition_with_a_refreshed_token_needs_a_slot_of_its_own(
    client: Client,
) -> None:
    """Beyond the slots reserved for the request, and not one that others need."""
    await client.rest.account()
    limiter = client.transport.limiter
    client.simulator.fault("expire_tokens")
    with limiter.reserve(RateGroup.LIGHT, 1, 47) as slots:
        await client.rest.call("GET", ACCOUNT, RateGroup.LIGHT, slots=slots)
    assert client.requests(ACCOUNT) == [200, 401, 200]

    client.simulator.fault("expire_tokens")
    with (
        limiter.reserve(RateGroup.LIGHT, 1, 46) as slots,
        pytest.raises(RateLimitedError),
    ):
        await client.rest.call("GET", ACCOUNT, RateGroup.LIGHT, slots=slots)
    assert client.requests(ACCOUNT) == [200, 401, 200, 401]
