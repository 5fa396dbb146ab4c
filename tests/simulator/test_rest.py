"""REST: account, extensions, presence, lines, favorites, and their refusals."""

from email.message import Message
from email.parser import BytesParser
import json
from typing import Any

import pytest

from simulator import Simulator, SimulatorOptions

from .client import Answer, Client

_SIP = (("detailedTelephonyState", "true"), ("sipData", "true"))
_OTHER = "/extension/620000102016"


def _error(answer: Answer) -> tuple[int, str, str]:
    return (
        answer.status,
        answer.body["errorCode"],
        answer.body["errors"][0]["errorCode"],
    )


# Account and extensions


async def test_account_and_own_extension_identify_the_signed_in_user(
    client: Client,
) -> None:
    """The ids of RingCentral's documentation."""
    account = (await client.get("")).body
    own = (await client.get("/extension/~")).body

    assert account["id"] == 37439510
    assert account["status"] == "Confirmed"
    assert (own["id"], own["extensionNumber"]) == (297277020, "101")
    assert own["account"]["id"] == "37439510"
    assert own["serviceFeatures"]


async def test_answers_carry_a_request_id(client: Client) -> None:
    """Also errors."""
    answers = [await client.get(""), await client.get("/extension/1")]

    ids = {answer.headers["RCRequestId"] for answer in answers}
    assert len(ids) == 2


async def test_extension_list_has_others_than_people(client: Client) -> None:
    """So that a client must choose; an unassigned one has no number."""
    records = (await client.get("/extension")).body["records"]

    assert len([item for item in records if item["status"] == "Enabled"]) == 20
    assert {"User", "Department", "ParkLocation", "IvrMenu"} <= {
        item["type"] for item in records
    }
    (unassigned,) = [item for item in records if item["status"] == "Unassigned"]
    assert "extensionNumber" not in unassigned
    assert all(isinstance(item["id"], int) for item in records)


async def test_extension_list_has_departments_and_sites(client: Client) -> None:
    """Of people; those who have none lack the field."""
    simulator = client.simulator
    simulator.change_extension("104", department="", site="")
    records = (await client.get("/extension")).body["records"]
    by_number = {r["extensionNumber"]: r for r in records if "extensionNumber" in r}

    assert by_number["105"]["contact"]["department"] == "Support"
    assert by_number["105"]["site"] == {"id": "harbour-site", "name": "Harbour Site"}
    assert "department" not in by_number["104"]["contact"]
    assert "site" not in by_number["104"]
    assert "department" not in by_number["901"]["contact"]


async def test_extension_list_is_paged(client: Client) -> None:
    """The whole of it by following `nextPage`, with the request's own filters."""
    path = "/restapi/v1.0/account/~/extension?perPage=5&status=Enabled"
    pages: list[Any] = []
    while path:
        pages.append((await client.call("GET", path)).body)
        following = pages[-1]["navigation"].get("nextPage", {}).get("uri", "")
        path = following.removeprefix(client.simulator.server)

    assert [len(page["records"]) for page in pages] == [5, 5, 5, 5]
    assert pages[1]["paging"] == {
        "page": 2,
        "perPage": 5,
        "pageStart": 5,
        "pageEnd": 9,
        "totalPages": 4,
        "totalElements": 20,
    }
    assert "previousPage" not in pages[0]["navigation"]
    assert "status=Enabled" in pages[3]["navigation"]["previousPage"]["uri"]


async def test_page_beyond_the_end_is_empty_and_nowhere(client: Client) -> None:
    """No page, no start, no end."""
    body = (await client.get("/extension", ("page", "7"))).body

    assert body["records"] == []
    assert not {"page", "pageStart", "pageEnd"} & set(body["paging"])
    assert "nextPage" not in body["navigation"]


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ([("extensionNumber", "102"), ("extensionNumber", "103")], ["102", "103"]),
        ([("type", "ParkLocation")], ["911"]),
        ([("email", "ext104@example.invalid")], ["104"]),
        ([("status", "Frozen")], []),
    ],
)
async def test_extension_list_can_be_filtered(
    client: Client, params: list[tuple[str, str]], numbers: list[str]
) -> None:
    """Each filter may be repeated."""
    body = (await client.get("/extension", *params)).body

    assert [item["extensionNumber"] for item in body["records"]] == numbers


