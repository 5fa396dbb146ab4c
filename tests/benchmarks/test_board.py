"""What the board costs a browser."""

import pytest

from benchmarks.calls import CONCURRENT
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.sections.board import Dashboard, Load, measure

_SIZE = 20


@pytest.fixture(autouse=True)
def find_custom_integrations(socket_enabled: None) -> None:
    """Home Assistant runs in a process of its own."""


@pytest.mark.usefixtures("browser_path")
def test_both_dashboards_are_measured() -> None:
    """Until they are painted, and while there are calls."""
    load = Load(CONCURRENT, rate=200, settle=0)
    costs = run_in_fresh_process(measure, _SIZE, 1, load)

    assert costs.keys() == set(Dashboard)
    for found in costs.values():
        [painted], [busy] = found.painted, found.busy
        assert painted > 0
        assert 0 < busy < 100
