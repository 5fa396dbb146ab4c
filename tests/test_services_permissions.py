"""Permissions of the user who calls an action."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.ringcentral.actions import targeted
from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    floor_registry as fr,
    label_registry as lr,
)
from simulator import Simulator

from .common import Account
from .services import add_two_extensions, device_id

_STATUS: Final = {"user_status": "busy"}
_DND: Final = {"dnd_status": "do_not_accept_any_calls"}
_MESSAGE: Final = {"message": "Back soon"}


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    return await add_two_extensions(hass, simulator)


def _entities(account: Account, *keys: str, number: str = "101") -> list[str]:
    """Return entities by platform and key."""
    found = []
    for key in keys:
        platform, _, name = key.partition(".")
        entity_id = account.entity_id(number, name, platform)
        assert entity_id is not None
        found.append(entity_id)
    return found


def _user(account: Account, policy: str, entity_ids: Iterable[str]) -> Context:
    """Return the context of a user who has a permission for some entities only."""
    user = MockUser().add_to_hass(account.hass)
    user.mock_policy(
        {"entities": {"entity_ids": {one: {policy: True} for one in entity_ids}}}
    )
    return Context(user_id=user.id)


async def _call(
    account: Account,
    action: str,
    context: Context,
    target: Mapping[str, Any],
    fields: Mapping[str, str] | None = None,
) -> Any:
    return await account.hass.services.async_call(
        DOMAIN,
        action,
        dict(fields or {}),
        blocking=True,
        return_response=action == "get_calls",
        target=dict(target),
        context=context,
    )


def _targets(account: Account) -> dict[str, dict[str, Any]]:
    """Return every kind of target that contains extension 101."""
    hass = account.hass
    device = device_id(account, "101")
    floor = fr.async_get(hass).async_create("Ground")
    area = ar.async_get(hass).async_create("Office", floor_id=floor.floor_id)
    label = lr.async_get(hass).async_create("Sales")
    dr.async_get(hass).async_update_device(
        device, area_id=area.id, labels={label.label_id}
    )
    return {
        "entity": {"entity_id": _entities(account, "sensor.dnd")},
        "device": {"device_id": device},
        "area": {"area_id": area.id},
        "floor": {"floor_id": floor.floor_id},
        "label": {"label_id": label.label_id},
    }


@pytest.mark.parametrize("kind", ["entity", "device", "area", "floor", "label"])
async def test_calls_are_not_returned_without_permission_for_their_sensor(
    account: Account, kind: str
) -> None:
    """By no kind of target, with permission for every other entity."""
    target = _targets(account)[kind]
    others = ["sensor.presence", "sensor.dnd", "event.calls", "select.dnd"]
    allowed = _entities(account, *others, "select.user_status")
    with pytest.raises(Unauthorized):
        await _call(account, "get_calls", _user(account, "read", allowed), target)

    allowed += _entities(account, "sensor.telephony_status")
    assert await _call(account, "get_calls", _user(account, "read", allowed), target)


@pytest.mark.parametrize("kind", ["entity", "device", "area", "floor", "label"])
async def test_presence_is_not_changed_without_permission_for_its_entities(
    account: Account, kind: str
) -> None:
    """By no kind of target, with permission for every other entity."""
    target = _targets(account)[kind]
    others = ["sensor.telephony_status", "sensor.dnd", "event.calls", "select.dnd"]
    context = _user(account, "control", _entities(account, *others))
    with pytest.raises(Unauthorized):
        await _call(account, "set_presence", context, target, _STATUS)
    assert not account.simulator.log


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        (_STATUS, ["sensor.presence", "select.user_status"]),
        (_DND, ["sensor.presence", "sensor.dnd", "select.dnd"]),
        (_MESSAGE, ["sensor.presence"]),
        (
            _STATUS | _DND,
            ["sensor.presence", "select.user_status", "sensor.dnd", "select.dnd"],
        ),
    ],
)
async def test_permission_for_each_entity_that_changes_is_needed_and_enough(
    account: Account, fields: Mapping[str, str], changed: list[str]
) -> None:
    target = {"device_id": device_id(account, "101")}
    entity_ids = _entities(account, *changed)
    for missing in entity_ids:
        rest = [entity_id for entity_id in entity_ids if entity_id != missing]
        context = _user(account, "control", rest)
        with pytest.raises(Unauthorized) as refused:
            await _call(account, "set_presence", context, target, fields)
        assert refused.value.entity_id == missing
    assert not account.simulator.log

    context = _user(account, "control", entity_ids)
    await _call(account, "set_presence", context, target, fields)
    assert account.simulator.log


async def test_permission_to_read_is_none_to_change(account: Account) -> None:
    everything = ["sensor.presence", "sensor.dnd", "select.dnd", "select.user_status"]
    context = _user(account, "read", _entities(account, *everything))
    target = {"device_id": device_id(account, "101")}
    with pytest.raises(Unauthorized):
        await _call(account, "set_presence", context, target, _STATUS)


async def test_one_forbidden_extension_prevents_the_whole_action(
    account: Account,
) -> None:
    """Nothing is sent and nothing returned for the permitted one."""
    status = _entities(account, "sensor.telephony_status")
    target = {"device_id": [device_id(account, number) for number in ("101", "102")]}
    with pytest.raises(Unauthorized):
        await _call(account, "get_calls", _user(account, "read", status), target)


async def test_entity_that_is_named_without_permission_is_refused(
    account: Account,
) -> None:
    """As by any action of Home Assistant."""
    context = _user(account, "read", _entities(account, "sensor.telephony_status"))
    target = {"entity_id": _entities(account, "sensor.dnd", "sensor.telephony_status")}
    with pytest.raises(Unauthorized):
        await _call(account, "get_calls", context, target)


async def test_automation_needs_no_permission(account: Account) -> None:
    target = {"device_id": device_id(account, "101")}
    assert await _call(account, "get_calls", Context(), target)
    await _call(account, "set_presence", Context(), target, _STATUS)


async def test_device_removed_while_permissions_are_checked_allows_nothing(
    account: Account,
) -> None:
    """The check yields to the event loop before each extension."""
    devices = [device_id(account, number) for number in ("101", "102")]
    registry = dr.async_get(account.hass)

    class LoopYielder:
        async def yield_if_due(self) -> None:
            if registry.async_get(devices[0]) is not None:
                registry.async_remove_device(devices[0])

    user = _user(account, "read", [])
    with (
        patch.object(targeted, "LoopYielder", LoopYielder),
        pytest.raises(Unauthorized),
    ):
        await _call(account, "get_calls", user, {"device_id": devices})
    assert registry.async_get(devices[0]) is None
