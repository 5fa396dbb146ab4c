"""What the documentation says of the board is what the board's sources say."""

from collections.abc import Mapping, Sequence
from colorsys import rgb_to_hsv
import re
from typing import Any, Final

import pytest

from custom_components.ringcentral.roster.models import Group

from .documents import ROOT, Page, tables, words
from .translations import TEXTS

BOARD: Final = Page(ROOT / "docs" / "board.md")
ENTITIES: Final = Page(ROOT / "docs" / "entities.md")

_SOURCES: Final = ROOT / "frontend" / "src"
_CONFIG: Final = (_SOURCES / "config.ts").read_text(encoding="utf-8")
_CSS: Final = (_SOURCES / "card.css").read_text(encoding="utf-8")
_COMMON: Final[Mapping[str, str]] = TEXTS["common"]


def _constant(module: str, name: str) -> str:
    """Return the value of a constant of a module, as it is written there."""
    source = (_SOURCES / module).read_text(encoding="utf-8")
    found = re.search(
        rf"^(?:export )?const {name} = (.+?)(?: as const)?;$",
        source,
        re.MULTILINE | re.DOTALL,
    )
    assert found is not None
    return found[1].strip('"')


def _values(name: str) -> list[str]:
    """Return the strings of a constant list of the configuration."""
    return re.findall(r'"(\w+)"', _constant("config.ts", name))


def _texts(*path: str) -> Any:
    found: Any = TEXTS
    for key in path:
        found = found[key]
    return found


# ------------------------------------------------------------------------------------
# Options


def _options() -> list[str]:
    [body] = re.findall(
        r"interface BoardConfig \{(.+?)^\}", _CONFIG, re.DOTALL | re.MULTILINE
    )
    return re.findall(r"readonly (\w+)\?:", body)


def _rows() -> Mapping[str, Sequence[str]]:
    """Return the rows of the table of options by the names in YAML."""
    [rows] = tables(BOARD.section("Options"))
    return {words(row[1])[0]: row for row in rows}


def test_the_table_has_all_options_by_the_labels_of_the_form() -> None:
    """Each with what it can be."""
    assert {option: row[0] for option, row in _rows().items()} == {
        option: _COMMON[f"board_edit_{option}"] for option in _options()
    }
    assert all(values for *_, values in _rows().values())


def test_the_table_has_all_groups_of_the_selection() -> None:
    assert words(_rows()["groups"][2]) == [*Group, "site:…", "department:…"]


def test_the_table_has_all_orders_by_the_labels_of_the_form() -> None:
    """The default first."""
    assert _rows()["order"][2].split(", ") == [
        f"{_COMMON[f'board_edit_order_{order}']} (`{order}`)"
        for order in _values("ORDERS")
    ]


def test_the_table_has_all_parts_that_can_be_hidden() -> None:
    assert words(_rows()["hide"][2]) == _values("PARTS")


def test_the_example_has_options_of_the_card_only() -> None:
    [example] = BOARD.examples
    assert example.pop("type") == f"custom:{_constant('config.ts', 'CARD')}"
    assert example.keys() <= set(_options())
    assert example["order"] in _values("ORDERS")
    assert set(example["hide"]) <= set(_values("PARTS"))


# ------------------------------------------------------------------------------------
# States

_SENSOR: Final = ("entity", "sensor")
_CALLS: Final = ("entity", "event", "calls", "state_attributes", "event_type", "state")
# The states of calls and people in the order of the table, with their texts.
_STATES: Final[Mapping[str, str]] = {
    "ringing": _texts(*_SENSOR, "telephony_status", "state", "ringing"),
    "dialing": _COMMON["board_dialing"],
    "call_connected": _texts(*_SENSOR, "telephony_status", "state", "call_connected"),
    "on_hold": _COMMON["board_count_on_hold"],
    "parked_call": _texts(*_CALLS, "parked"),
    "available": _texts(*_SENSOR, "presence", "state", "available"),
    "busy": _texts(*_SENSOR, "presence", "state", "busy"),
    "do_not_disturb": _texts(*_SENSOR, "dnd", "name"),
    "meeting": _texts(*_SENSOR, "meeting_status", "name"),
    "offline": _texts(*_SENSOR, "presence", "state", "offline"),
}
# The states of entities that have another name on the board.
_RENAMED: Final = {
    "connected": "meeting",
    "do_not_accept_any_calls": "do_not_disturb",
}


def _color(state: str) -> str:
    """Return the name of a state's color in the style sheet."""
    rules = re.findall(r"((?:\[data-state[^{]*)+)\{([^}]*--state:[^}]*)\}", _CSS)
    colors = {
        name: re.findall(r"--state: ([^;]+);", body)[0]
        for selectors, body in rules
        for name in re.findall(r'\[data-state="(\w+)"\]', selectors)
    }
    value = colors.get(state, "var(--secondary-text-color)")
    return "gray" if value == "var(--secondary-text-color)" else _name(value)


# Names of the hues up to these degrees.
_HUES: Final = {
    15: "red",
    45: "orange",
    65: "yellow",
    160: "green",
    250: "blue",
    340: "purple",
    360: "red",
}
_PALE: Final = 0.4


def _name(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, saturation, _ = rgb_to_hsv(red, green, blue)
    name = next(name for end, name in _HUES.items() if hue * 360 <= end)
    return f"{name}-gray" if saturation < _PALE else name


def test_the_table_has_all_states_by_the_texts_and_in_the_colors_of_the_board() -> None:
    [rows] = tables(BOARD.section("What a row shows"))
    assert {state: color for state, _, color in rows} == {
        text: _color(state) for state, text in _STATES.items()
    }
    assert len({icon for _, icon, _ in rows}) == len(rows)


def test_the_board_has_no_other_states() -> None:
    """But those that say that nothing is known."""
    source = (_SOURCES / "calls.ts").read_text(encoding="utf-8")
    [calls] = re.findall(r"const STATUSES = \[(.+?)\] as const", source, re.DOTALL)
    source = (_SOURCES / "rows.ts").read_text(encoding="utf-8")
    [people] = re.findall(r"type Availability =(.+?);", source, re.DOTALL)
    states = set(re.findall(r'"(\w+)"', f"{calls} {people}"))
    assert states - {"unknown", "unavailable"} == _STATES.keys()


def test_the_colors_of_entities_are_those_of_the_board() -> None:
    [rows] = tables(ENTITIES.section("States, icons, and colors"))
    shown: dict[str, str] = {}
    for _, _, key, _, color in rows:
        state = _RENAMED.get(words(key)[0], words(key)[0])
        if state in _STATES:
            shown.setdefault(state, color)
    assert shown == {state: _color(state) for state in _STATES if state != "dialing"}


# ------------------------------------------------------------------------------------
# Names and numbers

_NAME: Final = _constant("register.ts", "NAME")


@pytest.mark.parametrize(
    "text",
    [
        f"The card *{_NAME}*",
        f"Select **{_NAME}**",
        f"*{_COMMON['board_title']}* is then in the sidebar",
        f"such as *{_COMMON['board_count_available']}*",
        f"With more than {_constant('card.ts', 'ROWS_WITHOUT_SEARCH')} people",
    ],
)
def test_names_and_numbers_are_those_of_the_board(text: str) -> None:
    assert text in BOARD.prose
