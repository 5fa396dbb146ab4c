"""Triggers and conditions whose target is a group."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import (
    COLLECT_FOR,
    CONF_DEPARTMENTS,
    CONF_EXTENSIONS,
    DOMAIN,
)
from custom_components.ringcentral.roster.identifiers import group_unique_id
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)
from homeassistant.helpers.condition import (
    ConditionConfig,
    async_from_config,
    async_validate_condition_config,
)
from simulator import Simulator

from ..common import Account, add_account
from ..company import lists_are_read
from ..groups.common import add, group_device, queue, settle, team
from ..reliability.common import MOVED_TIME, Time, lose_updates_of
from .common import CALLER, Runs, automate, device, trigger
from .test_call_triggers import pass_until_missed
from .test_conditions import EVALUATE, condition

pytestmark = MOVED_TIME

TEAM: Final = ("102", "103", "104")


def by_device(account: Account, *groups: ConfigSubentry) -> dict[str, Any]:
    """Return a target of groups' devices."""
    found = [group_device(account, group.subentry_id) for group in groups]
    return {"device_id": [one.id for one in found if one is not None]}


def group_entity(
    account: Account, group: ConfigSubentry, key: str, platform: str = "sensor"
) -> str:
    """Return the id of an entity of a group."""
    unique_id = group_unique_id(group.subentry_id, key)
    registry = er.async_get(account.hass)
    entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
    assert entity_id is not None
    return entity_id


async def place(account: Account, group: ConfigSubentry) -> None:
    """Put the device of a group into an area on a floor, with a label."""
    found = group_device(account, group.subentry_id)
    assert found is not None
    floor = fr.async_get(account.hass).async_create("Upstairs")
    area = ar.async_get(account.hass).async_create("Hall", floor_id=floor.floor_id)
    dr.async_get(account.hass).async_update_device(
        found.id, area_id=area.id, labels={"team"}
    )
    await account.hass.async_block_till_done()


async def ring(account: Account, number: str) -> None:
    """Ring at an extension, whose call ends again."""
    call = account.simulator.ring(number, CALLER)
    await account.until_all_reported()
    account.simulator.end(call.telephony_session_id)
    await account.until_all_reported()


@pytest.fixture
async def group(account: Account) -> ConfigSubentry:
    """Return a team of three."""
    group = team(account, numbers=TEAM)
    await add(account, group)
    return group


# ------------------------------------------------------------------------------------
# Call triggers


@pytest.mark.parametrize(
    "by", ["device_id", "entity_id", "area_id", "floor_id", "label_id"]
)
async def test_call_trigger_fires_at_the_members_of_a_group(
    account: Account, group: ConfigSubentry, by: str
) -> None:
    """Whatever selects the group, with the data of the member."""
    await place(account, group)
    target: Mapping[str, Any] = {
        **by_device(account, group),
        "entity_id": [group_entity(account, group, "calls", "event")],
        "area_id": ["hall"],
        "floor_id": ["upstairs"],
        "label_id": ["team"],
    }
    runs = await automate(account.hass, trigger("started_ringing", {by: target[by]}))
    for number in ("101", "103", "105"):
        await ring(account, number)
    [run] = runs
    assert run["extension_number"] == "103"
    assert run["entity_id"] == account.entity_id("103", "telephony_status")


async def test_call_at_ten_phones_of_a_group_fires_once(account: Account) -> None:
    """And once for two groups with the same members."""
    numbers = [str(number) for number in range(101, 111)]
    group, other = team(account, numbers=numbers), team(account, numbers=numbers[:5])
    await add(account, group)
    await add(account, other)
    runs = await automate(
        account.hass,
        trigger("started_ringing", by_device(account, group, other), behavior="first"),
    )
    for count in (1, 2):
        call = account.simulator.ring(numbers[0], CALLER, group=numbers[1:])
        await account.until_all_reported()
        assert all(account.shows(n, "telephony_status") == "ringing" for n in numbers)
        assert len(runs) == count
        account.simulator.end(call.telephony_session_id)
        await account.until_all_reported()


