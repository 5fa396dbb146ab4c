"""Names of groups, areas, floors and persons: who is meant by them."""

from typing import Any, Final

import pytest

from custom_components.ringcentral.assist.names import async_find_telephone
from custom_components.ringcentral.assist.telephones import Viewer, async_telephones
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)
from homeassistant.setup import async_setup_component

from ..common import Account
from ..groups.common import add, queue, team
from ..reliability.common import MOVED_TIME, Time
from .common import ASSISTANT, ask, expose_telephones, names, read, status

pytestmark = MOVED_TIME

FIORA: Final = "Fiora Teasdale"
GRETA: Final = "Greta Sunderby"
UNKNOWN: Final = {"error": "unknown_name"}


def change_device(account: Account, number: str, **changes: Any) -> None:
    """Change the device of an extension, as the user does."""
    device = account.device(number)
    assert device is not None
    dr.async_get(account.hass).async_update_device(device.id, **changes)


def change_entity(account: Account, number: str, **changes: Any) -> None:
    """Change the telephony status of an extension, as the user does."""
    entity_id = str(account.entity_id(number, "telephony_status"))
    er.async_get(account.hass).async_update_entity(entity_id, **changes)


@pytest.mark.parametrize("name", ["Greta Sunderby (102)", "greta", "102", "Mum"])
async def test_person_is_found_by_what_people_call_them(
    exposed: Account, name: str
) -> None:
    change_entity(exposed, "102", aliases=["Mum"])
    assert await names(exposed, name) == {"free": [GRETA]}


async def test_renamed_telephone_is_found_by_both_names(exposed: Account) -> None:
    change_device(exposed, "102", name_by_user="Front desk")
    for name in ("front desk", "Greta Sunderby"):
        assert await names(exposed, name) == {"free": ["Front desk"]}


@pytest.mark.parametrize("name", ["Greta", "102", "front desk"])
async def test_person_is_found_while_the_account_is_not_loaded(
    exposed: Account, name: str
) -> None:
    change_entity(exposed, "102", aliases=["Front desk"])
    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    assert await names(exposed, name) == {"not_known": [GRETA]}


@pytest.mark.parametrize("name", ["Hedda", "", "()", "Gret", "103"])
async def test_nobody_is_guessed(exposed: Account, name: str) -> None:
    """The third telephone is not exposed."""
    assert await read(exposed, name) == UNKNOWN


async def test_several_people_are_named_with_their_numbers(exposed: Account) -> None:
    for number in ("101", "102", "103"):
        change_device(exposed, number, name_by_user=f"Alice ({number})")
    assert await read(exposed, "alice") == {
        "error": "several",
        "names": ["Alice (101)", "Alice (102)"],
    }


async def test_two_people_of_one_whole_name_are_not_guessed(exposed: Account) -> None:
    for number in ("101", "102"):
        change_device(exposed, number, name_by_user="Alice")
    found = await read(exposed, "alice")
    assert found == {"error": "several", "names": ["Alice", "Alice"]}


async def test_person_of_home_assistant_gives_their_other_names(
    exposed: Account,
) -> None:
    person = {"id": "greta", "name": GRETA}
    assert await async_setup_component(exposed.hass, "person", {"person": [person]})
    registry = er.async_get(exposed.hass)
    registry.async_update_entity("person.greta_sunderby", aliases=["Mum"])
    assert await names(exposed, "mum") == {"free": [GRETA]}
    # Not a part of the name.
    change_device(exposed, "102", name_by_user="Phone of Greta Sunderby", name="x")
    assert await read(exposed, "mum") == UNKNOWN


async def test_area_and_floor_stand_for_their_telephones(exposed: Account) -> None:
    hass = exposed.hass
    floor = fr.async_get(hass).async_create("Upstairs", aliases={"Top"})
    areas = ar.async_get(hass)
    office = areas.async_create("Office", aliases={"Study"}, floor_id=floor.floor_id)
    areas.async_create("Cellar")
    change_device(exposed, "101", area_id=office.id)
    change_device(exposed, "103", area_id=office.id)
    kitchen = areas.async_create("Kitchen")
    change_entity(exposed, "102", name="Wall phone", area_id=kitchen.id)
    assert await names(exposed, "wall phone") == {"free": [GRETA]}
    for name in ("office", "study", "upstairs", "top"):
        assert await names(exposed, name) == {"free": [FIORA]}
    assert await names(exposed, "kitchen") == {"free": [GRETA]}
    assert await read(exposed, "cellar") == UNKNOWN


