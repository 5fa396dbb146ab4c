"""Unload, reload, removal and shutdown in every state of the connection."""

import asyncio
from collections.abc import Awaitable, Callable
import gc
import logging
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.util.async_ import get_scheduled_timer_handles
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from .common import (
    API,
    MOVED_TIME,
    SUBSCRIPTION,
    TOKEN,
    WSTOKEN,
    Time,
    is_pushed,
    issues,
    link,
    lose_push,
    own_tasks,
    request_statuses,
    subscribed,
)

pytestmark = MOVED_TIME

type Situation = Callable[[Account, Time], Awaitable[None]]


async def _push(account: Account, time: Time) -> None:
    assert link(account)[0] == "push"


async def _half_open(account: Account, time: Time) -> None:
    account.simulator.fault("stall")
    await time.passes(5)
    assert link(account)[0] == "push"


async def _recovering(account: Account, time: Time) -> None:
    await lose_push(account)
    assert link(account)[0] == "recovering"


async def _polling(account: Account, time: Time) -> None:
    account.simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
    await lose_push(account)
    await time.passes(65)
    assert link(account)[0] == "polling"


async def _down(account: Account, time: Time) -> None:
    account.simulator.fault("maintenance", path="/restapi", seconds=3600)
    await lose_push(account)
    await time.passes(65)
    assert link(account)[0] == "down"


async def _held_up(account: Account, time: Time, fault: str, path: str) -> None:
    account.simulator.fault(fault, path=path, seconds=3600)
    await lose_push(account)
    await time.passes(1.5)
    assert account.coordinator.stream.state is StreamState.RECOVERING


async def _refreshing_the_token(account: Account, time: Time) -> None:
    account.simulator.fault("expire_tokens")
    await _held_up(account, time, "no_answer", TOKEN)


async def _requesting_a_token(account: Account, time: Time) -> None:
    await _held_up(account, time, "no_answer", WSTOKEN)


async def _connecting(account: Account, time: Time) -> None:
    account.simulator.fault("silent_connect", count=1)
    await lose_push(account)
    await time.passes(1.5)
    assert account.simulator.gateway.connections


async def _subscribing(account: Account, time: Time) -> None:
    account.simulator.fault("recovery_failed")
    await _held_up(account, time, "no_reply", SUBSCRIPTION)


async def _replayed_and_refreshing(account: Account, time: Time) -> None:
    account.simulator.fault("no_answer", path=f"{API}/account", seconds=3600)
    await lose_push(account)
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(3)


async def _black_hole(account: Account, time: Time) -> None:
    account.simulator.fault("no_answer", path="/restapi", seconds=3600)
    await lose_push(account)
    # The first poll tries the lists, then the presence, ten seconds each.
    await time.passes(85)
    assert link(account) == ("down", "timed_out")


async def _fetching(account: Account, time: Time) -> None:
    account.simulator.fault("no_answer", path=f"{API}/account", seconds=3600)
    # As a user does by the action that updates an entity.
    account.hass.async_create_task(account.coordinator.async_request_refresh())
    await time.passes(1)


async def _waiting_to_refetch(account: Account, time: Time) -> None:
    extension_id = account.simulator.extension("102").id
    account.simulator.notify(
        {"extensionId": extension_id, "telephonyStatus": "Ringing"}
    )
    await time.settle()


async def _not_permitted(account: Account, time: Time) -> None:
    account.simulator.permissions.discard("WebSocket")
    await lose_push(account)
    await time.passes(1.5)
    assert issues(account.hass)


async def _refused_credentials(account: Account, time: Time) -> None:
    account.simulator.oauth.revoked_jwts.add(account.simulator.jwt)
    account.simulator.fault("revoke_sessions")
    await time.passes(65)
    assert link(account)[1] == "invalid_grant"


SITUATIONS = (
    _push,
    _half_open,
    _recovering,
    _polling,
    _down,
    _black_hole,
    _refreshing_the_token,
    _requesting_a_token,
    _connecting,
    _subscribing,
    _replayed_and_refreshing,
    _fetching,
    _waiting_to_refetch,
    _not_permitted,
    _refused_credentials,
)
in_every_situation = pytest.mark.parametrize(
    "situation", SITUATIONS, ids=[item.__name__.strip("_") for item in SITUATIONS]
)


def _timers() -> list[str]:
    """Return the timers of the integration that run now."""
    return [
        text
        for handle in get_scheduled_timer_handles(asyncio.get_running_loop())
        if not handle.cancelled()
        and DOMAIN in (text := f"{handle} {getattr(handle, '_args', ())}")
    ]


