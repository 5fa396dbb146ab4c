"""Members of groups follow the company's lists and what is monitored."""

from collections.abc import Iterator
from typing import Final

import pytest

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE
from custom_components.ringcentral.const import COLLECT_FOR, GRACE
from custom_components.ringcentral.context_coordinator import AspectContext
from custom_components.ringcentral.groups.models import OVERVIEW
from custom_components.ringcentral.presence.models import COUNTS
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Simulator

from ..common import Account, add_account, writes
from ..company import lists_are_read
from ..reliability.common import MOVED_TIME, Time, is_pushed
from .common import (
    add,
    counted_groups,
    doing,
    group_device,
    groups_of,
    queue,
    settle,
    team,
)

pytestmark = MOVED_TIME

# Two steps: in the first, what is pending is updated.
_PAUSE: Final = 2


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [r.getMessage() for r in caplog.get_records("call") if r.levelno > 30]


def members(account: Account, subentry_id: str) -> set[str]:
    """Return the numbers of the members of a group."""
    numbers = {e.id: e.number for e in account.simulator.extensions}
    return {numbers.get(i, "gone") for i in groups_of(account).members_of(subentry_id)}


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account that monitors everyone, with time that the test moves."""
    return await add_account(hass, simulator)


async def test_members_of_a_site_and_of_a_department_come_and_go(
    account: Account, time: Time
) -> None:
    """As the company changes them."""
    simulator = account.simulator
    for number in ("102", "103"):
        simulator.change_extension(number, department="Nurses")
    simulator.change_extension("104", site="Berlin")
    await lists_are_read(account, time)
    site_id = simulator.directory.site_id("Berlin")
    subentry = team(account, sites=[site_id], departments=["Nurses"])
    group = await add(account, subentry)
    assert members(account, subentry.subentry_id) == {"102", "103", "104"}

    simulator.change_extension("102", department="Sales")
    simulator.change_extension("104", site="Main Site")
    simulator.change_extension("105", site="Berlin")
    new = simulator.add_extension("New Nurse", department="Nurses")
    await lists_are_read(account, time)
    await settle(account)

    assert members(account, subentry.subentry_id) == {"103", "105", new.number}
    simulator.ring(to="102", from_="+16505550123")
    simulator.ring(to=new.number, from_="+16505550124")
    await account.until_all_reported()
    assert doing(account, group.tally) == {
        "free": {"103", "105"},
        "ringing": {new.number},
    }


async def test_group_whose_people_have_all_left_is_empty_until_they_return(
    account: Account, time: Time
) -> None:
    """It stays, with its device; others are left alone."""
    simulator = account.simulator
    subentry = team(account, departments=["Nurses"], numbers=["103"])
    simulator.change_extension("102", department="Nurses")
    await lists_are_read(account, time)
    group = await add(account, subentry)
    other = await add(account, team(account, "Other", numbers=["104"]))
    assert group.tally.known == 2

    # A department that is renamed is another one.
    simulator.change_extension("102", department="Care")
    simulator.remove_extension("103")
    await lists_are_read(account, time)
    await settle(account)
    assert group.tally.members == frozenset()
    assert group.tally.known == 0
    assert doing(account, group.tally) == {}
    assert group_device(account, subentry.subentry_id) is not None
    assert doing(account, other.tally) == {"free": {"104"}}

    simulator.change_extension("102", department="Nurses")
    await lists_are_read(account, time)
    await settle(account)
    assert doing(account, group.tally) == {"free": {"102"}}


async def test_renamed_department_writes_nothing_else(
    account: Account, time: Time
) -> None:
    """Entities of extensions do not show it."""
    account.simulator.change_extension("102", department="Nurses")
    await lists_are_read(account, time)
    await add(account, team(account, departments=["Nurses"]))
    account.simulator.change_extension("102", department="Care")
    with writes(account.hass) as written:
        await lists_are_read(account, time)
        await settle(account)
    # The marker of the test is an event, too.
    assert {one for one in written if "102" in one} == set()


async def test_member_that_is_no_longer_monitored_leaves(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """And returns when it is monitored again; the account shows the same people."""
    simulator.set_lines("101", ["102", "103"])
    account = await add_account(hass, simulator, groups=["lines"])
    subentry = team(account, numbers=["102", "103", "104"])
    group = await add(account, subentry)
    groups = groups_of(account)
    assert doing(account, group.tally) == {"free": {"102", "103"}}
    counts = account.coordinator.calls.counts
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    await time.passes(1)
    assert groups.overview.calls == counts.counts(ACCOUNT_SCOPE).incoming == 1

    simulator.set_lines("101", ["103", "104"])
    await lists_are_read(account, time)
    await settle(account)
    assert doing(account, group.tally) == {"free": {"103", "104"}}
    assert doing(account, groups.overview) == {"free": {"101", "103", "104"}}
    assert groups.overview.calls == 0
    for scope in (ACCOUNT_SCOPE, subentry.subentry_id):
        # How the call went on is unknown.
        assert counts.counts(scope).unclear == 1

    simulator.set_lines("101", ["102"])
    await lists_are_read(account, time)
    await settle(account)
    assert doing(account, group.tally) == {"ringing": {"102"}}
    assert groups.overview.calls == 1


async def test_call_of_a_former_extension_does_not_hide_the_others(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its presence is dropped before that of new extensions is read."""
    simulator.set_lines("101", ["102", "103"])
    account = await add_account(hass, simulator, groups=["lines"])
    simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()
    await time.passes(1)
    path = f"/restapi/v1.0/account/~/extension/{simulator.extension('104').id}/"
    simulator.fault("slow", path=path, delay=4, seconds=30)
    simulator.set_lines("101", ["103", "104"])
    await account.until_all_reported()
    gone = simulator.extension("102").id
    data = account.coordinator.data
    await time.passes_until(lambda: gone not in data, COLLECT_FOR + 5, step=0.1)

    simulator.ring(to="103", from_="+16505550124")
    await account.until_all_reported()
    await time.passes(0.3, step=0.1)
    assert account.shows(None, "current_calls") == "1"
    await time.passes(30)
    await settle(account)
    assert account.shows(None, "current_calls") == "1"


