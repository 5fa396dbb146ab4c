"""The call log over REST; each answer is compared with the platform's description."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator
from simulator.company.call import Target
from simulator.company.directory import OWNER_ID
from simulator.company.permissions import set_permission

from .client import Answer, Client
from .control import CALLER, DESK, DIALED, act, code, connected, ring

_ACCOUNT: Final = "/call-log"
_OWN: Final = "/extension/~/call-log"


async def _records(client: Client, path: str = _OWN, **query: str) -> list[Any]:
    answer = await client.get(path, *query.items())
    assert answer.status == 200, answer.body
    records: list[Any] = answer.body["records"]
    return records


async def _results(
    client: Client, path: str = _OWN, **query: str
) -> list[tuple[str, str, str]]:
    """Return direction, action and result of each record."""
    return [
        (record["direction"], record["action"], record["result"])
        for record in await _records(client, path, **query)
    ]


async def test_answered_call(
    freezer: FrozenDateTimeFactory, client: Client, simulator: Simulator
) -> None:
    """It is in the log when it is over; the duration is that of the call."""
    party = ring(client)
    started = datetime.fromtimestamp(party.start_time, UTC)
    freezer.tick(5)
    simulator.answer(party.telephony_session_id)
    assert await _records(client) == []
    freezer.tick(36.5)
    simulator.end(party.telephony_session_id)

    [record] = await _records(client)
    assert 41_500 <= record.pop("durationMs") < 42_000
    uri = f"{simulator.server}/restapi/v1.0/account/{simulator.account_id}"
    assert record == {
        "uri": f"{uri}/extension/{OWNER_ID}/call-log/{record['id']}?view=Simple",
        "id": record["id"],
        "sessionId": party.session_id,
        "telephonySessionId": party.telephony_session_id,
        "partyId": party.party_id,
        "startTime": started.isoformat(timespec="milliseconds")[:-6] + "Z",
        "duration": 41,
        "type": "Voice",
        "internalType": "Local",
        "direction": "Inbound",
        "action": "Phone Call",
        "result": "Accepted",
        "from": {"phoneNumber": CALLER},
        "to": {
            "extensionNumber": "101",
            "extensionId": OWNER_ID,
            "name": simulator.extension("101").name,
        },
        "extension": {"uri": f"{uri}/extension/{OWNER_ID}", "id": int(OWNER_ID)},
    }


async def _missed(client: Client) -> None:
    client.simulator.end(ring(client).telephony_session_id)


async def _rejected(client: Client) -> None:
    """The caller goes to voicemail, and ends the call there."""
    party = ring(client)
    await act(client, party, "reject")
    client.simulator.end(party.telephony_session_id)


async def _replied(client: Client) -> None:
    await act(client, ring(client), "reply", {"replyWithText": "Later"})


async def _forwarded(client: Client) -> None:
    await act(client, ring(client), "forward", {"extensionNumber": "102"})


async def _dialed(client: Client) -> None:
    party = client.simulator.ring(DIALED, "101", direction="Outbound")
    client.simulator.answer(party.telephony_session_id)
    client.simulator.end(party.telephony_session_id)


async def _not_reached(client: Client) -> None:
    party = client.simulator.ring(DIALED, "101", direction="Outbound")
    client.simulator.end(party.telephony_session_id)


async def _called_colleague(client: Client) -> None:
    party = client.simulator.ring("102", "101", direction="Outbound")
    client.simulator.answer(party.telephony_session_id)
    client.simulator.end(party.telephony_session_id)


async def _colleague_did_not_answer(client: Client) -> None:
    party = client.simulator.ring("102", "101", direction="Outbound")
    client.simulator.end(party.telephony_session_id)


async def _transferred(client: Client) -> None:
    """The record of the own extension does not wait for the end of the call."""
    await act(client, connected(client), "transfer", {"extensionNumber": "102"})


async def _answered_by_colleague(client: Client) -> None:
    party = client.simulator.ring("101", CALLER, group=["102"])
    client.simulator.answer(party.telephony_session_id, "102")


async def _flipped(client: Client) -> None:
    party = connected(client)
    await act(client, party, "flip", {"callFlipId": "1"})
    client.simulator.end(party.telephony_session_id)


async def _called_out(client: Client) -> None:
    body = {"from": {"deviceId": DESK}, "to": {"phoneNumber": DIALED}}
    path = "/restapi/v1.0/account/~/telephony/call-out"
    session = (await client.call("POST", path, json=body)).body["session"]["id"]
    client.simulator.answer(session)
    client.simulator.end(session)


@pytest.mark.parametrize(
    ("happen", "result"),
    [
        (_missed, ("Inbound", "Phone Call", "Missed")),
        (_rejected, ("Inbound", "Phone Call", "Voicemail")),
        (_replied, ("Inbound", "Phone Call", "Reply")),
        (_forwarded, ("Inbound", "Phone Call", "Declined")),
        (_dialed, ("Outbound", "Phone Call", "Call connected")),
        (_not_reached, ("Outbound", "Phone Call", "No Answer")),
        (_called_colleague, ("Outbound", "Phone Call", "Call connected")),
        (_colleague_did_not_answer, ("Outbound", "Phone Call", "No Answer")),
        (_transferred, ("Inbound", "Phone Call", "Accepted")),
        (_answered_by_colleague, ("Inbound", "Phone Call", "Answered Elsewhere")),
        (_flipped, ("Inbound", "Phone Call", "Accepted")),
        (_called_out, ("Outbound", "CallOut-CallMe", "No Answer")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_what_became_of_a_call(
    client: Client, happen: Callable[[Client], Any], result: tuple[str, str, str]
) -> None:
    """One record at the own extension."""
    await happen(client)
    assert await _results(client) == [result]


@pytest.mark.parametrize("sessions", ["one", "two"])
@pytest.mark.parametrize("spelling", ["e164", "empty"])
@pytest.mark.parametrize(
    ("until", "result"),
    [
        (0, "No Answer"),
        (1, "No Answer"),
        (2, "Call connected"),
    ],
)
async def test_ring_out_is_one_dialed_call(
    client: Client,
    simulator: Simulator,
    sessions: str,
    spelling: str,
    until: int,
    result: str,
) -> None:
    """From the own number to the dialed one, however presence shows the own leg."""
    simulator.switches.change("ring_out_sessions", sessions)
    simulator.switches.change("ring_out_from", spelling)
    ring_out = simulator.ring_outs.start(
        simulator.extension("101"),
        Target(DIALED),
        number="+14155550101",
        is_own_phone=True,
    )
    for step in (simulator.ring_outs.answer_own, simulator.ring_outs.answer)[:until]:
        step(ring_out)
    simulator.end(ring_out.call.id)

    [record] = await _records(client)
    assert (record["direction"], record["action"], record["result"]) == (
        "Outbound",
        "RingOut Web",
        result,
    )
    assert record["from"]["phoneNumber"] == "+14155550101"
    if sessions == "one" or spelling == "e164":
        assert record["to"] == {"phoneNumber": DIALED}


async def test_busy_number(client: Client, simulator: Simulator) -> None:
    ring_out = simulator.ring_outs.start(
        simulator.extension("101"),
        Target(DIALED),
        number="+14155550101",
        is_own_phone=True,
    )
    simulator.ring_outs.answer_own(ring_out)
    simulator.ring_outs.fail(ring_out, "TargetBusy")
    assert await _results(client) == [("Outbound", "RingOut Web", "Busy")]


async def test_queue_call_has_a_record_of_the_queue_and_of_each_agent(
    client: Client, simulator: Simulator
) -> None:
    """All with the same session; the queue's own log has one."""
    simulator.set_queue_members("901", ["101", "102"])
    session = simulator.ring("901", CALLER).telephony_session_id
    simulator.answer(session, "102")
    simulator.end(session)

    records = await _records(client, _ACCOUNT)
    results = {str(r["extension"]["id"]): r["result"] for r in records}
    queue = simulator.extension("901").id
    assert results == {
        queue: "Accepted",
        OWNER_ID: "Answered Elsewhere",
        simulator.extension("102").id: "Accepted",
    }
    assert len({record["sessionId"] for record in records}) == 1
    assert len(await _records(client, f"/extension/{queue}/call-log")) == 1


