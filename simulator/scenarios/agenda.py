"""What a scenario has in mind."""

from collections.abc import Callable
from dataclasses import dataclass, field
import heapq
from itertools import count
import logging
from typing import Protocol

from ..company.calls import IllegalMoveError
from ..operations import Operations

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class Agenda:
    """What is to happen when, in seconds of the scenario."""

    now: float = 0.0
    _items: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen later."""
        due = self.now + max(0.0, seconds)
        heapq.heappush(self._items, (due, next(self._numbers), action))

    def next_due(self) -> float | None:
        """Return when the next thing happens, None if nothing does any more."""
        return self._items[0][0] if self._items else None

    def perform_next(self) -> None:
        """Do the next thing."""
        self.now, _, action = heapq.heappop(self._items)
        try:
            action()
        except (IllegalMoveError, LookupError) as error:
            # Somebody else has moved that call, or removed that extension, meanwhile.
            _LOGGER.debug("Step of the scenario left out: %s", type(error).__name__)


class Scenario(Protocol):
    """Something that can be played."""

    def begin(self, operations: Operations, agenda: Agenda) -> None:
        """Set the scene and put the first steps on the agenda."""