async def test_two_groups_of_one_name_and_members_are_two(account: Account) -> None:
    """Each has a device and members of its own."""
    first = team(account, "Sales", numbers=["102"])
    second = team(account, "Sales", numbers=["103"])
    groups = [await add(account, subentry) for subentry in (first, second)]
    assert groups[0].device_id != groups[1].device_id
    devices = [group_device(account, s.subentry_id) for s in (first, second)]
    assert [device and device.name for device in devices] == ["Sales", "Sales"]
    account.hass.config_entries.async_remove_subentry(account.entry, first.subentry_id)
    assert doing(account, groups[1].tally) == {"free": {"103"}}
    assert group_device(account, second.subentry_id) == devices[1]


async def test_event_updates_the_account_and_the_groups_of_its_extension(
    account: Account, time: Time
) -> None:
    """An extension of ten groups updates ten, one of no group the account alone."""
    for number in range(10):
        await add(account, team(account, f"Group {number}", numbers=["102", "103"]))
    await add(account, team(account, "Other", numbers=["104"]))
    coordinator, groups = account.coordinator, groups_of(account)
    updated: list[str] = []

    def listen(context: str) -> None:
        @callback
        def collect() -> None:
            updated.append(context)

        coordinator.async_add_listener(collect, context)

    listen(OVERVIEW)
    for group in groups.groups.values():
        listen(group.context)
    await time.passes(_PAUSE)
    updated.clear()

    account.simulator.change_extension("102", userStatus="Busy")
    await account.until_all_reported()
    extension_id = account.simulator.extension("102").id
    contexts = [group.context for group in groups.groups_of(extension_id)]
    assert len(contexts) == 10
    assert updated == [OVERVIEW, *contexts]
    await time.passes(_PAUSE)
    updated.clear()

    account.simulator.change_extension("105", userStatus="Busy")
    await account.until_all_reported()
    assert updated == [OVERVIEW]
    await time.passes(_PAUSE)
    updated.clear()

    # A busy person is not free with or without do not disturb.
    account.simulator.change_extension("102", dndStatus="DoNotAcceptAnyCalls")
    await account.until_all_reported()
    await time.passes(_PAUSE)
    assert updated == []


