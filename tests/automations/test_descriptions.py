"""Descriptions of triggers, conditions and actions for the editor."""

from collections.abc import Mapping
import json
from typing import Any, Final

import pytest
import voluptuous as vol

from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.trigger import TRIGGERS
from custom_components.ringcentral.triggers.call_trigger import KINDS, make_call_trigger
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    condition as condition_helper,
    config_validation as cv,
    service as service_helper,
    trigger as trigger_helper,
)
from homeassistant.setup import async_setup_component

from ..actions.common import turn_on
from ..common import Account
from ..translations import PACKAGE, TEXTS, Inspection
from .common import device

ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())

type Descriptions = Mapping[str, Any]


@pytest.fixture
async def descriptions(
    hass: HomeAssistant, account: Account
) -> dict[str, Descriptions]:
    """Return the descriptions that Home Assistant has loaded, by kind."""
    turn_on(account)
    assert await async_setup_component(hass, "automation", {})
    return {
        "triggers": _ours(await trigger_helper.async_get_all_descriptions(hass)),
        "conditions": _ours(await condition_helper.async_get_all_descriptions(hass)),
        "services": (await service_helper.async_get_all_descriptions(hass))[DOMAIN],
    }


def _ours(everything: Mapping[str, Any]) -> Descriptions:
    prefix = f"{DOMAIN}."
    return {
        key.removeprefix(prefix): described
        for key, described in everything.items()
        if key.startswith(prefix)
    }


def _defaults(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the editor fills in."""
    return {
        name: field["default"]
        for name, field in described["fields"].items()
        if "default" in field
    }


def test_every_trigger_and_condition_is_described_and_no_other(
    descriptions: dict[str, Descriptions],
) -> None:
    assert set(descriptions["triggers"]) == set(TRIGGERS)
    assert set(descriptions["conditions"]) == set(CONDITIONS)
    assert all(descriptions["triggers"].values())
    assert all(descriptions["conditions"].values())


@pytest.mark.parametrize("kind", ["triggers", "conditions", "services"])
def test_everything_has_a_name_a_description_and_an_icon(
    descriptions: dict[str, Descriptions], kind: str
) -> None:
    """There are no superfluous ones."""
    texts, icons = TEXTS[kind], ICONS[kind]
    inspection = Inspection({"texts": texts, "icons": icons, **TEXTS})
    icon = kind.removesuffix("s")
    for key, described in descriptions[kind].items():
        inspection.need(None, "texts", key, "name")
        inspection.need(None, "texts", key, "description")
        inspection.need(None, "icons", key, icon)
        for name, field in described["fields"].items():
            inspection.need(None, "texts", key, "fields", name, "name")
            select = field["selector"].get("select") or {}
            if "translation_key" in select:
                for option in select["options"]:
                    inspection.need(
                        None,
                        *("selector", select["translation_key"], "options", option),
                    )
    assert inspection.complaints == []
    assert set(texts) == set(icons) == set(descriptions[kind])
    for key, described in descriptions[kind].items():
        assert set(texts[key].get("fields", ())) == set(described["fields"])


def test_every_text_of_a_selector_option_is_used(
    descriptions: dict[str, Descriptions],
) -> None:
    """Except those of the flows."""
    offered = {
        (select["translation_key"], option)
        for kind in descriptions.values()
        for described in kind.values()
        for field in described["fields"].values()
        if "translation_key" in (select := field["selector"].get("select") or {})
        for option in select["options"]
    }
    of_forms = {"dial_from", "monitor_groups", "phone", "privacy"}
    assert {
        (key, option)
        for key, texts in TEXTS["selector"].items()
        for option in texts["options"]
        if key not in of_forms
    } == offered


@pytest.mark.parametrize("key", TRIGGERS)
async def test_trigger_with_the_defaults_of_the_editor_is_valid(
    hass: HomeAssistant,
    account: Account,
    descriptions: dict[str, Descriptions],
    key: str,
) -> None:
    config: dict[str, Any] = {
        "trigger": f"{DOMAIN}.{key}",
        "target": device(account, "102"),
        "options": _defaults(descriptions["triggers"][key]),
    }
    [valid] = await trigger_helper.async_validate_trigger_config(
        hass, cv.TRIGGER_SCHEMA(config)
    )
    assert valid["options"].keys() >= config["options"].keys()


@pytest.mark.parametrize("key", CONDITIONS)
async def test_condition_with_the_defaults_of_the_editor_is_valid(
    hass: HomeAssistant,
    account: Account,
    descriptions: dict[str, Descriptions],
    key: str,
) -> None:
    config: dict[str, Any] = {
        "condition": f"{DOMAIN}.{key}",
        "target": device(account, "102"),
        "options": _defaults(descriptions["conditions"][key]),
    }
    valid = await condition_helper.async_validate_condition_config(hass, config)
    assert valid["options"].keys() >= config["options"].keys()


@pytest.mark.parametrize("key", KINDS)
def test_editor_offers_all_options_of_a_call_trigger(
    descriptions: dict[str, Descriptions], key: str
) -> None:
    options: vol.Schema = make_call_trigger(KINDS[key]).schema.schema["options"]
    assert {str(option) for option in options.schema} == set(
        descriptions["triggers"][key]["fields"]
    )
