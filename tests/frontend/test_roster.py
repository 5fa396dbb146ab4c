"""The roster command: who is shown to which user, with what."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ringcentral.frontend import roster
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from ..groups.common import add, group_device, team
from ..turns import counts_by_turn, steps_of

type Json = dict[str, Any]

_KEYS: Final = ("telephony_status", "presence", "dnd")


async def _roster(browser: WebSocketGenerator) -> Json:
    """Return what the board of the signed-in user gets."""
    client = await browser()
    await client.send_json_auto_id({"type": "ringcentral/roster"})
    answer = await client.receive_json()
    assert answer["success"], answer
    result: Json = answer["result"]
    return result


def _numbers(answer: Json) -> list[str]:
    return [person["number"] for person in answer["people"]]


def _entity_id(account: Account, number: str | None, key: str) -> str:
    platform = {"calls": "event", "connection": "binary_sensor"}.get(key, "sensor")
    entity_id = account.entity_id(number, key, platform)
    assert entity_id is not None
    return entity_id


def _device_id(account: Account, number: str | None) -> str:
    device = account.device(number)
    assert device is not None
    return device.id


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account that shows lines, favorites, a site and a department."""
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    options = hass.config_entries.options
    form = await options.async_init(account.entry.entry_id)
    await options.async_configure(
        form["flow_id"],
        {
            "groups": ["lines", "favorites"],
            "extensions": [simulator.extension("101").id],
            "sites": ["harbour-site"],
            "departments": ["Sales"],
            "privacy": "full",
        },
    )
    await hass.async_block_till_done()
    return account


