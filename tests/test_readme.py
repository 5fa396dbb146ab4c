"""A new user finds the way in: README, installation, and what both promise."""

import json
import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from custom_components.ringcentral.exceptions import _CONSOLE_LABELS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulator import Simulator

from .common import add_account
from .documents import ROOT, Page
from .translations import PACKAGE, TEXTS

README: Final = Page(ROOT / "README.md")
INSTALLATION: Final = Page(ROOT / "docs" / "installation.md")
CONFIGURATION: Final = Page(ROOT / "docs" / "configuration.md")
_DRAWING: Final = ROOT / "docs" / "images" / "developer-console.svg"
_EVERYONE: Final = TEXTS["selector"]["monitor_groups"]["options"]["everyone"]
_PEOPLE: Final = TEXTS["config"]["step"]["monitor"]["data"]["extensions"]


@pytest.mark.parametrize("page", [README, INSTALLATION], ids=str)
def test_button_adds_this_repository_as_an_integration(page: Page) -> None:
    """In the Marketplace, and in HACS before it."""
    home = json.loads((PACKAGE / "manifest.json").read_bytes())["documentation"]
    _, owner, repository = urlsplit(home).path.split("/")
    address = "https://my.home-assistant.io/redirect/hacs_repository/"
    [link] = [link for link in page.links if link.startswith(f"{address}?")]
    assert parse_qs(urlsplit(link).query) == {
        "owner": [owner],
        "repository": [repository],
        "category": ["integration"],
    }


def test_the_first_screen_answers_the_usual_wishes() -> None:
    """Each with a link, below the picture of the board."""
    first_screen = README.section(README.title)
    assert first_screen.index("<picture>") < first_screen.index("\n- ")
    answers = dict(re.findall(r"^- \*\*(.+?)\*\*: (.+)$", first_screen, re.MULTILINE))
    for wish, link in {
        "A lamp that turns red on a call": "docs/blueprints.md#busy-light",
        "A message about missed calls": "docs/blueprints.md#missed-call",
        "The office on a wall tablet": "docs/board.md#add-the-board",
        "Who of a team is free, how many calls it missed": "docs/groups.md",
        '"Who is on the phone?" answered by voice': "docs/assist.md",
        "Only your own phone": "#install",
        "Privacy": "docs/privacy.md",
    }.items():
        assert f"]({link})" in answers.pop(wish)
    assert not answers


@pytest.mark.parametrize(
    ("page", "heading"), [(README, "Install"), (CONFIGURATION, "Only me")]
)
def test_text_names_what_shows_only_oneself(page: Page, heading: str) -> None:
    """By the labels of the form."""
    section = page.section(heading)
    assert f"Clear **{_EVERYONE}** and select yourself under **{_PEOPLE}**" in section


async def test_selecting_only_oneself_shows_one_person(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Beside the account."""
    owner = simulator.users[0]
    account = await add_account(
        hass, simulator, groups=(), extensions=[str(owner.number)]
    )
    devices = dr.async_entries_for_config_entry(
        dr.async_get(hass), account.entry.entry_id
    )
    assert {device.id for device in devices} == {
        device.id
        for number in (None, str(owner.number))
        if (device := account.device(number)) is not None
    }
    assert len(devices) == 2


def test_the_drawing_of_the_console_has_all_permissions_and_steps() -> None:
    drawing = _DRAWING.read_text(encoding="utf-8")
    assert [
        one for one in set(_CONSOLE_LABELS.values()) if f">{one}<" not in drawing
    ] == []
    steps = INSTALLATION.section("2. Create an app")
    for number in range(1, 8):
        assert f"\n{number}. " in steps
        assert f">{number}</text>" in drawing
    assert "\n8. " not in steps


@pytest.mark.parametrize("name", ["developer-console.svg", "lamp.svg"])
def test_the_texts_of_drawings_are_not_made_smaller_on_a_phone(name: str) -> None:
    """More than the 390 pixels of a phone would be scaled down."""
    drawing = (ROOT / "docs" / "images" / name).read_text(encoding="utf-8")
    width = re.search(r'<svg [^>]*\bwidth="(\d+)"', drawing)
    assert width is not None
    assert int(width[1]) <= 390
