"""Actions whose target is a group."""

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.ringcentral.const import DOMAIN
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr

from .common import Account
from .groups.common import add, group_device, team
from .services import device_id, get_calls, set_presence

_TEAM = ("101", "102", "103")


@pytest.fixture
async def group(account: Account) -> ConfigSubentry:
    """Return a team of three."""
    group = team(account, numbers=_TEAM)
    await add(account, group)
    return group


def group_id(account: Account, group: ConfigSubentry) -> str:
    """Return the id of a group's device."""
    device = group_device(account, group.subentry_id)
    assert device is not None
    return device.id


def sensors(account: Account, *numbers: str) -> set[str | None]:
    """Return the main sensors of extensions."""
    return {account.entity_id(number, "telephony_status") for number in numbers}


async def test_calls_of_a_group_are_those_of_its_members(
    account: Account, group: ConfigSubentry
) -> None:
    """Each once, also if one is selected in person as well."""
    account.simulator.ring("102", "+16505550123")
    account.simulator.ring("104", "+16505550124")
    await account.until_all_reported()
    both = [group_id(account, group), device_id(account, "103")]
    for target in (both[:1], both):
        calls = await get_calls(account, device_id=target)
        assert calls.keys() == sensors(account, *_TEAM)
        assert {
            answer["extension_number"]
            for answer in calls.values()
            if answer["active_calls"]
        } == {"102"}


async def test_calls_of_a_group_need_permission_for_each_member(
    account: Account, group: ConfigSubentry
) -> None:
    """Permission for the entities of the group is not enough."""

    async def call(*allowed: str | None) -> object:
        user = MockUser().add_to_hass(account.hass)
        entities = {str(one): {POLICY_READ: True} for one in allowed}
        user.mock_policy({"entities": {"entity_ids": entities}})
        return await account.hass.services.async_call(
            DOMAIN,
            "get_calls",
            blocking=True,
            return_response=True,
            target={"device_id": group_id(account, group)},
            context=Context(user_id=user.id),
        )

    ids = [i for i in account.hass.states.async_entity_ids() if "support" in i]
    assert ids
    with pytest.raises(Unauthorized):
        await call(*ids)
    with pytest.raises(Unauthorized):
        await call(*sensors(account, *_TEAM[:2]))
    assert await call(*sensors(account, *_TEAM))


async def test_presence_of_a_group_cannot_be_set(
    account: Account, group: ConfigSubentry
) -> None:
    """That of an extension in the same area can."""
    with pytest.raises(ServiceValidationError) as failed:
        await set_presence(
            account,
            target={"device_id": group_id(account, group)},
            user_status="busy",
        )
    assert failed.value.translation_key == "no_extension_targeted"

    area = ar.async_get(account.hass).async_create("Hall")
    for one in (group_id(account, group), device_id(account, "101")):
        dr.async_get(account.hass).async_update_device(one, area_id=area.id)
    await set_presence(account, target={"area_id": area.id}, user_status="busy")
    await account.until_all_reported()
    assert [account.shows(number, "presence") for number in _TEAM] == [
        "busy",
        "available",
        "available",
    ]


async def test_calls_of_a_group_that_is_not_known_are_an_error(
    account: Account, group: ConfigSubentry
) -> None:
    """Its account is not loaded, or it has no members."""
    empty = team(account, "Empty", departments=["Nowhere"])
    await add(account, empty)
    with pytest.raises(ServiceValidationError) as failed:
        await get_calls(account, device_id=group_id(account, empty))
    assert failed.value.translation_key == "no_extension_targeted"

    await account.hass.config_entries.async_unload(account.entry.entry_id)
    with pytest.raises(ServiceValidationError) as failed:
        await get_calls(account, device_id=group_id(account, group))
    assert failed.value.translation_key == "account_not_loaded"
