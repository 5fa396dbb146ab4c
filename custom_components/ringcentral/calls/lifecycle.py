"""Call events: what happened between two observations of an extension's calls. Pure.

Events are those of one extension: of a ring group call, the extension that answers has
`answered` and all others `missed`. A transferred call has ended, and rings elsewhere as
another party of its telephony session. All cases: `tests/calls/call_history_table.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall

type CallKey = tuple[str | None, str | None]


class CallEventType(StrEnum):
    """What happened to a call of an extension."""

    RINGING = "ringing"
    DIALING = "dialing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    PARKED = "parked"
    UNPARKED = "unparked"
    ENDED = "ended"
    MISSED = "missed"


class CallDurations(NamedTuple):
    """Seconds that a call spent in each phase since it was first observed."""

    # None if unknown: also if the call was first observed after its answer.
    ringing: float | None = None
    talking: float | None = None
    held: float | None = None


class CallEvent(NamedTuple):
    """Event of a call."""

    type: CallEventType
    # As listed after the event; after its end, as listed last.
    call: ActiveCall
    # Concluded from a snapshot: when it happened is unknown.
    reconstructed: bool = False
    # Sent before the current connection, and repeated by the platform.
    replayed: bool = False
    # The platform's time of the notification or snapshot; durations are until then.
    time: datetime | None = None
    durations: CallDurations = CallDurations()


@dataclass(frozen=True, slots=True)
class ExtensionCallEvent:
    """Call event of an extension of a config entry."""

    entry_id: str
    extension_id: str
    event: CallEvent


_RINGING: Final = TelephonyStatus.RINGING
_CONNECTED: Final = TelephonyStatus.CALL_CONNECTED
_ON_HOLD: Final = TelephonyStatus.ON_HOLD
_PARKED: Final = TelephonyStatus.PARKED_CALL

# Events by status before (None: a new call) and after. Pairs that are missing yield
# none: an unknown status, or one that a call cannot return to.
_TRANSITIONS: Final[
    dict[tuple[TelephonyStatus | None, TelephonyStatus], tuple[CallEventType, ...]]
] = {
    (None, _RINGING): (CallEventType.RINGING,),
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


def call_events(
    before: Mapping[CallKey, ActiveCall],
    after: Mapping[CallKey, ActiveCall],
    *,
    from_snapshot: bool = False,
) -> Iterator[tuple[CallKey, CallEvent]]:
    """Yield the events between two observations of all calls, ended calls first."""
    known = {key: call for key, call in before.items() if call.is_live}
    current = {key: call for key, call in after.items() if call.is_live}
    for key, call in known.items():
        if key not in current:
            yield key, CallEvent(_end(call, from_snapshot), call, from_snapshot)
    for key, call in current.items():
        former = known.get(key)
        if former is None and from_snapshot:
            # Its start is in the past, and must not trigger automations.
            continue
        for event_type in _transition(former, call):
            yield key, CallEvent(event_type, call, from_snapshot)


def _transition(
    former: ActiveCall | None, call: ActiveCall
) -> tuple[CallEventType, ...]:
    status = call.telephony_status
    if status is None:
        return ()
    if former is None:
        if status is _RINGING and call.direction is Direction.OUTBOUND:
            return (CallEventType.DIALING,)
        return _TRANSITIONS.get((None, status), ())
    # A call whose status was left out is no new call.
    before = former.telephony_status
    return () if before is None else _TRANSITIONS.get((before, status), ())


def _end(call: ActiveCall, from_snapshot: bool) -> CallEventType:
    # A call that a snapshot no longer shows may have been answered in between.
    if (
        not from_snapshot
        and call.telephony_status is _RINGING
        and call.direction is Direction.INBOUND
    ):
        return CallEventType.MISSED
    return CallEventType.ENDED