async def test_permissions_of_the_user_can_be_checked(
    client: Client, simulator: Simulator
) -> None:
    """One by one, as a list, and as features with their limits."""
    simulator.user_permissions.remove("HUD")
    check = ("permissionId", "ReadPresenceStatus")
    path = "/extension/~/authz-profile"

    assert (await client.get(f"{path}/check", check)).body["successful"] is True
    assert (await client.get(f"{path}/check", ("permissionId", "HUD"))).body[
        "successful"
    ] is False
    listed = (await client.get(path)).body["permissions"]
    assert "HUD" not in {item["permission"]["id"] for item in listed}
    features = (await client.get("/extension/~/features")).body["records"]
    (hud,) = [item for item in features if item["id"] == "HUD"]
    assert (hud["available"], hud["reason"]["code"]) == (
        False,
        "InsufficientPermissions",
    )
    assert hud["params"] == [{"name": "limitMax", "value": "100"}]


# Presence


async def test_presence_has_detail_on_request_only(
    client: Client, simulator: Simulator
) -> None:
    """Calls with the first parameter, SIP data with the second, a total with a third."""
    simulator.ring(to="102", from_="+16505550123", from_name="Test Caller")

    simple = (await client.get(f"{_OTHER}/presence")).body
    detailed = (await client.get(f"{_OTHER}/presence", _SIP[0])).body
    sip = (await client.get(f"{_OTHER}/presence", *_SIP)).body
    total = (await client.get(f"{_OTHER}/presence", ("totalActiveCalls", ""))).body

    assert simple["telephonyStatus"] == "Ringing"
    assert "activeCalls" not in simple
    assert "sipData" not in detailed["activeCalls"][0]
    assert sip["activeCalls"][0]["sipData"]["toTag"] == "blf"
    assert sip["activeCalls"][0]["startTime"].endswith("+0000")
    assert "totalActiveCalls" not in sip
    assert total["totalActiveCalls"] == 1
    assert sip == simulator.presence("102")


async def test_group_like_extension_is_offline_without_further_fields(
    client: Client,
) -> None:
    """A queue has no presence of its own."""
    queue = client.simulator.extension("901")

    body = (await client.get(f"/extension/{queue.id}/presence", *_SIP)).body

    assert set(body) == {"uri", "extension", "presenceStatus", "allowSeeMyPresence"}
    assert body["presenceStatus"] == "Offline"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/extension/999/presence", (404, "CMN-102", "CMN-102")),
        ("/extension/abc/presence", (400, "InvalidParameter", "CMN-101")),
        ("/extension/1%2F2/presence", (400, "InvalidParameter", "CMN-101")),
    ],
)
async def test_unknown_extension(
    client: Client, path: str, error: tuple[int, str, str]
) -> None:
    """The parameter is named inside and at top level."""
    answer = await client.get(path)

    assert _error(answer) == error
    assert answer.body["parameterName"] == "extensionId"
    assert answer.body["errors"][0]["parameterName"] == "extensionId"


async def test_foreign_account_and_unknown_path(client: Client) -> None:
    """The platform's 404, and the gateway's with its empty list of errors."""
    foreign = await client.call("GET", "/restapi/v1.0/account/1/presence")
    unknown = await client.get("/nothing")
    outside = await client.call("GET", "/elsewhere")
    wrong = await client.call("PATCH", "/restapi/v1.0/account/~/presence")

    assert _error(foreign) == (404, "CMN-102", "CMN-102")
    for answer in (unknown, outside):
        assert answer.status == 404
        assert answer.body == {
            "errorCode": "AGW-404",
            "message": "Resource not found",
            "errors": [],
        }
    assert wrong.status == 405


async def test_bulk_request_as_json(client: Client) -> None:
    """In the order of the request, failed ones included."""
    ids = ["620000103016", "1", "297277020"]

    answer = await client.call(
        "GET",
        f"/restapi/v1.0/account/~/extension/{','.join(ids)}/presence",
        headers={"Accept": "application/vnd.ringcentral.multipart+json"},
    )

    assert answer.status == 207
    assert [(item["resourceId"], item["status"]) for item in answer.body] == [
        ("620000103016", 200),
        ("1", 404),
        ("297277020", 200),
    ]
    assert answer.body[0]["body"]["extension"]["extensionNumber"] == "103"
    assert answer.body[1]["body"]["errorCode"] == "CMN-102"


