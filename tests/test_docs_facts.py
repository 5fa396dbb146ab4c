"""What the documentation says of the program is what the program does."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
import json
import re
from typing import Any, Final

import pytest

from benchmarks.document import REPORTS
from custom_components.ringcentral import const
from custom_components.ringcentral.api import backoff
from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.exceptions import Reason
from custom_components.ringcentral.api.models.base import convert
from custom_components.ringcentral.api.models.gateway import DEFAULT_RECOVERY_TIMEOUT
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.api.subscriptions import RETRY_INTERVAL
from custom_components.ringcentral.binary_sensor import PHONE_IN_USE
from custom_components.ringcentral.calls.attributes import call_attribute
from custom_components.ringcentral.const import OPTIONAL_PERMISSIONS
from custom_components.ringcentral.control.manager import EVENT_CALL_CONTROL
from custom_components.ringcentral.entities import manager as entity_manager
from custom_components.ringcentral.entities.day_total import (
    DAY_COUNTS,
    EXTENSION_COUNTS,
)
from custom_components.ringcentral.entities.groups import (
    GROUP_BINARY_SENSORS,
    GROUP_SENSORS,
)
from custom_components.ringcentral.entities.queues import (
    MEMBERS_LOGGED_IN,
    NOBODY_TAKES_CALLS,
)
from custom_components.ringcentral.event import CALLS
from custom_components.ringcentral.logbook import EVENT_CALL
from custom_components.ringcentral.presence.call_list import _MAX_LISTED_CALLS
from custom_components.ringcentral.privacy import Privacy, mask_text
from custom_components.ringcentral.roster import entity_allocation, registered_entities
from custom_components.ringcentral.select import SELECTS
from custom_components.ringcentral.sensor import EXTENSION_SENSORS
from demo.texts import frontend_texts
from homeassistant.components.recorder import CONFIG_SCHEMA
from homeassistant.components.trace.const import DEFAULT_STORED_TRACES
from homeassistant.helpers.entity_registry import ORPHANED_ENTITY_KEEP_SECONDS
from homeassistant.helpers.entityfilter import (
    convert_include_exclude_filter,
    generate_filter,
)
from homeassistant.helpers.restore_state import STATE_EXPIRATION

from .documents import ROOT, Page, read_examples, tables, user_pages, words
from .languages import by_path
from .translations import TEXTS

ASSIST: Final = Page(ROOT / "docs" / "assist.md")
BOARD: Final = Page(ROOT / "docs" / "board.md")
CALL_CONTROL: Final = Page(ROOT / "docs" / "call-control.md")
CONNECTION: Final = Page(ROOT / "docs" / "connection.md")
LIMITS: Final = Page(ROOT / "docs" / "limits.md")
PRIVACY: Final = Page(ROOT / "docs" / "privacy.md")
TROUBLESHOOTING: Final = Page(ROOT / "docs" / "troubleshooting.md")
BLUEPRINTS: Final = ROOT / "blueprints" / "automation" / "ringcentral"

_CODE: Final = re.compile(r"`[^`]*`")

# ------------------------------------------------------------------------------------
# Numbers

_WORDS: Final = {1: "one", 2: "two", 3: "three", 5: "five", 7: "seven", 10: "ten"}


def _number(value: float) -> str:
    return _WORDS.get(int(value)) or f"{int(value):,}"


def _minutes(seconds: float | timedelta) -> str:
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    count, rest = divmod(seconds, 60)
    assert rest == 0
    return "a minute" if count == 1 else f"{_number(count)} minutes"


def _days(seconds: float) -> str:
    count, rest = divmod(seconds, 86_400)
    assert rest == 0
    return "a week" if count == 7 else f"{_number(count)} days"


_FULL: Final = entity_allocation.FULL_SET_UP_TO
_FULL_ENTITIES: Final = _FULL * registered_entities.FULL_SET
_LEFT: Final = entity_allocation.FILLED_AT_MOST - _FULL_ENTITIES
_TEAM: Final = len((*GROUP_SENSORS, *DAY_COUNTS, *GROUP_BINARY_SENSORS, CALLS))
_OF_QUEUE: Final = (MEMBERS_LOGGED_IN, NOBODY_TAKES_CALLS)

FACTS: Final[Sequence[tuple[Page, str]]] = [
    (CONNECTION, f"first after {backoff.RETRY_PAUSES[0][0]} second"),
    (CONNECTION, f"up to {_minutes(backoff.RETRY_PAUSES[-1][1])} apart"),
    (CONNECTION, f"also read every {_minutes(const.SAFETY_POLL_INTERVAL)}"),
    (CONNECTION, f"after {_minutes(const.FIRST_POLL_AFTER)}, everyone is also checked"),
    (CONNECTION, f"up to {_minutes(const.POLL_INTERVAL)} late"),
    (CONNECTION, f"after {_minutes(const.GRACE)} without confirmation"),
    (LIMITS, f"longer than {_minutes(DEFAULT_RECOVERY_TIMEOUT)}"),
    (LIMITS, f"within {_minutes(const.SAFETY_POLL_INTERVAL)}"),
    (LIMITS, f"shorter than {_minutes(const.POLL_INTERVAL)}"),
    (LIMITS, f"More than {_number(_MAX_LISTED_CALLS)} calls"),
    (LIMITS, f"allows {_number(entity_allocation.ENABLED_AT_MOST)} enabled entities"),
    (LIMITS, f"up to {_number(_FULL)} |"),
    (LIMITS, f"above {_number(entity_allocation.FILLED_AT_MOST)} |"),
    (LIMITS, f"the four of {_number(_FULL)} people take {_number(_FULL_ENTITIES)}"),
    (LIMITS, f"space for {_number(_LEFT)} more people"),
    (LIMITS, f"A team takes {_TEAM} entities"),
    (LIMITS, f"a queue {_TEAM + len(_OF_QUEUE)} and one per member"),
    (LIMITS, f"up to {_number(const.POLLED_PER_REQUEST)} people are checked once"),
    (LIMITS, f"After {_number(entity_manager.SET_UP_AT_MOST)} seconds"),
    (LIMITS, f"{_number(2 * const.POLLED_PER_REQUEST)} every two minutes"),
    (PRIVACY, f"{_number(DEFAULT_STORED_TRACES)} runs of each automation and script"),
    (PRIVACY, f"{_days(STATE_EXPIRATION.total_seconds())} after the person is removed"),
    (PRIVACY, f"{_days(ORPHANED_ENTITY_KEEP_SECONDS)} after the account is deleted"),
    (TROUBLESHOOTING, f"[more than {_number(_FULL)} people]"),
]


@pytest.mark.parametrize(("page", "fact"), FACTS, ids=[f"{p}: {f}" for p, f in FACTS])
def test_number_is_the_one_of_the_program(page: Page, fact: str) -> None:
    """Of the integration, or of Home Assistant."""
    assert fact in page.prose


def test_an_hour_passes_until_rejected_filters_are_requested_again() -> None:
    assert timedelta(hours=1).total_seconds() == RETRY_INTERVAL
    assert "once an hour" in TROUBLESHOOTING.section("Repairs")


def test_speed_is_what_was_measured() -> None:
    """In the last run."""
    report = json.loads(REPORTS.read_text())[-1]
    speed = LIMITS.section("Speed")
    assert f"about {report['call_hot_ratio']['median']:.1f} times the minimum" in speed
    assert round(report["growth_ratio"]["median"], 1) <= 1
    assert "this ratio does not grow" in speed


def test_database_grows_by_what_was_measured() -> None:
    """In the last run."""
    report = json.loads(REPORTS.read_text())[-1]
    kilobytes = report["recorder_bytes_per_call"]["median"] / 1000
    assert f"about {kilobytes:.1f} kB" in LIMITS.section("Large companies")


def _recorder(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of the recorder, with all defaults."""
    config: dict[str, Any] = CONFIG_SCHEMA(example)["recorder"]
    return config


