"""Long work on the event loop in turns with everything else."""

import asyncio
from typing import Final

# Seconds of work after which others get their turn. A turn ends with the piece of work
# at hand, which takes well below a millisecond.
TURN: Final = 0.005


class LoopYielder:
    """Counts the time since others had their turn."""

    def __init__(self) -> None:
        """Begin a turn."""
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    async def yield_if_due(self) -> None:
        """Let others do their work, if this turn has lasted long enough."""
        if self._clock() - self._began >= TURN:
            await asyncio.sleep(0)
            self._began = self._clock()
