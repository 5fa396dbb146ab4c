"""The figures of a report as a table: on the screen, and in Markdown."""

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Column, Table

from .report import Report, figures_of

# Meaning of each figure, in the order of the table.
MEANINGS: Final[dict[str, str]] = {
    "turn_ratio": "longest turn of the event loop at 2,400 extensions, in any phase but "
    "the restart ÷ 1,000 bare state writes",
    "turn_ratio_first_set_up": "the same, first set-up",
    "turn_ratio_newcomer": "the same, a newcomer",
    "turn_ratio_outage": "the same, an outage of five minutes and the return",
    "turn_ratio_reload": "the same, reload",
    "turn_ratio_unload": "the same, unload",
    "turn_ratio_lines": "the same, from everyone to monitored lines",
    "turn_ratio_stop": "the same, stop of Home Assistant",
    "turn_ratio_at_1000": "longest turn in any of these phases at 1,000 extensions",
    "turn_restart_ratio": "longest turn of a restart at 2,400 extensions ÷ Home Assistant's "
    "own reading of its registries",
    "turn_restart_ratio_at_1000": "the same at 1,000 extensions",
    "collector_turn_ratio": "longest turn of first set-up and calls, with the garbage "
    "collector ÷ a plain integration",
    "call_hot_ratio": "a call in a hot loop ÷ plain entities",
    "call_hot_with_collector_ratio": "the same with Python's garbage collector",
    "call_burst_ratio": "calls sent at once, over a connection ÷ plain entities",
    "call_burst_client_ratio": "the same ÷ a bare client",
    "call_paced_client_ratio": "40 messages a second, with recorder ÷ a bare client",
    "call_coordinator_ratio": "a plain coordinator, which updates all listeners ÷ a call",
    "groups_call_ratio": "a call with ten groups of a tenth of the extensions ÷ none",
    "groups_spaced_call_ratio": "the same, if no message comes within a quarter of a second of another",
    "groups_tenfold_call_ratio": "a call at a member of ten groups ÷ none",
    "groups_writes_per_second": "most changes a second of an entity of these groups",
    "path_modules": "modules from the frame of a ringing call to its call event",
    "path_calls": "functions called on that way",
    "path_module_changes": "changes from one module to another on that way",
    "path_modules_to_state": "modules from the frame to the first state",
    "assist_ratio": "the answer of Assist to who is on the phone, of 2,400 exposed people "
    "÷ asking of each whether it is exposed, and reading its state",
    "assist_name_ratio": "the same, what the person of an unknown name does",
    "assist_missed_ratio": "the same, missed calls",
    "automations_ratio": "a call with 1,000 armed automations at other extensions ÷ none",
    "automations_registry_ratio": "an update of another integration's entity with them "
    "÷ without",
    "recorder_bytes_per_call": "bytes of the database per call",
    "recorder_attribute_rows_per_call": "new rows of attributes per call",
    "recorder_state_rows_per_call": "new rows of states per call",
    "recorder_spaced_bytes_per_call": "bytes per call whose messages are 0.3 s apart",
    "recorder_spaced_state_rows_per_call": "new rows of states of that",
    "recorder_seconds_per_1000_calls": "processor seconds of the recorder for 1,000 calls",
    "recorder_first_bytes_per_call": "bytes of the first call of an extension",
    "recorder_first_attribute_rows_per_call": "new rows of attributes of that",
    "recorder_bare_bytes_per_call": "bytes of the database per call of plain entities",
    "recorder_bare_seconds_per_1000_calls": "processor seconds of the recorder for those",
    "board_paint_ratio": "the page until the first rows of a board with 1,000 extensions "
    "are painted ÷ an empty dashboard",
    "board_busy_percent": "main thread of that board at 20 messages a second",
    "board_empty_busy_percent": "the same of the empty dashboard",
    "growth_ratio": "growth of a call's cost from 10 to 2,400 extensions ÷ that of plain "
    "entities",
    "registry_events_per_extension": "registry events per extension at the first set-up",
    "registry_megabytes": "stored entity registry at 2,400 extensions, in MB",
    "memory_ratio": "memory per extension, with recorder ÷ a plain integration",
    "objects_per_extension": "objects per extension that the garbage collector examines",
    "objects_floor_per_extension": "the same of a plain integration",
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
