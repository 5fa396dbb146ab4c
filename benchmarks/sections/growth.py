"""Growth of costs with the number of extensions.

Each size has two processes: one with the integration, and one with the baseline for memory
and start. The cost of an event is measured in the first, alternating with the baseline; up
to the usual size also for the plain coordinator, which updates all listeners.
"""

from collections.abc import Callable, Mapping
import gc
from itertools import islice
import statistics
import time
from typing import Final

from benchmarks import frames
from benchmarks.alternating import measure_alternately
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
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.plain_coordinator import PlainCoordinator
from benchmarks.scale import Scale
from benchmarks.state_changes import record_state_changes
from homeassistant.core import HomeAssistant

from .memory import resident, warm_up

_KIB: Final = 1024
_MICROSECONDS: Final = 1_000_000
# Events in one sample; fewer for the plain coordinator, which is slower.
_EVENTS: Final = 500
_EVENTS_OF_PLAIN: Final = 10
# Minimum of entities that change with each event.
_CHANGING: Final = 3

type Point = Mapping[str, float]


async def points(scale: Scale) -> list[Point]:
    """Return the costs of each size."""
    return [await _point(size, scale) for size in scale.growth]


async def _point(size: int, scale: Scale) -> Point:
    async with platform(scale.few) as small, platform(size) as large:
        few = await signed_in_without_limits(small)
        stored = await signed_in_without_limits(large)
        return {
            "extensions": len(stored.user_ids),
            **run_in_fresh_process(measure_integration, few, stored, scale),
            **run_in_fresh_process(measure_baseline, few, stored),
        }


async def measure_integration(few: SignedIn, stored: SignedIn, scale: Scale) -> Point:
    """Return the costs of the integration, and of events in all implementations."""
    await warm_up(few)
    async with home_assistant() as hass:
        entry = await prepare(hass, stored)
        before = resident()
        start = time.perf_counter()
        account = await set_up(hass, entry)
        seconds = time.perf_counter() - start
        memory = resident() - before
        assert has_all(account, stored.user_ids)

        baseline = Baseline(hass)
        await baseline.add(stored.user_ids)
        receivers: dict[str, Callable[[bytes], None]] = {
            "event_us": account.receive,
            "event_floor_us": baseline.write,
        }
        costs = _cost_of_events(
            hass,
            receivers,
            stored.user_ids,
            account.subscription_id,
            scale.rounds,
            _EVENTS,
        )
        await hass.async_block_till_done()
        if len(stored.user_ids) <= scale.usual:
            plain = PlainCoordinator(hass, lambda: None)
            await plain.add(stored.user_ids)
            costs |= _cost_of_events(
                hass,
                {"event_usual_us": plain.receive},
                stored.user_ids,
                account.subscription_id,
                scale.fresh_rounds,
                _EVENTS_OF_PLAIN,
            )
    return {
        **costs,
        "memory_kib": round(memory / _KIB / len(stored.user_ids), 2),
        "start_s": round(seconds, 3),
    }


async def measure_baseline(few: SignedIn, stored: SignedIn) -> Point:
    """Return the costs of as many baseline entities."""
    await warm_up(few)
    async with home_assistant() as hass:
        baseline = Baseline(hass)
        before = resident()
        start = time.perf_counter()
        await baseline.add(stored.user_ids, disabled=DISABLED)
        seconds = time.perf_counter() - start
        memory = resident() - before
    return {
        "memory_floor_kib": round(memory / _KIB / len(stored.user_ids), 2),
        "start_floor_s": round(seconds, 3),
    }


def _cost_of_events(
    hass: HomeAssistant,
    receivers: Mapping[str, Callable[[bytes], None]],
    people: list[str],
    subscription_id: str,
    rounds: int,
    events: int,
) -> dict[str, float]:
    """Return the microseconds per event of each receiver."""
    stream = frames.spread(people, subscription_id)
    with record_state_changes(hass) as changes:
        for frame in islice(stream, len(people)):
            for receive in receivers.values():
                receive(frame)
    # All changed states must have been written.
    assert len(changes.entity_ids) >= _CHANGING * len(receivers) * len(people)
    later = list(islice(stream, rounds * events))
    gc.collect()
    seconds = measure_alternately(
        {name: _of(receive, later) for name, receive in receivers.items()},
        rounds=rounds,
        repeat=events,
    )
    return {
        name: round(statistics.median(samples) * _MICROSECONDS, 2)
        for name, samples in seconds.items()
    }


def _of(receive: Callable[[bytes], None], later: list[bytes]) -> Callable[[int], None]:
    return lambda number: receive(later[number])
