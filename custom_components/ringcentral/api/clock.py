"""Time that goes on while the host sleeps."""

from dataclasses import dataclass
import time
from typing import Self


def boot_time() -> float:
    """Return seconds of a clock that counts the host's sleep, where there is one."""
    if (clock := getattr(time, "CLOCK_BOOTTIME", None)) is None:
        return time.monotonic()
    return time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time whose age can be told, whatever happens to the wall clock.

    The monotonic clock, by which all timers run, stands still while the host sleeps.
    """

    monotonic: float
    boot: float

    @classmethod
    def now(cls) -> Self:
        """Return this moment."""
        return cls(time.monotonic(), boot_time())

    @property
    def age(self) -> float:
        """The seconds since then, asleep or awake; never negative."""
        now = Instant.now()
        return max(0.0, now.monotonic - self.monotonic, now.boot - self.boot)
