"""Limit how often listeners of contexts are called."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

# Seconds between two updates.
UPDATE_INTERVAL: Final = 0.25


class UpdateBatcher:
    """Calls `update` with changed contexts: the first at once, others collected."""

    def __init__(
        self, hass: HomeAssistant, update: Callable[[tuple[str, ...]], None]
    ) -> None:
        """Initialize without changed contexts."""
        self._hass = hass
        self._update = update
        # In their order.
        self._changed: dict[str, None] = {}
        self._updated_at = -UPDATE_INTERVAL
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._job = HassJob(
            self._expired, "ringcentral update of groups", cancel_on_shutdown=True
        )

    @callback
    def mark(self, contexts: Iterable[str]) -> None:
        """Update contexts, at once if the last update was not just before."""
        self._changed.update(dict.fromkeys(contexts))
        if self._cancel_timer is not None or not self._changed:
            return
        # Conditions of an automation that this event starts use the states.
        wait = self._updated_at + UPDATE_INTERVAL - self._hass.loop.time()
        if wait <= 0:
            self._flush()
        else:
            self._cancel_timer = async_call_later(self._hass, wait, self._job)

    @callback
    def close(self) -> None:
        """Drop what is pending."""
        self._changed.clear()
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _expired(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._flush()

    @callback
    def _flush(self) -> None:
        changed, self._changed = tuple(self._changed), {}
        self._updated_at = self._hass.loop.time()
        self._update(changed)
