"""Resident memory per extension, compared with the baseline.

Each sample has its own process. It warms up with a small account, so that imports do not
count, and then sets up a large one in a new Home Assistant. The result is the growth of
resident memory after a full collection.

The baseline has as many minimal entities, enabled and disabled, with their devices; a
figure without a goal has only the enabled ones.
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
    """What is measured."""

    OURS = "ours"
    FLOOR = "floor"
    FLOOR_ENABLED = "floor, enabled entities only"


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
    """Return the KiB of each of many extensions, in a warm process."""
    await warm_up(few)
    return await _kept(side, many) / _KIB / len(many.user_ids)


async def warm_up(few: SignedIn) -> None:
    """Import and allocate everything that does not depend on the number of extensions."""
    for side in (Subject.OURS, Subject.FLOOR):
        await _kept(side, few)


async def _kept(side: Subject, stored: SignedIn) -> int:
    """Return the bytes that an account adds to a new Home Assistant."""
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
