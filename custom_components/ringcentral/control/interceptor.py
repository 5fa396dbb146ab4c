"""Show the leg of an own RingOut as the outgoing call that it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import callback

from ..api.models.base import replace
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence, Snapshot
from ..presence.store import PresenceStore
from .ringouts import OwnRingOuts

# Seconds after which no better match is expected.
_DECIDED_AFTER: Final = 2.0


@dataclass(kw_only=True, eq=False, repr=False)
class LegInterceptor:
    """Passes events and snapshots of the signed-in user's extension through RingOuts.

    It begins at once: the first snapshot may list a leg of the last run.
    """

    ring_outs: OwnRingOuts
    store: PresenceStore
    # Returns the calls that the last run has reported.
    reported: Callable[[], Sequence[ActiveCall]]
    handle_event: Callable[[PresenceEvent], None]
    # Called after each event and snapshot of the extension.
    on_event: Callable[[], None]
    refresh: Callable[[], None]
    start_timer: Callable[[float, Callable[[], None]], None]
    # Those of one extension stay in their order. A snapshot is requested again.
    _held: list[tuple[Presence, PresenceEvent | None]] = field(default_factory=list)
    _is_starting: bool = True

    def __post_init__(self) -> None:
        """Start at once."""
        self.start()

    @callback
    def start(self) -> None:
        """Intercept as long as there is a reason: it costs time for each event."""
        self.store.intercept = self._intercept
        self.store.intercept_snapshot = self._intercept_snapshot

    @callback
    def stop(self) -> None:
        """Intercept no longer than legs are listed."""
        self._is_starting = False
        self._stop_if_idle()

    @callback
    def decide(self) -> None:
        """Handle the events that were held back, with the leg that matches best."""
        self.release(is_final=True)

    @callback
    def release(self, *, is_final: bool = False) -> None:
        """Handle the events that were held back, unless it is too early."""
        held, ring_outs = self._held, self.ring_outs
        if not held:
            return
        if not ring_outs.decide([presence for presence, _ in held], is_final=is_final):
            if ring_outs.is_answered:
                self.start_timer(_DECIDED_AFTER, self.decide)
            return
        self._held = []
        for _, event in held:
            if event is not None:
                self.handle_event(event)
        # A snapshot may have been held back, or be older than these events.
        self.refresh()

    @callback
    def _stop_if_idle(self) -> None:
        if not (self._is_starting or self._held or self.ring_outs.drop_old()):
            self.store.intercept = self.store.intercept_snapshot = None

    @callback
    def _intercept(self, event: PresenceEvent) -> PresenceEvent | None:
        if event.extension_id != self.ring_outs.extension_id:
            return event
        presence = self._shown(event.presence, event)
        return None if presence is None else replace(event, presence=presence)

    @callback
    def _intercept_snapshot(self, snapshot: Snapshot) -> Snapshot | None:
        extension_id = self.ring_outs.extension_id
        known = self.store.extensions.get(extension_id)
        if snapshot.extension_id != extension_id or (
            # Settings that were changed, and the calls that are stored.
            known is not None
            and snapshot.taken_at is known.snapshot_time
            and snapshot.presence.active_calls is known.presence.active_calls
        ):
            return snapshot
        presence = self._shown(snapshot.presence, None)
        return None if presence is None else snapshot._replace(presence=presence)

    def _shown(
        self, presence: Presence, event: PresenceEvent | None
    ) -> Presence | None:
        """Return the presence of an event or a snapshot as it is shown, None to hold it."""
        if self._is_starting:
            self.ring_outs.resume(self.reported())
        shown = None if self._held else self.ring_outs.show(presence)
        if shown is None:
            self._held.append((presence, event))
            # Not from within the handling of this event.
            self.start_timer(0.0, self.release)
        elif event is None:
            self._is_starting = False
        self.on_event()
        self._stop_if_idle()
        return shown
