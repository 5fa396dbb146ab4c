"""The option for more sensors: entities that are disabled at first."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final
from unittest.mock import patch

import pytest

from custom_components.ringcentral.entities import manager as entity_manager
from custom_components.ringcentral.entities.adding import select_descriptions
from custom_components.ringcentral.roster import entity_allocation
from custom_components.ringcentral.sensor import EXTENSION_SENSORS
from homeassistant.config_entries import (
    RELOAD_AFTER_UPDATE_DELAY,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
from simulator import Simulator

from .common import Account, add_account
from .forms import (
    people,
    start_options,
    submit_options,
    suggested,
    turn_off_while_unloaded,
    want_more_sensors,
)
from .reliability.common import MOVED_TIME, Time
from .turns import Steps, steps_of

_COUNTS: Final = {
    "answered_today",
    "incoming_today",
    "longest_wait_today",
    "missed_today",
    "outgoing_today",
    "talk_time_today",
}
# Keys of sensors that are disabled at first.
_OF_PEOPLE: Final = _COUNTS | {
    "active_calls",
    "last_event",
    "meeting_status",
    "user_status",
}
_OF_LINES: Final = {"active_calls", "last_event"}
_OF_THE_ACCOUNT: Final = {"last_event"}
# In large companies.
_OF_MANY_PEOPLE: Final = _OF_PEOPLE | {"calls", "dnd", "presence"}


def _registered(account: Account, number: str | None) -> Mapping[str, er.RegistryEntry]:
    """Return the entities of a device by key, without those that change something."""
    device = account.device(number)
    assert device is not None
    [(_, identifier)] = device.identifiers
    return {
        entry.unique_id.removeprefix(f"{identifier}_"): entry
        for entry in er.async_entries_for_device(
            er.async_get(account.hass), device.id, include_disabled_entities=True
        )
        if entry.domain != "select"
    }


def _disabled(account: Account, number: str | None) -> set[str]:
    """Return the keys of the entities of a device that are disabled at first."""
    return {
        key
        for key, entry in _registered(account, number).items()
        if entry.disabled_by is RegistryEntryDisabler.INTEGRATION
    }


def _change(
    account: Account, number: str | None, key: str, by: RegistryEntryDisabler | None
) -> None:
    """Enable or disable an entity as the user does."""
    er.async_get(account.hass).async_update_entity(
        _registered(account, number)[key].entity_id, disabled_by=by
    )


async def _reload(account: Account) -> None:
    assert await account.hass.config_entries.async_reload(account.entry.entry_id)
    await account.hass.async_block_till_done()


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account with two people and a park location."""
    park = next(e for e in simulator.extensions if e.type == "ParkLocation")
    simulator.set_lines("101", [park.number])
    return await add_account(
        hass, simulator, groups=["lines"], extensions=["101", "102"]
    )


@pytest.fixture
def park(account: Account) -> str:
    """Return the number of the park location."""
    return next(
        e.number for e in account.simulator.extensions if e.type == "ParkLocation"
    )


async def test_sensors_that_are_disabled_at_first_are_not_registered(
    account: Account, park: str
) -> None:
    """Each person has four entities."""
    assert set(_registered(account, "102")) == {
        *("telephony_status", "presence", "dnd", "calls")
    }
    for number in (None, "101", "102", park):
        assert _disabled(account, number) == set()


async def test_option_registers_them_without_a_reload_and_removes_them_again(
    account: Account, park: str
) -> None:
    """The form offers it as it is."""
    coordinator = account.coordinator
    before = {n: set(_registered(account, n)) for n in (None, "101", "102", park)}
    result = await start_options(account.hass, account.entry.entry_id)
    assert "more_sensors" not in suggested(result)

    await want_more_sensors(account)
    assert _disabled(account, None) == _OF_THE_ACCOUNT
    assert _disabled(account, "101") == _disabled(account, "102") == _OF_PEOPLE
    assert _disabled(account, park) == _OF_LINES
    result = await start_options(account.hass, account.entry.entry_id)
    assert suggested(result)["more_sensors"] is True

    await want_more_sensors(account, wanted=False)
    assert {n: set(_registered(account, n)) for n in before} == before
    assert account.entry.runtime_data is coordinator
    assert account.entry.options["more_sensors"] is False


async def test_form_without_the_option_leaves_it_as_it_is(account: Account) -> None:
    await want_more_sensors(account)
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, people(account.simulator, "102"))
    assert _disabled(account, "102") == _OF_PEOPLE
    assert account.entry.options["more_sensors"] is True


