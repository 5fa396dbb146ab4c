"""Files and documentation of the blueprints."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.trace.util import async_list_traces
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util

from ..documents import ROOT, Page
from ..reliability.common import MOVED_TIME
from .common import (
    BLUEPRINTS,
    NAMES,
    OUTSIDE,
    QUESTIONS,
    House,
    blueprint_file,
    blueprint_texts,
    flat_inputs,
    language_of,
)

_PAGE = Page(ROOT / "docs" / "blueprints.md")
_README = Page(ROOT / "README.md")
_MANIFEST = ROOT / "custom_components/ringcentral/manifest.json"
_LAMP: Final = ROOT / "docs/images/lamp.svg"
_IMPORT = "https://my.home-assistant.io/redirect/blueprint_import/"
_NEEDS: Final = {
    "en": "Needs the RingCentral integration",
    "de": "Benötigt die RingCentral-Integration",
    "fr": "Nécessite l'intégration RingCentral",
    "es": "Necesita la integración RingCentral",
    "it": "Richiede l'integrazione RingCentral",
    "nl": "Vereist de RingCentral-integratie",
}


def _title(name: str) -> str:
    """Return the title of a blueprint in the documentation; of all languages."""
    name = QUESTIONS["en"].removesuffix("_en") if name in QUESTIONS.values() else name
    return name.replace("_", " ").capitalize()


def _imports(markdown: str) -> list[str]:
    """Return the URLs of the import buttons of a text."""
    return [
        address
        for link in re.findall(r"\]\(([^)\s]+)\)", markdown)
        if link.startswith(_IMPORT)
        for address in parse_qs(urlsplit(link).query, strict_parsing=True)[
            "blueprint_url"
        ]
    ]


def test_there_are_nine_one_of_them_in_each_language() -> None:
    assert set(NAMES) == {
        "busy_light",
        "call_button",
        "hold_reminder",
        "hold_while",
        "missed_call",
        "on_air",
        *QUESTIONS.values(),
        "quiet_house",
        "to_voicemail",
    }


async def test_home_assistant_offers_all_of_them(hass: HomeAssistant) -> None:
    """They match its schema, and require its version or an older one."""
    assert await async_setup_component(hass, "automation", {})
    found = await async_get_blueprints(hass).async_get_blueprints()
    assert set(found) == {f"ringcentral/{name}.yaml" for name in NAMES}
    for blueprint in found.values():
        assert isinstance(blueprint, Blueprint)
        assert blueprint.validate() is None


@pytest.mark.parametrize("name", NAMES)
def test_each_input_is_used(name: str) -> None:
    """Home Assistant itself checks that each used one is declared."""
    content = {k: v for k, v in blueprint_file(name).items() if k != "blueprint"}
    assert yaml_util.extract_inputs(content) == set(flat_inputs(name))


@pytest.mark.parametrize("name", NAMES)
def test_each_default_is_one_that_a_user_could_choose(name: str) -> None:
    """The selector of the input accepts it."""
    for key, declared in flat_inputs(name).items():
        assert declared["name"], key
        if "default" in declared:
            accept: Any = selector(declared["selector"])
            accept(declared["default"])


@pytest.mark.parametrize("name", NAMES)
def test_only_inputs_without_a_sensible_default_are_required(name: str) -> None:
    """Sections can stay collapsed."""
    for value in blueprint_file(name)["blueprint"]["input"].values():
        if "input" in value:
            assert value["collapsed"] is True
            assert all("default" in declared for declared in value["input"].values())
    required = {k for k, v in flat_inputs(name).items() if "default" not in v}
    assert required <= {
        *("people", "lamp", "players", "signs"),
        *("account", "button", "while_on"),
    }


@pytest.mark.parametrize(
    "name", sorted({*NAMES} - {"call_button", *QUESTIONS.values()})
)
def test_people_are_extensions_of_this_integration(name: str) -> None:
    """One is required, and the account cannot be selected."""
    people = flat_inputs(name)["people"]
    chosen_from = people["selector"]["device"]
    assert chosen_from == {
        "multiple": True,
        "filter": [{"integration": "ringcentral"}],
        "entity": [{"integration": "ringcentral", "domain": "event"}],
    }
    assert "default" not in people


@pytest.mark.parametrize("name", ["missed_call", "hold_reminder"])
def test_devices_to_notify_are_optional_and_come_after_the_people(name: str) -> None:
    """In no collapsed section."""
    inputs = blueprint_file(name)["blueprint"]["input"]
    assert list(inputs)[:2] == ["people", "notify"]
    assert inputs["notify"]["selector"]["entity"] == {
        "multiple": True,
        "filter": [{"domain": "notify"}],
    }
    assert inputs["notify"]["default"] == []


def test_who_must_be_at_home_for_a_message_is_seen_at_once() -> None:
    """In no collapsed section: a person without a location prevents all messages."""
    inputs = blueprint_file("missed_call")["blueprint"]["input"]
    assert list(inputs)[:3] == ["people", "notify", "person"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_in_the_current_syntax(name: str) -> None:
    """Plural keys, and neither platforms nor services."""
    keys = set(blueprint_file(name)) - {
        *("blueprint", "mode", "max", "max_exceeded", "trigger_variables", "trace"),
    }
    assert keys == {"triggers", "actions"}
    text = (BLUEPRINTS / f"{name}.yaml").read_text()
    assert not re.search(r"^[ -]*(platform|service|data_template):", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_it_names_its_source_and_its_requirements(name: str) -> None:
    """Repository, and oldest supported version of Home Assistant."""
    home = json.loads(_MANIFEST.read_text())["documentation"]
    oldest = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    about = blueprint_file(name)["blueprint"]
    path = (BLUEPRINTS / f"{name}.yaml").relative_to(ROOT)
    assert about["source_url"] == f"{home}/blob/main/{path}"
    assert about["homeassistant"]["min_version"] == oldest
    assert _NEEDS[language_of(name)] in about["description"]


@pytest.mark.parametrize("name", NAMES)
async def test_the_button_of_its_section_imports_it(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker, name: str
) -> None:
    """By Home Assistant's own importer."""
    [address] = [
        address
        for address in _imports(_PAGE.section(_title(name)))
        if name not in QUESTIONS.values() or address.endswith(f"/{name}.yaml")
    ]
    path = urlsplit(address).path.replace("/blob/", "/")
    text = (BLUEPRINTS / f"{name}.yaml").read_text()
    network: Any = aioclient_mock
    network.get(f"https://raw.githubusercontent.com{path}", text=text)
    imported = await fetch_blueprint_from_url(hass, address)

    brand, _, title = imported.blueprint.name.partition(": ")
    assert brand == "RingCentral"
    if language_of(name) == "en":
        assert title == _title(name).lower()
    assert imported.suggested_filename == f"ringcentral-presence/{name}"


