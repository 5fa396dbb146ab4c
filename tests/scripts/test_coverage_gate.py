"""The gate that every module of the integration has to pass."""

import json
from pathlib import Path

import pytest

from scripts.coverage_gate import INTEGRATION, main, measured, shortfalls

ANY_MODULE = f"{INTEGRATION}/sensor.py"
CONFIG_FLOW = f"{INTEGRATION}/config_flow.py"


@pytest.mark.parametrize(
    ("module", "percent", "passes"),
    [
        (ANY_MODULE, 100.0, True),
        (ANY_MODULE, 95.01, True),
        (ANY_MODULE, 95.0, False),
        (ANY_MODULE, 0.0, False),
        (CONFIG_FLOW, 100.0, True),
        (CONFIG_FLOW, 99.99, False),
    ],
)
def test_demand_of_a_module(module: str, percent: float, passes: bool) -> None:
    """The config flow is complete, every other module is above 95 %."""
    assert (not list(shortfalls({module: percent}))) is passes


def checkout(root: Path, covered: dict[str, float]) -> Path:
    """Make a checkout with two modules, and the report of a test run in it."""
    for module in (ANY_MODULE, CONFIG_FLOW):
        (root / module).parent.mkdir(parents=True, exist_ok=True)
        (root / module).touch()
    report = root / "report.json"
    files = {
        module: {"summary": {"percent_covered": percent}}
        for module, percent in covered.items()
    }
    report.write_text(json.dumps({"files": files}), encoding="utf-8")
    return report


def test_module_that_no_test_imports_counts_as_uncovered(tmp_path: Path) -> None:
    """A module that is missing in the report can't slip through."""
    report = checkout(tmp_path, {CONFIG_FLOW: 100.0})
    assert measured(report, tmp_path) == {ANY_MODULE: 0.0, CONFIG_FLOW: 100.0}


@pytest.mark.parametrize(
    ("percent", "exit_code", "says"),
    [
        (99.0, 0, "All 2 modules of the integration are covered well."),
        (12.3456, 1, f"{ANY_MODULE}: 12.35 %, needs more than 95 %"),
    ],
)
def test_verdict(
    percent: float,
    exit_code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code is what scripts/test goes by, the text what a person reads."""
    report = checkout(tmp_path, {CONFIG_FLOW: 100.0, ANY_MODULE: percent})
    monkeypatch.chdir(tmp_path)
    assert main([str(report)]) == exit_code
    assert capsys.readouterr().out.strip() == says


def test_folder_without_the_integration_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing measured is not a pass."""
    report = tmp_path / "report.json"
    report.write_text('{"files": {}}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main([str(report)]) == 1
