"""Count of changed states, to verify that measured work was done."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback


class StateChanges:
    """Number of changed states."""

    def __init__(self) -> None:
        """Initialize without changes."""
        self.count = 0

    @callback
    def add(self, _event: Event[EventStateChangedData]) -> None:
        """Count a change."""
        self.count += 1


@contextmanager
def count_state_changes(hass: HomeAssistant) -> Iterator[StateChanges]:
    """Count all state changes within the context."""
    changes = StateChanges()
    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, changes.add)
    yield changes
    remove()
