"""Clocks that jump, changes of summer time, and sleep of the host."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
import time as time_module
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.websocket import HEARTBEAT_AFTER
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Simulator

from ..common import Account, add_account
from .common import (
    MOVED_TIME,
    TOKEN,
    Time,
    call_events,
    connected,
    fetched,
    is_pushed,
    link,
    lose_push,
    never_unavailable,
    request_statuses,
    subscribed,
    unseen,
)

_BOOT_TIME = "custom_components.ringcentral.api.clock.boot_time"


class Clocks:
    """Clocks that can differ; those of the marker are always equal."""

    def __init__(self, freezer: FrozenDateTimeFactory) -> None:
        """Initialize with equal clocks."""
        self._freezer = freezer
        self._monotonic = time_module.monotonic
        self._ahead = 0.0
        self._slept = 0.0

    def monotonic(self) -> float:
        """Return the clock that timers use."""
        return self._monotonic() - self._ahead

    def boot_time(self) -> float:
        """Return the clock that includes sleep of the host."""
        return self.monotonic() + self._slept

    def wall_jumps(self, seconds: float) -> None:
        """Move only the wall clock."""
        self._freezer.tick(seconds)
        self._ahead += seconds

    def host_sleeps(self, seconds: float) -> None:
        """Move only the wall clock and the boot-time clock."""
        self.wall_jumps(seconds)
        self._slept += seconds


@pytest.fixture
def clocks(time: Time, freezer: FrozenDateTimeFactory) -> Iterator[Clocks]:
    """Return clocks that can differ."""
    clocks = Clocks(freezer)
    with (
        patch("time.monotonic", clocks.monotonic),
        patch(_BOOT_TIME, clocks.boot_time),
    ):
        yield clocks


@contextmanager
def _never_negative(account: Account) -> Iterator[None]:
    """Fail if a duration or a count is negative."""
    yield
    assert unseen(account) >= 0
    assert int(account.shows(None, "interruptions") or -1) >= 0


@MOVED_TIME
@pytest.mark.parametrize("jump", [-7200, 7200, -400 * 86400, 400 * 86400, 300], ids=str)
async def test_wall_clock_that_jumps_ends_nothing_and_counts_nothing(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks, jump: float
) -> None:
    """Timers use another clock; an access token may need one refresh."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.log.clear()

    with never_unavailable(account), _never_negative(account):
        clocks.wall_jumps(jump)
        await time.passes(200)
        assert link(account) == ("push", None)
        assert request_statuses(simulator, "/ws", over="disconnect") == []
        assert fetched(simulator) == []

        await lose_push(account)
        simulator.ring(to="102", from_="+16505550123")
        await time.passes_until(is_pushed(account), within=5)
        await time.passes(5)
        assert account.shows("102", "telephony_status") == "ringing"
        assert subscribed(simulator) == []
        assert unseen(account) == 0
        assert len(request_statuses(simulator, TOKEN)) <= 1

        clocks.wall_jumps(-jump)
        await time.passes(200)
        assert link(account) == ("push", None)


@MOVED_TIME
@pytest.mark.parametrize("jump", [-7200, 7200], ids=str)
async def test_wall_clock_that_jumps_during_a_gap_does_not_change_its_length(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks, jump: float
) -> None:
    account = await add_account(hass, simulator)
    await time.passes(61)
    await simulator.stop()
    await time.passes(100)
    clocks.wall_jumps(jump)
    await time.passes(100)
    await simulator.start()
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 200 <= unseen(account) <= 200 + took + 5 + HEARTBEAT_AFTER


@MOVED_TIME
@pytest.mark.parametrize("jump", [-7200, 7200], ids=str)
async def test_wall_clock_that_jumps_over_a_restart_gives_no_negative_duration(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks, jump: float
) -> None:
    """Over a restart it is the only clock, so it counts, but never below zero."""
    account = await add_account(hass, simulator)
    simulator.switches.recovery = False
    await time.passes(61)
    # On a slow machine the answer to the last heartbeat may still be on its way.
    await account.until_all_reported()
    await hass.config_entries.async_unload(account.entry.entry_id)
    clocks.wall_jumps(jump)
    await time.passes(20)
    await hass.config_entries.async_setup(account.entry.entry_id)
    await time.passes(5)

    assert link(account) == ("push", None)
    assert 0 <= unseen(account) <= max(0, jump) + 40


