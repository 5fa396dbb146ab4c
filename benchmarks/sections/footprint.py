"""What an account occupies: memory, objects, and entries of Home Assistant's registries.

A whole Home Assistant with a recorder, for each sample in a process of its own: a small
and a large account, and a plain integration with as many minimal entities. The difference
between both sizes is what an extension takes, without caches that are full in both.
Objects are those that the garbage collector examines. Registry events are those of the
first set-up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import gc
from pathlib import Path
import tempfile
from typing import Any, Final

from benchmarks.baseline import Baseline
from benchmarks.entries import ENABLED
from benchmarks.environment import platform, sign_in_to
from benchmarks.figures import Figure, at_most
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.memory import resident
from benchmarks.scale import Scale
from benchmarks.whole import until_quiet, whole_home_assistant
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.device_registry import EVENT_DEVICE_REGISTRY_UPDATED
from homeassistant.helpers.entity_registry import EVENT_ENTITY_REGISTRY_UPDATED
from homeassistant.helpers.recorder import get_instance

_ENTITY_REGISTRY: Final = ".storage/core.entity_registry"
_KIB: Final = 1024
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Footprint:
    """What Home Assistant occupies with an account; the registry in bytes."""

    extensions: int
    resident: int
    objects: int
    registry_events: int = 0
    registry: int = 0

    def per_extension(self, small: Footprint) -> tuple[float, float, float]:
        """Return bytes, objects and registry events per extension beyond a small account."""
        more = self.extensions - small.extensions
        return (
            (self.resident - small.resident) / more,
            (self.objects - small.objects) / more,
            (self.registry_events - small.registry_events) / more,
        )


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure both sizes of both sides."""
    async with (
        platform(scale.usual, "rate_limits=false") as small,
        platform(scale.complete, "rate_limits=false") as large,
    ):
        few, many = [
            run_in_fresh_process(of_account, simulated.described, size)
            for simulated, size in ((small, scale.usual), (large, scale.complete))
        ]
    plain_few, plain_many = [
        run_in_fresh_process(of_baseline, size)
        for size in (few.extensions, many.extensions)
    ]
    memory, objects, registry_events = many.per_extension(few)
    plain_memory, plain_objects, _ = plain_many.per_extension(plain_few)
    return [
        Figure("memory_ratio", [memory / plain_memory], goal=at_most(1.25)),
        Figure("memory_kib_per_extension", [memory / _KIB], "KiB"),
        Figure("memory_floor_kib_per_extension", [plain_memory / _KIB], "KiB"),
        Figure("objects_per_extension", [objects]),
        Figure("objects_floor_per_extension", [plain_objects]),
        Figure("registry_events_per_extension", [registry_events], goal=at_most(5)),
        Figure(
            "registry_megabytes", [many.registry / _MEGABYTE], "MB", goal=at_most(9.2)
        ),
    ]


async def of_account(described: Mapping[str, str], size: int) -> Footprint:
    """Return the footprint of an account after its first set-up."""
    events = 0

    @callback
    def count(_event: Event[Any]) -> None:
        nonlocal events
        events += 1

    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory) / "config"
        async with whole_home_assistant(folder) as hass:
            hass.bus.async_listen(EVENT_ENTITY_REGISTRY_UPDATED, count)
            hass.bus.async_listen(EVENT_DEVICE_REGISTRY_UPDATED, count)
            account = await sign_in_to(hass, described)
            await until_quiet(hass, ENABLED * size)
            extensions = len(account.user_ids)
            occupied = await _occupied(hass)
        stored = (folder / _ENTITY_REGISTRY).stat().st_size
    return Footprint(extensions, *occupied, events, stored)


async def of_baseline(size: int) -> Footprint:
    """Return the footprint of a plain integration."""
    with tempfile.TemporaryDirectory() as directory:
        async with whole_home_assistant(Path(directory) / "config") as hass:
            baseline = Baseline(hass)
            await baseline.add(map(str, range(size)))
            await until_quiet(hass, ENABLED * size)
            occupied = await _occupied(hass)
    return Footprint(size, *occupied)


async def _occupied(hass: HomeAssistant) -> tuple[int, int]:
    """Return resident bytes and objects when all states are recorded."""
    await get_instance(hass).async_block_till_done()
    return resident(), len(gc.get_objects())
