"""The documentation is complete, and Home Assistant does what it describes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
import re
from shutil import copytree
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from custom_components.ringcentral.calls.lifecycle import CallEventType
from custom_components.ringcentral.condition import CONDITIONS
from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.trigger import TRIGGERS
from custom_components.ringcentral.triggers.call_trigger import KINDS
from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
from simulator.company.calls import CallMove

from .common import Account, until
from .documents import ROOT, Page, pages, tables, words
from .reliability.common import MOVED_TIME, Time
from .strangers import WITH_ANY_NAME
from .translations import ACTIONS, PACKAGE, TEXTS

pytestmark = MOVED_TIME

PAGES: Final = pages()
INDEX: Final = Page(ROOT / "docs" / "automations.md")
ENTITIES: Final = Page(ROOT / "docs" / "entities.md")
DATA: Final = Page(ROOT / "docs" / "triggers" / "data.md")
# Pages of a folder that are not about one key.
SHARED: Final = {"triggers": {DATA}, "conditions": set(), "actions": set()}
KEYS: Final[Mapping[str, Collection[str]]] = {
    "triggers": TRIGGERS,
    "conditions": CONDITIONS,
    "actions": ACTIONS,
}
WITH_OPTIONS: Final = [
    (kind, key) for kind in ("triggers", "conditions") for key in KEYS[kind]
]
# What Home Assistant itself provides for any trigger, and of a trigger on states.
_OF_ANY_TRIGGER: Final = {"id", "idx", "alias", "platform", "description"}
_OF_STATE_TRIGGER: Final = {"entity_id", "from_state", "to_state", "for"}
# The trigger data of a call according to the documentation.
_VARIABLES: Final = {
    name for rows in tables(DATA.text) for names, _ in rows for name in words(names)
}

CALLER: Final = "+16505550123"
EXAMPLE: Final = "sensor.alice_smith_102"


def page_of(kind: str, key: str) -> Page:
    """Return the page of a trigger, a condition or an action."""
    return Page(ROOT / "docs" / kind / f"{key}.md")


def names(kind: str) -> Mapping[str, Any]:
    """Return the texts that the editor shows."""
    texts: Mapping[str, Any] = TEXTS["services" if kind == "actions" else kind]
    return texts


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a configuration into which the blueprints have been imported."""
    copytree(
        ROOT / "blueprints/automation/ringcentral",
        tmp_path / "blueprints/automation/ringcentral-presence",
    )
    return str(tmp_path)


async def run(hass: HomeAssistant, automation: Mapping[str, Any]) -> None:
    """Let Home Assistant run an automation."""
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


# ------------------------------------------------------------------------------------
# Complete


@pytest.mark.parametrize("kind", KEYS)
def test_each_thing_has_a_page_and_each_page_a_thing(kind: str) -> None:
    """Under the name that the editor shows."""
    found = {Page(path) for path in (ROOT / "docs" / kind).glob("*.md")}
    assert found == {page_of(kind, key) for key in KEYS[kind]} | SHARED[kind]
    for key in KEYS[kind]:
        page = page_of(kind, key)
        assert page.title == names(kind)[key]["name"]
        assert f"`{DOMAIN}.{key}`" in page.prose


@pytest.mark.parametrize("option", ["direction", "queue_calls", "call_behavior"])
def test_the_choices_are_called_what_the_editor_calls_them(option: str) -> None:
    """Each with its YAML key."""
    for value, name in TEXTS["selector"][option]["options"].items():
        assert f"**{name}** (`{value}`" in INDEX.prose


@pytest.mark.parametrize("kind", KEYS)
def test_the_index_leads_to_each_page_by_its_name(kind: str) -> None:
    """In a table with what to write in YAML."""
    [listed] = tables(INDEX.section(kind.capitalize()))
    assert {(name, key) for name, key, _ in listed} == {
        (f"[{names(kind)[key]['name']}]({kind}/{key}.md)", f"`{DOMAIN}.{key}`")
        for key in KEYS[kind]
    }


