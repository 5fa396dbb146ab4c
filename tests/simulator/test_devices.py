"""Phones and numbers of the signed-in user."""

from typing import Any

import pytest

from simulator.company.devices import Device

from .client import Client

_OWN = "/extension/~"


async def _types(client: Client, path: str = "/device") -> list[str]:
    body = (await client.get(f"{_OWN}{path}")).body
    return [record["type"] for record in body["records"]]


async def test_phones_have_what_a_client_needs(client: Client) -> None:
    """Ids are texts, and that of the extension a number."""
    answer = await client.get(f"{_OWN}/device")

    assert answer.status == 200
    assert answer.headers["X-Rate-Limit-Group"] == "light"
    record = answer.body["records"][0]
    assert record["id"] == "801297277020"
    assert record["status"] == "Online"
    assert record["extension"]["id"] == 297277020
    assert answer.body["paging"]["totalElements"] == 3


async def test_phones_of_one_type(client: Client) -> None:
    """As a filter wants them."""
    answer = await client.get(f"{_OWN}/device", ("type", "SoftPhone"))

    assert [record["type"] for record in answer.body["records"]] == ["SoftPhone"]


@pytest.mark.parametrize(
    ("mode", "phones", "web"),
    [
        ("usual", ["HardPhone", "SoftPhone", "OtherPhone"], []),
        ("empty", [], []),
        ("offline", ["HardPhone", "SoftPhone", "OtherPhone"], []),
        ("web", ["HardPhone", "SoftPhone", "OtherPhone"], ["WebPhone"]),
    ],
)
async def test_phones_by_switch(
    client: Client, mode: str, phones: list[str], web: list[str]
) -> None:
    """Web phones are in a list of their own."""
    client.simulator.switches.change("devices", mode)

    assert await _types(client) == phones
    assert await _types(client, "/webapp-devices") == web
    answer = await client.get(f"{_OWN}/device")
    online = {record["status"] for record in answer.body["records"]}
    assert ("Online" in online) is (mode in ("usual", "web"))


async def test_phones_are_replaced(client: Client) -> None:
    """Until the usual ones come back."""
    simulator = client.simulator
    simulator.set_devices("101", [Device("1", "Room", "Meeting", "Online")])
    assert await _types(client) == ["Room"]
    simulator.set_devices("101", None)
    assert len(await _types(client)) == 3


async def test_forwarding_numbers(client: Client) -> None:
    """The own line with its phone, and an outside one."""
    answer = await client.get(f"{_OWN}/forwarding-number")

    line, mobile = answer.body["records"]
    assert (line["type"], line["device"]) == ("PhoneLine", {"id": "801297277020"})
    assert (mobile["type"], mobile["flipNumber"]) == ("Mobile", "3")
    assert "device" not in mobile


async def test_own_number(client: Client) -> None:
    """The direct one, which can be shown to a callee."""
    record = (await client.get(f"{_OWN}/phone-number")).body["records"][0]

    assert record["phoneNumber"] == "+14155550101"
    assert "CallerId" in record["features"]


@pytest.mark.parametrize(
    "path", ["device", "webapp-devices", "forwarding-number", "phone-number"]
)
async def test_lists_of_others_are_refused(client: Client, path: str) -> None:
    """403."""
    other = client.simulator.extension("102").id
    answer: Any = await client.get(f"/extension/{other}/{path}")

    assert answer.status == 403
    assert answer.body["errors"][0]["errorCode"] == "CMN-419"


async def test_user_without_permission_has_no_phones(client: Client) -> None:
    """The numbers can still be read."""
    client.simulator.change_permissions(user={"ReadUserDevices": False})
    answer = await client.get(f"{_OWN}/device")

    assert answer.status == 403
    assert answer.body["permissionName"] == "ReadUserDevices"
    assert (await client.get(f"{_OWN}/forwarding-number")).status == 200