async def test_agents_who_do_not_answer_leave_the_queue_missed(
    client: Client, simulator: Simulator
) -> None:
    simulator.set_queue_members("901", ["101"])
    party = simulator.ring("901", CALLER)
    await act(client, party, "ignore", {"deviceId": DESK})
    # The caller waits for an agent.
    assert await _records(client, _ACCOUNT) == []
    simulator.end(party.telephony_session_id)
    results = [record["result"] for record in await _records(client, _ACCOUNT)]
    assert sorted(results) == ["Declined", "Missed"]


async def test_both_ends_of_an_internal_call_have_a_record(
    client: Client, simulator: Simulator
) -> None:
    await _called_colleague(client)
    records = await _records(client, _ACCOUNT)
    assert {(r["direction"], r["result"]) for r in records} == {
        ("Outbound", "Call connected"),
        ("Inbound", "Accepted"),
    }
    colleague = simulator.extension("102").id
    assert len(await _records(client, f"/extension/{colleague}/call-log")) == 1


# Queries


async def test_one_record(client: Client) -> None:
    """At the extension and at the account; with legs if wanted."""
    await _missed(client)
    [record] = await _records(client)
    for path in (_OWN, _ACCOUNT):
        assert (await client.get(f"{path}/{record['id']}")).body == record
    detailed = (await client.get(f"{_OWN}/{record['id']}", ("view", "Detailed"))).body
    assert detailed["uri"].endswith("view=Detailed")
    [leg] = detailed["legs"]
    assert (leg["master"], leg["result"]) == (True, "Missed")
    assert code(await client.get(f"{_OWN}/unknown")) == (404, "CMN-102")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"direction": "Outbound"}, 1),
        ({"direction": "Inbound"}, 1),
        ({"type": "Voice"}, 2),
        ({"type": "Fax"}, 0),
        ({"phoneNumber": CALLER.removeprefix("+")}, 1),
        ({"phoneNumber": CALLER}, 0),
        ({"extensionNumber": "101"}, 2),
        ({"extensionNumber": "102"}, 0),
        ({"sessionId": "1"}, 0),
        ({"telephonySessionId": "s-1"}, 0),
        ({"dateFrom": "2000-01-01T00:00:00Z", "dateTo": "2001-01-01T00:00:00Z"}, 0),
        ({"perPage": "1"}, 1),
        ({"perPage": "max"}, 2),
        ({"perPage": "1", "page": "3"}, 0),
        ({"view": "Detailed"}, 2),
    ],
)
async def test_query(client: Client, query: dict[str, str], count: int) -> None:
    await _missed(client)
    await _not_reached(client)
    assert len(await _records(client, **query)) == count


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"sessionId": "s-1"}, "CMN-101"),
        ({"sessionId": "1", "extensionNumber": "101"}, "CLG-110"),
        ({"phoneNumber": "1", "extensionNumber": "101"}, "CMN-101"),
        ({"dateFrom": "yesterday"}, "CMN-101"),
    ],
)
async def test_bad_query(client: Client, query: dict[str, str], error: str) -> None:
    assert code(await client.get(_OWN, *query.items())) == (400, error)