@MOVED_TIME
async def test_host_that_sleeps_for_eight_hours_is_right_again_and_counts_them(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks
) -> None:
    """The connection died silently, and timers did not run."""
    account = await add_account(hass, simulator)
    gone = simulator.ring(to="103", from_="+16505550124")
    await time.passes(61)
    simulator.fault("stall")
    simulator.fault("recovery_failed")
    clocks.host_sleeps(8 * 3600)
    simulator.end(gone.telephony_session_id)
    simulator.ring(to="102", from_="+16505550123")

    with call_events(hass, simulator) as events, _never_negative(account):
        took = await time.passes_until(
            lambda: account.shows("102", "telephony_status") == "ringing", within=45
        )
        await time.passes(5)

    assert account.shows("103", "telephony_status") == "no_call"
    assert events == ["103 ended*"]
    assert link(account) == ("push", None)
    assert 8 * 3600 <= unseen(account) <= 8 * 3600 + 61 + took + 5
    lost = dt_util.parse_datetime(account.shows(None, "last_loss") or "")
    assert lost is not None
    assert dt_util.utcnow() - lost >= timedelta(hours=8)


@pytest.mark.parametrize("event", ["host sleeps", "clock is set"])
async def test_counts_begin_soon_again_if_midnight_was_skipped(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks, event: str
) -> None:
    """The timer of midnight does not run while the host sleeps."""
    account = await add_account(hass, simulator)
    simulator.end(simulator.ring(to="102", from_="+16505550124").telephony_session_id)
    await time.passes(5)
    assert account.shows(None, "missed_today") == "1"
    skip = clocks.host_sleeps if event == "host sleeps" else clocks.wall_jumps
    skip(24 * 3600)
    await time.passes(62)
    assert account.shows(None, "missed_today") == "0"


@MOVED_TIME
async def test_host_that_sleeps_does_not_try_to_recover_what_is_over(
    hass: HomeAssistant, simulator: Simulator, time: Time, clocks: Clocks
) -> None:
    """The recovery window ended during sleep."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.log.clear()
    await lose_push(account)
    clocks.host_sleeps(8 * 3600)
    await time.passes_until(is_pushed(account), within=5)
    await time.passes(5)

    # The platform of the test has not slept, and would have recovered it.
    assert subscribed(simulator) == [200]
    assert connected(simulator) == [101]
    assert unseen(account) >= 8 * 3600


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(
            "spring",
            marks=pytest.mark.freeze_time("2026-03-29 00:50:00+00:00"),
        ),
        pytest.param(
            "autumn",
            marks=pytest.mark.freeze_time("2026-10-25 00:50:00+00:00"),
        ),
    ],
)
async def test_gap_over_a_change_of_summer_time_is_as_long_as_it_was(
    hass: HomeAssistant, simulator: Simulator, time: Time, moment: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    account = await add_account(hass, simulator)
    await time.passes(61)
    await simulator.stop()
    offset = dt_util.now().utcoffset()
    await time.passes(1200)
    assert dt_util.now().utcoffset() != offset
    await simulator.start()
    took = await time.passes_until(is_pushed(account), within=125)
    await time.passes(5)

    assert 1200 <= unseen(account) <= 1200 + took + 5 + HEARTBEAT_AFTER
    assert link(account) == ("push", None)


@MOVED_TIME
@pytest.mark.parametrize("seconds", [-4 * 3600, -30, 30, 4 * 3600, 400 * 86_400])
async def test_wrong_date_of_answers_does_not_make_pushed_changes_look_old(
    hass: HomeAssistant, simulator: Simulator, time: Time, seconds: int
) -> None:
    """Neither those after a snapshot nor those of a replay; durations stay true."""
    simulator.switches.date_offset = seconds
    account = await add_account(hass, simulator)
    await time.passes(10)
    with call_events(hass, simulator) as events:
        call = simulator.ring(to="102", from_="+16505550123")
        await time.settle()
        await account.coordinator.async_refresh()
        await time.passes(5)
        simulator.answer(call.telephony_session_id)
        await time.settle()
        assert account.shows("102", "telephony_status") == "call_connected"
        await lose_push(account)
        simulator.end(call.telephony_session_id)
        await time.passes_until(is_pushed(account), within=3)
        await time.passes(6)

    assert account.shows("102", "telephony_status") == "no_call"
    assert events == ["102 ringing", "102 answered", "102 ended~"]
    state = account.state("102", "calls", "event")
    assert state.attributes["ringing_seconds"] == pytest.approx(5, abs=0.5)
    assert state.attributes["talking_seconds"] < 1
