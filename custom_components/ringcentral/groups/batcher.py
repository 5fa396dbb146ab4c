"""Limit how often the entities of groups are updated."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers.event import async_call_later

from ..context_coordinator import ContextCoordinator

# Seconds between two updates.
UPDATE_INTERVAL: Final = 0.25
# More contexts than that are updated in slices: after an event, and after a pause.
_AT_ONCE: Final = 20
_COLLECTED_AT_ONCE: Final = 3


class UpdateBatcher:
    """Updates contexts of a coordinator: after a pause at once, else collected."""

    def __init__(self, coordinator: ContextCoordinator[Any], aspects: int) -> None:
        """Initialize; these aspects of the contexts are updated."""
        self._coordinator = coordinator
        self._aspects = aspects
        # In their order.
        self._changed: dict[str, None] = {}
        self._loop = coordinator.hass.loop
        self._updated_at = self._loop.time() - UPDATE_INTERVAL
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._job = HassJob(
            self._expired, "ringcentral update of groups", cancel_on_shutdown=True
        )

    @callback
    def mark(self, contexts: Iterable[str]) -> None:
        """Update changed contexts, but not all at once after each event."""
        self._changed.update(dict.fromkeys(contexts))
        if self._cancel_timer is not None or not self._changed:
            return
        # Without a pause, the conditions of an automation would use older states.
        wait = self._updated_at + UPDATE_INTERVAL - self._loop.time()
        if wait <= 0:
            self._flush()
        else:
            self._cancel_timer = async_call_later(
                self._coordinator.hass, wait, self._job
            )

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
        self._flush(_COLLECTED_AT_ONCE)

    @callback
    def _flush(self, at_once: int = _AT_ONCE) -> None:
        changed, self._changed = self._changed, {}
        self._updated_at = self._loop.time()
        if len(changed) > at_once:
            self._coordinator.async_update_contexts(changed, self._aspects)
            return
        for context in changed:
            self._coordinator.async_update_context(context, self._aspects)
