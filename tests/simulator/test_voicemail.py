"""Voicemails: the message store over REST, and its two kinds of events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator
from simulator.base.wire import JsonValue, event_time

from .client import Answer, Client, Socket

_STORE = "/extension/~/message-store"
_ALL = ("dateFrom", "2000-01-01T00:00:00.000Z")
_UNREAD = (
    ("messageType", "VoiceMail"),
    ("readStatus", "Unread"),
    ("direction", "Inbound"),
    ("availability", "Alive"),
)
_PATH = "/restapi/v1.0/account/37439510/extension/297277020"
_MESSAGES = f"{_PATH}/message-store?type=VoiceMail&direction=Inbound"
_OTHER = "/restapi/v1.0/account/~/extension/620000102016"


def _leave(simulator: Simulator, seconds: int = 14) -> int:
    message = simulator.leave_voicemail(
        "101", "+16505550123", from_name="Test Caller", seconds=seconds
    )
    return message.id


def _ids(answer: Answer) -> list[Any]:
    return [item["id"] for item in answer.body["records"]]


async def test_voicemail_is_in_the_store_as_documented(
    client: Client, simulator: Simulator
) -> None:
    message_id = _leave(simulator)
    (message,) = simulator.voicemails("101")
    time = event_time(message.created_at)

    body = (await client.get(_STORE, *_UNREAD)).body

    assert body["records"] == [
        {
            "uri": f"{simulator.account.uri()}{_STORE}/{message_id}".replace(
                "~", "297277020"
            ),
            "id": message_id,
            "to": [
                {
                    "extensionNumber": "101",
                    "name": simulator.extension("101").name,
                }
            ],
            "from": {"phoneNumber": "+16505550123", "name": "Test Caller"},
            "type": "VoiceMail",
            "creationTime": time,
            "readStatus": "Unread",
            "priority": "Normal",
            "attachments": [
                {
                    "id": message_id,
                    "uri": f"https://media.example.invalid/message/{message_id}",
                    "type": "AudioRecording",
                    "contentType": "audio/mpeg",
                    "vmDuration": 14,
                }
            ],
            "direction": "Inbound",
            "availability": "Alive",
            "messageStatus": "Received",
            "lastModifiedTime": time,
            "vmTranscriptionStatus": "NotAvailable",
        }
    ]
    assert body["paging"]["totalElements"] == 1


async def test_callers_are_colleagues_strangers_or_hidden(
    client: Client, simulator: Simulator
) -> None:
    simulator.leave_voicemail("101", "102")
    simulator.leave_voicemail("101", "")

    records = (await client.get(_STORE)).body["records"]

    name = simulator.extension("102").name
    assert [item["from"] for item in records] == [
        {},
        {"extensionNumber": "102", "name": name},
    ]


async def test_messages_older_than_a_day_are_left_out_by_default(
    client: Client, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    first = _leave(simulator)
    freezer.tick(86401)
    await client.sign_in()
    second = _leave(simulator)

    assert _ids(await client.get(_STORE)) == [second]
    assert _ids(await client.get(_STORE, _ALL)) == [second, first]
    assert (await client.get(_STORE, ("dateFrom", "soon"))).status == 400


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ([("messageType", "voicemail")], [0, 1]),
        ([("messageType", "SMS")], []),
        ([("messageType", "SMS"), ("messageType", "VoiceMail")], [0, 1]),
        ([("readStatus", "Unread")], [1]),
        ([("readStatus", "Read")], [0]),
        ([("direction", "Outbound")], []),
        ([("availability", "Deleted")], []),
    ],
)
async def test_messages_are_filtered(
    client: Client,
    simulator: Simulator,
    params: list[tuple[str, str]],
    found: list[int],
) -> None:
    ids = [_leave(simulator), _leave(simulator)]
    simulator.mark_voicemail("101", ids[0], "Read")

    answer = await client.get(_STORE, *params)

    assert _ids(answer) == [ids[place] for place in reversed(found)]


async def test_store_is_paged_without_totals_by_switch(
    client: Client, simulator: Simulator
) -> None:
    ids = [_leave(simulator) for _ in range(3)]
    simulator.switches.voicemail_total = False

    first = await client.get(_STORE, ("perPage", "2"))
    path = first.body["navigation"]["nextPage"]["uri"].removeprefix(simulator.server)
    second = await client.call("GET", path)

    assert first.body["paging"] == {
        "perPage": 2,
        "page": 1,
        "pageStart": 0,
        "pageEnd": 1,
    }
    assert _ids(first) + _ids(second) == ids[::-1]
    assert "nextPage" not in second.body["navigation"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_message_is_marked_with_the_permission_only(
    client: Client, simulator: Simulator, method: str
) -> None:
    path = f"/restapi/v1.0/account/~{_STORE}/{_leave(simulator)}"
    read = {"readStatus": "Read"}
    assert (await client.call(method, path, json=read)).status == 403
    allowed = {"EditMessages": True}
    simulator.change_permissions(app=allowed, user=allowed)

    answer = await client.call(method, path, json=read)

    assert (answer.status, answer.body["readStatus"]) == (200, "Read")
    assert (await client.call(method, path, json={"readStatus": "x"})).status == 400
    assert (await client.call(method, f"{path}1", json=read)).status == 404
    assert _ids(await client.get(_STORE, *_UNREAD)) == []


async def test_missing_permission_or_another_mailbox_is_refused(
    client: Client, simulator: Simulator
) -> None:
    async def refusal(path: str = _STORE) -> tuple[int, str, str | None]:
        answer = await client.get(path)
        error = answer.body["errors"][0]["errorCode"]
        return answer.status, error, answer.body.get("permissionName")

    other = "/extension/620000102016/message-store"
    assert await refusal(other) == (403, "CMN-419", None)
    simulator.change_permissions(user={"ReadMessages": False})
    assert await refusal() == (403, "CMN-408", "ReadMessages")
    simulator.change_permissions(
        user={"ReadMessages": True}, app={"ReadMessages": False}
    )
    assert await refusal() == (403, "CMN-401", "ReadMessages")
    simulator.change_permissions(app={"EditMessages": True})
    assert (await client.get(_STORE)).status == 200


# Events


async def test_new_and_changed_messages_are_pushed(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(_MESSAGES.replace("37439510", "~"))

    message_id = _leave(simulator)
    for status in ("Read", "Read", "Unread"):
        simulator.mark_voicemail("101", message_id, status)
    simulator.delete_voicemail("101", message_id)
    simulator.leave_voicemail("102", "+16505550123")

    events = [(await socket.receive())[1] for _ in range(4)]
    assert {event["event"] for event in events} == {_MESSAGES}
    assert datetime.fromisoformat(events[0]["body"].pop("lastUpdated"))
    assert events[0]["body"] == {
        "accountId": "37439510",
        "extensionId": "297277020",
        "changes": [
            {
                "type": "VoiceMail",
                "newCount": 1,
                "updatedCount": 0,
                "newMessageIds": [message_id],
            }
        ],
    }
    updated = {"type": "VoiceMail", "newCount": 0, "updatedCount": 1}
    assert [event["body"]["changes"] for event in events[1:]] == [[updated]] * 3
    assert await socket.silent()


@pytest.mark.parametrize("query", ["?type=SMS", "?type=VoiceMail&direction=Outbound"])
async def test_filter_on_other_messages_is_silent(
    socket: Socket, simulator: Simulator, query: str
) -> None:
    meta, _ = await socket.subscribe(f"{_PATH}/message-store{query}")

    _leave(simulator)

    assert meta["status"] == 200
    assert await socket.silent()


@pytest.mark.parametrize(
    ("switches", "change"),
    [
        ({"zero_counts": False}, {"type": "VoiceMail", "newCount": 1}),
        (
            {"voicemail_type": "Voicemail"},
            {"type": "Voicemail", "newCount": 1, "updatedCount": 0},
        ),
    ],
)
async def test_event_of_the_store_by_switch(
    socket: Socket,
    simulator: Simulator,
    switches: Mapping[str, JsonValue],
    change: dict[str, object],
) -> None:
    for name, value in switches.items():
        simulator.switches.change(name, value)
    await socket.subscribe(_MESSAGES)

    message_id = _leave(simulator)

    changes = (await socket.event())["changes"]
    assert changes == [{**change, "newMessageIds": [message_id]}]


async def test_ids_are_text_by_switch(
    client: Client, socket: Socket, simulator: Simulator
) -> None:
    simulator.switches.change("voicemail_id_type", "string")
    simulator.switches.change("voicemail_type", "Voicemail")
    await socket.subscribe(_MESSAGES, f"{_PATH}/voicemail")

    message_id = str(_leave(simulator))

    (record,) = (await client.get(_STORE)).body["records"]
    assert (record["id"], record["type"]) == (message_id, "Voicemail")
    assert (await socket.event())["changes"][0]["newMessageIds"] == [message_id]
    assert (await socket.event())["id"] == message_id


async def test_voicemail_filter_has_the_message_itself(
    socket: Socket, simulator: Simulator
) -> None:
    await socket.subscribe(f"{_PATH}/voicemail")

    message_id = _leave(simulator)
    simulator.mark_voicemail("101", message_id, "Read")

    body = await socket.event()
    assert (body["id"], body["type"]) == (message_id, "Voicemail")
    assert body["from"] == {"phoneNumber": "+16505550123", "name": "Test Caller"}
    assert body["attachments"][0]["vmDuration"] == 14
    assert "uri" not in body
    # Reading it is not pushed here.
    assert await socket.silent()


@pytest.mark.parametrize("name", ["message-store", "voicemail"])
async def test_filter_on_the_mailbox_of_another_by_switch(
    socket: Socket, simulator: Simulator, name: str
) -> None:
    filters = (_MESSAGES, f"{_OTHER}/{name}")

    meta, body = await socket.subscribe(*filters)
    assert (meta["status"], len(body["eventFilters"])) == (200, 2)
    simulator.leave_voicemail("102", "+16505550123")
    assert await socket.silent()

    simulator.switches.change("foreign_mailbox", "disabled")
    _, body = await socket.subscribe(*filters)
    assert body["eventFilters"] == [_MESSAGES]
    assert body["disabledFilters"][0]["reason"] == "SUB-405"

    simulator.switches.change("foreign_mailbox", "refused")
    meta, body = await socket.subscribe(*filters)
    assert (meta["status"], body["errorCode"]) == (403, "SUB-405")


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        ({"app": {"ReadMessages": False}}, "CMN-401"),
        ({"user": {"ReadMessages": False}}, "CMN-408"),
    ],
)
async def test_filter_without_permission_refuses_the_subscription(
    socket: Socket,
    simulator: Simulator,
    permissions: dict[str, dict[str, bool]],
    code: str,
) -> None:
    simulator.change_permissions(**permissions)

    meta, body = await socket.subscribe(_MESSAGES)

    assert (meta["status"], body["errors"][0]["errorCode"]) == (403, code)
    assert body["permissionName"] == "ReadMessages"


async def test_messages_of_a_removed_extension_are_gone(simulator: Simulator) -> None:
    simulator.leave_voicemail("102", "+16505550123")

    simulator.remove_extension("102")

    assert list(simulator.account.mailboxes) == []
