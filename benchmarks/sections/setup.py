"""Set-up of a large account, compared with the baseline.

Integration: from a stored entry until every entity has a state: connection, subscription,
lists, snapshot, devices, entities. The config flow is not included.

Baseline: as many minimal entities with devices, half of them disabled by default. A figure
without a goal leaves the disabled ones out.

Each in a new Home Assistant with empty registries, alternating in one process. The garbage
collector is active, but ignores objects from before.
"""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
import gc
import time
from typing import Any

from benchmarks.baseline import Baseline
from benchmarks.entries import (
    DISABLED,
    SignedIn,
    has_all,
    prepare,
    set_up,
    signed_in_without_limits,
)
from benchmarks.environment import home_assistant, platform
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.scale import Scale


@dataclass(frozen=True, slots=True)
class Duration:
    """Duration of a set-up.

    Attributes:
        seconds: wall-clock time.
        waited: part of it without work in this process.

    """

    seconds: float
    waited: float


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure set-up."""
    ours: list[float] = []
    waited: list[float] = []
    baseline: list[float] = []
    enabled: list[float] = []
    async with platform(scale.complete) as simulated:
        stored = await signed_in_without_limits(simulated)
        for number_of_round in range(scale.fresh_rounds + 1):
            entry = await set_up_entry(stored)
            least = await add_baseline(stored, DISABLED)
            less = await add_baseline(stored, 0)
            if number_of_round == 0:
                # The first round includes imports.
                continue
            ours.append(entry.seconds)
            waited.append(entry.waited)
            baseline.append(least.seconds)
            enabled.append(less.seconds)
    return [
        Figure("setup_ratio", ratios(ours, baseline), goal=at_most(1.5)),
        Figure("setup_seconds", ours, "s"),
        Figure("setup_seconds_waiting", waited, "s"),
        Figure("setup_floor_seconds", baseline, "s"),
        Figure("setup_ratio_enabled_alone", ratios(ours, enabled)),
    ]


async def set_up_entry(stored: SignedIn) -> Duration:
    """Set up an account in a new Home Assistant."""
    async with home_assistant() as hass:
        entry = await prepare(hass, stored)
        account, took = await _timed(lambda: set_up(hass, entry))
        assert has_all(account, stored.user_ids)
    return took


async def add_baseline(stored: SignedIn, disabled: int) -> Duration:
    """Add the baseline's entities of the same users to a new Home Assistant."""
    async with home_assistant() as hass:
        baseline = Baseline(hass)
        _, took = await _timed(lambda: baseline.add(stored.user_ids, disabled=disabled))
    return took


async def _timed[T](work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, Duration]:
    gc.collect()
    gc.freeze()
    busy = time.process_time()
    start = time.perf_counter()
    done = await work()
    seconds = time.perf_counter() - start
    waited = max(0.0, seconds - (time.process_time() - busy))
    gc.unfreeze()
    return done, Duration(seconds, waited)
