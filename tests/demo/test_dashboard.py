"""The dashboard that the demo opens with: board, groups, and a button that rings a phone."""

from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest
import yaml

from demo.config_dir import configuration
from demo.dashboard import BOARD, simulated_board
from demo.groups import Counted, counted
from demo.phones import DOMAIN, Phone
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

_SOURCES: Final = Path(__file__).parents[2] / "frontend" / "src"
_SERVER: Final = "http://127.0.0.1:8089"


def _phones(numbers: Iterable[str]) -> Iterator[Phone]:
    for number in numbers:
        yield Phone(
            device_id=number, number=number, telephony_status=f"sensor.{number}"
        )


_KEYS: Final = (
    *("current_calls", "people_free", "people_ringing", "people_on_the_phone"),
    *("incoming_today", "outgoing_today", "answered_today", "missed_today"),
    *("talk_time_today", "longest_wait_today"),
)
_OF_GROUP: Final = ("anyone_on_the_phone", "anyone_ringing")
_OF_QUEUE: Final = ("members_logged_in", "nobody_takes_calls")


def _counted(name: str, *more: str, is_group: bool = True) -> Counted:
    entities = {key: f"sensor.{name}_{key}" for key in (*_KEYS, *more)}
    return Counted(device_id=name, name=name, is_group=is_group, entities=entities)


_COUNTED: Final = (
    _counted("account", is_group=False),
    _counted("support", *_OF_GROUP),
    _counted("queue", *_OF_GROUP, *_OF_QUEUE),
)


def _sections(numbers: list[str]) -> list[dict[str, Any]]:
    [view] = simulated_board(_SERVER, _phones(numbers), _COUNTED)["views"]
    sections: list[dict[str, Any]] = view["sections"]
    return sections


def _cards(numbers: list[str]) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = _sections(numbers)[0]["cards"]
    return cards


def _command(action: str) -> dict[str, str]:
    """Return the command of a REST action in the demo's configuration."""
    text = configuration(time_zone="UTC", debug=False)
    lines = [line for line in text.splitlines() if "!include" not in line]
    domain, _, name = action.partition(".")
    command: dict[str, str] = yaml.safe_load("\n".join(lines))[domain][name]
    return command


def test_simulated_company_has_the_board_and_a_button() -> None:
    """Which shows everybody, and a line for each group."""
    board, button = _cards(["101"])
    source = (_SOURCES / "config.ts").read_text(encoding="utf-8")
    [name] = re.findall(r'const CARD = "(.+)"', source)
    groups = ["everyone", "support", "queue"]
    assert board == {"type": f"custom:{name}", "groups": groups}
    assert button["name"] == "Ring a phone"


@pytest.mark.parametrize(("index", "counted"), enumerate(_COUNTED, 1))
def test_account_and_groups_have_a_section_each_with_all_that_they_count(
    index: int, counted: Counted
) -> None:
    """The calls of a group are on the board, those of the account in a list."""
    section = json.dumps(_sections(["101"])[index])
    left_out = {
        key for key, entity_id in counted.entities.items() if entity_id not in section
    }
    assert left_out == ({"current_calls"} if counted.is_group else set())


def test_calls_of_the_account_are_listed_with_both_parties(hass: HomeAssistant) -> None:
    """As the attribute has them; without any, it says so."""
    [card] = [c for c in _sections(["101"])[1]["cards"] if c["type"] == "markdown"]

    def shown(*calls: dict[str, str | None]) -> list[str]:
        attributes = {"active_calls": calls}
        hass.states.async_set("sensor.account_current_calls", "0", attributes)
        text: str = Template(card["content"], hass).async_render(parse_result=False)
        return text.splitlines()

    assert shown() == ["No calls"]
    number = {"from": "+16505550123", "from_name": None, "to": "102"}
    hidden = {"from": None, "from_name": None, "to": "101", "to_name": "Alice"}
    assert shown({**number, "to_name": None}, hidden) == [
        "- +16505550123 → 102",
        "- Unknown caller → Alice",
    ]


def test_account_and_groups_are_found_with_their_entities() -> None:
    """The account first; phones, other integrations and disabled entities are not."""

    def device(device_id: str, via: str | None) -> dict[str, Any]:
        return {"id": device_id, "name": device_id, "via_device_id": via}

    def entities(device_id: str, **changes: Any) -> list[dict[str, Any]]:
        return [
            {
                "platform": DOMAIN,
                "disabled_by": None,
                "device_id": device_id,
                "entity_id": f"sensor.{device_id}_{key}",
                "translation_key": key,
                **changes,
            }
            for key in ("people_free", "missed_today", "talk_time_today")
        ]

    found = counted(
        [
            device("team", "account"),
            device("account", None),
            device("phone", "account"),
            device("other", None),
            device("disabled", "account"),
        ],
        [
            *entities("team"),
            *entities("account"),
            *entities("phone")[1:],
            *entities("other", platform="other"),
            *entities("disabled", disabled_by="user"),
            *entities("team", entity_id="switch.team_dnd", translation_key="dnd"),
        ],
    )
    assert [(one.name, one.is_group, len(one.entities)) for one in found] == [
        ("account", False, 3),
        ("team", True, 3),
    ]


def test_real_account_has_the_dashboard_that_the_dialog_offers() -> None:
    """So that an update improves it."""
    source = (_SOURCES / "register.ts").read_text(encoding="utf-8")
    assert "`ll-strategy-dashboard-${DOMAIN}`, DashboardStrategy" in source
    assert {"strategy": {"type": f"custom:{DOMAIN}"}} == BOARD


@pytest.mark.parametrize("numbers", [["101"], ["102"], ["101", "102", "103"]])
async def test_button_rings_one_of_the_phones(
    hass: HomeAssistant, numbers: list[str]
) -> None:
    """Of the simulator."""
    action = _cards(numbers)[1]["tap_action"]
    command = _command(action["perform_action"])

    def render(key: str) -> str:
        template = Template(command[key], hass)
        return str(template.async_render(action["data"], parse_result=False))

    assert render("url") == f"{_SERVER}/simulator/calls"
    call = json.loads(render("payload"))
    assert call.pop("to") in numbers
    assert call == {"from": "+16505550123", "fromName": "Charlie Williams"}


def test_dashboard_of_fifty_thousand_fits_into_one_message() -> None:
    """Home Assistant takes 4 MiB at the most."""
    phones = _phones(map(str, range(50_000)))
    assert len(json.dumps(simulated_board(_SERVER, phones, _COUNTED))) < 4 * 2**20