@pytest.mark.parametrize(("kind", "key"), WITH_OPTIONS)
def test_the_table_of_options_is_what_the_editor_offers(kind: str, key: str) -> None:
    """Each option with its name and all that can be chosen, the default first."""
    [rows] = tables(page_of(kind, key).section("Options"))
    texts = names(kind)[key]["fields"]
    shown = {
        words(option)[0]: (name, words(values)) for option, name, values, _ in rows
    }
    described = yaml.safe_load((PACKAGE / f"{kind}.yaml").read_text())[key]["fields"]
    assert shown == {
        option: (texts[option]["name"], _choices(field))
        for option, field in described.items()
    }


def _choices(field: Mapping[str, Any]) -> list[str]:
    """Return what can be chosen in a field of the editor."""
    match field["selector"]:
        case {"select": {"options": options}}:
            choices: list[str] = options
        case {"automation_behavior": {"mode": "trigger"}}:
            choices = ["each", "first", "all"]
        case {"automation_behavior": {"mode": "condition"}}:
            choices = ["any", "all"]
        case _:
            return []
    assert choices[0] == field["default"]
    return choices


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
    await run(hass, {"triggers": trigger, "actions": action})
    account.simulator.ring("102", CALLER)
    await until(lambda: bool(given))
    assert set(given[0].data["names"]) == _VARIABLES | _OF_ANY_TRIGGER
    assert set(words(DATA.prose)) >= _OF_ANY_TRIGGER


async def test_the_tables_of_call_events_name_all_events_and_attributes(
    hass: HomeAssistant, account: Account
) -> None:
    """And nothing else."""
    [events] = tables(INDEX.section("What is reported when"))
    [attributes] = tables(INDEX.section("The Calls entity"))
    assert [words(event) for event, _, _ in events] == [
        [event_type.value] for event_type in CallEventType
    ]
    account.simulator.ring("102", CALLER)
    await account.until_all_reported()
    shown = account.state("102", "calls", "event").attributes
    assert shown["event_type"] == "ringing"
    assert [name for names, _ in attributes for name in words(names)] == [
        name
        for name in shown
        if name not in ("event_types", "event_type", "friendly_name")
    ]


# ------------------------------------------------------------------------------------
# True


AUTOMATIONS: Final = [
    (page, example)
    for page in PAGES
    for example in page.examples
    if "triggers" in example or "use_blueprint" in example
]
_NAMES_OF_AUTOMATIONS: Final = [
    f"{page}: {automation['alias']}" for page, automation in AUTOMATIONS
]


@pytest.mark.parametrize(("page", "automation"), AUTOMATIONS, ids=_NAMES_OF_AUTOMATIONS)
async def test_each_example_is_a_valid_automation(
    hass: HomeAssistant, account: Account, page: Page, automation: dict[str, Any]
) -> None:
    """By the check that the editor makes before it saves."""
    await async_validate_config_item(hass, "", deepcopy(automation))


@pytest.mark.parametrize(("page", "automation"), AUTOMATIONS, ids=_NAMES_OF_AUTOMATIONS)
def test_each_example_uses_only_variables_of_its_triggers(
    page: Page, automation: dict[str, Any]
) -> None:
    """A misspelt variable is silently empty."""
    known = set(_OF_ANY_TRIGGER)
    for trigger in automation.get("triggers", ()):
        domain, _, key = trigger["trigger"].partition(".")
        is_of_call = domain == DOMAIN and key in KINDS
        known |= _VARIABLES if is_of_call else _OF_STATE_TRIGGER
    code = yaml.safe_dump(automation)
    assert set(re.findall(r"\btrigger\.(?!\w+:)(\w+)", code)) <= known


def test_each_other_example_is_no_part_of_an_automation() -> None:
    checked = [example for _, example in AUTOMATIONS]
    for page in PAGES:
        others = [example for example in page.examples if example not in checked]
        code = yaml.safe_dump(others)
        assert not re.search(r"\b(trigger|condition|action)s?:", code), page


