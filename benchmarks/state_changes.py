"""Record of changed states, to verify that measured work was done."""

from collections.abc import Iterator
from contextlib import contextmanager
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback


class StateChanges:
    """Entity ids and number of changed states, and the time of the last change."""

    def __init__(self) -> None:
        """Initialize without changes."""
        self.entity_ids: set[str] = set()
        self.count = 0
        self.latest = time.monotonic()

    @callback
    def record(self, event: Event[EventStateChangedData]) -> None:
        """Record a change."""
        self.entity_ids.add(event.data["entity_id"])
        self.count += 1
        self.latest = time.monotonic()


@contextmanager
def record_state_changes(hass: HomeAssistant) -> Iterator[StateChanges]:
    """Record all state changes within the context."""
    changes = StateChanges()
    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, changes.record)
    yield changes
    remove()
