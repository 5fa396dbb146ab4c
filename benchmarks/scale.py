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
        growth: the sizes of the plot.
        latency_rate: notifications per second, low enough for an idle event loop.
        latency_batch: notifications per receiver before the next receiver.
        latency_batches: batches per receiver and round.
        burst_rounds: samples of bursts into Home Assistant, which take many seconds.
        burst: notifications pushed at once.
        burst_of_coordinator: the same for the plain coordinator, which is slower.

    """

    rounds: int
    fresh_rounds: int
    few: int
    usual: int
    complete: int
    many: int
    growth: tuple[int, ...]
    latency_rate: int
    latency_batch: int
    latency_batches: int
    burst_rounds: int
    burst: int
    burst_of_coordinator: int

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
            growth=(10, 100, 1_000, 2_400, 5_000, 10_000),
            latency_rate=200,
            latency_batch=25,
            latency_batches=16,
            burst_rounds=3,
            burst=20_000,
            burst_of_coordinator=200,
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
            growth=(10, 100, 500),
            latency_rate=200,
            latency_batch=25,
            latency_batches=4,
            burst_rounds=2,
            burst=2_000,
            burst_of_coordinator=50,
        )
