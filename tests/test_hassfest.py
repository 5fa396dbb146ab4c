"""The integration passes what hassfest requires, and the check finds what does not."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any, Final

import pytest

import homeassistant

from .documents import ROOT
from .hassfest import choices, complaints, descriptions, icons, texts

CORE: Final = Path(homeassistant.__path__[0]) / "components"

# A small integration without a fault.
MANIFEST: Final[Mapping[str, Any]] = {
    "domain": "moods",
    "name": "Moods",
    "codeowners": ["@ann"],
    "config_flow": True,
    "dependencies": ["http"],
    "documentation": "https://github.com/ann/moods",
    "integration_type": "hub",
    "iot_class": "cloud_push",
    "requirements": ["moodlib==1.2.3"],
    "version": "1.0.0",
}
TEXTS: Final[Mapping[str, Any]] = {
    "config": {
        "step": {
            "user": {
                "title": "Hello {name}",
                "data": {"mood": "Mood"},
                "data_description": {"mood": "Yours, {name}'s"},
                "sections": {"more": {"name": "More", "data": {"why": "Why"}}},
            }
        }
    },
    "config_subentries": {
        "band": {
            "entry_type": "Band",
            "initiate_flow": {"user": "Add band", "reconfigure": "Change band"},
            "step": {"user": {"title": "Band"}},
        }
    },
    "entity": {"sensor": {"mood": {"name": "Mood", "state": {"good": "Good"}}}},
    "exceptions": {"gone": {"message": "It is gone"}},
    "issues": {"bad": {"title": "Bad", "description": "Very bad"}},
    "selector": {"how": {"options": {"loud": "Loud"}}},
    "services": {
        "cheer": {
            "name": "Cheer",
            "description": "Cheers",
            "fields": {"how": {"name": "How", "description": "In which way"}},
        }
    },
    "triggers": {"fell": {"name": "It fell", "description": "Tells when it fell"}},
    "conditions": {"is_good": {"name": "Is good", "description": "Whether it is"}},
}
ICONS: Final[Mapping[str, Any]] = {
    "entity": {
        "sensor": {
            "mood": {
                "default": "mdi:emoticon",
                "state_attributes": {
                    "grade": {"range": {"0": "mdi:numeric", "5": "mdi:star"}}
                },
            }
        }
    },
    "services": {"cheer": {"service": "mdi:party-popper"}},
    "triggers": {"fell": {"trigger": "mdi:emoticon-sad"}},
    "conditions": {"is_good": {"condition": "mdi:emoticon-happy"}},
}
FILES: Final[Mapping[str, str]] = {
    "__init__.py": (
        "from homeassistant.components import http\n"
        "from homeassistant.components.sensor import SensorEntity\n"
        "from homeassistant.components.diagnostics import REDACTED\n\n"
        "CONFIG_SCHEMA = None\n\n"
        "async def async_setup(): ...\n"
    ),
    "config_flow.py": "",
    "diagnostics.py": "",
    "services.py": "",
    "services.yaml": """
cheer:
  target:
    entity:
      integration: moods
  fields:
    how:
      default: loud
      selector:
        select:
          translation_key: how
          options: [loud]
""",
    "trigger.py": "",
    "triggers.yaml": ".shared: {anything: 1}\nfell:\n",
    "condition.py": "",
    "conditions.yaml": "is_good:\n  target:\n",
}


def write(package: Path, path: str, content: object) -> None:
    """Write a file, text as it is and everything else as JSON."""
    target = package / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return the folder of the small integration."""
    package = tmp_path / "moods"
    for path, text in FILES.items():
        write(package, path, text)
    write(package, "manifest.json", MANIFEST)
    write(package, "translations/en.json", TEXTS)
    write(package, "icons.json", ICONS)
    return package


def test_the_integration_passes() -> None:
    """What users get."""
    assert complaints(ROOT / "custom_components" / "ringcentral") == []


def test_an_integration_without_a_fault_passes(package: Path) -> None:
    """The one that the other tests break."""
    assert complaints(package) == []


