"""The page about Assist leaves nothing out, and its questions are answered."""

from collections.abc import Mapping
import re
from typing import Any, Final, get_args, get_type_hints
from urllib.parse import parse_qs, urlsplit

from hassil.intents import Intents, WildcardSlotList
from hassil.recognize import recognize
import pytest

from custom_components.ringcentral.assist.call_tools import _VALID_SECONDS
from custom_components.ringcentral.assist.models import (
    Call,
    InCall,
    Missed,
    MissedOf,
    NotFree,
    OtherParty,
    Problem,
    Reason,
    Status,
)
from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .assistant import expose
from .blueprints.assist import ask, set_up_assist
from .blueprints.common import blueprint_file, flat_inputs
from .blueprints.test_built_in_sentences import _STILL_FALSE
from .common import Account
from .documents import ROOT, Page, tables, words
from .languages import FOLDER
from .translations import ACTIONS, TEXTS

PAGE: Final = Page(ROOT / "docs" / "assist.md")
BLUEPRINTS: Final = Page(ROOT / "docs" / "blueprints.md")
REFERENCE: Final = "Get phone status"
_IMPORT: Final = "https://my.home-assistant.io/redirect/blueprint_import/?"
_LINK: Final = re.compile(r"\[(\w+)\]\((\S+)\)")
_CHOICE: Final = re.compile(r"\*\*([^*]+)\*\* \(`(\w+)`\)")

# As they call themselves.
LANGUAGES: Final = {
    "English": "en",
    "Deutsch": "de",
    "Français": "fr",
    "Español": "es",
    "Italiano": "it",
    "Nederlands": "nl",
}


def _blueprint_of(link: str) -> str:
    """Return the name of the blueprint that a link imports."""
    assert link.startswith(_IMPORT)
    [url] = parse_qs(urlsplit(link).query)["blueprint_url"]
    return url.rpartition("/")[2].removesuffix(".yaml")


def test_each_language_has_a_blueprint_to_import() -> None:
    """By the same link on both pages."""
    assert {path.stem for path in FOLDER.glob("*.json")} == {*LANGUAGES.values()}
    expected = {
        name: f"phone_questions_{language}" for name, language in LANGUAGES.items()
    }
    links = _LINK.findall(PAGE.section("How do I turn it on?"))
    assert {name: _blueprint_of(link) for name, link in links} == expected
    [rows] = tables(BLUEPRINTS.section("Phone questions"))
    assert [name for name, _ in rows] == [*expected]
    for (_, link), (_, cell) in zip(links, rows, strict=True):
        assert f"]({link})" in cell


# ------------------------------------------------------------------------------------
# Questions


def _questions() -> list[tuple[str, str]]:
    """Return the questions of the table, each with the trigger that is for it."""
    triggers = [one["id"] for one in blueprint_file("phone_questions_en")["triggers"]]
    [rows] = tables(PAGE.section("What can I ask?"))
    return [
        (trigger, question.strip())
        for trigger, (_, questions) in zip(triggers, rows, strict=True)
        for question in re.findall(r"[^?]+\?", questions)
    ]


@pytest.mark.parametrize(("trigger", "question"), _questions())
def test_each_question_is_one_of_the_blueprint(trigger: str, question: str) -> None:
    """In the trigger for what the question is about."""
    inputs = flat_inputs("phone_questions_en")
    [command] = [
        one["command"]
        for one in blueprint_file("phone_questions_en")["triggers"]
        if one["id"] == trigger
    ]
    sentences = inputs[command.name]["default"]
    intents = Intents.from_dict(
        {
            "language": "en",
            "intents": {trigger: {"data": [{"sentences": sentences}]}},
        }
    )
    for name in ("name", "group"):
        intents.slot_lists[name] = WildcardSlotList(name)
    assert recognize(question.removesuffix("?"), intents) is not None


def test_what_is_still_answered_falsely_is_named() -> None:
    section = PAGE.section('Why does Assist answer "No" while people talk?')
    assert f'"Is anyone {_STILL_FALSE["en"]}?"' in section


# ------------------------------------------------------------------------------------
# The action

_TEXTS: Final[Mapping[str, Any]] = TEXTS["services"]["get_status"]


def test_the_action_has_a_section_under_its_name() -> None:
    assert _TEXTS["name"] == REFERENCE
    assert PAGE.section(REFERENCE).lstrip().startswith(f"`{DOMAIN}.get_status` ")


def test_the_table_of_fields_has_all_with_their_names_and_choices() -> None:
    """The default first."""
    fields = ACTIONS["get_status"]["fields"]
    rows = tables(PAGE.section(REFERENCE))[0]
    assert [(words(key), name) for key, name, _ in rows] == [
        ([field], _TEXTS["fields"][field]["name"]) for field in fields
    ]
    select = fields["question"]["selector"]["select"]
    names = TEXTS["selector"][select["translation_key"]]["options"]
    choices = [(names[one], one) for one in select["options"]]
    assert _CHOICE.findall(rows[0][2]) == choices
    assert fields["question"]["default"] == select["options"][0]


def test_the_table_of_the_response_has_all_keys_and_values() -> None:
    rows = tables(PAGE.section(REFERENCE))[1]
    keys = [key for cell, _ in rows for key in words(cell)]
    assert len(keys) == len(set(keys))
    answers = (Status, Missed, Problem)
    assert {*keys} == {"answer"}.union(*map(get_type_hints, answers))
    inner = {word for _, cell in rows for word in words(cell)}
    parts = (Call, InCall, MissedOf, NotFree, OtherParty)
    values = {*get_args(Reason.__value__), *get_args(get_type_hints(Problem)["error"])}
    assert inner >= values.union(*map(get_type_hints, parts))


async def test_the_example_allows_to_disturb_somebody_who_is_free(
    hass: HomeAssistant, account: Account
) -> None:
    phone = account.entity_id("102", "telephony_status")
    device = account.device("102")
    assert device is not None
    dr.async_get(hass).async_update_device(device.id, name_by_user="Alice")
    await set_up_assist(hass, "en")
    expose(hass, phone)
    [example] = PAGE.examples
    assert await async_setup_component(hass, "automation", {"automation": example})
    [trigger] = example["triggers"]

    async def answer() -> str:
        return (await ask(hass, trigger["command"], "en"))[0]

    assert await answer() == "Yes."
    call = account.simulator.ring("102", "+16505550123")
    await account.until_all_reported()
    assert await answer() == "Better not."
    account.simulator.end(call.telephony_session_id)
    await account.until_all_reported()
    assert await answer() == "Yes."
    expose(hass, phone, wanted=False)
    assert await answer() == "Better not."


def test_time_to_confirm_is_that_of_the_program() -> None:
    assert _VALID_SECONDS == 60
    assert "within a minute" in PAGE.section("What does a language model get?")
