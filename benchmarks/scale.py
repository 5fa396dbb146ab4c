"""How much is measured: everything as in the documentation, or a quick look."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of accounts, in extensions, and numbers of rounds.

    Attributes:
        rounds: samples of each figure of which one takes a second or less.
        fresh_rounds: samples of those that need a new Home Assistant each.
        few: a small account: what each event costs there is compared with `many`.
        usual: the account that most figures are about.
        complete: the largest account with all entities.
        many: a large account.
        growth: the sizes between which costs are seen to grow.
        latency_rate: notifications per second, so few that each finds the loop idle.
        latency_batch: notifications that one side hears before it is the other's turn.
        latency_batches: of each side, in a round.
        burst_rounds: samples of bursts into Home Assistant, which take many seconds.
        burst: notifications pushed at once.
        burst_of_coordinator: the same for one that takes far longer for each.

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
        """Return what the documented figures are measured with."""
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
        """Return a tenth: whether all of it works, not how good it is."""
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
