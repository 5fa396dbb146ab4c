"""The page about call control leaves nothing out and calls it what users see."""

from collections.abc import Mapping
import re
from typing import Any, Final

import pytest

from custom_components.ringcentral.actions.control import CONTROL_ACTIONS
from custom_components.ringcentral.api.call_control import _SPARE
from custom_components.ringcentral.api.rate_limits import _DEFAULT_LIMITS, RateGroup
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.control.models import (
    MAX_REPLY,
    DialState,
    Result,
    Which,
)

from .documents import ROOT, Page, tables, words
from .translations import ACTIONS, TEXTS

PAGE: Final = Page(ROOT / "docs" / "call-control.md")
_ACTIONS: Final[Mapping[str, Any]] = {
    name: ACTIONS[name]
    for name in ("dial", "cancel_dial", *(spec.name for spec in CONTROL_ACTIONS))
}
_TEXTS: Final[Mapping[str, Any]] = TEXTS["services"]


def test_the_table_of_actions_has_all_with_their_names() -> None:
    [actions, _] = tables(PAGE.section("Actions"))
    assert [(name, words(key)) for name, key, *_ in actions] == [
        (f"**{_TEXTS[name]['name']}**", [f"{DOMAIN}.{name}"]) for name in _ACTIONS
    ]


def test_the_table_of_fields_has_those_of_all_actions() -> None:
    """Each with the name that it has in the editor."""
    [_, rows] = tables(PAGE.section("Actions"))
    listed = [(*words(key), name) for key, name, _ in rows]
    assert len(set(listed)) == len(listed)
    assert set(listed) == {
        (field, _TEXTS[action]["fields"][field]["name"])
        for action, described in _ACTIONS.items()
        for field in described["fields"]
    }


@pytest.mark.parametrize("name", _ACTIONS)
def test_each_action_is_in_an_example(name: str) -> None:
    assert f"'action': '{DOMAIN}.{name}'" in str(PAGE.examples)


def test_all_values_are_named() -> None:
    """Of the results that a response has, and of the state of a call."""
    section = set(words(PAGE.section("Actions")))
    results = {result.value for result in Result if result is not Result.UNKNOWN}
    assert section >= results | {state.value for state in DialState} | set(Which)


def test_numbers_are_those_of_the_program() -> None:
    """An action takes two slots of its rate group, a dialed call one; some stay free."""
    light, heavy = (
        _DEFAULT_LIMITS[group] - _SPARE[group]
        for group in (RateGroup.LIGHT, RateGroup.HEAVY)
    )
    limits = PAGE.section("Limits")
    assert f"About {light // 2} actions and {heavy} dialed calls a minute" in limits
    assert f"up to {MAX_REPLY} characters" in PAGE.section("Actions")


def test_the_second_form_is_explained() -> None:
    """By the names of its fields and defaults."""
    section = PAGE.section("Turn it on")
    [rows] = tables(section)
    step = TEXTS["options"]["step"]["control"]
    assert [name for name, _ in rows] == [
        f"**{name}**" for name in step["data"].values()
    ]
    for key, default in (("dial_from", "first"), ("phone", "automatic")):
        assert f"**{TEXTS['selector'][key]['options'][default]}**" in section


def test_names_in_bold_are_those_on_the_screen() -> None:
    """Or the beginning of an item."""
    prose = re.sub(r"^- \*\*.+?\*\*", "", PAGE.prose, flags=re.MULTILINE)
    section = prose.partition("## What is certain")[0]
    shown = str(TEXTS)
    named = set(re.findall(r"\*\*([^*]+)\*\*", section))
    assert {name for name in named if f"'{name}'" not in shown} <= {
        "Response variable",
        "Settings → Devices & services → RingCentral → Configure",
        "Settings → Voice assistants → Expose",
        "Reconfigure",
        "Submit",
    }
