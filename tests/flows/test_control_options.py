"""Option "Control calls": what it needs, whose phones, and when it takes effect."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import pytest

from custom_components.ringcentral.api.exceptions import (
    PermissionMissingError,
    Reason,
    RingCentralError,
    TemporaryError,
)
from custom_components.ringcentral.api.models.telephony import (
    ForwardingNumber,
    Phone,
    PhoneType,
)
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.manager import get_control
from custom_components.ringcentral.control.phones import Phones
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator

from ..common import Account, add_account
from ..company import monitored
from ..forms import people, start_options, submit_options, suggested
from ..languages import texts_in

_OFF: Final = {"dial_from": "first", "phone": "automatic", "play_prompt": False}


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account that shows two people."""
    return await add_account(hass, simulator, groups=[], extensions=["101", "102"])


def _is_on(account: Account) -> bool:
    return get_control(account.hass, account.entry.entry_id) is not None


async def _want_control(account: Account, **changes: Any) -> ConfigFlowResult:
    """Turn the option on; return the form that follows."""
    result = await start_options(account.hass, account.entry.entry_id)
    return await submit_options(
        account.hass, result, suggested(result) | {"call_control": True} | changes
    )


def _fields(result: ConfigFlowResult) -> Iterator[tuple[str, Any, Any]]:
    """Yield key, default and selector of each field of a form."""
    assert result["data_schema"] is not None
    for marker, kind in result["data_schema"].schema.items():
        yield str(marker), marker.default(), kind


def _defaults(result: ConfigFlowResult) -> dict[str, Any]:
    return {key: default for key, default, _ in _fields(result)}


def _labels(result: ConfigFlowResult, key: str) -> dict[str, str]:
    """Return what a select offers, by value."""
    [kind] = [kind for name, _, kind in _fields(result) if name == key]
    return {option["value"]: option["label"] for option in kind.config["options"]}


class _Phones:
    """Telephones that a test sets, in place of those that are read."""

    numbers: ClassVar[list[ForwardingNumber] | RingCentralError] = []
    devices: ClassVar[list[Phone] | RingCentralError] = []

    async def forwarding_numbers(self) -> list[ForwardingNumber]:
        """Return the numbers."""
        return _or_raise(_Phones.numbers)

    async def phones(self) -> list[Phone]:
        """Return the devices."""
        return _or_raise(_Phones.devices)


def _or_raise[T](value: T | RingCentralError) -> T:
    if isinstance(value, RingCentralError):
        raise value
    return value


@pytest.fixture(autouse=True)
def phones(monkeypatch: pytest.MonkeyPatch) -> type[_Phones]:
    """Return the telephones of the signed-in user."""
    numbers = [
        ForwardingNumber("1", "+16505550101", "Desk", "PhoneLine", "d1"),
        ForwardingNumber("2", "+16505550102", None, "Mobile", None),
    ]
    devices = [
        Phone("d1", "Desk phone", PhoneType.HARD_PHONE, is_online=True),
        Phone("d2", None, PhoneType.SOFT_PHONE, is_online=False),
    ]
    monkeypatch.setattr(_Phones, "numbers", numbers)
    monkeypatch.setattr(_Phones, "devices", devices)
    for name in ("forwarding_numbers", "phones"):
        monkeypatch.setattr(Phones, name, getattr(_Phones, name))
    return _Phones


