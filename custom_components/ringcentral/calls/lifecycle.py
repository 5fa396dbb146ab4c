"""Call events: what happened between two observations of an extension's calls. Pure.

The rules, per call and extension:

| Observed                                  | Call event                              |
| ----------------------------------------- | --------------------------------------- |
| a call rings                              | `ringing`; `dialing` if outbound        |
| it is connected, on any device            | `answered`                              |
| it is put on hold and taken back          | `held`, `resumed`                       |
| it is parked and taken back               | `parked`, `unparked`                    |
| it is gone, or listed as ended            | `ended`                                 |
| the same, while it was ringing, inbound   | `missed`: not answered here             |
| several calls at once                     | each has its own events                 |
| a colleague of a ring group or a queue    | `missed` here, `answered` there         |
| answers                                   |                                         |
| it is transferred                         | `ended` here; it rings there as another |
|                                           | party of the same telephony session     |
| it is inbound, stops ringing and is back  | none: it rang once (`tracker`)          |
| within three seconds                      |                                         |
| it is listed only after its end           | none                                    |
| a snapshot shows it first                 | none: its start is in the past          |
| a snapshot shows a later status           | the steps in between, reconstructed     |
| a snapshot no longer shows it             | `ended`, reconstructed: it may have     |
|                                           | been answered in between                |
| a list has another party of its telephony | none: of a call to one's own number,    |
| session, but not the call                 | only the changed party is listed        |
|                                           | (`detector`)                            |
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall


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
    """Seconds that a call spent in each phase, since it was first observed.

    None is unknown; for ringing also if the call was first observed after its answer.
    """

    ringing: float | None = None
    talking: float | None = None
    held: float | None = None


class CallEvent(NamedTuple):
    """Event of a call.

    Attributes:
        call: as listed after the event; after its end, as listed last.
        reconstructed: concluded from a snapshot; when it happened is unknown.
        replayed: sent before the current connection, and repeated by the platform.
        time: the platform's time of the notification or snapshot.
        durations: until `time`.

    """

    type: CallEventType
    call: ActiveCall
    reconstructed: bool = False
    replayed: bool = False
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
    before: Iterable[ActiveCall],
    after: Iterable[ActiveCall],
    *,
    from_snapshot: bool = False,
) -> Iterator[CallEvent]:
    """Yield the events between two observations of all calls, ended calls first."""
    known = {call.key: call for call in before if call.is_live}
    current = {call.key: call for call in after if call.is_live}
    for key, call in known.items():
        if key not in current:
            yield CallEvent(_end(call, from_snapshot), call, from_snapshot)
    for key, call in current.items():
        former = known.get(key)
        if former is None and from_snapshot:
            continue
        for event_type in _transition(former, call):
            yield CallEvent(event_type, call, from_snapshot)


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
    # Between snapshots, a call may have been answered before it ended.
    if (
        not from_snapshot
        and call.telephony_status is _RINGING
        and call.direction is Direction.INBOUND
    ):
        return CallEventType.MISSED
    return CallEventType.ENDED
