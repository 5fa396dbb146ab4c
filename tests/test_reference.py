"""The pages that list everything leave nothing out and call it what users see."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.exceptions import Reason
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    MeetingStatus,
    PlatformEnum,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.binary_sensor import CONNECTION
from custom_components.ringcentral.calls.attributes import call_attribute
from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import DEFAULT_SERVER
from custom_components.ringcentral.event import CALLS
from custom_components.ringcentral.flows.sign_in_form import _BRANDS
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.select import SELECTS
from custom_components.ringcentral.sensor import ACCOUNT_SENSORS, EXTENSION_SENSORS
from custom_components.ringcentral.trigger import TRIGGERS
from homeassistant.const import EntityCategory
from homeassistant.helpers.entity import EntityDescription
from simulator.base.wire import camel_case

from .documents import ROOT, Page, pages, tables, words
from .translations import ACTIONS, PACKAGE, TEXTS

DOCS: Final = ROOT / "docs"
README: Final = Page(ROOT / "README.md")
CONFIGURATION: Final = Page(DOCS / "configuration.md")
CONTRIBUTING: Final = Page(ROOT / "CONTRIBUTING.md")
ENTITIES: Final = Page(DOCS / "entities.md")
INDEX: Final = Page(DOCS / "README.md")
INSTALLATION: Final = Page(DOCS / "installation.md")
TROUBLESHOOTING: Final = Page(DOCS / "troubleshooting.md")


def _texts(*path: str) -> Mapping[str, Any]:
    """Return a part of the texts that users see; nothing if there is none."""
    found: Any = TEXTS
    for key in path:
        found = found.get(key, {})
    texts: Mapping[str, Any] = found
    return texts


# ------------------------------------------------------------------------------------
# Entities and attributes

# The kind of an entity as in its heading, with its platform.
_KINDS: Final[Mapping[str, tuple[str, Sequence[EntityDescription]]]] = {
    "Sensor": ("sensor", EXTENSION_SENSORS),
    "Event": ("event", (CALLS,)),
    "Select": ("select", SELECTS),
    "Account binary sensor": ("binary_sensor", (CONNECTION,)),
    "Account sensor": ("sensor", ACCOUNT_SENSORS),
}
_DESCRIBED: Final = [
    pytest.param(kind, platform, description, id=f"{kind}: {description.key}")
    for kind, (platform, descriptions) in _KINDS.items()
    for description in descriptions
]
# The enum of the states of an entity; those of the link are our own.
_WORDS: Final[Mapping[str, type[PlatformEnum]]] = {
    "telephony_status": TelephonyStatus,
    "presence": PresenceStatus,
    "user_status": PresenceStatus,
    "meeting_status": MeetingStatus,
    "dnd": DndStatus,
}
# Where an attribute comes from, if not from the field of presence with its name.
_SOURCES: Final[Mapping[str, str]] = {
    "event": "event",
    "extension_id": "body.extensionId",
    "owner_id": "ownerId",
    "sequence": "body.sequence",
    "subscription_id": "subscriptionId",
    "uuid": "uuid",
    "time": "timestamp",
}


def _texts_of(platform: str, description: EntityDescription) -> Mapping[str, Any]:
    return _texts("entity", platform, str(description.translation_key))


def _section(kind: str, platform: str, description: EntityDescription) -> str:
    name = _texts_of(platform, description)["name"]
    return ENTITIES.section(f"{kind}: {name}")


def _table(section: str, *columns: str) -> list[Sequence[str]]:
    """Return the rows of the table with these columns; none if there is no such."""
    head = re.escape(f"| {' | '.join(columns)}")
    found = re.search(rf"^{head}.*?(?=\n\n|\Z)", section, re.DOTALL | re.MULTILINE)
    return tables(found[0])[0] if found else []


def test_each_entity_has_a_section_and_each_section_an_entity() -> None:
    """Under its kind and its name."""
    found = re.findall(r"^### ((?:\w+ )*\w+): (.+)$", ENTITIES.text, re.MULTILINE)
    assert sorted(found) == sorted(
        (kind, _texts_of(platform, description)["name"])
        for kind, (platform, descriptions) in _KINDS.items()
        for description in descriptions
    )


@pytest.mark.parametrize(("kind", "platform", "description"), _DESCRIBED)
def test_a_section_shows_what_is_enabled_and_what_is_diagnostic(
    kind: str, platform: str, description: EntityDescription
) -> None:
    """And where the state comes from."""
    facts = {row[0]: row[1] for row in tables(_section(kind, platform, description))[0]}
    assert facts.pop("At RingCentral")
    is_enabled = description.entity_registry_enabled_default
    assert facts.pop("Enabled at first") == ("yes" if is_enabled else "no")
    is_diagnostic = description.entity_category is EntityCategory.DIAGNOSTIC
    assert facts == ({"Category": "diagnostic"} if is_diagnostic else {})


@pytest.mark.parametrize(("kind", "platform", "description"), _DESCRIBED)
def test_a_section_lists_all_states_with_their_names(
    kind: str, platform: str, description: EntityDescription
) -> None:
    """As users see them, as templates see them, and as RingCentral spells them."""
    section = _section(kind, platform, description)
    rows = _table(section, "State", "In templates")
    states = _texts_of(platform, description).get("state", {})
    assert {(row[0], *words(row[1])) for row in rows} == {
        (name, state) for state, name in states.items()
    }
    if description.key in _WORDS:
        spelt = {str(word): word.value for word in _WORDS[description.key].known()}
        assert {words(row[1])[0]: words(row[2])[0] for row in rows} == spelt
    elif description.key == "link":
        assert set(states) == set(StreamState)


@pytest.mark.parametrize(("kind", "platform", "description"), _DESCRIBED)
def test_a_section_lists_all_attributes_with_their_sources(
    kind: str, platform: str, description: EntityDescription
) -> None:
    """Each with the name that users see and the field that it comes from."""
    section = _section(kind, platform, description)
    rows = _table(section, "Attribute", "Shown as", "At RingCentral", "Content")
    texts = dict(_texts_of(platform, description).get("state_attributes", {}))
    # The attribute of any event entity that shows what happened.
    texts.pop("event_type", None)
    if description in ACCOUNT_SENSORS and description.key == "last_event":
        # It shares its name with that of an extension, and has none of its attributes.
        texts.clear()
    assert {(words(row[0])[0], row[1]) for row in rows} == {
        (attribute, text["name"]) for attribute, text in texts.items()
    }
    for row in rows:
        [attribute] = words(row[0])
        sources = words(row[2])
        if attribute in _SOURCES:
            assert sources == [_SOURCES[attribute]]
        elif attribute in Presence.__struct_fields__:
            assert sources == [camel_case(attribute)]
        elif attribute in _leaves_of_a_call():
            assert sources == [f"activeCalls[].{camel_case(attribute)}"]


def _leaves(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _leaves(inner, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _leaves_of_a_call() -> list[str]:
    """Return the attributes of a call that has all of them, dotted."""
    line = {"type": "QueueName", "value": "Sales"}
    call = convert(
        ActiveCall,
        {
            "sipData": {"callId": "1", "rcSessionId": "1"},
            "callInfo": {"primary": line, "additional": line},
            "appearanceInfo": {"phoneNumber": "+1", "appearanceNumber": 1},
        },
        Anomalies(),
    )
    return list(_leaves(call_attribute(call, Privacy.FULL)))


def test_the_table_of_a_call_lists_all_its_fields() -> None:
    """In their order, each with its path at RingCentral."""
    [rows] = tables(ENTITIES.section("A call in active_calls"))
    assert [(words(row[0])[0], words(row[1])[0]) for row in rows] == [
        (
            leaf,
            "activeCalls[]."
            + ".".join(camel_case(part.removesuffix("_")) for part in leaf.split(".")),
        )
        for leaf in _leaves_of_a_call()
    ]


# ------------------------------------------------------------------------------------
# Triggers, conditions and actions


@pytest.mark.parametrize(
    ("kind", "keys", "parts"),
    [
        ("triggers", TRIGGERS, ["In the editor", "In YAML", "Options", "Data"]),
        ("conditions", CONDITIONS, ["In the editor", "In YAML", "Options"]),
        ("actions", ACTIONS, ["In the editor", "In YAML", "Target", "Fields"]),
    ],
)
def test_each_page_has_all_its_parts(
    kind: str, keys: Iterable[str], parts: Sequence[str]
) -> None:
    """Meaning, then how to use it by clicks and in YAML, and what can be chosen."""
    for key in keys:
        page = Page(DOCS / kind / f"{key}.md")
        headings = re.findall(r"^## (.+)$", page.prose, re.MULTILINE)
        assert [heading for heading in headings if heading in parts] == parts, page
        meaning = page.section(page.title)
        assert f"`ringcentral.{key}`" in meaning
        assert len(meaning.split()) > 20, page


def test_the_table_of_fields_has_the_fields_of_the_action() -> None:
    """Each with its name in the editor, and all that can be chosen."""
    for key, action in ACTIONS.items():
        fields = action.get("fields", {})
        found = tables(Page(DOCS / "actions" / f"{key}.md").section("Fields"))
        rows = found[0] if found else []
        texts = _texts("services", key, "fields")
        assert [(words(row[0])[0], row[1]) for row in rows] == [
            (field, texts[field]["name"]) for field in fields
        ]
        for field, _, values, _ in rows:
            match fields[words(field)[0]]["selector"]:
                case {"select": {"options": options}}:
                    assert words(values) == options
                case {"boolean": _}:
                    assert words(values) == ["true", "false"]
                case other:
                    assert "text" in other


# ------------------------------------------------------------------------------------
# Forms and options


def _fields(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield key and name of each field of a form, those in sections included."""
    yield from step.get("data", {}).items()
    for section in step.get("sections", {}).values():
        yield from _fields(section)


