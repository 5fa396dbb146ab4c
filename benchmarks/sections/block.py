"""The longest block of the event loop while a snapshot of a large account is applied.

An event has set all four entities of every extension to states that the platform does not
have, and the snapshot changes them back. The result is the longest iteration of the event
loop from the request until nothing more follows.

The reference is the time of 1,000 state writes of baseline entities beside the same account.
All times are processor time of this thread, so other processes do not count.

The garbage collector is active. Its time grows with all objects in memory, so it is
subtracted in the figure, and compared separately with a baseline that writes the same
states in iterations of a few milliseconds.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import gc
from itertools import batched, count
import time
from typing import Final

from benchmarks import frames
from benchmarks.baseline import Baseline
from benchmarks.entries import (
    DISABLED,
    ENABLED,
    SignedIn,
    has_all,
    prepare,
    set_up,
    signed_in_without_limits,
)
from benchmarks.environment import Account, home_assistant, platform
from benchmarks.figures import Figure, at_most, ratios
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale
from benchmarks.state_changes import StateChanges, record_state_changes
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE

_WRITES: Final = 1000
# Variant that differs from the platform in all fields.
_CHANGED_VARIANT: Final = 0
# The last effect of a snapshot is the missed call of a ring that has stopped.
_QUIET: Final = MAX_RING_PAUSE.total_seconds() + 1.0
# Baseline extensions that take a few milliseconds.
_AT_ONCE: Final = 25
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Block:
    """Longest iteration of the event loop in milliseconds.

    Attributes:
        with_collector: including the garbage collector.
        without: without it, so perhaps of another iteration.

    """

    with_collector: float
    without: float


class LoopMonitor:
    """Measures iterations of the event loop, and the garbage collector within."""

    def __init__(self) -> None:
        """Start with the next iteration."""
        self._longest = 0.0
        self._longest_without = 0.0
        self._collected = 0.0
        self._loop = asyncio.get_running_loop()
        self._began = time.thread_time()
        self._handle = self._loop.call_soon(self._iteration)
        gc.callbacks.append(self._on_collection)

    def stop(self) -> Block:
        """Stop; return the longest iteration."""
        self._handle.cancel()
        gc.callbacks.remove(self._on_collection)
        return Block(
            self._longest * _MILLISECONDS, self._longest_without * _MILLISECONDS
        )

    def _on_collection(self, phase: str, _info: dict[str, int]) -> None:
        now = time.thread_time()
        self._collected += -now if phase == "start" else now

    def _iteration(self) -> None:
        now = time.thread_time()
        took = now - self._began
        self._longest = max(self._longest, took)
        self._longest_without = max(self._longest_without, took - self._collected)
        self._collected = 0.0
        self._began = now
        self._handle = self._loop.call_soon(self._iteration)


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure the longest block."""
    async with platform(scale.many) as simulated:
        stored = await signed_in_without_limits(simulated)
        blocks, writes = await measure_snapshots(stored, scale.fresh_rounds)
    baseline = run_in_fresh_process(
        measure_baseline, stored.user_ids, scale.fresh_rounds
    )
    return [
        Figure(
            "max_block_ms_ratio",
            ratios([block.without for block in blocks], writes),
            goal=at_most(1),
        ),
        Figure(
            # Not each snapshot coincides with a full collection: use the maximum.
            "max_block_with_collector_ratio",
            [
                max(block.with_collector for block in blocks)
                / max(block.with_collector for block in baseline)
            ],
        ),
        Figure("max_block_ms", [block.without for block in blocks], "ms"),
        Figure("max_block_with_collector_ms", [b.with_collector for b in blocks], "ms"),
        Figure(
            "max_block_with_collector_floor_ms",
            [b.with_collector for b in baseline],
            "ms",
        ),
        Figure("thousand_writes_ms", writes, "ms"),
    ]


async def measure_snapshots(
    stored: SignedIn, rounds: int
) -> tuple[list[Block], list[float]]:
    """Return the longest block of each snapshot, and the time of 1,000 state writes."""
    blocks: list[Block] = []
    writes: list[float] = []
    async with home_assistant() as hass:
        account = await set_up(hass, await prepare(hass, stored))
        assert has_all(account, stored.user_ids)
        baseline = Baseline(hass)
        written = stored.user_ids[: _WRITES // ENABLED]
        await baseline.add(written)
        changed = frames_for(account, stored.user_ids)
        with record_state_changes(hass) as changes:
            for variant in range(rounds):
                for _ in stored.user_ids:
                    account.receive(next(changed))
                writes.append(time_of_writes(baseline, written, variant))
                await asyncio.sleep(0)
                changes.entity_ids.clear()
                blocks.append(await measure_snapshot(account, changes))
                assert len(changes.entity_ids) >= ENABLED * len(stored.user_ids)
    return blocks, writes


def frames_for(account: Account, people: Sequence[str]) -> Iterator[bytes]:
    """Yield frames that change one extension after the other."""
    for sequence in count(1):
        yield frames.frame(
            people[sequence % len(people)],
            _CHANGED_VARIANT,
            sequence,
            account.subscription_id,
        )


def time_of_writes(
    baseline: Baseline, extension_ids: Iterable[str], variant: int
) -> float:
    """Return the milliseconds of the baseline for all states of some extensions."""
    bodies = [
        frames.body(extension_id, variant, variant) for extension_id in extension_ids
    ]
    began = time.thread_time()
    for body in bodies:
        baseline.write_body(body)
    return (time.thread_time() - began) * _MILLISECONDS


async def measure_baseline(people: list[str], rounds: int) -> list[Block]:
    """Return the longest block while all baseline entities write twice.

    The integration also writes twice in a round: for the event and for the snapshot.
    """
    blocks: list[Block] = []
    async with home_assistant() as hass:
        baseline = Baseline(hass)
        await baseline.add(people, disabled=DISABLED)
        with record_state_changes(hass):
            for variant in range(2 * rounds):
                monitor = LoopMonitor()
                for some in batched(people, _AT_ONCE, strict=False):
                    for extension_id in some:
                        baseline.write_body(frames.body(extension_id, variant, variant))
                    await asyncio.sleep(0)
                blocks.append(monitor.stop())
    return blocks[1::2]


async def measure_snapshot(account: Account, changes: StateChanges) -> Block:
    """Refresh; return the longest block until nothing more follows."""
    monitor = LoopMonitor()
    await account.coordinator.async_refresh()
    while time.monotonic() - changes.latest < _QUIET:
        await asyncio.sleep(_QUIET / 10)
    return monitor.stop()
