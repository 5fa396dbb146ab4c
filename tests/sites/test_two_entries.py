"""Two users of a company in one Home Assistant, each with the people of a site."""

from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import pytest

from custom_components.ringcentral.roster import entity_allocation
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from ..reliability.common import MOVED_TIME, Time, call_events, issues

pytestmark = MOVED_TIME

_PEOPLE: Final = 24
_HALF: Final = _PEOPLE // 2


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return an account with two sites of equal size."""
    return SimulatorOptions(port=0, extensions=_PEOPLE, sites=2)


@pytest.fixture(autouse=True)
def limit_of_entities() -> Iterator[None]:
    """Let an entry show one entity each of more than half the people."""
    with (
        patch.object(entity_allocation, "FILLED_AT_MOST", _HALF + 3),
        patch.object(entity_allocation, "FULL_SET_UP_TO", 0),
    ):
        yield


@pytest.fixture
async def entries(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> list[Account]:
    """Return the entries of two users, with live updates."""
    entries = [
        await add_account(hass, simulator, groups=[], sites=[site], user=user)
        for user, site in (("101", "main-site"), ("102", "harbour-site"))
    ]
    # Sign-ins of all users of an app count together.
    await time.passes(61)
    return entries


def _with_device(account: Account) -> set[str]:
    return {u.number for u in account.simulator.users if account.device(u.number)}


async def test_one_entry_does_not_show_everyone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    account = await add_account(hass, simulator)

    assert len(_with_device(account)) == _HALF + 3
    assert set(issues(hass)) == {"extensions_left_out"}


async def test_two_entries_by_site_show_everyone_once(
    entries: list[Account], simulator: Simulator
) -> None:
    """With neither a repair nor an id of the other entry."""
    shown = [_with_device(account) for account in entries]

    assert [len(numbers) for numbers in shown] == [_HALF, _HALF]
    assert set.union(*shown) == {user.number for user in simulator.users}
    assert issues(entries[0].hass) == {}
    assert not any(
        entity_id.endswith("_2")
        for entity_id in entries[0].hass.states.async_entity_ids()
    )


async def test_call_between_two_entries_is_reported_once_at_each_end(
    entries: list[Account], simulator: Simulator
) -> None:
    with call_events(entries[0].hass, simulator) as events:
        call = simulator.ring(to="104", from_="105")
        simulator.answer(call.telephony_session_id)
        for account in entries:
            await account.until_all_reported()

    assert sorted(events) == [
        "104 answered",
        "104 ringing",
        "105 answered",
        "105 dialing",
    ]
    assert [account.shows("104", "telephony_status") for account in entries] == [
        "call_connected",
        None,
    ]
    assert [account.shows("105", "telephony_status") for account in entries] == [
        None,
        "call_connected",
    ]
