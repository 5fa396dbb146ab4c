"""Time that tests move, and waiting for the event loop to become idle."""

import asyncio
from asyncio import AbstractEventLoop, BaseEventLoop, Future, TimerHandle
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import timedelta
import math
from selectors import DefaultSelector, SelectorKey
import time
from typing import Any, Final, cast
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory

# Iterations without work after which the loop counts as idle: what is written to a
# socket of this machine is readable in the next iteration.
_IDLE_ITERATIONS: Final = 4
_MAX_ITERATIONS: Final = 200_000
_STEP: Final = 1.0
# Seconds of real time for a thread to continue, and for the kernel to deliver data.
_PAUSE: Final = 0.001
_KERNEL: Final = 0.0002
_ITERATION: Final = timedelta(microseconds=1)
_TRANSIT: Final = timedelta(milliseconds=1)
# How far the clock advances without being moved by the test.
_MAX_ADVANCE: Final = timedelta(hours=6)

_BOOT_TIME: Final = "custom_components.ringcentral.api.clock.boot_time"

_jobs: set[Future[Any]] = set()


@contextmanager
def observe_executors() -> Iterator[None]:
    """Record the running jobs of threads, during which the loop seems idle."""
    run_in_executor = BaseEventLoop.run_in_executor

    def observe(
        loop: BaseEventLoop,
        executor: Executor | None,
        func: Callable[..., Any],
        *args: Any,
    ) -> Future[Any]:
        job = run_in_executor(loop, executor, func, *args)
        _jobs.add(job)
        job.add_done_callback(_jobs.discard)
        return job

    with patch.object(BaseEventLoop, "run_in_executor", observe):
        yield


def _has_jobs(loop: AbstractEventLoop) -> bool:
    return any(job.get_loop() is loop for job in _jobs)


def _boot_time() -> float:
    return time.monotonic()


@contextmanager
def advance_when_idle(freezer: FrozenDateTimeFactory) -> Iterator[None]:
    """Advance a frozen clock to the next timer whenever the loop waits for it.

    All clocks depend on moved time alone, however slow the machine is. Only so that
    one thing comes after another, an iteration takes 1 µs, and data 1 ms to arrive.
    """
    select = DefaultSelector.select
    advanced = timedelta()

    def advance(
        selector: DefaultSelector, timeout: float | None = None
    ) -> list[tuple[SelectorKey, int]]:
        nonlocal advanced
        delay = _ITERATION
        if timeout is None or timeout <= 0:
            ready = select(selector, timeout)
        else:
            loop = asyncio.get_running_loop()
            while not (ready := select(selector, _PAUSE)) and _has_jobs(loop):
                pass
            if not ready:
                # Rounded up: the frozen clock has no fractions of a microsecond.
                delay = timedelta(microseconds=math.ceil(timeout * 1e6) + 1)
                advanced += delay
                assert advanced < _MAX_ADVANCE, "Waits for something that never happens"
        freezer.tick(_TRANSIT if ready else delay)
        return ready

    with (
        patch.object(DefaultSelector, "select", advance),
        patch(_BOOT_TIME, _boot_time),
    ):
        yield


class IdleDetector:
    """Detects that the running loop has nothing to do but to wait for timers."""

    def __init__(self) -> None:
        """Initialize for the running loop."""
        self._loop = asyncio.get_running_loop()
        self._ready = cast("deque[object]", vars(self._loop)["_ready"])
        self._idle = 0

    async def iterate(self) -> bool:
        """Run one iteration of the loop; return whether the loop is idle."""
        await asyncio.sleep(0)
        if _has_jobs(self._loop):
            time.sleep(_PAUSE)  # noqa: ASYNC251  # lets the thread continue
            self._idle = 0
        elif self._ready:
            self._idle = 0
        else:
            self._idle += 1
            if self._idle == _IDLE_ITERATIONS - 1:
                # On a busy machine the kernel may be late with what was written.
                time.sleep(_KERNEL)  # noqa: ASYNC251  # an idle loop would not wake up
        return self._idle >= _IDLE_ITERATIONS

    def next_timer(self) -> float:
        """Return the seconds until the next timer is due; infinite if there is none."""
        timers = cast("list[TimerHandle]", vars(self._loop)["_scheduled"])
        due = min((t.when() for t in timers if not t.cancelled()), default=math.inf)
        return max(0.0, due - self._loop.time())


class Clockwork:
    """Moves wall clock, monotonic clock and the loop's timers together.

    The loop is idle before each step, so no request is in flight when the clock is
    moved, and time limits count the delays of the simulator only.
    """

    def __init__(self, freezer: FrozenDateTimeFactory) -> None:
        """Initialize for the running loop."""
        self._freezer = freezer
        self._loop = asyncio.get_running_loop()

    @property
    def now(self) -> float:
        """The loop's time in seconds."""
        return self._loop.time()

    async def settle(self) -> None:
        """Wait until the loop has nothing to do but to wait for timers."""
        idle = IdleDetector()
        for _ in range(_MAX_ITERATIONS):
            if await idle.iterate():
                return
        raise AssertionError("The loop does not become idle")

    async def advance(self, seconds: float, step: float = _STEP) -> None:
        """Move the clock in steps, and run what becomes due."""
        await self.settle()
        began, passed = self.now, 0.0
        while passed < seconds:
            passed = min(passed + step, seconds)
            # The end of a step does not depend on the iterations that it takes.
            self._freezer.tick(max(0.0, began + passed - self.now))
            await self.settle()

    async def finish[T](self, work: Awaitable[T], limit: float) -> T:
        """Move the clock until some work is done; fail after `limit` seconds."""
        task = asyncio.ensure_future(work)
        give_up = self.now + limit
        await self.settle()
        while not task.done():
            assert self.now < give_up, f"Not done after {limit:.0f} s"
            await self.advance(_STEP)
        return task.result()
