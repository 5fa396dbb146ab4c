"""System health: reachability of the servers, state of the connection."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator, SimulatorOptions

from .common import Account, until
from .languages import texts_in
from .translations import TEXTS, raw_words

_STATUS = "/restapi/v1.0/status"
_REACH = "custom_components.ringcentral.system_health.async_check_can_reach_url"


async def _shown(hass: HomeAssistant) -> dict[str, Any]:
    """Return the lines of the integration; each must have a text."""
    assert await async_setup_component(hass, "system_health", {})
    info = await get_system_health_info(hass, DOMAIN)
    info = {
        key: await value if asyncio.iscoroutine(value) else value
        for key, value in info.items()
    }
    assert info.keys() <= TEXTS["system_health"]["info"].keys()
    assert [word for value in info.values() for word in raw_words(value)] == []
    return info


def _word(state: str, language: str = "en") -> str:
    """Return the word that the sensor of the connection shows."""
    word = texts_in(language)["entity"]["sensor"]["link"]["state"][state]
    assert isinstance(word, str)
    return word


async def test_loaded_account_is_described(
    hass: HomeAssistant, account: Account
) -> None:
    """The server is requested without a token."""
    assert await _shown(hass) == {
        "can_reach_custom_server": "ok",
        "accounts": 1,
        "connection": _word("push"),
        "monitored_extensions": len(account.coordinator.data),
    }
    assert [r.status for r in account.simulator.log if r.path == _STATUS] == [200]


async def test_unreachable_server_is_shown(
    hass: HomeAssistant, account: Account
) -> None:
    """With the state of the connection."""
    await account.simulator.stop()
    await until(lambda: account.shows(None, "link") == "recovering")

    shown = await _shown(hass)

    assert shown["can_reach_custom_server"] == {
        "type": "failed",
        "error": "unreachable",
    }
    assert shown["connection"] == _word("recovering")


@pytest.mark.parametrize(("language", "shown"), [("de", "de"), ("ja", "en")])
async def test_connection_is_described_in_the_language_of_the_system(
    hass: HomeAssistant, account: Account, language: str, shown: str
) -> None:
    """In English if there is no translation."""
    hass.config.language = language
    assert (await _shown(hass))["connection"] == _word("push", shown)


async def test_each_account_is_described(hass: HomeAssistant, account: Account) -> None:
    """With the state of an entry that is not loaded; a disabled one is omitted."""
    away = Simulator(SimulatorOptions(port=0))
    await away.start()
    await away.stop()
    elsewhere = {**account.entry.data, "server": away.server}
    second = MockConfigEntry(domain=DOMAIN, unique_id="second", data=elsewhere)
    third = MockConfigEntry(
        domain=DOMAIN,
        unique_id="third",
        data={**elsewhere, "server": "https://platform.ringcentral.com"},
        disabled_by=ConfigEntryDisabler.USER,
    )
    for entry in (second, third):
        entry.add_to_hass(hass)
    await hass.config_entries.async_setup(second.entry_id)

    assert await _shown(hass) == {
        "can_reach_custom_server": {"type": "failed", "error": "unreachable"},
        "accounts": 2,
        "connection": f"{_word('push')}, {_word('down')}",
        "monitored_extensions": len(account.coordinator.data),
    }


async def test_server_is_checked_without_an_account(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker
) -> None:
    """Before one is added, the page shows whether RingCentral can be reached."""
    address = f"https://platform.ringcentral.com{_STATUS}"
    aioclient_mock.get(address, json={})  # type: ignore[no-untyped-call]
    assert await async_setup_component(hass, DOMAIN, {})

    assert await _shown(hass) == {
        "can_reach_server": "ok",
        "accounts": 0,
        "connection": "-",
        "monitored_extensions": 0,
    }
    assert aioclient_mock.call_count == 1


@pytest.mark.parametrize(
    ("server", "line"),
    [
        ("https://platform.ringcentral.com", "can_reach_server"),
        ("https://platform.ringcentral.biz", "can_reach_partner_server"),
        ("https://pbx.example", "can_reach_custom_server"),
    ],
)
async def test_kind_of_server_is_named(
    hass: HomeAssistant, account: Account, server: str, line: str
) -> None:
    """Not the host, since the page is published in reports."""
    hass.config_entries.async_update_entry(
        account.entry, data={**account.entry.data, "server": server}
    )
    requested: list[str] = []

    async def check(_hass: HomeAssistant, url: str) -> str:
        requested.append(url)
        return "ok"

    with patch(_REACH, check):
        shown = await _shown(hass)

    assert shown[line] == "ok"
    assert sum(key.startswith("can_reach") for key in shown) == 1
    assert requested == [f"{server}{_STATUS}"]


async def test_each_line_has_a_text() -> None:
    """And each text has a line."""
    assert set(TEXTS["system_health"]["info"]) == {
        "accounts",
        "can_reach_custom_server",
        "can_reach_partner_server",
        "can_reach_server",
        "connection",
        "monitored_extensions",
    }