async def test_everything_about_a_person_and_the_account(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    simulator, entry = account.simulator, account.entry
    answer = await _roster(hass_ws_client)

    [of_account] = answer["accounts"]
    assert of_account == {
        "entry_id": entry.entry_id,
        "title": entry.title,
        "is_loaded": True,
        "entities": {
            key: _entity_id(account, None, key)
            for key in ("connection", "link", "last_loss")
        },
        "groups": [
            {"id": "lines", "kind": "lines", "name": None},
            {"id": "favorites", "kind": "favorites", "name": None},
            {"id": "site:harbour-site", "kind": "site", "name": "Harbour Site"},
            {"id": "department:Sales", "kind": "department", "name": "Sales"},
        ],
    }
    [person] = [p for p in answer["people"] if p["number"] == "104"]
    extension = simulator.extension("104")
    assert person == {
        "entry_id": entry.entry_id,
        "extension_id": extension.id,
        "device_id": _device_id(account, "104"),
        "name": extension.name,
        "number": "104",
        "department": "Sales",
        "groups": ["favorites", "department:Sales"],
        "line": None,
        "entities": {key: _entity_id(account, "104", key) for key in _KEYS},
    }
    assert answer["is_restricted"] is False


async def test_people_are_in_the_order_of_numbers_and_lines_know_their_place(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    simulator = account.simulator
    park = next(e.number for e in simulator.extensions if e.type == "ParkLocation")
    answer = await _roster(hass_ws_client)

    assert _numbers(answer) == sorted(_numbers(answer), key=int)
    people = {person["number"]: person for person in answer["people"]}
    lines = sorted(
        [n for n in people if people[n]["line"] is not None],
        key=lambda n: people[n]["line"],
    )
    assert lines == ["101", "102", "103", park]
    # Of the signed-in user no selects, which have the same keys.
    assert people["101"]["entities"].keys() == set(_KEYS)
    assert people[park]["entities"].keys() == {"telephony_status"}


async def test_name_is_what_the_user_has_called_the_device(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    name = "<b>Reception</b> (101)"
    dr.async_get(account.hass).async_update_device(
        _device_id(account, "101"), name_by_user=name
    )
    answer = await _roster(hass_ws_client)

    assert answer["people"][0]["name"] == name


@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_time_is_that_of_the_server(
    freezer: object, account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    answer = await _roster(hass_ws_client)

    now = dt_util.utcnow()
    assert abs(datetime.fromisoformat(answer["server_time"]) - now) < timedelta(
        seconds=1
    )


# Groups

_COUNTS: Final = (
    "people_free",
    "people_ringing",
    "people_on_the_phone",
    "missed_today",
)


async def _add_groups(account: Account) -> dict[str, str]:
    """Add two groups; return their devices."""
    devices = {}
    for title, numbers in (("Support", ["101", "104"]), ("Empty", [])):
        subentry = team(account, title, numbers=numbers)
        await add(account, subentry)
        device = group_device(account, subentry.subentry_id)
        assert device is not None
        devices[title] = device.id
    return devices


def _entities_of(account: Account, device_id: str) -> dict[str, str]:
    """Return the entities of a group by translation key."""
    entities = er.async_entries_for_device(er.async_get(account.hass), device_id)
    return {str(entity.translation_key): entity.entity_id for entity in entities}


async def test_a_group_has_a_name_its_counts_and_its_members(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    """In the order in which they are shown, before the groups of the selection."""
    devices = await _add_groups(account)
    answer = await _roster(hass_ws_client)

    [of_account] = answer["accounts"]
    assert of_account["groups"][:2] == [
        {
            "id": device_id,
            "kind": "group",
            "name": title,
            "entities": {key: _entities_of(account, device_id)[key] for key in _COUNTS},
        }
        for title, device_id in devices.items()
    ]
    assert tuple(of_account["groups"][0]["entities"]) == _COUNTS
    assert {
        person["number"]
        for person in answer["people"]
        if devices["Support"] in person["groups"]
    } == {"101", "104"}
    assert not any(devices["Empty"] in person["groups"] for person in answer["people"])
    # A group is no person.
    assert not set(devices.values()) & {one["device_id"] for one in answer["people"]}


async def test_a_group_of_which_nothing_may_be_read_is_not_disclosed(
    account: Account, hass_admin_user: MockUser, hass_ws_client: WebSocketGenerator
) -> None:
    devices = await _add_groups(account)
    presence = _entity_id(account, "101", "presence")
    free = _entities_of(account, devices["Empty"])["people_free"]
    _restrict(hass_admin_user, [presence, free])
    answer = await _roster(hass_ws_client)

    [of_account] = answer["accounts"]
    groups = [group for group in of_account["groups"] if group["kind"] == "group"]
    assert [(one["name"], one["entities"]) for one in groups] == [
        ("Empty", {"people_free": free})
    ]
    assert devices["Support"] not in answer["people"][0]["groups"]


async def test_a_group_of_an_account_that_is_not_loaded_has_no_members(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    """Its entities are unavailable, and its name is the one that the user has given."""
    devices = await _add_groups(account)
    registry = dr.async_get(account.hass)
    registry.async_update_device(devices["Support"], name_by_user="Help")
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    answer = await _roster(hass_ws_client)

    names = [group["name"] for group in answer["accounts"][0]["groups"]]
    assert names == ["Help", "Empty"]
    assert all(person["groups"] == [] for person in answer["people"])


# Who may see what


def _restrict(user: MockUser, entity_ids: Iterable[str], policy: str = "read") -> None:
    user.groups = []
    user.mock_policy(
        {"entities": {"entity_ids": {one: {policy: True} for one in entity_ids}}}
    )


async def test_user_gets_only_entities_that_the_user_may_read(
    account: Account, hass_admin_user: MockUser, hass_ws_client: WebSocketGenerator
) -> None:
    allowed = _entity_id(account, "102", "presence")
    _restrict(hass_admin_user, [allowed])

    answer = await _roster(hass_ws_client)

    [person] = answer["people"]
    assert person["entities"] == {"presence": allowed}
    assert person["number"] == "102"
    [of_account] = answer["accounts"]
    assert of_account["entities"] == {}
    # Groups of other people are not disclosed.
    assert [group["id"] for group in of_account["groups"]] == ["lines", "favorites"]
    assert answer["is_restricted"] is True


@pytest.mark.parametrize("policy", ["control", "edit"])
async def test_user_who_may_not_read_gets_nothing(
    account: Account,
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
    policy: str,
) -> None:
    _restrict(hass_admin_user, [_entity_id(account, "102", "presence")], policy)

    answer = await _roster(hass_ws_client)

    assert answer["accounts"] == answer["people"] == []
    assert answer["is_restricted"] is True


async def test_user_who_may_read_everything_gets_everything(
    account: Account,
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    everything = await _roster(hass_ws_client)

    async def as_reader() -> Any:
        return await hass_ws_client(hass, hass_read_only_access_token)

    answer = await _roster(as_reader)

    assert answer | {"server_time": ""} == everything | {"server_time": ""}


# What users do to entities and accounts


async def test_disabled_entities_are_left_out_and_hidden_ones_are_not(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    registry = er.async_get(account.hass)
    disabled = [("103", key) for key in _KEYS] + [("102", "dnd")]
    for number, key in disabled:
        registry.async_update_entity(
            _entity_id(account, number, key),
            disabled_by=er.RegistryEntryDisabler.USER,
        )
    registry.async_update_entity(
        _entity_id(account, "102", "presence"),
        hidden_by=er.RegistryEntryHider.USER,
    )
    answer = await _roster(hass_ws_client)

    people = {person["number"]: person for person in answer["people"]}
    assert "103" not in people
    assert people["102"]["entities"].keys() == {"telephony_status", "presence"}
    assert answer["is_restricted"] is False


async def test_account_that_is_not_loaded_keeps_its_people(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    loaded = await _roster(hass_ws_client)
    await account.hass.config_entries.async_unload(account.entry.entry_id)

    answer = await _roster(hass_ws_client)

    assert answer["accounts"][0]["is_loaded"] is False
    assert answer["accounts"][0]["groups"] == []
    unknown: Json = {"department": None, "groups": [], "line": None}
    assert answer["people"] == [person | unknown for person in loaded["people"]]


async def test_second_account_follows_and_a_disabled_one_is_left_out(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    hass = account.hass
    other = await add_account(
        hass, account.simulator, groups=[], extensions=["102"], user="102"
    )
    answer = await _roster(hass_ws_client)
    entry_ids = [account.entry.entry_id, other.entry.entry_id]
    assert [one["entry_id"] for one in answer["accounts"]] == entry_ids
    assert _numbers(answer).count("102") == 2

    await hass.config_entries.async_set_disabled_by(
        other.entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.config_entries.async_remove(account.entry.entry_id)
    answer = await _roster(hass_ws_client)
    assert answer["accounts"] == answer["people"] == []
    assert answer["is_restricted"] is False


# Large companies


@pytest.fixture
def simulator_options(request: pytest.FixtureRequest) -> SimulatorOptions:
    """Return a company of this many people."""
    return SimulatorOptions(port=0, extensions=getattr(request, "param", 12))


@pytest.mark.parametrize("simulator_options", [60], indirect=True)
async def test_each_turn_of_the_event_loop_reads_the_entities_of_one_device(
    hass: HomeAssistant, simulator: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    """With slices of no time; so no turn is longer than a slice and one device."""
    await add_account(hass, simulator)
    client = await hass_ws_client()
    entries = er.async_entries_for_device

    def count_read(*args: Any, **kwargs: Any) -> list[er.RegistryEntry]:
        reads[-1] += 1
        return entries(*args, **kwargs)

    with (
        counts_by_turn() as reads,
        patch.object(er, "async_entries_for_device", count_read),
    ):
        await client.send_json_auto_id({"type": "ringcentral/roster"})
        answer = await client.receive_json()

    assert len(answer["result"]["people"]) == 60
    assert sum(reads) == 61
    assert max(reads) == 1


async def test_person_who_goes_while_the_answer_is_made_is_left_out(
    account: Account, hass_ws_client: WebSocketGenerator
) -> None:
    # Otherwise the device would be added again.
    await account.hass.config_entries.async_unload(account.entry.entry_id)
    with steps_of(roster) as steps:
        steps.pause_after(2)
        reading = asyncio.create_task(_roster(hass_ws_client))
        await steps.until_paused()
        dr.async_get(account.hass).async_remove_device(_device_id(account, "108"))
        steps.resume()
        answer = await reading

    assert "108" not in _numbers(answer)
    assert "101" in _numbers(answer)
