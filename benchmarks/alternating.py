"""Alternating time measurements, so that disturbances affect all alike."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
import gc
import time


@contextmanager
def paused_collector() -> Iterator[None]:
    """Leave garbage collection to the caller; existing objects are not examined."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def measure_alternately[K](
    work: Mapping[K, Callable[[int], object]],
    *,
    rounds: int,
    repeat: int,
    with_collector: bool = False,
) -> dict[K, list[float]]:
    """Return the processor seconds of each piece of work, once for each round.

    The order is reversed in every second round.

    Args:
        work: called with the number of the repetition, counted over all rounds.
        rounds: number of samples of each.
        repeat: calls per sample.
        with_collector: leave the garbage collector on, instead of between samples only.

    """
    seconds: dict[K, list[float]] = {key: [] for key in work}
    names = list(work)
    gc.collect()
    with nullcontext() if with_collector else paused_collector():
        for number_of_round in range(rounds):
            for key in names if number_of_round % 2 else reversed(names):
                do = work[key]
                first = number_of_round * repeat
                start = time.thread_time()
                for number in range(first, first + repeat):
                    do(number)
                seconds[key].append((time.thread_time() - start) / repeat)
                if not with_collector:
                    gc.collect()
    return seconds