async def test_telephone_comes_before_an_area_of_its_name(exposed: Account) -> None:
    office = ar.async_get(exposed.hass).async_create("Reception")
    for number in ("101", "102"):
        change_device(exposed, number, area_id=office.id)
    change_device(exposed, "102", name_by_user="Reception")
    assert await names(exposed, "reception") == {"free": ["Reception"]}


async def test_group_stands_for_its_members_that_are_exposed(exposed: Account) -> None:
    group = await add(exposed, team(exposed, "Support team", numbers=["102", "103"]))
    await add(exposed, team(exposed, "Nobody here", numbers=["103"]))
    for name in ("support team", "support"):
        assert await names(exposed, name) == {"free": [GRETA]}
    assert await read(exposed, "nobody here") == UNKNOWN

    registry = er.async_get(exposed.hass)
    entity, *_ = er.async_entries_for_device(registry, group.device_id)
    registry.async_update_entity(entity.entity_id, aliases=["Help desk"])
    assert await names(exposed, "help desk") == {"free": [GRETA]}
    dr.async_get(exposed.hass).async_update_device(
        group.device_id, name_by_user="Second floor"
    )
    assert await names(exposed, "second floor") == {"free": [GRETA]}


async def test_group_of_an_account_that_is_not_loaded_is_not_unknown(
    exposed: Account,
) -> None:
    group = await add(exposed, team(exposed, "Support", numbers=["102"]))
    dr.async_get(exposed.hass).async_update_device(
        group.device_id, name_by_user="Second floor"
    )
    await exposed.hass.config_entries.async_unload(exposed.entry.entry_id)
    for name in ("support", "second floor"):
        response = await ask(exposed, question="who_is_free", name=name)
        assert response["answer"] == [{"text": "nothing_known"}]
    assert await read(exposed, "sales") == UNKNOWN
    expose_telephones(exposed, "101", "102", wanted=False)
    assert await read(exposed, "support") == {"error": "none_exposed"}


async def test_part_of_several_names_is_not_guessed(exposed: Account) -> None:
    await add(exposed, team(exposed, "Support team", numbers=["102"]))
    change_device(exposed, "101", name_by_user="Support Alice")
    assert await read(exposed, "support") == {
        "error": "several",
        "names": ["Support Alice", "Support team"],
    }


async def test_account_stands_for_everyone_if_the_user_has_named_it(
    exposed: Account,
) -> None:
    device = exposed.device(None)
    assert device is not None
    dr.async_get(exposed.hass).async_update_device(device.id, name_by_user="Company")
    assert await names(exposed, "company") == {"free": [FIORA, GRETA]}


async def test_free_of_a_queue_are_those_at_whom_its_calls_ring(
    exposed: Account, time: Time
) -> None:
    expose_telephones(exposed, "103")
    exposed.simulator.set_queue_members("901", ["102", "103"])
    await add(exposed, queue(exposed, "901", "Support"))
    exposed.simulator.accept_queue_calls("901", "103", accepts=False)
    await time.passes(30)
    found = await status(exposed, "support")
    assert found["free"] == [GRETA]
    (person,) = found["not_free"]
    assert person["reason"] == "no_queue_calls"
    # Others call, too.
    assert person["name"] in (await status(exposed))["free"]


async def test_telephone_of_an_area_is_controlled_if_there_is_only_one(
    exposed: Account,
) -> None:
    telephones = await async_telephones(Viewer(exposed.hass, ASSISTANT))
    office = ar.async_get(exposed.hass).async_create("Office")
    change_device(exposed, "102", area_id=office.id)
    telephones = await async_telephones(Viewer(exposed.hass, ASSISTANT))
    found = await async_find_telephone(exposed.hass, telephones, "office")
    assert found.number == "102"
    change_device(exposed, "101", area_id=office.id)
    telephones = await async_telephones(Viewer(exposed.hass, ASSISTANT))
    with pytest.raises(HomeAssistantError, match="Ask which"):
        await async_find_telephone(exposed.hass, telephones, "office")
