"""Helpers that call actions as a user does."""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator

from .common import Account, add_account
from .documents import ROOT, Page, read_examples
from .translations import TEXTS

TRIGGERS: Final = Page(ROOT / "docs" / "triggers.md")


async def add_two_extensions(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Monitor the signed-in user and a colleague."""
    return await add_account(hass, simulator, groups=[], extensions=["101", "102"])


def device_id(account: Account, number: str | None) -> str:
    device = account.device(number)
    assert device is not None
    return device.id


async def set_presence(
    account: Account,
    *numbers: str,
    target: Mapping[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Set the presence of extensions, by default of the signed-in user."""
    devices = [device_id(account, number) for number in numbers or ("101",)]
    await account.hass.services.async_call(
        DOMAIN,
        "set_presence",
        fields,
        blocking=True,
        target=dict(target or {"device_id": devices}),
    )


async def get_calls(account: Account, **target: Any) -> dict[str, Any]:
    response = await account.hass.services.async_call(
        DOMAIN, "get_calls", blocking=True, return_response=True, target=target
    )
    assert response is not None
    return response


async def run_example(account: Account, name: str, number: str) -> None:
    """Run the documented example of an action for an extension."""
    section = TRIGGERS.section(TEXTS["services"][name]["name"])
    (automation,) = read_examples(section)
    (action,) = (a for a in automation["actions"] if a["action"].endswith(name))
    assert action["target"]["entity_id"].startswith("sensor.alice_smith_102_")
    key = action["target"]["entity_id"].removeprefix("sensor.alice_smith_102_")
    action["target"]["entity_id"] = account.entity_id(number, key)
    assert await async_setup_component(
        account.hass, "automation", {"automation": [automation]}
    )
    await account.hass.services.async_call(
        "automation", "trigger", {"entity_id": "all"}, blocking=True
    )
