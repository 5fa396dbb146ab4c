"""Times of several things, measured in turns: what disturbs one, disturbs all alike."""

from collections.abc import Callable, Mapping
import gc
import time


def measure_alternately[K](
    work: Mapping[K, Callable[[int], object]], *, rounds: int, repeat: int
) -> dict[K, list[float]]:
    """Return the seconds that each piece of work takes, once for each round.

    Every second round goes the other way round, so that none always comes first.

    Args:
        work: called with the number of the repetition, which goes on over all rounds.
        rounds: how many samples of each.
        repeat: how often each is done for one sample.

    """
    seconds: dict[K, list[float]] = {key: [] for key in work}
    names = list(work)
    gc.collect()
    # What is there already need not be looked through after each sample.
    gc.freeze()
    gc.disable()
    try:
        for turn in range(rounds):
            for key in names if turn % 2 else reversed(names):
                do = work[key]
                first = turn * repeat
                start = time.perf_counter()
                for number in range(first, first + repeat):
                    do(number)
                seconds[key].append((time.perf_counter() - start) / repeat)
                gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return seconds