@pytest.mark.parametrize(
    ("answering", "is_missed"), [(None, True), ("103", False), ("105", True)]
)
async def test_call_is_missed_once_if_no_member_of_the_group_answers(
    account: Account,
    group: ConfigSubentry,
    time: Time,
    answering: str | None,
    is_missed: bool,
) -> None:
    """A colleague outside of the group does not answer for it."""
    runs = await automate(
        account.hass,
        trigger("call_missed", by_device(account, group), behavior="first"),
    )
    call = account.simulator.ring(TEAM[0], CALLER, group=[*TEAM[1:], "105"])
    await account.until_all_reported()
    if answering is None:
        account.simulator.end(call.telephony_session_id)
    else:
        account.simulator.answer(call.telephony_session_id, answering)
    await pass_until_missed(account, time)
    assert len(runs) == is_missed


async def test_excluded_group_does_not_fire(
    account: Account, group: ConfigSubentry
) -> None:
    """It excludes its members from what selects them in person."""
    target = {**device(account, "102", "105"), "exclude": by_device(account, group)}
    condition_class = CONDITIONS["is_available"]
    instance: Any = condition_class(
        account.hass, ConditionConfig({"behavior": "any"}, target)
    )
    sensors = {
        sensor
        for number in ("102", "105")
        if (sensor := account.entity_id(number, "presence"))
    }
    assert instance.entity_filter(sensors) == {account.entity_id("105", "presence")}


async def test_disabled_device_of_a_group_fires_for_nothing(
    account: Account, group: ConfigSubentry
) -> None:
    target = by_device(account, group)
    runs = await automate(account.hass, trigger("started_ringing", target))
    [device_id] = target["device_id"]
    dr.async_get(account.hass).async_update_device(
        device_id, disabled_by=dr.DeviceEntryDisabler.USER
    )
    await account.hass.async_block_till_done()
    await ring(account, "103")
    assert not runs


async def test_hidden_and_disabled_entities_of_a_group_still_select_its_members(
    account: Account, group: ConfigSubentry
) -> None:
    """As a target of their own."""
    registry = er.async_get(account.hass)
    hidden = group_entity(account, group, "people_ringing")
    disabled = group_entity(account, group, "people_on_the_phone")
    registry.async_update_entity(hidden, hidden_by=er.RegistryEntryHider.USER)
    registry.async_update_entity(disabled, disabled_by=er.RegistryEntryDisabler.USER)
    await account.hass.async_block_till_done()
    runs = await automate(
        account.hass,
        *(
            trigger("started_ringing", {"entity_id": [entity_id]})
            for entity_id in (hidden, disabled)
        ),
    )
    await ring(account, "103")
    assert runs.numbers() == ["103", "103"]


