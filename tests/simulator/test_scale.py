"""Thousands of extensions, filters and notifications."""

import pytest

from simulator import Simulator, SimulatorOptions

from .client import Client, presence_filter

_EXTENSIONS = 5000
_NOTIFICATIONS = 20_000


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return a large account."""
    return SimulatorOptions(port=0, extensions=_EXTENSIONS)


async def test_large_account_with_a_filter_for_each_and_a_flood_of_events(
    client: Client, simulator: Simulator
) -> None:
    """Every notification arrives, in order."""
    socket = await client.connect()
    users = simulator.users
    meta, body = await socket.subscribe(*(presence_filter(user.id) for user in users))
    assert meta["status"] == 200
    assert len(body["eventFilters"]) == _EXTENSIONS

    for number in range(_NOTIFICATIONS):
        user = users[number % _EXTENSIONS]
        simulator.notify({"extensionId": user.id, "sequence": number})

    for number in range(_NOTIFICATIONS):
        assert (await socket.event())["sequence"] == number


async def test_large_account_is_read_in_six_pages(client: Client) -> None:
    """Of 1,000 at most."""
    pages = 0
    path = "/restapi/v1.0/account/~/presence?perPage=5000&detailedTelephonyState=true"
    seen: set[int] = set()
    while path:
        body = (await client.call("GET", path)).body
        seen |= {record["extension"]["id"] for record in body["records"]}
        pages += 1
        following = body["navigation"].get("nextPage", {}).get("uri", "")
        path = following.removeprefix(client.simulator.server)

    assert pages == 6
    assert len(seen) == _EXTENSIONS + 8
