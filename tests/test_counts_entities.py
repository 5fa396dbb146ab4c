"""Counts of the day: of the account, of groups and of extensions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, override
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.ringcentral.calls import dispatcher
from custom_components.ringcentral.calls.counts import CallCounter
from custom_components.ringcentral.connection.storage import async_remove_stored_state
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .common import Account, add_account, writes
from .forms import want_more_sensors
from .groups.common import add, queue, team
from .groups.shown import Group, settle_shown
from .reliability.common import MOVED_TIME, Time

_CALLER: Final = "+16505550199"
_CALLS: Final = ("incoming_today", "outgoing_today", "answered_today", "missed_today")
_TIMES: Final = ("talk_time_today", "longest_wait_today")


class _Extension(Group):
    """An extension as its user sees it."""

    def __init__(self, account: Account, number: str) -> None:
        """Initialize with the number of the extension."""
        super().__init__(account)
        self._number = number

    @override
    def entity_id(self, key: str, platform: str = "sensor") -> str:
        entity_id = self.account.entity_id(self._number, key, platform)
        assert entity_id is not None
        return entity_id


async def _reload(account: Account) -> None:
    assert await account.hass.config_entries.async_reload(account.entry.entry_id)
    await settle_shown(account)


async def _enable_counts(account: Account, number: str) -> _Extension:
    """Enable the counts of an extension as a user does."""
    await want_more_sensors(account)
    extension = _Extension(account, number)
    for key in (*_CALLS, *_TIMES):
        er.async_get(account.hass).async_update_entity(
            extension.entity_id(key), disabled_by=None
        )
    await _reload(account)
    return extension


async def _miss(account: Account, time: Time, number: str = "102") -> None:
    call = account.simulator.ring(to=number, from_=_CALLER)
    await settle_shown(account)
    account.simulator.end(call.telephony_session_id)
    await time.passes(5)


@MOVED_TIME
async def test_calls_of_the_day_are_counted_for_each_who_takes_part(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """The account, a group, and an extension that has such sensors."""
    group = Group(account, await add(account, team(account, numbers=["102", "103"])))
    extension = await _enable_counts(account, "102")
    everyone = Group(account)
    for shown in (everyone, group, extension):
        assert shown.shows(*_CALLS) == ("0", "0", "0", "0")
        assert shown.shows(*_TIMES) == ("0.0", STATE_UNKNOWN)

    call = simulator.ring(to="102", from_=_CALLER, group=["103", "105"])
    await time.passes(7)
    simulator.answer(call.telephony_session_id, "103")
    await time.passes(120)
    simulator.end(call.telephony_session_id)
    await time.passes(5)
    call = simulator.ring(to=_CALLER, from_="102", direction="Outbound")
    simulator.answer(call.telephony_session_id)
    await time.passes(60)
    simulator.end(call.telephony_session_id)
    await time.passes(5)
    await _miss(account, time, "105")

    assert everyone.shows(*_CALLS) == ("2", "1", "1", "1")
    assert group.shows(*_CALLS) == ("1", "1", "1", "0")
    assert extension.shows(*_CALLS) == ("1", "1", "0", "1")
    minutes = [
        float(shown.state("talk_time_today").state)
        for shown in (everyone, group, extension)
    ]
    assert minutes == pytest.approx([3, 3, 1], abs=0.1)
    for shown in (everyone, group):
        assert float(shown.state("longest_wait_today").state) == pytest.approx(7, abs=1)
    assert extension.shows("longest_wait_today") == (STATE_UNKNOWN,)
    for key in ("answered_today", "missed_today", "talk_time_today"):
        assert everyone.state(key).attributes["unclear"] == 0


async def test_times_are_shown_without_decimals(account: Account) -> None:
    """Whole minutes of talk, and whole seconds of waiting."""
    registry = er.async_get(account.hass)
    group = Group(account, await add(account, team(account, numbers=["102", "103"])))
    for shown in (Group(account), group):
        for key, unit in zip(_TIMES, ("min", "s"), strict=True):
            assert shown.state(key).attributes["unit_of_measurement"] == unit
            registered = registry.async_get(shown.entity_id(key))
            assert registered is not None
            assert registered.options["sensor"]["suggested_display_precision"] == 0


@MOVED_TIME
async def test_event_writes_the_counts_that_it_changes(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """No others."""
    group = Group(account, await add(account, team(account, numbers=["102"])))
    others = Group(account, await add(account, team(account, "Sales", numbers=["103"])))
    await time.passes(2)
    with writes(account.hass) as written:
        await _miss(account, time)
    for shown, times in ((group, 1), (Group(account), 1), (others, 0)):
        for key in (*_CALLS, *_TIMES):
            changes = key in {"incoming_today", "missed_today"}
            assert written.count(shown.entity_id(key)) == times * changes


@MOVED_TIME
async def test_group_that_is_new_counts_from_then_on(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """As its sensors say."""
    await _miss(account, time)
    group = Group(account, await add(account, team(account, numbers=["102"])))
    await _miss(account, time)
    assert group.shows("missed_today") == ("1",)
    assert Group(account).shows("missed_today") == ("2",)
    since = datetime.fromisoformat(group.state("missed_today").attributes["last_reset"])
    assert timedelta(0) < dt_util.utcnow() - since < timedelta(seconds=20)
    assert "last_reset" not in group.state("longest_wait_today").attributes


async def test_group_whose_members_are_not_known_has_no_counts(
    account: Account, simulator: Simulator
) -> None:
    """Zero since midnight would be subtracted from statistics."""
    queues = "/restapi/v1.0/account/~/call-queues"
    simulator.fault("maintenance", path=queues, seconds=86400)
    group = Group(account, await add(account, queue(account, "901")))
    assert group.shows("missed_today", "talk_time_today") == (STATE_UNAVAILABLE,) * 2


@MOVED_TIME
@pytest.mark.freeze_time("2026-03-02 23:50:00-08:00")
async def test_counts_begin_again_at_midnight(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """At once, with the time of their beginning."""
    group = Group(account, await add(account, team(account, numbers=["102"])))
    extension = await _enable_counts(account, "102")
    await _miss(account, time)
    for shown in (group, extension, Group(account)):
        assert shown.shows("incoming_today", "missed_today") == ("1", "1")

    await time.passes(600)
    for shown in (group, extension, Group(account)):
        assert shown.shows("incoming_today", "missed_today") == ("0", "0")
        for key in (*_CALLS, "talk_time_today"):
            since = datetime.fromisoformat(shown.state(key).attributes["last_reset"])
            assert since == datetime.fromisoformat("2026-03-03T00:00:00-08:00")


@MOVED_TIME
async def test_counts_continue_after_a_reload(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """Since the same time."""
    group = Group(account, await add(account, team(account, numbers=["102"])))
    extension = await _enable_counts(account, "102")
    await _miss(account, time)
    shown = (group, extension, Group(account))
    since = [s.state("missed_today").attributes["last_reset"] for s in shown]
    await _reload(account)
    assert [s.shows("missed_today") for s in shown] == [("1",)] * 3
    assert since == [s.state("missed_today").attributes["last_reset"] for s in shown]
    await _miss(account, time)
    assert [s.shows("missed_today") for s in shown] == [("2",)] * 3


# --------------------------------------------------------------------------------------
# Statistics


class _Clock:
    """Local time of the counts, which the test moves."""

    def __init__(self) -> None:
        """Initialize with the time as it is."""
        self.passed = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return dt_util.now() + self.passed


@pytest.fixture
def clock() -> Iterator[_Clock]:
    """Return the clock of all counts."""
    clock = _Clock()
    with patch.object(dispatcher, "CallCounter", lambda _now: CallCounter(clock)):
        yield clock


@pytest.fixture
async def recorded(
    recorder_mock: object, clock: _Clock, hass: HomeAssistant, simulator: Simulator
) -> Account:
    """Return an account whose counts are recorded, with two missed calls."""
    assert await async_setup_component(hass, "sensor", {})
    account = await add_account(hass, simulator)
    await _record_missed(account)
    await _record_missed(account)
    return account


async def _record_missed(account: Account) -> None:
    call = account.simulator.ring(to="102", from_=_CALLER)
    await settle_shown(account)
    account.simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    # The ring does not continue.
    await account.coordinator.calls.flush()
    await settle_shown(account)


async def _sum(account: Account, key: str = "missed_today") -> float:
    """Return the sum that statistics show after the next five minutes."""
    hass = account.hass
    entity_id = Group(account).entity_id(key)
    await async_wait_recording_done(hass)
    start = dt_util.utcnow().replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 5)
    # The test may run at the end of five minutes.
    for period in (start - timedelta(minutes=5), start):
        do_adhoc_statistics(hass, start=period)
        await async_wait_recording_done(hass)
    statistics = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        *(hass, start - timedelta(minutes=5), None, {entity_id}, "5minute", None),
        {"sum"},
    )
    total = statistics[entity_id][-1].get("sum")
    assert total is not None
    return total


async def test_statistics_add_the_calls_of_two_days(
    recorded: Account, clock: _Clock
) -> None:
    """The first value of a day is added whole."""
    account = recorded
    clock.passed = timedelta(days=1)
    await _record_missed(account)
    assert Group(account).shows("missed_today") == ("1",)
    assert await _sum(account) == 3


async def test_restart_without_stored_counts_subtracts_nothing(
    recorded: Account,
) -> None:
    """Whatever became of the file."""
    account = recorded
    entries = account.hass.config_entries
    assert await entries.async_unload(account.entry.entry_id)
    await async_remove_stored_state(account.hass, account.entry.entry_id)
    assert await entries.async_setup(account.entry.entry_id)
    await settle_shown(account)
    assert Group(account).shows("missed_today") == ("0",)
    await _record_missed(account)
    assert await _sum(account) == 3


async def test_reload_neither_adds_nor_subtracts(recorded: Account) -> None:
    """The states in between are unavailable."""
    await _reload(recorded)
    await _record_missed(recorded)
    assert Group(recorded).shows("missed_today") == ("3",)
    assert await _sum(recorded) == 3


async def test_missed_call_that_was_answered_after_all_is_subtracted(
    recorded: Account, simulator: Simulator
) -> None:
    """From the sum as well."""
    call = simulator.ring(to="102", from_=_CALLER)
    await recorded.until_all_reported()
    session = call.telephony_session_id
    simulator.pause(session, "102")
    await recorded.until_all_reported()
    await recorded.coordinator.calls.flush()
    await settle_shown(recorded)
    assert Group(recorded).shows("missed_today") == ("3",)
    simulator.offer(session, "103")
    simulator.answer(session, "103")
    await settle_shown(recorded)
    assert Group(recorded).shows("missed_today", "answered_today") == ("2", "1")
    assert await _sum(recorded) == 2
