"""Show the leg of an own RingOut as the outgoing call that it is."""

from collections.abc import Callable, Sequence

from homeassistant.core import callback

from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Snapshot
from ..presence.store import PresenceStore
from .own_ringout import DECIDED_AFTER, Request
from .ringouts import OwnRingOuts

# Seconds after which it is checked whether events still have to be intercepted.
_CHECK_INTERVAL = 60.0


class LegInterceptor:
    """Passes events and snapshots of the signed-in user's extension through RingOuts."""

    def __init__(
        self,
        ring_outs: OwnRingOuts,
        store: PresenceStore,
        *,
        reported: Callable[[], Sequence[ActiveCall]],
        handle_event: Callable[[PresenceEvent], None],
        refresh: Callable[[], None],
        start_timer: Callable[[float, Callable[[], None]], None],
    ) -> None:
        """Intercept until the first snapshot: it may list a leg of the last run.

        `reported` returns the calls that the last run has reported.
        """
        self._ring_outs = ring_outs
        self._store = store
        self._reported = reported
        self._handle_event = handle_event
        self._refresh = refresh
        self._start_timer = start_timer
        self._is_starting = True
        self._is_stopped = self._is_closed = False
        # Called after each event of the extension.
        self.on_event: Callable[[], None] | None = None
        self.update()

    @callback
    def update(self) -> None:
        """Intercept only as long as there is a reason: it costs time for each event."""
        store = self._store
        if self._is_stopped and store.intercept != self._intercept:
            # Another one does.
            return
        if store.monitored and self._ring_outs.extension_id not in store.monitored:
            # There is no snapshot to wait for.
            self._is_starting = False
        is_active = self._is_starting or self._ring_outs.is_active
        store.intercept = self._intercept if is_active else None
        store.intercept_snapshot = self._intercept_snapshot if is_active else None
        if is_active:
            self._start_timer(_CHECK_INTERVAL, self.update)

    @callback
    def stop(self) -> None:
        """Intercept no longer than legs are listed."""
        self._is_starting, self._is_stopped = False, True
        self.update()

    @callback
    def close(self) -> None:
        """Handle the events that were held back: the account is being unloaded."""
        ring_outs = self._ring_outs
        self._is_closed = True
        if (latest := ring_outs.latest) is not None:
            if latest.request is Request.SENT:
                ring_outs.lose(latest)
            ring_outs.decide()
        for event in ring_outs.take_held():
            self._handle_event(event)

    @callback
    def release(self) -> None:
        """Handle the events that were held back, unless it is too early."""
        ring_outs = self._ring_outs
        if not ring_outs.is_holding:
            return
        if ring_outs.is_undecided:
            latest = ring_outs.latest
            if latest is not None and latest.request is not Request.SENT:
                self._start_timer(DECIDED_AFTER, self._decide)
            return
        for event in ring_outs.take_held():
            self._handle_event(event)
        # A snapshot may have been dropped, or be older than these events.
        self._refresh()

    @callback
    def _decide(self) -> None:
        self._ring_outs.decide()
        self.release()

    @callback
    def _resume(self) -> None:
        if self._is_starting:
            self._ring_outs.resume(self._reported())

    @callback
    def _intercept(self, event: PresenceEvent) -> PresenceEvent | None:
        ring_outs = self._ring_outs
        if event.extension_id != ring_outs.extension_id:
            return event
        self._resume()
        shown = ring_outs.intercept(event)
        if shown is None and self._is_closed:
            # Nothing is released any more.
            ring_outs.decide()
            ring_outs.take_held()
            shown = ring_outs.intercept(event)
        elif shown is None:
            # Not from within the handling of this event.
            self._start_timer(0.0, self.release)
        if self.on_event is not None:
            self.on_event()
        return shown

    @callback
    def _intercept_snapshot(self, snapshot: Snapshot) -> Snapshot | None:
        extension_id = self._ring_outs.extension_id
        if snapshot.extension_id != extension_id:
            return snapshot
        known = self._store.extensions.get(extension_id)
        if (
            known is not None
            and snapshot.taken_at is known.snapshot_time
            and snapshot.presence.active_calls is known.presence.active_calls
        ):
            # Settings that were changed, and the calls that are stored.
            return snapshot
        self._resume()
        shown = self._ring_outs.intercept_snapshot(snapshot)
        if shown is None:
            self._start_timer(0.0, self.release)
        else:
            self._is_starting = False
        if self.on_event is not None:
            self.on_event()
        return shown
