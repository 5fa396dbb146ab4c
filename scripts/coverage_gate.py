"""The coverage that every single module of the integration must reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import override

INTEGRATION = "custom_components/ringcentral"
ABOVE = 95.0
COMPLETE = frozenset(
    f"{INTEGRATION}/{name}.py"
    for name in (
        "config_flow",
        "flows/options",
        "flows/selection_form",
        "flows/sign_in",
        "flows/sign_in_form",
    )
)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A module that is covered too little."""

    module: str
    percent: float

    @override
    def __str__(self) -> str:
        """Name the module, what it has and what it needs."""
        demand = "100 %" if self.module in COMPLETE else f"more than {ABOVE:g} %"
        return f"{self.module}: {self.percent:.2f} %, needs {demand}"


def is_enough(module: str, percent: float) -> bool:
    """Return whether a module of the integration is covered well enough."""
    return percent == 100.0 if module in COMPLETE else percent > ABOVE


def shortfalls(percents: Mapping[str, float]) -> Iterator[Shortfall]:
    """Yield the modules that miss their mark, in the order of their names."""
    for module, percent in sorted(percents.items()):
        if not is_enough(module, percent):
            yield Shortfall(module, percent)


def measured(report: Path, root: Path) -> dict[str, float]:
    """Return the percentage of each module in a checkout from a JSON report.

    A module that is missing in the report was never imported, so 0 %.
    """
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    modules = (
        path.relative_to(root).as_posix() for path in (root / INTEGRATION).rglob("*.py")
    )
    return {
        module: float(files[module]["summary"]["percent_covered"])
        if module in files
        else 0.0
        for module in modules
    }


def main(arguments: list[str]) -> int:
    """Print what is missing in the report named by the only argument."""
    [report] = arguments
    percents = measured(Path(report), Path.cwd())
    if not percents:
        print(f"No module found in {INTEGRATION}: run this in the checkout.")
        return 1
    failures = list(shortfalls(percents))
    for failure in failures:
        print(failure)
    if not failures:
        print(f"All {len(percents)} modules of the integration are covered well.")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