async def test_group_fires_for_its_own_account_only(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Another user monitors the same people."""
    account = await add_account(hass, simulator)
    other = await add_account(hass, simulator, user="105")
    await time.passes(61)
    group = team(other, numbers=TEAM)
    await add(other, group)
    runs = await automate(hass, trigger("started_ringing", by_device(other, group)))
    call = simulator.ring("103", CALLER)
    for one in (account, other):
        await one.until_all_reported()
    assert [run["entity_id"] for run in runs] == [
        other.entity_id("103", "telephony_status")
    ]
    simulator.end(call.telephony_session_id)


# ------------------------------------------------------------------------------------
# Members that change


async def _runs(account: Account, *groups: ConfigSubentry) -> Runs:
    """Set up an automation that runs when a member's phone rings or becomes busy."""
    target = by_device(account, *groups)
    return await automate(
        account.hass,
        trigger("started_ringing", target),
        trigger("became_busy", target),
        fields=("entity_id",),
    )


async def _fires_for(account: Account, runs: Runs) -> dict[str, set[str]]:
    """Let phones ring and people become busy; return the numbers for which it runs."""
    found: dict[str, set[str]] = {}
    for key, sensor in (("ringing", "telephony_status"), ("busy", "presence")):
        runs.clear()
        for number in ("102", "103", "104", "105"):
            if key == "ringing":
                await ring(account, number)
                continue
            for status in ("Busy", "Available"):
                account.simulator.change_extension(number, userStatus=status)
                await account.until_all_reported()
        await account.hass.async_block_till_done()
        fired = {run["entity_id"] for run in runs}
        found[key] = {
            number
            for number in ("102", "103", "104", "105")
            if account.entity_id(number, sensor) in fired
        }
    return found


def both(*numbers: str) -> dict[str, set[str]]:
    """Return the same numbers for both triggers."""
    return {"ringing": {*numbers}, "busy": {*numbers}}


async def test_triggers_fire_for_a_member_who_joins_and_for_no_one_who_has_left(
    account: Account, time: Time
) -> None:
    """The department is changed at RingCentral."""
    for number in ("102", "103", "104", "105"):
        account.simulator.change_extension(number, department="Elsewhere")
    account.simulator.change_extension("102", department="Hotline")
    await lists_are_read(account, time)
    group = team(account, departments=["Hotline"])
    await add(account, group)
    runs = await _runs(account, group)
    assert await _fires_for(account, runs) == both("102")

    account.simulator.change_extension("102", department="Elsewhere")
    account.simulator.change_extension("103", department="Hotline")
    await lists_are_read(account, time)
    await settle(account)
    assert await _fires_for(account, runs) == both("103")


async def test_triggers_follow_a_changed_group_whose_sensors_are_disabled(
    account: Account, group: ConfigSubentry
) -> None:
    """Any of its entities lets them resolve their targets."""
    registry = er.async_get(account.hass)
    [device_id] = by_device(account, group)["device_id"]
    for entity in er.async_entries_for_device(registry, device_id):
        if entity.domain != "event":
            registry.async_update_entity(
                entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER
            )
    await account.hass.async_block_till_done()
    runs = await _runs(account, group)
    assert await _fires_for(account, runs) == both(*TEAM)
    account.hass.config_entries.async_update_subentry(
        account.entry,
        group,
        data={
            CONF_EXTENSIONS: [account.simulator.extension("105").id],
            CONF_DEPARTMENTS: [],
        },
    )
    await settle(account)
    assert await _fires_for(account, runs) == both("105")


async def test_triggers_on_a_removed_group_do_not_fire(
    account: Account, group: ConfigSubentry
) -> None:
    other = team(account, "Other", numbers=["105"])
    await add(account, other)
    runs = await _runs(account, group, other)
    account.hass.config_entries.async_remove_subentry(account.entry, group.subentry_id)
    await account.hass.async_block_till_done()
    assert await _fires_for(account, runs) == both("105")


async def test_triggers_fire_after_a_reload_during_which_a_registry_changed(
    account: Account, group: ConfigSubentry
) -> None:
    """They resolve their targets at each change, also while there are no members."""
    runs = await _runs(account, group)
    entries = account.hass.config_entries
    await entries.async_unload(account.entry.entry_id)
    ar.async_get(account.hass).async_create("Attic")
    er.async_get(account.hass).async_update_entity(
        str(account.entity_id("110", "presence")), name="Another"
    )
    await account.hass.async_block_till_done()
    await entries.async_setup(account.entry.entry_id)
    await settle(account)
    assert await _fires_for(account, runs) == both(*TEAM)


async def test_triggers_set_up_before_the_account_fire_for_the_members(
    account: Account, group: ConfigSubentry
) -> None:
    """As when Home Assistant starts without a connection."""
    entries = account.hass.config_entries
    await entries.async_unload(account.entry.entry_id)
    runs = await _runs(account, group)
    await entries.async_setup(account.entry.entry_id)
    await settle(account)
    assert await _fires_for(account, runs) == both(*TEAM)


async def test_group_without_members_fires_for_nothing(account: Account) -> None:
    group = team(account, departments=["Nowhere"])
    await add(account, group)
    runs = await _runs(account, group)
    assert await _fires_for(account, runs) == both()


# ------------------------------------------------------------------------------------
# Conditions


async def passing(account: Account, *conditions: Mapping[str, Any]) -> Runs:
    """Set up an automation that runs with the conditions that pass, once evaluated."""
    return await automate(
        account.hass,
        *(
            {"trigger": "event", "event_type": EVALUATE, "id": one["condition"]}
            for one in conditions
        ),
        conditions=[
            {
                "condition": "or",
                "conditions": [
                    {
                        "condition": "and",
                        "conditions": [
                            {"condition": "trigger", "id": one["condition"]},
                            one,
                        ],
                    }
                    for one in conditions
                ],
            }
        ],
        fields=("id",),
    )


async def evaluate(account: Account, runs: Runs) -> set[str]:
    """Return the keys of the conditions that pass."""
    await account.until_all_reported()
    runs.clear()
    account.hass.bus.async_fire(EVALUATE)
    await account.hass.async_block_till_done()
    return {run["id"].removeprefix(f"{DOMAIN}.") for run in runs}


async def occupy(account: Account, time: Time, *numbers: str) -> None:
    """Let people become busy, and their groups show it."""
    for number in numbers:
        account.simulator.change_extension(number, userStatus="Busy")
    await account.until_all_reported()
    await time.passes(1)


def free_conditions(target: Mapping[str, Any], **options: object) -> list[Any]:
    """Return both conditions on free people."""
    return [
        condition(key, target, **options)
        for key in ("someone_is_free", "nobody_is_free")
    ]


@pytest.mark.parametrize("by", ["device_id", "entity_id"])
async def test_nobody_of_a_group_is_free(
    account: Account, group: ConfigSubentry, time: Time, by: str
) -> None:
    """When the last one is not; colleagues outside of it do not matter."""
    target = {
        **by_device(account, group),
        "entity_id": [group_entity(account, group, "people_free")],
    }
    runs = await passing(account, *free_conditions({by: target[by]}))
    assert await evaluate(account, runs) == {"someone_is_free"}
    await occupy(account, time, *TEAM[:2])
    assert await evaluate(account, runs) == {"someone_is_free"}
    await occupy(account, time, TEAM[2])
    assert await evaluate(account, runs) == {"nobody_is_free"}


async def test_nobody_of_a_queue_is_free_if_nobody_takes_its_calls(
    account: Account, time: Time
) -> None:
    """When the last member has logged out."""
    group = queue(account, "901")
    await add(account, group)
    await time.passes(1)
    await settle(account)
    runs = await passing(account, *free_conditions(by_device(account, group)))
    for number in ("102", "103", "104", "105"):
        assert await evaluate(account, runs) == {"someone_is_free"}
        account.simulator.accept_queue_calls("901", number, False)
        await account.until_all_reported()
        await time.passes(COLLECT_FOR + 1)
    assert await evaluate(account, runs) == {"nobody_is_free"}


async def test_account_has_free_people_as_well(account: Account, time: Time) -> None:
    runs = await passing(account, *free_conditions(device(account, None)))
    assert await evaluate(account, runs) == {"someone_is_free"}
    await occupy(account, time, *(user.number for user in account.simulator.users))
    assert await evaluate(account, runs) == {"nobody_is_free"}


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("any", {"someone_is_free", "nobody_is_free"}), ("all", set())],
)
async def test_any_or_all_of_several_groups_must_have_free_people(
    account: Account,
    group: ConfigSubentry,
    time: Time,
    behavior: str,
    expected: set[str],
) -> None:
    other = team(account, "Other", numbers=["105"])
    await add(account, other)
    target = by_device(account, group, other)
    runs = await passing(account, *free_conditions(target, behavior=behavior))
    await occupy(account, time, "105")
    assert await evaluate(account, runs) == expected


