"""Figures, and what is made of them: report, table, plot and documentation."""

from importlib import import_module
from inspect import iscoroutinefunction
from io import StringIO
import json
from pathlib import Path
import re
from typing import Any, Final
from xml.etree import ElementTree as ET

from hypothesis import given, strategies as st
import pytest
from rich.console import Console

from benchmarks.document import PAGE, PLOT, REPORTS, figures, with_figures
from benchmarks.figures import Figure, Goal, at_least, at_most, exactly, ratios
from benchmarks.plot import draw
from benchmarks.report import Report, as_report, machine, missed
from benchmarks.scale import Scale
from benchmarks.sections import SECTIONS
from benchmarks.table import MEANINGS, as_markdown, on_screen

from ..documents import tables, words

# The subjects of the figures are selected by these names.
KEYS: Final = {
    "turn_ratio",
    "turn_restart_ratio",
    "collector_turn_ratio",
    "call_hot_ratio",
    "call_burst_ratio",
    "call_burst_client_ratio",
    "call_paced_client_ratio",
    "automations_ratio",
    "recorder_bytes_per_call",
    "recorder_attribute_rows_per_call",
    "board_paint_ratio",
    "board_busy_percent",
    "growth_ratio",
    "registry_events_per_extension",
    "registry_megabytes",
    "memory_ratio",
    "start_requests",
    "recover_requests",
}
GROWTH: Final = [
    {
        "extensions": extensions,
        "event_us": 90.0,
        "event_floor_us": 70.0,
        "memory_kib": 40.0,
        "memory_floor_kib": 35.0,
        "start_s": extensions / 500,
        "start_floor_s": extensions / 600,
    }
    for extensions in (10, 1000, 10_000)
]
# Measured up to a usual size only.
GROWTH[0]["event_usual_us"] = 200.0


def report(*measured: Figure) -> Report:
    """Return a report of a run on some machine."""
    described: dict[str, str | int] = {
        "processor": "Abacus",
        "cores": 2,
        "system": "Linux 6",
        "python": "3.14.2",
        "homeassistant": "2026.10.4",
        "aiohttp": "3.14",
        "orjson": "3.11",
        "date": "2026-03-02",
    }
    return as_report(measured, GROWTH, described)


@pytest.mark.parametrize(
    ("goal", "samples", "is_reached"),
    [
        (at_most(1.5), (1.5, 1.5, 1.5), True),
        (at_most(1.5), (1.0, 1.51, 2.0), False),
        (at_least(20), (20, 20), True),
        (at_least(20), (10, 19.9, 30), False),
        (exactly(1), (1.0, 1.0), True),
        (exactly(1), (1.0, 1.1, 1.1), False),
        (None, (1.0,), None),
    ],
)
def test_goal_is_reached_by_the_median(
    goal: Goal | None, samples: tuple[float, ...], is_reached: bool | None
) -> None:
    """Single samples may miss it."""
    assert Figure("key", samples, goal=goal).is_reached is is_reached


@given(st.lists(st.floats(min_value=1e-3, max_value=1e6), min_size=1, max_size=30))
def test_spread_lies_around_the_median(samples: list[float]) -> None:
    """And within the samples."""
    figure = Figure("key", samples)
    lower, upper = figure.spread
    assert min(samples) <= lower <= upper <= max(samples)
    assert lower <= figure.median * (1 + 1e-9)
    assert figure.median <= upper * (1 + 1e-9)


def test_ratios_are_those_of_each_round() -> None:
    """Not that of the medians: what disturbs a round disturbs both sides."""
    assert ratios([2.0, 40.0], [1.0, 10.0]) == (2.0, 4.0)
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


def test_report_has_figures_growth_and_machine_by_key() -> None:
    """A figure has its goal as text, and whether it is reached."""
    made = report(
        Figure("memory_ratio", (1.2, 1.0, 1.1), goal=at_most(1.5)),
        Figure("registry_megabytes", (3.0,), "MB"),
    )
    assert made.keys() == {"memory_ratio", "registry_megabytes", "growth", "machine"}
    assert made["memory_ratio"] == {
        "median": 1.1,
        "p25": 1.0,
        "p75": 1.2,
        "rounds": 3,
        "goal": "≤ 1.5",
        "reached": True,
    }
    assert made["registry_megabytes"]["unit"] == "MB"
    assert made["growth"] == GROWTH


