"""Rate limits: groups, headers, and the penalty that each request restarts."""

from freezegun.api import TickingDateTimeFactory
import pytest

from simulator import Simulator

from .client import Client


@pytest.mark.parametrize(
    ("path", "group", "limit"),
    [
        ("", "light", 50),
        ("/extension", "medium", 40),
        ("/presence", "heavy", 10),
        ("/extension/~/presence", "light", 50),
        ("/extension/~/presence/line", "light", 50),
        ("/extension/~/favorite", "light", 50),
    ],
)
async def test_answers_have_group_limit_and_remaining_requests(
    client: Client, path: str, group: str, limit: int
) -> None:
    """Also how long the window is."""
    headers = (await client.get(path)).headers

    assert headers["X-Rate-Limit-Group"] == group
    assert headers["X-Rate-Limit-Limit"] == str(limit)
    assert headers["X-Rate-Limit-Remaining"] == str(limit - 1)
    assert headers["X-Rate-Limit-Window"] == "60"


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_request_during_the_penalty_restarts_it(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """A client that waits for Retry-After gets an answer."""
    for _ in range(10):
        assert (await client.get("/presence")).status == 200
    refused = await client.get("/presence")
    assert (refused.status, refused.body["errorCode"]) == (429, "CMN-301")
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["X-Rate-Limit-Remaining"] == "0"
    freezer.tick(50)
    assert (await client.get("/presence")).status == 429
    freezer.tick(50)
    assert (await client.get("/presence")).status == 429
    freezer.tick(61)

    assert (await client.get("/presence")).status == 200


async def test_groups_are_counted_apart(client: Client) -> None:
    """An empty Heavy bucket does not stop Light requests."""
    client.simulator.switches.heavy_limit = 1
    await client.get("/presence")

    assert (await client.get("/presence")).status == 429
    assert (await client.get("")).status == 200


async def test_auth_group_counts_token_and_wstoken_together(client: Client) -> None:
    """Five per minute: one sign-in and four WebSocket tokens."""
    statuses = [(await client.ws_token()).status for _ in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    assert (await client.refresh()).status == 429


async def test_auth_group_per_app_by_switch(client: Client) -> None:
    """Then requests without a known user count, too."""
    client.simulator.switches.auth_limit_per = "app"
    client.simulator.limits.clear()
    for _ in range(5):
        await client.request_token(grant_type="refresh_token", refresh_token="x")

    assert (await client.ws_token()).status == 429


async def test_headers_are_absent_by_switch(client: Client) -> None:
    """429 may come without any hint."""
    switches = client.simulator.switches
    switches.rate_limit_headers = switches.retry_after = False
    switches.light_limit = 0

    refused = await client.get("")

    assert refused.status == 429
    assert "Retry-After" not in refused.headers
    assert not [name for name in refused.headers if name.startswith("X-Rate-Limit")]


@pytest.mark.parametrize(("switch", "left"), [("one", "49"), ("each", "47")])
async def test_cost_of_a_bulk_request(
    client: Client, simulator: Simulator, switch: str, left: str
) -> None:
    """It is not documented whether it counts once or per extension."""
    simulator.switches.change("bulk_cost", switch)
    ids = ",".join(simulator.extension(number).id for number in ("101", "102", "103"))

    answer = await client.get(f"/extension/{ids}/presence")

    assert answer.headers["X-Rate-Limit-Remaining"] == left


async def test_limits_off_by_switch(client: Client) -> None:
    """Requests are counted, but never refused."""
    client.simulator.switches.rate_limits = False

    statuses = {(await client.get("/presence")).status for _ in range(12)}

    assert statuses == {200}
