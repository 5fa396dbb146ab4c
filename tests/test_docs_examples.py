"""Home Assistant accepts the examples of the documentation, and they do what they say."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
import re
from shutil import copytree
from typing import Any, Final, Literal

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.trigger import TRIGGERS
from custom_components.ringcentral.triggers.call_trigger import KINDS
from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.components.recorder.services import SERVICE_PURGE_ENTITIES_SCHEMA
from homeassistant.config import async_process_component_config
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    label_registry as lr,
)
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
from simulator.company.calls import CallMove

from .actions.common import turn_on
from .common import Account
from .documents import ROOT, Page, pages, read_examples, tables, words
from .groups.common import add, team
from .reliability.common import MOVED_TIME, Time
from .strangers import NAMES
from .translations import ACTIONS, TEXTS

pytestmark = MOVED_TIME

PAGES: Final = pages()
REFERENCE: Final = Page(ROOT / "docs" / "triggers.md")
# What Home Assistant itself provides for any trigger, and of a trigger on states.
_OF_ANY_TRIGGER: Final = {"id", "idx", "alias", "platform", "description"}
_OF_STATE_TRIGGER: Final = {"entity_id", "from_state", "to_state", "for"}
# The trigger data of a call according to the documentation.
_VARIABLES: Final = {
    name
    for rows in tables(REFERENCE.section("Data of call triggers"))
    for names, _ in rows
    for name in words(names)
}
_OF_VOICEMAIL: Final = set(words(REFERENCE.section("Voicemail left")))

CALLER: Final = "+16505550123"
EXAMPLE: Final = "sensor.alice_smith_102"


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
# Accepted


def _is_automation(example: object) -> bool:
    return isinstance(example, Mapping) and bool(
        {"triggers", "use_blueprint"} & example.keys()
    )


def _is_action(example: object) -> bool:
    return isinstance(example, Mapping) and "action" in example


def _is_configuration(example: object) -> bool:
    return isinstance(example, Mapping) and bool(
        {"logbook", "mqtt", "mqtt_statestream", "recorder", "template"} & example.keys()
    )


def _is_card(example: object) -> bool:
    """Return whether an example is a card, which only the browser checks."""
    return isinstance(example, Mapping) and "type" in example


def _is_output(example: object) -> bool:
    """Return whether an example is a list of calls, or the answer of an action."""
    return "active_calls" in str(example) or (
        isinstance(example, list) and "telephony_status" in example[0]
    )


EXAMPLES: Final = [(page, example) for page in PAGES for example in page.examples]
AUTOMATIONS: Final = [
    pytest.param(page, example, id=f"{page}: {example['alias']}")
    for page, example in EXAMPLES
    if _is_automation(example)
]


@pytest.mark.parametrize(("page", "automation"), AUTOMATIONS)
async def test_each_automation_is_valid(
    hass: HomeAssistant, page: Page, automation: dict[str, Any]
) -> None:
    """By the check that the editor makes before it saves."""
    assert await async_setup_component(hass, DOMAIN, {})
    await async_validate_config_item(hass, "", deepcopy(automation))


@pytest.mark.parametrize(("page", "automation"), AUTOMATIONS)
def test_each_automation_uses_only_variables_of_its_triggers(
    page: Page, automation: dict[str, Any]
) -> None:
    """A misspelt variable is silently empty."""
    known = set(_OF_ANY_TRIGGER)
    for trigger in automation.get("triggers", ()):
        domain, _, key = trigger["trigger"].partition(".")
        if trigger["trigger"] == f"{DOMAIN}.voicemail_left":
            known |= _OF_VOICEMAIL
        elif trigger["trigger"] == "event":
            known.add("event")
        else:
            is_of_call = domain == DOMAIN and key in KINDS
            known |= _VARIABLES if is_of_call else _OF_STATE_TRIGGER
    code = yaml.safe_dump(automation)
    assert set(re.findall(r"\btrigger\.(?!\w+:)(\w+)", code)) <= known


@pytest.mark.parametrize("page", PAGES, ids=str)
async def test_each_other_example_is_accepted(hass: HomeAssistant, page: Page) -> None:
    """As an action, or as a part of the configuration or of an automation."""
    for example in page.examples:
        if _is_action(example):
            cv.SCRIPT_SCHEMA([deepcopy(example)])
        elif _is_configuration(example):
            for domain in example:
                integration = await async_get_integration(hass, domain)
                checked = await async_process_component_config(
                    hass, deepcopy(example), integration
                )
                assert checked.exception_info_list == []
                assert checked.config is not None
        elif not any(
            check(example) for check in (_is_automation, _is_card, _is_output)
        ):
            # Lines to add to an automation.
            whole = {"alias": "Any", "triggers": [], "actions": [], **example}
            await async_validate_config_item(hass, "", whole)


def _actions(part: object, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the actions in an example that have a name or domain, however deep."""
    match part:
        case {"action": str(action)} if f"{action}.".startswith(f"{name}."):
            assert isinstance(part, Mapping)
            yield part
        case Mapping():
            for inner in part.values():
                yield from _actions(inner, name)
        case list():
            for inner in part:
                yield from _actions(inner, name)


