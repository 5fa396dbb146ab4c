"""Option "Control calls": what it needs, whose phones, and when it takes effect."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import PresenceCoordinator
from custom_components.ringcentral.flows import options as options_flow
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
def applied(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, object]]:
    """Record with which options the control of calls is changed."""
    recorded: list[Mapping[str, object]] = []

    def record(
        _hass: HomeAssistant,
        _coordinator: PresenceCoordinator,
        options: Mapping[str, object],
    ) -> None:
        recorded.append(options)

    monkeypatch.setattr(options_flow, "async_apply_control", record)
    return recorded


@pytest.fixture
async def account(
    hass: HomeAssistant, simulator: Simulator, applied: list[Mapping[str, object]]
) -> Account:
    """Return an account that shows two people."""
    return await add_account(hass, simulator, groups=[], extensions=["101", "102"])


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


async def test_option_is_off_and_asks_nothing_while_it_stays_off(
    account: Account, applied: list[Mapping[str, object]]
) -> None:
    result = await start_options(account.hass, account.entry.entry_id)
    result = await submit_options(account.hass, result, suggested(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "call_control" not in account.entry.options
    assert applied == []
    assert not [r for r in account.simulator.log if "device" in r.path]
    assert not account.hass.services.has_service(DOMAIN, "dial")


async def test_second_form_turns_it_on_at_once_and_without_a_reload(
    account: Account, applied: list[Mapping[str, object]]
) -> None:
    """The defaults are not stored."""
    coordinator = account.coordinator
    result = await _want_control(account)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "control"
    assert _defaults(result) == _OFF
    assert applied == []
    assert "call_control" not in account.entry.options

    result = await submit_options(account.hass, result, _OFF)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert applied == [account.entry.options]
    assert account.entry.options == people(account.simulator, "101", "102") | {
        "call_control": True,
        "play_prompt": False,
    }
    assert account.hass.services.has_service(DOMAIN, "dial")
    assert account.entry.runtime_data is coordinator
    assert account.entry.state is ConfigEntryState.LOADED


async def test_nothing_changes_before_the_second_form_is_submitted(
    account: Account, applied: list[Mapping[str, object]]
) -> None:
    """Not even the selection: the form may be closed."""
    before = monitored(account)
    changed = people(account.simulator, "102")
    result = await _want_control(account, **changed, more_sensors=True)
    assert result["step_id"] == "control"
    assert monitored(account) == before
    assert not account.coordinator.more_sensors
    assert account.entry.options == people(account.simulator, "101", "102")

    await submit_options(account.hass, result, _OFF)
    assert monitored(account) == {"102"}
    assert account.coordinator.more_sensors
    assert len(applied) == 1


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
    account: Account, applied: list[Mapping[str, object]]
) -> None:
    await submit_options(
        account.hass, await _want_control(account), _OFF | {"play_prompt": True}
    )
    result = await start_options(account.hass, account.entry.entry_id)
    result = await submit_options(
        account.hass, result, suggested(result) | {"call_control": False}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert applied[-1] == account.entry.options
    assert not account.entry.options["call_control"]
    assert "play_prompt" not in account.entry.options
    assert not account.hass.services.has_service(DOMAIN, "dial")


async def test_option_that_stays_on_is_not_applied_again(
    account: Account, applied: list[Mapping[str, object]]
) -> None:
    await submit_options(account.hass, await _want_control(account), _OFF)
    await submit_options(account.hass, await _want_control(account), _OFF)
    assert len(applied) == 1

    prompt = _OFF | {"play_prompt": True}
    await submit_options(account.hass, await _want_control(account), prompt)
    assert len(applied) == 2
    assert _defaults(await _want_control(account)) == prompt


@pytest.mark.parametrize("language", ["en", "de"])
async def test_form_says_which_permissions_the_app_has(
    hass: HomeAssistant,
    simulator: Simulator,
    applied: list[Mapping[str, object]],
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