async def test_newest_first_and_not_older_than_a_day(
    freezer: FrozenDateTimeFactory, client: Client
) -> None:
    """Unless asked for."""
    await _missed(client)
    freezer.tick(13 * 3600)
    await client.sign_in()
    await _not_reached(client)
    assert [one[0] for one in await _results(client)] == ["Outbound", "Inbound"]
    freezer.tick(13 * 3600)
    await client.sign_in()
    assert [one[0] for one in await _results(client)] == ["Outbound"]
    assert len(await _records(client, dateFrom="2000-01-01T00:00:00Z")) == 2


# Sync


async def _sync(client: Client, path: str = _OWN, **query: str) -> Answer:
    return await client.get(f"{path}-sync", *query.items())


@pytest.mark.parametrize("path", [_OWN, _ACCOUNT])
async def test_sync_goes_on_where_it_ended(
    freezer: FrozenDateTimeFactory, client: Client, path: str
) -> None:
    """First the newest records, then those that were added."""
    await _missed(client)
    freezer.tick(1)
    await _not_reached(client)
    full = await _sync(client, path, syncType="FSync", recordCount="1")
    assert [record["direction"] for record in full.body["records"]] == ["Outbound"]
    token = full.body["syncInfo"]["syncToken"]

    freezer.tick(1)
    await _missed(client)
    more = await _sync(client, path, syncType="ISync", syncToken=token)
    assert [record["direction"] for record in more.body["records"]] == ["Inbound"]
    token = more.body["syncInfo"]["syncToken"]
    none = await _sync(client, path, syncType="ISync", syncToken=token)
    assert none.body["records"] == []