def test_each_option_has_a_section_with_its_name_and_its_choices() -> None:
    """Under the name that the form shows."""
    for key, name in _texts("options", "step", "init", "data").items():
        section = CONFIGURATION.section(name)
        assert f"`{key}`" in section, name
    for key, name in (("monitor_groups", "Groups"), ("privacy", _name_of("privacy"))):
        for choice in _texts("selector", key, "options").values():
            begin = choice.partition(":")[0]
            assert f"**{begin}**" in CONFIGURATION.section(name)


def _name_of(option: str) -> str:
    name: str = _texts("options", "step", "init", "data")[option]
    return name


@pytest.mark.parametrize("step", _texts("config", "step"))
def test_each_field_and_option_of_a_step_is_explained(step: str) -> None:
    """By the name that the form shows; what to monitor has a page of its own."""
    texts = _texts("config", "step")[step]
    if step == "monitor":
        assert (
            texts["data"].items() <= _texts("options", "step", "init", "data").items()
        )
        return
    prose = INSTALLATION.prose + CONFIGURATION.prose
    names = [name for _, name in _fields(texts)]
    choices = texts.get("menu_options", {}).values()
    for name in (*names, *choices):
        assert f"**{name}**" in prose, name
    if not names and not choices:
        # A form that only shows a text.
        assert f"*{texts['title']}*" in prose


