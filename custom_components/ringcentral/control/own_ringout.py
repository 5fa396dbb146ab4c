"""A RingOut of the signed-in user, and its leg, shown as an outgoing call. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from ..api.models.base import replace
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..api.models.telephony import RingOutStatus
from ..calls.ringout import are_apart, is_same_number
from ..presence.call_matching import is_other_party, is_same_call
from .models import DialState

ANSWERED: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)
_OF_LEG: Final = (TelephonyStatus.RINGING, TelephonyStatus.CALL_CONNECTED)
# All in seconds. The leg is listed within this time after the request.
EXPECTED_FOR: Final = 60.0
# An entry without a number is the leg only shortly after the answer.
_UNNUMBERED_FOR: Final = 10.0
# A request without an answer may have been carried out.
_UNKNOWN_FOR: Final = 30.0
# REST may list a call as ringing that long after its end; an outage may hide it.
_KEPT_FOR: Final = 300.0
# Both calls of a RingOut begin together.
_TOGETHER: Final = timedelta(seconds=2)


@dataclass(slots=True, eq=False, repr=False)
class Leg:
    """The call to the own phone; there may be a second one, to the dialed number."""

    # As its party was listed first: the call is shown under these ids.
    entry: ActiveCall
    # The dialed number; it is not stored, so none is known after a restart.
    number: str | None
    # The one of both calls that is shown; None if both are over.
    living: ActiveCall | None = None
    partner: ActiveCall | None = None
    # The own phone was picked up.
    is_answered: bool = False
    ended_at: float | None = None

    def is_entry(self, call: ActiveCall) -> bool:
        """Return whether a call is that to the own phone, or takes its place there."""
        return self._has_ids_of(call) or (
            self.living is not None
            and self.living.telephony_session_id == self.entry.telephony_session_id
            and is_other_party(self.living, call)
        )

    def _has_ids_of(self, call: ActiveCall) -> bool:
        return is_same_call(replace(self.entry, direction=call.direction), call)

    def is_partner(self, call: ActiveCall, listed: Sequence[ActiveCall]) -> bool:
        """Return whether a listed call is the second one.

        It is listed together with the first, or takes its place.
        """
        if self.partner is not None:
            return is_same_call(self.partner, call)
        starts = call.start_time, self.entry.start_time
        return (
            (self.living is not None or any(map(self.is_entry, listed)))
            and Direction.OUTBOUND in (call.direction, self.entry.direction)
            and are_apart(call, self.entry)
            and not (starts[0] and starts[1] and abs(starts[0] - starts[1]) > _TOGETHER)
            and (
                call.other_number is None
                or is_same_number(dialed_number(call), self.number)
            )
        )

    def show(
        self, calls: Sequence[ActiveCall], now: float, *, is_masked: bool
    ) -> list[ActiveCall]:
        """Return listed calls with this one as a single outgoing call.

        `is_masked` is whether an answer is only that of the own phone.
        """
        own = [call for call in calls if self.is_entry(call)]
        live = [call for call in own if call.is_live]
        if live and not any(map(self._has_ids_of, live)):
            self.entry = live[0]
        if own and not self.number:
            self.number = dialed_number(own[0])
        self.is_answered |= any(call.telephony_status in ANSWERED for call in own)
        shown = own
        hidden = [c for c in calls if c not in own and self.is_partner(c, calls)]
        self.partner = self.partner or next(iter(hidden), None)
        if not any(call.is_live for call in own) and any(c.is_live for c in hidden):
            shown, hidden = hidden, shown
        self.living = next((call for call in shown if call.is_live), None)
        if self.living is None:
            self.end(now)
        else:
            self.ended_at = None
        return [
            self._outgoing(call, is_masked=is_masked) if call in shown else call
            for call in calls
            if call not in hidden
        ]

    def end(self, now: float) -> None:
        """Record that the call is not listed any more."""
        self.living = None
        if self.ended_at is None:
            self.ended_at = now

    def _outgoing(self, call: ActiveCall, *, is_masked: bool) -> ActiveCall:
        if call.direction is not Direction.OUTBOUND:
            call = replace(
                call,
                direction=Direction.OUTBOUND,
                from_=call.to,
                from_name=call.to_name,
                to=call.from_,
                to_name=call.from_name,
            )
        status = call.telephony_status
        return replace(
            call,
            id=self.entry.id,
            session_id=self.entry.session_id,
            telephony_session_id=self.entry.telephony_session_id,
            party_id=self.entry.party_id,
            to=self.number if call.other_number is None else call.to,
            telephony_status=TelephonyStatus.RINGING
            if is_masked and status in ANSWERED
            else status,
        )


class Match(IntEnum):
    """How well a call matches a RingOut, best first."""

    ID = 0
    NUMBER = 1
    # It has no number, began before the request by the host's clock, or the id of the
    # RingOut looks like that of another session.
    POSSIBLE = 2


@dataclass(slots=True, eq=False, repr=False)
class OwnRingOut:
    """A RingOut of the signed-in user; times are monotonic, in seconds."""

    number: str
    began_at: float
    # The phone that rings first may be none of the extension's.
    is_outside: bool = False
    # Calls that were listed before the request.
    others: Sequence[ActiveCall] = ()
    # Of the request, by the host's clock.
    requested: datetime | None = None
    # Of the answer to the request, or of the loss of it: then there is no id.
    answered_at: float | None = None
    id: str | None = None
    # Status of the call to the own phone, as it was read last.
    status: RingOutStatus | None = None
    result: DialState | None = None
    # The status is being read, so it is known when the other side answers.
    is_followed: bool = False
    is_cancelled: bool = False
    leg: Leg | None = None

    @property
    def session_id(self) -> str | None:
        """Session under which the call is shown."""
        return None if self.leg is None else self.leg.entry.telephony_session_id

    @property
    def is_picked_up(self) -> bool:
        """Whether the own phone was answered."""
        has_leg_answered = self.leg is not None and self.leg.is_answered
        return self.status is RingOutStatus.SUCCESS or has_leg_answered

    @property
    def has_ended(self) -> bool:
        """Whether the call was listed, and is not any more."""
        return self.leg is not None and self.leg.ended_at is not None

    @property
    def is_lost(self) -> bool:
        """Whether it is not known if anything is dialed."""
        return self.answered_at is not None and self.id is None and self.leg is None

    def _is_expected(self, now: float) -> bool:
        is_known = self.result is not None or self.status is RingOutStatus.SUCCESS
        # Presence does not show the calls of each outside phone.
        return now - self.began_at <= EXPECTED_FOR and not (
            self.is_outside and is_known
        )

    def is_open(self, now: float) -> bool:
        """Return whether the outcome is open: to dial again may dial twice."""
        if self.result is not None or self.has_ended:
            return False
        if self.answered_at is not None and self.is_lost:
            return now - self.answered_at <= _UNKNOWN_FOR
        return self.leg is not None or now - self.began_at <= EXPECTED_FOR

    def is_needed(self, now: float) -> bool:
        """Return whether the leg is listed, or may be."""
        since = self.began_at if self.leg is None else self.leg.ended_at
        return since is None or now - since < _KEPT_FOR

    def match(self, call: ActiveCall, now: float) -> Match | None:
        """Return how well a call matches; None if it is not the leg."""
        if not call.is_live or any(is_same_call(one, call) for one in self.others):
            return None
        is_ringing = call.telephony_status is TelephonyStatus.RINGING
        session_id = call.telephony_session_id
        if self.id and self.id in (session_id, call.id, call.session_id):
            # An answered one that rings was transferred back.
            is_back = is_ringing and self.leg is not None and self.leg.is_answered
            return None if is_back else Match.ID
        if self.leg is not None or not self._is_expected(now):
            return None
        is_other = bool(session_id and self.id and session_id[:2] == self.id[:2])
        if call.telephony_status in _OF_LEG and is_same_number(
            dialed_number(call), self.number
        ):
            start, requested = call.start_time, self.requested
            is_former = bool(start and requested and start < requested)
            if not (is_other or is_former):
                return Match.NUMBER
            # The phone of the extension must be listed, an outside one may not.
            return None if self.is_outside else Match.POSSIBLE
        is_late = (
            self.answered_at is not None and now - self.answered_at > _UNNUMBERED_FOR
        )
        if not is_ringing or call.other_number is not None or is_other or is_late:
            return None
        return Match.POSSIBLE

    def unmask(self) -> bool:
        """Show the call as it is listed; return whether that makes a difference."""
        was_followed, self.is_followed = self.is_followed, False
        leg = self.leg
        return was_followed and leg is not None and bool(leg.living) and leg.is_answered


def dialed_number(call: ActiveCall) -> str | None:
    """Return the number that was dialed if a call is a leg of a RingOut."""
    return call.to if call.direction is Direction.OUTBOUND else call.from_
