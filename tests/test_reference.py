"""The pages that list everything leave nothing out and call it what users see."""

from collections.abc import Iterator, Mapping, Sequence
import json
import re
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.directory import (
    _PERSONAL_TYPES,
    _TYPES_WITHOUT_CALLS,
)
from custom_components.ringcentral.api.models.gateway import DEFAULT_RECOVERY_TIMEOUT
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.binary_sensor import CONNECTION, PHONE_IN_USE
from custom_components.ringcentral.calls.attributes import call_attribute
from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE
from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import DOMAIN, GRACE, SAFETY_POLL_INTERVAL
from custom_components.ringcentral.entities.account import ACCOUNT_SENSORS
from custom_components.ringcentral.entities.day_total import (
    DAY_COUNTS,
    EXTENSION_COUNTS,
)
from custom_components.ringcentral.entities.groups import (
    GROUP_BINARY_SENSORS,
    GROUP_SENSORS,
    LONGEST_HOLD,
)
from custom_components.ringcentral.entities.queues import (
    MEMBERS_LOGGED_IN,
    NOBODY_TAKES_CALLS,
)
from custom_components.ringcentral.entities.voicemail import NEW_VOICEMAILS
from custom_components.ringcentral.event import CALLS
from custom_components.ringcentral.presence.call_list import _MAX_LISTED_CALLS
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.select import SELECTS
from custom_components.ringcentral.sensor import EXTENSION_SENSORS
from custom_components.ringcentral.services import _MAX_MESSAGE_LENGTH
from custom_components.ringcentral.trigger import TRIGGERS, SensorTrigger
from custom_components.ringcentral.triggers.call_trigger import KINDS
from demo.config_dir import configuration
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
from homeassistant.setup import async_setup_component

from .common import Account, until
from .documents import ROOT, Page, read_examples, tables, words
from .translations import PACKAGE, TEXTS

DOCS: Final = ROOT / "docs"
AUTOMATIONS: Final = Page(DOCS / "automations.md")
ENTITIES: Final = Page(DOCS / "entities.md")
REFERENCE: Final = Page(DOCS / "triggers.md")

CALLER: Final = "+16505550123"
_VOICEMAIL: Final = "voicemail_left"


def _texts(*path: str) -> Mapping[str, Any]:
    """Return a part of the texts that users see; nothing if there is none."""
    found: Any = TEXTS
    for key in path:
        found = found.get(key, {})
    texts: Mapping[str, Any] = found
    return texts


# ------------------------------------------------------------------------------------
# Entities and attributes

_TAKES_CALLS: Final = "takes_queue_calls"
# By the device in the table: the platform, and what it has.
_DEVICES: Final[Sequence[tuple[str, str, Sequence[EntityDescription]]]] = (
    ("Extension", "sensor", EXTENSION_SENSORS),
    ("Extension", "event", (CALLS,)),
    ("Your extension", "select", SELECTS),
    ("Account", "binary_sensor", (CONNECTION,)),
    ("Account", "sensor", ACCOUNT_SENSORS),
    ("Account", "sensor", (LONGEST_HOLD,)),
    ("Extension", "binary_sensor", (PHONE_IN_USE,)),
    ("Your extension", "sensor", (NEW_VOICEMAILS,)),
    *(
        (device, "sensor", descriptions)
        for device in ("Account", "Group")
        for descriptions in (GROUP_SENSORS, DAY_COUNTS)
    ),
    ("Extension", "sensor", EXTENSION_COUNTS),
    ("Group", "binary_sensor", GROUP_BINARY_SENSORS),
    ("Group", "event", (CALLS,)),
    ("Call queue", "sensor", (MEMBERS_LOGGED_IN,)),
    ("Call queue", "binary_sensor", (NOBODY_TAKES_CALLS,)),
    (
        "Call queue",
        "switch",
        # By the number of the member.
        (EntityDescription(key="queue_member_102", translation_key=_TAKES_CALLS),),
    ),
)
_ICONS: Final[Mapping[str, Any]] = json.loads((PACKAGE / "icons.json").read_bytes())[
    "entity"
]


def _name(platform: str, key: str) -> str:
    # The main entity has the name of its device.
    name: str = _texts("entity", platform, key).get("name", "Phone")
    return re.sub(r"{\w+}", "…", name)


# At first, by the cell: of most devices, and of an extension that shares a row.
_IS_ON: Final = {
    "yes": ("yes", "yes"),
    "no": ("no", "no"),
    "not of extensions": ("yes", "no"),
}


