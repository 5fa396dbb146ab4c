"""The command: what it runs, what it prints, and how it ends."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from benchmarks.__main__ import main
from benchmarks.figures import Figure, at_most
from benchmarks.scale import Scale
from benchmarks.sections.growth import points

_FRESH_PROCESS = "benchmarks.__main__.run_in_fresh_process"
_POINTS: Final[list[object]] = [
    {"extensions": 10, "event_us": 20, "event_floor_us": 10},
    {"extensions": 100, "event_us": 90, "event_floor_us": 15},
    {"extensions": 1000, "event_us": 60, "event_floor_us": 20},
]


def _results(work: Callable[..., object], *args: object) -> list[object]:
    """Return what sections would measure; one cannot be measured."""
    if work is points:
        return _POINTS
    section, scale = args
    assert scale == Scale.quick()
    if section == "turns":
        raise RuntimeError("No loop")
    return [Figure(f"{section}_ratio", (2.0,), goal=at_most(1))]


def test_figures_are_shown_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A goal that is missed is reported, and is no error."""
    target = tmp_path / "figures.json"
    with patch(_FRESH_PROCESS, _results):
        status = main(
            ["--quick", "--json", str(target), "--section", "footprint", "growth"]
        )
    assert status == 0
    written = json.loads(target.read_text())
    assert written.keys() == {"footprint_ratio", "growth_ratio", "growth", "machine"}
    assert written["footprint_ratio"]["reached"] is False
    # From 20 to 60 µs, while the floor grows from 10 to 20 µs.
    assert written["growth_ratio"]["median"] == 1.5
    assert written["growth"] == _POINTS
    assert "Missed: footprint_ratio" in capsys.readouterr().out


def test_section_that_fails_affects_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command names it, and ends with 1."""
    with patch(_FRESH_PROCESS, _results):
        status = main(["--quick", "--section", "turns", "footprint"])
    assert status == 1
    shown = capsys.readouterr()
    assert "Could not be measured: turns" in shown.out
    assert "footprint_ratio" in shown.out
    assert "No loop" in shown.err