def test_missed_are_those_whose_goal_is_not_reached() -> None:
    """What has no goal cannot miss it."""
    made = report(
        Figure("reached", (1.0,), goal=at_most(1)),
        Figure("missed", (1.1,), goal=at_most(1)),
        Figure("reported", (9.0,)),
    )
    assert missed(made) == ["missed"]


def test_machine_has_versions_and_no_host_or_path() -> None:
    """Neither the name of the host nor a path of it."""
    described = machine()
    assert {"processor", "cores", "python", "homeassistant", "date"} <= described.keys()
    sent = " ".join(map(str, described.values()))
    assert str(Path.home()) not in sent
    assert str(Path.cwd()) not in sent


def test_screen_shows_all_figures_with_goals_first() -> None:
    """Each with its verdict."""
    made = report(
        Figure("reported", (12_345.6,), "ms"),
        Figure("growth_ratio", (1.25,), goal=at_most(1.2)),
    )
    screen = Console(file=StringIO(), width=100)
    with screen.capture() as shown:
        screen.print(on_screen(made))
    text = shown.get()
    assert text.index("growth_ratio") < text.index("reported")
    assert "no" in next(line for line in text.splitlines() if "growth" in line)
    assert "12,346" in text


def test_documented_table_has_a_line_for_each_figure_and_a_column_for_each_run() -> (
    None
):
    """A run in which a goal is missed reports it; what was not measured is omitted."""
    first = report(Figure("memory_ratio", (1.1,), goal=at_most(1.5)))
    second = report(Figure("memory_ratio", (1.6,), goal=at_most(1.5)))
    (rows,) = tables(as_markdown([first, second]))
    cells: dict[str, Any] = {words(row[0])[0]: row[2:] for row in rows}
    assert cells.keys() == MEANINGS.keys()
    assert cells["memory_ratio"] == ["≤ 1.5", "1.10", "1.60 (missed)"]
    assert cells["turn_ratio"] == ["–", "–", "–"]


def test_all_required_figures_are_documented() -> None:
    """In the table that is made, and on the page that describes what is compared."""
    assert MEANINGS.keys() >= KEYS
    explained = {
        key
        for table in tables(PAGE.read_text())
        for row in table
        for key in words(row[0])
    }
    assert MEANINGS.keys() <= explained


def test_page_is_made_from_the_reports_beside_it() -> None:
    """Its figures were measured, not typed."""
    reports = json.loads(REPORTS.read_text())
    page = PAGE.read_text()
    assert page == with_figures(page, reports)
    assert figures(reports) in page


_SVG: Final = "{http://www.w3.org/2000/svg}"


def _texts(plot: Path) -> list[str]:
    svg = ET.parse(plot)  # noqa: S314 - written by this project
    return ["".join(text.itertext()) for text in svg.iter(f"{_SVG}text")]


def test_plot_has_three_panels_and_is_the_same_each_time(tmp_path: Path) -> None:
    """Each with the integration and the minimum, in the words of the documentation."""
    made = report()
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    draw(made, first)
    draw(made, second)
    assert first.read_bytes() == second.read_bytes()

    svg = ET.parse(first)  # noqa: S314 - written by this test
    panels = [
        group
        for group in svg.iter(f"{_SVG}g")
        if group.get("id", "").startswith("axes_")
    ]
    texts = ["".join(panel.itertext()) for panel in panels]
    assert len(texts) == 3
    assert all("this integration" in text and "minimum" in text for text in texts)
    assert "every entity updated" in texts[0]
    assert "People you show" in _texts(first)
    assert not re.search(r"event|extension|floor", str(_texts(first)), re.IGNORECASE)
    assert all("10k" in text for text in texts)


def test_quick_scale_is_smaller_in_everything() -> None:
    """It measures the same figures."""
    full, quick = Scale.full(), Scale.quick()
    assert quick.usual < full.usual
    assert quick.many < full.many
    assert quick.rounds < full.rounds
    assert max(quick.growth) < max(full.growth)


@pytest.mark.parametrize("section", SECTIONS)
def test_section_can_be_run(section: str) -> None:
    """Under its name."""
    assert iscoroutinefunction(import_module(f"benchmarks.sections.{section}").run)


def test_plot_of_the_documentation_is_drawn_from_the_last_report(
    tmp_path: Path,
) -> None:
    """With its numbers and in the words of today; fonts can differ."""
    drawn = tmp_path / "drawn.svg"
    draw(json.loads(REPORTS.read_text())[-1], drawn)
    assert _texts(PLOT) == _texts(drawn)
