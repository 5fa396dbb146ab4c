"""The actions on calls exist while an account has the option."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.actions.control import CONTROL_ACTIONS
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from ..common import Account, add_account
from ..translations import ACTIONS
from .common import RecordingControl, turn_on

_ALWAYS = {"get_calls", "get_status", "set_presence"}


def _actions(hass: HomeAssistant) -> set[str]:
    return set(hass.services.async_services_for_domain(DOMAIN))


def _stored(**kwargs: Any) -> MockConfigEntry:
    """Return an entry that another run of Home Assistant has stored."""
    return MockConfigEntry(domain=DOMAIN, options={"call_control": True}, **kwargs)


async def test_no_action_on_calls_without_the_option(account: Account) -> None:
    assert _actions(account.hass) == _ALWAYS


async def test_option_adds_and_removes_all_of_them_at_once(account: Account) -> None:
    """While the account stays loaded."""
    turn_on(account)
    assert _actions(account.hass) == set(ACTIONS)
    assert len(ACTIONS) == len(_ALWAYS) + len(CONTROL_ACTIONS) + 2

    turn_on(account, wanted=False)
    assert _actions(account.hass) == _ALWAYS


async def test_actions_of_a_stored_option_are_there_before_the_account_is_loaded(
    hass: HomeAssistant,
) -> None:
    """Automations are valid during an outage of RingCentral."""
    entry = _stored(disabled_by=ConfigEntryDisabler.USER)
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})

    assert entry.state is ConfigEntryState.NOT_LOADED
    assert _actions(hass) == set(ACTIONS)


async def test_unloading_an_account_leaves_the_actions(account: Account) -> None:
    turn_on(account)
    assert await account.hass.config_entries.async_unload(account.entry.entry_id)

    assert _actions(account.hass) == set(ACTIONS)


async def test_actions_vanish_with_the_last_account_that_has_the_option(
    account: Account,
) -> None:
    hass = account.hass
    other = await add_account(hass, account.simulator, user="102")
    turn_on(account)
    turn_on(other)
    turn_on(account, wanted=False)
    assert _actions(hass) == set(ACTIONS)
    assert await hass.config_entries.async_remove(other.entry.entry_id)

    assert _actions(hass) == _ALWAYS


async def test_option_of_another_integration_adds_nothing(account: Account) -> None:
    other = MockConfigEntry(domain="other", options={"call_control": True})
    other.add_to_hass(account.hass)
    account.hass.config_entries.async_update_entry(other, title="Other")

    assert _actions(account.hass) == _ALWAYS


async def test_automation_works_again_when_the_option_is_turned_on_again(
    account: Account, control: RecordingControl, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is off, the automation fails and says that there is no such action."""
    hass = account.hass
    action = {
        "action": f"{DOMAIN}.hold_call",
        "target": {"entity_id": account.entity_id("101", "telephony_status")},
    }
    automation = {"alias": "Hold", "triggers": [], "actions": [action]}
    assert await async_setup_component(hass, "automation", {"automation": automation})

    async def run() -> int:
        await hass.services.async_call(
            "automation", "trigger", {"entity_id": "automation.hold"}, blocking=True
        )
        return len(control.acts)

    assert await run() == 1
    turn_on(account, wanted=False)
    assert await run() == 1
    assert "Action ringcentral.hold_call not found" in caplog.text
    turn_on(account)
    assert await run() == 2