def test_the_table_of_entities_has_all_with_their_names() -> None:
    """And says which are enabled at first; devices that have the same share rows."""
    [rows] = tables(ENTITIES.section("All entities"))
    devices, shows, on = "", "", ""
    listed = []
    for cells in rows:
        devices, shows, on = (
            cells[index] or above
            for index, above in ((0, devices), (2, shows), (3, on))
        )
        listed += [
            (device.capitalize(), cells[1], cells[4], _IS_ON[on][device == "extension"])
            for device in devices.split(", ")
        ]
    assert sorted(listed) == sorted(
        (
            device,
            _name(platform, description.translation_key or description.key),
            f"`{platform}.…_{description.key}`",
            "yes"
            if description.entity_registry_enabled_default
            and not getattr(description, "is_optional", False)
            else "no",
        )
        for device, platform, descriptions in _DEVICES
        for description in descriptions
    )
    assert shows


def _filled(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Repeat the first cell in the rows below it that leave it empty."""
    filled: list[Sequence[str]] = []
    for row in rows:
        filled.append(row if row[0] else [filled[-1][0], *row[1:]])
    return filled


def test_the_table_of_states_has_all_with_their_names_and_icons() -> None:
    """Entities with the same states share their rows."""
    [rows] = tables(ENTITIES.section("States, icons, and colors"))
    shown = [
        (name, state, words(key)[0], f"mdi:{words(icon)[0]}")
        for names, state, key, icon, _ in _filled(rows)
        for name in names.split(", ")
    ]
    assert sorted(shown) == sorted(
        (_name(platform, key), name, state, _icon(platform, key, state))
        for platform, entities in _texts("entity").items()
        for key, texts in entities.items()
        for state, name in texts.get("state", {}).items()
    )


def _icon(platform: str, key: str, state: str) -> str:
    icons = _ICONS[platform][key]
    icon: str = icons["state"].get(state, icons["default"])
    return icon


def test_each_state_has_one_color() -> None:
    """But the states of the connection, which no dashboard colors."""
    [rows] = tables(ENTITIES.section("States, icons, and colors"))
    colors: dict[str, set[str]] = {}
    for name, state, _, icon, color in _filled(rows):
        assert bool(color) is (name != "Updates"), state
        colors.setdefault(icon, set()).add(color)
    assert {icon for icon, found in colors.items() if len(found) > 1} == set()


def test_the_tables_of_attributes_have_all_with_their_names() -> None:
    """Those of the event entity are beside its events."""
    [rows] = tables(ENTITIES.section("Attributes"))
    shown = [
        (name, words(attribute)[0], text)
        for names, attribute, text, _ in _filled(rows)
        for name in names.split(", ")
    ]
    assert sorted(shown) == sorted(
        (_name("sensor", key), attribute, text["name"])
        for key, texts in _texts("entity", "sensor").items()
        for attribute, text in texts.get("state_attributes", {}).items()
    )
    [rows] = tables(AUTOMATIONS.section(_name("event", "calls")))
    listed = {name for names, _ in rows for name in words(names)}
    named = _texts("entity", "event", "calls", "state_attributes")
    assert listed == set(named) - {"event_type"}


def _leaves(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _leaves(inner, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def test_the_table_of_a_call_lists_all_its_fields() -> None:
    """Also those that only calls of queues and of shared lines have."""
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
    [rows] = tables(ENTITIES.section("A call in active_calls"))
    assert sorted(key for keys, _ in rows for key in words(keys)) == sorted(
        [*_leaves(call_attribute(call, Privacy.FULL)), "since"]
    )


def test_the_table_of_types_has_all_that_the_program_knows() -> None:
    """People, and those without calls; any other type can be a line."""
    [people, _, others] = tables(ENTITIES.section("Types of extensions"))[0]
    assert set(words(people[0])) == _PERSONAL_TYPES
    assert set(words(others[0])) == _TYPES_WITHOUT_CALLS


# ------------------------------------------------------------------------------------
# Triggers, conditions and actions

_THINGS: Final = [
    *(("triggers", key) for key in TRIGGERS),
    *(("conditions", key) for key in CONDITIONS),
    # The others have a page of their own.
    *(("services", key) for key in ("set_presence", "get_calls")),
]
_CHOICE: Final = re.compile(r"\*\*([^*]+)\*\*(?:\]\(#[\w-]+\))? \(`(\w+)`\)")


def _section(kind: str, key: str) -> str:
    return REFERENCE.section(_texts(kind, key)["name"])


@pytest.mark.parametrize(("kind", "key"), _THINGS)
def test_each_thing_has_a_section_under_its_name_with_one_example(
    kind: str, key: str
) -> None:
    section = _section(kind, key)
    assert section.lstrip().startswith(f"`{DOMAIN}.{key}` ")
    [example] = read_examples(section)
    assert f"{DOMAIN}.{key}" in yaml.safe_dump(example)


def test_no_other_section_is_about_a_thing() -> None:
    found = re.findall(rf"^`{DOMAIN}\.(\w+)`", REFERENCE.prose, re.MULTILINE)
    assert sorted(found) == sorted(key for _, key in _THINGS)


def _fields(kind: str, key: str) -> Mapping[str, Any]:
    described = yaml.safe_load((PACKAGE / f"{kind}.yaml").read_text())
    fields: Mapping[str, Any] = described[key].get("fields", {})
    return fields


def _check_field(
    text: Mapping[str, str], field: Mapping[str, Any], row: Sequence[str]
) -> None:
    """Compare name, choices and default of a field with its row."""
    _, name, values, *_ = row
    assert name == text["name"]
    match field["selector"]:
        case {"select": {"translation_key": key, "options": options}}:
            names = _texts("selector", key, "options")
            assert _CHOICE.findall(values) == [(names[one], one) for one in options]
        case {"automation_behavior": {"mode": mode}}:
            options = ["each", "first", "all"] if mode == "trigger" else ["any", "all"]
            assert [one for _, one in _CHOICE.findall(values)] == options
        case {"boolean": _}:
            assert words(values) == ["true", "false"]
            return
        case _:
            assert _CHOICE.findall(values) == []
            return
    assert field.get("default", options[0]) == options[0]


@pytest.mark.parametrize("key", KINDS)
def test_the_table_of_options_has_those_of_each_call_trigger(key: str) -> None:
    """Each with its name in the editor and its choices, the default first."""
    [rows] = tables(REFERENCE.section("Options of call triggers"))
    fields, texts = _fields("triggers", key), _texts("triggers", key)
    offered = {
        words(row[0])[0]: row for row in rows if texts["name"] not in row[3].split(", ")
    }
    assert list(offered) == list(fields)
    for field, row in offered.items():
        _check_field(texts["fields"][field], fields[field], row)


@pytest.mark.parametrize(
    ("kind", "key", "heading"),
    [
        *(
            ("triggers", key, "Presence triggers")
            for key, trigger in TRIGGERS.items()
            if issubclass(trigger, SensorTrigger)
        ),
        *(("conditions", key, "Conditions") for key in CONDITIONS),
    ],
)
def test_the_table_of_options_has_those_of_each_trigger_and_condition_on_a_state(
    kind: str, key: str, heading: str
) -> None:
    [rows] = tables(REFERENCE.section(heading))
    fields, texts = _fields(kind, key), _texts(kind, key)
    assert [words(row[0])[0] for row in rows] == list(fields)
    for row in rows:
        [field] = words(row[0])
        _check_field(texts["fields"][field], fields[field], row)


@pytest.mark.parametrize("key", CONDITIONS)
def test_the_section_of_a_condition_names_its_sensor(key: str) -> None:
    """By the name that users see."""
    sensor = CONDITIONS[key].translation_key  # type: ignore[attr-defined]
    begin = f"`{DOMAIN}.{key}` (sensor *{_name('sensor', sensor)}*)"
    assert begin in _section("conditions", key)


def test_the_table_of_fields_has_those_of_the_action() -> None:
    [rows] = tables(_section("services", "set_presence"))
    fields = _fields("services", "set_presence")
    assert [words(row[0])[0] for row in rows] == list(fields)
    for row in rows:
        [field] = words(row[0])
        texts = _texts("services", "set_presence", "fields", field)
        _check_field(texts, fields[field], row)


async def test_the_table_of_data_names_all_that_an_automation_is_given(
    hass: HomeAssistant, account: Account
) -> None:
    """And nothing else; what Home Assistant adds is mentioned below it."""
    given = async_mock_service(hass, "test", "run")
    trigger = {
        "trigger": f"{DOMAIN}.started_ringing",
        "target": {"entity_id": account.entity_id("102", "telephony_status")},
    }
    action = {"action": "test.run", "data": {"names": "{{ trigger | list }}"}}
    assert await async_setup_component(
        hass, "automation", {"automation": {"triggers": trigger, "actions": action}}
    )
    await hass.async_block_till_done()
    account.simulator.ring("102", CALLER)
    await until(lambda: bool(given))
    section = REFERENCE.section("Data of call triggers")
    [rows] = tables(section)
    listed = [name for names, _ in rows for name in words(names)]
    added = words(section.partition("Home Assistant adds")[2].partition(".")[0])
    assert sorted(given[0].data["names"]) == sorted([*listed, *added])


async def test_the_section_of_voicemails_names_all_that_an_automation_is_given(
    hass: HomeAssistant, account: Account
) -> None:
    """And no options, since there are none."""
    assert _fields("triggers", _VOICEMAIL) == {}
    given = async_mock_service(hass, "test", "run")
    trigger = {
        "trigger": f"{DOMAIN}.{_VOICEMAIL}",
        "target": {"entity_id": account.entity_id("101", "telephony_status")},
    }
    action = {"action": "test.run", "data": {"names": "{{ trigger | list }}"}}
    assert await async_setup_component(
        hass, "automation", {"automation": {"triggers": trigger, "actions": action}}
    )
    await hass.async_block_till_done()
    account.simulator.leave_voicemail("101", CALLER, seconds=20)
    await until(lambda: bool(given))
    prose = _section("triggers", _VOICEMAIL).partition("```")[0]
    [sentence] = re.findall(r"^`trigger` contains .+", prose, re.MULTILINE)
    added = {"id", "idx", "alias", "platform", "description"}
    assert set(words(sentence)) - {"trigger"} == set(given[0].data["names"]) - added


async def test_the_tables_of_call_events_name_all_events_and_attributes(
    hass: HomeAssistant, account: Account
) -> None:
    """The events by the names that users see; and nothing else."""
    [events] = tables(AUTOMATIONS.section("What is reported when"))
    names = _texts(
        "entity", "event", "calls", "state_attributes", "event_type", "state"
    )
    assert [(words(event)[0], name) for event, name, _ in events] == [
        (event_type.value, names[event_type]) for event_type in CallEventType
    ]
    call = account.simulator.ring("102", CALLER)
    account.simulator.answer(call.telephony_session_id)
    account.simulator.move(call.telephony_session_id, "end")
    await account.until_all_reported()
    shown = account.state("102", "calls", "event").attributes
    assert shown["event_type"] == "ended"
    [attributes] = tables(AUTOMATIONS.section(_name("event", "calls")))
    listed = {name for names, _ in attributes for name in words(names)}
    own = {"event_types", "event_type", "friendly_name", "icon"}
    assert listed == shown.keys() - own


def test_the_sentence_of_activity_is_one_that_it_has() -> None:
    prose = AUTOMATIONS.section("Activity").partition("```")[0]
    [sentence] = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", prose)
    patterns = [
        re.sub(r"\\{\w+\\}", ".+", re.escape(text))
        for text in _texts("common").values()
    ]
    assert any(re.fullmatch(pattern, sentence) for pattern in patterns)


def test_the_configuration_of_activity_is_that_of_the_demo() -> None:
    """With it, a test of the logbook plays a morning in the office."""
    [example] = read_examples(AUTOMATIONS.section("Activity"))
    text = configuration(time_zone="UTC", debug=False)
    lines = [line for line in text.splitlines() if "!include" not in line]
    assert yaml.safe_load("\n".join(lines))["logbook"] == example["logbook"]


async def test_the_examples_of_calls_and_answers_have_the_real_keys(
    hass: HomeAssistant, account: Account
) -> None:
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    entity_id = account.state("102", "telephony_status").entity_id
    answer: Any = await hass.services.async_call(
        DOMAIN,
        "get_calls",
        {"entity_id": entity_id},
        blocking=True,
        return_response=True,
    )
    [call] = answer[entity_id]["active_calls"]
    [[printed]] = ENTITIES.examples
    assert list(printed) == list(call)
    assert set(printed["sip_data"]) == set(call["sip_data"])
    [rows] = tables(_section("services", "get_calls"))
    assert [key for keys, _ in rows for key in words(keys)] == list(answer[entity_id])


# ------------------------------------------------------------------------------------
# Numbers

_NUMERALS: Final = {2: "two", 3: "three", 7: "seven"}
_RING_PAUSE: Final = f"{MAX_RING_PAUSE.seconds} seconds"
_GRACE: Final = f"confirmed for {_NUMERALS[int(GRACE // 60)]} minutes"


@pytest.mark.parametrize(
    ("page", "heading", "fact"),
    [
        (ENTITIES, "Unknown and unavailable", _GRACE),
        (ENTITIES, "Attributes", f"the {_NUMERALS[_MAX_LISTED_CALLS]} latest"),
        (
            ENTITIES,
            "Attributes",
            f"up to {SAFETY_POLL_INTERVAL.seconds // 60} minutes late",
        ),
        (AUTOMATIONS, "What is reported when", f"up to {_RING_PAUSE} later"),
        (
            AUTOMATIONS,
            "Restarts and lost connections",
            f"up to {_NUMERALS[DEFAULT_RECOVERY_TIMEOUT // 60]} minutes",
        ),
        (REFERENCE, "Phone started ringing", f"a pause of up to {_RING_PAUSE}"),
        (REFERENCE, "Call ended", f"up to {_RING_PAUSE} late"),
        (REFERENCE, "Call missed", f"{_RING_PAUSE} after"),
        (REFERENCE, "Call missed", f"longer than {_RING_PAUSE}"),
        (REFERENCE, "Set presence", f"up to {_MAX_MESSAGE_LENGTH} characters"),
        (REFERENCE, "Get calls", _GRACE),
    ],
)
def test_numbers_are_those_of_the_program(page: Page, heading: str, fact: str) -> None:
    assert fact in page.section(heading)
