"""Permissions of the user who acts on a call."""

from collections.abc import Iterable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from simulator import Simulator

from ..common import Account, add_account
from .common import RecordingControl, call_action, call_own, dial, record_control


def _user(
    account: Account, *entity_ids: str | None, policy: str = "control"
) -> Context:
    """Return the context of a user who has a permission for some entities only."""
    user = MockUser().add_to_hass(account.hass)
    user.mock_policy(
        {"entities": {"entity_ids": {str(one): {policy: True} for one in entity_ids}}}
    )
    return Context(user_id=user.id)


def _entities(account: Account, number: str) -> Iterable[str]:
    """Return all entities of an extension but the sensor of its phone."""
    device = account.device(number)
    assert device is not None
    return [
        entity.entity_id
        for entity in er.async_entries_for_device(
            er.async_get(account.hass), device.id, include_disabled_entities=True
        )
        if entity.entity_id != account.entity_id(number, "telephony_status")
    ]


@pytest.mark.parametrize("action", ["hold_call", "answer_call", "hang_up"])
async def test_call_is_not_controlled_without_permission_for_its_phone(
    account: Account, control: RecordingControl, action: str
) -> None:
    """Nor by one who may only see it, or control the rest of the device."""
    phone = account.entity_id("102", "telephony_status")
    for context in (
        _user(account, *_entities(account, "102")),
        _user(account, phone, policy="read"),
        _user(account, account.entity_id("101", "telephony_status")),
    ):
        with pytest.raises(Unauthorized):
            await call_action(account, action, "102", context=context)
    assert not control.acts

    context = _user(account, phone)
    await call_action(account, action, "102", context=context)
    assert [act.context for act in control.acts] == [context]


async def test_one_phone_without_permission_keeps_all_others(
    account: Account, control: RecordingControl
) -> None:
    context = _user(account, account.entity_id("101", "telephony_status"))
    with pytest.raises(Unauthorized):
        await call_action(account, "hold_call", "101", "102", context=context)

    assert not control.acts


@pytest.mark.parametrize("action", ["dial", "cancel_dial"])
async def test_nothing_is_dialed_without_permission_for_the_own_phone(
    account: Account, control: RecordingControl, action: str
) -> None:
    """That of the person called is not enough, and not needed."""
    fields: dict[str, Any] = {"number": "+16505550123"} if action == "dial" else {}
    others = account.entity_id("102", "telephony_status"), *_entities(account, "101")
    with pytest.raises(Unauthorized):
        await call_own(account, action, context=_user(account, *others), **fields)
    assert not control.dials
    assert not control.cancels

    context = _user(account, account.entity_id("101", "telephony_status"))
    await call_own(account, action, context=context, **fields)
    assert len(control.dials) + len(control.cancels) == 1


async def test_connection_stands_for_an_own_phone_that_is_not_shown(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    control = record_control(account, monkeypatch)
    phone = account.entity_id("102", "telephony_status")
    with pytest.raises(Unauthorized):
        await dial(account, context=_user(account, phone), number="+16505550123")
    assert not control.dials

    connection = account.entity_id(None, "connection", "binary_sensor")
    assert connection is not None
    await dial(account, context=_user(account, connection), number="+16505550123")
    assert len(control.dials) == 1


async def test_user_who_was_deleted_may_do_nothing(
    account: Account, control: RecordingControl
) -> None:
    context = Context(user_id="gone")
    with pytest.raises(UnknownUser):
        await call_action(account, "hold_call", context=context)
    with pytest.raises(UnknownUser):
        await dial(account, context=context, number="+16505550123")
    assert not control.acts
    assert not control.dials