@pytest.mark.parametrize(
    "domain", ["home_connect", "husqvarna_automower", "miele", "yoto"]
)
def test_what_passes_the_real_hassfest_passes_here(domain: str) -> None:
    """So that Home Assistant's newer rules are not missed when its version is raised."""
    models = CORE / domain
    found = [
        complaint
        for rule in (texts, icons, descriptions, choices)
        for complaint in rule(models)
        if "translations/" not in complaint or "translations/en.json" in complaint
    ]
    assert found == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"zeal": 1}, "manifest.json: not a valid option at 'zeal'"),
        ({"domain": "mood"}, "the domain is not the name of the folder"),
        ({"codeowners": ["ann"]}, "manifest.json: no handle of a person or a team"),
        ({"codeowners": []}, "manifest.json: "),
        ({"documentation": "http://x.org"}, "manifest.json: no https address"),
        (
            {"documentation": "https://www.home-assistant.io/integrations/moods"},
            "manifest.json: Home Assistant documents its own integrations only",
        ),
        ({"iot_class": "push"}, "manifest.json: "),
        ({"integration_type": "virtual"}, "manifest.json: "),
        ({"requirements": ["moodlib"]}, "manifest.json: no limit of versions"),
        ({"requirements": ["moodlib >=1,<2"]}, "manifest.json: no limit of versions"),
        ({"requirements": ["moodlib=1"]}, "manifest.json: no requirement"),
        ({"version": "first"}, "manifest.json: no version"),
        (
            {"after_dependencies": ["sensor"]},
            "manifest.json is not in the order domain, name, then by the alphabet",
        ),
    ],
)
def test_a_fault_of_the_manifest_is_found(
    package: Path, change: Mapping[str, Any], expected: str
) -> None:
    """Each alone."""
    write(package, "manifest.json", {**MANIFEST, **change})
    [found] = complaints(package)
    assert found.startswith(expected)


@pytest.mark.parametrize("key", ["documentation", "iot_class", "version"])
def test_missing_keys_of_the_manifest_are_reported(package: Path, key: str) -> None:
    """Not only wrong entries."""
    less = {name: value for name, value in MANIFEST.items() if name != key}
    write(package, "manifest.json", less)
    [found] = complaints(package)
    assert found.startswith("manifest.json: ")
    assert key in found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "__init__.py",
            "async def async_setup(): ...",
            "async_setup without CONFIG_SCHEMA",
        ),
        (
            "sensor.py",
            "from homeassistant.components.mqtt import client",
            "mqtt is used, but no dependency",
        ),
        (
            "sensor.py",
            "import homeassistant.components.lovelace.resources",
            "lovelace is used, but no dependency",
        ),
        ("translations/de.json", "{", "translations/de.json is no JSON"),
    ],
)
def test_a_fault_of_a_file_is_found(
    package: Path, path: str, text: str, expected: str
) -> None:
    """Whatever else it contains."""
    if path.endswith(".json"):
        # What can't be read can't be looked at any further.
        write(package, "data.json", text)
        assert complaints(package) == ["data.json is no JSON"]
        return
    write(package, path, text)
    assert complaints(package) == [expected]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["config", "step", "user", "title"], "<b>Hello</b>", "HTML"),
        (["config", "step", "user", "title"], "See https://x.org", "an address"),
        (["config", "step", "user", "title"], "Hello ", "blanks around the text"),
        (["config", "step", "user", "title"], "Hello '{name}'", "in single quotes"),
        (["config", "step", "user", "title"], "Hello {my name}", "that is no name"),
        (
            ["config", "step", "user", "title"],
            "Hello {",
            "a brace without its other half",
        ),
        (["config", "step", "user", "title"], "[%key:common::hi%]", "a reference"),
        (["config", "step", "user", "label"], "Hello", "not a valid option at"),
        (["config", "step", "user", "data_description", "x"], "X", "which is no field"),
        (
            ["config", "step", "user", "sections", "more", "data_description"],
            {"x": "X"},
            "which is no field",
        ),
        (["config_subentries", "band", "entry_type"], "Band ", "blanks around"),
        (
            ["config_subentries", "band", "initiate_flow"],
            {"reconfigure": "Change band"},
            "required key not provided",
        ),
        (
            ["entity", "sensor", "mood", "state", "good"],
            "{n} good",
            "nothing is filled in",
        ),
        (["entity", "sensor", "mood", "state", "-good"], "Good", "cannot be the key"),
        (["entity", "sensor", "mood", "state", "so__so"], "So so", "cannot be the key"),
        (["exceptions", "gone", "text"], "Gone", "not a valid option at"),
        (
            ["issues", "bad", "fix_flow"],
            {"step": {}},
            "needs a description or a fix_flow",
        ),
        (["system_health"], {"info": {"link": 1, "x": None}}, "string value is None"),
        (["colors"], {}, "not a valid option at 'colors'"),
    ],
)
def test_a_fault_of_a_text_is_found(
    package: Path, path: list[str], value: object, expected: str
) -> None:
    """In any language, with its place."""
    changed = json.loads(json.dumps(TEXTS))
    *way, last = path
    node = changed
    for key in way:
        node = node[key]
    node[last] = value
    write(package, "translations/de.json", changed)
    [found] = complaints(package)
    assert found.startswith("translations/de.json: ")
    assert expected in found


