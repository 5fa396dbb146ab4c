"""Counts of functions and modules on the path of a ringing call."""

import json

import pytest

from benchmarks.call_recorder import CallRecorder, record_calls
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale
from benchmarks.sections import measure_section
import simulator
from simulator.base.chance import seeded


def test_recorder_counts_calls_modules_and_changes() -> None:
    """A change is a call in another module than the call before."""
    recorder = CallRecorder("/", ["a", "a", "b", "a", "c", "c"])

    assert (recorder.calls, recorder.modules, recorder.module_changes) == (6, 3, 3)


def test_recorder_counts_functions_of_its_package_only() -> None:
    """Functions of other packages are left out."""
    with record_calls(simulator) as recorder:
        json.loads("[]")
        seeded(1, "test")

    assert recorder.calls == 1
    assert recorder.modules == 1


def test_recorder_stops_after_an_error() -> None:
    """What is called afterwards does not count."""
    with pytest.raises(RuntimeError), record_calls(simulator) as recorder:
        raise RuntimeError
    seeded(1, "test")

    assert recorder.calls == 0


def test_path_of_a_ringing_call_is_the_same_each_time() -> None:
    """The state comes before the call event, so its path is shorter."""
    first, second = (
        {
            figure.key: figure.median
            for figure in run_in_fresh_process(measure_section, "path", Scale.quick())
        }
        for _ in range(2)
    )

    assert first == second
    for name in ("modules", "calls", "module_changes"):
        assert 0 < first[f"path_{name}_to_state"] < first[f"path_{name}"]
    assert first["path_modules"] < first["path_module_changes"] < first["path_calls"]
