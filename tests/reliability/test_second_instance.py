"""Two instances on one configuration: reported, and no fight over the connection."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator import Simulator

from ..common import Account, add_account
from .common import MOVED_TIME, Time, connected, issues, link, messages

pytestmark = MOVED_TIME

# The session is contested after about two minutes, and the former subscription has
# expired after 210 s.
_FOUND = 600


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Sign in, and wait until the rate limits are unused again."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    return account


async def test_second_instance_is_reported_and_not_fought(
    account: Account,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It continues the session whenever this one does."""
    simulator.fault("take_over", seconds=200, delay=1)
    simulator.drop_connections()
    await time.passes_until(lambda: bool(issues(account.hass)), within=_FOUND)

    assert issues(account.hass) == {"second_instance": {"account": account.entry.title}}
    assert link(account) == ("push", None)
    assert len(connected(simulator)) <= 8
    assert len([m for m in messages(caplog) if "Another client" in m]) == 1
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    assert account.shows("102", "telephony_status") == "ringing"


async def test_second_instance_that_is_turned_off_is_reported_for_an_hour(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """Then the platform lists one subscription."""
    simulator.fault("take_over", seconds=200, delay=1)
    simulator.drop_connections()
    await time.passes_until(lambda: bool(issues(account.hass)), within=_FOUND)
    await time.passes(3500, step=5)
    assert issues(account.hass)
    await time.passes(400, step=5)
    assert issues(account.hass)
    simulator.release_sessions()
    await time.passes(3700, step=5)
    assert issues(account.hass) == {}


async def test_reload_ends_the_report_of_a_second_instance(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """It is found again if it continues this session again."""
    simulator.fault("take_over", seconds=200, delay=1)
    simulator.drop_connections()
    await time.passes_until(lambda: bool(issues(account.hass)), within=_FOUND)
    simulator.clear_faults()
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await time.passes(600)

    assert ir.async_get(account.hass).issues == {}
    assert link(account) == ("push", None)


async def test_network_that_looks_like_a_second_instance_is_not_reported(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """The former session ends, since no other instance continues it."""
    for _ in range(5):
        simulator.drop_connections()
        await time.passes_until(lambda: link(account)[0] != "push", within=2)
        await time.passes_until(lambda: link(account)[0] == "push", within=125)
    assert account.coordinator.stream._recovery._left_at is not None
    await time.passes(_FOUND)

    assert issues(account.hass) == {}
    assert link(account) == ("push", None)


async def test_second_instance_is_not_reported_without_proof(
    account: Account, simulator: Simulator, time: Time
) -> None:
    """The platform does not list the subscriptions."""
    simulator.fault("take_over", seconds=200, delay=1)
    simulator.fault(
        "no_reply", path="/restapi/v1.0/subscription", method="GET", seconds=86400
    )
    simulator.drop_connections()
    await time.passes(_FOUND)

    assert issues(account.hass) == {}