async def test_option_is_off_and_asks_nothing_while_it_stays_off(
    account: Account,
) -> None:
    result = await start_options(account.hass, account.entry.entry_id)
    result = await submit_options(account.hass, result, suggested(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "call_control" not in account.entry.options
    assert not _is_on(account)
    assert not [r for r in account.simulator.log if "device" in r.path]
    assert not account.hass.services.has_service(DOMAIN, "dial")


async def test_second_form_turns_it_on_at_once_and_without_a_reload(
    account: Account,
) -> None:
    """The defaults are not stored."""
    coordinator = account.coordinator
    result = await _want_control(account)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "control"
    assert _defaults(result) == _OFF
    assert not _is_on(account)
    assert "call_control" not in account.entry.options

    result = await submit_options(account.hass, result, _OFF)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert _is_on(account)
    assert account.entry.options == people(account.simulator, "101", "102") | {
        "call_control": True,
        "play_prompt": False,
    }
    assert account.hass.services.has_service(DOMAIN, "dial")
    assert account.entry.runtime_data is coordinator
    assert account.entry.state is ConfigEntryState.LOADED


async def test_nothing_changes_before_the_second_form_is_submitted(
    account: Account,
) -> None:
    """Not even the selection: the form may be closed."""
    before = monitored(account)
    changed = people(account.simulator, "102")
    result = await _want_control(account, **changed, more_sensors=True)
    assert result["step_id"] == "control"
    assert monitored(account) == before
    assert account.entry.options == people(account.simulator, "101", "102")

    await submit_options(account.hass, result, _OFF)
    assert monitored(account) == {"102"}
    assert account.coordinator.more_sensors


async def test_selection_that_is_refused_is_explained_in_the_first_form(
    account: Account,
) -> None:
    result = await _want_control(account, groups=[], extensions=[])
    assert result["step_id"] == "init"
    assert result["errors"] == {"base": "nothing_selected"}
    assert suggested(result)["call_control"] is True

    account.simulator.permissions -= {"ReadContacts", "Contacts"}
    result = await _want_control(account, groups=["favorites"])
    assert result["step_id"] == "init"
    assert result["errors"] == {"base": "app_permission_missing"}


async def test_turning_it_off_forgets_the_phones(
    account: Account,
) -> None:
    await submit_options(
        account.hass, await _want_control(account), _OFF | {"play_prompt": True}
    )
    result = await start_options(account.hass, account.entry.entry_id)
    result = await submit_options(
        account.hass, result, suggested(result) | {"call_control": False}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not _is_on(account)
    assert not account.entry.options["call_control"]
    assert "play_prompt" not in account.entry.options
    assert not account.hass.services.has_service(DOMAIN, "dial")


async def test_change_of_its_settings_keeps_it_on(account: Account) -> None:
    await submit_options(account.hass, await _want_control(account), _OFF)
    control = get_control(account.hass, account.entry.entry_id)
    prompt = _OFF | {"play_prompt": True}
    await submit_options(account.hass, await _want_control(account), prompt)
    assert get_control(account.hass, account.entry.entry_id) is control
    assert _defaults(await _want_control(account)) == prompt


@pytest.mark.parametrize("language", ["en", "de"])
async def test_form_says_which_permissions_the_app_has(
    hass: HomeAssistant,
    simulator: Simulator,
    language: str,
) -> None:
    """In the language of Home Assistant."""
    hass.config.language = language
    texts = texts_in(language)["common"]
    simulator.permissions.discard("CallControl")
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    result = await _want_control(account)
    shown = result["description_placeholders"] or {}
    assert shown["ring_out"] == texts["control_permission_granted"]
    assert shown["call_control"] == texts["control_permission_missing"]


async def test_permissions_are_not_known_without_a_scope(account: Account) -> None:
    data = account.entry.data
    account.hass.config_entries.async_update_entry(
        account.entry, data={**data, "token": {**data["token"], "scope": ""}}
    )
    result = await _want_control(account)
    shown = result["description_placeholders"] or {}
    unknown = texts_in("en")["common"]["control_permission_unknown"]
    assert (shown["ring_out"], shown["call_control"]) == (unknown, unknown)


async def test_telephones_are_selected_by_name(account: Account) -> None:
    """One without a name by its number or type; ids are stored."""
    result = await _want_control(account)
    assert _labels(result, "dial_from") == {
        "first": "first",
        "1": "Desk",
        "2": "+16505550102",
    }
    assert _labels(result, "phone") == {
        "automatic": "automatic",
        "d1": "Desk phone",
        "d2": "SoftPhone d2",
    }
    chosen = {"dial_from": "2", "phone": "d1", "play_prompt": True}
    await submit_options(account.hass, result, chosen)

    assert account.entry.options.items() >= chosen.items()
    assert _defaults(await _want_control(account)) == chosen


async def test_telephone_that_is_gone_is_not_offered_again(
    account: Account, phones: type[_Phones]
) -> None:
    chosen = {"dial_from": "2", "phone": "d1", "play_prompt": False}
    await submit_options(account.hass, await _want_control(account), chosen)
    phones.numbers = []
    result = await _want_control(account)
    assert _defaults(result) == chosen | {"dial_from": "first"}
    assert list(_labels(result, "dial_from")) == ["first"]

    await submit_options(account.hass, result, _defaults(result))
    assert "dial_from" not in account.entry.options
    assert account.entry.options["phone"] == "d1"


@pytest.mark.parametrize("unreadable", ["numbers", "devices"])
async def test_list_that_cannot_be_read_is_explained_and_keeps_what_is_selected(
    account: Account, phones: type[_Phones], unreadable: str
) -> None:
    """The form can be submitted in any case."""
    chosen = {"dial_from": "2", "phone": "d1", "play_prompt": False}
    await submit_options(account.hass, await _want_control(account), chosen)
    refused = PermissionMissingError(permission="ReadAccounts", code="CMN-401")
    setattr(phones, unreadable, refused)
    result = await _want_control(account)
    assert result["errors"] == {"base": "app_permission_missing"}
    assert (result["description_placeholders"] or {})["permission"] == "Read Accounts"
    key = "dial_from" if unreadable == "numbers" else "phone"
    assert _defaults(result) == chosen | {key: "saved"}
    assert list(_labels(result, key)) == [
        "first" if key == "dial_from" else "automatic",
        "saved",
    ]
    result = await submit_options(account.hass, result, _defaults(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options.items() >= chosen.items()


async def test_lists_that_cannot_be_read_do_not_prevent_the_option(
    account: Account, phones: type[_Phones]
) -> None:
    phones.numbers = phones.devices = TemporaryError(Reason.CANNOT_CONNECT)
    result = await _want_control(account)
    assert result["errors"] == {"base": "cannot_connect"}
    assert _defaults(result) == _OFF
    result = await submit_options(account.hass, result, _OFF)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.entry.options["call_control"] is True


@pytest.mark.parametrize("step", ["shown", "submitted"])
async def test_form_of_an_account_that_is_unloaded_ends(
    account: Account, step: str
) -> None:
    """Before the second form is shown, and before it is submitted."""
    entries = account.hass.config_entries
    result = await start_options(account.hass, account.entry.entry_id)
    data = suggested(result) | {"call_control": True}
    if step == "submitted":
        result = await submit_options(account.hass, result, data)
        data = _OFF
    assert await entries.async_unload(account.entry.entry_id)
    result = await submit_options(account.hass, result, data)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert not _is_on(account)
    assert "call_control" not in account.entry.options
