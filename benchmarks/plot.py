"""Plot of the growth of costs: `python -m benchmarks.plot JSON SVG`."""

from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Final, Literal

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, NullLocator

from .report import GROWTH, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Legible on white as on GitHub's dark background.
_INK: Final = "#7d8590"
_GRID: Final = "#7d859055"
_OURS: Final = "#2f81f7"
_FLOOR: Final = "#3fb950"
_PLAIN: Final = "#db6d28"
_SIZE: Final = (10.0, 3.4)
_THOUSAND: Final = 1000

_STYLE: Final = mpl.RcParams(
    {
        # The same figures give the same file.
        "svg.hashsalt": "scale",
        # Text is stored as text, in a font of the browser.
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": _INK,
        "axes.edgecolor": _INK,
        "axes.labelcolor": _INK,
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "grid.color": _GRID,
        "xtick.color": _INK,
        "ytick.color": _INK,
        "legend.frameon": False,
    }
)


@dataclass(frozen=True, slots=True)
class _Line:
    key: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    scale: Literal["linear", "log"]
    lines: Sequence[_Line]


_PANELS: Final = (
    _Panel(
        "Cost of an update, µs",
        "log",
        (
            _Line("event_usual_us", "every entity updated", _PLAIN),
            _Line("event_us", "this integration", _OURS),
            _Line("event_floor_us", "minimum", _FLOOR),
        ),
    ),
    _Panel(
        "Memory of a person, KiB",
        "linear",
        (
            _Line("memory_kib", "this integration", _OURS),
            _Line("memory_floor_kib", "minimum", _FLOOR),
        ),
    ),
    _Panel(
        "Start, s",
        "log",
        (
            _Line("start_s", "this integration", _OURS),
            _Line("start_floor_s", "minimum", _FLOOR),
        ),
    ),
)


def draw(report: Report, target: Path) -> None:
    """Write the plot of a report as SVG."""
    points = report[GROWTH]
    with mpl.rc_context(_STYLE):
        drawing = Drawing(figsize=_SIZE, layout="constrained")
        all_axes = drawing.subplots(1, len(_PANELS), sharex=True)
        for axes, panel in zip(all_axes, _PANELS, strict=True):
            _draw_panel(axes, panel, points)
        all_axes[len(_PANELS) // 2].set_xlabel("People you show")
        drawing.savefig(target, format="svg", transparent=True, metadata={"Date": None})


def _draw_panel(axes: Axes, panel: _Panel, points: Sequence[dict[str, float]]) -> None:
    for line in panel.lines:
        known = [point for point in points if line.key in point]
        axes.plot(
            [point["extensions"] for point in known],
            [point[line.key] for point in known],
            color=line.colour,
            label=line.label,
            marker="o",
            markersize=4,
        )
    axes.set_title(panel.title)
    axes.set_xscale("log")
    axes.set_xticks([point["extensions"] for point in points])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_short))
    axes.tick_params(axis="x", labelrotation=45)
    axes.set_yscale(panel.scale)
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    if panel.scale == "linear":
        axes.set_ylim(bottom=0)
    axes.legend()


def _short(number: float, _position: int) -> str:
    """Return 2400 as 2.4k."""
    return f"{number:g}" if number < _THOUSAND else f"{number / _THOUSAND:g}k"


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