def test_history_is_kept_for_ten_days_unless_changed() -> None:
    """By the recorder."""
    kept = f"{_number(_recorder({'recorder': {}})['purge_keep_days'])} days"
    assert f"kept for {kept}" in PRIVACY.prose
    assert f"{kept}, or the recorder's `purge_keep_days`" in PRIVACY.prose


# ------------------------------------------------------------------------------------
# Privacy

_EXAMPLE: Final = "alice_smith_102"
# The keys of a person's entities by entity id, which are the same in every language.
ENTITIES: Final = {
    f"{platform}.{_EXAMPLE}_{description.key}": description.key
    for platform, descriptions in (
        ("sensor", EXTENSION_SENSORS),
        ("sensor", EXTENSION_COUNTS),
        ("binary_sensor", (PHONE_IN_USE,)),
        ("event", (CALLS,)),
        ("select", SELECTS),
    )
    for description in descriptions
}
# Those of a group, which may have one member.
GROUP: Final = {
    f"{platform}.support_{description.key}"
    for platform, descriptions in (
        ("sensor", (*GROUP_SENSORS, *DAY_COUNTS)),
        ("binary_sensor", GROUP_BINARY_SENSORS),
        ("event", (CALLS,)),
    )
    for description in descriptions
}


def _leaves(value: object) -> list[object]:
    match value:
        case dict():
            return [leaf for inner in value.values() for leaf in _leaves(inner)]
        case _:
            return [value]


