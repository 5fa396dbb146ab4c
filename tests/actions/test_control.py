"""Actions on calls: commands, targets, responses and errors."""

import logging
from typing import Any, Final

import pytest
import voluptuous as vol

from custom_components.ringcentral.actions.control import CONTROL_ACTIONS
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.models import (
    Action,
    ActionResult,
    Command,
    Result,
    Target,
    TargetKind,
    Wanted,
    Which,
)
from custom_components.ringcentral.exceptions import failed_action, invalid_action
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component

from ..common import Account
from ..groups.common import add, group_device, team
from ..services import device_id
from .common import SESSION, RecordingControl, call_action, turn_on

# What an action needs beside the target.
_NEEDED: Final[dict[str, dict[str, Any]]] = {
    "forward_call": {"number": "+16505550123"},
    "transfer_call": {"number": "+16505550123"},
    "reply_to_call": {"text": "Soon"},
}
_NUMBER: Final = Target(TargetKind.NUMBER, "+16505550123")
_KINDS: Final = [kind.value for kind in TargetKind if kind is not TargetKind.VOICEMAIL]


def _id(account: Account, number: str) -> str:
    return account.simulator.extension(number).id


@pytest.mark.parametrize("spec", CONTROL_ACTIONS, ids=lambda spec: spec.name)
async def test_each_action_is_a_command_for_the_call_that_it_fits(
    account: Account, control: RecordingControl, spec: Any
) -> None:
    """With the context of its user, and only if the option is on."""
    needed = _NEEDED.get(spec.name, {})
    context = Context()
    await call_action(account, spec.name, "102", context=context, **needed)

    [act] = control.acts
    assert act.extension_id == _id(account, "102")
    assert act.context is context
    assert act.command == Command(
        action=spec.action,
        wanted=Wanted(None, Which.ANY),
        target=_NUMBER if "number" in needed else None,
        text=needed.get("text"),
    )


def test_every_command_has_an_action() -> None:
    assert [spec.action for spec in CONTROL_ACTIONS] == list(
        dict.fromkeys(spec.action for spec in CONTROL_ACTIONS)
    )
    assert {spec.action for spec in CONTROL_ACTIONS} == set(Action)


@pytest.mark.parametrize("which", Which)
async def test_call_is_selected_by_id_or_state(
    account: Account, control: RecordingControl, which: Which
) -> None:
    await call_action(account, "hold_call", call="s-7", which=which.value)

    assert control.acts[0].command.wanted == Wanted("s-7", which)


async def test_phone_is_selected_by_name(
    account: Account, control: RecordingControl
) -> None:
    await call_action(account, "answer_call", phone="Desk phone")

    assert control.acts[0].command.phone == "Desk phone"


@pytest.mark.parametrize("action", ["forward_call", "transfer_call"])
async def test_call_is_sent_to_a_number_a_person_or_voicemail(
    account: Account, control: RecordingControl, action: str
) -> None:
    """Voicemail is that of the person, otherwise of the extension."""
    person = device_id(account, "101")
    for fields, target in (
        ({"number": "tel:+1 650"}, Target(TargetKind.NUMBER, "tel:+1 650")),
        ({"extension": person}, Target(TargetKind.EXTENSION, _id(account, "101"))),
        ({"voicemail": True}, Target(TargetKind.VOICEMAIL, _id(account, "102"))),
        (
            {"voicemail": True, "extension": person},
            Target(TargetKind.VOICEMAIL, _id(account, "101")),
        ),
        (
            {"voicemail": False, "extension": person},
            Target(TargetKind.EXTENSION, _id(account, "101")),
        ),
    ):
        await call_action(account, action, "102", **fields)
        assert control.acts.pop().command.target == target


async def test_call_is_transferred_to_a_park_location_or_another_call(
    account: Account, control: RecordingControl
) -> None:
    location = device_id(account, "102")
    await call_action(account, "transfer_call", park_location=location)
    await call_action(account, "transfer_call", to_call="s-2")

    assert [act.command.target for act in control.acts] == [
        Target(TargetKind.PARK_LOCATION, _id(account, "102")),
        Target(TargetKind.TO_CALL, "s-2"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        (),
        *((one, other) for one in _KINDS for other in _KINDS if one < other),
        ("number", "voicemail"),
        ("to_call", "voicemail"),
        ("park_location", "voicemail"),
        ("number", "voicemail", "extension"),
    ],
    ids=lambda fields: ", ".join(fields) or "none",
)
async def test_more_than_one_target_and_none_are_refused(
    account: Account, control: RecordingControl, fields: tuple[str, ...]
) -> None:
    device = device_id(account, "102")
    values: dict[str, Any] = {
        "number": "+16505550123",
        "extension": device,
        "park_location": device,
        "to_call": "s-2",
        "voicemail": True,
    }
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(
            account, "transfer_call", **{field: values[field] for field in fields}
        )

    key = "one_target_only" if fields else "number_missing"
    assert raised.value.translation_key == key
    assert not control.acts


