"""Each rule of Home Assistant's Integration Quality Scale, with its evidence.

A rule that is listed as done has a place that shows it: the code that does it, the test
that fails without it, or the page that documents it.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pytest
import yaml

from custom_components.ringcentral import PLATFORMS
from homeassistant.const import Platform

from .documents import ROOT

PACKAGE: Final = ROOT / "custom_components" / "ringcentral"
RULES: Final[dict[str, Any]] = yaml.safe_load(
    (PACKAGE / "quality_scale.yaml").read_text()
)["rules"]


class Place(NamedTuple):
    """Where a rule can be seen to be fulfilled: a file, and a part of its text."""

    path: str
    text: str


def _code(name: str, text: str) -> Place:
    return Place(f"custom_components/ringcentral/{name}", text)


def _page(name: str, text: str) -> Place:
    return Place(f"docs/{name}.md", text)


def _test(name: str, text: str) -> Place:
    return Place(f"tests/{name}.py", f"def test_{text}")


BRONZE: Final[Mapping[str, Place]] = {
    "action-setup": _test("test_services", "actions_are_there_before_any_account"),
    "appropriate-polling": _page("connection", "15 minutes"),
    "brands": _test("test_hacs", "there_is_an_icon"),
    "common-modules": _code("entities/base.py", "class "),
    "config-flow": _test("test_config_flow", "the_forms_lead_to_an_entry"),
    "config-flow-test-coverage": Place("scripts/coverage_gate.py", '"config_flow"'),
    "dependency-transparency": _test(
        "test_packaging", "only_msgspec_is_installed_beside_home_assistant"
    ),
    "docs-actions": _page("triggers", "## Actions"),
    "docs-conditions": _page("triggers", "## Conditions"),
    "docs-high-level-description": Place("README.md", "https://www.ringcentral.com"),
    "docs-installation-instructions": _page("installation", "## 2. Create an app"),
    "docs-removal-instructions": _page("installation", "## Remove"),
    "docs-triggers": _page("triggers", "## Call triggers"),
    "entity-event-setup": _code("event.py", "async_added_to_hass"),
    "entity-unique-id": _code("entities/base.py", "_attr_unique_id = "),
    "has-entity-name": _code("entities/base.py", "_attr_has_entity_name = True"),
    "runtime-data": _code("coordinator.py", "type RingCentralConfigEntry = "),
    "test-before-configure": _test(
        "flows/test_sign_in", "failure_is_shown_and_can_be_fixed"
    ),
    "test-before-setup": _test(
        "reliability/test_reasons",
        "trouble_at_set_up_is_the_reason_of_the_entry_and_set_up_is_retried",
    ),
    "unique-config-entry": _test(
        "test_config_flow", "the_same_user_by_another_jwt_is_refused"
    ),
}
SILVER: Final[Mapping[str, Place]] = {
    "action-exceptions": _test(
        "test_services", "refusal_shows_the_reason_and_changes_no_state"
    ),
    "config-entry-unloading": _test(
        "test_init", "unload_ends_everything_and_leaves_the_subscription"
    ),
    "docs-configuration-parameters": _page("configuration", "## Who to show"),
    "docs-installation-parameters": _page("installation", "## 6. Sign in"),
    "entity-unavailable": _test(
        "reliability/test_losses",
        "nothing_becomes_unavailable_before_the_grace_time_is_over",
    ),
    "integration-owner": Place(".github/CODEOWNERS", "* @"),
    "log-when-unavailable": _code("connection/monitor.py", "_is_loss_logged"),
    "parallel-updates": _code("select.py", "PARALLEL_UPDATES = 1"),
    "reauthentication-flow": _code("config_flow.py", "def async_step_reauth"),
    "test-coverage": Place("scripts/coverage_gate.py", "ABOVE = 95.0"),
}
GOLD: Final[Mapping[str, Place]] = {
    "devices": _test("test_init", "devices_describe_account_and_extensions"),
    "diagnostics": _test(
        "test_diagnostics", "nothing_that_identifies_the_account_is_contained"
    ),
    "discovery": _code("quality_scale.yaml", "nothing announces it"),
    "discovery-update-info": _code("quality_scale.yaml", "no local address"),
    "docs-data-update": _page("connection", "## States of Updates"),
    "docs-examples": _page("blueprints", "## Busy light"),
    "docs-known-limitations": _page("limits", "## What presence cannot tell"),
    "docs-supported-devices": _page("entities", "### Types of extensions"),
    "docs-supported-functions": _page("entities", "## All entities"),
    "docs-troubleshooting": _page("troubleshooting", "## States"),
    "docs-use-cases": _page("automations", "| You want … | Use |"),
    "dynamic-devices": _test(
        "test_coordinator",
        "newcomer_whose_presence_cannot_be_had_at_once_is_shown_later",
    ),
    "entity-category": _code("sensor.py", "EntityCategory.DIAGNOSTIC"),
    "entity-device-class": _code("sensor.py", "SensorDeviceClass.ENUM"),
    "entity-disabled-by-default": _test(
        "test_sensor", "disabled_sensors_are_updated_when_enabled"
    ),
    "entity-translations": _test(
        "test_translations",
        "entities_have_texts_and_icons_and_nothing_is_left_over",
    ),
    "exception-translations": _test(
        "test_translations",
        "each_reason_of_a_failed_update_has_a_text_and_no_text_is_left_over",
    ),
    "icon-translations": _test("test_translations", "icons_exist_in_the_frontend"),
    "reconfiguration-flow": _code("config_flow.py", "def async_step_reconfigure"),
    "repair-issues": _test(
        "test_repairs", "permission_for_push_that_was_added_counts_at_once"
    ),
    "stale-devices": _code("__init__.py", "async_remove_device"),
}
PLATINUM: Final[Mapping[str, Place]] = {
    "async-dependency": _code("api/transport.py", "async def "),
    "inject-websession": _code("api/transport.py", "session: aiohttp.ClientSession"),
    "strict-typing": Place("pyproject.toml", "strict = true"),
}
PLACES: Final = {**BRONZE, **SILVER, **GOLD, **PLATINUM}


def status(rule: str) -> str:
    """Return the entry of a rule."""
    listed = RULES[rule]
    found: str = listed if isinstance(listed, str) else listed["status"]
    return found


def test_each_rule_is_answered_and_no_other() -> None:
    """In the order of the scale."""
    assert list(RULES) == list(PLACES)
    assert [len(rules) for rules in (BRONZE, SILVER, GOLD, PLATINUM)] == [20, 10, 21, 3]


@pytest.mark.parametrize("rule", PLACES)
def test_a_rule_is_done_or_has_a_reason(rule: str) -> None:
    """What is left for later is left for a reason as well."""
    listed = RULES[rule]
    assert status(rule) in {"done", "exempt"}
    if listed != "done":
        assert set(listed) == {"status", "comment"}
        assert listed["comment"].endswith(".")


@pytest.mark.parametrize("rule", PLACES)
def test_a_rule_that_is_done_has_evidence(rule: str) -> None:
    """At the place that is named for it."""
    place = PLACES[rule]
    assert place.text in (ROOT / place.path).read_text()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_declares_its_parallel_updates(
    platform: Platform,
) -> None:
    """The place that is named for the rule is one of several."""
    code = (PACKAGE / f"{platform}.py").read_text()
    assert "\nPARALLEL_UPDATES = " in code
