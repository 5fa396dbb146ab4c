"""An automation as a user makes it, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ringcentral.const import DOMAIN
from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from ..common import Account

CALLER = "+16505550123"

# What the automations of the tests pass on.
FIELDS = (
    "entity_id",
    "device_id",
    "event",
    "extension_name",
    "extension_number",
    "caller",
    "caller_name",
    "caller_number",
    "call",
    "time",
    "reconstructed",
    "replayed",
    "ringing_seconds",
    "talking_seconds",
    "held_seconds",
)


class Runs(list[dict[str, Any]]):
    """What each run of an automation was given."""

    def numbers(self) -> list[str]:
        """Return the extensions that set it off."""
        return [run["extension_number"] for run in self]


async def automate(
    hass: HomeAssistant,
    *triggers: Mapping[str, Any],
    conditions: Sequence[Mapping[str, Any]] = (),
    fields: Sequence[str] = FIELDS,
) -> Runs:
    """Make an automation; return its runs to come."""
    runs = Runs()

    @callback
    def take_note(call: ServiceCall) -> None:
        runs.append(call.data["given"])

    hass.services.async_register("test", "run", take_note)
    assert await async_setup_component(
        hass,
        AUTOMATION_DOMAIN,
        {
            AUTOMATION_DOMAIN: {
                "alias": "Test",
                "triggers": list(triggers),
                "conditions": list(conditions),
                "actions": {
                    "action": "test.run",
                    # One by one, a number would arrive as a number.
                    "data": {"given": _given(fields)},
                },
                "mode": "queued",
                "max": 100,
            }
        },
    )
    return runs


def _given(fields: Sequence[str]) -> str:
    """Return a template that passes on some data of the trigger."""
    pairs = ", ".join(f"'{name}': trigger['{name}']" for name in fields)
    return f"{{{{ {{{pairs}}} }}}}"


def trigger(key: str, target: Mapping[str, Any], **options: object) -> dict[str, Any]:
    """Return a trigger as the editor saves it."""
    return {"trigger": f"{DOMAIN}.{key}", "target": dict(target), "options": options}


async def choose_privacy(account: Account, privacy: str) -> None:
    """Choose a level of privacy, and load the account anew."""
    entries = account.hass.config_entries
    entries.async_update_entry(
        account.entry, options={**account.entry.options, "privacy": privacy}
    )
    await entries.async_reload(account.entry.entry_id)
    await account.until_all_told()


async def put(account: Account, number: str, **where: Any) -> None:
    """Put the device of an extension somewhere, or a label onto it."""
    found = account.device(number)
    assert found is not None
    dr.async_get(account.hass).async_update_device(found.id, **where)
    await account.hass.async_block_till_done()


def device(account: Account, *numbers: str | None) -> dict[str, Any]:
    """Return a target: the devices of some extensions; None is the account's."""
    devices = [account.device(number) for number in numbers]
    return {"device_id": [found.id for found in devices if found is not None]}
