"""Alternating time measurements, so that disturbances affect all alike."""

from collections.abc import Callable, Mapping
import gc
import time


def measure_alternately[K](
    work: Mapping[K, Callable[[int], object]], *, rounds: int, repeat: int
) -> dict[K, list[float]]:
    """Return the seconds that each piece of work takes, once for each round.

    The order is reversed in every second round.

    Args:
        work: called with the number of the repetition, counted over all rounds.
        rounds: number of samples of each.
        repeat: calls per sample.

    """
    seconds: dict[K, list[float]] = {key: [] for key in work}
    names = list(work)
    gc.collect()
    # Existing objects need no examination after each sample.
    gc.freeze()
    gc.disable()
    try:
        for number_of_round in range(rounds):
            for key in names if number_of_round % 2 else reversed(names):
                do = work[key]
                first = number_of_round * repeat
                start = time.perf_counter()
                for number in range(first, first + repeat):
                    do(number)
                seconds[key].append((time.perf_counter() - start) / repeat)
                gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return seconds
