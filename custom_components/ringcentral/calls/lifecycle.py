"""The life cycle of calls: two pictures of an extension's calls in, call events out.

Pure: what happened follows from each call's status before and after, by one table.
The rules, per call and extension:

| What the platform tells                  | What happened                             |
| ---------------------------------------- | ----------------------------------------- |
| a call rings                             | `ringing`; `dialing` if it is outbound    |
| it is connected, on whatever device      | `answered`                                |
| it is put on hold and taken back         | `held`, `resumed`                         |
| it is parked and taken back              | `parked`, `unparked`                      |
| it is gone, or listed as ended           | `ended`                                   |
| the same, but it was ringing and inbound | `missed`: nobody answered it here         |
| several calls at once                    | each has a life of its own                |
| a colleague of a ring group or a queue   | `missed` here, `answered` there           |
| answers                                  |                                           |
| it is transferred                        | `ended` here; it rings there as another   |
|                                          | party of the same telephony session       |
| it is inbound, stops ringing and is back | nothing: the phone rang once              |
| within three seconds (it flaps)          |                                           |
| it is listed only after its end          | nothing: there was nothing to see         |
| a snapshot shows it first                | nothing: when it began is in the past     |
| a snapshot shows it further on           | the steps in between, reconstructed       |
| a snapshot no longer shows it            | `ended`, reconstructed: whether somebody  |
|                                          | answered in between, nobody knows         |
| a list names another party of its        | nothing: of one's own number that one     |
| telephony session, but not the call      | calls, only the party that changed is     |
|                                          | listed                                    |

What needs a memory of more than two pictures (flapping, snapshots, own numbers) is in
the call log.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall


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


class CallDurations(NamedTuple):
    """For how many seconds a call has been what, by the platform's own times.

    None: not known. Of ringing also if nobody saw the call ring. Of a call that was in
    progress when it was first seen, they count from then on.
    """

    ringing: float | None = None
    talking: float | None = None
    held: float | None = None


class CallEvent(NamedTuple):
    """Something happened to a call.

    Attributes:
        call: the call in its newest wording; for one that has ended, its last.
        reconstructed: concluded from a snapshot: when it happened is not known, nor
            what else happened in between.
        replayed: sent before this connection began: the platform repeated it after a
            loss or a restart.
        time: the platform's own time of it; of a snapshot, if it is reconstructed.
        durations: of the call until then.

    """

    type: CallEventType
    call: ActiveCall
    reconstructed: bool = False
    replayed: bool = False
    time: datetime | None = None
    durations: CallDurations = CallDurations()


@dataclass(frozen=True, slots=True)
class ExtensionCallEvent:
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
        if former is None:
            if from_snapshot:
                continue
        elif former.telephony_status is call.telephony_status:
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
