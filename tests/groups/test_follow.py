"""Groups are added, changed and removed as the user configures them, without a reload."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.const import CONF_EXTENSIONS, DOMAIN
from custom_components.ringcentral.groups import manager as group_manager
from custom_components.ringcentral.groups.manager import MemberGroup, get_groups
from custom_components.ringcentral.roster.identifiers import group_identifier
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..common import Account, until, writes
from ..turns import Steps, steps_of
from .common import (
    add,
    collect_changes,
    counted_groups,
    doing,
    group_device,
    groups_of,
    settle,
    team,
)


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [r.getMessage() for r in caplog.get_records("call") if r.levelno > 30]


@contextmanager
def device_events(hass: HomeAssistant) -> Iterator[list[str]]:
    """Collect what happens to devices."""
    actions: list[str] = []

    @callback
    def collect(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        actions.append(event.data["action"])

    remove = hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, collect)
    yield actions
    remove()


def group_devices(account: Account) -> list[str | None]:
    """Return the names of all devices of groups."""
    devices = dr.async_entries_for_config_entry(
        dr.async_get(account.hass), account.entry.entry_id
    )
    return [device.name for device in devices if device.config_subentry_id]


async def test_added_group_has_a_device_and_counts_its_members(
    account: Account,
) -> None:
    """At once."""
    group = await add(account, team(account, numbers=["102", "103"]))
    device = group_device(account, group.config.subentry_id)
    parent = account.device(None)
    assert device is not None
    assert parent is not None
    assert device.via_device_id == parent.id
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert (device.name, device.model) == ("Support", "Group")
    assert doing(account, group.tally) == {"free": {"102", "103"}}

    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    assert doing(account, group.tally) == {"free": {"103"}, "ringing": {"102"}}


async def test_change_of_groups_needs_no_reload_and_writes_no_other_state(
    account: Account,
) -> None:
    """An update listener would reload the account, or be called at each new token."""
    hass, entry, coordinator = account.hass, account.entry, account.coordinator
    subentry = team(account, numbers=["102"])
    others = set(hass.states.async_entity_ids())
    with writes(hass) as written:
        group = await add(account, subentry)
        hass.config_entries.async_update_subentry(
            entry,
            entry.subentries[subentry.subentry_id],
            title="Sales",
            data={CONF_EXTENSIONS: [account.simulator.extension("103").id]},
        )
        await settle(account)
        assert group.config.title == "Sales"
        hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
        await settle(account)
    assert others.isdisjoint(written)
    assert entry.runtime_data is coordinator
    assert entry.update_listeners == []


async def test_group_stays_the_same_when_it_is_renamed_and_gets_other_members(
    account: Account,
) -> None:
    """The device, the name that a user has given it, and its counts."""
    hass, entry, devices = account.hass, account.entry, dr.async_get(account.hass)
    subentry = team(account, numbers=["102", "103"])
    group = await add(account, subentry)
    device = group_device(account, subentry.subentry_id)
    assert device is not None
    devices.async_update_device(device.id, name_by_user="Mine")
    since = account.coordinator.calls.counts.since(subentry.subentry_id)
    changes = collect_changes(account)

    hass.config_entries.async_update_subentry(
        entry,
        subentry,
        title="Sales",
        data={
            **subentry.data,
            CONF_EXTENSIONS: [account.simulator.extension("104").id],
        },
    )
    await settle(account)

    renamed = devices.async_get(device.id)
    assert isinstance(renamed, dr.DeviceEntry)
    assert (renamed.name, renamed.name_by_user) == ("Sales", "Mine")
    assert groups_of(account).groups == {subentry.subentry_id: group}
    assert changes == [group]
    assert doing(account, group.tally) == {"free": {"104"}}
    for number, expected in (("102", ()), ("104", (group,))):
        extension_id = account.simulator.extension(number).id
        assert groups_of(account).groups_of(extension_id) == expected
    assert account.coordinator.calls.counts.since(subentry.subentry_id) == since


async def test_removed_group_leaves_nothing_behind(account: Account) -> None:
    """No device, no members, no counts."""
    subentry = team(account, numbers=["102"])
    group = await add(account, subentry)
    other = await add(account, team(account, "Sales", numbers=["102"]))
    extension_id = account.simulator.extension("102").id
    groups = groups_of(account)
    assert groups.groups_of(extension_id) == (group, other)

    account.hass.config_entries.async_remove_subentry(
        account.entry, subentry.subentry_id
    )

    assert groups.members_of(subentry.subentry_id) == frozenset()
    assert groups.groups_of(extension_id) == (other,)
    assert group_devices(account) == ["Sales"]
    assert counted_groups(account) == {other.config.subentry_id}
    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    assert doing(account, other.tally) == {"ringing": {"102"}}


async def test_new_token_and_other_states_of_the_account_change_no_group(
    account: Account,
) -> None:
    """Home Assistant dispatches the same signal."""
    group = await add(account, team(account, numbers=["102"]))
    changes = collect_changes(account)
    with device_events(account.hass) as events:
        account.hass.config_entries.async_update_entry(
            account.entry, data={**account.entry.data, "token": {"access_token": "new"}}
        )
        await settle(account)
    assert events == []
    assert changes == []
    assert groups_of(account).groups == {group.config.subentry_id: group}


async def test_groups_of_another_account_are_left_alone(account: Account) -> None:
    """Its subentries have the same type."""
    await add(account, team(account, numbers=["102"]))
    other = MockConfigEntry(domain=DOMAIN, unique_id="other")
    other.add_to_hass(account.hass)
    account.hass.config_entries.async_add_subentry(other, team(account, "Other"))
    await settle(account)
    assert group_devices(account) == ["Support"]
    assert get_groups(account.hass, other.entry_id) is None


async def test_groups_survive_a_reload(account: Account) -> None:
    """As do their devices and counts; nothing is written to the registry."""
    subentry = team(account, numbers=["102"])
    before = await add(account, subentry)
    device = group_device(account, subentry.subentry_id)
    with device_events(account.hass) as events:
        await account.hass.config_entries.async_reload(account.entry.entry_id)
        await account.hass.async_block_till_done()
    assert events == []
    group = groups_of(account).groups[subentry.subentry_id]
    assert group is not before
    assert group_device(account, subentry.subentry_id) == device
    assert doing(account, group.tally) == {"free": {"102"}}


async def test_groups_change_while_the_account_is_not_loaded(account: Account) -> None:
    """The next set-up follows; there are no groups until then."""
    hass, entry = account.hass, account.entry
    removed, added = team(account, "Removed"), team(account, "Added", numbers=["102"])
    await add(account, removed)
    await hass.config_entries.async_unload(entry.entry_id)
    assert get_groups(hass, entry.entry_id) is None

    hass.config_entries.async_add_subentry(entry, added)
    hass.config_entries.async_remove_subentry(entry, removed.subentry_id)
    await hass.async_block_till_done()
    assert group_devices(account) == []

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert group_devices(account) == ["Added"]
    assert groups_of(account).groups.keys() == {added.subentry_id}
    assert counted_groups(account) == {added.subentry_id}


async def test_removal_of_the_account_removes_its_groups(account: Account) -> None:
    """Their devices refer to that of the account."""
    await add(account, team(account, numbers=["102"]))
    await account.hass.config_entries.async_remove(account.entry.entry_id)
    await account.hass.async_block_till_done()
    assert not list(dr.async_get(account.hass).devices)
    assert get_groups(account.hass, account.entry.entry_id) is None


async def test_device_that_another_removes_is_added_again(account: Account) -> None:
    """The group is still configured."""
    subentry = team(account, numbers=["102"])
    group = await add(account, subentry)
    changes = collect_changes(account)

    dr.async_get(account.hass).async_remove_device(group.device_id)
    await settle(account)

    device = group_device(account, subentry.subentry_id)
    assert device is not None
    assert group.device_id == device.id
    assert changes == [group]


async def test_group_is_removed_before_it_was_added(account: Account) -> None:
    """It has no device then, nor afterwards."""
    subentry = team(account, numbers=["102"])
    account.hass.config_entries.async_add_subentry(account.entry, subentry)
    account.hass.config_entries.async_remove_subentry(
        account.entry, subentry.subentry_id
    )
    await settle(account)
    assert groups_of(account).groups == {}
    assert group_devices(account) == []


@pytest.fixture
def steps() -> Iterator[Steps]:
    """Pause the work on groups when the test says so."""
    with steps_of(group_manager) as steps:
        yield steps


async def test_groups_change_during_the_set_up(account: Account, steps: Steps) -> None:
    """What is added, changed and removed then is followed like what was there."""
    hass, entry = account.hass, account.entry
    kept, removed = team(account, "Kept"), team(account, "Removed")
    added = team(account, "Added", numbers=["103"])
    for subentry in (kept, removed):
        hass.config_entries.async_add_subentry(entry, subentry)
    await settle(account)
    await hass.config_entries.async_unload(entry.entry_id)

    steps.pause_after(len(account.simulator.users) + 1)
    hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await steps.until_paused()
    assert groups_of(account).groups.keys() == {kept.subentry_id}
    hass.config_entries.async_add_subentry(entry, added)
    hass.config_entries.async_remove_subentry(entry, removed.subentry_id)
    hass.config_entries.async_update_subentry(entry, kept, title="Renamed")
    steps.resume()
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    assert set(group_devices(account)) == {"Renamed", "Added"}
    group = groups_of(account).groups[added.subentry_id]
    assert doing(account, group.tally) == {"free": {"103"}}


async def _all_busy_during_set_up(
    account: Account, steps: Steps, *, after: int
) -> None:
    """Pause a set-up after so many steps until everyone is busy."""
    hass, entry = account.hass, account.entry
    await hass.config_entries.async_unload(entry.entry_id)
    steps.pause_after(after)
    hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await steps.until_paused()
    for user in account.simulator.users:
        account.simulator.change_extension(user.number, userStatus="Busy")
    await until(
        lambda: all(
            known.presence.presence_status == "busy"
            for known in entry.runtime_data.data.values()
        )
    )


async def test_presence_changes_during_the_set_up(
    account: Account, steps: Steps
) -> None:
    """An event that comes while the account is counted is not lost."""
    await _all_busy_during_set_up(account, steps, after=1)
    steps.resume()
    await account.hass.async_block_till_done()
    assert doing(account, groups_of(account).overview) == {}
    assert groups_of(account).overview.known == len(account.simulator.users)


async def test_numbers_of_a_part_of_the_account_are_never_shown(
    account: Account, steps: Steps
) -> None:
    """An event that comes while the account is counted shows nothing of it yet."""
    await _all_busy_during_set_up(account, steps, after=2)
    assert account.shows(None, "people_free") == STATE_UNAVAILABLE
    steps.resume()
    await account.hass.async_block_till_done()
    assert account.shows(None, "people_free") == "0"


async def test_unload_ends_the_work_on_groups(account: Account, steps: Steps) -> None:
    """Without entities of a group that platforms no longer have."""
    hass, entry = account.hass, account.entry
    steps.pause_after(1)
    first, second = team(account, "First"), team(account, "Second")
    hass.config_entries.async_add_subentry(entry, first)
    hass.config_entries.async_add_subentry(entry, second)
    await steps.until_paused()
    assert groups_of(account).groups.keys() == {first.subentry_id}
    unload = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
    await until(lambda: entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS)
    steps.resume()
    assert await unload
    assert group_devices(account) == ["First"]

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert set(group_devices(account)) == {"First", "Second"}


async def test_group_that_cannot_be_added_leaves_the_others_alone(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged without its text, which may name people."""
    bad, good = team(account, "Bad"), team(account, "Good", numbers=["102"])

    def fail(group: MemberGroup) -> Iterator[None]:
        if group.config.title == "Bad":
            raise ValueError("Canary Nightingale")
        yield

    groups_of(account).adders.append(fail)
    for subentry in (bad, good):
        account.hass.config_entries.async_add_subentry(account.entry, subentry)
    await settle(account)
    assert doing(account, groups_of(account).groups[good.subentry_id].tally) == {
        "free": {"102"}
    }
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert "Canary" not in record.getMessage()
    assert "ValueError" in record.getMessage()
    caplog.clear()


async def test_other_subentries_are_no_groups(account: Account) -> None:
    """Of a type that this version does not know."""
    subentry = replace(team(account), subentry_type="other")
    account.hass.config_entries.async_add_subentry(account.entry, subentry)
    await settle(account)
    assert groups_of(account).groups == {}
    devices = dr.async_get(account.hass)
    assert not devices.async_get_device_by_identifier(
        group_identifier(subentry.subentry_id), account.entry.entry_id
    )
