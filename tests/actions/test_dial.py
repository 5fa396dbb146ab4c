"""Actions that dial, and cancel it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.models import Destination
from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError

from ..common import Account, add_account
from ..services import device_id
from .common import SESSION, Dial, RecordingControl, call_own, dial


async def test_number_is_dialed_as_it_was_typed(
    account: Account, control: RecordingControl
) -> None:
    """With the phone, prompt and context of the action."""
    context = Context()
    response = await dial(
        account,
        context=context,
        number="+1 (650) 555-0123",
        play_prompt=True,
        wait=True,
        **{"from": "Desk phone"},
    )

    assert response == {"result": "dialing", "call": SESSION}
    assert control.dials == [
        Dial(Destination("+16505550123"), "Desk phone", True, True, context)
    ]


async def test_settings_and_no_waiting_are_the_default(
    account: Account, control: RecordingControl
) -> None:
    await dial(account, number="+16505550123")

    [dialed] = control.dials
    assert (dialed.origin, dialed.play_prompt, dialed.wait) == (None, None, False)


async def test_person_is_dialed_by_the_number_of_the_extension(
    account: Account, control: RecordingControl
) -> None:
    await dial(account, extension=device_id(account, "102"))

    destination = Destination("102", account.simulator.extension("102").id)
    assert [dialed.destination for dialed in control.dials] == [destination]


async def test_person_may_be_one_that_another_user_of_the_account_shows(
    account: Account, control: RecordingControl
) -> None:
    """The company is the same."""
    other = await add_account(
        account.hass, account.simulator, groups=[], extensions=["103"], user="102"
    )
    await dial(account, extension=device_id(other, "103"))
    assert control.dials[0].destination.number == "103"

    account.hass.config_entries.async_update_entry(
        other.entry, data={**other.entry.data, "account_id": "1"}
    )
    with pytest.raises(ServiceValidationError) as raised:
        await dial(account, extension=device_id(other, "103"))
    assert raised.value.translation_key == "extension_gone"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, "number_missing"),
        ({"number": " "}, "number_missing"),
        # As blueprints and forms leave fields empty.
        ({"number": "", "extension": ""}, "number_missing"),
        ({"number": "+16505550123", "person": True}, "one_target_only"),
        ({"number": 16505550123}, "number_not_text"),
        ({"number": "+16505550123", "from": 16505550199}, "number_not_text"),
        ({"number": "1-800-FLOWERS"}, "number_letters"),
        ({"number": "*67"}, "number_characters"),
        ({"number": "9911"}, "number_emergency"),
        ({"number": "12345"}, "number_short"),
        ({"number": "+1650555012345678"}, "number_long"),
        ({"number": "101"}, "number_own"),
    ],
    ids=str,
)
async def test_what_cannot_be_dialed_is_refused(
    account: Account, control: RecordingControl, fields: dict[str, Any], key: str
) -> None:
    """Before anything is requested."""
    fields = dict(fields)
    if fields.pop("person", False):
        fields["extension"] = device_id(account, "102")
    with pytest.raises(ServiceValidationError) as raised:
        await dial(account, **fields)

    assert raised.value.translation_key == key
    assert not control.dials


async def test_own_forwarding_number_is_not_dialed(
    account: Account, control: RecordingControl
) -> None:
    control.known_numbers = ["+16505550123"]
    with pytest.raises(ServiceValidationError) as raised:
        await dial(account, number="(650) 555-0123")

    assert raised.value.translation_key == "number_own"
    assert not control.dials


@pytest.mark.parametrize("field", ["own", "disabled"])
async def test_person_who_cannot_be_called_is_refused(
    account: Account, control: RecordingControl, field: str
) -> None:
    number, key = ("101", "number_own") if field == "own" else ("102", "extension_gone")
    device = device_id(account, number)
    if field == "disabled":
        directory = account.coordinator.roster.directory
        extension_id = account.simulator.extension("102").id
        changed = {
            **directory,
            extension_id: directory[extension_id]._replace(status="Disabled"),
        }
        object.__setattr__(account.coordinator.roster, "directory", changed)
    with pytest.raises(ServiceValidationError) as raised:
        await dial(account, extension=device)

    assert raised.value.translation_key == key
    assert not control.dials


@pytest.mark.parametrize("action", ["dial", "cancel_dial"])
async def test_account_that_is_none_of_ringcentral_is_refused(
    account: Account, control: RecordingControl, action: str
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(account.hass)
    fields: dict[str, Any] = {"number": "+16505550123"} if action == "dial" else {}
    for entry_id in (other.entry_id, "gone"):
        with pytest.raises(ServiceValidationError) as raised:
            await call_own(account, action, config_entry_id=entry_id, **fields)
        assert raised.value.translation_key == "account_not_loaded"
    assert not control.dials
    assert not control.cancels


async def test_dialing_is_canceled(account: Account, control: RecordingControl) -> None:
    context = Context()
    response = await call_own(account, "cancel_dial", context=context)
    assert response == {"result": "done"}
    assert control.cancels == [context]


async def test_dialed_number_is_not_logged(
    account: Account, control: RecordingControl, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a call that is refused, and of one that is not."""
    caplog.set_level("DEBUG", "custom_components")
    await dial(account, number="+16505550123")
    with pytest.raises(ServiceValidationError):
        await dial(account, number="+16505550123*")
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(f"custom_components.{DOMAIN}")
    ]
    assert not [message for message in ours if "6505550123" in message]
