"""Longest turn of the event loop, and time that is moved."""

import asyncio
from collections import defaultdict
import gc
import threading
import time
from unittest.mock import patch

from benchmarks.moved_time import moved_time
from benchmarks.turns import longest_turn


class _Clock:
    """A processor whose time in each thread is set by the test."""

    def __init__(self) -> None:
        self._now = defaultdict[int, float](float)

    def thread_time(self) -> float:
        return self._now[threading.get_ident()]

    def work(self, seconds: float) -> None:
        self._now[threading.get_ident()] += seconds


async def test_all_callbacks_between_two_selects_are_one_turn() -> None:
    """Those of different iterations are not added."""
    clock = _Clock()
    loop = asyncio.get_running_loop()
    with patch("benchmarks.turns.time.thread_time", clock.thread_time):
        await asyncio.sleep(0)
        with longest_turn() as longest:
            clock.work(0.005)
            loop.call_soon(clock.work, 0.010)
            loop.call_soon(clock.work, 0.020)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            loop.call_soon(clock.work, 0.025)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    assert round(longest.milliseconds) == 30


async def test_work_before_the_first_and_after_the_last_select_counts() -> None:
    """Each is a turn of its own."""
    clock = _Clock()
    with patch("benchmarks.turns.time.thread_time", clock.thread_time):
        with longest_turn() as first:
            clock.work(0.040)
            await asyncio.sleep(0)
        with longest_turn() as last:
            await asyncio.sleep(0)
            clock.work(0.050)

    assert (round(first.milliseconds), round(last.milliseconds)) == (40, 50)


async def test_turns_are_measured_within_the_context_only() -> None:
    """What follows changes nothing."""
    clock = _Clock()
    with patch("benchmarks.turns.time.thread_time", clock.thread_time):
        with longest_turn() as longest:
            await asyncio.sleep(0)
        clock.work(0.1)
        await asyncio.sleep(0)

    assert longest.milliseconds == 0


async def test_collection_in_another_thread_counts() -> None:
    """It stops all threads."""
    clock = _Clock()

    def collect() -> None:
        gc.callbacks.append(work)
        gc.collect()
        gc.callbacks.remove(work)

    def work(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            clock.work(0.060)

    with (
        patch("benchmarks.turns.time.thread_time", clock.thread_time),
        longest_turn() as longest,
    ):
        await asyncio.to_thread(collect)

    assert round(longest.milliseconds) == 60


async def test_timers_are_due_when_time_is_moved() -> None:
    """Afterwards time is what it was."""
    loop = asyncio.get_running_loop()
    passed = asyncio.Event()
    began = time.monotonic()
    with moved_time() as moved:
        loop.call_later(100, passed.set)
        await moved.advance(50)
        assert not passed.is_set()
        await moved.advance(51)
        assert passed.is_set()
        assert loop.time() - began > 100

    assert loop.time() - began < 100
