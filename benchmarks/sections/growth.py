"""Growth of costs with the number of extensions.

Each size has two processes: one with the integration, and one with the baseline for memory
and start. The cost of an event of a call is measured in the first, alternating with the
baseline; up to the usual size also for the plain coordinator, which updates all listeners.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
import statistics
import time
from typing import Final

from benchmarks.alternating import measure_alternately
from benchmarks.baseline import Baseline
from benchmarks.calls import MESSAGES, WRITES, Wave, waves
from benchmarks.entries import (
    SignedIn,
    has_all,
    prepare,
    set_up,
    signed_in_without_limits,
)
from benchmarks.environment import home_assistant, platform
from benchmarks.figures import Figure, at_most
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.memory import resident
from benchmarks.plain_coordinator import PlainCoordinator
from benchmarks.scale import Scale
from benchmarks.state_changes import count_state_changes
from homeassistant.core import HomeAssistant

_KIB: Final = 1024
_MICROSECONDS: Final = 1_000_000
# Simultaneous calls; the smallest size has as many extensions.
_CONCURRENT: Final = 10

type Point = Mapping[str, float]


async def points(scale: Scale) -> list[Point]:
    """Return the costs of each size."""
    return [await _point(size, scale) for size in scale.growth]


def figures(measured: Sequence[Point]) -> list[Figure]:
    """Return the growth of an event's cost from the smallest to the largest size."""
    first, *_, last = measured
    growth, of_floor = (
        last[key] / first[key] for key in ("event_us", "event_floor_us")
    )
    return [Figure("growth_ratio", [growth / of_floor], goal=at_most(1.1))]


async def _point(size: int, scale: Scale) -> Point:
    async with platform(scale.few) as small, platform(size) as large:
        few = await signed_in_without_limits(small)
        stored = await signed_in_without_limits(large)
        return {
            "extensions": len(stored.user_ids),
            **run_in_fresh_process(measure_integration, few, stored, scale),
            **run_in_fresh_process(measure_baseline, few, stored),
        }


async def _warm_up(few: SignedIn) -> None:
    """Import and allocate what does not depend on the number of extensions."""
    async with home_assistant() as hass:
        await set_up(hass, await prepare(hass, few))
        await Baseline(hass).add(few.user_ids)


async def measure_integration(few: SignedIn, stored: SignedIn, scale: Scale) -> Point:
    """Return the costs of the integration, and of events in all implementations."""
    await _warm_up(few)
    async with home_assistant() as hass:
        entry = await prepare(hass, stored)
        before = resident()
        start = time.thread_time()
        account = await set_up(hass, entry)
        seconds = time.thread_time() - start
        memory = resident() - before
        assert has_all(account, stored.user_ids)

        baseline = Baseline(hass)
        await baseline.add(stored.user_ids)
        source = waves(stored.user_ids, account.subscription_id, _CONCURRENT)
        receivers: dict[str, Callable[[bytes], None]] = {
            "event_us": account.receive,
            "event_floor_us": baseline.write,
        }
        repeat = scale.calls // _CONCURRENT
        later = list(islice(source, (scale.rounds + 1) * repeat))
        costs = _cost_of_events(hass, receivers, later, scale.rounds, repeat)
        await hass.async_block_till_done()
        if len(stored.user_ids) <= scale.usual:
            plain = PlainCoordinator(hass)
            await plain.add(stored.user_ids)
            # One call is as much as it writes in a quarter of a second.
            one_by_one = waves(stored.user_ids, account.subscription_id, 1)
            costs |= _cost_of_events(
                hass,
                {"event_usual_us": plain.receive},
                list(islice(one_by_one, scale.fresh_rounds + 1)),
                scale.fresh_rounds,
                1,
            )
    return {
        **costs,
        "memory_kib": round(memory / _KIB / len(stored.user_ids), 2),
        "start_s": round(seconds, 3),
    }


async def measure_baseline(few: SignedIn, stored: SignedIn) -> Point:
    """Return the costs of as many baseline entities."""
    await _warm_up(few)
    async with home_assistant() as hass:
        baseline = Baseline(hass)
        before = resident()
        start = time.thread_time()
        await baseline.add(stored.user_ids)
        seconds = time.thread_time() - start
        memory = resident() - before
    return {
        "memory_floor_kib": round(memory / _KIB / len(stored.user_ids), 2),
        "start_floor_s": round(seconds, 3),
    }


def _cost_of_events(
    hass: HomeAssistant,
    receivers: Mapping[str, Callable[[bytes], None]],
    later: Sequence[Wave],
    rounds: int,
    repeat: int,
) -> dict[str, float]:
    """Return the microseconds per event of each receiver."""
    first, measured = later[:repeat], later[repeat:]
    with count_state_changes(hass) as changes:
        for receive in receivers.values():
            for frame in (frame for wave in first for frame in wave):
                receive(frame)
    events = len(first[0])
    # All changed states must have been written; the plain coordinator has no call events.
    calls = len(first) * events // MESSAGES
    assert changes.count >= (WRITES - MESSAGES) * len(receivers) * calls
    seconds = measure_alternately(
        {name: _of(receive, measured) for name, receive in receivers.items()},
        rounds=rounds,
        repeat=repeat,
    )
    return {
        name: round(statistics.median(samples) / events * _MICROSECONDS, 2)
        for name, samples in seconds.items()
    }


def _of(
    receive: Callable[[bytes], None], later: Sequence[Wave]
) -> Callable[[int], None]:
    def receive_wave(number: int) -> None:
        for frame in later[number]:
            receive(frame)

    return receive_wave