async def test_bulk_request_as_multipart(client: Client) -> None:
    """The first part lists the statuses, one part per id follows."""
    answer = await client.get("/extension/620000103016,1/presence")

    content_type = answer.headers["Content-Type"].encode()
    message: Message = BytesParser().parsebytes(
        b"Content-Type: " + content_type + b"\r\n\r\n" + answer.body
    )
    parts = [
        json.loads(str(part.get_payload()))
        for part in message.walk()
        if not part.is_multipart()
    ]
    assert answer.status == 207
    assert [item["status"] for item in parts[0]["response"]] == [200, 404]
    assert parts[1]["extension"]["id"] == 620000103016
    assert parts[2]["errorCode"] == "CMN-102"


async def test_bulk_request_is_limited_to_30(client: Client) -> None:
    """More are refused as a whole."""
    answer = await client.get(f"/extension/{','.join(['1'] * 31)}/presence")

    assert _error(answer) == (400, "InvalidMultipartRequest", "CMN-106")


async def test_account_presence_is_paged(client: Client) -> None:
    """Everyone with a number, group-like ones too."""
    first = (await client.get("/presence", ("perPage", "15"), *_SIP)).body
    second = (await client.get("/presence", ("perPage", "15"), ("page", "2"))).body

    assert (len(first["records"]), len(second["records"])) == (15, 5)
    assert "activeCalls" in first["records"][0]
    assert "sipData=true" in first["navigation"]["nextPage"]["uri"]


async def test_hidden_presence_is_offline_for_others(
    client: Client, simulator: Simulator
) -> None:
    """By switch it is not; one's own is always seen."""
    for number in ("101", "102"):
        simulator.change_extension(number, allowSeeMyPresence=False)

    assert simulator.presence("102")["presenceStatus"] == "Offline"
    assert simulator.presence("101")["presenceStatus"] == "Available"
    simulator.switches.hidden_presence = "visible"
    body = (await client.get(f"{_OTHER}/presence")).body
    assert body["presenceStatus"] == "Available"


async def test_own_presence_can_be_changed(client: Client) -> None:
    """The answer is the whole resource; what cannot be set is ignored."""
    answer = await client.put(
        "/extension/~/presence",
        {
            "userStatus": "Busy",
            "dndStatus": "DoNotAcceptAnyCalls",
            "message": "In a meeting",
            "ringOnMonitoredCall": True,
            "presenceStatus": "Offline",
            "meetingStatus": "Connected",
        },
    )

    assert answer.status == 200
    assert answer.body["presenceStatus"] == "Busy"
    assert answer.body["dndStatus"] == "DoNotAcceptAnyCalls"
    assert answer.body["message"] == "In a meeting"
    assert answer.body["ringOnMonitoredCall"] is True
    assert answer.body["meetingStatus"] == "Disconnected"


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"userStatus": "Asleep"}, "userStatus"),
        ({"message": "x" * 76}, "message"),
        ({"allowSeeMyPresence": "yes"}, "allowSeeMyPresence"),
        ({"dndStatus": "TakeDepartmentCallsOnly"}, "dndStatus"),
    ],
)
async def test_bad_presence_value_is_named(
    client: Client, body: dict[str, object], parameter: str
) -> None:
    """Queue settings are invalid for an extension in no queue."""
    answer = await client.put("/extension/~/presence", body)

    assert _error(answer) == (400, "InvalidParameter", "CMN-101")
    assert answer.body["parameterName"] == parameter


async def test_broken_body_is_400(client: Client) -> None:
    """Neither half a JSON text nor an array is a presence."""
    path = "/restapi/v1.0/account/~/extension/~/presence"
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/json",
    }
    async with client.http.put(
        f"{client.simulator.server}{path}", data=b'{"mess', headers=headers
    ) as response:
        assert response.status == 400
        assert (await response.json())["errorCode"] == "CMN-104"
    assert (await client.put("/extension/~/presence", [1])).status == 400


async def test_presence_of_others_cannot_be_changed(client: Client) -> None:
    """A normal user lacks the extended scope."""
    answer = await client.put(f"{_OTHER}/presence", {"userStatus": "Busy"})

    assert _error(answer) == (403, "CMN-419", "CMN-419")
    assert answer.body["permissionsName"] == "EditPresenceStatus"


