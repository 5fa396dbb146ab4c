"""The command: what it runs, what it prints, and how it ends."""

from collections.abc import Callable
import json
from pathlib import Path
from unittest.mock import patch

import pytest

from benchmarks.__main__ import main
from benchmarks.figures import Figure, at_most
from benchmarks.scale import Scale
from benchmarks.sections.growth import points

_FRESH_PROCESS = "benchmarks.__main__.run_in_fresh_process"


def _results(work: Callable[..., object], *args: object) -> list[object]:
    """Return what sections would measure; `block` cannot be measured."""
    if work is points:
        return [{"extensions": 10}]
    section, scale = args
    assert scale == Scale.quick()
    if section == "block":
        raise RuntimeError("No loop")
    return [Figure(f"{section}_ratio", (2.0,), goal=at_most(1))]


def test_figures_are_shown_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A goal that is missed is reported, and is no error."""
    target = tmp_path / "figures.json"
    with patch(_FRESH_PROCESS, _results):
        status = main(
            ["--quick", "--json", str(target), "--section", "setup", "growth"]
        )
    assert status == 0
    written = json.loads(target.read_text())
    assert written.keys() == {"setup_ratio", "growth", "machine"}
    assert written["setup_ratio"]["reached"] is False
    assert written["growth"] == [{"extensions": 10}]
    assert "Missed: setup_ratio" in capsys.readouterr().out


def test_section_that_fails_affects_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command names it, and ends with 1."""
    with patch(_FRESH_PROCESS, _results):
        status = main(["--quick", "--section", "block", "setup"])
    assert status == 1
    shown = capsys.readouterr()
    assert "Could not be measured: block" in shown.out
    assert "setup_ratio" in shown.out
    assert "No loop" in shown.err