async def test_free_people_must_have_been_there_for_the_duration(
    account: Account, group: ConfigSubentry, time: Time
) -> None:
    """Another number of them does not restart the time."""
    target = by_device(account, group)
    minute = {"for": {"minutes": 1}}
    runs = await passing(account, *free_conditions(target, **minute))
    await time.passes(40)
    await occupy(account, time, TEAM[0])
    assert await evaluate(account, runs) == set()
    await time.passes(30)
    assert await evaluate(account, runs) == {"someone_is_free"}
    await occupy(account, time, *TEAM[1:])
    assert await evaluate(account, runs) == set()
    await time.passes(65)
    assert await evaluate(account, runs) == {"nobody_is_free"}


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_nobody_of_an_unknown_group_is_neither_free_nor_not(
    account: Account, behavior: str
) -> None:
    """Of an empty one, of extensions, and of any while the account is not loaded."""
    empty = team(account, departments=["Nowhere"])
    await add(account, empty)
    known = team(account, numbers=["102"])
    await add(account, known)
    for target in (by_device(account, empty), device(account, "102")):
        for one in free_conditions(target, behavior=behavior):
            assert not await passes(account, one)
    target = by_device(account, known)
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    for one in free_conditions(target, behavior=behavior):
        assert not await passes(account, one)


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_colleague_who_may_be_free_keeps_nobody_from_being_free(
    account: Account, group: ConfigSubentry, time: Time, behavior: str
) -> None:
    """Neither condition passes while a member is not current and no other is free."""
    simulator = account.simulator
    await lose_updates_of(account, time, TEAM[2])
    runs = await passing(
        account, *free_conditions(by_device(account, group), behavior=behavior)
    )
    assert await evaluate(account, runs) == {"someone_is_free"}
    await occupy(account, time, *TEAM[:2])
    assert await evaluate(account, runs) == set()
    simulator.clear_faults()
    await occupy(account, time, TEAM[2])
    await account.coordinator.async_refresh()
    await time.passes(1)
    assert await evaluate(account, runs) == {"nobody_is_free"}


