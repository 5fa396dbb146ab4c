"""Random faults leave no difference between Home Assistant and the platform."""

from typing import Final

import pytest

from .conftest import Run

# The short run that is part of all tests; scripts/chaos runs longer.
_SEEDS: Final = (1, 2, 3, 4, 5, 6)
_MINUTES: Final = 3.0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test per seed."""
    config = metafunc.config
    # The options are unknown when pytest was started for all tests.
    seeds = config.getoption("seed", None)
    minutes = config.getoption("minutes", None)
    recoveries = [True, False]
    if seeds is not None:
        recoveries = [not config.getoption("no_recovery")]
    metafunc.parametrize(
        ("seed", "minutes", "recovery"),
        [
            (seed, _MINUTES if minutes is None else minutes, recovery)
            for recovery in recoveries
            for seed in seeds or _SEEDS
        ],
    )


@pytest.mark.freeze_time("2026-03-02 16:00:00")
async def test_chaos_leaves_no_difference(run: Run, minutes: float) -> None:
    """Every state recovers, and no call event is missing or invented."""
    result = await run(minutes)
    if result.differences:
        pytest.fail(result.report(minutes), pytrace=False)
