"""Send call events to the event entities and to triggers."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Set as AbstractSet
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..api.clock import LoopYielder
from ..api.event_stream import EventStream, StreamState
from ..api.exceptions import describe_origin
from ..api.models.presence import ActiveCall
from ..const import DOMAIN, LOGGER
from ..presence.call_matching import is_other_party, is_same_call
from ..presence.models import PresenceChange
from .counts import CallCounter
from .detector import CallEventDetector
from .lifecycle import CallEvent, ExtensionCallEvent
from .tracker import MAX_RING_PAUSE, PendingEnd

# Call events of the monitored extensions of all config entries.
SIGNAL_CALL_EVENT: Final = SignalType[ExtensionCallEvent](f"{DOMAIN}_call_event")
# Dispatchers with unsent call events by entry id; the next set-up continues with them.
_DISPATCHERS: Final[HassKey[dict[str, CallEventDispatcher]]] = HassKey(
    f"{DOMAIN}_call_event_dispatchers"
)

type _Listener = Callable[[CallEvent], None]


class CallEventDispatcher:
    """Detect call events and send them, but none before automations can receive it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the dispatcher; call events are queued until `start`."""
        self._hass = hass
        self._entry_id = entry_id
        # None once call events are sent directly.
        self._queue: deque[ExtensionCallEvent] | None = deque()
        self._is_started = False
        # Call events that wait for the event entity of their extension.
        self._held: dict[str, list[ExtensionCallEvent]] = {}
        # By extension id and ring: cancels the timer after which it is sent.
        self._cancel_timers: dict[tuple[str, PendingEnd], CALLBACK_TYPE] = {}
        # By extension id, and by scope of the counts.
        self._listeners: dict[str, _Listener] = {}
        self._scope_listeners: dict[str, _Listener] = {}
        # Called after call events were sent.
        self.on_sent: Callable[[], None] | None = None
        self.detector = CallEventDetector()
        self.counts = CallCounter(dt_util.now)

    @property
    def is_sending(self) -> bool:
        """Whether call events are not queued; those of held extensions may still wait."""
        return self._queue is None

    @property
    def has_unsent(self) -> bool:
        """Whether any call event waits to be sent."""
        return self._queue is not None or any(self._held.values())

    async def start(self) -> None:
        """Send the queued call events, and from then on all directly."""
        self._is_started = True
        if self._queue:
            # Leave the caller's listener first: Home Assistant raises after 10,000
            # nested events.
            await asyncio.sleep(0)
        yielder = LoopYielder()
        while self._queue:
            self._send(self._queue.popleft())
            await yielder.yield_if_due()
        self._queue = None
        self._handle_sent()

    @callback
    def apply(self, change: PresenceChange, *, is_replayed: bool = False) -> None:
        """Send the call events of a change; see `CallEventDetector.apply`."""
        extension_id = change.extension_id
        self._send_or_queue(
            extension_id, self.detector.apply(change, is_replayed=is_replayed)
        )
        self._start_timers(extension_id)

    @callback
    def _start_timers(self, extension_id: str) -> None:
        for end in self.detector.pending_ends(extension_id):
            if (extension_id, end) not in self._cancel_timers:
                self._start_timer(extension_id, end)

    async def resolve_all(self, stream: EventStream) -> None:
        """Send the call events of all snapshots, if no older notification can arrive."""
        snapshots = self.detector.pending_snapshots
        if stream.state is StreamState.PUSH:
            is_final = await stream.flush()
        else:
            # A recovered session replays notifications.
            is_final = not stream.may_recover
        if is_final:
            yielder = LoopYielder()
            for snapshot in snapshots:
                self.resolve(snapshot)
                await yielder.yield_if_due()

    @callback
    def resolve(self, snapshot: PresenceChange) -> None:
        """Send the call events of a snapshot; see `CallEventDetector.resolve`."""
        self._send_or_queue(snapshot.extension_id, self.detector.resolve(snapshot))
        self._start_timers(snapshot.extension_id)

    @callback
    def has_pending_end(self, extension_id: str, call: ActiveCall) -> bool:
        """Return whether a call has stopped ringing, but may still continue."""
        return any(
            is_same_call(end.call, call) or is_other_party(end.call, call)
            for end in self.detector.pending_ends(extension_id)
        )

    @property
    def held(self) -> AbstractSet[str]:
        """Extensions whose call events wait until their event entities are added."""
        return self._held.keys()

    @callback
    def hold(self, extension_ids: Iterable[str]) -> None:
        """Let the call events of extensions wait until `release`."""
        for extension_id in extension_ids:
            self._held.setdefault(extension_id, [])

    @callback
    def release(self, extension_id: str) -> None:
        """Send the call events of an extension that was held, and all from then on."""
        if held := self._held.pop(extension_id, None):
            for call_event in held:
                self._send(call_event)
            self._handle_sent()

    async def flush(self) -> None:
        """Send pending ends of calls and, if started, all queued call events."""
        timers, self._cancel_timers = self._cancel_timers, {}
        for (extension_id, end), cancel in timers.items():
            cancel()
            self._send_or_queue(extension_id, self.detector.expire(extension_id, end))
        for extension_id in tuple(self.held):
            self.release(extension_id)
        if self._is_started:
            await self.start()

    @callback
    def _start_timer(self, extension_id: str, end: PendingEnd) -> None:
        @callback
        def expired(_now: datetime) -> None:
            del self._cancel_timers[extension_id, end]
            self._send_or_queue(extension_id, self.detector.expire(extension_id, end))

        self._cancel_timers[extension_id, end] = async_call_later(
            self._hass,
            MAX_RING_PAUSE,
            HassJob(
                expired, "ringcentral pending end of a call", cancel_on_shutdown=True
            ),
        )

    @callback
    def _send_or_queue(self, extension_id: str, events: list[CallEvent]) -> None:
        for event in events:
            call_event = ExtensionCallEvent(self._entry_id, extension_id, event)
            if self._queue is None:
                self._send(call_event)
            else:
                self._queue.append(call_event)
        if events:
            self._handle_sent()

    @callback
    def _handle_sent(self) -> None:
        if self.on_sent is not None:
            self.on_sent()

    @callback
    def _send(self, call_event: ExtensionCallEvent) -> None:
        if (held := self._held.get(call_event.extension_id)) is not None:
            held.append(call_event)
            return
        # Counts and event entities first: automations may read their states.
        extension_id, event = call_event.extension_id, call_event.event
        scope_events = self.counts.count(extension_id, event)
        if (listener := self._listeners.get(extension_id)) is not None:
            _call(listener, event)
        for scope, scope_event in scope_events:
            if (listener := self._scope_listeners.get(scope)) is not None:
                _call(listener, scope_event)
        async_dispatcher_send(self._hass, SIGNAL_CALL_EVENT, call_event)

    @callback
    def async_listen(self, extension_id: str, listener: _Listener) -> CALLBACK_TYPE:
        """Send the call events of an extension to its event entity."""
        # Not by a signal of its own, whose name would be formatted for each event.
        return _add_listener(self._listeners, extension_id, listener)

    @callback
    def async_listen_scope(self, scope: str, listener: _Listener) -> CALLBACK_TYPE:
        """Send the call events of a group to its event entity, as the group sees them."""
        return _add_listener(self._scope_listeners, scope, listener)


def _add_listener(
    listeners: dict[str, _Listener], key: str, listener: _Listener
) -> CALLBACK_TYPE:
    listeners[key] = listener

    @callback
    def remove_listener() -> None:
        if listeners.get(key) is listener:
            del listeners[key]

    return remove_listener


def _call(listener: _Listener, event: CallEvent) -> None:
    try:
        listener(event)
    except Exception as err:  # noqa: BLE001 - the others must receive the event
        LOGGER.error(
            "Event entity failed to handle a call event: %s", describe_origin(err)
        )


@callback
def keep_dispatcher(
    hass: HomeAssistant, entry_id: str, dispatcher: CallEventDispatcher
) -> None:
    """Store the dispatcher of a set-up that failed, or ended before events were sent."""
    hass.data.setdefault(_DISPATCHERS, {})[entry_id] = dispatcher


@callback
def take_dispatcher(hass: HomeAssistant, entry_id: str) -> CallEventDispatcher:
    """Return the stored dispatcher, or a new one."""
    dispatcher = hass.data.get(_DISPATCHERS, {}).pop(entry_id, None)
    return dispatcher or CallEventDispatcher(hass, entry_id)
