"""Telling an event of a call once, however many phones it concerns. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Container, Hashable
from typing import Final, override

from ..api.models.enums import Direction
from ..api.models.presence import ActiveCall
from ..calls.lifecycle import CallEvent, CallEventType

# Calls of which it is remembered what was told; there are never so many at once.
_REMEMBERED: Final = 1000
# What shows that somebody took the call.
_ANSWERED: Final = frozenset(
    {CallEventType.ANSWERED, CallEventType.HELD, CallEventType.PARKED}
)

# Tells whether a call goes on at any of the targeted phones that it came to.
type IsActive = Callable[[Hashable], bool]


class EveryExtension:
    """Decides what is told: everything, at each extension."""

    def observe(self, ref: Hashable, event: CallEvent) -> None:
        """Take note of anything that happens at a targeted extension."""

    def set_targets(self, targeted: Container[Hashable]) -> None:
        """Take note that other extensions than these are targeted no longer."""

    def should_fire(self, event: CallEvent) -> bool:
        """Tell whether an event that has been heard is told; asked once for each."""
        return True


class FirstPerCall(EveryExtension):
    """The first event of each call is told, wherever it happens."""

    def __init__(self) -> None:
        """Have told nothing."""
        self._told: OrderedDict[Hashable, None] = OrderedDict()

    @override
    def should_fire(self, event: CallEvent) -> bool:
        """Let the first pass."""
        session = session_of(event.call)
        if session in self._told:
            return False
        self._told[session] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True


class MissedByAll(FirstPerCall):
    """A missed call is told when the last phone has fallen silent and none answered."""

    def __init__(self, goes_on: IsActive) -> None:
        """Know of no ringing phone; of calls that rang before, `goes_on` tells."""
        super().__init__()
        self._goes_on = goes_on
        # By extension and call: a queue may offer a call to the same phone once more.
        self._ringing: OrderedDict[Hashable, set[tuple[Hashable, Hashable]]]
        self._ringing = OrderedDict()
        self._answered: set[Hashable] = set()

    @override
    def observe(self, ref: Hashable, event: CallEvent) -> None:
        """Follow which phones ring, and whether one answers.

        Whose phone the call comes from is no party to that: it is connected as well if
        a mailbox answers.
        """
        if event.call.direction is Direction.OUTBOUND:
            return
        session, ring = session_of(event.call), (ref, event.call.key)
        if event.type is CallEventType.RINGING:
            self._ringing.setdefault(session, set()).add(ring)
            if len(self._ringing) > _REMEMBERED:
                self._forget(next(iter(self._ringing)))
            return
        if (rings := self._ringing.get(session)) is None:
            return
        rings.discard(ring)
        if event.type is not CallEventType.MISSED:
            if event.type in _ANSWERED:
                self._answered.add(session)
            if not rings:
                self._forget(session)

    @override
    def set_targets(self, targeted: Container[Hashable]) -> None:
        """Wait for no phone that is not targeted any more."""
        for session, rings in list(self._ringing.items()):
            rings.difference_update([ring for ring in rings if ring[0] not in targeted])
            if not rings:
                self._forget(session)

    @override
    def should_fire(self, event: CallEvent) -> bool:
        """Let the last one pass, unless somebody answered; and only once."""
        session = session_of(event.call)
        rings = self._ringing.get(session)
        if rings or (rings is None and self._goes_on(session)):
            return False
        is_missed = session not in self._answered
        self._forget(session)
        return is_missed and super().should_fire(event)

    def _forget(self, session: Hashable) -> None:
        self._ringing.pop(session, None)
        self._answered.discard(session)


def session_of(call: ActiveCall) -> Hashable:
    """Return what all phones of a call have in common, as far as the platform says."""
    return call.telephony_session_id or call.session_id or call.key