async def test_our_actions_in_examples_accept_their_data(
    hass: HomeAssistant, account: Account
) -> None:
    """Home Assistant checks the fields of an action only when it is run."""
    turn_on(account)
    found = [action for page in PAGES for action in _actions(page.examples, DOMAIN)]
    assert {action["action"] for action in found} == {f"{DOMAIN}.{a}" for a in ACTIONS}
    for action in found:
        _, name = action["action"].split(".")
        schema = hass.services.async_services_for_domain(DOMAIN)[name].schema
        assert schema is not None
        schema({**action.get("target", {}), **action.get("data", {})})


def test_actions_of_the_recorder_in_examples_accept_their_data() -> None:
    """They delete what a page promises to delete."""
    name = "recorder.purge_entities"
    found = [action for page in PAGES for action in _actions(page.examples, name)]
    assert found
    for action in found:
        SERVICE_PURGE_ENTITIES_SCHEMA(action["data"])


# ------------------------------------------------------------------------------------
# The examples of triggers, run: what happens at an extension, each time with the seconds
# that pass then, and what the example says or does in the end.

type Happening = tuple[
    CallMove | Literal["voicemail"] | Mapping[str, str] | None, float
]

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
    "voicemail_left": (
        [("voicemail", 5)],
        ["Voicemail from Ann Caller, 20 seconds"],
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
    assert set(RUNS) == set(TRIGGERS)


@pytest.mark.parametrize("key", RUNS)
async def test_the_example_of_a_trigger_does_what_its_title_describes(
    account: Account, time: Time, key: str
) -> None:
    """Once it has all happened; not when only the first part of it has."""
    await _check_runs(account, time, key, {"Ann Caller": "Ann Caller"})


_WITH_NAME: Final = [
    key for key, (_, expected) in RUNS.items() if "Ann Caller" in str(expected)
]


@pytest.mark.parametrize("key", _WITH_NAME)
async def test_the_example_of_a_trigger_shows_any_name_as_text(
    account: Account, time: Time, key: str
) -> None:
    """After words that make the message a text; call after call in one run."""
    await _check_runs(account, time, key, NAMES)


async def _check_runs(
    account: Account, time: Time, key: str, callers: Mapping[str, str]
) -> None:
    """Let callers call in turn; check what the example does, with the names as shown."""
    hass = account.hass
    [example] = read_examples(REFERENCE.section(TEXTS["triggers"][key]["name"]))
    [action] = example["actions"]
    done = async_mock_service(hass, *action["action"].split("."))
    _move_into_the_examples(account)
    await run(hass, _with_real_sensors(example, account))
    # A tick counts from the last one, whatever has really passed since: let the clock
    # get ahead of what signing in has taken.
    await time.passes(20)
    for caller, shown in callers.items():
        await _check_run(account, time, key, caller, shown, done)
        done.clear()


async def _check_run(
    account: Account,
    time: Time,
    key: str,
    caller: str,
    shown: str,
    done: Sequence[ServiceCall],
) -> None:
    happenings, expected = RUNS[key]
    call = None
    for what, seconds in happenings:
        assert len(done) < len(expected)
        match what:
            case None:
                call = account.simulator.ring("102", CALLER, from_name=caller)
            case "voicemail":
                account.simulator.leave_voicemail(
                    "101", CALLER, from_name=caller, seconds=20
                )
            case str():
                assert call is not None
                account.simulator.move(call.telephony_session_id, what)
            case _:
                account.simulator.change_extension("102", **what)
        await account.until_all_reported()
        await time.passes(seconds)
    await time.passes_until(lambda: len(done) == len(expected), within=10)
    name = account.simulator.extension("102").name
    assert [_essence(found.data) for found in done] == [
        text.format(name=name).replace("Ann Caller", shown)
        if isinstance(text, str)
        else text
        for text in expected
    ]
    if call is not None and happenings[-1][0] != "end":
        account.simulator.move(call.telephony_session_id, "end")
        await account.until_all_reported()


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
    # Only the signed-in user has one.
    own = str(account.entity_id("101", "new_voicemails"))
    code = code.replace(f"{EXAMPLE}_new_voicemails", own)
    return yaml.safe_load(code)


# ------------------------------------------------------------------------------------
# The examples of conditions on free people, run: a team of two

_TEAM: Final = ("102", "103")


async def _run_example_of_team(
    account: Account, time: Time, key: str, *actions: str
) -> list[ServiceCall]:
    """Set up the example of a condition; return the calls of these actions."""
    await add(account, team(account, "Support", numbers=_TEAM))
    [example] = read_examples(REFERENCE.section(TEXTS["conditions"][key]["name"]))
    done: list[ServiceCall] = []

    @callback
    def collect(call: ServiceCall) -> None:
        done.append(call)

    for action in actions:
        domain, name = action.split(".")
        account.hass.services.async_register(domain, name, collect)
    await run(account.hass, example)
    await time.passes(20)
    return done


async def _set_status(account: Account, time: Time, status: str, *numbers: str) -> None:
    for number in numbers:
        account.simulator.change_extension(number, userStatus=status)
    await account.until_all_reported()
    await time.passes(20)


@pytest.mark.parametrize(("busy", "is_reported"), [(("103",), False), (_TEAM, True)])
async def test_call_to_the_only_free_member_is_not_one_that_nobody_is_free_for(
    account: Account, time: Time, busy: Sequence[str], is_reported: bool
) -> None:
    """While it rings, no member is free."""
    done = await _run_example_of_team(
        account, time, "nobody_is_free", "notify.send_message"
    )
    await _set_status(account, time, "Busy", *busy)
    call = account.simulator.ring("102", CALLER, from_name="Ann Caller")
    await account.until_all_reported()
    await time.passes(1)
    free = account.hass.states.get("sensor.support_people_free")
    assert free is not None
    assert free.state == "0"
    assert [notified.data["message"] for notified in done] == (
        ["Nobody is free for Ann Caller"] if is_reported else []
    )
    account.simulator.end(call.telephony_session_id)
    await account.until_all_reported()


async def test_light_of_the_team_is_turned_off_when_nobody_is_free_any_longer(
    account: Account, time: Time
) -> None:
    done = await _run_example_of_team(
        account, time, "someone_is_free", "light.turn_on", "light.turn_off"
    )
    await _set_status(account, time, "Busy", "102")
    assert {call.service for call in done} == {"turn_on"}
    await _set_status(account, time, "Busy", "103")
    assert done[-1].service == "turn_off"
    await _set_status(account, time, "Available", "103")
    assert done[-1].service == "turn_on"


def _essence(data: Mapping[str, Any]) -> object:
    """Return what is special about an action that was run."""
    for name in ("message", "color_name", "volume_level"):
        if name in data:
            return data[name].strip() if isinstance(data[name], str) else data[name]
    return None