def test_texts_in_english_are_missed(package: Path) -> None:
    """Each other language falls back to them."""
    (package / "translations" / "en.json").unlink()
    assert "there are no English texts" in complaints(package)


@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        ({"default": "emoticon"}, "no icon from Material Design Icons"),
        ({"icon": "mdi:emoticon"}, "not a valid option at"),
        (
            {"state": {"good": "mdi:a"}, "range": {"0": "mdi:b"}},
            "icons by state and by range",
        ),
        ({"range": {"5": "mdi:a", "0": "mdi:b"}}, "the range does not ascend"),
    ],
)
def test_a_fault_of_an_icon_is_found(
    package: Path, mood: Mapping[str, Any], expected: str
) -> None:
    """With its place."""
    write(package, "icons.json", {**ICONS, "entity": {"sensor": {"mood": mood}}})
    [found] = complaints(package)
    assert found.startswith("icons.json: ")
    assert expected in found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("triggers.yaml", "fell: {targets: {}}", "triggers.yaml: "),
        ("triggers.yaml", "fell: {target: {entities: {}}}", "triggers.yaml: "),
        ("conditions.yaml", "is_good: {fields: {}, name: Good}", "conditions.yaml: "),
        (
            "services.yaml",
            "cheer: {fields: {how: {default: null}}}",
            "services.yaml: nothing is given",
        ),
        (
            "services.yaml",
            "cheer: {fields: {how: {selector: {colour: null}}}}",
            "services.yaml: ",
        ),
        (
            "services.yaml",
            "cheer: {fields: {how: {selector: {select: {translation_key: who}}}}}",
            "services cheer, how: the choice who has no texts",
        ),
        (
            "services.yaml",
            ".shared: {fields: {}}\ncheer: {fields: {how: {}}}",
            "services.yaml: invalid slug .shared",
        ),
        (
            "triggers.yaml",
            "fell:\nrose:\n",
            "triggers: text is missing for rose",
        ),
        ("triggers.yaml", "{}", "triggers: text is left over for fell"),
        (
            "services.yaml",
            "cheer: {fields: {how: {}, who: {}}}",
            "services cheer: text of a field is missing for who",
        ),
        ("services.yaml", "cheer:\n", "services cheer: text of a field is left over"),
    ],
)
def test_a_fault_of_a_description_is_found(
    package: Path, path: str, text: str, expected: str
) -> None:
    """Among others that follow from it."""
    write(package, path, text)
    assert [found for found in complaints(package) if found.startswith(expected)]


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_code_without_a_description_is_found(package: Path, kind: str) -> None:
    """The editor would offer nothing of it."""
    (package / f"{kind}.yaml").unlink()
    assert any(f"but no {kind}.yaml" in found for found in complaints(package))


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        ({}, "triggers: icon is missing for fell"),
        ({"fell": {}}, "triggers fell has no icon"),
        (
            {**ICONS["triggers"], "rose": {"trigger": "mdi:star"}},
            "triggers: icon is left over for rose",
        ),
    ],
)
def test_icons_of_what_the_editor_offers_are_complete(
    package: Path, triggers: Mapping[str, Any], expected: str
) -> None:
    """That is nothing hassfest checks."""
    write(package, "icons.json", {**ICONS, "triggers": triggers})
    assert complaints(package) == [expected]
