"""Write the table of figures and the plot from reports.

`python -m benchmarks.document FILE [FILE ...]`, with the report of each run. The
reports are stored beside the page.
"""

from collections.abc import Sequence
import json
from pathlib import Path
import sys
from typing import Final

from .plot import draw
from .report import MACHINE, Report
from .table import as_markdown

_BENCHMARKS: Final = Path(__file__).parent
PAGE: Final = _BENCHMARKS / "performance.md"
REPORTS: Final = _BENCHMARKS / "performance.json"
# Shown by the documentation for users as well.
PLOT: Final = _BENCHMARKS.parent / "docs" / "images" / "scale.svg"

_BEGIN: Final = "<!-- figures: written by scripts/benchmark --document -->"
_END: Final = "<!-- end of figures -->"


def figures(reports: Sequence[Report]) -> str:
    """Return the generated part of the page: the machine and the table."""
    if not reports:
        return "Not measured yet."
    machine = reports[-1][MACHINE]
    versions = [
        f"{name} {machine[key]}"
        for name, key in (
            ("Python", "python"),
            ("Home Assistant", "homeassistant"),
            ("aiohttp", "aiohttp"),
            ("orjson", "orjson"),
        )
    ]
    dates = sorted({report[MACHINE]["date"] for report in reports})
    measured = (
        f"Measured on {' and '.join(dates)}: {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']}; {', '.join(versions)}."
    )
    return f"{measured}\n\n{as_markdown(reports)}"


def with_figures(page: str, reports: Sequence[Report]) -> str:
    """Return the page with its generated part replaced."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{figures(reports)}\n\n{_END}{after}"


def main(files: Sequence[str]) -> None:
    """Write page, plot and reports."""
    reports: list[Report] = [json.loads(Path(file).read_text()) for file in files]
    REPORTS.write_text(json.dumps(reports, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(with_figures(PAGE.read_text(), reports))
    draw(reports[-1], PLOT)


if __name__ == "__main__":
    main(sys.argv[1:])
