"""Wording of the texts: words, names of buttons, lengths, and one name for one thing."""

from collections.abc import Mapping
import re
from typing import Final

import pytest

from demo.texts import LANGUAGES, frontend_texts

from .blueprints.common import (
    NAMES as BLUEPRINTS,
    blueprint_file,
    blueprint_texts,
    language_of,
)
from .languages import by_path
from .wording import AVOIDED, avoided

# --------------------------------------------------------------------------------------
# Words

_UNWANTED_WORDS: Final[Mapping[str, str]] = {
    "de": "Formular|per Push|Push|DND|Abteilungsanruf|unbeobachtet|Anwesenheit",
    "en": f"{AVOIDED}|link",
    "es": "Sondeo|Enlace|Push",
    "fr": "Interrogation|interrogée?s?|Liaison|Push",
    "it": "interrogat[aeio]|Interrogazione|Non in linea|Push",
    "nl": "toestel(?:len)?|(?:ge)?push(?:en|t)?|DND|opgenomen",
}
_UNWANTED_IN_BLUEPRINTS: Final[Mapping[str, str]] = {
    **_UNWANTED_WORDS,
    "en": f"{_UNWANTED_WORDS['en']}|extensions|nobody",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_no_words_of_the_protocol(language: str) -> None:
    assert {
        path: words
        for path, text in by_path(language).items()
        if (words := avoided(text, _UNWANTED_WORDS[language]))
    } == {}


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_blueprints_have_no_words_of_the_protocol(name: str) -> None:
    texts = list(blueprint_texts(blueprint_file(name)))
    assert len(texts) > 5
    unwanted = _UNWANTED_IN_BLUEPRINTS[language_of(name)]
    assert {text: words for text in texts if (words := avoided(text, unwanted))} == {}


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "RingCentral pushes changes; Home Assistant polls", ["pushes", "polls"]),
        ("en", "It is no brand any more", ["is no", "any more"]),
        ("en", "Switch it on. Turn on Issue refresh tokens.", []),
        ("en", "Ring when a monitored line rings", []),
        ("en", "The extensions that I monitor", ["monitor"]),
        ("en", "[The step-by-step guide]({link})", ["link"]),
        ("nl", "De toestellen", ["toestellen"]),
        ("nl", "De extensies", []),
    ],
)
def test_unwanted_words_are_found(language: str, text: str, words: list[str]) -> None:
    assert avoided(text, _UNWANTED_WORDS[language]) == words


# --------------------------------------------------------------------------------------
# Names of buttons, menus and of our own texts

_CONFIG: Final = "ui.panel.config"
_LABELS: Final[Mapping[str, str]] = {
    "Submit": f"{_CONFIG}.integrations.config_flow.submit",
    "Reconfigure": f"{_CONFIG}.integrations.config_entry.reconfigure",
    "Application credentials": f"{_CONFIG}.application_credentials.caption",
    "Devices & services": f"{_CONFIG}.dashboard.devices.main",
    "Settings": "panel.config",
    "Entities": f"{_CONFIG}.entities.caption",
    "Configure": f"{_CONFIG}.integrations.config_entry.configure",
    "Reload": f"{_CONFIG}.integrations.config_entry.reload",
    "Download diagnostics": (
        f"{_CONFIG}.integrations.config_entry.download_diagnostics"
    ),
}
# Our own texts that other texts mention.
_OWN_TEXTS: Final[Mapping[str, str]] = {
    "Sign in with a browser": "config.step.user.menu_options.browser",
    "From": "services.dial.fields.from.name",
    "Control calls": "options.step.init.data.call_control",
    "Once per call": "selector.call_behavior.options.first",
    "On the phone": "entity.binary_sensor.on_the_phone.name",
    "Off": "entity.select.dnd.state.take_all_calls",
    "On": "entity.select.dnd.state.do_not_accept_any_calls",
    "Invisible": "entity.select.user_status.state.offline",
    "No queue calls": "entity.select.dnd.state.do_not_accept_department_calls",
    "Only queue calls ring": "entity.select.dnd.state.take_department_calls_only",
}
# The developer console exists in English only.
_CONSOLE: Final = frozenset(
    {
        "3-legged OAuth flow",
        "Call Control",
        "Credentials",
        "Issue refresh tokens",
        "JWT auth flow",
        "RingOut",
        "Server-side web app",
    }
)
_EXAMPLES: Final = frozenset({"Sales", "sales", "{permission}"})