async def test_the_examples_of_calls_have_the_fields_of_calls(
    hass: HomeAssistant, account: Account
) -> None:
    """Those that every call has."""
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
    real = answer[entity_id]
    [call] = real["active_calls"]
    [[printed_call]] = ENTITIES.examples
    assert set(printed_call) == set(call)
    assert set(printed_call["sip_data"]) == set(call["sip_data"])
    _, printed_answer = page_of("actions", "get_calls").examples
    [printed] = printed_answer.values()
    assert set(printed) == set(real)
    assert set(printed["active_calls"][0]) < set(call)


@pytest.mark.parametrize("kind", KEYS)
def test_each_page_has_an_example_of_what_it_is_about(kind: str) -> None:
    """And the title of each example is its purpose."""
    for key in KEYS[kind]:
        examples = page_of(kind, key).examples
        assert f"{DOMAIN}.{key}" in yaml.safe_dump(examples), key


# ------------------------------------------------------------------------------------
# The examples of triggers, run: what happens at an extension, each time with the seconds
# that pass then, and what the example says or does in the end.

type Happening = tuple[CallMove | Mapping[str, str] | None, float]

RUNS: Final[Mapping[str, tuple[Sequence[Happening], Sequence[object]]]] = {
    "started_ringing": ([(None, 0)], ["Call for {name}: Ann Caller"]),
    "call_answered": ([(None, 5), ("answer", 0)], [0.1]),
    "call_held": (
        [(None, 5), ("answer", 5), ("hold", 25)],
        ["On hold at {name}: Ann Caller"],
    ),
    "call_resumed": (
        [(None, 5), ("answer", 5), ("hold", 150), ("unhold", 0)],
        ["After 150 seconds on hold: Ann Caller"],
    ),
    "call_parked": (
        [(None, 5), ("answer", 5), ("park", 125)],
        ["Parked for two minutes: Ann Caller"],
    ),
    "call_ended": (
        [(None, 5), ("answer", 2700), ("end", 0)],
        ["That was 45 minutes. Time for a coffee."],
    ),
    "call_missed": (
        [(None, 20), ("end", 5)],
        ["For {name}: Ann Caller, rang for 20 seconds."],
    ),
    "data": (
        [(None, 5), ("answer", 60), ("end", 0)],
        [
            f"Name Ann Caller, number {CALLER}, inbound, direct, at {{name}} (102), "
            f"talked for {seconds} seconds. SIP peer: {{peer}}"
            for seconds in (0, 60)
        ],
    ),
    "became_available": (
        [({"userStatus": "Busy"}, 5), ({"userStatus": "Available"}, 15)],
        ["green"],
    ),
    "became_busy": ([({"userStatus": "Busy"}, 10)], [None]),
    "became_offline": ([({"userStatus": "Offline"}, 910)], [None]),
    "dnd_turned_on": ([({"dndStatus": "DoNotAcceptAnyCalls"}, 0)], ["blue"]),
    "dnd_turned_off": (
        [
            ({"dndStatus": "DoNotAcceptAnyCalls"}, 5),
            ({"dndStatus": "TakeAllCalls"}, 0),
        ],
        [None],
    ),
}


def test_the_example_of_each_trigger_is_run() -> None:
    """And the one of the page about the data."""
    assert set(RUNS) == set(TRIGGERS) | {"data"}


@pytest.mark.parametrize("key", RUNS)
async def test_the_example_of_a_trigger_does_what_its_title_describes(
    account: Account, time: Time, key: str
) -> None:
    """Once it has all happened; not when only the first part of it has."""
    await _check_run(account, time, key, "Ann Caller")


_WITH_NAME: Final = [
    key for key, (_, expected) in RUNS.items() if "Ann Caller" in str(expected)
]


@WITH_ANY_NAME
@pytest.mark.parametrize("key", _WITH_NAME)
async def test_the_example_of_a_trigger_shows_any_name_as_text(
    account: Account, time: Time, key: str, name: str, shown: str
) -> None:
    """After words that make the message a text."""
    await _check_run(account, time, key, name, shown)