@pytest.mark.parametrize("field", ["extension", "park_location"])
async def test_device_that_is_no_extension_is_refused(
    account: Account, control: RecordingControl, field: str
) -> None:
    """The account's own, a group's, and one that does not exist."""
    subentry = team(account, numbers=("101", "102"))
    await add(account, subentry)
    group = group_device(account, subentry.subentry_id)
    assert group is not None
    for device in (device_id(account, None), group.id, "gone"):
        fields: dict[str, Any] = {field: device}
        with pytest.raises(ServiceValidationError) as raised:
            await call_action(account, "transfer_call", **fields)
        assert raised.value.translation_key == "extension_gone"
    assert not control.acts


@pytest.mark.parametrize("number", [16505550123, 1.5, True])
async def test_number_that_lost_its_zeros_or_plus_sign_is_refused(
    account: Account, control: RecordingControl, number: object
) -> None:
    """YAML reads 0301234567 as another number, and +49 as 49."""
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(account, "transfer_call", number=number)

    assert raised.value.translation_key == "number_not_text"
    assert not control.acts


async def test_template_with_tel_in_front_stays_a_text(
    account: Account, control: RecordingControl, caplog: pytest.LogCaptureFixture
) -> None:
    """Without it, Home Assistant makes a number of it, which is refused."""
    hass = account.hass
    script = {
        "fields": {"prefix": {}},
        "sequence": [
            {
                "action": f"{DOMAIN}.forward_call",
                "target": {"entity_id": account.entity_id("101", "presence")},
                "data": {"number": "{{ prefix }}{{ '+16505550123' }}"},
            }
        ],
    }
    assert await async_setup_component(hass, "script", {"script": {"send": script}})
    await hass.services.async_call("script", "send", {"prefix": "tel:"}, blocking=True)
    [act] = control.acts
    assert act.command.target == Target(TargetKind.NUMBER, "tel:+16505550123")

    with pytest.raises(ServiceValidationError):
        await hass.services.async_call("script", "send", {"prefix": ""}, blocking=True)
    assert len(control.acts) == 1
    assert "6505550123" not in caplog.text


async def test_invalid_fields_are_refused_without_their_value(
    account: Account, control: RecordingControl, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant logs the error of an automation."""
    caplog.set_level(logging.WARNING)
    wrong: list[dict[str, Any]] = [
        {"number": ["+16505550123"]},
        {"number": {"+16505550123": 1}},
        {"number": "+16505550123", "which": "any of them"},
    ]
    for fields in wrong:
        with pytest.raises((vol.Invalid, ServiceValidationError)) as raised:
            await call_action(account, "transfer_call", **fields)
        assert "6505550123" not in str(raised.value)
    assert "6505550123" not in caplog.text
    assert not control.acts


# --------------------------------------------------------------------------------------
# Responses and errors


async def test_response_has_result_and_call_by_sensor(
    account: Account, control: RecordingControl
) -> None:
    """Whatever was targeted."""
    control.results[_id(account, "102")] = ActionResult(Result.ALREADY, None)

    assert await call_action(account, "hold_call", "101", "102") == {
        account.entity_id("101", "telephony_status"): {
            "result": "done",
            "call": SESSION,
        },
        account.entity_id("102", "telephony_status"): {
            "result": "already",
            "call": None,
        },
    }


async def test_extension_without_such_a_call_is_skipped(
    account: Account, control: RecordingControl
) -> None:
    """Unless no other one has it."""
    control.results[_id(account, "101")] = invalid_action("no_such_call")
    response = await call_action(account, "hold_call", "101", "102")
    assert list(response) == [account.entity_id("102", "telephony_status")]

    control.results[_id(account, "102")] = invalid_action("no_such_call")
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(account, "hold_call", "101", "102")
    assert raised.value.translation_key == "no_such_call"


@pytest.mark.parametrize("failing", ["101", "102"])
async def test_failure_at_one_extension_does_not_keep_the_others(
    account: Account, control: RecordingControl, failing: str
) -> None:
    """It is reported afterwards."""
    control.results = {
        _id(account, number): invalid_action("no_such_call")
        for number in ("101", "102")
    }
    control.results[_id(account, failing)] = failed_action("action_not_applied")
    with pytest.raises(HomeAssistantError) as raised:
        await call_action(account, "hold_call", "101", "102")

    assert raised.value.translation_key == "action_not_applied"
    assert len(control.acts) == 2


async def test_group_has_no_calls_of_its_own(
    account: Account, control: RecordingControl
) -> None:
    subentry = team(account, numbers=("101", "102"))
    await add(account, subentry)
    group = group_device(account, subentry.subentry_id)
    assert group is not None
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(account, "hold_call", target={"device_id": group.id})

    assert raised.value.translation_key == "no_extension_targeted"
    assert not control.acts


async def test_account_without_the_option_is_refused(
    account: Account, control: RecordingControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another one has it."""
    monkeypatch.setattr(
        "custom_components.ringcentral.actions.control.get_control", lambda *_: None
    )
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(account, "hold_call")

    assert raised.value.translation_key == "control_off"


async def test_account_that_is_not_loaded_is_refused(account: Account) -> None:
    turn_on(account)
    assert await account.hass.config_entries.async_unload(account.entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(account, "hold_call")

    assert raised.value.translation_key == "account_not_loaded"
