"""The option for a binary sensor of each person, on while the person is on the phone."""

from unittest.mock import patch

import pytest

from custom_components.ringcentral.roster import entity_allocation
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY
from homeassistant.const import STATE_UNAVAILABLE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
from homeassistant.setup import async_setup_component
from simulator import Simulator

from .common import Account, add_account, writes
from .forms import (
    EVERYONE,
    people,
    start_options,
    submit_options,
    suggested,
    turn_off_while_unloaded,
    want_more_sensors,
    want_on_the_phone,
)
from .reliability.common import MOVED_TIME, Time, lose_push


def _entry(account: Account, number: str) -> er.RegistryEntry | None:
    entity_id = account.entity_id(number, "on_the_phone", "binary_sensor")
    return er.async_get(account.hass).async_get(entity_id) if entity_id else None


def _shows(account: Account, number: str = "102") -> str:
    return account.state(number, "on_the_phone", "binary_sensor").state


def _is_enabled(account: Account, number: str) -> bool | None:
    """Return whether the sensor of an extension is enabled, None if there is none."""
    entry = _entry(account, number)
    return None if entry is None else not entry.disabled


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account with two people and a park location."""
    park = next(e for e in simulator.extensions if e.type == "ParkLocation")
    simulator.set_lines("101", [park.number])
    return await add_account(
        hass, simulator, groups=["lines"], extensions=["101", "102"]
    )


async def test_sensor_is_added_by_the_option_only(account: Account) -> None:
    """Without a reload, and for people only; more sensors do not contain it."""
    coordinator = account.coordinator
    park = next(e for e in account.simulator.extensions if e.type == "ParkLocation")
    form = await start_options(account.hass, account.entry.entry_id)
    assert "on_the_phone" not in suggested(form)
    await want_more_sensors(account)
    assert _entry(account, "102") is None

    await want_on_the_phone(account)
    assert _shows(account, "101") == _shows(account, "102") == "off"
    assert _entry(account, park.number) is None
    form = await start_options(account.hass, account.entry.entry_id)
    assert suggested(form)["on_the_phone"] is True

    await want_on_the_phone(account, wanted=False)
    assert _entry(account, "101") is _entry(account, "102") is None
    assert account.entry.runtime_data is coordinator
    assert account.entry.options["more_sensors"] is True


async def test_option_counts_after_a_restart_and_for_new_people(
    account: Account,
) -> None:
    await want_on_the_phone(account)
    assert await account.hass.config_entries.async_reload(account.entry.entry_id)
    await account.hass.async_block_till_done()
    assert _shows(account) == "off"
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, people(account.simulator, "102", "103"))
    assert account.entry.options["on_the_phone"] is True
    assert _shows(account, "103") == "off"


async def test_option_turned_off_while_unloaded_removes_the_sensors(
    account: Account,
) -> None:
    """At the next set-up."""
    await want_on_the_phone(account)
    await turn_off_while_unloaded(account, "on_the_phone")
    assert _entry(account, "102") is None


async def test_sensor_returns_as_the_user_has_set_it(account: Account) -> None:
    """If the option is turned on again."""
    registry = er.async_get(account.hass)
    await want_on_the_phone(account)
    for number, changes in (
        ("101", {"disabled_by": RegistryEntryDisabler.USER}),
        ("102", {"name": "Busy", "new_entity_id": "binary_sensor.busy"}),
    ):
        entry = _entry(account, number)
        assert entry is not None
        registry.async_update_entity(entry.entity_id, **changes)
    await want_on_the_phone(account, wanted=False)
    assert _entry(account, "101") is _entry(account, "102") is None
    await want_on_the_phone(account)
    assert _is_enabled(account, "101") is False
    entry = _entry(account, "102")
    assert entry is not None
    assert (entry.entity_id, entry.name) == ("binary_sensor.busy", "Busy")
    assert _shows(account) == "off"


async def test_sensor_is_not_exposed_to_voice_assistants(
    hass: HomeAssistant, account: Account
) -> None:
    """As Home Assistant exposes presence and occupancy without asking."""
    assert await async_setup_component(hass, "homeassistant", {})
    await want_on_the_phone(account)
    entry = _entry(account, "102")
    assert entry is not None
    assert (entry.original_device_class, entry.entity_category) == (None, None)
    assert entry.entity_category is not EntityCategory.DIAGNOSTIC
    assert not async_should_expose(hass, "conversation", entry.entity_id)


@MOVED_TIME
async def test_sensor_is_on_while_the_person_dials_talks_or_holds(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """But not while the phone rings; written only when it changes."""
    await want_on_the_phone(account)
    entity_id = account.entity_id("102", "on_the_phone", "binary_sensor")
    with writes(account.hass) as written:
        call = simulator.ring(to="102", from_="+16505550123")
        await account.until_all_reported()
        shown = [_shows(account)]
        for move in (simulator.answer, simulator.hold, simulator.unhold, simulator.end):
            move(call.telephony_session_id)
            await account.until_all_reported()
            shown.append(_shows(account))
        call = simulator.ring(to="+16505550123", from_="102", direction="Outbound")
        await account.until_all_reported()
        shown.append(_shows(account))
        simulator.end(call.telephony_session_id)
        await account.until_all_reported()
        shown.append(_shows(account))
    assert shown == ["off", "on", "on", "on", "off", "on", "off"]
    assert written.count(str(entity_id)) == 4


@MOVED_TIME
async def test_sensor_is_unavailable_while_the_presence_is_not_current(
    time: Time, account: Account, simulator: Simulator
) -> None:
    """Not off."""
    await want_on_the_phone(account)
    simulator.fault("maintenance", seconds=600)
    await lose_push(account)
    await time.passes(130)
    assert _shows(account) == STATE_UNAVAILABLE


# --------------------------------------------------------------------------------------
# Large companies


async def test_sensors_of_a_large_company_are_disabled_at_first(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Five entities of each person must fit; those that are enabled stay."""
    with patch.object(entity_allocation, "FILLED_AT_MOST", 5 * 12):
        account = await add_account(hass, simulator)
        assert len(account.coordinator.allocation.shown) == 12
        form = await start_options(hass, account.entry.entry_id)
        await submit_options(hass, form, people(simulator, "102", "103"))
        await want_on_the_phone(account)
    with patch.object(entity_allocation, "FILLED_AT_MOST", 5 * 12 - 1):
        form = await start_options(hass, account.entry.entry_id)
        await submit_options(hass, form, EVERYONE)
        assert [_is_enabled(account, n) for n in ("102", "104")] == [True, False]
        assert account.shows("104", "presence") == "available"
        # Home Assistant would enable again what was enabled, whether or not it fits.
        await want_on_the_phone(account, wanted=False)
        await want_on_the_phone(account)
        assert [_is_enabled(account, n) for n in ("102", "104")] == [None, False]


@MOVED_TIME
async def test_sensors_of_an_account_that_shrinks_are_enabled(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Without a reload; those that the user has disabled are not."""
    with patch.object(entity_allocation, "FILLED_AT_MOST", 5 * 12 - 1):
        account = await add_account(hass, simulator)
        await want_on_the_phone(account)
        coordinator = account.coordinator
        assert _is_enabled(account, "102") is False
        entry = _entry(account, "103")
        assert entry is not None
        er.async_get(hass).async_update_entity(
            entry.entity_id, disabled_by=RegistryEntryDisabler.USER
        )
        form = await start_options(hass, account.entry.entry_id)
        await submit_options(hass, form, people(simulator, "102", "103"))
        assert _is_enabled(account, "103") is False
        assert _shows(account, "102") == "off"
        await time.passes(RELOAD_AFTER_UPDATE_DELAY + 5)
        assert account.entry.runtime_data is coordinator
