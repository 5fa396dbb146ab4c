"""The longest turn of the event loop with Python's garbage collector.

A whole Home Assistant with a recorder: an account is set up for the first time, and then
each extension has a call, no faster than the recorder stores them. The collector examines
all objects in memory, so this is divided by the same of a plain integration: as many
minimal entities, added in slices, to which the same calls are written.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
import tempfile
from typing import Final

from benchmarks.baseline import Baseline
from benchmarks.calls import CONCURRENT, waves
from benchmarks.entries import ENABLED
from benchmarks.environment import platform, sign_in_to
from benchmarks.figures import Figure, at_most
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.recording import flush
from benchmarks.scale import Scale
from benchmarks.turns import longest_turn
from benchmarks.whole import until_quiet, whole_home_assistant
from homeassistant.core import HomeAssistant

SET_UP: Final = "set_up"
CALLS: Final = "calls"

type Milliseconds = Mapping[str, float]


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure both phases of the integration and of the baseline."""
    async with platform(scale.complete, "rate_limits=false") as simulated:
        ours, people = run_in_fresh_process(
            measure_integration, simulated.described, scale.complete
        )
    plain = run_in_fresh_process(measure_baseline, people)
    return [
        Figure(
            "collector_turn_ratio",
            [max(ours.values()) / max(plain.values())],
            goal=at_most(1.5),
        ),
        *(
            Figure(f"collector_turn_ratio_{phase}", [ours[phase] / plain[phase]])
            for phase in (SET_UP, CALLS)
        ),
        *(
            Figure(f"collector_turn_ms_{phase}{suffix}", [found[phase]], "ms")
            for suffix, found in (("", ours), ("_floor", plain))
            for phase in (SET_UP, CALLS)
        ),
    ]


async def measure_integration(
    described: Mapping[str, str], size: int
) -> tuple[Milliseconds, list[str]]:
    """Return the longest turn of each phase of an account, and its extensions."""
    with tempfile.TemporaryDirectory() as directory:
        async with whole_home_assistant(Path(directory) / "config") as hass:
            with longest_turn() as set_up:
                account = await sign_in_to(hass, described)
                await until_quiet(hass, ENABLED * size)
            people = account.user_ids
            calls = await _receive_calls(
                hass, people, account.subscription_id, account.receive
            )
    return {SET_UP: set_up.milliseconds, CALLS: calls}, people


async def measure_baseline(people: list[str]) -> Milliseconds:
    """Return the longest turn of each phase of the baseline."""
    with tempfile.TemporaryDirectory() as directory:
        async with whole_home_assistant(Path(directory) / "config") as hass:
            baseline = Baseline(hass)
            with longest_turn() as set_up:
                await baseline.add(people)
                await until_quiet(hass, ENABLED * len(people))
            calls = await _receive_calls(hass, people, "none", baseline.write)
    return {SET_UP: set_up.milliseconds, CALLS: calls}


async def _receive_calls(
    hass: HomeAssistant,
    people: list[str],
    subscription_id: str,
    receive: Callable[[bytes], None],
) -> float:
    """Receive a call of each extension, a message in each turn; return the longest."""
    received = list(
        islice(waves(people, subscription_id), -(-len(people) // CONCURRENT))
    )
    with longest_turn() as longest:
        for wave in received:
            for frame in wave:
                receive(frame)
                await asyncio.sleep(0)
            # Otherwise what waits to be stored would be most of what is examined.
            await flush(hass)
    return longest.milliseconds
