"""A section runs in a process of its own, and its figures come back."""

from dataclasses import replace

from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale
from benchmarks.sections import measure_section

TINY = replace(Scale.quick(), fresh_rounds=1, complete=5)


def test_section_measures_in_its_own_process() -> None:
    """Against a simulated platform in another one."""
    figures = {
        figure.key: figure
        for figure in run_in_fresh_process(measure_section, "setup", TINY)
    }
    assert figures["setup_ratio"].goal is not None
    assert figures["setup_ratio"].median > 0
    assert figures["setup_seconds"].median > figures["setup_seconds_waiting"].median