def test_the_table_of_brands_has_the_options_of_the_form() -> None:
    """With the server that each is at."""
    [rows] = tables(INSTALLATION.section("Servers and brands"))
    assert {(number, name) for name, _, number in rows} == set(_BRANDS.items())
    assert f"`{DEFAULT_SERVER}`" in {server for _, server, _ in rows}


# ------------------------------------------------------------------------------------
# Messages, reasons and repairs

_AROUND_CODES: Final = re.compile(r" \(code [^)]*\)")
_SENTENCE: Final = re.compile(r"(.*?)[.:](?= |\n|$)", re.DOTALL)


def _begin(text: str) -> str:
    """Return the first sentence of a message, with dots for what differs."""
    found = _SENTENCE.match(_AROUND_CODES.sub("", re.sub(r"\{\w+\}", "…", text)))
    assert found is not None, text
    return found[1]


def _messages() -> set[tuple[str, str]]:
    """Return begin and key of all messages of forms, their ends and actions."""
    messages = [
        *_texts("config", "error").items(),
        *_texts("config", "abort").items(),
        *_texts("options", "error").items(),
        *_texts("options", "abort").items(),
        *((key, text["message"]) for key, text in _texts("exceptions").items()),
    ]
    for issue in _texts("issues").values():
        messages += issue.get("fix_flow", {}).get("error", {}).items()
        messages += issue.get("fix_flow", {}).get("abort", {}).items()
    return {(_begin(text), key) for key, text in messages}


def test_each_message_is_explained() -> None:
    [rows] = tables(TROUBLESHOOTING.section("Messages"))
    assert {(begin, *words(key)) for begin, key, _ in rows} == _messages()
    assert all(meaning for *_, meaning in rows)


def test_messages_are_in_the_order_of_the_alphabet() -> None:
    """That is how they are looked up."""
    [rows] = tables(TROUBLESHOOTING.section("Messages"))
    begins = [begin.casefold() for begin, *_ in rows]
    assert begins == sorted(begins)


def test_each_reason_is_explained() -> None:
    """With the text that the sensor shows, and the key that is in the log."""
    [rows] = tables(TROUBLESHOOTING.section("Reasons"))
    texts = _texts("entity", "sensor", "link", "state_attributes", "reason", "state")
    assert {(*words(key), text) for text, key, _ in rows} == set(texts.items())
    assert set(texts) == {str(reason) for reason in Reason}


