"""The pages about the forms leave no field out and call it what users see."""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final

import pytest

from custom_components.ringcentral.const import DEFAULT_SERVER, PARTNER_SERVER
from custom_components.ringcentral.flows.sign_in_form import _BRANDS

from .documents import ROOT, Page, tables, words
from .translations import TEXTS

CONFIGURATION: Final = Page(ROOT / "docs" / "configuration.md")
INSTALLATION: Final = Page(ROOT / "docs" / "installation.md")
_STEPS: Final[Mapping[str, Any]] = TEXTS["config"]["step"]
_FIELDS: Final[Mapping[str, str]] = TEXTS["options"]["step"]["init"]["data"]
_CHOICES: Final[Mapping[str, Any]] = TEXTS["selector"]


def _fields(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield key and name of each field of a form, those in sections included."""
    yield from step.get("data", {}).items()
    for section in step.get("sections", {}).values():
        yield from _fields(section)


def _in_bold(cell: str) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", cell)


def test_the_table_of_the_form_has_all_its_fields_and_groups() -> None:
    """By the names that the form shows."""
    [rows] = tables(CONFIGURATION.section("Who to show"))
    names = [_in_bold(row[0]) for row in rows]
    assert {name for name, *_ in names} == set(_FIELDS.values())
    groups = _CHOICES["monitor_groups"]["options"].values()
    assert [group for _, *found in names for group in found] == [*groups]


def test_the_table_of_privacy_levels_has_all_levels() -> None:
    [rows] = tables(CONFIGURATION.section("Privacy levels"))
    levels = _CHOICES["privacy"]["options"].values()
    assert [_in_bold(row[0]) for row in rows] == [
        [level.partition(":")[0]] for level in levels
    ]


@pytest.mark.parametrize("step", _STEPS)
def test_each_field_and_option_of_a_step_is_explained(step: str) -> None:
    """By the name that the form shows; who to show is a table of its own."""
    texts = _STEPS[step]
    if step == "monitor":
        assert texts["data"].items() <= _FIELDS.items()
        return
    prose = INSTALLATION.prose + CONFIGURATION.prose
    names = [name for _, name in _fields(texts)]
    choices = texts.get("menu_options", {}).values()
    for name in (*names, *choices):
        assert f"**{name}**" in prose, name
    if not names and not choices:
        # A form that only shows a text.
        assert f"*{texts['title']}*" in prose


def test_the_table_of_brands_has_the_options_of_the_form() -> None:
    """And the text above it both servers."""
    section = INSTALLATION.section("Servers and brands")
    [rows] = tables(section)
    assert {(number, name) for name, number in rows} == set(_BRANDS.items())
    assert {DEFAULT_SERVER, PARTNER_SERVER} <= set(words(section))
