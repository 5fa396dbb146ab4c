"""An own phone that rings for RingOuts and for calls of others, and what is made of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from custom_components.ringcentral.api.models.enums import Direction, TelephonyStatus
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.api.models.presence import ActiveCall
from custom_components.ringcentral.calls.counts import (
    ACCOUNT_SCOPE,
    CallCounter,
    DayCounts,
)
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.durations import TimedCall
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.calls.ringout import is_same_number
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE, PendingEnd
from custom_components.ringcentral.control.interceptor import LegInterceptor
from custom_components.ringcentral.control.own_ringout import OwnRingOut
from custom_components.ringcentral.control.ringouts import OwnRingOuts
from custom_components.ringcentral.presence.models import PresenceChange

from ..presence.common import make_store
from ..strategies import EXTENSION, MIDNIGHT, event_of, notification, snapshot

OWN: Final = "+16505550101"
DIALED: Final = "+16505550177"
LEG: Final = "s-1eg"
PARTNER: Final = "s-2artner"
FOREIGN: Final = "s-3oreign"
AGAIN: Final = "s-4gain"
RINGING: Final = "Ringing"
CONNECTED: Final = "CallConnected"

type Json = dict[str, Any]


# Those of the legs of a RingOut are up to 4000 apart.
SESSION_IDS: Final = {
    LEG: 240001003033,
    PARTNER: 240001005033,
    FOREIGN: 240009999999,
    AGAIN: 240001004033,
}


def call(
    session: str,
    status: str,
    number: str | None,
    *,
    direction: str = "Inbound",
    start: float = 0.0,
) -> Json:
    """Return a call with a number at the other end, as an event lists it."""
    ends = {"from": number, "to": OWN}
    if direction == "Outbound":
        ends = {"from": OWN, "to": number}
    return {
        "id": session if status == RINGING else f"call-{session}",
        "direction": direction,
        **ends,
        "telephonyStatus": status,
        "sessionId": str(SESSION_IDS.get(session)),
        "startTime": (MIDNIGHT + timedelta(seconds=start)).isoformat(),
        "telephonySessionId": session,
        "partyId": f"p-{session}-1",
    }


@dataclass(eq=False)
class World:
    """Store, call events and counts of the own extension, behind its RingOuts."""

    reported: Iterable[TimedCall] = ()
    now: float = 0.0
    call_events: list[CallEvent] = field(default_factory=list)
    # Sequences of the events in the order in which they were handled.
    handled: list[int | None] = field(default_factory=list)
    listed: list[Json] = field(default_factory=list)
    sent: int = 0
    refreshes: int = 0

    def __post_init__(self) -> None:
        """Put the parts together; the phone is idle."""
        self._timers: dict[Any, tuple[float, Callable[[], None]]] = {}
        self.store = make_store()
        self.detector = CallEventDetector()
        self.detector.resume({EXTENSION: list(self.reported)})
        self.counter = CallCounter(lambda: datetime.now(UTC))
        self.counter.set_members(ACCOUNT_SCOPE, {EXTENSION})
        self.ring_outs = OwnRingOuts(EXTENSION, lambda: self.now)
        self.detector.ringouts = self.ring_outs.sessions
        self.interceptor = LegInterceptor(
            ring_outs=self.ring_outs,
            store=self.store,
            reported=lambda: [
                timed.call for timed in self.detector.reported.get(EXTENSION, ())
            ],
            handle_event=self._handle,
            on_event=lambda: None,
            refresh=self._refresh,
            start_timer=self._start_timer,
        )

    def _start_timer(self, delay: float, action: Callable[[], None]) -> None:
        self._timers.setdefault(action, (self.now + delay, action))

    def advance(self, seconds: float) -> None:
        """Let time pass, and run the timers that expire."""
        end = self.now + seconds
        while self._timers:
            key, (due, action) = min(self._timers.items(), key=lambda one: one[1][0])
            if due > end:
                break
            del self._timers[key]
            self.now = max(self.now, due)
            action()
        self.now = end

    def begin(self, number: str = DIALED, *, is_outside: bool = False) -> OwnRingOut:
        """Send a request for a RingOut."""
        known = self.store.extensions.get(EXTENSION)
        ring_out = self.ring_outs.begin(
            number,
            () if known is None else known.calls,
            self._time,
            is_outside=is_outside,
        )
        self.interceptor.start()
        return ring_out

    def answer(self, ring_out: OwnRingOut, ring_out_id: str) -> None:
        """Receive the answer to the request."""
        self.ring_outs.accept(ring_out, ring_out_id)
        self.interceptor.release()

    def lose(self, ring_out: OwnRingOut) -> None:
        """Receive no answer to the request."""
        self.ring_outs.lose(ring_out)
        self.interceptor.release()

    def refuse(self, ring_out: OwnRingOut) -> None:
        """Receive the refusal of the request."""
        self.ring_outs.withdraw(ring_out)
        self.interceptor.release()

    def connect(self, ring_out: OwnRingOut) -> None:
        """Read that the other side has answered."""
        if ring_out.unmask():
            self.take_snapshot()

    def send(self, *calls: Json, **fields: object) -> None:
        """Receive an event that lists these calls."""
        self.listed = list(calls)
        self.receive(self.event(**fields))

    def event(self, **fields: object) -> PresenceEvent:
        """Return an event that lists the present calls."""
        self.sent += 1
        return event_of(
            notification(
                {**self._presence, "sequence": self.sent, **fields},
                uuid=f"uuid-{self.sent}",
                timestamp=self._time.isoformat(),
            )
        )

    def receive(self, *events: PresenceEvent) -> None:
        """Receive events at once."""
        for event in events:
            self._handle(event)
        # What is due at once.
        self.advance(0.0)

    def take_snapshot(self) -> PresenceChange | None:
        """Receive a snapshot with the present calls."""
        with self.store.snapshot() as snapshots:
            change = snapshots.apply(snapshot(self._time, **self._presence))
        if change is not None:
            self._report(self.detector.apply(change))
            self._report(self.detector.resolve(change))
        self.advance(0.0)
        return change

    def finish(self) -> None:
        """Let everything expire."""
        self.advance(500.0)

    @property
    def _time(self) -> datetime:
        return MIDNIGHT + timedelta(seconds=self.now)

    @property
    def _presence(self) -> Mapping[str, object]:
        statuses = [one["telephonyStatus"] for one in self.listed]
        busiest = [s for s in statuses if s == CONNECTED] or statuses or ["NoCall"]
        return {
            "telephonyStatus": busiest[0],
            "presenceStatus": "Busy" if CONNECTED in busiest else "Available",
            "activeCalls": self.listed,
            "totalActiveCalls": len(self.listed),
        }

    def _handle(self, event: PresenceEvent) -> None:
        if (change := self.store.apply_event(event)) is not None:
            self.handled.append(event.sequence)
            self._report(self.detector.apply(change))

    def _report(self, events: Iterable[CallEvent]) -> None:
        for event in events:
            self.call_events.append(event)
            self.counter.count(EXTENSION, event)
        due = self.now + MAX_RING_PAUSE.total_seconds()
        for end in self.detector.pending_ends(EXTENSION):
            self._timers.setdefault(end, (due, partial(self._expire, end)))

    def _expire(self, end: PendingEnd) -> None:
        self._report(self.detector.expire(EXTENSION, end))

    def _refresh(self) -> None:
        self.refreshes += 1
        self._start_timer(2.0, self._refetch)

    def _refetch(self) -> None:
        self.take_snapshot()

    # What a user sees

    @property
    def calls(self) -> tuple[ActiveCall, ...]:
        """Calls that are shown."""
        known = self.store.extensions.get(EXTENSION)
        return () if known is None else known.calls

    @property
    def statuses(self) -> list[TelephonyStatus | None]:
        """Statuses of the calls that are shown."""
        return [shown.telephony_status for shown in self.calls]

    @property
    def is_intercepting(self) -> bool:
        """Whether events and snapshots are intercepted."""
        hooks = self.store.intercept, self.store.intercept_snapshot
        return hooks != (None, None)

    def events_of(self, *sessions: str) -> list[CallEventType]:
        """Return what was reported of some sessions."""
        return [
            event.type
            for event in self.call_events
            if event.call.telephony_session_id in sessions
        ]

    @property
    def counts(self) -> DayCounts:
        """Counts of the day."""
        return self.counter.state.scopes[ACCOUNT_SCOPE].counts

    def is_outgoing(self, *sessions: str) -> bool:
        """Return whether the calls of some sessions are shown as calls to the number."""
        return all(
            shown.direction is Direction.OUTBOUND and is_same_number(shown.to, DIALED)
            for shown in self.calls
            if shown.telephony_session_id in sessions
        )
