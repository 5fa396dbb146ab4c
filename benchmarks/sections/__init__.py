"""Sections of the benchmark, each measured in its own process.

A section is a module with `async def run(scale: Scale) -> Iterable[Figure]`; `growth`
measures costs at several sizes instead of figures.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Final

from benchmarks.figures import Figure
from benchmarks.scale import Scale

SECTIONS: Final = (
    "turns",
    "collector",
    "footprint",
    "path",
    "requests",
    "calls",
    "groups",
    "assist",
    "automations",
    "recorder",
    "board",
)


async def measure_section(section: str, scale: Scale) -> list[Figure]:
    """Run a section in this process."""
    figures: Iterable[Figure] = await import_module(f"{__name__}.{section}").run(scale)
    return list(figures)