def _shown(privacy: Privacy) -> dict[str, list[object]]:
    """Return what a level shows of a call and of a presence, by the rows of the page."""
    call = call_attribute(
        convert(
            ActiveCall,
            {
                "id": "1",
                "direction": "Inbound",
                "queueCall": False,
                "from": "+16505550123",
                "fromName": "Ann Caller",
                "to": "+16505550123",
                "toName": "Ann Caller",
                "startTime": "2026-03-02T09:00:00Z",
                "telephonyStatus": "Ringing",
                "sessionId": "1",
                "telephonySessionId": "s-1",
                "partyId": "p-1",
                "sipData": {
                    "remoteUri": "sip:1",
                    "localUri": "sip:1",
                    "toTag": "1",
                    "fromTag": "1",
                    "callId": "1",
                    "rcSessionId": "1",
                },
                "callInfo": {
                    "primary": {"type": "PhoneNumber", "value": "+16505550123"}
                },
                "appearanceInfo": {"phoneNumber": "+16505550123"},
            },
            Anomalies(),
        ),
        privacy,
    )
    sip: Mapping[str, Any] = call["sip_data"] or {}
    return {
        "Numbers in calls": [
            call["from"],
            call["to"],
            call["call_info"]["primary"]["value"],
            call["appearance_info"]["phone_number"],
        ],
        "Names in calls": [call["from_name"], call["to_name"]],
        "SIP addresses": [sip.get("remote_uri"), sip.get("local_uri")],
        "SIP tags and SIP call ids": [
            sip.get(key) for key in ("to_tag", "from_tag", "call_id", "rc_session_id")
        ],
        "Status messages": [mask_text("Lunch", privacy)],
        "Status, direction, queue call, times, RingCentral's ids of the call": [
            call[key]
            for key in (
                *("telephony_status", "direction", "queue_call", "start_time"),
                *("id", "session_id", "telephony_session_id", "party_id"),
            )
        ],
    }


@pytest.mark.parametrize(("column", "privacy"), enumerate(Privacy, 1))
def test_table_of_levels_has_what_each_level_shows(
    column: int, privacy: Privacy
) -> None:
    """Shown as it is, masked as in the example, or empty."""
    [rows] = tables(PRIVACY.section("What each level shows"))
    shown = _shown(privacy)
    assert [row[0] for row in rows] == list(shown)
    for row in rows:
        values = shown[row[0]]
        match row[column]:
            case "shown":
                assert None not in values
            case "empty":
                assert set(values) == {None}
            case example:
                assert set(values) == set(words(example))


def test_levels_are_called_as_in_the_form() -> None:
    section = PRIVACY.section("What each level shows")
    for name in TEXTS["selector"]["privacy"]["options"].values():
        assert f"| {name.partition(':')[0]}" in section


def test_example_deletes_the_history_of_all_entities_of_a_person() -> None:
    [example] = read_examples(PRIVACY.section("Delete"))
    glob = example["data"]["entity_globs"]
    deleted = generate_filter([], [], [], [], [glob], [])
    assert all(map(deleted, ENTITIES))
    assert not deleted("sensor.ringcentral_alice_smith_102_link")


