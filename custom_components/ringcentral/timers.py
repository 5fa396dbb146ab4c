"""Named one-shot timers that all end together."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class Timers:
    """One-shot timers, one for each action."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start none."""
        self._hass = hass
        self._running: dict[Callable[[], None], CALLBACK_TYPE] = {}
        self._is_closed = False

    @callback
    def start(self, delay: float, action: Callable[[], None]) -> None:
        """Run `action` once after `delay` seconds, unless its timer runs already."""
        if self._is_closed or action in self._running:
            return

        @callback
        def expired(_now: datetime) -> None:
            del self._running[action]
            action()

        self._running[action] = async_call_later(
            self._hass,
            delay,
            HassJob(expired, "ringcentral timer"),
        )

    @callback
    def cancel(self, action: Callable[[], None]) -> None:
        """Forget the timer of `action`, if one runs."""
        if (cancel := self._running.pop(action, None)) is not None:
            cancel()

    @callback
    def close(self) -> None:
        """Forget all timers, and start none any more."""
        self._is_closed = True
        for action in list(self._running):
            self.cancel(action)
