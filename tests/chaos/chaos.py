"""Rounds of random faults, each followed by a comparison."""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from homeassistant.util import dt as dt_util

from ..clockwork import Clockwork
from . import state_differences
from .availability import GraceMonitor, session_differences, unseen_differences
from .call_checker import CallChecker, Difference
from .faults import FAULTS, PAUSES, Environment
from .instance import Instance
from .office import Office
from .platform_recorder import PlatformRecorder
from .run_result import RunResult

# Seconds of a round, and of a pause between two actions. With a pause of 0, messages are
# still in transit at the next action or fault.
_ROUNDS: Final = (40.0, 60.0, 60.0, 90.0, 120.0, 300.0)
_PAUSES: Final = (0.0, 0.0, 0.05, 0.3, 1.0, 2.0, 4.0)
_MOST_KINDS: Final = 5
_FAULT_SHARE: Final = 0.12
# Recovery time after the last fault: the longest delay between two tries to connect or to
# set up, the requests, and the refresh after a recovery.
_RETURN: Final = 200.0
# After this the next full refresh is done.
_SAFETY: Final = 16 * 60.0
_QUIET_STEP: Final = 5.0
# Delay of the storage after a connection.
_WRITTEN: Final = 2.0


class Chaos:
    """One run."""

    def __init__(
        self,
        instance: Instance,
        clockwork: Clockwork,
        recorder: PlatformRecorder,
        checker: CallChecker,
        result: RunResult,
        random: Random,
        kinds: Sequence[str],
    ) -> None:
        """Prepare a run; rounds draw their faults from `kinds`."""
        simulator = instance.account.simulator
        self._instance = instance
        self._simulator = simulator
        self._clockwork = clockwork
        self._recorder = recorder
        self._checker = checker
        self._result = result
        self._random = random
        self._kinds = kinds
        self._deck: list[str] = []
        self._office = Office(simulator, random)
        self._environment = Environment(
            simulator, self._office, instance, checker, recorder, random
        )
        self._monitor = GraceMonitor(instance.account, recorder)
        self._running_fault: asyncio.Future[None] | None = None

    async def play(self, minutes: float) -> None:
        """Play rounds for this many simulated minutes, and compare after each."""
        self._checker.follow(self._monitored())
        self._recorder.begin()
        # Storage is written with a delay; a kill must not lose the first connection.
        await self._clockwork.advance(_WRITTEN)
        while self._result.seconds < minutes * 60:
            faults = await self._round(minutes * 60 - self._result.seconds)
            await self._calm()
            if any(FAULTS[name].heals_slowly for name in faults):
                await self._clockwork.advance(_SAFETY, _QUIET_STEP)
            self._compare(faults)
        self._count()

    def _count(self) -> None:
        """Add the counts of the recorder and the checker to the result."""
        recorder, checker, result = self._recorder, self._checker, self._result
        result.losses = recorder.losses
        result.recoveries = recorder.recoveries
        account = self._instance.account
        result.unseen_shown = account.shows(None, "unseen_today")
        midnight = dt_util.start_of_local_day().timestamp()
        result.unseen_true = recorder.unseen(midnight)
        result.calls_announced = checker.calls_announced
        result.events_seen = checker.events_seen

    async def _round(self, longest: float) -> list[str]:
        """Alternate between actions of the office and a few kinds of faults."""
        kinds = self._draw()
        faults: list[str] = []
        begin = self._clockwork.now
        end = begin + min(longest, self._random.choice(_ROUNDS))
        while self._clockwork.now < end:
            if self._random.random() < _FAULT_SHARE:
                faults.append(kind := self._random.choice(kinds))
                self._trigger(kind)
            else:
                self._office.act()
                self._checker.unfollow(self._monitored())
            self._monitor.check()
            if pause := self._random.choice(_PAUSES):
                await self._clockwork.advance(pause)
        self._result.seconds += self._clockwork.now - begin
        return faults

    def _draw(self) -> list[str]:
        """Draw the kinds of faults of a round; none repeats before all were drawn."""
        if not self._deck:
            self._deck = self._random.sample(self._kinds, len(self._kinds))
        number = self._random.randint(1, _MOST_KINDS)
        drawn, self._deck = self._deck[:number], self._deck[number:]
        return drawn

    def _trigger(self, kind: str) -> None:
        """Trigger a fault, unless a long one is still running."""
        if self._running_fault is not None and not self._running_fault.done():
            return
        self._result.faults[kind] += 1
        if (work := FAULTS[kind].trigger(self._environment)) is not None:
            self._running_fault = asyncio.ensure_future(work)

    async def _calm(self) -> None:
        """End all faults, and wait for the recovery."""
        self._simulator.clear_faults()
        if self._running_fault is not None:
            await self._clockwork.finish(self._running_fault, _RETURN)
            self._running_fault = None
        await self._clockwork.advance(_RETURN, _QUIET_STEP)

    def _compare(self, faults: list[str]) -> None:
        """Record the differences between states and platform."""
        self._result.quiet_points += 1
        names = ", ".join(dict.fromkeys(faults)) or "no fault"
        self._result.find(
            f"quiet point {self._result.quiet_points}, after {names}",
            self._differences(),
        )
        self._checker.follow(self._monitored())

    def _differences(self) -> Iterator[Difference]:
        account = self._instance.account
        yield from state_differences.differences(account)
        yield from self._checker.differences()
        yield from self._monitor.differences()
        yield from unseen_differences(account, self._recorder)
        yield from session_differences(
            account, self._recorder, pauses=sum(self._result.faults[k] for k in PAUSES)
        )

    def _monitored(self) -> set[str]:
        return state_differences.monitored(
            self._simulator, self._instance.account.entry.options
        )
