"""The actions on calls as a user calls them, and what they ask of an account."""

from typing import Any, Final, NamedTuple, cast

import pytest

from custom_components.ringcentral.actions import control as control_actions
from custom_components.ringcentral.const import CONF_CALL_CONTROL, DOMAIN
from custom_components.ringcentral.control.manager import ControlManager
from custom_components.ringcentral.control.models import (
    ActionResult,
    Command,
    Destination,
    DialResult,
    DialState,
    Result,
)
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError

from ..common import Account
from ..services import device_id

SESSION: Final = "s-1"


class Act(NamedTuple):
    """A command that a controller was given."""

    extension_id: str
    command: Command
    context: Context | None


class Dial(NamedTuple):
    """What a dialer was given."""

    destination: Destination
    origin: str | None
    play_prompt: bool | None
    wait: bool
    context: Context | None


class RecordingControl:
    """Controller and dialer that record what they are given, and do nothing."""

    def __init__(self) -> None:
        """Initialize without commands."""
        self.controller = self.dialer = self.phones = self
        self.known_numbers: list[str] = []
        self.acts: list[Act] = []
        self.dials: list[Dial] = []
        self.cancels: list[Context | None] = []
        # By the id of the extension; all others succeed.
        self.results: dict[str, ActionResult | HomeAssistantError] = {}

    async def async_act(
        self, extension_id: str, command: Command, context: Context | None
    ) -> ActionResult:
        """Record a command."""
        self.acts.append(Act(extension_id, command, context))
        result = self.results.get(extension_id, ActionResult(Result.DONE, SESSION))
        if isinstance(result, HomeAssistantError):
            raise result
        return result

    async def async_dial(
        self,
        destination: Destination,
        origin: str | None,
        *,
        play_prompt: bool | None,
        wait: bool,
        context: Context | None,
    ) -> DialResult:
        """Record what is dialed."""
        self.dials.append(Dial(destination, origin, play_prompt, wait, context))
        return DialResult(DialState.DIALING, SESSION)

    async def async_cancel(self, context: Context | None) -> Result:
        """Record that the dialed call is canceled."""
        self.cancels.append(context)
        return Result.DONE


def turn_on(account: Account, *, wanted: bool = True) -> None:
    """Turn the option on or off, as a form saves it."""
    account.hass.config_entries.async_update_entry(
        account.entry, options={**account.entry.options, CONF_CALL_CONTROL: wanted}
    )


def record_control(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> RecordingControl:
    """Turn the option on, with a control that records what it is given."""
    turn_on(account)
    recording = RecordingControl()
    managers = {account.entry.entry_id: cast(ControlManager, recording)}
    monkeypatch.setattr(
        control_actions, "get_control", lambda _hass, entry_id: managers.get(entry_id)
    )
    return recording


async def call_action(
    account: Account,
    name: str,
    *numbers: str,
    context: Context | None = None,
    target: dict[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Call an action for extensions, by default the own one; return its response."""
    devices = [device_id(account, number) for number in numbers or ("101",)]
    response = await account.hass.services.async_call(
        DOMAIN,
        name,
        fields,
        blocking=True,
        return_response=True,
        target=target or {"device_id": devices},
        context=context,
    )
    assert response is not None
    return cast(dict[str, Any], response)


async def dial(
    account: Account, *, context: Context | None = None, **fields: Any
) -> dict[str, Any]:
    """Dial with the account."""
    return await call_own(account, "dial", context=context, **fields)


async def call_own(
    account: Account, name: str, *, context: Context | None = None, **fields: Any
) -> dict[str, Any]:
    """Call an action without a target."""
    response = await account.hass.services.async_call(
        DOMAIN,
        name,
        {"config_entry_id": account.entry.entry_id, **fields},
        blocking=True,
        return_response=True,
        context=context,
    )
    assert response is not None
    return cast(dict[str, Any], response)
