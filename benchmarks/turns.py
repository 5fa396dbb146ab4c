"""Longest turn of the event loop: everything that runs between two selects."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import gc
from selectors import BaseSelector, SelectorKey
import time
from typing import Final, cast
from unittest.mock import patch

_MILLISECONDS: Final = 1000


@dataclass(slots=True)
class LongestTurn:
    """The longest turn so far, in milliseconds of processor time."""

    milliseconds: float = 0.0

    def record(self, seconds: float) -> None:
        """Record a turn."""
        self.milliseconds = max(self.milliseconds, seconds * _MILLISECONDS)


@contextmanager
def longest_turn() -> Iterator[LongestTurn]:
    """Measure the longest turn of the running event loop within the context.

    A garbage collection in another thread counts as a turn: it stops all threads.
    """
    loop = asyncio.get_running_loop()
    selector = cast(BaseSelector, vars(loop)["_selector"])
    select = selector.select
    longest = LongestTurn()
    began = collection_began = time.thread_time()

    def measure_collection(phase: str, _info: dict[str, int]) -> None:
        # Called in the thread that collects.
        nonlocal collection_began
        if phase == "start":
            collection_began = time.thread_time()
        else:
            longest.record(time.thread_time() - collection_began)

    def measured_select(
        timeout: float | None = None,
    ) -> list[tuple[SelectorKey, int]]:
        nonlocal began
        longest.record(time.thread_time() - began)
        ready = select(timeout)
        began = time.thread_time()
        return ready

    gc.callbacks.append(measure_collection)
    try:
        with patch.object(selector, "select", measured_select):
            yield longest
    finally:
        gc.callbacks.remove(measure_collection)
    longest.record(time.thread_time() - began)
