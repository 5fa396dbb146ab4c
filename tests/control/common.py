"""Calls that a user controls by actions, on the simulated platform."""

from typing import Any, Final

from custom_components.ringcentral.const import CONF_CALL_CONTROL
from custom_components.ringcentral.control.manager import (
    ControlManager,
    async_apply_control,
    get_control,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError
from simulator.company.parties import Party

from ..actions.common import call_action, call_own
from ..common import Account

CALLER: Final = "+16505550123"
OTHER: Final = "+16505550188"
SESSIONS: Final = "/restapi/v1.0/account/~/telephony/sessions/"


def turn_on(account: Account, *, wanted: bool = True) -> None:
    """Turn the option on or off, as its form does."""
    options = {**account.entry.options, CONF_CALL_CONTROL: wanted}
    async_apply_control(account.hass, account.coordinator, options)
    account.hass.config_entries.async_update_entry(account.entry, options=options)


def set_scope(account: Account, scope: str) -> None:
    """Change the permissions that the token of the app names."""
    token = {**account.entry.data[CONF_TOKEN], "scope": scope}
    account.hass.config_entries.async_update_entry(
        account.entry, data={**account.entry.data, CONF_TOKEN: token}
    )


def control_of(account: Account) -> ControlManager:
    """Return what controls the calls of an account."""
    manager = get_control(account.hass, account.entry.entry_id)
    assert manager is not None
    return manager


async def ringing(account: Account, number: str = "101", **options: Any) -> Party:
    """Let an outside caller call an extension."""
    options = {"from_": CALLER, **options}
    party: Party = account.simulator.ring(to=number, **options)
    await account.until_all_reported()
    return party


async def connected(account: Account, number: str = "101", **options: Any) -> Party:
    """Connect an extension with an outside caller."""
    party = await ringing(account, number, **options)
    account.simulator.answer(party.telephony_session_id)
    await account.until_all_reported()
    return party


async def held(account: Account, number: str = "101", **options: Any) -> Party:
    """Put an outside caller on hold."""
    party = await connected(account, number, **options)
    account.simulator.hold(party.telephony_session_id)
    await account.until_all_reported()
    return party


async def parked(account: Account, number: str = "101", **options: Any) -> Party:
    """Park an outside caller."""
    party = await connected(account, number, **options)
    account.simulator.park(party.telephony_session_id)
    await account.until_all_reported()
    return party


async def press(
    account: Account,
    name: str,
    extension: str = "101",
    /,
    *,
    context: Context | None = None,
    **fields: Any,
) -> str:
    """Call an action for an extension; return its result, or the key of its error."""
    try:
        response = await call_action(
            account, name, extension, context=context, **fields
        )
    except HomeAssistantError as err:
        return str(err.translation_key)
    (answer,) = response.values()
    return str(answer["result"])


async def dial(
    account: Account, number: str | None = None, name: str = "dial", **fields: Any
) -> str:
    """Dial, or cancel it; return the result or the key of the error."""
    if number is not None:
        fields["number"] = number
    try:
        response = await call_own(account, name, **fields)
    except HomeAssistantError as err:
        return str(err.translation_key)
    return str(response["result"])


def requests(account: Account) -> list[str]:
    """Return the requests for sessions: method, and what of the session."""
    return [
        f"{record.method} {_part(record.path)}"
        for record in account.simulator.log
        if record.path.startswith(SESSIONS)
    ]


def changes(account: Account) -> list[str]:
    """Return the requests that change a session."""
    return [one for one in requests(account) if not one.startswith("GET")]


def _part(path: str) -> str:
    parts = path.removeprefix(SESSIONS).split("/")
    return {1: "session", 3: "party"}.get(len(parts), parts[-1])
