"""Each language has all texts that English has, and no others.

What English has to say is checked elsewhere: `test_translations.py` holds its texts
against every entity, attribute, state, error, issue, action and form,
`automations/test_descriptions.py` against every trigger, condition and option. Equal
keys carry that over to the other languages.
"""

from collections.abc import Iterator, Mapping
import logging
from typing import Any, Final

import pytest

from custom_components.ringcentral.const import DOMAIN
from demo.texts import LANGUAGES
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES as KNOWN_LANGUAGES
from homeassistant.helpers.translation import async_get_translations
from simulator import Simulator

from .common import Account, add_account
from .languages import FOLDER, by_path, leaves, texts_in
from .translations import placeholders

_OTHERS: Final = tuple(language for language in LANGUAGES if language != "en")

# Names, and words of the developer console that exist in English only.
_NAMES: Final = frozenset({"JWT", "RingCentral", "UUID"})
# Units are written alike in most languages.
_UNITS: Final = frozenset({"{seconds} s", "{minutes} min", "{hours} h {minutes} min"})
# What is the same word in English and in that language, checked one by one.
_SAME_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "de": frozenset(
        {"App", "Live", "Name", "Offline", "Person", "Server", "Team", "Text"}
    ),
    "es": frozenset({"Invisible", "No"}),
    "fr": frozenset({"Extensions", "Invisible", "Question", "Sites", "messages"}),
    "it": frozenset({"Account", "App", "No", "Offline", "Server", "Team"}),
    "nl": frozenset(
        {
            *("Account", "Accounts", "App", "Live", "Offline", "Server", "Team"),
            *("Updates", "Voicemail"),
        }
    ),
}


def test_there_is_a_file_for_each_of_the_six_languages_and_no_other() -> None:
    """Home Assistant looks for a file by the tag of the language."""
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{language}.json" for language in ("en", *_SAME_WORDS)
    }
    assert set(LANGUAGES) <= KNOWN_LANGUAGES


@pytest.mark.parametrize("language", _OTHERS)
def test_a_language_has_the_texts_that_english_has_and_no_other(language: str) -> None:
    """One that is missing would be shown in English."""
    wanted, found = by_path("en"), by_path(language)
    assert [path for path in wanted if path not in found] == []
    assert [path for path in found if path not in wanted] == []


@pytest.mark.parametrize("language", _OTHERS)
def test_texts_are_in_the_order_of_english(language: str) -> None:
    """So that two files can be laid side by side."""
    wanted, found = by_path("en"), by_path(language)
    assert [path for path in found if path in wanted] == [
        path for path in wanted if path in found
    ]


@pytest.mark.parametrize("language", _OTHERS)
def test_a_text_mentions_what_the_english_one_mentions(language: str) -> None:
    """One that differs Home Assistant refuses; a lost one hides what is wrong."""
    english = by_path("en")
    assert {
        path: placeholders(text)
        for path, text in by_path(language).items()
        if path in english and placeholders(text) != placeholders(english[path])
    } == {}


@pytest.mark.parametrize("language", _OTHERS)
def test_a_text_mentions_links_and_code_as_the_english_one_does(language: str) -> None:
    """A placeholder for an address is no use outside a link."""
    english = by_path("en")

    def marked(text: str) -> tuple[int, int]:
        return text.count("]("), text.count("`")

    assert {
        path: text
        for path, text in by_path(language).items()
        if path in english and marked(text) != marked(english[path])
    } == {}


@pytest.mark.parametrize("language", _OTHERS)
def test_no_text_is_left_in_english(language: str) -> None:
    """But for words that are the same; one that is not any more is no exception."""
    english = by_path("en")
    same = {
        text for path, text in by_path(language).items() if text == english.get(path)
    }
    assert same - _UNITS == _NAMES | _SAME_WORDS[language]


def _side_by_side(node: Mapping[str, Any], *path: str) -> Iterator[dict[str, str]]:
    """Yield names that a user sees together, by path."""
    names = {
        ".".join((*path, key)): value if isinstance(value, str) else value.get("name")
        for key, value in node.items()
    }
    yield {where: name for where, name in names.items() if isinstance(name, str)}
    for key, value in node.items():
        if not isinstance(value, str):
            yield from _side_by_side(value, *path, key)


def _alike(language: str) -> set[tuple[str, str]]:
    """Return pairs that are seen together and bear the same name."""
    return {
        (one, other)
        for names in _side_by_side(texts_in(language))
        for one, first in names.items()
        for other, second in names.items()
        if one < other and first.casefold() == second.casefold()
    }


@pytest.mark.parametrize("language", _OTHERS)
def test_names_that_differ_in_english_differ_everywhere(language: str) -> None:
    """States of an entity, choices of a field, entities of a device, fields."""
    assert _alike(language) - _alike("en") == set()


def test_the_check_for_names_finds_two_that_are_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As texts and as names of things that have more than a name."""
    monkeypatch.setattr(
        "tests.test_languages.texts_in",
        lambda _: {
            "state": {"a": "Gone", "b": "gone", "c": "Here"},
            "sensor": {"x": {"name": "X"}, "y": {"name": "X"}},
        },
    )
    assert _alike("de") == {("state.a", "state.b"), ("sensor.x", "sensor.y")}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_accepts_each_text_of_a_language(
    hass: HomeAssistant,
    account: Account,
    caplog: pytest.LogCaptureFixture,
    language: str,
) -> None:
    """It drops those that mention something else than English, and says so in the log."""
    caplog.clear()
    for category, texts in texts_in(language).items():
        loaded = await async_get_translations(hass, language, category, {DOMAIN})
        assert loaded == {
            ".".join(("component", DOMAIN, *path)): text
            for path, text in leaves(texts, category)
        }
    assert [
        record.message for record in caplog.records if record.levelno >= logging.WARNING
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_entities_are_named_in_the_language_of_home_assistant(
    hass: HomeAssistant, simulator: Simulator, language: str
) -> None:
    """The language that was chosen for the system."""
    hass.config.language = language
    account = await add_account(hass, simulator, groups=[], extensions=["101"])
    device = account.device("101")
    assert device is not None
    name = texts_in(language)["entity"]["sensor"]["presence"]["name"]
    assert account.state("101", "presence").name == f"{device.name} {name}"
