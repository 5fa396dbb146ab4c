"""Two Home Assistants share an account of 20,000 extensions, each with its own user."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from custom_components.ringcentral.api.models.enums import PresenceStatus
from custom_components.ringcentral.roster import entity_allocation
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from simulator import Simulator, SimulatorOptions
from simulator.push.filters import PRESENCE_KINDS

from ..common import Account, add_account
from ..reliability.common import MOVED_TIME, Time, call_events, link

pytestmark = MOVED_TIME

PEOPLE: Final = 20_000
_HALF: Final = PEOPLE // 2
# The number of each user, who is at the other site, and what the instance monitors.
_SITES: Final = {"101": "main-site", "102": "harbour-site"}
# The platform recovers the connection that a flow has tried for so long, in seconds.
_RECOVERABLE: Final = 181


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return an account with two sites of 10,000 people each."""
    return SimulatorOptions(port=0, extensions=PEOPLE, sites=2)


@pytest.fixture(autouse=True)
def few_entities() -> Iterator[None]:
    """Everyone is monitored, few have entities, whose set-up would take minutes."""
    with patch.object(entity_allocation, "FILLED_AT_MOST", 20):
        yield


@pytest.fixture
async def instances(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> AsyncIterator[list[Account]]:
    """Return the account in each of two Home Assistants; the log is complete."""
    async with async_test_home_assistant() as other:
        other.data.pop(DATA_CUSTOM_COMPONENTS)
        accounts = []
        for instance, (user, site) in zip((hass, other), _SITES.items(), strict=True):
            accounts.append(
                await add_account(
                    instance, simulator, groups=[], sites=[site], user=user
                )
            )
        await time.passes(_RECOVERABLE, step=_RECOVERABLE)
        yield accounts
        await other.config_entries.async_unload(accounts[1].entry.entry_id)
        await other.async_stop(force=True)


async def test_two_instances_share_an_account_of_20000_extensions(
    instances: list[Account], simulator: Simulator, time: Time
) -> None:
    """One subscription each, every event to one of them, and no request too many."""
    people = {user.id for user in simulator.users}
    subscriptions = list(simulator.subscriptions)
    assert Counter(item.owner_id for item in subscriptions) == {
        simulator.extension(user).id: 1 for user in _SITES
    }
    monitored = [
        {i.extension_id for i in subscription.filters if i.kind in PRESENCE_KINDS}
        for subscription in subscriptions
    ]
    assert [len(ids) for ids in monitored] == [_HALF, _HALF]
    assert set.union(*monitored) == people
    # And the changes of the extension list and of the voicemails.
    assert [len(item.filters) for item in subscriptions] == [_HALF + 2] * 2

    for user in simulator.users:
        simulator.change_extension(user.number, userStatus="Busy")
    await time.settle()

    for account, ids in zip(instances, monitored, strict=True):
        coordinator = account.coordinator
        assert coordinator.history.events == {"presence": _HALF}
        assert coordinator.data.keys() == ids
        assert {
            known.presence.presence_status for known in coordinator.data.values()
        } == {PresenceStatus.BUSY}

    # A call between the sites is an event of each.
    with (
        call_events(instances[0].hass, simulator) as at_first,
        call_events(instances[1].hass, simulator) as at_second,
    ):
        simulator.ring(to="202", from_="203")
        await time.settle()
    assert (at_first, at_second) == (["202 ringing"], ["203 dialing"])

    await _restart_together(instances, simulator)


async def _restart_together(instances: list[Account], simulator: Simulator) -> None:
    """Set both up at once, as after a power failure: the rate limits are kept."""
    entries = [(account.hass.config_entries, account.entry) for account in instances]
    for config_entries, entry in entries:
        await config_entries.async_unload(entry.entry_id)
    simulator.log.clear()
    await asyncio.gather(
        *(
            config_entries.async_setup(entry.entry_id)
            for config_entries, entry in entries
        )
    )
    for account in instances:
        assert account.entry.state is ConfigEntryState.LOADED
        assert link(account) == ("push", None)
        assert not account.coordinator.stale
    assert [record for record in simulator.log if record.status >= 400] == []
