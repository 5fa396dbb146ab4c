"""Sizes and rounds of a full or a quick run."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of accounts, in extensions, and numbers of rounds.

    Attributes:
        rounds: samples of figures that take up to a second each.
        fresh_rounds: samples of figures that need a new Home Assistant each.
        few: a small account.
        usual: the size for most figures.
        complete: the largest account with all entities.
        many: a large account.
        turns: the sizes for the longest iterations of the event loop, the main one first.
        growth: the sizes of the plot.
        calls: calls in each sample of a hot loop.
        burst_calls: calls pushed at once.
        paced_calls: calls in each sample of paced ones.
        paced_rounds: samples of those, which take several seconds.
        automations: automations that are armed.
        recorded_calls: calls that are recorded.

    """

    rounds: int
    fresh_rounds: int
    few: int
    usual: int
    complete: int
    many: int
    turns: tuple[int, ...]
    growth: tuple[int, ...]
    calls: int
    burst_calls: int
    paced_calls: int
    paced_rounds: int
    automations: int
    recorded_calls: int

    @classmethod
    def full(cls) -> Self:
        """Return the sizes of the documented figures."""
        return cls(
            rounds=15,
            fresh_rounds=5,
            few=10,
            usual=1_000,
            complete=2_400,
            many=5_000,
            turns=(2_400, 1_000),
            growth=(10, 100, 1_000, 2_400),
            calls=200,
            burst_calls=400,
            paced_calls=40,
            paced_rounds=7,
            automations=1_000,
            recorded_calls=400,
        )

    @classmethod
    def quick(cls) -> Self:
        """Return about a tenth of the sizes, to check that all sections work."""
        return cls(
            rounds=3,
            fresh_rounds=2,
            few=10,
            usual=100,
            complete=240,
            many=500,
            turns=(240,),
            growth=(10, 100),
            calls=40,
            burst_calls=40,
            paced_calls=20,
            paced_rounds=2,
            automations=100,
            recorded_calls=100,
        )
