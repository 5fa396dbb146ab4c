"""Which states change: what was measured has really happened."""

from collections.abc import Iterator
from contextlib import contextmanager
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback


class Changes:
    """Notes which states change, and when the last did."""

    def __init__(self) -> None:
        """Have seen none."""
        self.entity_ids: set[str] = set()
        self.latest = time.monotonic()

    @callback
    def hear(self, event: Event[EventStateChangedData]) -> None:
        """Note a change."""
        self.entity_ids.add(event.data["entity_id"])
        self.latest = time.monotonic()


@contextmanager
def changes_of(hass: HomeAssistant) -> Iterator[Changes]:
    """Note all changes of states."""
    changes = Changes()
    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, changes.hear)
    yield changes
    remove()
