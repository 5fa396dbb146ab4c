"""Report of one run: all figures, and the machine."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
import os
from pathlib import Path
import platform
from typing import Any, Final

from homeassistant.const import __version__ as HOME_ASSISTANT

from .figures import Figure

# JSON; the table, the plot and the page are generated from it.
type Report = dict[str, Any]

MACHINE: Final = "machine"
GROWTH: Final = "growth"
_NO_FIGURES: Final = {MACHINE, GROWTH}

_PACKAGES: Final = ("aiohttp", "orjson", "ringcentral")
_PROCESSORS: Final = Path("/proc/cpuinfo")


def machine() -> dict[str, str | int]:
    """Return hardware and versions; no host name, no path."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "homeassistant": HOME_ASSISTANT,
        **{package: version(package) for package in _PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    """Return the model of the processor, or its architecture."""
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text().splitlines():
            name, _, model = line.partition(":")
            if name.strip() == "model name":
                return model.strip()
    return platform.machine()


def as_report(
    figures: Iterable[Figure],
    growth: Iterable[Mapping[str, float]],
    measured_on: Mapping[str, str | int],
) -> Report:
    """Return all figures, by key."""
    return {
        **{figure.key: figure.as_json() for figure in figures},
        GROWTH: [dict(point) for point in growth],
        MACHINE: dict(measured_on),
    }


def figures_of(report: Report) -> dict[str, dict[str, Any]]:
    """Return the figures of a report."""
    return {key: value for key, value in report.items() if key not in _NO_FIGURES}


def missed(report: Report) -> list[str]:
    """Return the keys of the figures that miss their goal."""
    return [
        key
        for key, figure in figures_of(report).items()
        if not figure.get("reached", 1)
    ]
