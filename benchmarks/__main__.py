"""Command line of the benchmarks; scripts/benchmark installs and runs it."""

import argparse
from collections.abc import Iterable, Mapping
import json
from pathlib import Path
import sys
import traceback
from typing import Final

from rich.console import Console

from .figures import Figure
from .fresh_process import run_in_fresh_process
from .report import Report, as_report, machine, missed
from .scale import Scale
from .sections import SECTIONS, measure_section
from .sections.growth import figures as growth_figures, points
from .table import on_screen

# Section that reports costs by size instead of figures.
GROWTH: Final = "growth"
# Columns, if the output is not a terminal.
_WIDTH: Final = 110


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description="Speed and scale, each figure a ratio to the minimum that Home Assistant needs.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument(
        "--section",
        nargs="+",
        choices=(*SECTIONS, GROWTH),
        default=(*SECTIONS, GROWTH),
        help="only some of it",
    )
    return parser.parse_args(arguments)


def _run(sections: Iterable[str], scale: Scale) -> tuple[Report, list[str]]:
    """Run sections; return the report and the sections that failed."""
    figures: list[Figure] = []
    growth: list[Mapping[str, float]] = []
    failed: list[str] = []
    for section in sections:
        print(f"{section} …", file=sys.stderr, flush=True)
        try:
            if section == GROWTH:
                growth = run_in_fresh_process(points, scale)
                figures += growth_figures(growth)
            else:
                figures += run_in_fresh_process(measure_section, section, scale)
        except Exception:  # noqa: BLE001 - the others can still be measured
            traceback.print_exc()
            failed.append(section)
    return as_report(figures, growth, machine()), failed


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 1 if something could not be measured."""
    options = _arguments(arguments)
    scale = Scale.quick() if options.quick else Scale.full()
    report, failed = _run(options.section, scale)
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(on_screen(report))
    for key in missed(report):
        console.print(f"[red]Missed:[/] {key}")
    for section in failed:
        console.print(f"[red]Could not be measured:[/] {section}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
