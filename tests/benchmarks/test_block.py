"""The longest iteration of the event loop, with and without the garbage collector."""

import asyncio
import gc
from unittest.mock import patch

from benchmarks.sections.block import Block, LoopMonitor


class _Clock:
    """A processor whose time is set by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def thread_time(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds

    def collect(self, seconds: float) -> None:
        """Work for the collector."""
        for phase in ("start", "stop"):
            for called in list(gc.callbacks):
                called(phase, {"generation": 2})
            if phase == "start":
                self.now += seconds


async def test_longest_block_is_found_with_and_without_the_collector() -> None:
    """They need not be the same: here the collector runs in a short iteration."""
    clock = _Clock()
    loop = asyncio.get_running_loop()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with patch("benchmarks.sections.block.time.thread_time", clock.thread_time):
            monitor = LoopMonitor()
            await asyncio.sleep(0)
            # Two callbacks of one iteration.
            loop.call_soon(clock.work, 0.010)
            loop.call_soon(clock.work, 0.020)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            loop.call_soon(clock.work, 0.005)
            loop.call_soon(clock.collect, 0.100)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            block = monitor.stop()
    finally:
        if was_enabled:
            gc.enable()
    assert Block(round(block.with_collector), round(block.without)) == Block(105, 30)