async def test_presence_of_others_can_be_changed_by_switch(
    client: Client, simulator: Simulator
) -> None:
    """As an administrator may; queues and the like have none to change."""
    simulator.switches.edit_presence = "any"
    queue = next(e for e in simulator.extensions if e.type == "Department")

    answer = await client.put(f"{_OTHER}/presence", {"userStatus": "Busy"})
    assert answer.status == 200
    assert answer.body["userStatus"] == "Busy"
    answer = await client.put(f"/extension/{queue.id}/presence", {"userStatus": "Busy"})
    assert _error(answer) == (403, "FeatureNotAvailable", "CMN-403")


async def test_change_of_presence_is_answered_and_not_made_by_switch(
    client: Client, simulator: Simulator
) -> None:
    """The answer shows it, as it shows everything."""
    simulator.switches.edit_presence = "ignored"

    answer = await client.put("/extension/~/presence", {"userStatus": "Busy"})
    assert answer.status == 200
    assert answer.body["userStatus"] == "Available"
    assert simulator.presence("101")["userStatus"] == "Available"
    answer = await client.put("/extension/~/presence", {"userStatus": "Asleep"})
    assert answer.status == 400


@pytest.mark.parametrize("dnd_status", ["Unknown", "missing"])
async def test_new_call_handling_accepts_the_personal_dnd_only(
    client: Client, simulator: Simulator, dnd_status: str
) -> None:
    """The other field does not apply to people there."""
    simulator.switches.change("dnd_status", dnd_status)
    simulator.switches.dnd_status_personal = True
    path = "/extension/~/presence"

    answer = await client.put(path, {"dndStatus": "DoNotAcceptAnyCalls"})
    assert answer.body["dndStatusPersonal"] == "TakeAllCalls"
    answer = await client.put(path, {"dndStatusPersonal": "DoNotAcceptAnyCalls"})
    assert answer.body["dndStatusPersonal"] == "DoNotAcceptAnyCalls"
    assert answer.body["presenceStatus"] == "Busy"


async def test_personal_dnd_is_nothing_to_the_old_call_handling(
    client: Client, simulator: Simulator
) -> None:
    """A field that the account does not have is not looked at."""
    answer = await client.put(
        "/extension/~/presence", {"dndStatusPersonal": "DoNotAcceptAnyCalls"}
    )

    assert answer.status == 200
    assert answer.body["dndStatus"] == "TakeAllCalls"


@pytest.mark.parametrize(
    ("path", "app", "user"),
    [
        ("", "ReadAccounts", "ReadCompanyInfo"),
        ("/extension", "ReadAccounts", "ReadExtensions"),
        ("/extension/~/presence/line", "ReadPresence", "ReadPresenceSettings"),
        ("/extension/~/favorite", "ReadContacts", "ReadPersonalContacts"),
        ("/presence", "ReadPresence", "ReadPresenceStatus"),
    ],
)
async def test_missing_permission_is_named(
    client: Client, simulator: Simulator, path: str, app: str, user: str
) -> None:
    """That of the user, or that of the app; a greater one includes it."""
    simulator.user_permissions.remove(user)
    answer = await client.get(path)
    assert _error(answer) == (403, "CMN-408", "CMN-408")
    assert answer.body["permissionName"] == user

    greater = {"ReadPresence": "EditPresence", "ReadContacts": "Contacts"}.get(app)
    simulator.user_permissions.add(user)
    simulator.permissions.discard(app)
    if greater:
        assert (await client.get(path)).status == 200
        simulator.permissions.remove(greater)
    answer = await client.get(path)
    assert _error(answer) == (403, "InsufficientPermissions", "CMN-401")
    assert answer.body["permissionName"] == app


# Lines and favorites


async def test_lines_begin_with_the_own_extension_twice(
    client: Client, simulator: Simulator
) -> None:
    """Those cannot be edited; others start at 3."""
    body = (await client.get("/extension/~/presence/line")).body

    assert [
        (item["id"], item["extension"]["extensionNumber"], item["notEditableOnHud"])
        for item in body["records"]
    ] == [
        ("1", "101", True),
        ("2", "101", True),
        ("3", "102", False),
        ("4", "103", False),
        ("5", "911", False),
    ]
    assert body["records"][4]["extension"]["type"] == "ParkLocation"
    one = await client.get("/extension/~/presence/line/3")
    assert one.body == body["records"][2]
    assert (await client.get("/extension/~/presence/line/9")).status == 404


