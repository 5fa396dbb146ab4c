"""Sentences of Home Assistant that take a phone for a zone, and what the blueprints take.

An integration cannot change them: what the blueprints don't answer is answered falsely.
"""

from collections.abc import Iterator, Mapping, Sequence
import json
from pathlib import Path
from typing import Any, Final

import home_assistant_intents
import pytest

from homeassistant.helpers.intent import IntentResponseType

from ..assistant import expose
from ..reliability.common import MOVED_TIME
from .assist import add_thing, ask, set_up_assist
from .common import QUESTIONS, House

pytestmark = MOVED_TIME

_PERSON: Final = "Alice"

# By language: all sentences of Home Assistant about where people are, each with its
# beginnings that somebody would say.
_BUILT_IN: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {
        "is (anyone|anybody|someone|somebody) [<in>] [<the>] {zone:state}": [
            *("is anyone", "is anybody", "is someone", "is somebody"),
        ],
        "is (everyone|everybody) [<in>] [<the>] {zone:state}": [
            *("is everyone", "is everybody"),
        ],
        "who is [<in>] [<the>] {zone:state}": ["who is"],
        "how many (people|persons) are [<in>] [<the>] {zone:state}": [
            *("how many people are", "how many persons are"),
        ],
        "<is> [<the>] {name} [<in>] [<the>] {zone:state}": ["is Alice"],
    },
    "de": {
        "ist [irgend]jemand [((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state}": [
            *("ist jemand", "ist irgendjemand"),
        ],
        "(ist jeder|sind alle) [((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state}": [
            *("ist jeder", "sind alle"),
        ],
        "wer ist [((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state}": ["wer ist"],
        (
            "wie viele (Leute|Personen) sind "
            "[((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state}"
        ): ["wie viele Leute sind", "wie viele Personen sind"],
        (
            "(ist|befindet sich) [<artikel_bestimmt> ]{name} "
            "[((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state}"
        ): ["ist Alice"],
        (
            "hält sich [<artikel_bestimmt> ]{name} "
            "[((in|auf)[ <artikel_bestimmt>]|im|am) ]{zone:state} auf"
        ): [],
    },
    "fr": {
        "<yatil> (quelqu'un|du monde) [<dans>] [<le>]{zone:state}": [
            *("y a-t-il quelqu'un", "il y a quelqu'un"),
            *("y a-t-il du monde", "il y a du monde"),
        ],
        (
            "<tous> (le monde|les membres de la famille) [<estil>] [<dans>] "
            "[<le>]{zone:state}"
        ): ["tout le monde est", "est-ce que tout le monde est"],
        "qui est [<dans>] [<le>]{zone:state}": ["qui est"],
        (
            "combien de (personnes|membres de la famille) [<estil>] [<dans>] "
            "[<le>]{zone:state}"
        ): ["combien de personnes sont"],
        "[<le>]{name} <estil> [<dans>] [<le>]{zone:state}": [
            *("Alice est", "Alice est-elle"),
        ],
    },
    "es": {
        (
            "(hay alguien|está alguien|hay alguna persona) [en] [el|la|las|los] "
            "{zone:state}"
        ): ["hay alguien", "está alguien", "hay alguna persona"],
        "(está todo el mundo|están todos) [en] [el|la|las|los] {zone:state}": [
            *("está todo el mundo", "están todos"),
        ],
        "quién[es] (está[n]|se encuentra[n]) [en] [el|la|las|los] {zone:state}": [
            *("quién está", "quiénes están", "quién se encuentra"),
        ],
        (
            "cuánt(a|o)s (personas|gente) (hay|están) [en] [el|la|las|los] {zone:state}"
        ): ["cuántas personas hay", "cuántas personas están"],
        (
            "[<dime_si>] <se_encuentra> [el|la|los|las] {name} [en] [el|la|las|los] "
            "{zone:state}"
        ): ["está Alice", "se encuentra Alice"],
    },
    "it": {
        "c'è (qualcuno|nessuno) (<in>|<at>) [<the>] {zone:state}": [
            *("c'è qualcuno", "c'è nessuno"),
        ],
        "(sono|ci sono) tutti (<in>|<at>) [<the>] {zone:state}": [
            *("sono tutti", "ci sono tutti"),
        ],
        "chi c'è (<in>|<at>) [<the>] {zone:state}": ["chi c'è"],
        "quante persone ci sono (<in>|<at>) [<the>] {zone:state}": [
            "quante persone ci sono"
        ],
        "<is> [<the>] {name} (<in>|<at>) [<the>] {zone:state}": [
            *("è Alice", "sta Alice"),
        ],
        "[<the>] {name} <is> (<in>|<at>) [<the>] {zone:state}": [
            *("Alice è", "Alice sta"),
        ],
        "c'è [<the>] {name} (<in>|<at>) [<the>] {zone:state}": ["c'è Alice"],
    },
    "nl": {
        "is er iemand [in|op|van|bij] [de|het] {zone:state}": ["is er iemand"],
        "is iedereen [in|op|van|bij] [de|het] {zone:state}": ["is iedereen"],
        "wie is [er] [in|op|van|bij] [de|het] {zone:state}": ["wie is", "wie is er"],
        (
            "hoe[ ]veel (mensen|personen) zijn [er] [in|op|van|bij] [de|het] {zone:state}"
        ): ["hoeveel mensen zijn er", "hoeveel personen zijn"],
        "<is> [de|het] {name} [in|op|van|bij] [de|het] [zone] {zone:state}": [
            "is Alice",
        ],
    },
}

