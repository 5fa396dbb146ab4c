"""Which states change: what was measured has really happened."""

from collections.abc import Iterator
from contextlib import contextmanager
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback


class StateChanges:
    """Notes which states change, and when the last did."""

    def __init__(self) -> None:
        """Have seen none."""
        self.entity_ids: set[str] = set()
        self.latest = time.monotonic()

    @callback
    def record(self, event: Event[EventStateChangedData]) -> None:
        """Note a change."""
        self.entity_ids.add(event.data["entity_id"])
        self.latest = time.monotonic()


@contextmanager
def record_state_changes(hass: HomeAssistant) -> Iterator[StateChanges]:
    """Note all changes of states."""
    changes = StateChanges()
    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, changes.record)
    yield changes
    remove()
