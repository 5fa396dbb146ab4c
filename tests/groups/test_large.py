"""A group of 2,400: work is done in slices, and an event costs what it always does."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import pytest

from custom_components.ringcentral.const import COLLECT_FOR, CONF_EXTENSIONS
from custom_components.ringcentral.groups.manager import GroupManager
from custom_components.ringcentral.groups.overview import Overview
from custom_components.ringcentral.groups.tally import Tally
from custom_components.ringcentral.presence.activity import FREE
from custom_components.ringcentral.roster import entity_allocation
from custom_components.ringcentral.switch import QueueSwitch
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from ..reliability.common import MOVED_TIME, Time
from ..test_scale import calls_of_integration
from ..turns import counts_by_turn
from .common import add, doing, groups_of, queue, settle, team

pytestmark = MOVED_TIME

PEOPLE: Final = 2_400
MANY: Final = 60


@pytest.fixture
def simulator_options(request: pytest.FixtureRequest) -> SimulatorOptions:
    """Return a company of this many people."""
    return SimulatorOptions(port=0, extensions=getattr(request, "param", MANY))


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account that monitors everyone."""
    simulator.switches.rate_limits = False
    # With one entity of each extension, which takes a third of the time.
    with patch.object(entity_allocation, "FULL_SET_UP_TO", 0):
        return await add_account(hass, simulator)


def numbers(account: Account) -> list[str]:
    """Return the numbers of all people."""
    return [user.number for user in account.simulator.users]


@contextmanager
def counted(owner: type, name: str) -> Iterator[list[int]]:
    """Count the calls of a method by turn of the event loop, with slices of no time."""
    method: Callable[..., Any] = getattr(owner, name)
    with counts_by_turn() as counts:

        def count(*args: Any) -> Any:
            counts[-1] += 1
            return method(*args)

        with patch.object(owner, name, count):
            yield counts


@pytest.mark.parametrize("simulator_options", [PEOPLE], indirect=True)
async def test_group_of_2400_is_added_changed_and_removed(account: Account) -> None:
    """It counts all of them."""
    everyone = numbers(account)
    assert len(everyone) == PEOPLE
    subentry = team(account, numbers=everyone)
    group = await add(account, subentry)
    assert group.tally.count(FREE) == group.tally.known == PEOPLE
    with calls_of_integration() as calls:
        account.simulator.ring(to=everyone[7], from_="+16505550123")
        await account.until_all_reported()
    assert doing(account, group.tally)["ringing"] == {everyone[7]}
    assert group.tally.count(FREE) == PEOPLE - 1
    # Of the account and of the group.
    assert calls["tally.Tally.update"] == 2
    assert calls["tally.Tally.set_members"] == 0

    account.hass.config_entries.async_update_subentry(
        account.entry,
        subentry,
        data={CONF_EXTENSIONS: [account.simulator.extension(everyone[7]).id]},
    )
    await settle(account)
    assert doing(account, group.tally) == {"ringing": {everyone[7]}}
    account.hass.config_entries.async_remove_subentry(
        account.entry, subentry.subentry_id
    )
    assert not any(map(groups_of(account).groups_of, account.coordinator.data))


async def test_set_up_counts_one_extension_and_adds_one_group_in_a_slice(
    account: Account,
) -> None:
    """However many there are."""
    for number in range(5):
        await add(account, team(account, str(number), numbers=numbers(account)))
    for owner, name, expected in (
        (Overview, "update", MANY),
        (GroupManager, "_add_or_update", 5),
    ):
        with counted(owner, name) as counts:
            await account.hass.config_entries.async_reload(account.entry.entry_id)
            await account.hass.async_block_till_done()
        assert sum(counts) == expected
        assert max(counts) == 1


async def test_change_of_the_roster_updates_one_group_in_a_slice(
    account: Account, time: Time
) -> None:
    """As many people leave."""
    for number in range(5):
        await add(account, team(account, str(number), numbers=numbers(account)))
    with counted(GroupManager, "_add_or_update") as counts:
        account.simulator.remove_extension("150")
        await account.until_all_reported()
        await time.passes(5)
        await settle(account)
    assert sum(counts) == 5
    assert max(counts) == 1
    with counted(Overview, "update") as counts:
        for user in numbers(account)[20:]:
            account.simulator.remove_extension(user)
        await account.until_all_reported()
        await time.passes(5)
        await settle(account)
    assert groups_of(account).overview.known == 20
    assert max(counts) == 1


async def test_queue_adds_and_removes_few_switches_in_a_slice(
    account: Account, time: Time
) -> None:
    """However many members it has."""
    account.simulator.set_queue_members("901", numbers(account)[1:])
    with counted(QueueSwitch, "async_added_to_hass") as counts:
        await add(account, queue(account, "901"))
        await time.passes(COLLECT_FOR)
        await settle(account)
    assert sum(counts) == MANY - 1
    assert max(counts) <= 10
    with counted(er.EntityRegistry, "async_remove") as counts:
        account.simulator.set_queue_members("901", [])
        await account.until_all_reported()
        await time.passes(2 * COLLECT_FOR)
        await settle(account)
    assert sum(counts) == MANY - 1
    assert max(counts) == 1


async def test_event_of_a_queue_member_costs_the_same_with_any_number_of_members(
    account: Account, time: Time
) -> None:
    """Only whether this one takes calls is determined again."""
    account.simulator.set_queue_members("901", numbers(account)[1:])
    await add(account, queue(account, "901"))
    await time.passes(COLLECT_FOR)
    await settle(account)
    for change, expected in (
        ({"dndStatus": "DoNotAcceptDepartmentCalls"}, 1),
        ({"userStatus": "Busy"}, 0),
    ):
        with calls_of_integration() as calls:
            account.simulator.change_extension(numbers(account)[7], **change)
            await account.until_all_reported()
            await time.passes(1)
        assert calls["queues.NobodyTakesCalls._update_attrs"] == 1
        assert calls["queues.QueueManager._takes_calls"] == expected


async def calls_per_event(account: Account, time: Time, number: str) -> Counter[str]:
    """Return the calls of functions of the integration for one event."""
    await time.passes(2)
    with calls_of_integration() as calls:
        call = account.simulator.ring(to=number, from_="+16505550123")
        await account.until_shown(number, "telephony_status", "ringing")
    account.simulator.end(call.telephony_session_id)
    await time.passes(5)
    return calls


async def test_event_costs_the_same_with_any_number_of_other_groups(
    account: Account, time: Time
) -> None:
    """A group of the member costs one move between sets more."""
    first, second, third = numbers(account)[10:13]
    # Functions that are called once, at the first event.
    await calls_per_event(account, time, numbers(account)[20])
    without = await calls_per_event(account, time, first)
    for number in range(10):
        await add(account, team(account, str(number), numbers=[third]))
    with_others = await calls_per_event(account, time, second)
    assert with_others == without

    of_member = await calls_per_event(account, time, third)
    assert of_member["tally.Tally.update"] == without["tally.Tally.update"] + 10
    of_member["tally.Tally.update"] -= 10
    # Each group has its counts, too, and its entities.
    updates = "context_coordinator.ContextCoordinator.async_update_context"
    assert of_member[updates] == without[updates] + 20
    assert without["tally.Tally.update"] == 1
    assert isinstance(groups_of(account).overview, Tally)
