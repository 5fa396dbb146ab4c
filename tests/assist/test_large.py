"""Hundreds of exposed telephones: small answers, and no long work at once."""

import asyncio
from collections.abc import AsyncIterator, Collection
import json
from typing import Final

import pytest

from custom_components.ringcentral.assist import names, telephones
from custom_components.ringcentral.assist.missed import async_read_missed
from custom_components.ringcentral.assist.names import Words
from custom_components.ringcentral.assist.telephones import AT_ONCE, Viewer
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from ..common import Account, until
from ..control.common import connected
from ..reliability.common import MOVED_TIME, Time
from ..test_scale import LARGE, account_of
from ..turns import counts_by_turn, steps_of
from .common import ASSISTANT, expose_telephones, read, status as read_status

pytestmark = MOVED_TIME

# Bytes.
_LIMIT: Final = 2000


@pytest.fixture
async def large(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[Account]:
    """Return an account with many people who are exposed."""
    assert await async_setup_component(hass, "homeassistant", {})
    async with account_of(hass, LARGE) as account:
        numbers = [user.number for user in account.simulator.users]
        await until(lambda: all(account.shows(n, "telephony_status") for n in numbers))
        expose_telephones(account, *numbers)
        yield account


async def test_many_people_fit_into_a_small_answer(large: Account) -> None:
    last = large.simulator.users[-1]
    await connected(large, last.number, from_name="Bob")
    found = await read_status(large)
    assert len(json.dumps(found)) < _LIMIT
    (person,) = found["on_the_phone"]
    assert (person["name"], len(person["calls"])) == (last.name, 1)
    assert found["counts"]["people"] == LARGE
    listed = len(found["free"]) + len(found["not_free"]) + 1
    assert found["left_out"] == LARGE - listed


async def test_missed_calls_of_many_people_fit_into_a_small_answer(
    large: Account, time: Time
) -> None:
    device = large.device(None)
    assert device is not None
    dr.async_get(large.hass).async_update_device(device.id, name_by_user="Company")
    for _ in range(3):
        # Each letter has six bytes.
        party = large.simulator.ring(to="101", from_="+16505550123", from_name="é" * 40)
        await time.passes(5)
        large.simulator.end(party.telephony_session_id)
        await time.passes(5)
    found = await async_read_missed(Viewer(large.hass, ASSISTANT), "Company")
    assert "error" not in found
    assert len(json.dumps(found)) < _LIMIT
    own, *others = found["telephones"]
    assert (own["missed"], 0 < len(own["calls"]) < 3) == (3, True)
    assert {one["missed"] for one in others} == {None}
    assert found["left_out"] == LARGE - 1 - len(others)


@pytest.mark.parametrize("name", [None, "Nobody of that name"])
async def test_few_people_are_read_in_one_turn_of_the_loop(
    large: Account, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, rank_of = Viewer.find, names.rank_of
    with counts_by_turn() as counts:

        def count_found(
            viewer: Viewer, domain: str, unique_id: str
        ) -> er.RegistryEntry | None:
            counts[-1] += 1
            return find(viewer, domain, unique_id)

        def count_ranked(
            of: Collection[str], wanted: Words, others: Collection[Words] = ()
        ) -> int | None:
            counts[-1] += 1
            return rank_of(of, wanted, others)

        monkeypatch.setattr(Viewer, "find", count_found)
        monkeypatch.setattr(names, "rank_of", count_ranked)
        await read(large, name)
    assert sum(counts) >= LARGE
    assert max(counts) <= 2 * AT_ONCE


async def test_account_may_be_unloaded_while_it_is_read(large: Account) -> None:
    with steps_of(telephones) as steps:
        steps.pause_after(5)
        reading = asyncio.ensure_future(read(large))
        await steps.until_paused()
        await large.hass.config_entries.async_unload(large.entry.entry_id)
        steps.resume()
        found = await reading
    assert "error" not in found
    assert found["counts"]["people"] == LARGE
    await large.hass.config_entries.async_setup(large.entry.entry_id)
