"""The documentation is short, in plain words, and its links lead somewhere."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Final

import pytest

from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.trigger import TRIGGERS
from scripts.words import LIMITS, count_pages, count_words

from .documents import ROOT, Page, pages, tables, user_pages, words
from .translations import ACTIONS, PACKAGE
from .wording import AVOIDED, avoided

README: Final = Page(ROOT / "README.md")
CHANGELOG: Final = Page(ROOT / "CHANGELOG.md")
CONTRIBUTING: Final = Page(ROOT / "CONTRIBUTING.md")
PAGES: Final = pages()
USER_PAGES: Final = user_pages()

# ------------------------------------------------------------------------------------
# Short


def test_pages_are_those_with_a_limit() -> None:
    """A new page needs one."""
    assert count_pages(ROOT).keys() == LIMITS.keys()


@pytest.mark.parametrize("page", USER_PAGES, ids=str)
def test_page_has_no_more_words_than_its_limit(page: Page) -> None:
    assert count_words(page.text) <= LIMITS.get(str(page), 0)


def test_pages_have_no_more_than_11670_words_together() -> None:
    """A further page needs words that another one gives up."""
    assert sum(LIMITS.values()) <= 11_695


# ------------------------------------------------------------------------------------
# In plain words

_AVOIDED: Final = f"{AVOIDED}|way (?:of signing|to sign) in"
_CODE: Final = re.compile(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL)


@pytest.mark.parametrize("page", [*USER_PAGES, CHANGELOG], ids=str)
def test_words_that_readers_do_not_know_are_avoided(page: Page) -> None:
    """Code and addresses are not read as words."""
    lines = _CODE.sub("", page.prose).splitlines()
    assert {line: found for line in lines if (found := avoided(line, _AVOIDED))} == {}


_NUMBER: Final = re.compile(r"\+\d[\d ().-]{6,}\d|\b1650\d{7}\b")
_FICTIONAL: Final = re.compile(r"\+?165055501\d\d")


@pytest.mark.parametrize("page", [*PAGES, CHANGELOG], ids=str)
def test_phone_numbers_are_fictional(page: Page) -> None:
    """Reserved for examples: +1 650 555 0100 to 0199."""
    numbers = (re.sub(r"[^\d+]", "", found) for found in _NUMBER.findall(page.text))
    assert [number for number in numbers if not _FICTIONAL.fullmatch(number)] == []


# ------------------------------------------------------------------------------------
# Links


@pytest.mark.parametrize("page", [*PAGES, CHANGELOG], ids=str)
def test_each_link_leads_somewhere(page: Page) -> None:
    """To a file and a heading in it; links to other hosts are not checked."""
    links = (link for link in page.links if not re.match(r"\w+:", link))
    assert [link for link in links if not _leads_somewhere(page.path, link)] == []


def _leads_somewhere(source: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = Page((source.parent / path).resolve() if path else source)
    return target.path.exists() and (not anchor or anchor in target.anchors)


_TO_REPOSITORY: Final = re.compile(r"/blob/main/([\w./#-]+)")


def _texts_outside() -> Iterator[Path]:
    """Yield the files that link to pages of the repository by their full address."""
    yield from (ROOT / ".github").rglob("*.y*ml")
    yield from (ROOT / "blueprints").rglob("*.yaml")
    yield from PACKAGE.rglob("*.py")
    yield PACKAGE / "manifest.json"
    yield PACKAGE / "translations" / "en.json"


def test_each_link_from_outside_leads_somewhere() -> None:
    """From forms, blueprints and the templates of reports."""
    links = {
        (path.relative_to(ROOT).as_posix(), link)
        for path in _texts_outside()
        for link in _TO_REPOSITORY.findall(path.read_text(encoding="utf-8"))
    }
    assert links
    assert [
        (path, link) for path, link in links if not _leads_somewhere(README.path, link)
    ] == []


def test_each_page_can_be_found() -> None:
    """From the README, by links."""
    found = [PAGES[0]]
    for page in found:
        targets = (link.partition("#")[0] for link in page.links)
        for target in targets:
            linked = Page((page.path.parent / target).resolve())
            if linked in PAGES and linked not in found:
                found.append(linked)
    assert set(found) == set(PAGES)


def test_each_picture_is_shown() -> None:
    """One that no page shows is forgotten when the screen changes."""
    shown = {
        (page.path.parent / link).resolve() for page in PAGES for link in page.links
    }
    pictures = (ROOT / "docs" / "images").iterdir()
    assert [picture.name for picture in pictures if picture not in shown] == []


_SCREENSHOTS: Final = sorted((ROOT / "docs" / "images").glob("*.png"))


@pytest.mark.parametrize("picture", _SCREENSHOTS, ids=lambda path: path.name)
def test_each_picture_is_small(picture: Path) -> None:
    """Pages load fast, and the repository stays small."""
    assert picture.stat().st_size < 150_000


_PICTURE: Final = re.compile(
    r'<picture><source media="\(prefers-color-scheme: (\w+)\)" srcset="([^"]+)">'
    r'<img src="([^"]+)" alt="([^"]+)"'
)


def test_each_picture_in_two_schemes_is_as_dark_as_the_page() -> None:
    """Light unless the reader's page is dark, and described in words."""
    shown = [found for page in PAGES for found in _PICTURE.findall(page.text)]
    assert len(shown) == len(list((ROOT / "docs" / "images").glob("*-light.png")))
    for scheme, dark, light, _ in shown:
        assert scheme == "dark"
        assert dark == light.replace("-light.png", "-dark.png")


def test_the_readme_leads_to_every_page() -> None:
    linked = {Page((ROOT / link.partition("#")[0]).resolve()) for link in README.links}
    assert set(USER_PAGES) - {README} <= linked


# ------------------------------------------------------------------------------------
# Complete


def test_the_readme_counts_what_automations_can_use() -> None:
    assert f"{len(TRIGGERS)} triggers, {len(CONDITIONS)} conditions" in README.text
    assert f"{len(ACTIONS)} actions" in README.text


def test_the_table_of_commands_lists_all_scripts() -> None:
    """Modules behind the scripts are no commands."""
    [rows] = tables(CONTRIBUTING.section("Set-up"))
    listed = {words(command)[0].split()[0] for command, _ in rows}
    scripts = {
        f"scripts/{path.name}"
        for path in (ROOT / "scripts").iterdir()
        if path.is_file() and not path.suffix
    }
    assert listed == scripts


def test_the_files_that_contributing_names_exist() -> None:
    """As paths from the root or in the integration; examples have made-up names."""
    made_up = {"tests/fixtures/recordings/odd_transfer.json"}
    named = {
        word.split()[0]
        for word in words(CONTRIBUTING.prose)
        if re.fullmatch(r"[\w./-]+\.(py|json|yaml|toml)( .*)?", word)
    }
    missing = {
        name
        for name in named - made_up
        if not (ROOT / name).exists() and not (PACKAGE / name).exists()
    }
    assert missing == set()


def test_the_oldest_home_assistant_is_the_one_that_hacs_allows() -> None:
    """On each page that names it."""
    oldest = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    for page in (README, Page(ROOT / "docs" / "installation.md")):
        assert f"Home Assistant {oldest} or newer" in page.text
