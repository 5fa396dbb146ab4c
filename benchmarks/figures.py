"""Figures with samples, spread and goal. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, le
import statistics
from typing import Final


class Limit(StrEnum):
    """How a figure compares with its goal."""

    AT_MOST = "≤"
    AT_LEAST = "≥"
    EXACTLY = "="


_COMPARE: Final[dict[Limit, Callable[[float, float], bool]]] = {
    Limit.AT_MOST: le,
    Limit.AT_LEAST: ge,
    Limit.EXACTLY: eq,
}


@dataclass(frozen=True, slots=True)
class Goal:
    """Goal of a figure."""

    limit: Limit
    value: float

    def is_reached(self, value: float) -> bool:
        """Return whether a value reaches the goal."""
        return _COMPARE[self.limit](value, self.value)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured quantity.

    Attributes:
        key: its name in the JSON.
        samples: one for each round.
        unit: empty for a ratio.
        goal: None if the figure is only reported.

    """

    key: str
    samples: Sequence[float]
    unit: str = ""
    goal: Goal | None = None

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """The lower and the upper quartile; of fewer than four samples, the extremes."""
        if len(self.samples) < 4:
            return min(self.samples), max(self.samples)
        lower, _, upper = statistics.quantiles(self.samples, n=4, method="inclusive")
        return lower, upper

    @property
    def is_reached(self) -> bool | None:
        """Whether the median reaches the goal; None without one."""
        return None if self.goal is None else self.goal.is_reached(self.median)

    def as_json(self) -> dict[str, object]:
        """Return the JSON representation."""
        lower, upper = self.spread
        found: dict[str, object] = {
            "median": round(self.median, 4),
            "p25": round(lower, 4),
            "p75": round(upper, 4),
            "rounds": len(self.samples),
        }
        if self.unit:
            found["unit"] = self.unit
        if self.goal is not None:
            found["goal"] = f"{self.goal.limit} {self.goal.value:g}"
            found["reached"] = self.is_reached
        return found


def at_most(value: float) -> Goal:
    """Return the goal of not exceeding a value."""
    return Goal(Limit.AT_MOST, value)


def at_least(value: float) -> Goal:
    """Return the goal of reaching a value."""
    return Goal(Limit.AT_LEAST, value)


def exactly(value: float) -> Goal:
    """Return the goal of meeting a value."""
    return Goal(Limit.EXACTLY, value)


def ratios(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each round, whose samples were measured in direct succession."""
    return tuple(a / b for a, b in zip(over, under, strict=True))
