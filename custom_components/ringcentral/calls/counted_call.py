"""What is counted of a call in a scope: the account, a group or an extension. Pure."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from ..api.models.base import Record, TextId, Time, replace
from ..api.models.enums import Direction, TelephonyStatus
from .lifecycle import CallEvent, CallEventType

# No call waits longer: one of the times is wrong.
_MAX_WAIT: Final = timedelta(days=1).total_seconds()
# The party that was called is connected, or was until now.
_CONNECTED: Final = frozenset(
    {
        CallEventType.ANSWERED,
        CallEventType.HELD,
        CallEventType.RESUMED,
        CallEventType.UNPARKED,
    }
)
_STARTS: Final = (CallEventType.RINGING, CallEventType.DIALING)
# What happens to a call as a whole; it may be on hold at one of several extensions.
SCOPE_EVENT_TYPES: Final = (
    *_STARTS,
    CallEventType.ANSWERED,
    CallEventType.ENDED,
    CallEventType.MISSED,
)
_CONNECTED_STATUSES: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)


class Outcome(StrEnum):
    """What became of an incoming call; each is a field of `DayCounts`."""

    ANSWERED = "answered"
    MISSED = "missed"
    # Over, but neither of them is proven.
    UNCLEAR = "unclear"


class CountedCall(Record, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a scope has counted of a call, which may be at several of its extensions."""

    # Time of the last event.
    updated: Time
    # Extensions of the scope at which the call goes on: called ones, and the caller.
    called: frozenset[TextId] = frozenset()
    calling: frozenset[TextId] = frozenset()
    is_incoming: bool = False
    is_outgoing: bool = False
    # Also if it is outgoing.
    is_answered: bool = False
    # It has ended at a called extension that may have answered it.
    is_unproven: bool = False
    # Time of the first ring.
    rang_at: Time | None = None
    # None while it rings for the first time.
    outcome: Outcome | None = None
    # Local day on which the outcome was counted.
    day: date | None = None

    @property
    def is_over(self) -> bool:
        """Whether the call is over in the scope; it may come back."""
        return not (self.called or self.calling)

    def after(
        self, extension_id: str, event: CallEvent, now: datetime, today: date
    ) -> CountedCall:
        """Return the call after an event at an extension of the scope."""
        party = {extension_id}
        is_final = event.type.is_final
        is_answered = self.is_answered or event.type is CallEventType.ANSWERED
        if event.call.direction is Direction.OUTBOUND:
            return replace(
                self,
                updated=now,
                calling=self.calling - party if is_final else self.calling | party,
                is_outgoing=True,
                is_answered=is_answered,
            )
        is_missed = event.type is CallEventType.MISSED and not event.reconstructed
        is_first_ring = event.type is CallEventType.RINGING and not self.is_incoming
        after = replace(
            self,
            updated=now,
            called=self.called - party if is_final else self.called | party,
            is_incoming=True,
            is_answered=is_answered,
            is_unproven=self.is_unproven or (is_final and not is_missed),
            rang_at=event.time if is_first_ring else self.rang_at,
        )
        return after.concluded(today, is_connected=self._is_connected(event))

    def without(self, extension_ids: AbstractSet[str], today: date) -> CountedCall:
        """Return the call after extensions have left the scope."""
        called = self.called - extension_ids
        return replace(
            self,
            called=called,
            calling=self.calling - extension_ids,
            is_unproven=self.is_unproven or called != self.called,
        ).concluded(today)

    def _is_connected(self, event: CallEvent) -> bool:
        """Return whether an event at a called extension proves that it has answered."""
        if event.type is CallEventType.PARKED:
            # A park location that did not ring has not answered.
            return self.is_incoming
        if event.type is CallEventType.ENDED:
            return event.call.telephony_status in _CONNECTED_STATUSES
        return event.type in _CONNECTED

    def concluded(self, today: date, *, is_connected: bool = False) -> CountedCall:
        """Return the call with its outcome, if there is a new one."""
        if is_connected:
            outcome = Outcome.ANSWERED
        elif self.called or not self.is_incoming or self.outcome is Outcome.ANSWERED:
            return self
        else:
            outcome = Outcome.UNCLEAR if self.is_unproven else Outcome.MISSED
            if self.outcome is not None and self.day != today:
                # What was counted on an earlier day stays, unless it is answered.
                return self
        if outcome is self.outcome:
            return self
        return replace(self, outcome=outcome, day=today)

    def wait_until(self, event: CallEvent) -> float | None:
        """Return the seconds from the first ring to an event; None if it is no answer."""
        is_answer = (
            event.type is CallEventType.ANSWERED
            and event.call.direction is not Direction.OUTBOUND
            and not event.reconstructed
            and self.outcome is not Outcome.ANSWERED
        )
        if not is_answer:
            return None
        if self.rang_at is None or event.time is None:
            return event.durations.ringing
        wait = (event.time - self.rang_at).total_seconds()
        return wait if 0 <= wait <= _MAX_WAIT else None

    def type_after(self, after: CountedCall, event: CallEvent) -> CallEventType | None:
        """Return what an event is for the scope, None if it is nothing new."""
        if event.type in _STARTS:
            is_new = (self.is_incoming, self.is_outgoing) != (
                after.is_incoming,
                after.is_outgoing,
            )
            return event.type if is_new else None
        if event.type is CallEventType.ANSWERED:
            return None if self.is_answered else event.type
        if not event.type.is_final:
            return None
        if after.outcome is Outcome.MISSED:
            return None if self.outcome is Outcome.MISSED else CallEventType.MISSED
        return CallEventType.ENDED if after.is_over else None