async def test_refused_selection_leaves_the_option_as_it_was(account: Account) -> None:
    form = await start_options(account.hass, account.entry.entry_id)
    nothing = {"groups": [], "extensions": [], "more_sensors": True}
    form = await submit_options(account.hass, form, nothing)
    assert suggested(form)["more_sensors"] is True
    assert _disabled(account, "102") == set()
    assert "more_sensors" not in account.entry.options


async def test_option_counts_after_a_restart(account: Account) -> None:
    """For people who are added later, too."""
    await want_more_sensors(account)
    before = _registered(account, "102")
    await _reload(account)
    assert _registered(account, "102").keys() == before.keys()
    assert _disabled(account, "102") == _OF_PEOPLE

    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, people(account.simulator, "102", "103"))
    assert _disabled(account, "103") == _OF_PEOPLE


async def test_enabled_sensor_stays_without_the_option(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """And works, after each reload; with the option, it is not added again."""
    await want_more_sensors(account)
    _change(account, "102", "user_status", None)
    _change(account, None, "last_event", None)
    await want_more_sensors(account, wanted=False)
    for _ in range(2):
        await _reload(account)
        assert set(_registered(account, "102")) == {
            *("telephony_status", "presence", "dnd", "calls", "user_status")
        }
        assert account.shows("102", "user_status") == "available"
        assert account.shows(None, "last_event") is not None
        assert "user_status" not in _registered(account, "101")
    await want_more_sensors(account)
    assert "unique ID" not in caplog.text


async def test_enabled_sensor_returns_with_its_extension(account: Account) -> None:
    """As Home Assistant restores it; the others do not."""
    await want_more_sensors(account)
    _change(account, "102", "user_status", None)
    await want_more_sensors(account, wanted=False)
    for numbers in (("101",), ("101", "102")):
        form = await start_options(account.hass, account.entry.entry_id)
        await submit_options(account.hass, form, people(account.simulator, *numbers))
    assert account.shows("102", "user_status") == "available"
    assert _disabled(account, "102") == set()
    assert "meeting_status" not in _registered(account, "102")


async def test_sensor_that_was_enabled_and_disabled_again_stays_registered(
    account: Account,
) -> None:
    """It is the user's setting, and can be changed where it was made."""
    await want_more_sensors(account)
    _change(account, "102", "user_status", None)
    _change(account, "102", "user_status", RegistryEntryDisabler.USER)
    await want_more_sensors(account, wanted=False)
    await _reload(account)
    user_status = _registered(account, "102")["user_status"]
    assert user_status.disabled_by is RegistryEntryDisabler.USER

    _change(account, "102", "user_status", None)
    await _reload(account)
    assert account.shows("102", "user_status") == "available"


async def test_enabled_sensor_of_a_disabled_device_returns_with_it(
    account: Account,
) -> None:
    """Without the option."""
    await want_more_sensors(account)
    _change(account, "102", "user_status", None)
    await want_more_sensors(account, wanted=False)
    device = account.device("102")
    assert device is not None
    devices = dr.async_get(account.hass)
    for disabled_by in (dr.DeviceEntryDisabler.USER, None):
        devices.async_update_device(device.id, disabled_by=disabled_by)
        await account.hass.async_block_till_done()
        await _reload(account)
    assert account.shows("102", "user_status") == "available"


async def test_enabled_sensor_of_a_disabled_account_returns_with_it(
    account: Account,
) -> None:
    """Without the option."""
    await want_more_sensors(account)
    _change(account, "102", "user_status", None)
    await want_more_sensors(account, wanted=False)
    entries = account.hass.config_entries
    for disabled_by in (ConfigEntryDisabler.USER, None):
        await entries.async_set_disabled_by(account.entry.entry_id, disabled_by)
        await account.hass.async_block_till_done()
    assert account.shows("102", "user_status") == "available"


async def test_option_turned_off_while_unloaded_removes_them_at_the_next_set_up(
    account: Account,
) -> None:
    """As when a backup of the options is restored."""
    await want_more_sensors(account)
    await turn_off_while_unloaded(account, "more_sensors")
    for number in (None, "101", "102"):
        assert _disabled(account, number) == set()


async def test_option_of_a_large_company_registers_all_that_is_disabled(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An enabled one stays without it."""
    with patch.object(entity_allocation, "FULL_SET_UP_TO", 2):
        account = await add_account(hass, simulator)
        assert set(_registered(account, "102")) == {"telephony_status"}
        await want_more_sensors(account)
        assert _disabled(account, "102") == _OF_MANY_PEOPLE
        _change(account, "102", "calls", None)
        _change(account, "103", "presence", None)
        await want_more_sensors(account, wanted=False)
        await _reload(account)
        assert set(_registered(account, "102")) == {"telephony_status", "calls"}
        assert set(_registered(account, "103")) == {"telephony_status", "presence"}
        assert set(_registered(account, "104")) == {"telephony_status"}
        simulator.ring(to="102", from_="+16505550123")
        await account.until_shown("102", "telephony_status", "ringing")
        assert (
            account.state("102", "calls", "event").attributes["event_type"] == "ringing"
        )


async def test_descriptions_of_disabled_entities_are_made_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Not for each of thousands of people."""
    with patch.object(entity_allocation, "FULL_SET_UP_TO", 2):
        account = await add_account(hass, simulator)
        await want_more_sensors(account)
        first, second = (
            list(
                select_descriptions(
                    account.coordinator,
                    Platform.SENSOR,
                    EXTENSION_SENSORS,
                    simulator.extension(number).id,
                )
            )
            for number in ("102", "103")
        )
    assert len(first) == len(EXTENSION_SENSORS)
    assert all(a is b for a, b in zip(first, second, strict=True))


# --------------------------------------------------------------------------------------
# An account that becomes small


_FULL: Final = {"telephony_status", "presence", "dnd", "calls"}


@pytest.fixture
async def large(hass: HomeAssistant, simulator: Simulator) -> AsyncIterator[Account]:
    """Return an account with more people than can have all sensors."""
    with patch.object(entity_allocation, "FULL_SET_UP_TO", 2):
        account = await add_account(hass, simulator)
        await want_more_sensors(account)
        assert _disabled(account, "102") == _OF_MANY_PEOPLE
        yield account


def _enabled(account: Account, number: str) -> set[str]:
    entities = _registered(account, number).items()
    return {key for key, entry in entities if not entry.disabled}


async def _show(account: Account, *numbers: str) -> None:
    """Select these people."""
    form = await start_options(account.hass, account.entry.entry_id)
    await submit_options(account.hass, form, people(account.simulator, *numbers))


@pytest.mark.parametrize("wanted", [True, False])
@MOVED_TIME
async def test_people_of_a_smaller_account_have_all_entities_enabled(
    large: Account, simulator: Simulator, time: Time, wanted: bool
) -> None:
    """With their states and without a reload, also if the option was turned off again."""
    await want_more_sensors(large, wanted=wanted)
    coordinator = large.coordinator
    await _show(large, "102", "103")
    for number in ("102", "103"):
        assert _enabled(large, number) == _FULL
        assert large.shows(number, "presence") == "available"
        assert large.shows(number, "dnd") == "take_all_calls"
    assert _disabled(large, "102") == (_OF_PEOPLE if wanted else set())
    simulator.ring(to="102", from_="+16505550123")
    await large.until_shown("102", "telephony_status", "ringing")
    assert large.state("102", "calls", "event").attributes["event_type"] == "ringing"
    # Home Assistant reloads an account after an entity was enabled by hand.
    await time.passes(RELOAD_AFTER_UPDATE_DELAY + 5)
    assert large.entry.runtime_data is coordinator


async def test_account_that_shrinks_while_unloaded_has_all_entities_enabled(
    large: Account,
) -> None:
    entries = large.hass.config_entries
    assert await entries.async_unload(large.entry.entry_id)
    with patch.object(entity_allocation, "FULL_SET_UP_TO", 2_400):
        assert await entries.async_setup(large.entry.entry_id)
        await large.hass.async_block_till_done()
    assert _enabled(large, "102") == _FULL
    assert large.shows("102", "presence") == "available"


async def test_person_who_returns_to_a_smaller_account_has_all_entities_enabled(
    large: Account,
) -> None:
    await _show(large, "102")
    await _show(large, "102", "103")
    assert _enabled(large, "103") == _FULL
    assert large.shows("103", "presence") == "available"


async def test_entity_disabled_by_the_user_stays_disabled_in_a_smaller_account(
    large: Account,
) -> None:
    """Also on a disabled device."""
    _change(large, "102", "presence", RegistryEntryDisabler.USER)
    device = large.device("103")
    assert device is not None
    dr.async_get(large.hass).async_update_device(
        device.id, disabled_by=dr.DeviceEntryDisabler.USER
    )
    await large.hass.async_block_till_done()
    await _show(large, "102", "103")
    assert _enabled(large, "102") == _FULL - {"presence"}
    assert _enabled(large, "103") == set()


async def test_new_entities_disabled_by_the_user_stay_so_in_a_small_account(
    account: Account,
) -> None:
    """By the system options of the entry, before and after these are changed."""
    entries = account.hass.config_entries
    entries.async_update_entry(account.entry, pref_disable_new_entities=True)
    await _show(account, "102", "103")
    for disables_new in (True, False):
        entries.async_update_entry(
            account.entry, pref_disable_new_entities=disables_new
        )
        await _reload(account)
        assert _enabled(account, "102") == _FULL
        assert _enabled(account, "103") == set()


# --------------------------------------------------------------------------------------
# While they are added or removed


@pytest.fixture
def steps() -> Iterator[Steps]:
    """Return the steps in which entities are added and removed: one for each device."""
    with steps_of(entity_manager) as steps:
        yield steps


async def _submit(account: Account, options: Mapping[str, object]) -> None:
    """Submit the options without waiting for what follows."""
    flows = account.hass.config_entries.options
    form = await flows.async_init(account.entry.entry_id)
    result = await flows.async_configure(
        form["flow_id"], {**suggested(form), **options}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


def _all_disabled(account: Account) -> list[set[str]]:
    return [_disabled(account, number) for number in (None, "101", "102")]


_ALL: Final = [_OF_THE_ACCOUNT, _OF_PEOPLE, _OF_PEOPLE]


@pytest.mark.parametrize("wanted", [True, False])
async def test_one_slice_updates_one_device(
    account: Account, steps: Steps, wanted: bool
) -> None:
    """At thousands of extensions, all of them would block Home Assistant for seconds."""
    await want_more_sensors(account, wanted=not wanted)
    before = _all_disabled(account)

    steps.pause_after(1)
    await _submit(account, {"more_sensors": wanted})
    await steps.until_paused()
    assert sum(a != b for a, b in zip(before, _all_disabled(account), strict=True)) == 1

    steps.resume()
    await account.hass.async_block_till_done()
    assert _all_disabled(account) == (_ALL if wanted else [set(), set(), set()])


@pytest.mark.parametrize("wanted", [True, False])
async def test_option_changed_three_times_at_once_counts_as_saved_last(
    account: Account, steps: Steps, wanted: bool
) -> None:
    """While the first change is applied."""
    await want_more_sensors(account, wanted=not wanted)
    steps.pause_after(1)
    for each in (wanted, not wanted, wanted):
        await _submit(account, {"more_sensors": each})
        await steps.until_paused()
    steps.resume()
    await account.hass.async_block_till_done()
    assert _all_disabled(account) == (_ALL if wanted else [set(), set(), set()])


@pytest.mark.parametrize("wanted", [True, False])
async def test_reload_completes_a_change_of_the_option(
    account: Account, steps: Steps, wanted: bool
) -> None:
    """What was not applied before is applied by the set-up."""
    await want_more_sensors(account, wanted=not wanted)
    steps.pause_after(1)
    await _submit(account, {"more_sensors": wanted})
    await steps.until_paused()
    assert _all_disabled(account) not in (_ALL, [set(), set(), set()])
    account.hass.loop.call_soon(steps.resume)
    assert await account.hass.config_entries.async_unload(account.entry.entry_id)
    assert _all_disabled(account) not in (_ALL, [set(), set(), set()])

    assert await account.hass.config_entries.async_setup(account.entry.entry_id)
    await account.hass.async_block_till_done()
    assert _all_disabled(account) == (_ALL if wanted else [set(), set(), set()])


async def test_removal_of_the_account_ends_a_change_of_the_option(
    account: Account, steps: Steps
) -> None:
    """No entity is left."""
    steps.pause_after(1)
    await _submit(account, {"more_sensors": True})
    await steps.until_paused()
    account.hass.loop.call_soon(steps.resume)
    await account.hass.config_entries.async_remove(account.entry.entry_id)
    await account.hass.async_block_till_done()
    assert account.entry.state is ConfigEntryState.NOT_LOADED
    assert not er.async_entries_for_config_entry(
        er.async_get(account.hass), account.entry.entry_id
    )


async def test_extension_that_leaves_before_its_turn_gets_no_more_sensors(
    account: Account, steps: Steps
) -> None:
    """Its device is not created again."""
    steps.pause_after(1)
    await _submit(account, {"more_sensors": True})
    await steps.until_paused()
    await _submit(account, people(account.simulator, "101"))
    steps.resume()
    await account.hass.async_block_till_done()
    assert account.device("102") is None
    assert _disabled(account, "101") == _OF_PEOPLE


async def test_option_turned_on_while_people_are_added_counts_for_them(
    account: Account, steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    """Each entity is added once."""
    numbers = [user.number for user in account.simulator.users]
    steps.pause_after(2)
    await _submit(account, people(account.simulator, *numbers))
    await steps.until_paused()
    await _submit(account, {"more_sensors": True})
    assert account.device(numbers[-1]) is None
    steps.resume()
    await account.hass.async_block_till_done()
    for number in numbers:
        assert _disabled(account, number) == _OF_PEOPLE
        assert account.shows(number, "presence") == "available"
    assert "unique ID" not in caplog.text