# By language: how such sentences go on if they are about phones.
_ABOUT_PHONES: Final[Mapping[str, Sequence[str]]] = {
    "en": [
        *("on the phone", "at the phone", "on the telephone", "on the line"),
        *("on a call", "in a call", "on a phone call", "in a conference call"),
        *("talking on the phone", "on the phone right now", "currently on the phone"),
        *("still on the phone", "on the phone now", "on the phone please"),
        *("phoning", "dialing", "busy", "free", "available", "reachable"),
        *("unavailable", "on the phone for me", "speaking", "using the phone"),
        *("making a call", "engaged", "on the phone right now please"),
        *("off the phone", "on another call", "on their phone", "on hold"),
    ],
    "de": [
        *("am Telefon", "am Apparat", "gerade am Telefon", "noch am Telefon"),
        *("jetzt am Telefon", "am Telefonieren", "im Gespräch", "in einem Gespräch"),
        *("in einem Telefonat", "in einer Telefonkonferenz", "besetzt", "beschäftigt"),
        *("frei", "erreichbar", "verfügbar", "zu sprechen", "ansprechbar"),
        *("gerade erreichbar", "derzeit am Telefon", "eben am Telefon"),
        *("grad am Telefon", "am Sprechen", "am Hörer", "am Handy", "in einem Anruf"),
        "in der Warteschleife",
    ],
    "fr": [
        *("au téléphone", "en ligne", "en communication", "en appel"),
        *("actuellement au téléphone", "au téléphone en ce moment"),
        *("encore au téléphone", "au bout du fil", "en train de téléphoner"),
        *("en conférence téléphonique", "occupé", "libre", "disponible", "joignable"),
        *("au téléphone stp", "à l'appareil", "en train de parler"),
        *("au téléphone maintenant s'il te plaît", "en attente"),
    ],
    "es": [
        *("al teléfono", "en el teléfono", "ahora al teléfono", "al teléfono ahora"),
        *("todavía al teléfono", "hablando por teléfono", "en una llamada"),
        *("comunicando", "ocupado", "libre", "disponible", "localizable"),
        *("al teléfono porfa", "al aparato", "en la línea", "al habla"),
        *("al teléfono ahora por favor", "en espera"),
    ],
    "it": [
        *("al telefono", "al telefono adesso", "in linea", "in chiamata"),
        *("in una chiamata", "in conversazione", "in attesa"),
        *("al telefono per piacere", "al telefono adesso per favore"),
    ],
    "nl": [
        *("aan de telefoon", "nu aan de telefoon", "aan de telefoon op dit moment"),
        *("nog aan de telefoon", "aan de lijn", "in gesprek", "aan het bellen"),
        *("aan het telefoneren", "in een telefoongesprek", "bezet", "bezig"),
        *("vrij", "beschikbaar", "bereikbaar", "aan de telefoon aub"),
        *("aan het praten", "aan de telefoon nu alsjeblieft", "in de wacht"),
    ],
}

# By language: the end of those that are still answered falsely. Who is on hold, and not
# only on the phone, no answer tells.
_STILL_FALSE: Final[Mapping[str, str]] = {
    "en": "on hold",
    "de": "in der Warteschleife",
    "fr": "en attente",
    "es": "en espera",
    "it": "in attesa",
    "nl": "in de wacht",
}


def _sentences_about_zones(language: str) -> Iterator[str]:
    """Yield the built-in sentences in which any word can be a zone."""
    folder = Path(home_assistant_intents.__file__).parent / "data"
    content: dict[str, Any] = json.loads((folder / f"{language}.json").read_text())
    assert content["lists"]["zone"] == {"wildcard": True}
    for intent in content["intents"].values():
        for block in intent["data"]:
            yield from (one for one in block["sentences"] if "{zone" in one)


@pytest.mark.parametrize("language", QUESTIONS)
def test_all_sentences_about_zones_are_known(language: str) -> None:
    """A new one may answer falsely, too."""
    assert set(_sentences_about_zones(language)) == set(_BUILT_IN[language])


@pytest.mark.parametrize("language", QUESTIONS)
async def test_what_is_answered_falsely_beside_the_blueprint_is_known(
    house: House, language: str
) -> None:
    """Without the blueprint, each of these sentences is."""
    hass = house.hass
    await set_up_assist(hass, language)
    add_thing(hass, "person.alice", "home", _PERSON)
    expose(hass, house.account.entity_id("102", "telephony_status"))
    sentences = [
        f"{beginning} {end}"
        for beginnings in _BUILT_IN[language].values()
        for beginning in beginnings
        for end in _ABOUT_PHONES[language]
    ]
    answered = await _built_in(house, language, sentences)
    assert set(sentences) - set(answered) == set()
    await house.automate(QUESTIONS[language])

    end = _STILL_FALSE[language]
    still = [sentence for sentence in sentences if sentence.endswith(f" {end}")]
    assert set(await _built_in(house, language, sentences)) == set(still)


async def _built_in(house: House, language: str, sentences: Sequence[str]) -> list[str]:
    """Return those that Home Assistant answers itself, with where people are."""
    return [
        sentence
        for sentence in sentences
        if (await ask(house.hass, sentence, language))[1]
        is IntentResponseType.QUERY_ANSWER
    ]