async def test_sync_of_missed_calls(client: Client) -> None:
    await _missed(client)
    await _not_reached(client)
    answer = await _sync(client, statusGroup="Missed")
    assert [record["result"] for record in answer.body["records"]] == ["Missed"]


@pytest.mark.parametrize(
    "query",
    [
        {"syncType": "ISync"},
        {"syncType": "ISync", "syncToken": "lost"},
        {"syncType": "Other"},
        {"syncType": "FSync", "dateFrom": "2000-01-01T00:00:00Z"},
    ],
)
async def test_bad_sync(client: Client, query: dict[str, str]) -> None:
    assert code(await _sync(client, **query)) == (400, "CMN-101")


async def test_too_many_changes_need_a_full_sync(
    freezer: FrozenDateTimeFactory, client: Client
) -> None:
    token = (await _sync(client)).body["syncInfo"]["syncToken"]
    freezer.tick(1)
    for _ in range(251):
        await _missed(client)
    answer = await _sync(client, syncType="ISync", syncToken=token)
    assert code(answer) == (400, "CMN-101")
    assert answer.body["errors"][0]["parameterName"] == "syncToken"
    assert len((await _sync(client)).body["records"]) == 250


# Permissions and limits


@pytest.mark.parametrize("path", [_OWN, _ACCOUNT, f"{_OWN}/1", f"{_OWN}-sync"])
async def test_missing_permission_of_the_app(
    client: Client, simulator: Simulator, path: str
) -> None:
    set_permission(simulator.permissions, "ReadCallLog", False)
    answer = await client.get(path)
    assert code(answer) == (403, "CMN-401")
    assert answer.body["errors"][0]["permissionName"] == "ReadCallLog"


async def test_missing_permission_of_the_user(
    client: Client, simulator: Simulator
) -> None:
    set_permission(simulator.user_permissions, "ReadCallLog", False)
    assert code(await client.get(_OWN)) == (403, "CMN-408")


@pytest.mark.parametrize("by_switch", [False, True])
async def test_own_log_only(
    client: Client, simulator: Simulator, by_switch: bool
) -> None:
    """The refusal names another permission than the one that is described."""
    if by_switch:
        simulator.switches.change("company_call_log", False)
    else:
        set_permission(simulator.user_permissions, "FullCompanyCallLog", False)
    await _missed(client)
    for path in (_ACCOUNT, f"{_ACCOUNT}-sync"):
        answer = await client.get(path)
        assert code(answer) == (403, "CMN-408")
        assert answer.body["errors"][0]["permissionName"] == "ReadCompanyCallLog"
    other = simulator.extension("102").id
    assert code(await client.get(f"/extension/{other}/call-log")) == (403, "CMN-419")
    assert len(await _records(client)) == 1


async def test_heavy_group_is_shared_with_ring_out(client: Client) -> None:
    for _ in range(9):
        assert (await client.get(_OWN)).headers["X-Rate-Limit-Group"] == "heavy"
    body = {"from": {"phoneNumber": "+14155550101"}, "to": {"phoneNumber": DIALED}}
    path = "/restapi/v1.0/account/~/extension/~/ring-out"
    assert (await client.call("POST", path, json=body)).status == 200
    assert (await client.get(_OWN)).status == 429


# Switches


async def test_record_is_late_by_switch(
    freezer: FrozenDateTimeFactory, client: Client, simulator: Simulator
) -> None:
    """A sync finds it later, too."""
    simulator.switches.change("call_log_delay", 30)
    await _missed(client)
    freezer.tick(29)
    synced = await _sync(client)
    assert (await _records(client), synced.body["records"]) == ([], [])
    freezer.tick(2)
    assert len(await _records(client)) == 1
    token = synced.body["syncInfo"]["syncToken"]
    later = await _sync(client, syncType="ISync", syncToken=token)
    assert len(later.body["records"]) == 1


async def test_numbers_are_masked_by_switch(
    client: Client, simulator: Simulator
) -> None:
    """Those of extensions are not."""
    simulator.switches.change("call_log_numbers", "masked")
    await _missed(client)
    [record] = await _records(client)
    assert record["from"]["phoneNumber"] == "+1650555XXXX"
    assert record["to"]["extensionNumber"] == "101"


async def test_record_without_telephony_session_by_switch(
    client: Client, simulator: Simulator
) -> None:
    simulator.switches.change("call_log_session_id", False)
    await _missed(client)
    [record] = await _records(client)
    assert "telephonySessionId" not in record
    assert record["sessionId"].isdecimal()