def _quoted(text: str) -> set[str]:
    """Return what an English text quotes or prints in bold."""
    return {one or other for one, other in re.findall(r'"(.+?)"|\*\*(.+?)\*\*', text)}


def _mentions(text: str, label: str) -> bool:
    """Return if an English text mentions a label as it is spelled."""
    return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text) is not None


def test_labels_are_those_of_the_english_frontend() -> None:
    frontend = frontend_texts("en")
    assert {label: frontend[path] for label, path in _LABELS.items()} == {
        label: label for label in _LABELS
    }


def test_english_texts_quote_labels_texts_and_settings_that_exist() -> None:
    """Anything else in quotation marks or bold can't be found by the reader."""
    english = by_path("en")
    assert {text: english[path] for text, path in _OWN_TEXTS.items()} == {
        text: text for text in _OWN_TEXTS
    }
    known = {*_LABELS, *_OWN_TEXTS, *_CONSOLE, *_EXAMPLES}
    assert {
        path: unknown
        for path, text in english.items()
        if (unknown := _quoted(text) - known)
    } == {}


def test_english_texts_quote_each_label_that_they_mention() -> None:
    assert {
        path: unquoted
        for path, text in by_path("en").items()
        if (
            unquoted := {
                label
                for label in _LABELS
                if _mentions(text, label)
                and not any(label in quoted for quoted in _quoted(text))
            }
        )
    } == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_and_menus_have_the_names_of_home_assistant(language: str) -> None:
    """Where English mentions one, letter by letter."""
    texts, frontend = by_path(language), frontend_texts(language)
    assert {
        (path, frontend[_LABELS[label]])
        for path, english in by_path("en").items()
        for label in _LABELS
        if _mentions(english, label) and frontend[_LABELS[label]] not in texts[path]
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_quoted_texts_are_the_texts_of_the_language(language: str) -> None:
    """And settings of the developer console stay in English."""
    texts = by_path(language)
    names = {name: name for name in _CONSOLE} | {
        name: texts[path] for name, path in _OWN_TEXTS.items()
    }
    assert {
        (path, names[name])
        for path, english in by_path("en").items()
        for name in _quoted(english) & names.keys()
        if names[name] not in texts[path]
    } == set()


# --------------------------------------------------------------------------------------
# Markdown and quotation marks

_WITH_MARKDOWN: Final = re.compile(
    r"(?:config|options)\.(?:step\.[^.]+\.(?:sections\.[^.]+\.)?"
    r"(?:description|data_description\.[^.]+)|abort\.[^.]+)"
    r"|issues\.[^.]+\.(?:fix_flow\.)?(?:description|step\.[^.]+\.description|abort\..+)"
    r"|application_credentials\.description"
)
_QUOTATION_MARKS: Final[Mapping[str, str]] = {
    "de": r"[\"”«»]|“\w",
    "en": "[“”„«»]",
    "es": "[“”„«»]",
    "fr": '["“”„]|«(?!\N{NO-BREAK SPACE})|(?<!\N{NO-BREAK SPACE})»',
    "it": "[“”„«»]",
    "nl": "[“”„«»]",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_is_used_only_where_it_is_rendered(language: str) -> None:
    assert {
        path
        for path, text in by_path(language).items()
        if re.search(r"\*\*|\]\(|`", text) and not _WITH_MARKDOWN.fullmatch(path)
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    marks = re.compile(_QUOTATION_MARKS[language])
    assert {path for path, text in by_path(language).items() if marks.search(text)} == (
        set()
    )


# --------------------------------------------------------------------------------------
# Lengths

_LENGTHS: Final[Mapping[str, int]] = {
    r"entity\.\w+\.\w+\.state\.\w+": 24,
    r"entity\.event\.\w+\.state_attributes\.event_type\.state\.\w+": 24,
    r"entity\.\w+\.\w+\.name": 30,
    r".+\.menu_options\.\w+": 40,
    r"selector\.\w+\.options\.\w+": 60,
    r".+\.title": 60,
    r".+\.(?:data_description|menu_option_descriptions)\.\w+": 200,
    r".+\.fields\.\w+\.description": 200,
    r".+\.error\.\w+": 200,
    r"exceptions\.\w+\.message": 200,
}


def _excess(path: str, text: str) -> int:
    """Return by how many characters a text is too long for a phone."""
    shown = text.removesuffix(" ({account})").removeprefix("{member} ")
    return max(
        (
            len(shown) - longest
            for pattern, longest in _LENGTHS.items()
            if re.fullmatch(pattern, path)
        ),
        default=0,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_fit_on_a_phone(language: str) -> None:
    assert {
        path: excess
        for path, text in by_path(language).items()
        if (excess := _excess(path, text)) > 0
    } == {}


def test_each_limit_of_length_is_used() -> None:
    assert [
        pattern
        for pattern in _LENGTHS
        if not any(re.fullmatch(pattern, path) for path in by_path("en"))
    ] == []


# --------------------------------------------------------------------------------------
# One name for one thing

_TRIGGERS_OF_CONDITIONS: Final[Mapping[str, str]] = {
    "has_call_on_hold": "call_held",
    "is_available": "became_available",
    "is_busy": "became_busy",
    "is_do_not_disturb": "dnd_turned_on",
    "is_offline": "became_offline",
    "is_ringing": "started_ringing",
}
# Groups of texts that are the same: names, or all texts below a path.
_SAME: Final = (
    (
        "entity.sensor.dnd.state",
        "entity.sensor.dnd.state_attributes.dnd_status_personal.state",
        "entity.select.dnd.state",
        "selector.dnd_status.options",
    ),
    (
        "entity.sensor.user_status.state",
        "entity.sensor.presence.state_attributes.user_status.state",
        "entity.select.user_status.state",
        "selector.user_status.options",
    ),
    (
        "entity.sensor.meeting_status",
        "entity.sensor.presence.state_attributes.meeting_status",
    ),
    (
        "entity.sensor.user_status.name",
        "entity.sensor.presence.state_attributes.user_status.name",
        "services.set_presence.fields.user_status.name",
    ),
    ("entity.sensor.dnd.name", "services.set_presence.fields.dnd_status.name"),
    ("entity.sensor.link.name", "system_health.info.connection"),
    (
        "entity.sensor.active_calls.name",
        "entity.sensor.telephony_status.state_attributes.active_calls.name",
    ),
    *(
        (
            f"entity.sensor.presence.state_attributes.{setting}.name",
            f"services.set_presence.fields.{setting}.name",
        )
        for setting in (
            "allow_see_my_presence",
            "message",
            "pick_up_calls_on_hold",
            "ring_on_monitored_call",
        )
    ),
)


def _stems(name: str) -> set[str]:
    """Return the words of a name without endings."""
    return {word[:-1] for word in re.findall(r"\w{4,}", name.casefold())}


def _below(texts: Mapping[str, str], path: str) -> dict[str, str]:
    """Return the text of a path, or those below it."""
    return {
        key.removeprefix(path): text
        for key, text in texts.items()
        if key == path or key.startswith(f"{path}.")
    }


def test_each_condition_has_a_trigger_of_the_same_thing() -> None:
    """Except being on a call, which several triggers start and end, and of groups."""
    names = re.findall(r"conditions\.(\w+)\.name", "\n".join(by_path("en")))
    assert set(names) == {
        *_TRIGGERS_OF_CONDITIONS,
        "is_on_call",
        "nobody_is_free",
        "someone_is_free",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_condition_is_found_by_the_word_of_its_trigger(language: str) -> None:
    texts = by_path(language)
    # The word for an extension, which does not tell one from another.
    usual = set.intersection(
        *(
            _stems(texts[f"triggers.became_{state}.name"])
            for state in ("available", "busy", "offline")
        )
    )
    assert {
        texts[f"conditions.{condition}.name"]
        for condition, trigger in _TRIGGERS_OF_CONDITIONS.items()
        if not (
            _stems(texts[f"conditions.{condition}.name"])
            & _stems(texts[f"triggers.{trigger}.name"])
        )
        - usual
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_thing_has_the_same_texts(language: str) -> None:
    """In sensor, select, attribute, selector and action."""
    texts = by_path(language)
    different = [
        paths
        for paths in _SAME
        if any(_below(texts, path) != _below(texts, paths[0]) for path in paths)
    ]
    assert different == []
    assert all(_below(texts, path) for paths in _SAME for path in paths)


@pytest.mark.parametrize("language", LANGUAGES)
def test_triggers_say_what_the_entity_of_calls_says(language: str) -> None:
    texts = by_path(language)
    states = _below(texts, "entity.event.calls.state_attributes.event_type.state")
    assert {
        event: name
        for event in ("answered", "held", "resumed", "parked", "ended", "missed")
        if states[f".{event}"].casefold()
        not in (name := texts[f"triggers.call_{event}.name"]).casefold()
    } == {}