async def passes(account: Account, config: Mapping[str, Any]) -> bool | None:
    """Return whether a condition passes now."""
    valid = await async_validate_condition_config(account.hass, dict(config))
    checker = await async_from_config(account.hass, valid)
    try:
        return checker.async_check()
    finally:
        checker.async_unload()


@pytest.mark.parametrize("by", ["device_id", "entity_id"])
@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("any", {"is_available", "is_busy"}), ("all", set())],
)
async def test_conditions_on_extensions_are_those_of_a_groups_members(
    account: Account, group: ConfigSubentry, by: str, behavior: str, expected: set[str]
) -> None:
    target = {
        **by_device(account, group),
        "entity_id": [group_entity(account, group, "calls", "event")],
    }
    runs = await passing(
        account,
        *(
            condition(key, {by: target[by]}, behavior=behavior)
            for key in ("is_available", "is_busy", "is_offline")
        ),
    )
    account.simulator.change_extension("103", userStatus="Busy")
    account.simulator.change_extension("105", userStatus="Offline")
    assert await evaluate(account, runs) == expected


async def test_editor_shows_a_condition_on_a_group_as_it_changes(
    account: Account, group: ConfigSubentry
) -> None:
    """Home Assistant tracks targeted entities only, which are not the members'."""
    by_entity = {"entity_id": [group_entity(account, group, "people_free")]}
    changes: list[None] = []
    for target, polled in (
        (by_entity, True),
        (by_device(account, group), False),
        ({"entity_id": [account.entity_id("102", "presence")]}, False),
    ):
        valid = await async_validate_condition_config(
            account.hass, condition("is_busy", target)
        )
        checker = await async_from_config(account.hass, valid)
        changes.clear()
        stop = await checker.async_track_changes(lambda: changes.append(None))
        account.simulator.change_extension("102", userStatus="Busy")
        await account.until_all_reported()
        assert checker.needs_polling is polled
        assert polled or changes
        account.simulator.change_extension("102", userStatus="Available")
        await account.until_all_reported()
        stop()
        checker.async_unload()
