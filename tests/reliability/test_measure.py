"""What the sensors of the connection show under faults."""

from datetime import timedelta

import pytest

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Simulator

from ..common import Account, add_account
from .common import (
    MOVED_TIME,
    WSTOKEN,
    Time,
    connection,
    is_pushed,
    link,
    lose_push,
    states_of,
    unseen,
)


@MOVED_TIME
async def test_account_that_was_never_lost_shows_nothing_of_the_kind(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(3600, step=5)

    assert link(account) == ("push", None)
    assert connection(account) == STATE_ON
    assert account.shows(None, "last_loss") == STATE_UNKNOWN
    assert account.shows(None, "interruptions") == "0"
    assert unseen(account) == 0


@MOVED_TIME
async def test_stream_goes_through_all_its_states_and_each_is_shown(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The connection counts as on as long as changes arrive somehow."""
    account = await add_account(hass, simulator)
    with states_of(account, None, "link") as shown:
        simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
        await lose_push(account)
        assert connection(account) == STATE_ON
        await time.passes_until(lambda: link(account)[0] == "polling", within=62)
        assert connection(account) == STATE_ON
        simulator.fault("maintenance", path="/restapi/v1.0", seconds=3600)
        await time.passes_until(lambda: link(account)[0] == "down", within=62)
        assert connection(account) == STATE_OFF
        simulator.clear_faults()
        simulator.fault("maintenance", path=WSTOKEN, seconds=125)
        await time.passes_until(lambda: link(account)[0] == "polling", within=62)
        await time.passes_until(is_pushed(account), within=250)

    assert shown == ["recovering", "polling", "down", "polling", "push"]
    assert connection(account) == STATE_ON


@MOVED_TIME
async def test_losses_that_are_recovered_are_counted_and_nothing_was_unseen(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    for number in range(1, 4):
        await time.passes(90)
        now = dt_util.utcnow()
        await lose_push(account, abort=True)
        await time.passes_until(is_pushed(account), within=5)
        await time.passes(5)
        assert account.shows(None, "interruptions") == str(number)
        shown = dt_util.parse_datetime(account.shows(None, "last_loss") or "")
        assert shown is not None
        # The last message: heartbeats are answered about twice a minute.
        assert timedelta(seconds=-1) <= now - shown <= timedelta(seconds=35)

    assert unseen(account) == 0


@MOVED_TIME
async def test_gap_that_is_not_replayed_counts_from_the_last_sign_of_life(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    # The sign-in has used up most of what may be request_statuses within a minute.
    await time.passes(61)
    simulator.fault("recovery_failed")
    simulator.change_extension("103", userStatus="Busy")
    await time.settle()
    await simulator.stop()
    await time.passes(20)
    await simulator.start()
    took = await time.passes_until(is_pushed(account), within=40)
    await time.passes(5)

    assert 20 <= unseen(account) <= 20 + took + 1


@MOVED_TIME
async def test_hour_of_polling_is_an_hour_unseen_and_shown_while_it_lasts(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A poll returns current states only."""
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=3600)
    await lose_push(account)
    await time.passes(1800, step=5)
    assert link(account)[0] == "polling"
    assert 1700 <= unseen(account) <= 1831
    await time.passes(1800, step=5)
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 3600 <= unseen(account) <= 3600 + took + 31
    shown = unseen(account)
    await time.passes(300, step=5)
    assert unseen(account) == shown


def last_reset(account: Account, key: str) -> str:
    """Return the time from which a total is counted."""
    return str(account.state(None, key).attributes["last_reset"])


@pytest.mark.freeze_time("2026-03-02 23:50:00+00:00")
async def test_gap_over_midnight_counts_for_today_from_midnight_on(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    await hass.config.async_set_time_zone("UTC")
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=1200)
    await lose_push(account)
    await time.passes(590, step=5)
    assert 500 <= unseen(account) <= 600
    assert last_reset(account, "unseen_today") == last_reset(account, "interruptions")
    await time.passes(70, step=5)
    assert unseen(account) <= 61
    # A smaller value since the same time would be subtracted in statistics.
    assert last_reset(account, "unseen_today") == "2026-03-03T00:00:00+00:00"
    assert last_reset(account, "interruptions").startswith("2026-03-02T23:50")
    await time.passes(540, step=5)
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 599 <= unseen(account) <= 601 + took


@pytest.mark.freeze_time("2026-03-02 23:40:00+00:00")
async def test_day_that_begins_begins_with_nothing_unseen(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """By the user's own time zone; the count of losses goes on."""
    await hass.config.async_set_time_zone("UTC")
    account = await add_account(hass, simulator)
    simulator.fault("recovery_failed")
    await lose_push(account)
    await time.passes(300, step=5)
    assert unseen(account) > 0

    await time.passes(1000, step=5)

    assert unseen(account) == 0
    assert account.shows(None, "interruptions") == "1"


@MOVED_TIME
async def test_offline_time_and_polling_after_it_count_as_one_gap(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Nothing was received since the end of the last run."""
    account = await add_account(hass, simulator)
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(200)
    simulator.switches.recovery = False
    simulator.fault("maintenance", path=WSTOKEN, seconds=600)
    await hass.config_entries.async_setup(account.entry.entry_id)
    await time.passes(600, step=5)
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 800 <= unseen(account) <= 800 + took + 15


@MOVED_TIME
async def test_gap_that_is_open_at_a_restart_is_kept(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    simulator.fault("maintenance", path=WSTOKEN, seconds=900)
    await lose_push(account)
    await time.passes(400, step=5)
    since = last_reset(account, "interruptions")
    await hass.config_entries.async_reload(account.entry.entry_id)
    assert last_reset(account, "interruptions") == since
    assert last_reset(account, "unseen_today") == since
    await time.passes(500, step=5)
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 900 <= unseen(account) <= 900 + took + 15


async def test_many_events_before_a_loss_do_not_make_its_replay_seem_incomplete(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Only what comes after it can be replayed."""
    account = await add_account(hass, simulator)
    for _ in range(75):
        simulator.change_extension("103", userStatus="Busy")
        simulator.change_extension("103", userStatus="Available")
    await time.passes(10)
    await lose_push(account)
    await time.passes_until(is_pushed(account), within=3)
    await time.passes(10)

    assert account.shows(None, "interruptions") == "1"
    assert unseen(account) == 0


async def test_time_without_our_subscription_counts_while_it_lasts(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The connection stays open, so nothing is replayed."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.fault("foreign_subscription")
    simulator.change_extension("103", userStatus="Busy")
    await time.passes(30)
    before = unseen(account)
    # Again, and so soon that the subscription is not renewed at once.
    simulator.fault("foreign_subscription")
    simulator.change_extension("103", userStatus="Available")
    simulator.lose_subscriptions()
    await time.passes(200)

    assert link(account) == ("polling", "subscription_lost")
    assert 190 <= unseen(account) - before <= 235