def test_the_readme_leads_to_the_section_of_each() -> None:
    """Which has the button."""
    anchors = {_title(name).lower().replace(" ", "-") for name in NAMES}
    assert {f"docs/blueprints.md#{anchor}" for anchor in anchors} == {
        link for link in _README.links if link.startswith("docs/blueprints.md#")
    }
    assert len(_imports(_PAGE.text)) == len(NAMES)


@pytest.mark.parametrize("name", [n for n in NAMES if language_of(n) == "en"])
def test_its_section_names_only_what_the_form_has(name: str) -> None:
    """In italics, beside terms of Home Assistant and texts of messages."""
    named = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", _PAGE.section(_title(name))))
    others = {"Parse mode", "Plain text"}
    assert {text for text in named - others if ": " not in text} <= set(
        blueprint_texts(blueprint_file(name))
    )


def test_the_picture_of_the_lamp_shows_the_default_colors() -> None:
    """Of all states, in the order in which they count."""
    inputs = flat_inputs("busy_light")
    colors = {
        state: "#{:02x}{:02x}{:02x}".format(*inputs[f"{color}_color"]["default"])
        for color, states in {
            "busy": ["ringing", "on_call", "busy"],
            "hold": ["on_hold"],
            "dnd": ["do_not_disturb"],
            "available": ["available"],
        }.items()
        for state in states
    }
    assert re.findall(
        r'<g id="(\w+)".+?<g class="light" fill="(.+?)">.+?<text class="state".*?>(.+?)<',
        _LAMP.read_text(),
        re.DOTALL,
    ) == [
        (option["value"], colors[option["value"]], option["label"])
        for option in inputs["shown"]["selector"]["select"]["options"]
    ]


def test_the_picture_of_the_lamp_blinks_as_the_lamp_does() -> None:
    periods = re.findall(
        r"#(\w+) \.light \{ animation: blink (\d+)s", _LAMP.read_text()
    )
    steps = next(
        step["choose"]
        for step in blueprint_file("busy_light")["actions"]
        if step.get("alias") == "Find what to show"
    )
    assert periods == [
        (state, str(variables["half_period"] * 2 // 1000))
        for step in steps
        for variables in [part.get("variables", {}) for part in step["sequence"]]
        if "half_period" in variables
        for state in re.findall(r"'(\w+)' in shown", step["conditions"][0])
    ]
    assert len(periods) == 2


@pytest.mark.parametrize("is_kept", [True, False])
@MOVED_TIME
async def test_the_example_of_switching_off_traces_does_it(
    house: House, is_kept: bool
) -> None:
    """Home Assistant accepts the key beside the blueprint."""
    [example] = [example for example in _PAGE.examples if "trace" in example]
    inputs = {"people": house.phones("102")}
    use = {"path": "ringcentral/missed_call.yaml", "input": inputs}
    await house.save({"use_blueprint": use} | ({} if is_kept else example))
    call = house.simulator.ring(to="102", from_=OUTSIDE)
    await house.time.passes(5)
    house.simulator.end(call.telephony_session_id)
    await house.time.passes(5)

    assert len(house.called("persistent_notification.create")) == 1
    traces = await async_list_traces(house.hass, "automation", None)
    assert len(traces) == is_kept
