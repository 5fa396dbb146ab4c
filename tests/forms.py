"""The forms of an account, filled in as a user does, as functions for tests."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator

from .common import Account, sign_in, start_flow, submit

EVERYONE: Final = {"groups": ["everyone"], "extensions": [], "privacy": "full"}
CALLER: Final = ("+16505550123", "Charlie Williams")


def assert_shows(
    result: ConfigFlowResult, error: str, placeholders: Mapping[str, str]
) -> None:
    """Check that a form shows an error with what its text mentions."""
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    shown = result["description_placeholders"] or {}
    assert {key: shown[key] for key in placeholders} == placeholders


def suggested(result: ConfigFlowResult | SubentryFlowResult) -> dict[str, Any]:
    """Return what a form is filled in with, sections included."""
    assert result["data_schema"] is not None

    def values(schema: vol.Schema) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for marker, value in schema.schema.items():
            if inner := getattr(value, "schema", None):
                if isinstance(inner, vol.Schema):
                    found[str(marker)] = values(inner)
                    continue
            if marker.description and "suggested_value" in marker.description:
                found[str(marker)] = marker.description["suggested_value"]
        return found

    return values(result["data_schema"])


def without_secrets(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input that a form may show again."""
    secrets = ("client_secret", "jwt")
    return {key: value for key, value in entered.items() if key not in secrets}


def choices(result: ConfigFlowResult) -> dict[str, str]:
    """Return whom a form lets the user choose, by id, in the order shown."""
    assert result["data_schema"] is not None
    options = result["data_schema"].schema["extensions"].config["options"]
    return {option["value"]: option["label"] for option in options}


async def to_the_choice(hass: HomeAssistant, simulator: Simulator) -> ConfigFlowResult:
    """Sign in and return the form that selects what to monitor."""
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert result["step_id"] == "monitor", result["errors"]
    return result


async def start_options(hass: HomeAssistant, entry_id: str) -> ConfigFlowResult:
    """Open the options of an entry."""
    return await hass.config_entries.options.async_init(entry_id)


async def submit_options(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: Mapping[str, Any]
) -> ConfigFlowResult:
    """Submit the form of the options."""
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], dict(user_input)
    )
    await hass.async_block_till_done()
    return result


def people(simulator: Simulator, *numbers: str) -> dict[str, Any]:
    """Return the selection of single people."""
    return {
        "groups": [],
        "extensions": [simulator.extension(n).id for n in numbers],
        "privacy": "full",
    }


async def want_more_sensors(account: Account, *, wanted: bool = True) -> None:
    """Turn the option for more sensors on or off, without another change."""
    await _change_option(account, {"more_sensors": wanted})


async def want_on_the_phone(account: Account, *, wanted: bool = True) -> None:
    """Turn the option for the sensor "On the phone" on or off."""
    await _change_option(account, {"on_the_phone": wanted})


async def turn_off_while_unloaded(account: Account, option: str) -> None:
    """Turn an option off without a form, as a backup of the options does."""
    entries, entry = account.hass.config_entries, account.entry
    assert await entries.async_unload(entry.entry_id)
    entries.async_update_entry(entry, options={**entry.options, option: False})
    assert await entries.async_setup(entry.entry_id)
    await account.hass.async_block_till_done()


async def _change_option(account: Account, option: dict[str, bool]) -> None:
    result = await start_options(account.hass, account.entry.entry_id)
    result = await submit_options(account.hass, result, suggested(result) | option)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]


async def ring(account: Account) -> None:
    """Let the phone of extension 102 ring."""
    number, name = CALLER
    account.simulator.ring(to="102", from_=number, from_name=name)
    await account.until_shown("102", "telephony_status", "ringing")


def shown_caller(account: Account) -> tuple[str | None, str | None]:
    """Return number and name of the caller as the sensor of extension 102 shows them."""
    [call] = account.state("102", "telephony_status").attributes["active_calls"]
    return call["from"], call["from_name"]
