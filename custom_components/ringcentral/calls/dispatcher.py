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
from homeassistant.util.signal_type import SignalType

from ..api.event_stream import EventStream, StreamState
from ..api.exceptions import describe_origin
from ..api.yielding import LoopYielder
from ..const import DOMAIN, LOGGER
from ..presence.store import PresenceChange
from .detector import CallEventDetector
from .lifecycle import CallEvent, ExtensionCallEvent
from .tracker import STILL_RINGS_WITHIN, CallKey, PendingMiss

# Sent for each call event of each monitored extension, whatever its entry.
SIGNAL_CALL_EVENT: Final = SignalType[ExtensionCallEvent](f"{DOMAIN}_call_event")
# Of set-ups that failed; the next try goes on with them.
_DISPATCHERS: Final[HassKey[dict[str, CallEventDispatcher]]] = HassKey(
    f"{DOMAIN}_reporters"
)


class CallEventDispatcher:
    """Sends each call event once, and none before anybody can hear it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep what happens for later."""
        self._hass = hass
        self._entry_id = entry_id
        # None once everything is sent at once.
        self._waiting: deque[ExtensionCallEvent] | None = deque()
        self._is_started = False
        # Rings that have stopped and may go on: what ends the wait for each.
        self._stopped: dict[tuple[str, PendingMiss], CALLBACK_TYPE] = {}
        self._listeners: dict[str, Callable[[CallEvent], None]] = {}
        self.detector = CallEventDetector()

    async def start(self) -> None:
        """Send what has waited, in turns, and then everything at once."""
        self._is_started = True
        if self._waiting:
            # Who starts it may be a listener: Home Assistant dispatches no more than
            # 10,000 events from within one, and each report can change a state.
            await asyncio.sleep(0)
        turns = LoopYielder()
        while self._waiting:
            self._send(self._waiting.popleft())
            await turns.yield_if_due()
        self._waiting = None

    @callback
    def apply(self, change: PresenceChange, *, is_replayed: bool = False) -> None:
        """Report what a change tells of calls; see `CallLog.apply`."""
        for event in self.detector.apply(change, is_replayed=is_replayed):
            self._report(change.extension_id, event)
        self._wait_for_rings(change.extension_id)

    async def resolve_all(self, link: EventStream) -> None:
        """Report what snapshots have told of calls, if no older event can come.

        Pushed events have all come when an echo is back; those of a replay never come
        when the session cannot be continued.
        """
        unsettled = self.detector.pending_snapshots
        if link.state is StreamState.PUSH:
            is_settled = await link.flush()
        else:
            is_settled = not link.may_recover
        if is_settled:
            turns = LoopYielder()
            for snapshot in unsettled:
                self.resolve(snapshot)
                await turns.yield_if_due()

    @callback
    def resolve(self, snapshot: PresenceChange) -> None:
        """Report what a snapshot has told of calls: no older event can come."""
        for event in self.detector.resolve(snapshot):
            self._report(snapshot.extension_id, event)

    @callback
    def _wait_for_rings(self, extension_id: str) -> None:
        """Wait whether the rings of an extension that have just stopped go on."""
        for ring in self.detector.pending_misses(extension_id):
            if (extension_id, ring) not in self._stopped:
                self._stopped[extension_id, ring] = async_call_later(
                    self._hass,
                    STILL_RINGS_WITHIN,
                    HassJob(
                        partial(self._expire_rings, extension_id, ring),
                        "ringcentral stopped ring",
                        cancel_on_shutdown=True,
                    ),
                )

    @callback
    def _expire_rings(
        self, extension_id: str, ring: PendingMiss, _now: datetime
    ) -> None:
        del self._stopped[extension_id, ring]
        for event in self.detector.expire_ring(extension_id, ring):
            self._report(extension_id, event)

    @callback
    def has_pending_misses(self, extension_id: str, key: CallKey) -> bool:
        """Tell whether a ring has stopped for a moment, or for good: nobody knows yet."""
        return any(
            ring.event.call.key == key
            for ring in self.detector.pending_misses(extension_id)
        )

    async def flush(self) -> None:
        """Report the rings that have stopped: nobody will be there to see them go on.

        And what is still waiting although somebody listens.
        """
        stopped, self._stopped = self._stopped, {}
        for (extension_id, ring), cancel in stopped.items():
            cancel()
            for event in self.detector.expire_ring(extension_id, ring):
                self._report(extension_id, event)
        if self._is_started:
            await self.start()

    @callback
    def _report(self, extension_id: str, event: CallEvent) -> None:
        report = ExtensionCallEvent(self._entry_id, extension_id, event)
        if self._waiting is None:
            self._send(report)
        else:
            self._waiting.append(report)

    @callback
    def _send(self, report: ExtensionCallEvent) -> None:
        # The event entity first: automations may look at it.
        if (listener := self._listeners.get(report.extension_id)) is not None:
            try:
                listener(report.event)
            except Exception as err:  # noqa: BLE001 - the others must hear it too
                LOGGER.error(
                    "Telling an entity of a call failed: %s", describe_origin(err)
                )
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
def keep_dispatcher(
    hass: HomeAssistant, entry_id: str, reporter: CallEventDispatcher
) -> None:
    """Keep a reporter that could not start for the next set-up of its entry."""
    hass.data.setdefault(_DISPATCHERS, {})[entry_id] = reporter


@callback
def take_dispatcher(hass: HomeAssistant, entry_id: str) -> CallEventDispatcher:
    """Return the reporter that a failed set-up has left, or a new one."""
    kept = hass.data.get(_DISPATCHERS, {}).pop(entry_id, None)
    return kept or CallEventDispatcher(hass, entry_id)
