"""Background tasks and one-shot timers of a config entry."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from .const import DOMAIN, LOGGER


class BackgroundTasks:
    """Background tasks and one-shot timers, which end with the config entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        handle_rejected_credentials: Callable[[AuthenticationError], None],
    ) -> None:
        """Initialize; `handle_rejected_credentials` is called when credentials are rejected."""
        self._hass = hass
        self._entry = entry
        self._handle_rejected_credentials = handle_rejected_credentials
        self._running: set[asyncio.Task[Any]] = set()
        self._timers: dict[Callable[[], None], CALLBACK_TYPE] = {}
        self._is_closed = False
        # Called before anything is cancelled.
        self.on_close: list[Callable[[], None]] = []

    @callback
    def spawn[T](
        self, work: Coroutine[Any, Any, T], name: str
    ) -> asyncio.Task[T | RingCentralError]:
        """Run a coroutine until the config entry is unloaded; its error is the result."""

        async def run() -> T | RingCentralError:
            try:
                return await work
            except RingCentralError as err:
                LOGGER.debug("Background task %s failed: %s", name, err)
                if isinstance(err, AuthenticationError):
                    self._handle_rejected_credentials(err)
                return err

        task = self._entry.async_create_background_task(
            self._hass, run(), f"{DOMAIN} {name}"
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def run_shielded[T](self, work: Coroutine[Any, Any, T], name: str) -> T:
        """Run a coroutine to its end, even if the caller is cancelled; raise its error."""
        task = self.spawn(work, name)
        await asyncio.wait([task])
        if task.cancelled():
            raise ConnectionFailedError(Reason.CONNECTION_LOST, may_be_done=True)
        if isinstance(result := task.result(), RingCentralError):
            raise result
        return result

    @callback
    def start_timer(self, delay: float, action: Callable[[], None]) -> None:
        """Call `action` once after `delay` seconds, unless its timer is running."""
        if self._is_closed or action in self._timers:
            return

        @callback
        def expired(_now: datetime) -> None:
            del self._timers[action]
            action()

        self._timers[action] = async_call_later(self._hass, delay, expired)

    @callback
    def cancel_timer(self, action: Callable[[], None]) -> None:
        """Cancel the timer of `action`, if one is running."""
        if (cancel := self._timers.pop(action, None)) is not None:
            cancel()

    @callback
    def close(self) -> None:
        """Cancel all tasks and timers; no further timer is started."""
        for action in self.on_close:
            action()
        self._is_closed = True
        for task in self._running:
            task.cancel()
        for action in list(self._timers):
            self.cancel_timer(action)
