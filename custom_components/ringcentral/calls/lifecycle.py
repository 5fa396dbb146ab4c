"""Call events: what is reported of a call, by what is known of it. Pure.

Two tables decide: `_TRANSITIONS` on what has happened, and `_RULES` on what of it is
reported. Events are those of one extension: of a ring group call, the extension that
answers has `answered` and all others `missed`. A transferred call has ended, and rings
elsewhere as another party of its telephony session.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from ..api.models.base import Record
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

    @property
    def is_final(self) -> bool:
        """Whether the call is over."""
        return self in _FINAL


_FINAL: Final = frozenset({CallEventType.ENDED, CallEventType.MISSED})


class CallDurations(Record, frozen=True):
    """Seconds that a call spent in each phase since it was first observed."""

    # None if unknown: also if the call was first observed after its answer.
    ringing: float | None = None
    talking: float | None = None
    held: float | None = None


class CallEvent(Record, frozen=True):
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


class ExtensionCallEvent(Record, frozen=True):
    """Call event of an extension of a config entry."""

    entry_id: str
    extension_id: str
    event: CallEvent


class CallPhase(StrEnum):
    """State of a call as last reported; `NEW` if nothing was reported."""

    NEW = "new"
    RINGING = "ringing"
    DIALING = "dialing"
    # Of unknown direction.
    ALERTING = "alerting"
    CONNECTED = "connected"
    ON_HOLD = "on hold"
    PARKED = "parked"
    ENDED = "ended"

    @property
    def is_ring(self) -> bool:
        """Whether the call was not answered yet."""
        return self in _RINGS

    @property
    def is_answered(self) -> bool:
        """Whether the call was answered, and goes on."""
        return self in _ANSWERED


_RINGS: Final = frozenset({CallPhase.RINGING, CallPhase.DIALING, CallPhase.ALERTING})
_ANSWERED: Final = frozenset({CallPhase.CONNECTED, CallPhase.ON_HOLD, CallPhase.PARKED})
_PHASES: Final[Mapping[TelephonyStatus | None, CallPhase]] = {
    TelephonyStatus.RINGING: CallPhase.RINGING,
    TelephonyStatus.CALL_CONNECTED: CallPhase.CONNECTED,
    TelephonyStatus.ON_HOLD: CallPhase.ON_HOLD,
    TelephonyStatus.PARKED_CALL: CallPhase.PARKED,
}

_MISSED: Final = (CallEventType.MISSED,)
# Events by phase before and after; pairs that are missing yield none.
_TRANSITIONS: Final[Mapping[tuple[CallPhase, CallPhase], tuple[CallEventType, ...]]] = {
    (CallPhase.NEW, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.NEW, CallPhase.ALERTING): (CallEventType.RINGING,),
    (CallPhase.NEW, CallPhase.DIALING): (CallEventType.DIALING,),
    (CallPhase.NEW, CallPhase.CONNECTED): (CallEventType.ANSWERED,),
    (CallPhase.NEW, CallPhase.ON_HOLD): (CallEventType.HELD,),
    (CallPhase.NEW, CallPhase.PARKED): (CallEventType.PARKED,),
    **{
        (ring, after): events
        for ring in _RINGS
        for after, events in {
            CallPhase.CONNECTED: (CallEventType.ANSWERED,),
            CallPhase.ON_HOLD: (CallEventType.ANSWERED, CallEventType.HELD),
            CallPhase.PARKED: (CallEventType.PARKED,),
            CallPhase.ENDED: (CallEventType.ENDED,),
        }.items()
    },
    (CallPhase.RINGING, CallPhase.ENDED): _MISSED,
    (CallPhase.CONNECTED, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.CONNECTED, CallPhase.ALERTING): (CallEventType.RINGING,),
    (CallPhase.CONNECTED, CallPhase.DIALING): (CallEventType.DIALING,),
    (CallPhase.CONNECTED, CallPhase.ON_HOLD): (CallEventType.HELD,),
    (CallPhase.CONNECTED, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.CONNECTED, CallPhase.ENDED): (CallEventType.ENDED,),
    # A call that was parked comes back, also an outgoing one: this phone rings.
    (CallPhase.ON_HOLD, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.ON_HOLD, CallPhase.ALERTING): (CallEventType.RINGING,),
    (CallPhase.ON_HOLD, CallPhase.DIALING): (CallEventType.RINGING,),
    (CallPhase.ON_HOLD, CallPhase.CONNECTED): (CallEventType.RESUMED,),
    (CallPhase.ON_HOLD, CallPhase.PARKED): (CallEventType.PARKED,),
    (CallPhase.ON_HOLD, CallPhase.ENDED): (CallEventType.ENDED,),
    (CallPhase.PARKED, CallPhase.RINGING): (CallEventType.RINGING,),
    (CallPhase.PARKED, CallPhase.ALERTING): (CallEventType.RINGING,),
    (CallPhase.PARKED, CallPhase.DIALING): (CallEventType.RINGING,),
    (CallPhase.PARKED, CallPhase.CONNECTED): (CallEventType.UNPARKED,),
    (CallPhase.PARKED, CallPhase.ON_HOLD): (CallEventType.UNPARKED, CallEventType.HELD),
    (CallPhase.PARKED, CallPhase.ENDED): (CallEventType.ENDED,),
}


class Evidence(StrEnum):
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
    if phase is CallPhase.RINGING and call.direction is not Direction.INBOUND:
        is_outbound = call.direction is Direction.OUTBOUND
        return CallPhase.DIALING if is_outbound else CallPhase.ALERTING
    return phase


def events_between(
    before: CallPhase,
    after: CallPhase,
    evidence: Evidence,
    *,
    is_announced: bool = False,
) -> tuple[Sequence[CallEventType], bool]:
    """Return the events of a call, and whether they are reconstructed.

    `is_announced` means that a notification has announced the start of a new call.
    """
    rule = _RULES[evidence]
    if before is CallPhase.NEW and not (rule.reports_new or is_announced):
        return (), False
    types = _TRANSITIONS.get((before, after), ())
    if types == _MISSED and not rule.proves_miss:
        return (CallEventType.ENDED,), True
    return types, rule.is_reconstructed
