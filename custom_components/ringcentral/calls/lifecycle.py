"""Call events: what is reported of a call, by what is known of it. Pure.

Two tables decide: `_TRANSITIONS` on what has happened, and `_RULES` on what of it is
reported. Events are those of one extension: of a ring group call, the extension that
answers has `answered` and all others `missed`. A transferred call has ended, and rings
elsewhere as another party of its telephony session.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
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


class CallPhase(Enum):
    """State of a call as last reported; `NEW` if nothing was reported."""

    NEW = "new"
    RINGING = "ringing"
    DIALING = "dialing"
    CONNECTED = "connected"
    ON_HOLD = "on hold"
    PARKED = "parked"
    ENDED = "ended"

    @property
    def is_ring(self) -> bool:
        """Whether the call was not answered yet."""
        return self in (CallPhase.RINGING, CallPhase.DIALING)

    @property
    def is_answered(self) -> bool:
        """Whether the call was answered, and goes on."""
        return self in (CallPhase.CONNECTED, CallPhase.ON_HOLD, CallPhase.PARKED)


_PHASES: Final[Mapping[TelephonyStatus | None, CallPhase]] = {
    TelephonyStatus.RINGING: CallPhase.RINGING,
    TelephonyStatus.CALL_CONNECTED: CallPhase.CONNECTED,
    TelephonyStatus.ON_HOLD: CallPhase.ON_HOLD,
    TelephonyStatus.PARKED_CALL: CallPhase.PARKED,
}

# Events by phase before and after; pairs that are missing yield none.
_TRANSITIONS: Final[Mapping[tuple[CallPhase, CallPhase], tuple[CallEventType, ...]]] = {
    (CallPhase.NEW, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.NEW, CallPhase.DIALING): (CallEventType.DIALING,),
    (CallPhase.NEW, CallPhase.CONNECTED): (CallEventType.ANSWERED,),
    (CallPhase.NEW, CallPhase.ON_HOLD): (CallEventType.HELD,),
    (CallPhase.NEW, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.RINGING, CallPhase.CONNECTED): (CallEventType.ANSWERED,),
    (CallPhase.RINGING, CallPhase.ON_HOLD): (
        CallEventType.ANSWERED,
        CallEventType.HELD,
    ),
    (CallPhase.RINGING, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.RINGING, CallPhase.ENDED): (CallEventType.MISSED,),
    (CallPhase.DIALING, CallPhase.CONNECTED): (CallEventType.ANSWERED,),
    (CallPhase.DIALING, CallPhase.ON_HOLD): (
        CallEventType.ANSWERED,
        CallEventType.HELD,
    ),
    (CallPhase.DIALING, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.DIALING, CallPhase.ENDED): (CallEventType.ENDED,),
    (CallPhase.CONNECTED, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.CONNECTED, CallPhase.DIALING): (CallEventType.DIALING,),
    (CallPhase.CONNECTED, CallPhase.ON_HOLD): (CallEventType.HELD,),
    (CallPhase.CONNECTED, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.CONNECTED, CallPhase.ENDED): (CallEventType.ENDED,),
    (CallPhase.ON_HOLD, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.ON_HOLD, CallPhase.DIALING): (CallEventType.RINGING,),
    (CallPhase.ON_HOLD, CallPhase.CONNECTED): (CallEventType.RESUMED,),
    (CallPhase.ON_HOLD, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.ON_HOLD, CallPhase.ENDED): (CallEventType.ENDED,),
    (CallPhase.PARKED, CallPhase.RINGING): (CallEventType.RINGING,),
    # An outgoing call that comes back rings here.
    (CallPhase.PARKED, CallPhase.DIALING): (CallEventType.RINGING,),
    (CallPhase.PARKED, CallPhase.CONNECTED): (CallEventType.UNPARKED,),
    (CallPhase.PARKED, CallPhase.ON_HOLD): (CallEventType.UNPARKED, CallEventType.HELD),
    (CallPhase.PARKED, CallPhase.ENDED): (CallEventType.ENDED,),
}


class Evidence(Enum):
    """How good a list of calls shows what has happened."""

    # A notification, after all earlier ones.
    EVENT = "event"
    # A notification of a call of which an earlier one may be missing.
    EVENT_AFTER_GAP = "event after a gap"
    # A snapshot, which shows the outcome only.
    SNAPSHOT = "snapshot"


class _Rule(NamedTuple):
    # Whether a new call is reported, instead of being known silently.
    reports_new: bool
    # Whether the end of a ring proves that it was missed, instead of answered in between.
    proves_miss: bool
    is_reconstructed: bool


_RULES: Final[Mapping[Evidence, _Rule]] = {
    Evidence.EVENT: _Rule(reports_new=True, proves_miss=True, is_reconstructed=False),
    Evidence.EVENT_AFTER_GAP: _Rule(
        reports_new=True, proves_miss=False, is_reconstructed=False
    ),
    Evidence.SNAPSHOT: _Rule(
        reports_new=False, proves_miss=False, is_reconstructed=True
    ),
}


def phase_of(call: ActiveCall) -> CallPhase:
    """Return the phase of a listed call; `NEW` if its status is unknown."""
    phase = _PHASES.get(call.telephony_status, CallPhase.NEW)
    if phase is CallPhase.RINGING and call.direction is Direction.OUTBOUND:
        return CallPhase.DIALING
    return phase


def call_events(
    before: CallPhase,
    after: CallPhase,
    call: ActiveCall,
    evidence: Evidence,
    *,
    is_announced: bool = False,
) -> Iterator[CallEvent]:
    """Yield the events of a call; `is_announced` if a notification announced its start."""
    rule = _RULES[evidence]
    if before is CallPhase.NEW and not (rule.reports_new or is_announced):
        return
    for event_type in _TRANSITIONS.get((before, after), ()):
        is_reconstructed = rule.is_reconstructed
        if event_type is CallEventType.MISSED:
            if not rule.proves_miss:
                event_type, is_reconstructed = CallEventType.ENDED, True
            elif call.direction is not Direction.INBOUND:
                event_type = CallEventType.ENDED
        yield CallEvent(event_type, call, is_reconstructed)
