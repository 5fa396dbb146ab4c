"""Own RingOuts: their first leg looks like an incoming call. Pure.

It is found by the id of the RingOut, which is that of its session in all recordings, or
else by the dialed number. Its event may precede the answer to the request: an entry that
may be the leg is held back until the answer decides.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ..api.clock import Instant
from ..api.models.base import replace
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence, Snapshot
from .own_ringout import (
    ANSWERED,
    EXPECTED_FOR,
    UNKNOWN_FOR,
    Leg,
    Match,
    OwnRingOut,
    Request,
    with_calls,
    with_own_status,
)

# REST may list a call as ringing that long after its end, in seconds.
_KEPT_FOR: Final = 300.0


class OwnRingOuts:
    """RingOuts of the signed-in user: at most one that is expected, and their legs."""

    def __init__(
        self, extension_id: str, clock: Callable[[], float] | None = None
    ) -> None:
        """Initialize without RingOuts; `clock` returns seconds that count sleep."""
        self.extension_id = extension_id
        self.clock = clock or (lambda: Instant.now().boot)
        # The last one.
        self.latest: OwnRingOut | None = None
        # The last snapshot that was not applied: another one has to be requested.
        self._dropped: Presence | None = None
        # Telephony sessions of the legs; always the same set.
        self.sessions: set[str] = set()
        self._unfinished: list[OwnRingOut] = []
        self._expected: OwnRingOut | None = None
        self._legs: list[Leg] = []
        self._held: list[PresenceEvent] = []
        # Calls that the last run has reported, until the first snapshot.
        self._reported: Sequence[ActiveCall] = ()

    def begin(
        self, number: str, listed: Iterable[ActiveCall], *, is_outside: bool = False
    ) -> OwnRingOut:
        """Expect the leg of a RingOut: its event may precede the answer.

        `listed` are the calls of the extension before the request.
        """
        ring_out = OwnRingOut(number, self.clock(), is_outside=is_outside)
        ring_out.add_others(listed)
        self.latest = self._expected = ring_out
        self._unfinished.append(ring_out)
        return ring_out

    def accept(self, ring_out: OwnRingOut, ring_out_id: str) -> None:
        """Handle the answer to the request."""
        ring_out.id, ring_out.request = ring_out_id, Request.ACCEPTED
        ring_out.answered_at, ring_out.is_followed = self.clock(), True
        self._find_in_held()

    def lose(self, ring_out: OwnRingOut) -> None:
        """Handle the loss of the answer: the request may have been carried out."""
        ring_out.answered_at, ring_out.request = self.clock(), Request.UNKNOWN
        self._find_in_held()

    def withdraw(self, ring_out: OwnRingOut) -> None:
        """Expect no leg: the request was refused, or the leg is not listed."""
        if ring_out is self._expected:
            self._expected = None

    def decide(self) -> None:
        """Take what matches best of what is held back as the leg."""
        self._find_in_held(Match.UNNUMBERED)

    def unmask(self, ring_out: OwnRingOut) -> bool:
        """Show the call as it is listed; return whether that makes a difference."""
        ring_out.is_followed = False
        if (leg := ring_out.leg) is None or not leg.is_masked:
            return False
        leg.is_masked = False
        return leg.ended_at is None and leg.is_answered

    def resume(self, reported: Sequence[ActiveCall]) -> None:
        """Continue with the calls that an earlier run has reported."""
        self._reported = reported

    @property
    def pending(self) -> OwnRingOut | None:
        """The RingOut whose own phone may still ring."""
        for ring_out in self.unfinished:
            if not ring_out.is_picked_up:
                return ring_out
        return None

    @property
    def unfinished(self) -> list[OwnRingOut]:
        """RingOuts whose outcome is open, oldest first: equal ones would dial twice."""
        self._unfinished = [one for one in self._unfinished if self._is_open(one)]
        return list(self._unfinished)

    def _is_open(self, ring_out: OwnRingOut) -> bool:
        if ring_out.result is not None or ring_out.has_ended:
            return False
        if ring_out.leg is not None:
            return True
        if ring_out.is_lost:
            return self.clock() - ring_out.answered_at < UNKNOWN_FOR
        return self.clock() - ring_out.began_at <= EXPECTED_FOR

    @property
    def is_active(self) -> bool:
        """Whether events and snapshots have to be intercepted."""
        self._drop_old()
        return bool(self._expected or self._legs or self._held or self._reported)

    @property
    def is_holding(self) -> bool:
        """Whether events were held back, or a snapshot was not applied."""
        return bool(self._held) or self._dropped is not None

    @property
    def is_undecided(self) -> bool:
        """Whether what is held back would be held back again."""
        ring_out = self._expected
        return (
            ring_out is not None
            and ring_out.leg is None
            and self._best(ring_out, self._held_lists) is not None
        )

    def is_leg(self, session_id: str | None) -> bool:
        """Return whether a session is that of a RingOut that can be cancelled."""
        return session_id is not None and any(
            ring_out.leg is not None
            and ring_out.leg.session_id == session_id
            and not ring_out.is_picked_up
            for ring_out in self.unfinished
        )

    def session_of(self, session_id: str) -> str:
        """Return the session that lives under the id of one that is shown."""
        for leg in self._legs:
            if leg.session_id == session_id and leg.partner and not leg.is_listed:
                return leg.partner.telephony_session_id or session_id
        return session_id

    def intercept(self, event: PresenceEvent) -> PresenceEvent | None:
        """Return the event with the leg as an outgoing call, None to hold it back."""
        if event.extension_id != self.extension_id:
            return event
        presence = None if self._held else self._shown(event.presence)
        if presence is None:
            # Those of one extension stay in their order.
            self._held.append(event)
            self._find_in_held()
            return None
        return (
            event if presence is event.presence else replace(event, presence=presence)
        )

    def intercept_snapshot(self, snapshot: Snapshot) -> Snapshot | None:
        """Return the snapshot with the leg as an outgoing call, None to drop it."""
        if snapshot.extension_id != self.extension_id:
            return snapshot
        presence = None if self._held else self._shown(snapshot.presence)
        if presence is None:
            self._dropped = snapshot.presence
            self._find_in_held()
            return None
        self._reported = ()
        return snapshot._replace(presence=presence)

    def take_held(self) -> list[PresenceEvent]:
        """Return the events that were held back, in their order, and drop them."""
        held, self._held, self._dropped = self._held, [], None
        return held

    @property
    def _held_lists(self) -> list[Sequence[ActiveCall]]:
        presences = [event.presence for event in self._held]
        if self._dropped is not None:
            presences.append(self._dropped)
        return list(map(with_own_status, presences))

    def _find_in_held(self, worst: Match = Match.NUMBER) -> None:
        """Find the leg in what is held back, if it matches well enough."""
        if (ring_out := self._expected) and ring_out.request is not Request.SENT:
            self._find_leg(ring_out, self._held_lists, worst)

    def _shown(self, presence: Presence) -> Presence | None:
        """Return a presence as it is shown; None if a call may be the leg."""
        self._drop_old()
        if presence.active_calls is None:
            return self._shown_without_list(presence)
        calls = with_own_status(presence)
        self._find_reported(calls)
        if (ring_out := self._expected) is not None:
            if not self._find_leg(ring_out, [calls]):
                return None
        shown: Sequence[ActiveCall] = calls
        for leg in self._legs:
            shown = leg.show(shown, self.clock())
        shown = tuple(shown)
        return presence if shown == calls else with_calls(presence, shown)

    def _shown_without_list(self, presence: Presence) -> Presence:
        status = presence.telephony_status
        for leg in self._legs:
            if status is TelephonyStatus.NO_CALL:
                leg.end(self.clock())
            elif status in ANSWERED and leg.is_masked and leg.ended_at is None:
                # If it is that of another call, the next snapshot shows it.
                return replace(presence, telephony_status=TelephonyStatus.RINGING)
        return presence

    def _find_leg(
        self,
        ring_out: OwnRingOut,
        lists: Iterable[Sequence[ActiveCall]],
        worst: Match = Match.NUMBER,
    ) -> bool:
        """Find the leg among listed calls; return whether it is decided which one it is."""
        if (best := self._best(ring_out, lists)) is None:
            return True
        match, call = best
        if ring_out.request is Request.SENT or match > worst:
            return False
        ring_out.leg = self._add_leg(
            Leg(call, ring_out.number, is_masked=ring_out.is_followed)
        )
        if ring_out.id is None or match is Match.ID:
            self._expected = None
        return True

    def _best(
        self, ring_out: OwnRingOut, lists: Iterable[Sequence[ActiveCall]]
    ) -> tuple[Match, ActiveCall] | None:
        """Return the call that matches best, the first one of equal ones."""
        best: tuple[Match, ActiveCall] | None = None
        for calls in lists:
            # Of both calls of a RingOut, that to the own phone comes first.
            for call in sorted(calls, key=lambda c: c.direction is Direction.OUTBOUND):
                match = self._match(ring_out, call)
                if match is not None and (best is None or match < best[0]):
                    best = match, call
        return best

    def _match(self, ring_out: OwnRingOut, call: ActiveCall) -> Match | None:
        if not ring_out.is_new(call) or any(
            leg.is_entry(call) or leg.is_partner(call) for leg in self._legs
        ):
            return None
        return ring_out.match(call, self.clock())

    def _find_reported(self, calls: Iterable[ActiveCall]) -> None:
        """Find calls that were reported as outgoing, and are listed as incoming."""
        for known in self._reported:
            if known.direction is not Direction.OUTBOUND or not known.party_id:
                continue
            for call in calls:
                if (
                    call.direction is Direction.INBOUND
                    and call.key == known.key
                    and not any(leg.is_entry(call) for leg in self._legs)
                ):
                    self._add_leg(Leg(call, None, is_masked=False))

    def _add_leg(self, leg: Leg) -> Leg:
        self._legs.append(leg)
        if leg.session_id:
            self.sessions.add(leg.session_id)
        return leg

    def _drop_old(self) -> None:
        now = self.clock()
        if self._expected and now - self._expected.began_at > EXPECTED_FOR:
            self._expected = None
        for leg in list(self._legs):
            if leg.ended_at is not None and now - leg.ended_at >= _KEPT_FOR:
                self._legs.remove(leg)
                self.sessions.discard(leg.session_id or "")