def test_each_repair_issue_is_explained() -> None:
    """Under its title, with what helps and what can be chosen."""
    section = TROUBLESHOOTING.section("Repair issues")
    [rows] = tables(section)
    assert {title for title, *_ in rows} == {
        issue["title"].removesuffix(" ({account})")
        for issue in _texts("issues").values()
    }
    assert all(meaning and helps for _, meaning, helps in rows)
    for issue in _texts("issues").values():
        for step in issue.get("fix_flow", {}).get("step", {}).values():
            for choice in step.get("menu_options", {}).values():
                assert f"**{choice}**" in section


def test_each_line_of_system_health_is_explained() -> None:
    """By its name."""
    section = TROUBLESHOOTING.section("System health")
    for name in _texts("system_health", "info").values():
        assert f"*{name}*" in section


# ------------------------------------------------------------------------------------
# The rules of Home Assistant's quality scale

# Where each rule about documentation is fulfilled.
_RULES: Final[Mapping[str, Sequence[tuple[Page, str]]]] = {
    "docs-high-level-description": [
        (README, "RingCentral presence for Home Assistant")
    ],
    "docs-installation-instructions": [
        (INSTALLATION, "2. Create an app"),
        (INSTALLATION, "4. Install with HACS"),
        (INSTALLATION, "5. Add the integration"),
    ],
    "docs-installation-parameters": [
        (INSTALLATION, "Sign in with a browser"),
        (INSTALLATION, "Sign in with a JWT"),
    ],
    "docs-configuration-parameters": [(CONFIGURATION, "What to monitor")],
    "docs-removal-instructions": [(INSTALLATION, "Remove")],
    "docs-actions": [(Page(DOCS / "automations.md"), "Actions")],
    "docs-triggers": [(Page(DOCS / "automations.md"), "Triggers")],
    "docs-conditions": [(Page(DOCS / "automations.md"), "Conditions")],
    "docs-data-update": [(Page(DOCS / "data.md"), "At a glance")],
    "docs-examples": [
        (README, "An automation"),
        (Page(DOCS / "blueprints.md"), "Busy light"),
    ],
    "docs-known-limitations": [(Page(DOCS / "limits.md"), "What presence cannot tell")],
    "docs-supported-devices": [(ENTITIES, "Types of extensions")],
    "docs-supported-functions": [(ENTITIES, "Sensor: Telephony status")],
    "docs-troubleshooting": [
        (TROUBLESHOOTING, "States"),
        (TROUBLESHOOTING, "Diagnostics"),
        (TROUBLESHOOTING, "Debug log"),
    ],
    "docs-use-cases": [(Page(DOCS / "use-cases.md"), "At home")],
}


def test_each_rule_about_documentation_has_its_place() -> None:
    """With more than a heading."""
    scale = yaml.safe_load((PACKAGE / "quality_scale.yaml").read_text())["rules"]
    assert set(_RULES) == {rule for rule in scale if rule.startswith("docs-")}
    for places in _RULES.values():
        for page, heading in places:
            assert len(page.section(heading).split()) > 20, heading


# ------------------------------------------------------------------------------------
# What leads there


def test_the_readme_is_short_and_names_every_page() -> None:
    """All pages of the folder, and the counts of what automations can use."""
    beside = {Page(path) for path in DOCS.glob("*.md")}
    linked = {Page((ROOT / link.partition("#")[0]).resolve()) for link in README.links}
    assert beside <= linked
    assert f"{len(TRIGGERS)} triggers, {len(CONDITIONS)} conditions" in README.text
    assert f"{len(ACTIONS)} actions" in README.text
    assert len(README.text) < 7000


def test_the_table_of_contents_names_every_page() -> None:
    """But itself, and the data that each trigger's page leads to."""
    linked = {Page((DOCS / link).resolve()) for link in INDEX.links}
    missing = {page for page in pages() if page not in linked}
    assert missing == {INDEX, README, Page(DOCS / "triggers" / "data.md")}


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


@pytest.mark.parametrize("page", [CONTRIBUTING], ids=str)
def test_the_files_that_a_page_names_exist(page: Page) -> None:
    """As paths from the root or in the integration; examples have made-up names."""
    made_up = {"tests/fixtures/recordings/odd_transfer.json"}
    named = {
        word.split()[0]
        for word in words(page.prose)
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
    oldest = json.loads(Path(ROOT / "hacs.json").read_text())["homeassistant"]
    for page in (README, INSTALLATION):
        assert f"Home Assistant {oldest} or newer" in page.text