def test_example_keeps_times_of_calls_out_of_the_history() -> None:
    """Those that would show who talks to whom."""
    [example] = read_examples(PRIVACY.section("What times reveal"))
    recorder = _recorder(example)
    assert recorder["exclude"]["event_types"] == [EVENT_CALL, EVENT_CALL_CONTROL]
    is_recorded = convert_include_exclude_filter(recorder)
    assert {
        key for entity_id, key in ENTITIES.items() if not is_recorded(entity_id)
    } == {
        *("calls", "telephony_status", "presence"),
        *("active_calls", "last_event", "on_the_phone"),
        *(count.key for count in EXTENSION_COUNTS),
    }
    assert not any(map(is_recorded, GROUP))
    assert is_recorded("sensor.support_members_logged_in")


def test_example_keeps_actions_out_of_the_database() -> None:
    [example] = read_examples(PRIVACY.section("Automations"))
    assert _recorder(example)["exclude"]["event_types"] == ["call_service"]


def test_example_keeps_no_traces() -> None:
    [automation] = read_examples(PRIVACY.section("Traces of automations"))
    assert automation["trace"] == {"stored_traces": 0}


# ------------------------------------------------------------------------------------
# Connection


def test_each_state_of_updates_is_explained() -> None:
    """By the name that is shown, and the word that templates use."""
    [rows] = tables(CONNECTION.section("States of Updates"))
    states = TEXTS["entity"]["sensor"]["link"]["state"]
    assert {state for state, *_ in rows} == {
        f"{name} (`{key}`)" for key, name in states.items()
    }


# ------------------------------------------------------------------------------------
# Troubleshooting


def test_each_reason_is_explained_once() -> None:
    """By the text that is shown, and the word that the log and the diagnostics have."""
    [rows] = tables(TROUBLESHOOTING.section("Reasons"))
    explained = [reason for found, _ in rows for reason in found.split("; ")]
    shown = TEXTS["entity"]["sensor"]["link"]["state_attributes"]["reason"]["state"]
    assert sorted(explained) == sorted(f"{shown[key]} (`{key}`)" for key in Reason)
    assert all(helps for _, helps in rows)


def test_each_repair_is_explained_by_its_title() -> None:
    """With what helps and what can be selected."""
    section = TROUBLESHOOTING.section("Repairs")
    [rows] = tables(section)
    assert sorted(title for title, _ in rows) == sorted(
        issue["title"].removesuffix(" ({account})")
        for issue in TEXTS["issues"].values()
    )
    assert all(helps for _, helps in rows)
    for issue in TEXTS["issues"].values():
        for step in issue.get("fix_flow", {}).get("step", {}).values():
            for name in step.get("menu_options", {}).values():
                assert f"**{name}**" in section


# ------------------------------------------------------------------------------------
# Names

_LABELS: Final = set(frontend_texts("en").values())
_SHOWN: Final = {
    *(
        text.partition(end)[0]
        for text in by_path("en").values()
        for end in ("\0", ":", " (")
    ),
    # The sensor that shows as its device.
    "Phone",
    # Permissions in the developer console.
    *OPTIONAL_PERMISSIONS.values(),
    # The card.
    "RingCentral switchboard",
    # Of RingCentral, and of Home Assistant.
    "My Home Assistant",
    # Of an example: a label and the automations.
    "Reception",
    *re.findall(r"^alias: (.+)$", LIMITS.text, re.MULTILINE),
    # Of a blueprint.
    *re.findall(r"name: ([^\n]+)", (BLUEPRINTS / "busy_light.yaml").read_text()),
}


@pytest.mark.parametrize(
    "page",
    [ASSIST, BOARD, CALL_CONTROL, CONNECTION, LIMITS, PRIVACY, TROUBLESHOOTING],
    ids=str,
)
def test_names_in_italics_are_those_on_the_screen(page: Page) -> None:
    """Of this integration, or labels of Home Assistant."""
    names = set(re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", _CODE.sub("", page.prose)))
    assert names
    assert names - _SHOWN - _LABELS == set()


_OF_MENUS: Final = {
    *("⋮", "RingCentral"),
    # Of HACS, which is Home Assistant's Marketplace from 2026.11 on.
    "Custom repositories",
}


@pytest.mark.parametrize("page", user_pages(), ids=str)
def test_paths_through_menus_are_those_of_home_assistant(page: Page) -> None:
    """Each step has the label of a page, a button or an entry of a menu."""
    paths = re.findall(r"\*\*([^*\n]*→ [^*\n]+)\*\*", page.prose)
    steps = {step.strip() for path in paths for step in path.split("→")} - {""}
    assert steps - _OF_MENUS - _LABELS == set()