async def test_calls_of_groups_are_updated_without_another_activity(
    account: Account, time: Time
) -> None:
    """A call on hold is still one, but shown as held."""
    call = account.simulator.ring(to="102", from_="+16505550123")
    account.simulator.answer(call.telephony_session_id)
    group = await add(account, team(account, numbers=["102"]))
    await time.passes(_PAUSE)
    updated: list[int] = []
    account.coordinator.async_add_listener(
        lambda: updated.append(group.tally.known), group.context
    )
    overview = groups_of(account).overview
    before = overview.held_since

    account.simulator.hold(call.telephony_session_id)
    await account.until_all_reported()
    assert updated == [1]
    assert before is None
    known = account.coordinator.data[account.simulator.extension("102").id]
    assert known.call_times == (overview.held_since,)
    assert overview.held_since is not None
    assert doing(account, group.tally) == {"on the phone": {"102"}}


async def test_group_call_is_one_call(account: Account) -> None:
    """However many phones ring, and at both ends of an internal call."""
    overview = groups_of(account).overview
    account.simulator.ring(to="102", from_="+16505550123", group=["103", "104"])
    await account.until_all_reported()
    assert overview.calls == 1
    assert doing(account, overview)["ringing"] == {"102", "103", "104"}
    account.simulator.ring(to="105", from_="106")
    await account.until_all_reported()
    assert overview.calls == 2
    assert doing(account, overview)["on the phone"] == {"106"}


async def test_members_whose_presence_is_not_current_do_nothing(
    account: Account, time: Time
) -> None:
    """Not shown as free while nothing is known; back after the outage."""
    group = await add(account, team(account, numbers=["102", "103"]))
    await account.simulator.stop()
    await time.passes(GRACE + 70)
    assert group.tally.known == groups_of(account).overview.known == 0
    assert doing(account, group.tally) == {}

    await account.simulator.start()
    await time.passes_until(is_pushed(account), within=300)
    await time.passes(10)
    assert doing(account, group.tally) == {"free": {"102", "103"}}


async def test_queue_without_members_that_are_read_has_no_counts(
    account: Account,
) -> None:
    """Else its open calls would end for the counts at each start."""
    subentry = queue(account, "901")
    group = await add(account, subentry)
    device = group_device(account, subentry.subentry_id)
    assert device is not None
    assert (device.name, device.model) == ("Queue", "Call queue")
    assert group.tally.members == frozenset()
    assert counted_groups(account) == set()

    updated: list[str] = []
    account.coordinator.async_add_listener(
        lambda: updated.append(group.context), AspectContext(group.context, COUNTS)
    )
    ids = [account.simulator.extension(n).id for n in ("102", "103", "901")]
    groups_of(account).update_queue(subentry.subentry_id, [*ids, "not monitored"])
    await settle(account)
    assert updated == [group.context]
    assert doing(account, group.tally) == {"free": {"102", "103"}}
    assert counted_groups(account) == {subentry.subentry_id}

    groups_of(account).update_queue("gone", ids)
    await settle(account)
    assert groups_of(account).groups.keys() == {subentry.subentry_id}


async def test_change_of_members_lets_triggers_resolve_their_targets(
    account: Account, time: Time
) -> None:
    """Home Assistant resolves targets when an entity of the registry changes."""
    registry = er.async_get(account.hass)
    subentry = team(account, departments=["Nurses"])
    group = await add(account, subentry)
    registry.async_get_or_create(
        "sensor",
        "ringcentral",
        f"group_{subentry.subentry_id}_people_free",
        config_entry=account.entry,
        config_subentry_id=subentry.subentry_id,
        device_id=group.device_id,
    )
    changes: list[str | None] = []

    @callback
    def collect(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        entity = registry.async_get(event.data["entity_id"])
        changes.append(None if entity is None else entity.device_id)

    account.hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, collect)
    account.simulator.change_extension("103", department="Care")
    await lists_are_read(account, time)
    assert changes == []
    account.simulator.change_extension("102", department="Nurses")
    await lists_are_read(account, time)
    await settle(account)
    assert changes == [group.device_id]
    # Also after a reload, during which the group had no members.
    await account.hass.config_entries.async_reload(account.entry.entry_id)
    await account.hass.async_block_till_done()
    assert changes == [group.device_id] * 2


async def test_devices_of_groups_are_no_extensions(account: Account) -> None:
    """Nothing takes one for the other."""
    subentry = team(account, numbers=["102"])
    await add(account, subentry)
    identifiers = {
        next(iter(device.identifiers))[1]
        for device in dr.async_entries_for_config_entry(
            dr.async_get(account.hass), account.entry.entry_id
        )
        if device.config_subentry_id
    }
    assert identifiers == {f"group_{subentry.subentry_id}"}
