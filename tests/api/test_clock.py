"""Instants that count the sleep of the host, and yielding to the event loop."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
import time
from types import SimpleNamespace
from unittest.mock import patch

from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api import clock
from custom_components.ringcentral.api.clock import (
    TIME_SLICE,
    Instant,
    LoopYielder,
    boot_time,
)


@dataclass
class Host:
    """The two clocks of a host."""

    monotonic: float = 1000.0
    boot: float = 5000.0


@pytest.fixture
def host() -> Iterator[Host]:
    """Return clocks that the test moves."""
    host = Host()
    with (
        patch.object(clock, "time", SimpleNamespace(monotonic=lambda: host.monotonic)),
        patch.object(clock, "boot_time", lambda: host.boot),
    ):
        yield host


@pytest.mark.parametrize(
    ("monotonic", "boot", "age"),
    [
        pytest.param(0, 0, 0, id="now"),
        pytest.param(30, 30, 30, id="awake"),
        pytest.param(5, 8 * 3600 + 5, 8 * 3600 + 5, id="asleep for eight hours"),
        pytest.param(30, 0, 30, id="a boot clock that stands still"),
        pytest.param(-5, -9, 0, id="clocks that go back"),
    ],
)
def test_age_counts_the_sleep_of_the_host(
    host: Host, monotonic: float, boot: float, age: float
) -> None:
    """And is never negative."""
    then = Instant.now()
    host.monotonic += monotonic
    host.boot += boot
    assert then.age == age


def test_boot_time_is_that_of_the_host_where_it_has_such_a_clock() -> None:
    """Linux has one."""
    with patch.object(
        clock,
        "time",
        SimpleNamespace(CLOCK_BOOTTIME=7, clock_gettime={7: 123.5}.__getitem__),
    ):
        assert boot_time() == 123.5


def test_boot_time_is_monotonic_time_where_the_host_has_no_other() -> None:
    """Macs have none."""
    with patch.object(clock, "time", SimpleNamespace(monotonic=lambda: 42.0)):
        assert boot_time() == 42.0


def test_boot_time_continues() -> None:
    """The host's own, unpatched."""
    before = boot_time()
    while time.clock_gettime(time.CLOCK_MONOTONIC) == before:
        pass
    assert boot_time() >= before


class OtherTask:
    """Another task on the loop."""

    def __init__(self) -> None:
        """Start at zero."""
        self.runs = 0

    async def __call__(self) -> None:
        """Count runs until cancelled."""
        while True:
            self.runs += 1
            await asyncio.sleep(0)


@pytest.mark.freeze_time("2026-03-02 08:00:00")
@pytest.mark.parametrize(
    ("milliseconds", "at_most"), [(0.4, 13), (0.9, 6), (2, 3), (6, 1), (60, 1)]
)
async def test_other_tasks_run_after_five_milliseconds(
    freezer: StepTickTimeFactory, milliseconds: float, at_most: int
) -> None:
    """Or after the present piece of work, if that takes longer."""
    other = OtherTask()
    task = asyncio.create_task(other())
    yielder = LoopYielder()
    pieces: list[int] = []
    for _ in range(40):
        pieces.append(other.runs)
        freezer.tick(milliseconds / 1000)
        await yielder.yield_if_due()
    task.cancel()
    slices = [pieces.count(run) for run in sorted(set(pieces))]
    assert max(slices) == at_most
    # A new time slice starts after the other tasks have run: all slices are alike.
    assert set(slices[:-1]) <= {at_most}


@pytest.mark.freeze_time("2026-03-02 08:00:00")
async def test_work_that_takes_no_time_is_not_interrupted() -> None:
    """Yielding has a cost, too."""
    other = OtherTask()
    task = asyncio.create_task(other())
    yielder = LoopYielder()
    for _ in range(1000):
        await yielder.yield_if_due()
    assert other.runs == 0
    task.cancel()


@pytest.mark.freeze_time("2026-03-02 08:00:00")
async def test_waiting_is_no_work_of_the_time_slice(
    freezer: StepTickTimeFactory,
) -> None:
    """Pieces of work that arrive one by one need no turn of their own."""
    other = OtherTask()
    task = asyncio.create_task(other())
    yielder = LoopYielder()
    for _ in range(9):
        freezer.tick(60)
        yielder.resume()
        freezer.tick(0.0005)
        await yielder.yield_if_due()
    assert other.runs == 0
    freezer.tick(60)
    yielder.resume()
    freezer.tick(0.001)
    await yielder.yield_if_due()
    assert other.runs == 1
    task.cancel()


def test_time_slice_is_half_of_what_the_loop_may_be_blocked() -> None:
    """Ten milliseconds, the present piece of work included."""
    assert TIME_SLICE <= 0.005
