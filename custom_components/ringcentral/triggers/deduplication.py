"""Decide at which of several extensions an event of a call fires a trigger. Pure."""

from collections.abc import Callable, Container, Hashable
from datetime import datetime, timedelta
from typing import Final, override

from ..api.models.enums import Direction, TelephonyStatus
from ..calls.lifecycle import CallEvent, CallEventType
from ..presence.call_matching import call_session

# Limit of stored sessions; there are never so many calls at once.
_MAX_SESSIONS: Final = 1000
# Each extension is notified separately of the end of a call.
_SAME_END: Final = timedelta(seconds=1)
# A call was answered if one of these happens to it.
_ANSWERED: Final = frozenset(
    {CallEventType.ANSWERED, CallEventType.HELD, CallEventType.PARKED}
)
_IN_CALL: Final = (
    TelephonyStatus.CALL_CONNECTED,
    TelephonyStatus.ON_HOLD,
    TelephonyStatus.PARKED_CALL,
)

# Whether a call is in progress at a targeted extension that it was made to.
type IsActive = Callable[[Hashable], bool]


class EveryExtension:
    """Fire for the events of all extensions."""

    def observe(self, ref: Hashable, event: CallEvent) -> None:
        """Observe any call event of a targeted extension."""

    def should_fire(self, event: CallEvent) -> bool:
        """Return whether an observed event fires; to be called once for each."""
        return True


class FirstPerCall(EveryExtension):
    """Fire for the first event of each call, at whichever extension."""

    def __init__(self) -> None:
        """Initialize without calls."""
        self._fired: dict[Hashable, None] = {}

    @override
    def should_fire(self, event: CallEvent) -> bool:
        call = event.call
        if not (call.telephony_session_id or call.leg_id or call.id):
            # Whether it is another call of the same caller is unknown.
            return True
        session = call_session(call)
        if session in self._fired:
            return False
        _add(self._fired, session, None)
        return True


class MissedByAll(FirstPerCall):
    """Fire once when a call was missed at every targeted extension."""

    def __init__(self, targets: Container[Hashable], is_active: IsActive) -> None:
        """Initialize; `is_active` finds calls that continue at another extension."""
        super().__init__()
        self._targets = targets
        self._is_active = is_active
        # By session: the extensions that ring. The ids of a call may change.
        self._ringing: dict[Hashable, set[Hashable]] = {}
        self._answered: set[Hashable] = set()
        # By session: when the last answered call ended.
        self._ended: dict[Hashable, datetime] = {}

    @override
    def observe(self, ref: Hashable, event: CallEvent) -> None:
        # The caller's party is also connected if voicemail answers.
        if event.call.direction is Direction.OUTBOUND:
            return
        session = call_session(event.call)
        if (
            event.type is CallEventType.ENDED
            and event.time is not None
            and event.call.telephony_status in _IN_CALL
        ):
            _add(self._ended, session, event.time)
        if event.type is CallEventType.RINGING:
            self._ringing.setdefault(session, set()).add(ref)
            if len(self._ringing) > _MAX_SESSIONS:
                self._drop(next(iter(self._ringing)))
            return
        if (rings := self._ringing.get(session)) is None:
            return
        rings.discard(ref)
        if event.type is not CallEventType.MISSED:
            if event.type in _ANSWERED:
                self._answered.add(session)
            if not rings:
                self._drop(session)

    @override
    def should_fire(self, event: CallEvent) -> bool:
        session = call_session(event.call)
        # An extension that rings may no longer be targeted.
        rings = self._ringing.get(session, ())
        if any(ref in self._targets for ref in rings) or self._is_active(session):
            return False
        # A miss is reported after a pause: the call may have continued until then.
        ended = self._ended.get(session)
        if ended and event.time and ended >= event.time - _SAME_END:
            return False
        is_missed = session not in self._answered
        self._drop(session)
        return is_missed and super().should_fire(event)

    def _drop(self, session: Hashable) -> None:
        self._ringing.pop(session, None)
        self._answered.discard(session)


def _add[T](stored: dict[Hashable, T], session: Hashable, value: T) -> None:
    stored[session] = value
    if len(stored) > _MAX_SESSIONS:
        del stored[next(iter(stored))]
