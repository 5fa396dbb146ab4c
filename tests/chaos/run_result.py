"""Result of a run, and its report."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from .call_checker import Difference, Kind

_WIDTH: Final = 120


@dataclass(slots=True, kw_only=True)
class RunResult:
    """Counts and differences of one run.

    Attributes:
        seconds: simulated seconds with faults.
        recoveries: results of attempts to continue a session, as the platform names them.
        differences: position and description of each.

    """

    seed: int
    recovery: bool
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    losses: int = 0
    recoveries: Mapping[str, int] = field(default_factory=dict)
    calls_announced: int = 0
    events_seen: int = 0
    quiet_points: int = 0
    unseen_shown: str | None = None
    unseen_true: float = 0.0
    differences: list[tuple[str, Difference]] = field(default_factory=list)

    def find(self, where: str, differences: Iterable[Difference]) -> None:
        """Record differences."""
        self.differences += [(where, difference) for difference in differences]

    def report(self, minutes: float) -> str:
        """Return the differences, and the command that reproduces them."""
        option = "" if self.recovery else " --no-recovery"
        return "\n".join(
            (
                f"{len(self.differences)} differences; to see them again:",
                f"    scripts/chaos --seed {self.seed} --minutes {minutes:g}{option}",
                *(f"{where}: {difference}" for where, difference in self.differences),
            )
        )

    def number_of(self, kind: Kind) -> int:
        """Return the number of differences of a kind."""
        return sum(difference.kind == kind for _, difference in self.differences)


def summary(results: Sequence[RunResult]) -> str:
    """Return a table of all runs and their faults."""
    recovery = "" if results[0].recovery else " without recovery"
    table = Table(box=SIMPLE, padding=(0, 0, 0, 1), title=f"Chaos{recovery}")
    for column in _row(results[0]):
        table.add_column(column, justify="right")
    for result in results:
        table.add_row(*_row(result).values())
    faults = Counter(chain.from_iterable(t.faults.elements() for t in results))
    text = StringIO()
    console = Console(file=text, width=_WIDTH)
    console.print(table)
    console.print(
        "Faults thrown:",
        ", ".join(f"{name} {faults[name]}" for name in sorted(faults)),
        highlight=False,
    )
    return text.getvalue()


def _row(result: RunResult) -> dict[str, str]:
    """Return a row of the table."""
    figures = {
        "seed": result.seed,
        "min": f"{result.seconds / 60:.1f}",
        "faults": result.faults.total(),
        "losses": result.losses,
        "recov-\nered": result.recoveries.get("Successful", 0),
        "re-\nfused": result.recoveries.get("Failed", 0),
        "calls": result.calls_announced,
        "call\nevents": result.events_seen,
        "missed": result.number_of(Kind.MISSED),
        "in-\nvented": result.number_of(Kind.INVENTED),
        "out of\norder": result.number_of(Kind.OUT_OF_ORDER),
        "left\nopen": result.number_of(Kind.LEFT_OPEN),
        "quiet\npoints": result.quiet_points,
        "unseen s\nshown/true": f"{result.unseen_shown or '-'}/{result.unseen_true:.0f}",
        "differ-\nences": len(result.differences),
    }
    return {name: str(figure) for name, figure in figures.items()}
