"""Changing what is monitored, without a reload."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api.rest import RestClient
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from ..common import add_account, until, writes
from ..company import lists_are_read, monitored
from ..forms import (
    CALLER,
    EVERYONE,
    assert_shows,
    people,
    ring,
    shown_caller,
    start_options,
    submit_options,
    suggested,
)
from ..reliability.common import API, MOVED_TIME, Time, is_pushed, issues, lose_push
from .common import EXTENSIONS, SUBSCRIPTION


async def test_another_selection_takes_effect_without_a_reload(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Devices come and go; the entities of those that stay are not even written."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    coordinator = account.coordinator
    result = await start_options(hass, account.entry.entry_id)
    assert result["step_id"] == "init"
    assert suggested(result) == people(simulator, "102", "103")

    staying = account.entity_id("103", "presence")
    with writes(hass) as written:
        result = await submit_options(hass, result, people(simulator, "103", "104"))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options == people(simulator, "103", "104")
    assert account.device("102") is None
    assert account.device("104") is not None
    assert account.shows("104", "presence") == "available"
    assert account.entity_id("104", "presence") in written
    assert staying not in written
    assert account.entry.runtime_data is coordinator
    assert not any(record.kind == "connect" for record in simulator.log)

    simulator.ring(to="104", from_="+16505550123")
    await account.until_shown("104", "telephony_status", "ringing")
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@pytest.mark.parametrize(
    ("cause", "chosen", "error", "shows"),
    [
        pytest.param(
            lambda simulator: simulator.permissions.difference_update(
                {"ReadContacts", "Contacts"}
            ),
            lambda simulator: EVERYONE | {"groups": ["favorites"]},
            "app_permission_missing",
            {"permission": "Read Contacts"},
            id="favorites not permitted",
        ),
        pytest.param(
            lambda simulator: setattr(simulator.switches, "lines_api", False),
            lambda simulator: EVERYONE | {"groups": ["lines"]},
            "user_permission_missing",
            {"permission": "ReadPresenceSettings"},
            id="lines not open",
        ),
        pytest.param(
            lambda simulator: simulator.fault(
                "maintenance", path=f"{EXTENSIONS}/~/favorite"
            ),
            lambda simulator: EVERYONE | {"groups": ["favorites"]},
            "maintenance",
            {},
            id="maintenance",
        ),
        pytest.param(
            lambda simulator: None,
            lambda simulator: EVERYONE | {"groups": []},
            "nothing_selected",
            {},
            id="nothing selected",
        ),
    ],
)
async def test_refused_selection_shows_an_error_and_changes_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    cause: Callable[[Simulator], None],
    chosen: Callable[[Simulator], dict[str, Any]],
    error: str,
    shows: Mapping[str, str],
) -> None:
    """The former selection stays, and another one is accepted."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    result = await start_options(hass, account.entry.entry_id)
    cause(simulator)

    with writes(hass) as written:
        result = await submit_options(hass, result, chosen(simulator))

    assert_shows(result, error, shows)
    assert suggested(result) == chosen(simulator)
    assert written == []
    assert account.entry.options == people(simulator, "102")
    assert account.coordinator.roster.monitored == {simulator.extension("102").id}
    simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    simulator.clear_faults()
    result = await submit_options(hass, result, people(simulator, "103"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.device("103") is not None
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_selection_whose_subscription_gets_no_reply_shows_an_error(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Its lists were read; the former selection stays, and can be changed later."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    result = await start_options(hass, account.entry.entry_id)
    simulator.fault("no_reply", path=SUBSCRIPTION, method="PUT")
    result = await submit_options(hass, result, people(simulator, "103"))

    assert_shows(result, "timed_out", {})
    assert suggested(result) == people(simulator, "103")
    assert account.entry.options == people(simulator, "102")
    assert monitored(account) == {"102"}
    await time.passes_until(is_pushed(account), within=200)
    result = await submit_options(hass, result, people(simulator, "103"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert monitored(account) == {"103"}
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_the_options_of_an_account_that_is_not_loaded_are_closed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """No coordinator can apply the selection."""
    account = await add_account(hass, simulator)
    assert await hass.config_entries.async_unload(account.entry.entry_id)
    assert account.entry.state is ConfigEntryState.NOT_LOADED

    result = await start_options(hass, account.entry.entry_id)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"


async def test_unloading_the_account_closes_its_options(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The dialog was open before."""
    account = await add_account(hass, simulator)
    result = await start_options(hass, account.entry.entry_id)
    assert await hass.config_entries.async_unload(account.entry.entry_id)

    result = await submit_options(hass, result, EVERYONE)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"


async def test_an_account_unloaded_while_lists_are_read_closes_its_options(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """No coordinator can apply the selection."""
    account = await add_account(hass, simulator)
    result = await start_options(hass, account.entry.entry_id)
    read = RestClient.favorite_extension_ids

    async def read_and_unload(rest: RestClient) -> list[str]:
        ids = await read(rest)
        assert await hass.config_entries.async_unload(account.entry.entry_id)
        return ids

    with patch.object(RestClient, "favorite_extension_ids", read_and_unload):
        result = await submit_options(
            hass, result, EVERYONE | {"groups": ["favorites"]}
        )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert account.entry.options["groups"] == ["everyone"]


async def test_account_reloaded_while_lists_are_read_requests_nothing_more(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """In the name of what is no more; the next dialog begins with what is saved."""
    account = await add_account(hass, simulator)
    result = await start_options(hass, account.entry.entry_id)
    read = RestClient.favorite_extension_ids

    async def read_and_reload(rest: RestClient) -> list[str]:
        ids = await read(rest)
        assert await hass.config_entries.async_reload(account.entry.entry_id)
        await hass.async_block_till_done()
        simulator.log.clear()
        return ids

    with patch.object(RestClient, "favorite_extension_ids", read_and_reload):
        result = await submit_options(
            hass, result, EVERYONE | {"groups": ["favorites"]}
        )

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")
    assert [record.path for record in simulator.log if record.kind == "http"] == []
    assert account.entry.options["groups"] == ["everyone"]
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_removing_the_account_closes_its_options(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The entry that the dialog is about is no more."""
    account = await add_account(hass, simulator)
    result = await start_options(hass, account.entry.entry_id)
    await hass.config_entries.async_remove(account.entry.entry_id)

    result = await submit_options(hass, result, EVERYONE)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert hass.config_entries.options.async_progress() == []


@MOVED_TIME
async def test_selection_saved_last_counts_while_another_one_is_applied(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """By another dialog, which has not saved yet: the later one decides."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    first = await start_options(hass, account.entry.entry_id)
    second = await start_options(hass, account.entry.entry_id)
    simulator.fault("slow", path=f"{API}/account/~/extension/", delay=3)
    other = asyncio.create_task(submit_options(hass, first, people(simulator, "103")))
    await time.passes(1)
    assert account.coordinator.roster.monitored == {simulator.extension("103").id}
    assert account.entry.options == people(simulator, "102")
    again = asyncio.create_task(submit_options(hass, second, suggested(second)))
    await time.passes_until(lambda: other.done() and again.done(), within=10)

    assert account.entry.options == people(simulator, "102")
    assert monitored(account) == {"102"}
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
@pytest.mark.parametrize("code", ["CMN-101", "SUB-403"])
@pytest.mark.parametrize("everyone", [True, False], ids=["everyone", "refused only"])
async def test_selection_with_refused_extensions_is_saved_and_they_are_polled(
    hass: HomeAssistant, simulator: Simulator, time: Time, code: str, everyone: bool
) -> None:
    """The repair issue names them; the others are pushed."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    refused = [simulator.extension(number) for number in ("104", "109")]
    for extension in refused:
        simulator.fault("refuse_filter", filter=extension.id, count=99, errorCode=code)
    selection = EVERYONE if everyone else people(simulator, "104", "109")
    result = await start_options(hass, account.entry.entry_id)
    result = await submit_options(hass, result, selection)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options == selection
    names = ", ".join(sorted(f"{e.name} ({e.number})" for e in refused))
    assert issues(hass)["extensions_not_pushed"] == {
        "code": code,
        "extensions": names,
        "account": account.entry.title,
    }
    assert account.shows("104", "presence") == "available"
    simulator.ring(to="104", from_="+16505550123")
    if everyone:
        simulator.ring(to="103", from_="+16505550124")
        await account.until_shown("103", "telephony_status", "ringing")
    assert account.shows("104", "telephony_status") == "no_call"
    await time.passes(61)
    assert account.shows("104", "telephony_status") == "ringing"
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
async def test_selection_saved_without_a_connection_is_refused_by_the_next_one(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The repair issue then names the extension."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    refused = simulator.extension("104")
    simulator.fault("refuse_filter", filter=refused.id, count=99)
    simulator.fault("refuse_upgrade", status=503, seconds=10)
    await lose_push(account)

    result = await start_options(hass, account.entry.entry_id)
    result = await submit_options(hass, result, people(simulator, "102", "104"))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == {}
    await time.passes_until(is_pushed(account), within=200)
    await time.settle()
    named = issues(hass)["extensions_not_pushed"]["extensions"]
    assert named == f"{refused.name} (104)"
    assert await hass.config_entries.async_unload(account.entry.entry_id)


# --------------------------------------------------------------------------------------
# Options of former versions


@MOVED_TIME
async def test_fixed_list_of_a_former_version_is_ignored(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Later colleagues are monitored; the next change removes the list."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    options = {
        "groups": ["everyone"],
        "extensions": [],
        "privacy": "full",
        "follow_new": False,
        "members": [simulator.extension("102").id],
    }
    hass.config_entries.async_update_entry(account.entry, options=options)
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    assert monitored(account) == {user.number for user in simulator.users}
    simulator.add_extension("Ines Newcomer", number="150")
    await lists_are_read(account, time)
    assert monitored(account) == {user.number for user in simulator.users}

    form = await start_options(hass, account.entry.entry_id)
    assert suggested(form) == EVERYONE
    await submit_options(hass, form, suggested(form))
    assert not {"follow_new", "members"} & account.entry.options.keys()
    assert await hass.config_entries.async_unload(account.entry.entry_id)


@MOVED_TIME
@pytest.mark.parametrize("minutes", [5, 120])
async def test_poll_interval_of_a_former_version_is_ignored(
    hass: HomeAssistant, simulator: Simulator, time: Time, minutes: int
) -> None:
    """Beside push everything is read each 15 minutes; the next change removes it."""
    account = await add_account(hass, simulator)
    options = EVERYONE | {"safety_poll": minutes}
    hass.config_entries.async_update_entry(account.entry, options=options)
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    await time.passes(60)
    simulator.log.clear()
    await time.passes(50 * 60, step=10)
    assert sum(record.path == EXTENSIONS for record in simulator.log) == 3

    form = await start_options(hass, account.entry.entry_id)
    assert suggested(form) == EVERYONE
    await submit_options(hass, form, suggested(form))
    assert account.entry.options == EVERYONE
    assert await hass.config_entries.async_unload(account.entry.entry_id)


# --------------------------------------------------------------------------------------
# Privacy


async def test_entry_without_a_privacy_level_shows_everything(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """And its form shows this, by the default."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    before = {**people(simulator, "102")}
    del before["privacy"]
    hass.config_entries.async_update_entry(account.entry, options=before)
    await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    await ring(account)
    assert shown_caller(account) == CALLER

    result = await start_options(hass, account.entry.entry_id)
    assert suggested(result) == before
    result = await submit_options(hass, result, suggested(result))
    assert account.entry.options == people(simulator, "102")
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_another_level_updates_calls_and_messages_without_a_request(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """At once, without a reload; only what is shown differently is written."""
    account = await add_account(hass, simulator, groups=[], extensions=["102", "103"])
    coordinator = account.coordinator
    extension_id = simulator.extension("102").id
    simulator.notify({"extensionId": extension_id, "message": "Back at noon"})
    await ring(account)
    calls = account.entity_id("102", "telephony_status")
    messages = [account.entity_id(number, "presence") for number in ("102", "103")]
    account_device = account.device(None)
    assert account_device is not None
    of_extensions = {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), account.entry.entry_id
        )
        if entity.device_id != account_device.id
    }
    simulator.log.clear()
    for level, caller, message, concerned in (
        ("masked", ("…123", "C. W."), None, {calls, *messages}),
        ("none", (None, None), None, {calls}),
        ("full", CALLER, "Back at noon", {calls, *messages}),
    ):
        result = await start_options(hass, account.entry.entry_id)
        with writes(hass) as written:
            result = await submit_options(
                hass, result, people(simulator, "102", "103") | {"privacy": level}
            )
            await until(partial(concerned.issubset, written))

        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert account.entry.options["privacy"] == level
        assert concerned == {*written} & of_extensions
        assert shown_caller(account) == caller
        assert account.state("102", "presence").attributes["message"] == message
    assert account.entry.runtime_data is coordinator
    assert not simulator.log
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_the_same_level_again_writes_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """And a form without the level leaves it as it is."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    result = await start_options(hass, account.entry.entry_id)
    chosen = people(simulator, "102") | {"privacy": "none"}
    await submit_options(hass, result, chosen)

    with writes(hass) as written:
        for again in (chosen, {"extensions": chosen["extensions"]}):
            result = await start_options(hass, account.entry.entry_id)
            await submit_options(hass, result, again)

    assert account.entry.options == chosen
    assert written == []
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_refused_selection_leaves_the_privacy_level_as_it_was(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Both are saved together, or neither."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    await ring(account)
    chosen = people(simulator, "102") | {"groups": ["favorites"], "privacy": "none"}
    simulator.fault("maintenance", path=f"{EXTENSIONS}/~/favorite")
    result = await start_options(hass, account.entry.entry_id)
    with writes(hass) as written:
        result = await submit_options(hass, result, chosen)

    assert_shows(result, "maintenance", {})
    assert suggested(result) == chosen
    assert written == []
    assert account.entry.options == people(simulator, "102")
    assert shown_caller(account) == CALLER

    simulator.clear_faults()
    result = await submit_options(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: shown_caller(account) == (None, None))
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_less_can_be_shown_while_the_platform_cannot_be_reached(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """What is on the screen must not wait for a network."""
    account = await add_account(hass, simulator, groups=["everyone", "favorites"])
    await ring(account)
    await simulator.stop()
    await until(lambda: account.shows(None, "link") == "recovering")

    result = await start_options(hass, account.entry.entry_id)
    result = await submit_options(
        hass, result, {**account.entry.options, "privacy": "masked"}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: shown_caller(account) == ("…123", "C. W."))
    assert await hass.config_entries.async_unload(account.entry.entry_id)
