"""Time that goes on while the host sleeps."""

from collections.abc import Iterator
from dataclasses import dataclass
import time
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from custom_components.ringcentral.api import clock
from custom_components.ringcentral.api.clock import Instant, boot_time


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


def test_boot_time_goes_on() -> None:
    """The host's own, unpatched."""
    before = boot_time()
    while time.clock_gettime(time.CLOCK_MONOTONIC) == before:
        pass
    assert boot_time() >= before
