"""The figures of a report as a table: on the screen, and in Markdown."""

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Column, Table

from .report import Report, figures_of

# Meaning of each figure, in the order of the table.
MEANINGS: Final[dict[str, str]] = {
    "event_cost_ratio": "text frame → all changed states of one extension ÷ floor",
    "event_cost_ratio_2_calls": "the same with two calls in the frame",
    "event_cost_ratio_7_calls": "the same with seven, the most that are listed",
    "fanout_ratio": "growth of that from 10 to 5,000 extensions ÷ growth of the floor",
    "writes_per_event": "state writes ÷ entities that changed",
    "parse_share": "frame → change, without Home Assistant ÷ writing the states",
    "latency_ratio_p50": "sent → state changed, over loopback ÷ bare client, median",
    "latency_ratio_p99": "the same, 99th percentile",
    "setup_ratio": "set-up of 2,400 extensions ÷ floor",
    "setup_ratio_enabled_alone": "the same ÷ floor without the disabled entities",
    "memory_ratio": "resident memory per extension ÷ floor",
    "memory_ratio_enabled_alone": "the same ÷ floor without the disabled entities",
    "max_block_ms_ratio": "longest block while a snapshot of 5,000 extensions is applied "
    "÷ 1,000 state writes",
    "max_block_with_collector_ratio": "with Python's garbage collector ÷ the floor's",
    "burst_events_per_second": "20,000 notifications at once, all states written",
    "burst_coordinator_ratio": "that ÷ a plain coordinator, which updates all listeners",
    "burst_sdk_ratio": "connection, models and store ÷ RingCentral's Python SDK",
    "start_requests": "REST requests to start with 5,000 extensions",
    "recover_requests": "REST requests of a reconnect with failed recovery",
}

_VERDICTS: Final = {True: "yes", False: "no", None: ""}
_COLOURS: Final = {True: "green", False: "red", None: "default"}
_NONE: Final = "–"
_HEADINGS: Final = ("Figure", "Median", "Spread", "Goal", "Reached")


def value(figure: dict[str, Any], part: str = "median") -> str:
    """Return a formatted number of a figure."""
    number = float(figure[part])
    digits = 0 if number.is_integer() or abs(number) >= 1000 else 2
    if 0 < abs(number) < 0.1:
        digits = 4
    return f"{number:,.{digits}f}"


def spread(figure: dict[str, Any]) -> str:
    """Return the range of the middle half of the samples."""
    return f"{value(figure, 'p25')} … {value(figure, 'p75')}"


def on_screen(report: Report) -> Table:
    """Return a table of all figures, those without a goal last."""
    table = Table(
        *(Column(heading, no_wrap=True) for heading in _HEADINGS),
    )
    for key, figure in sorted(figures_of(report).items(), key=_with_goal_first):
        verdict = figure.get("reached")
        table.add_row(
            key,
            f"{value(figure)} {figure.get('unit', '')}",
            spread(figure),
            figure.get("goal", ""),
            f"[{_COLOURS[verdict]}]{_VERDICTS[verdict]}",
        )
    return table


def as_markdown(reports: Sequence[Report]) -> str:
    """Return the table in Markdown: a line per figure, a column per run.

    A figure that misses its goal in a run is marked there.
    """
    runs = [f"Run {number}" for number, _ in enumerate(reports, 1)]
    lines = [
        _row("Figure", "What it is", "Goal", *runs),
        _row("---", "---", "---", *["---:" for _ in runs]),
    ]
    for key, meaning in MEANINGS.items():
        found = [figures_of(report).get(key) for report in reports]
        goal = next(
            (figure["goal"] for figure in found if figure and "goal" in figure), _NONE
        )
        lines.append(_row(f"`{key}`", meaning, goal, *map(_cell, found)))
    return "\n".join(lines)


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return _NONE
    mark = " (missed)" if figure.get("reached") is False else ""
    return f"{value(figure)}{mark}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _with_goal_first(item: tuple[str, dict[str, Any]]) -> bool:
    return "goal" not in item[1]
