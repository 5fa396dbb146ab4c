"""Moving time: the test's hand on every clock, one small step after another."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import Final, cast

from freezegun.api import FrozenDateTimeFactory

# Turns of the loop without anything to do until it counts as at rest: what was written
# to a socket of this machine is there for its reader at the next look.
_QUIET_TURNS: Final = 4
_MOST_TURNS: Final = 200_000
_STEP: Final = 1.0


class Clockwork:
    """Moves wall clock, monotonic clock and the loop's timers together.

    Between two steps everything settles that is under way, so that no request is in
    flight when the clock jumps and its time limit counts the platform's delays alone.
    """

    def __init__(self, freezer: FrozenDateTimeFactory) -> None:
        """Take over the running loop."""
        self._freezer = freezer
        self._loop = asyncio.get_running_loop()
        # Else each callback keeps its traceback, which costs more than all the rest.
        self._loop.set_debug(False)

    @property
    def now(self) -> float:
        """The loop's time in seconds."""
        return self._loop.time()

    async def settle(self) -> None:
        """Let the loop turn until it has nothing to do but to wait for a timer."""
        ready = cast("deque[object]", vars(self._loop)["_ready"])
        quiet = 0
        for _ in range(_MOST_TURNS):
            await asyncio.sleep(0)
            quiet = 0 if ready else quiet + 1
            if quiet == _QUIET_TURNS:
                return
        raise AssertionError("The loop does not come to rest")

    async def advance(self, seconds: float, step: float = _STEP) -> None:
        """Let so much time pass, and what it sets off happen."""
        await self.settle()
        while seconds > 0:
            self._freezer.tick(min(step, seconds))
            seconds -= step
            await self.settle()

    async def finish[T](self, work: Awaitable[T], limit: float) -> T:
        """Let time pass until some work is done; it fails after `limit` seconds."""
        task = asyncio.ensure_future(work)
        give_up = self.now + limit
        await self.settle()
        while not task.done():
            assert self.now < give_up, f"Not done after {limit:.0f} s"
            await self.advance(_STEP)
        return task.result()
