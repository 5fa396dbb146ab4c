"""Schedule of a scenario's steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
import heapq
from itertools import count
import logging
from typing import Protocol

from ..company.call import IllegalMoveError
from ..operations import Operations

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class Agenda:
    """Scheduled actions, in seconds of the scenario."""

    now: float = 0.0
    _items: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action."""
        due = self.now + max(0.0, seconds)
        heapq.heappush(self._items, (due, next(self._numbers), action))

    def next_due(self) -> float | None:
        """Return when the next action is due, or None."""
        return self._items[0][0] if self._items else None

    def perform_next(self) -> None:
        """Perform the next action."""
        self.now, _, action = heapq.heappop(self._items)
        try:
            action()
        except (IllegalMoveError, LookupError) as error:
            # The call has moved on, or the extension was removed.
            _LOGGER.debug("Skipped a step of the scenario: %s", type(error).__name__)


class Scenario(Protocol):
    """Something that can be played."""

    def begin(self, operations: Operations, agenda: Agenda) -> None:
        """Set initial states and schedule the first steps."""