async def _check_run(
    account: Account, time: Time, key: str, caller: str, shown: str = "Ann Caller"
) -> None:
    hass = account.hass
    [example] = page_of("triggers", key).examples
    [action] = example["actions"]
    done = async_mock_service(hass, *action["action"].split("."))
    _move_into_the_examples(account)
    await run(hass, _with_real_sensors(example, account))
    happenings, expected = RUNS[key]
    call, peer = None, None
    # A tick counts from the last one, whatever has really passed since: let the clock
    # get ahead of what signing in has taken.
    await time.passes(20)
    for what, seconds in happenings:
        assert len(done) < len(expected)
        match what:
            case None:
                call = account.simulator.ring("102", CALLER, from_name=caller)
            case str():
                assert call is not None
                account.simulator.move(call.telephony_session_id, what)
            case _:
                account.simulator.change_extension("102", **what)
        await account.until_all_reported()
        await time.passes(seconds)
        for call_now in account.state("102", "telephony_status").attributes[
            "active_calls"
        ]:
            peer = call_now["sip_data"]["remote_uri"]
    await time.passes_until(lambda: len(done) == len(expected), within=10)
    name = account.simulator.extension("102").name
    assert [_essence(found.data) for found in done] == [
        text.format(name=name, peer=peer).replace("Ann Caller", shown)
        if isinstance(text, str)
        else text
        for text in expected
    ]


def _move_into_the_examples(account: Account) -> None:
    """Put the extension into the area and label that the examples are about."""
    found = account.device("102")
    assert found is not None
    areas, labels = ar.async_get(account.hass), lr.async_get(account.hass)
    dr.async_get(account.hass).async_update_device(
        found.id,
        area_id=areas.async_create("Office").id,
        labels={labels.async_create(name).label_id for name in ("Sales", "Reception")},
    )


def _with_real_sensors(example: object, account: Account) -> Any:
    """Replace the sensors of an example, as the documentation instructs its readers."""
    code = yaml.safe_dump(example)
    for key in ("telephony_status", "presence", "dnd"):
        code = code.replace(f"{EXAMPLE}_{key}", str(account.entity_id("102", key)))
    return yaml.safe_load(code)


def _essence(data: Mapping[str, Any]) -> object:
    """Return what is special about an action that was run."""
    for name in ("message", "color_name", "volume_level"):
        if name in data:
            return data[name].strip() if isinstance(data[name], str) else data[name]
    return None


# ------------------------------------------------------------------------------------
# Actions and links


def _actions(part: object) -> Iterator[Mapping[str, Any]]:
    """Yield our own actions in an example, however deep they are."""
    match part:
        case dict() if str(part.get("action")).startswith(f"{DOMAIN}."):
            yield part
        case Mapping():
            for inner in part.values():
                yield from _actions(inner)
        case list():
            for inner in part:
                yield from _actions(inner)


async def test_our_actions_in_examples_accept_their_data(
    hass: HomeAssistant, account: Account
) -> None:
    """Home Assistant checks the fields of an action only when it is run."""
    found = [action for page in PAGES for action in _actions(page.examples)]
    assert {action["action"] for action in found} == {f"{DOMAIN}.{a}" for a in ACTIONS}
    for action in found:
        _, name = action["action"].split(".")
        schema = hass.services.async_services_for_domain(DOMAIN)[name].schema
        assert schema is not None
        schema({**action.get("target", {}), **action.get("data", {})})


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_link_leads_somewhere(page: Page) -> None:
    """To a file and a heading in it; links to other hosts are not checked."""
    lost = []
    for link in page.links:
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = Page((page.path.parent / path).resolve() if path else page.path)
        if not target.path.exists() or (anchor and anchor not in target.anchors):
            lost.append(link)
    assert lost == []


def test_each_page_can_be_found() -> None:
    """From the README, by links."""
    found = [PAGES[0]]
    for page in found:
        targets = (link.partition("#")[0] for link in page.links)
        for target in targets:
            linked = Page((page.path.parent / target).resolve())
            if linked in PAGES and linked not in found:
                found.append(linked)
    assert set(found) == set(PAGES)
