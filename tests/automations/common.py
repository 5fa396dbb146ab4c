"""Automations as a user creates them, and their runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ringcentral.const import DOMAIN
from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from ..common import Account

CALLER = "+16505550123"

# Trigger data that is recorded with each run.
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
    """Trigger data of each run."""

    def numbers(self) -> list[str]:
        """Return the numbers of the extensions that triggered the runs."""
        return [run["extension_number"] for run in self]


async def automate(
    hass: HomeAssistant,
    *triggers: Mapping[str, Any],
    conditions: Sequence[Mapping[str, Any]] = (),
    fields: Sequence[str] = FIELDS,
) -> Runs:
    """Set up an automation; return its future runs."""
    runs = Runs()

    @callback
    def record_run(call: ServiceCall) -> None:
        runs.append(call.data["given"])

    hass.services.async_register("test", "run", record_run)
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
    """Return a template of trigger data."""
    pairs = ", ".join(f"'{name}': trigger['{name}']" for name in fields)
    return f"{{{{ {{{pairs}}} }}}}"


def trigger(key: str, target: Mapping[str, Any], **options: object) -> dict[str, Any]:
    """Return the configuration of a trigger as the editor saves it."""
    return {"trigger": f"{DOMAIN}.{key}", "target": dict(target), "options": options}


async def set_privacy(account: Account, privacy: str) -> None:
    """Set the privacy level, and reload the account."""
    entries = account.hass.config_entries
    entries.async_update_entry(
        account.entry, options={**account.entry.options, "privacy": privacy}
    )
    await entries.async_reload(account.entry.entry_id)
    await account.until_all_reported()


async def update_device(account: Account, number: str, **changes: Any) -> None:
    """Update the device of an extension, such as its area or labels."""
    found = account.device(number)
    assert found is not None
    dr.async_get(account.hass).async_update_device(found.id, **changes)
    await account.hass.async_block_till_done()


def device(account: Account, *numbers: str | None) -> dict[str, Any]:
    """Return a target of the extensions' devices; None is the account's."""
    devices = [account.device(number) for number in numbers]
    return {"device_id": [found.id for found in devices if found is not None]}
