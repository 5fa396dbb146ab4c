"""Own RingOuts: their first leg looks like an incoming call. Pure.

It is found by the id of the RingOut, which is that of its session in all recordings, or
else by the dialed number. Its event may precede the answer to the request: what lists an
entry that may be the leg is held back until the answer decides.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from ..api.clock import Instant
from ..api.models.base import replace
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall, Presence
from .models import DialState
from .own_ringout import ANSWERED, Leg, Match, OwnRingOut, dialed_number


class OwnRingOuts:
    """RingOuts of the signed-in user, until they are over and not listed any more."""

    def __init__(
        self, extension_id: str, clock: Callable[[], float] | None = None
    ) -> None:
        """Initialize without RingOuts; `clock` returns seconds that count sleep."""
        self.extension_id = extension_id
        self.clock = clock or (lambda: Instant.now().boot)
        # Telephony sessions of the legs; always the same set.
        self.sessions: set[str] = set()
        # Oldest first.
        self._ring_outs: list[OwnRingOut] = []

    # Requests

    def begin(
        self,
        number: str,
        listed: Sequence[ActiveCall],
        time: datetime,
        *,
        is_outside: bool = False,
    ) -> OwnRingOut:
        """Expect the leg of a RingOut: its event may precede the answer.

        `listed` are the calls of the extension before the request, at `time`.
        """
        self.drop_old()
        ring_out = OwnRingOut(number, self.clock(), is_outside, listed, time)
        self._ring_outs.append(ring_out)
        return ring_out

    def accept(self, ring_out: OwnRingOut, ring_out_id: str) -> None:
        """Handle the answer to the request."""
        ring_out.id, ring_out.answered_at = ring_out_id, self.clock()
        ring_out.is_followed = True

    def lose(self, ring_out: OwnRingOut) -> None:
        """Handle the loss of the answer: the request may have been carried out."""
        ring_out.id, ring_out.answered_at = None, self.clock()

    def withdraw(self, ring_out: OwnRingOut) -> None:
        """Handle the refusal of the request."""
        self._ring_outs.remove(ring_out)

    def resume(self, reported: Iterable[ActiveCall]) -> None:
        """Continue with the outgoing calls that an earlier run has reported."""
        for call in reported:
            if (
                _is_outbound(call)
                and call.party_id
                and not any(leg.is_entry(call) for _, leg in self._legs)
            ):
                leg = Leg(call, dialed_number(call))
                ring_out = OwnRingOut("", self.clock(), result=DialState.OVER, leg=leg)
                self._ring_outs.insert(0, ring_out)

    @property
    def unfinished(self) -> list[OwnRingOut]:
        """RingOuts whose outcome is open, oldest first: equal ones would dial twice."""
        now = self.clock()
        return [one for one in self._ring_outs if one.is_open(now)]

    @property
    def pending(self) -> OwnRingOut | None:
        """The RingOut whose own phone may still ring."""
        return next((one for one in self.unfinished if not one.is_picked_up), None)

    # Legs

    @property
    def _legs(self) -> list[tuple[OwnRingOut, Leg]]:
        return [(one, one.leg) for one in self._ring_outs if one.leg is not None]

    def drop_old(self) -> bool:
        """Drop RingOuts that are over; return whether there are others."""
        now = self.clock()
        self._ring_outs = [one for one in self._ring_outs if one.is_needed(now)]
        self._update_sessions()
        return bool(self._ring_outs)

    @property
    def is_answered(self) -> bool:
        """Whether the last request was answered, or its answer lost."""
        return bool(self._ring_outs) and self._ring_outs[-1].answered_at is not None

    def is_leg(self, session_id: str | None) -> bool:
        """Return whether a session is that of a RingOut that can be cancelled."""
        return session_id is not None and any(
            one.session_id == session_id and not one.is_picked_up
            for one in self.unfinished
        )

    def session_of(self, session_id: str) -> str:
        """Return the session that lives under the id of one that is shown."""
        for ring_out, leg in self._legs:
            if ring_out.session_id == session_id and leg.living is not None:
                return leg.living.telephony_session_id or session_id
        return session_id

    def decide(self, presences: Sequence[Presence], *, is_final: bool = False) -> bool:
        """Find a leg among listed calls; return whether it is decided which one it is.

        If that is final, the call that matches best is the leg.
        """
        now = self.clock()
        found = [
            (match, ring_out, call)
            for ring_out in reversed(self._ring_outs)
            for listed in map(_listed, presences)
            # Of both calls of a RingOut, that to the own phone comes first.
            for call in sorted(listed, key=_is_outbound)
            if (match := ring_out.match(call, now)) is not None
            and not any(
                leg.is_entry(call) or leg.is_partner(call, listed)
                for _, leg in self._legs
            )
        ]
        if not found:
            return True
        match, ring_out, call = min(found, key=itemgetter(0))
        is_early = ring_out.answered_at is None or match is Match.POSSIBLE
        if is_early and not is_final:
            return False
        ring_out.leg = Leg(call, ring_out.number)
        self._update_sessions()
        return True

    def show(self, presence: Presence) -> Presence | None:
        """Return a presence as it is shown; None if a call may be the leg."""
        if presence.active_calls is None:
            return self._show_status(presence)
        if not self.decide([presence]):
            return None
        listed = _listed(presence)
        shown: Sequence[ActiveCall] = listed
        for ring_out, leg in self._legs:
            shown = leg.show(shown, self.clock(), is_masked=ring_out.is_followed)
        shown = tuple(shown)
        return presence if shown == listed else _with_calls(presence, listed, shown)

    def _show_status(self, presence: Presence) -> Presence:
        """Return a presence without a list of calls as it is shown."""
        status = presence.telephony_status
        for ring_out, leg in self._legs:
            if status is TelephonyStatus.NO_CALL:
                leg.end(self.clock())
            elif status in ANSWERED and ring_out.is_followed and leg.living:
                # If it is that of another call, the next snapshot shows it.
                return replace(presence, telephony_status=TelephonyStatus.RINGING)
        return presence

    def _update_sessions(self) -> None:
        self.sessions.clear()
        self.sessions.update(
            one.session_id for one in self._ring_outs if one.session_id
        )


def _is_outbound(call: ActiveCall) -> bool:
    return call.direction is Direction.OUTBOUND


def _listed(presence: Presence) -> tuple[ActiveCall, ...]:
    """Return the listed calls; the only one has the status of the extension if it has none."""
    calls = presence.active_calls or ()
    if len(calls) == 1 and calls[0].telephony_status is None:
        return (replace(calls[0], telephony_status=presence.telephony_status),)
    return calls


def _with_calls(
    presence: Presence, former: Sequence[ActiveCall], calls: tuple[ActiveCall, ...]
) -> Presence:
    """Return a presence with other calls, and what depends on them."""
    before = [call.telephony_status for call in former if call.is_live]
    after = [call.telephony_status for call in calls if call.is_live]
    total, status = presence.total_active_calls, presence.telephony_status
    if total is not None:
        total -= len(before) - len(after)
    if status in before and after and status not in after:
        is_ringing = TelephonyStatus.RINGING in after
        status = TelephonyStatus.RINGING if is_ringing else after[0]
    return replace(
        presence, active_calls=calls, total_active_calls=total, telephony_status=status
    )