async def _ends_within_a_second(work: Awaitable[object]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work
    assert loop.time() - began < 1.0


async def _assert_nothing_left(account: Account, time: Time) -> None:
    await time.settle()
    assert own_tasks() == []
    assert _timers() == []
    account.simulator.clear_faults()
    await time.settle()
    assert account.simulator.gateway.connections == []
    before = len(account.simulator.log)
    await time.passes(1000, step=20)
    assert len(account.simulator.log) == before


def _revoked(simulator: Simulator) -> list[int]:
    return request_statuses(simulator, "/restapi/oauth/revoke")


@in_every_situation
async def test_unload_ends_everything_within_a_second(
    hass: HomeAssistant, simulator: Simulator, time: Time, situation: Situation
) -> None:
    """No task, timer or socket is left, and no repair issue."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    await situation(account, time)

    await _ends_within_a_second(
        hass.config_entries.async_unload(account.entry.entry_id)
    )

    assert account.entry.state is ConfigEntryState.NOT_LOADED
    assert account.shows("102", "presence") == "unavailable"
    assert issues(hass) == {}
    await _assert_nothing_left(account, time)
    assert _revoked(simulator) == []


@in_every_situation
async def test_removal_ends_everything_within_a_second_and_revokes(
    hass: HomeAssistant, simulator: Simulator, time: Time, situation: Situation
) -> None:
    """Only removal revokes, if the platform can be reached; the stored state is removed too."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    await situation(account, time)

    await _ends_within_a_second(
        hass.config_entries.async_remove(account.entry.entry_id)
    )

    assert hass.config_entries.async_entries(DOMAIN) == []
    assert issues(hass) == {}
    if situation is _black_hole:
        # The revocation goes on until its time limit.
        await time.passes(11)
    await _assert_nothing_left(account, time)
    if situation not in (_down, _black_hole):
        assert _revoked(simulator) == [200]


@in_every_situation
async def test_shutdown_ends_everything_within_a_second(
    hass: HomeAssistant, simulator: Simulator, time: Time, situation: Situation
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(61)
    await situation(account, time)

    await _ends_within_a_second(hass.async_stop(force=True))

    await _assert_nothing_left(account, time)
    assert _revoked(simulator) == []


@in_every_situation
async def test_reload_leaves_one_of_everything_and_is_right_again(
    hass: HomeAssistant, simulator: Simulator, time: Time, situation: Situation
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(61)
    await situation(account, time)
    simulator.clear_faults()
    simulator.permissions.add("WebSocket")
    simulator.oauth.revoked_jwts.clear()
    simulator.log.clear()

    await hass.config_entries.async_reload(account.entry.entry_id)
    await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert account.entry.state is ConfigEntryState.LOADED
    assert len(simulator.gateway.connections) == 1
    names = own_tasks()
    assert sum("event stream" in name for name in names) == 1
    assert issues(hass) == {}
    if situation in (_push, _recovering, _polling, _fetching, _not_permitted):
        assert subscribed(simulator) == []
    simulator.ring(to="102", from_="+16505550123")
    await time.settle()
    assert account.shows("102", "telephony_status") == "ringing"
    assert _revoked(simulator) == []


async def test_unload_while_set_up_is_retried_ends_that(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    simulator.fault("maintenance", path="/restapi", seconds=3600)
    await hass.config_entries.async_setup(account.entry.entry_id)
    assert account.entry.state is ConfigEntryState.SETUP_RETRY

    await _ends_within_a_second(
        hass.config_entries.async_unload(account.entry.entry_id)
    )

    await _assert_nothing_left(account, time)


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=2)], ids=["two"]
)
async def test_thousand_reloads_grow_nothing_and_send_nothing_in_a_penalty(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The rate limiter survives reloads, so each stays within the limits."""
    caplog.set_level(logging.WARNING)
    account = await add_account(hass, simulator, groups=[], extensions=["102"])

    async def reload(times: int) -> int:
        for _ in range(times):
            await time.passes(20, step=20)
            assert await hass.config_entries.async_reload(account.entry.entry_id)
        await time.settle()
        assert len(own_tasks()) == one_run
        gc.collect()
        return sum(type(o).__module__.startswith(_OURS) for o in gc.get_objects())

    await time.passes(61)
    one_run = len(own_tasks())
    simulator.log.clear()
    few = await reload(20)
    assert await reload(80) <= few
    # Entities are what takes the time, and Home Assistant's own.
    with patch("custom_components.ringcentral.PLATFORMS", [Platform.BINARY_SENSOR]):
        few = await reload(20)
        assert await reload(880) <= few

    assert len(request_statuses(simulator, WSTOKEN)) == 1000
    assert {record.status for record in simulator.log if record.kind == "http"} == {200}


_OURS = f"custom_components.{DOMAIN}"


async def test_reloads_during_a_penalty_send_nothing(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A request during the penalty would restart it."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("rate_limit", path=WSTOKEN, retryAfter="120")
    await lose_push(account)
    await time.passes_until(
        lambda: 429 in request_statuses(simulator, WSTOKEN), within=5
    )
    simulator.log.clear()

    for _ in range(20):
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await time.passes(5, step=5)

    assert request_statuses(simulator, WSTOKEN) == []
    assert request_statuses(simulator, TOKEN) == []
    assert 429 not in [record.status for record in simulator.log]
    await time.passes_until(is_pushed(account), within=130)
