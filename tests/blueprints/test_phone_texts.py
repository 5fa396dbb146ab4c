"""Blueprints "phone questions": the same in six languages, and every answer has a text."""

from collections.abc import Iterator, Mapping
import re
from string import Formatter
from typing import Any, Final, get_args

import pytest

from custom_components.ringcentral.assist.models import Reason
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

from ..assist.sentences import SENTENCES
from .common import QUESTIONS, blueprint_file

# Texts of the form and of the answers, and wordings.
_TRANSLATED: Final = {"name", "description", "default", "source_url"}
_WORDS: Final = {
    "anyone",
    "ignored",
    "and_word",
    "or_word",
    "months",
    "reasons",
    "texts",
}
# What a statement can be followed by in the key of a text.
_VARIANTS: Final = re.compile(r"(_caller)?(_since)?(_many)?$")
_NO_STATEMENTS: Final = {"since", "since_date", "first_day", "others", "others_many"}

_TIME: Final = "2026-03-02T09:32:05+01:00"
_DAYS_AGO: Final = "2026-03-01T23:58:00+01:00"


def _words(language: str) -> dict[str, Any]:
    """Return what a blueprint says."""
    words: dict[str, Any] = blueprint_file(QUESTIONS[language])["actions"][0][
        "variables"
    ]
    return words


def _structure(part: Any, key: str = "") -> Any:
    """Return a blueprint without its texts."""
    match part:
        case dict():
            return {
                inner: None
                if inner in _TRANSLATED | _WORDS
                else _structure(value, inner)
                for inner, value in part.items()
            }
        case list():
            return [_structure(inner, key) for inner in part]
    return part


def _places(text: str) -> set[str]:
    """Return what is filled into a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _shape(words: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what the words of all languages have in common."""
    for key, value in words.items():
        yield key, sorted(value) if isinstance(value, dict) else type(value)
    yield "months", len(words["months"])
    for key, text in words["texts"].items():
        # Languages differ in whether they repeat a number that is one.
        yield f"texts.{key}", _places(text)


@pytest.mark.parametrize("language", QUESTIONS)
def test_only_texts_and_wordings_differ_between_languages(language: str) -> None:
    english = blueprint_file(QUESTIONS["en"])
    assert _structure(blueprint_file(QUESTIONS[language])) == _structure(english)
    same = {"since_date", "first_day"}
    assert {k: v for k, v in _shape(_words(language)) if k not in same} == dict(
        _shape(_words("en"))
    )


@pytest.mark.parametrize("language", QUESTIONS)
def test_answers_leave_no_trace(language: str) -> None:
    """Callers of everyone would be on disk."""
    assert blueprint_file(QUESTIONS[language])["trace"] == {"stored_traces": 0}


@pytest.mark.parametrize("language", QUESTIONS)
def test_each_statement_and_each_reason_has_a_text(language: str) -> None:
    words = _words(language)
    assert SENTENCES.keys() <= words["texts"].keys()
    variants = words["texts"].keys() - SENTENCES.keys() - _NO_STATEMENTS
    assert {_VARIANTS.sub("", variant) for variant in variants} <= SENTENCES.keys()
    assert {*words["reasons"]} == {*get_args(Reason.__value__)}


@pytest.mark.parametrize("language", QUESTIONS)
@pytest.mark.parametrize(
    "statement",
    [
        {"text": "nobody_on_the_phone"},
        {"text": "on_the_phone", "names": ["Al"]},
        {"text": "on_the_phone", "names": ["Al", "Bo", "Cy"]},
        {"text": "ringing", "names": ["Al", "Bo"], "caller": "Dee"},
        {"text": "free", "names": ["Al"], "more": 1},
        {"text": "is_on_the_phone", "name": "Al", "time": _DAYS_AGO},
        {"text": "is_not_free", "name": "Al", "reason": "in_meeting"},
        {"text": "not_known", "count": 12, "time": _TIME},
        {"text": "missed", "name": "Al", "count": 2, "time": _TIME},
        {"text": "missed_last", "caller": "Dee", "time": _TIME},
        {"text": "missed_incomplete", "count": 1},
        {"text": "missed_incomplete", "count": 12},
        {"text": "several", "names": ["Al One", "Al Two"]},
    ],
    ids=lambda statement: statement["text"],
)
@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_answers_can_be_spoken(
    hass: HomeAssistant, statement: dict[str, Any], language: str
) -> None:
    """As one sentence or two, with everything that is in the statement."""
    answer = await _said(hass, language, statement)
    assert re.fullmatch(r"[¿A-ZÀ-Ý][^{}_*<>\n]+[.?]", answer), answer
    assert "  " not in answer
    assert all(name in answer for name in statement.get("names", []))
    assert statement.get("name", "") in answer
    assert statement.get("caller", "") in answer
    if "time" in statement:
        assert ("23:58" if statement["time"] == _DAYS_AGO else "09:32") in answer
    assert "2026" not in answer


@pytest.mark.parametrize(
    ("language", "statement", "answer"),
    [
        ("en", {"text": "on_the_phone", "names": ["Al"]}, "Al is on the phone."),
        (
            "en",
            {"text": "on_the_phone", "names": ["Al", "Bo"]},
            "Al and Bo are on the phone.",
        ),
        (
            "en",
            {"text": "free", "names": ["Al", "Bo"], "more": 3},
            "Al, Bo, and 3 more are free.",
        ),
        (
            "en",
            {"text": "missed", "name": "Al", "count": 1},
            "Al missed one call today.",
        ),
        (
            "en",
            {"text": "is_on_hold", "name": "Al", "time": _DAYS_AGO},
            "Al has had a call on hold since March 1, 23:58.",
        ),
        (
            "de",
            {"text": "is_on_the_phone", "name": "Al", "time": _DAYS_AGO},
            "Al telefoniert seit dem 1. März, 23:58 Uhr.",
        ),
        (
            "fr",
            {"text": "is_on_the_phone", "name": "Al", "time": _DAYS_AGO},
            "Al est au téléphone depuis le 1er mars à 23:58.",
        ),
        (
            "es",
            {"text": "on_the_phone", "names": ["Al", "Inés"]},
            "Al e Inés están al teléfono.",
        ),
        (
            "es",
            {"text": "several", "names": ["Ana", "Óscar"]},
            "¿A quién te refieres: Ana u Óscar?",
        ),
        (
            "it",
            {"text": "on_the_phone", "names": ["Al", "Elena"]},
            "Al ed Elena sono al telefono.",
        ),
        (
            "nl",
            {"text": "missed", "name": "Al", "count": 2, "time": _TIME},
            "Al heeft sinds 09:32 uur 2 oproepen gemist.",
        ),
    ],
)
@pytest.mark.freeze_time("2026-03-02 09:00:00")
async def test_numbers_dates_and_lists_are_those_of_the_language(
    hass: HomeAssistant, language: str, statement: dict[str, Any], answer: str
) -> None:
    assert await _said(hass, language, statement) == answer


async def _said(hass: HomeAssistant, language: str, statement: dict[str, Any]) -> str:
    """Return what a blueprint makes of a statement."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    actions = blueprint_file(QUESTIONS[language])["actions"]
    template = Template(actions[-1]["set_conversation_response"], hass)
    status = {"answer": [statement]}
    said = template.async_render({**_words(language), "status": status, "things": []})
    assert isinstance(said, str)
    return said
