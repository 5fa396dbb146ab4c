"""The day of the counts begins at local midnight, whatever the clocks do."""

from datetime import datetime
from unittest.mock import patch

import pytest

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE, CallCounter
from custom_components.ringcentral.context_coordinator import AspectContext
from custom_components.ringcentral.coordinator import ACCOUNT
from custom_components.ringcentral.groups.manager import GroupManager
from custom_components.ringcentral.groups.models import OVERVIEW
from custom_components.ringcentral.presence.models import COUNTS
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from simulator import Simulator

from ..common import Account, add_account
from ..reliability.common import Time
from .common import add, groups_of, team

_HOUR = 3600


def counter(account: Account) -> CallCounter:
    """Return the counts of an account."""
    return account.coordinator.calls.counts


def since(account: Account) -> datetime:
    """Return the time from which calls are counted, in UTC."""
    return counter(account).since(ACCOUNT_SCOPE).astimezone(dt_util.UTC)


def listen(account: Account, context: str) -> list[str]:
    """Return the updates of a context, as they come."""
    updated: list[str] = []

    @callback
    def collect() -> None:
        updated.append(context)

    account.coordinator.async_add_listener(collect, AspectContext(context, COUNTS))
    return updated


@pytest.mark.parametrize(
    ("zone", "midnights"),
    [
        pytest.param(
            "America/Los_Angeles",
            ["2026-03-08T08:00", "2026-03-09T07:00", "2026-03-10T07:00"],
            marks=pytest.mark.freeze_time("2026-03-08 07:37:10"),
            id="summer time begins",
        ),
        pytest.param(
            "America/Los_Angeles",
            ["2026-11-01T07:00", "2026-11-02T08:00", "2026-11-03T08:00"],
            marks=pytest.mark.freeze_time("2026-11-01 06:37:10"),
            id="summer time ends",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            ["2026-04-04T13:00", "2026-04-05T13:30", "2026-04-06T13:30"],
            marks=pytest.mark.freeze_time("2026-04-04 12:37:10"),
            id="half an hour",
        ),
        pytest.param(
            "America/Santiago",
            # There is no 00:00 on that day.
            ["2026-09-06T04:00", "2026-09-07T03:00"],
            marks=pytest.mark.freeze_time("2026-09-06 03:37:10"),
            id="midnight is left out",
        ),
    ],
)
async def test_each_day_begins_at_its_midnight(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    zone: str,
    midnights: list[str],
) -> None:
    """Days have 23 to 25 hours."""
    await hass.config.async_set_time_zone(zone)
    account = await add_account(hass, simulator)
    await time.passes(1)
    updated, connection = listen(account, OVERVIEW), listen(account, ACCOUNT)
    for midnight in map(datetime.fromisoformat, midnights):
        at = midnight.replace(tzinfo=dt_util.UTC)
        before = since(account)
        await time.passes((at - dt_util.utcnow()).total_seconds() - 1, step=_HOUR)
        assert since(account) == before
        updated.clear()
        connection.clear()
        await time.passes(3)
        assert since(account) == at
        assert updated == [OVERVIEW]
        # The time without updates is one of the day, too.
        assert ACCOUNT in connection


@pytest.mark.freeze_time("2026-03-02 20:00:00")
async def test_day_begins_when_the_time_zone_is_changed(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """And next at the midnight of the new one."""
    await hass.config.async_set_time_zone("America/New_York")
    account = await add_account(hass, simulator)
    await time.passes(60)
    changed_at = dt_util.utcnow()
    assert since(account) < changed_at

    # Its day began five hours ago, of which not all calls are counted.
    await hass.config.async_update(time_zone="Asia/Tokyo")
    await hass.async_block_till_done()
    assert changed_at <= since(account) <= dt_util.utcnow()
    await time.passes(19 * _HOUR + 60, step=_HOUR)
    assert since(account) == datetime(2026, 3, 3, 15, tzinfo=dt_util.UTC)


@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_count_updates_the_scopes_of_its_extension(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Account, groups, and the extension itself if it is counted."""
    account = await add_account(hass, simulator)
    group = await add(account, team(account, numbers=["102"]))
    await add(account, team(account, "Other", numbers=["103"]))
    await time.passes(1)
    extension_id = simulator.extension("102").id
    counter(account).set_members(extension_id, {extension_id})
    await time.passes(1)
    groups = [group.context for group in groups_of(account).groups.values()]
    updated = {
        context: listen(account, context)
        for context in (OVERVIEW, extension_id, *groups)
    }
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    await time.passes(1)
    assert {context for context, calls in updated.items() if calls} == {
        OVERVIEW,
        extension_id,
        group.context,
    }
    for scope in (ACCOUNT_SCOPE, extension_id, group.config.subentry_id):
        assert counter(account).counts(scope).incoming == 1


@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_counts_of_extensions_survive_a_reload(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Their entities are added after the groups; counts of others are dropped."""
    account = await add_account(hass, simulator)
    extension_id = simulator.extension("102").id
    for scope in (extension_id, "gone"):
        counter(account).set_members(scope, {extension_id})
    restored = counter(account)
    await hass.config_entries.async_unload(account.entry.entry_id)
    assert restored.changed is None
    await hass.config_entries.async_setup(account.entry.entry_id)
    await hass.async_block_till_done()
    assert "gone" not in counter(account).state.scopes


@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_counts_of_a_group_that_cannot_be_added_are_kept(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It may be added later."""
    account = await add_account(hass, simulator)
    subentry = team(account, numbers=["102"])
    await add(account, subentry)
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    await hass.config_entries.async_unload(account.entry.entry_id)
    with patch.object(GroupManager, "_add_or_update", side_effect=ValueError):
        await hass.config_entries.async_setup(account.entry.entry_id)
        await hass.async_block_till_done()
    assert counter(account).counts(subentry.subentry_id).incoming == 1
