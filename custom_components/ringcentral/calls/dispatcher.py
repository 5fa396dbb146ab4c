"""Call events on their way to automations."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..api.event_stream import Link, LinkState
from ..api.exceptions import where
from ..api.yielding import Turns
from ..const import DOMAIN, LOGGER, SIGNAL_CALL_EVENT
from ..presence.store import Change
from .detector import CallLog
from .lifecycle import CallEvent, CallReport
from .tracker import STILL_RINGS_WITHIN, CallKey, StoppedRing

# Of set-ups that failed; the next try goes on with them.
_REPORTERS: Final[HassKey[dict[str, CallReporter]]] = HassKey(f"{DOMAIN}_reporters")


class CallReporter:
    """Sends each call event once, and none before anybody can hear it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep what happens for later."""
        self._hass = hass
        self._entry_id = entry_id
        # None once everything is sent at once.
        self._waiting: deque[CallReport] | None = deque()
        self._is_started = False
        # Rings that have stopped and may go on: what ends the wait for each.
        self._stopped: dict[tuple[str, StoppedRing], CALLBACK_TYPE] = {}
        self._listeners: dict[str, Callable[[CallEvent], None]] = {}
        self.log = CallLog()

    async def start(self) -> None:
        """Send what has waited, in turns, and then everything at once."""
        self._is_started = True
        if self._waiting:
            # Who starts it may be a listener: Home Assistant dispatches no more than
            # 10,000 events from within one, and each report can change a state.
            await asyncio.sleep(0)
        turns = Turns()
        while self._waiting:
            self._send(self._waiting.popleft())
            await turns.give_way()
        self._waiting = None

    @callback
    def apply(self, change: Change, *, is_replayed: bool = False) -> None:
        """Report what a change tells of calls; see `CallLog.apply`."""
        for event in self.log.apply(change, is_replayed=is_replayed):
            self._report(change.extension_id, event)
        self._wait_for_rings(change.extension_id)

    async def settle_all(self, link: Link) -> None:
        """Report what snapshots have told of calls, if no older event can come.

        Pushed events have all come when an echo is back; those of a replay never come
        when the session cannot be continued.
        """
        unsettled = self.log.unsettled
        if link.state is LinkState.PUSH:
            is_settled = await link.caught_up()
        else:
            is_settled = not link.may_recover
        if is_settled:
            turns = Turns()
            for snapshot in unsettled:
                self.settle(snapshot)
                await turns.give_way()

    @callback
    def settle(self, snapshot: Change) -> None:
        """Report what a snapshot has told of calls: no older event can come."""
        for event in self.log.settle(snapshot):
            self._report(snapshot.extension_id, event)

    @callback
    def _wait_for_rings(self, extension_id: str) -> None:
        """Wait whether the rings of an extension that have just stopped go on."""
        for ring in self.log.stopped(extension_id):
            if (extension_id, ring) not in self._stopped:
                self._stopped[extension_id, ring] = async_call_later(
                    self._hass,
                    STILL_RINGS_WITHIN,
                    HassJob(
                        partial(self._let_out, extension_id, ring),
                        "ringcentral stopped ring",
                        cancel_on_shutdown=True,
                    ),
                )

    @callback
    def _let_out(self, extension_id: str, ring: StoppedRing, _now: datetime) -> None:
        del self._stopped[extension_id, ring]
        for event in self.log.let_out(extension_id, ring):
            self._report(extension_id, event)

    @callback
    def may_ring_on(self, extension_id: str, key: CallKey) -> bool:
        """Tell whether a ring has stopped for a moment, or for good: nobody knows yet."""
        return any(
            ring.event.call.key == key for ring in self.log.stopped(extension_id)
        )

    async def wait_no_longer(self) -> None:
        """Report the rings that have stopped: nobody will be there to see them go on.

        And what is still waiting although somebody listens.
        """
        stopped, self._stopped = self._stopped, {}
        for (extension_id, ring), cancel in stopped.items():
            cancel()
            for event in self.log.let_out(extension_id, ring):
                self._report(extension_id, event)
        if self._is_started:
            await self.start()

    @callback
    def _report(self, extension_id: str, event: CallEvent) -> None:
        report = CallReport(self._entry_id, extension_id, event)
        if self._waiting is None:
            self._send(report)
        else:
            self._waiting.append(report)

    @callback
    def _send(self, report: CallReport) -> None:
        # The event entity first: automations may look at it.
        if (listener := self._listeners.get(report.extension_id)) is not None:
            try:
                listener(report.event)
            except Exception as err:  # noqa: BLE001 - the others must hear it too
                LOGGER.error("Telling an entity of a call failed: %s", where(err))
        async_dispatcher_send(self._hass, SIGNAL_CALL_EVENT, report)

    @callback
    def async_listen(
        self, extension_id: str, listener: Callable[[CallEvent], None]
    ) -> CALLBACK_TYPE:
        """Tell the one entity that shows the calls of an extension; return what ends it.

        Directly: a signal for each extension would have to be made up for each event.
        """
        self._listeners[extension_id] = listener

        @callback
        def remove_listener() -> None:
            if self._listeners.get(extension_id) is listener:
                del self._listeners[extension_id]

        return remove_listener


@callback
def keep_reporter(hass: HomeAssistant, entry_id: str, reporter: CallReporter) -> None:
    """Keep a reporter that could not start for the next set-up of its entry."""
    hass.data.setdefault(_REPORTERS, {})[entry_id] = reporter


@callback
def take_reporter(hass: HomeAssistant, entry_id: str) -> CallReporter:
    """Return the reporter that a failed set-up has left, or a new one."""
    kept = hass.data.get(_REPORTERS, {}).pop(entry_id, None)
    return kept or CallReporter(hass, entry_id)
