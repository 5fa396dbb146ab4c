"""Resident memory of each extension, against that of the floor's entities.

Each sample is a process of its own, in turns: it warms up with a small account, so that
what is imported and allocated once does not count, and then takes up a large one into a
new Home Assistant. Counted is what the process has resident after a full collection, minus
what it had before.

Ours: an account that is set up, with everything it keeps of an extension. Floor: as many
minimal entities, enabled and disabled, with their devices; and, reported without a goal,
the enabled ones alone.
"""

from collections.abc import Iterable
from enum import Enum
import gc
from pathlib import Path
import resource
from typing import Final

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
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.scale import Scale

_STATM: Final = Path("/proc/self/statm")
_KIB: Final = 1024


class Subject(Enum):
    """What is taken up."""

    OURS = "ours"
    FLOOR = "floor"
    FLOOR_ENABLED = "floor, the enabled entities alone"


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure memory."""
    found: dict[Subject, list[float]] = {side: [] for side in Subject}
    async with platform(scale.few) as small, platform(scale.complete) as large:
        few, many = (
            await signed_in_without_limits(small),
            await signed_in_without_limits(large),
        )
        for _ in range(scale.fresh_rounds):
            for side in Subject:
                found[side].append(
                    run_in_fresh_process(kib_per_extension, side, few, many)
                )
    ours, baseline = found[Subject.OURS], found[Subject.FLOOR]
    enabled = found[Subject.FLOOR_ENABLED]
    return [
        Figure("memory_ratio", ratios(ours, baseline), goal=at_most(1.5)),
        Figure("memory_kib_per_extension", ours, "KiB"),
        Figure("memory_floor_kib_per_extension", baseline, "KiB"),
        Figure("memory_ratio_enabled_alone", ratios(ours, enabled)),
    ]


async def kib_per_extension(side: Subject, few: SignedIn, many: SignedIn) -> float:
    """Return what each of many extensions takes, in a process that is warm."""
    await warm_up(few)
    return await _kept(side, many) / _KIB / len(many.user_ids)


async def warm_up(few: SignedIn) -> None:
    """Import and allocate what is there once, however many extensions there are."""
    for side in (Subject.OURS, Subject.FLOOR):
        await _kept(side, few)


async def _kept(side: Subject, stored: SignedIn) -> int:
    """Return the bytes that a new Home Assistant keeps for an account."""
    async with home_assistant() as hass:
        entry = await prepare(hass, stored)
        before = resident()
        if side is Subject.OURS:
            assert has_all(await set_up(hass, entry), stored.user_ids)
        else:
            baseline = Baseline(hass)
            disabled = DISABLED if side is Subject.FLOOR else 0
            await baseline.add(stored.user_ids, disabled=disabled)
        return resident() - before


def resident() -> int:
    """Return the bytes of memory that this process occupies."""
    gc.collect()
    _, pages, *_ = _STATM.read_text().split()
    return int(pages) * resource.getpagesize()
