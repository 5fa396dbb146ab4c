"""Blueprints "phone questions": each wording is understood, and as one question only."""

from collections.abc import Iterator
from random import Random
import re
from typing import Final

from hassil.expression import Alternative, Expression, Group, ListReference, TextChunk
from hassil.parse_expression import parse_sentence
import pytest

from ..reliability.common import MOVED_TIME
from .assist import ask, assist_in_all_languages
from .common import QUESTIONS, House, flat_inputs

pytestmark = MOVED_TIME

_ASKED: Final = {
    "on_the_phone": "who_is_on_the_phone",
    "calling": "who_is_calling",
    "free": "who_is_free",
    "missed": "missed_calls",
}
_AT_LEAST: Final = 8
_SAYINGS: Final = 3


def _wordings(language: str) -> Iterator[tuple[str, str]]:
    """Yield inputs and their wordings."""
    for key, declared in flat_inputs(QUESTIONS[language]).items():
        for wording in declared["default"]:
            yield key, wording


def _say(part: Expression, name: str, choice: Random) -> str:
    """Return one of the sentences of a wording."""
    match part:
        case TextChunk():
            return str(part.original_text)
        case ListReference():
            return name
        case Alternative():
            return _say(choice.choice(part.items), name, choice)
        case Group():
            return "".join(_say(item, name, choice) for item in part.items)
    raise AssertionError(part)


@pytest.mark.parametrize("language", QUESTIONS)
def test_there_are_enough_wordings_of_each_question(language: str) -> None:
    wordings = list(_wordings(language))
    assert len(set(wordings)) == len(wordings)
    for key in _ASKED:
        assert len([one for one, _ in wordings if one == key]) >= _AT_LEAST, key


@pytest.mark.parametrize("language", QUESTIONS)
async def test_each_wording_is_one_question(house: House, language: str) -> None:
    """Also beside the blueprints of all other languages."""
    await assist_in_all_languages(house)
    name = house.simulator.extension("102").name
    wrong = {}
    for key, wording in _wordings(language):
        # A constant seed.
        choice = Random(wording)  # noqa: S311
        expected = {"question": _ASKED[key]}
        if "{name}" in wording and key != "missed":
            expected["question"] = "how_is"
        if "{name}" in wording or "{group}" in wording:
            expected["name"] = name
        for _ in range(_SAYINGS):
            said = _say(parse_sentence(wording).expression, name, choice)
            said = re.sub(r"\s+", " ", said).strip()
            await ask(house.hass, said, language)
            if (calls := house.called("ringcentral.get_status")) != [expected]:
                wrong[said] = calls
            house.calls.clear()
    assert wrong == {}


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Est-ce que {name} est au téléphone ?", "how_is"),
        ("{name} est-elle libre ?", "how_is"),
        ("Depuis quand {name} est-il au téléphone ?", "how_is"),
        ("{name} a-t-il manqué un appel ?", "missed_calls"),
        ("Combien d'appels ai-je manqués ?", "missed_calls"),
        ("Y a-t-il quelqu’un au téléphone ?", "who_is_on_the_phone"),
        ("Dis-moi qui est libre", "who_is_free"),
        ("Le téléphone sonne-t-il ?", "who_is_calling"),
    ],
)
async def test_french_questions_are_understood_with_their_hyphens(
    house: House, said: str, question: str
) -> None:
    """Wordings have spaces, which stand for both."""
    await assist_in_all_languages(house)
    name = house.simulator.extension("102").name
    await ask(house.hass, said.format(name=name), "fr")
    [call] = house.called("ringcentral.get_status")

    assert call.pop("name", name) == name
    assert call == {"question": question}
