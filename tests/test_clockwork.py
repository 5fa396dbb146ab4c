"""The clock of the tests, and waiting for a condition."""

import asyncio
import time

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.clock import Instant
from homeassistant.util import dt as dt_util

from .clockwork import Clockwork
from .common import until

FROZEN = pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)


@FROZEN
async def test_real_time_counts_by_no_clock(freezer: FrozenDateTimeFactory) -> None:
    loop = asyncio.get_running_loop()
    began, wall, instant = loop.time(), dt_util.utcnow(), Instant.now()
    time.sleep(0.1)  # noqa: ASYNC251  # as on a slow machine
    freezer.tick(5)
    await asyncio.sleep(0)

    assert loop.time() - began == pytest.approx(5, abs=0.01)
    assert (dt_util.utcnow() - wall).total_seconds() == pytest.approx(5, abs=0.01)
    assert instant.age == pytest.approx(5, abs=0.01)


@FROZEN
async def test_clock_advances_to_the_timer_that_a_test_waits_for(
    freezer: FrozenDateTimeFactory,
) -> None:
    began = time.monotonic()
    await asyncio.sleep(3600)
    assert time.monotonic() - began == pytest.approx(3600, abs=0.01)


@FROZEN
async def test_time_limit_is_one_of_moved_time(freezer: FrozenDateTimeFactory) -> None:
    async def wait_forever() -> None:
        while True:
            await asyncio.sleep(600)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5000):
            await wait_forever()
    assert time.monotonic() - began == pytest.approx(5000, abs=0.1)


@FROZEN
async def test_steps_do_not_depend_on_the_iterations_in_them(
    freezer: FrozenDateTimeFactory,
) -> None:
    clockwork = Clockwork(freezer)
    began = clockwork.now

    async def be_busy() -> None:
        while True:
            await asyncio.sleep(0.5)
            for _ in range(1000):
                await asyncio.sleep(0)

    task = asyncio.create_task(be_busy())
    await clockwork.advance(10)
    task.cancel()
    assert clockwork.now - began == pytest.approx(10, abs=0.01)


async def test_until_fails_at_once_if_nothing_can_happen() -> None:
    began = time.monotonic()
    never = list[bool]()
    with pytest.raises(AssertionError, match=r"until\(lambda: any\(never\)\)"):
        await until(lambda: any(never))
    assert time.monotonic() - began < 3


async def test_until_waits_for_timers() -> None:
    happened = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, happened.set)
    await until(happened.is_set)


async def test_until_does_not_wait_for_timers_that_are_far_off() -> None:
    happened = asyncio.Event()
    timer = asyncio.get_running_loop().call_later(6, happened.set)
    with pytest.raises(AssertionError, match="is_set"):
        await until(happened.is_set)
    timer.cancel()


async def test_until_waits_for_jobs_in_threads() -> None:
    job = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.3)
    await until(job.done)
    assert job.done()


@FROZEN
async def test_clock_stands_still_during_jobs_in_threads(
    freezer: FrozenDateTimeFactory,
) -> None:
    began, timer = time.monotonic(), asyncio.create_task(asyncio.sleep(5))
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0)
    assert time.monotonic() - began < 0.1
    assert not timer.done()
    timer.cancel()
