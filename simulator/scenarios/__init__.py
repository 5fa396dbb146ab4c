"""Scenarios of scheduled steps, and the runner that plays them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from ..base import clock
from ..base.chance import seeded
from ..operations import Operations
from .agenda import Agenda, Scenario
from .office import Office
from .script import load_script


class Quiet:
    """Scenario without steps."""

    def begin(self, operations: Operations, agenda: Agenda) -> None:
        """Leave the agenda empty."""


def _office(seed: int) -> Scenario:
    return Office(
        *(seeded(seed, name) for name in ("office", "office queues", "own calls"))
    )


NAMED_SCENARIOS: dict[str, Callable[[int], Scenario]] = {
    "quiet": lambda _: Quiet(),
    "office": _office,
}


def load_scenario(name: str, seed: int) -> Scenario:
    """Return a scenario by its name or file; raises OSError and ValueError for a bad file."""
    if make := NAMED_SCENARIOS.get(name):
        return make(seed)
    return load_script(name)


@dataclass(slots=True, kw_only=True)
class ScenarioRunner:
    """Plays a scenario while the simulator runs."""

    operations: Operations
    scenario: Scenario
    speed: float
    _agenda: Agenda = field(default_factory=Agenda)
    _begun: bool = False
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start, or continue after a stop."""
        if not self._begun:
            self._begun = True
            self.scenario.begin(self.operations, self._agenda)
        if self._agenda.next_due() is not None:
            self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """Stop playing."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _play(self) -> None:
        beginning = clock.monotonic() - self._agenda.now / self.speed
        while (due := self._agenda.next_due()) is not None:
            delay = beginning + due / self.speed - clock.monotonic()
            # Also when late: yield to the event loop.
            await asyncio.sleep(max(0.0, delay))
            self._agenda.perform_next()
