"""Longest turn of the event loop: everything that runs between two selects."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from selectors import BaseSelector, SelectorKey
import time
from typing import Final, cast
from unittest.mock import patch

_MILLISECONDS: Final = 1000


@dataclass(slots=True)
class LongestTurn:
    """The longest turn so far, in milliseconds of processor time of this thread."""

    milliseconds: float = 0.0

    def record(self, seconds: float) -> None:
        """Record a turn."""
        self.milliseconds = max(self.milliseconds, seconds * _MILLISECONDS)


@contextmanager
def longest_turn() -> Iterator[LongestTurn]:
    """Measure the longest turn of the running event loop within the context."""
    loop = asyncio.get_running_loop()
    selector = cast(BaseSelector, vars(loop)["_selector"])
    select = selector.select
    longest = LongestTurn()
    began = time.thread_time()

    def measured_select(
        timeout: float | None = None,
    ) -> list[tuple[SelectorKey, int]]:
        nonlocal began
        longest.record(time.thread_time() - began)
        ready = select(timeout)
        began = time.thread_time()
        return ready

    with patch.object(selector, "select", measured_select):
        yield longest
    longest.record(time.thread_time() - began)
