"""A RingOut of the signed-in user, and its leg, shown as an outgoing call. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Final

from ..api.models.base import replace
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall, Presence
from ..api.models.telephony import RingOutStatus
from ..calls.ringout import are_apart, is_same_number
from .models import DialState

ANSWERED: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)
_HELD: Final = (TelephonyStatus.ON_HOLD, TelephonyStatus.PARKED_CALL)
_OF_LEG: Final = (TelephonyStatus.RINGING, TelephonyStatus.CALL_CONNECTED)
# The two legs of a RingOut begin together.
_TOGETHER: Final = timedelta(seconds=2)
# All in seconds. The leg is listed within this time after the request.
EXPECTED_FOR: Final = 60.0
# An entry without a number is the leg only shortly after the answer.
_UNNUMBERED_FOR: Final = 10.0
# An entry that matches better may come this long after the first one.
DECIDED_AFTER: Final = 2.0
# A request without an answer may have been carried out.
UNKNOWN_FOR: Final = 30.0


@dataclass(slots=True, eq=False, repr=False)
class Leg:
    """The call to the own phone, and its partner if the platform lists two calls."""

    entry: ActiveCall
    # The dialed number.
    number: str | None
    # It is not known yet whether the other side was reached.
    is_masked: bool
    is_listed: bool = False
    # The own phone was picked up.
    is_answered: bool = False
    partner: ActiveCall | None = None
    # Monotonic time in seconds.
    ended_at: float | None = None
    _ids: set[str] = field(default_factory=set)
    _partner_ids: set[str] = field(default_factory=set)
    _has_partner_rung: bool = False

    def __post_init__(self) -> None:
        """Derive the ids and, after a restart, the dialed number from the entry."""
        self._ids |= ids_of(self.entry)
        self.number = self.number or dialed_number(self.entry)

    @property
    def session_id(self) -> str | None:
        """Session under which the call is shown."""
        return self.entry.telephony_session_id

    def is_entry(self, call: ActiveCall) -> bool:
        """Return whether a call is listed for the own phone."""
        sessions = call.telephony_session_id, self.session_id
        if all(sessions):
            return sessions[0] == sessions[1]
        return not self._ids.isdisjoint(ids_of(call))

    def is_partner(self, call: ActiveCall) -> bool:
        """Return whether a call is listed for the other side."""
        if self._partner_ids:
            return not self._partner_ids.isdisjoint(ids_of(call))
        starts = call.start_time, self.entry.start_time
        return (
            call.is_live
            and Direction.OUTBOUND in (call.direction, self.entry.direction)
            and (
                call.other_number is None
                or is_same_number(dialed_number(call), self.number)
            )
            and are_apart(call, self.entry)
            and (
                not (starts[0] and starts[1]) or abs(starts[0] - starts[1]) <= _TOGETHER
            )
        )

    def show(self, calls: Sequence[ActiveCall], now: float) -> list[ActiveCall]:
        """Return the calls with this one as an outgoing call, without its partner."""
        own = [call for call in calls if self.is_entry(call)]
        partners = [call for call in calls if call not in own and self.is_partner(call)]
        listed = next((call for call in own if call.is_live), None)
        partner = next((call for call in partners if call.is_live), None)
        self._update(listed, partner, now)
        shown = []
        for call in calls:
            if call in partners:
                if call is partner and listed is None:
                    shown.append(self._outgoing(self._in_place(call)))
            elif call not in own:
                shown.append(call)
            elif call is listed and partner and partner.telephony_status in _HELD:
                call = replace(call, telephony_status=partner.telephony_status)
                shown.append(self._outgoing(call))
            elif call is listed or partner is None:
                shown.append(self._outgoing(call))
        return shown

    def end(self, now: float) -> None:
        """Record that the call is not listed any more."""
        self.is_listed, self.partner = False, None
        if self.ended_at is None:
            self.ended_at = now

    def _update(
        self, listed: ActiveCall | None, partner: ActiveCall | None, now: float
    ) -> None:
        if listed is None and partner is None:
            self.end(now)
            return
        self.ended_at = None
        self.is_listed, self.partner = listed is not None, partner
        if listed is not None:
            self._ids |= ids_of(listed)
            self.is_answered |= listed.telephony_status in ANSWERED
        if partner is not None:
            self._partner_ids |= ids_of(partner)
            status = partner.telephony_status
            self._has_partner_rung |= status is TelephonyStatus.RINGING
            if self._has_partner_rung and self.is_answered and status in ANSWERED:
                self.is_masked = False

    def _in_place(self, partner: ActiveCall) -> ActiveCall:
        """Return the partner under the ids of the call that was shown before."""
        return replace(
            partner,
            id=self.entry.id,
            session_id=self.entry.session_id,
            telephony_session_id=self.session_id,
            party_id=self.entry.party_id,
        )

    def _outgoing(self, call: ActiveCall) -> ActiveCall:
        """Return an entry as an outgoing call to the dialed number."""
        if call.direction is not Direction.OUTBOUND:
            call = replace(
                call,
                direction=Direction.OUTBOUND,
                from_=call.to,
                from_name=call.to_name,
                to=call.from_,
                to_name=call.from_name,
            )
        if call.other_number is None:
            call = replace(call, to=self.number)
        if self.is_masked and call.telephony_status in ANSWERED:
            # Only the own phone was picked up.
            call = replace(call, telephony_status=TelephonyStatus.RINGING)
        return call


class Request(StrEnum):
    """What is known of the request for a RingOut."""

    SENT = "sent"
    ACCEPTED = "accepted"
    # The answer was lost.
    UNKNOWN = "unknown"


class Match(IntEnum):
    """How well a call matches a RingOut, best first."""

    ID = 0
    NUMBER = 1
    # The id of the RingOut looks like that of another session.
    NUMBER_ONLY = 2
    UNNUMBERED = 3


@dataclass(slots=True, eq=False, repr=False)
class OwnRingOut:
    """A RingOut of the signed-in user."""

    number: str
    # Monotonic times in seconds, of the request and of its answer or the loss of it.
    began_at: float
    answered_at: float = 0.0
    # The phone that rings first may be none of the extension's.
    is_outside: bool = False
    request: Request = Request.SENT
    id: str | None = None
    # Of the call to the own phone.
    status: RingOutStatus | None = None
    result: DialState | None = None
    leg: Leg | None = None
    # Its status can be read, so it is known when the other side answers.
    is_followed: bool = False
    # It was read at least once.
    is_read: bool = False
    is_cancelled: bool = False
    # Ids of calls that are not its leg.
    _others: set[str] = field(default_factory=set)

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
        return self.request is Request.UNKNOWN and self.leg is None

    def add_others(self, calls: Iterable[ActiveCall]) -> None:
        """Record calls that are not the leg."""
        for call in calls:
            self._others |= ids_of(call)

    def is_new(self, call: ActiveCall) -> bool:
        """Return whether a call may be the leg."""
        return call.is_live and self._others.isdisjoint(ids_of(call))

    def has_id_of(self, call: ActiveCall) -> bool:
        """Return whether the id of the RingOut is one of a call."""
        ids = call.telephony_session_id, call.id, call.session_id
        return bool(self.id) and self.id in ids

    def match(self, call: ActiveCall, now: float) -> Match | None:
        """Return how well a new call matches; None if it is not the leg."""
        if self.has_id_of(call):
            return Match.ID
        if self.leg is not None:
            return None
        is_other = self._has_form_of(call)
        if call.telephony_status in _OF_LEG and is_same_number(
            dialed_number(call), self.number
        ):
            if not is_other:
                return Match.NUMBER
            # The phone of the extension must be listed, an outside one may not.
            return None if self.is_outside else Match.NUMBER_ONLY
        is_late = now - self.answered_at > _UNNUMBERED_FOR
        is_late &= self.request is not Request.SENT
        is_excluded = is_other or is_late or call.other_number is not None
        is_ringing = call.telephony_status is TelephonyStatus.RINGING
        return Match.UNNUMBERED if is_ringing and not is_excluded else None

    def _has_form_of(self, call: ActiveCall) -> bool:
        session = call.telephony_session_id
        return bool(session and self.id and session[:2] == self.id[:2])


def ids_of(call: ActiveCall) -> set[str]:
    """Return all ids of a call, of which a later entry may have one only."""
    ids = call.telephony_session_id, call.party_id, call.leg_id, call.id
    return {one for one in ids if one}


def dialed_number(call: ActiveCall) -> str | None:
    """Return the number that was dialed if a call is a leg of a RingOut."""
    return call.to if call.direction is Direction.OUTBOUND else call.from_


def with_own_status(presence: Presence) -> tuple[ActiveCall, ...]:
    """Return the listed calls; the only one has the status of the extension if it has none."""
    calls, status = presence.active_calls or (), presence.telephony_status
    if (
        len(calls) == 1
        and calls[0].telephony_status is None
        and status is not TelephonyStatus.NO_CALL
    ):
        return (replace(calls[0], telephony_status=status),)
    return calls


def with_calls(presence: Presence, calls: tuple[ActiveCall, ...]) -> Presence:
    """Return a presence with other calls, and what depends on them."""
    former = with_own_status(presence)
    before = [call.telephony_status for call in former if call.is_live]
    after = [call.telephony_status for call in calls if call.is_live]
    total, status = presence.total_active_calls, presence.telephony_status
    if total is not None:
        # It may count calls that have ended.
        is_all = total == len(former)
        total -= len(former) - len(calls) if is_all else len(before) - len(after)
    if status in before and status not in after and after:
        is_ringing = TelephonyStatus.RINGING in after
        status = TelephonyStatus.RINGING if is_ringing else after[0]
    return replace(
        presence, active_calls=calls, total_active_calls=total, telephony_status=status
    )