@pytest.mark.parametrize("bare", [False, True])
async def test_lines_are_replaced_in_both_forms(
    client: Client, simulator: Simulator, bare: bool
) -> None:
    """As `records`, or as the bare array of all lines that the official app sends."""
    own = simulator.extension("101").id
    records = [
        {"id": "3", "extension": {"id": simulator.extension("104").id}},
        {"id": "4", "extension": {"id": simulator.extension("105").id}},
    ]
    body: object = {"records": records}
    if bare:
        body = [
            {"id": str(line), "extension": {"id": own}} for line in (1, 2)
        ] + records

    answer = await client.put("/extension/~/presence/line", body)

    assert [
        item["extension"]["extensionNumber"] for item in answer.body["records"]
    ] == [
        "101",
        "101",
        "104",
        "105",
    ]


async def test_lines_over_the_limit_or_of_no_extension_are_refused(
    client: Client, simulator: Simulator
) -> None:
    """And nothing changes."""
    simulator.switches.lines_max = 3
    others = [simulator.extension(number).id for number in ("104", "105")]
    path = "/extension/~/presence/line"

    def lines(ids: list[str]) -> object:
        return {"records": [{"id": "3", "extension": {"id": item}} for item in ids]}

    assert (await client.put(path, lines(others))).status == 400
    assert (await client.put(path, lines(["999"]))).status == 404
    assert (await client.put(path, {"records": "x"})).status == 400
    assert len((await client.get(path)).body["records"]) == 5


async def test_lines_are_internal_by_switch(client: Client) -> None:
    """Third parties may be refused."""
    client.simulator.switches.lines_api = False

    assert (await client.get("/extension/~/presence/line")).status == 403


async def test_lines_of_others_are_refused(client: Client) -> None:
    """So are favorites."""
    assert _error(await client.get(f"{_OTHER}/presence/line"))[1] == "CMN-419"
    assert _error(await client.get(f"{_OTHER}/favorite"))[1] == "CMN-419"


async def test_presence_permission_lists_the_monitoring_extensions(
    client: Client, simulator: Simulator
) -> None:
    """Everyone who has this extension on a line."""
    simulator.set_lines("105", ["101"])

    body = (await client.get("/extension/~/presence/permission")).body

    assert [item["extensionNumber"] for item in body["records"]] == ["105"]


async def test_favorites_are_extensions_and_contacts(
    client: Client, simulator: Simulator
) -> None:
    """Only extensions have presence; the whole list is replaced."""
    body = (await client.get("/extension/~/favorite")).body
    assert [item.get("extensionId") for item in body["records"]] == [
        simulator.extension("102").id,
        simulator.extension("104").id,
        None,
    ]
    new = simulator.extension("105").id

    answer = await client.put(
        "/extension/~/favorite",
        {"records": [{"id": 1, "extensionId": new}, {"id": 2, "contactId": "7"}]},
    )

    assert [
        (item["id"], item.get("extensionId"), item.get("contactId"))
        for item in answer.body["records"]
    ] == [(1, new, None), (2, None, "7")]
    bad = await client.put("/extension/~/favorite", {"records": [{"id": 1}]})
    assert bad.status == 400


async def test_removed_extension_is_gone_everywhere(
    client: Client, simulator: Simulator
) -> None:
    """From the list, the lines, the favorites; its id is never used again."""
    gone = simulator.extension("102").id
    simulator.ring(to="102", from_="103")

    simulator.remove_extension("102")

    assert (await client.get(f"/extension/{gone}")).status == 404
    assert gone not in simulator.directory.lines["297277020"]
    assert gone not in simulator.directory.favorites["297277020"]
    assert simulator.presence("103")["activeCalls"] == []
    assert simulator.add_extension(number="102").id != gone


def test_ids_and_numbers_are_unique_in_a_large_account() -> None:
    """No number or id meets another."""
    simulator = Simulator(SimulatorOptions(port=0, extensions=5000))

    assert len(simulator.users) == 5000
    numbers = [item.number for item in simulator.extensions if item.number]
    assert len(numbers) == len(set(numbers)) == 5008
    assert len({item.name for item in simulator.users}) == 5000
