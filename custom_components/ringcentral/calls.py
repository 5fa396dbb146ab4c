"""The life cycle of calls: two pictures of an extension's calls in, call events out.

Pure: what happened follows from each call's status before and after, by one table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .api.models import ActiveCall
from .api.words import Direction, TelephonyStatus


class CallEventType(StrEnum):
    """What can happen to one call of an extension."""

    RINGING = "ringing"
    DIALING = "dialing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    PARKED = "parked"
    UNPARKED = "unparked"
    ENDED = "ended"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something happened to a call.

    Attributes:
        call: the call in its newest wording; for one that has ended, its last.
        reconstructed: concluded from a snapshot: when it happened is not known, nor
            what else happened in between.

    """

    type: CallEventType
    call: ActiveCall
    reconstructed: bool = False


@dataclass(frozen=True, slots=True)
class CallReport:
    """A call event, and at whose extension it happened.

    Attributes:
        entry_id: of the config entry that monitors the extension.

    """

    entry_id: str
    extension_id: str
    event: CallEvent


def call_events(
    before: Iterable[ActiveCall],
    after: Iterable[ActiveCall],
    *,
    from_snapshot: bool = False,
) -> Iterator[CallEvent]:
    """Yield what happened between two pictures, ended calls first.

    A call that a snapshot shows for the first time yields nothing: when it began to
    ring is in the past, and nobody should be called to the phone for it.
    """
    known = {call.key: call for call in before if call.is_live}
    current = {call.key: call for call in after if call.is_live}
    for key, call in known.items():
        if key not in current:
            yield CallEvent(_ended(call, from_snapshot), call, from_snapshot)
    for key, call in current.items():
        former = known.get(key)
        if former is None and from_snapshot:
            continue
        for happened in _steps(former, call):
            yield CallEvent(happened, call, from_snapshot)


_RINGING: Final = TelephonyStatus.RINGING
_CONNECTED: Final = TelephonyStatus.CALL_CONNECTED
_ON_HOLD: Final = TelephonyStatus.ON_HOLD
_PARKED: Final = TelephonyStatus.PARKED_CALL

# What it takes to come from one status to another. Pairs that are not listed tell
# nothing: an unknown word, or a status that a call cannot fall back to.
_STEPS: Final[
    dict[tuple[TelephonyStatus | None, TelephonyStatus], tuple[CallEventType, ...]]
] = {
    (None, _CONNECTED): (CallEventType.ANSWERED,),
    (None, _ON_HOLD): (CallEventType.HELD,),
    (None, _PARKED): (CallEventType.PARKED,),
    (_RINGING, _CONNECTED): (CallEventType.ANSWERED,),
    (_RINGING, _ON_HOLD): (CallEventType.ANSWERED, CallEventType.HELD),
    (_RINGING, _PARKED): (CallEventType.PARKED,),
    (_CONNECTED, _ON_HOLD): (CallEventType.HELD,),
    (_CONNECTED, _PARKED): (CallEventType.PARKED,),
    (_ON_HOLD, _CONNECTED): (CallEventType.RESUMED,),
    (_ON_HOLD, _PARKED): (CallEventType.PARKED,),
    (_PARKED, _CONNECTED): (CallEventType.UNPARKED,),
    (_PARKED, _ON_HOLD): (CallEventType.UNPARKED, CallEventType.HELD),
}


def _steps(former: ActiveCall | None, call: ActiveCall) -> tuple[CallEventType, ...]:
    status = call.telephony_status
    if status is None:
        return ()
    if former is not None:
        # A call whose status was left out is no new one.
        before = former.telephony_status
        return () if before is None else _STEPS.get((before, status), ())
    if status is _RINGING:
        if call.direction is Direction.OUTBOUND:
            return (CallEventType.DIALING,)
        return (CallEventType.RINGING,)
    return _STEPS.get((None, status), ())


def _ended(call: ActiveCall, from_snapshot: bool) -> CallEventType:
    """Tell a missed call from an ended one.

    A snapshot cannot: the call may have been answered and ended in between.
    """
    if (
        not from_snapshot
        and call.telephony_status is _RINGING
        and call.direction is Direction.INBOUND
    ):
        return CallEventType.MISSED
    return CallEventType.ENDED
