"""The longest block of the event loop while a snapshot of a large account is applied.

Every extension has changed since the last one in all that its four entities show: an event
has put everybody into two calls, and the platform, which knows of none, is asked again.
Measured is the longest turn of the loop from the request until nothing more follows:
reading and parsing of the answers, sensors, and the call events that are concluded.

Against it: the time of 1,000 state writes of the floor's entities, beside the same account.
All times are those of the processor in this thread: another process on the machine blocks
no loop.

Python's garbage collector works as it does in Home Assistant. It stops everything for a
time that grows with all that is in memory, whoever fills it: nobody who writes that many
states keeps below the goal then. So its time is taken off in the figure, and what it costs
is compared with what it costs when the floor's entities of as many extensions write the
same states, in turns of a few milliseconds.
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
# The picture of which nothing is as the platform has it.
_UNLIKE: Final = 0
# The last that a snapshot sets off: a ring that has stopped is missed for good. It is
# over when nothing has happened for longer.
_QUIET: Final = MAX_RING_PAUSE.total_seconds() + 1.0
# So many extensions of the floor take a few milliseconds.
_AT_ONCE: Final = 25
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Block:
    """How long the loop was busy at the longest, in milliseconds.

    Attributes:
        with_collector: everything that happened in one turn.
        without: less the time of the garbage collector, so perhaps another turn.

    """

    with_collector: float
    without: float


class LoopMonitor:
    """Measures how long each turn of the loop takes, and the collector within."""

    def __init__(self) -> None:
        """Begin with the next turn."""
        self._longest = 0.0
        self._longest_without = 0.0
        self._collected = 0.0
        self._loop = asyncio.get_running_loop()
        self._began = time.thread_time()
        self._handle = self._loop.call_soon(self._iteration)
        gc.callbacks.append(self._on_collection)

    def stop(self) -> Block:
        """Measure no longer; return the longest."""
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
            # Not each snapshot meets a full collection: the worst of all counts.
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
        unlike = frames_for(account, stored.user_ids)
        with record_state_changes(hass) as changes:
            for turn in range(rounds):
                for _ in stored.user_ids:
                    account.receive(next(unlike))
                writes.append(time_of_writes(baseline, written, turn))
                await asyncio.sleep(0)
                changes.entity_ids.clear()
                blocks.append(await measure_snapshot(account, changes))
                assert len(changes.entity_ids) >= ENABLED * len(stored.user_ids)
    return blocks, writes


def frames_for(account: Account, people: Sequence[str]) -> Iterator[bytes]:
    """Yield frames that make one extension after the other unlike what is known."""
    for sequence in count(1):
        yield frames.frame(
            people[sequence % len(people)], _UNLIKE, sequence, account.subscription_id
        )


def time_of_writes(
    baseline: Baseline, extension_ids: Iterable[str], turn: int
) -> float:
    """Return the milliseconds that the floor takes to write all states of some."""
    bodies = [frames.body(extension_id, turn, turn) for extension_id in extension_ids]
    began = time.thread_time()
    for body in bodies:
        baseline.write_body(body)
    return (time.thread_time() - began) * _MILLISECONDS


async def measure_baseline(people: list[str], rounds: int) -> list[Block]:
    """Return the longest block while the floor's entities of everyone write twice.

    As often as ours do in a round: at the event, and at the snapshot.
    """
    blocks: list[Block] = []
    async with home_assistant() as hass:
        baseline = Baseline(hass)
        await baseline.add(people, disabled=DISABLED)
        with record_state_changes(hass):
            for turn in range(2 * rounds):
                turns = LoopMonitor()
                for some in batched(people, _AT_ONCE, strict=False):
                    for extension_id in some:
                        baseline.write_body(frames.body(extension_id, turn, turn))
                    await asyncio.sleep(0)
                blocks.append(turns.stop())
    return blocks[1::2]


async def measure_snapshot(account: Account, changes: StateChanges) -> Block:
    """Take a snapshot; return the longest block until nothing more follows."""
    turns = LoopMonitor()
    await account.coordinator.async_refresh()
    while time.monotonic() - changes.latest < _QUIET:
        await asyncio.sleep(_QUIET / 10)
    return turns.stop()
