"""Outcome of a call at a phone. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from ..api.models.enums import Direction, TelephonyStatus
from .durations import ANNOUNCED_WITHIN
from .lifecycle import CallEvent, CallEventType

_TOLERANCE: Final = ANNOUNCED_WITHIN.total_seconds()
_TALKED: Final = frozenset({TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD})


class CallOutcome(StrEnum):
    """Outcome of a call at a phone; `ENDED` if no more is certain."""

    ANSWERED = "answered"
    MISSED = "missed"
    NOT_ANSWERED = "not_answered"
    PARKED = "parked"
    ENDED = "ended"


def outcome_of(event: CallEvent) -> CallOutcome:
    """Return the outcome of a call from its last event."""
    status = event.call.telephony_status
    if event.type is CallEventType.MISSED:
        return CallOutcome.MISSED
    if status is TelephonyStatus.PARKED_CALL:
        return CallOutcome.PARKED
    durations = event.durations
    if status in _TALKED and None not in (durations.ringing, durations.talking):
        return CallOutcome.ANSWERED
    if _was_never_answered(event):
        return CallOutcome.NOT_ANSWERED
    return CallOutcome.ENDED


def _was_never_answered(event: CallEvent) -> bool:
    """Return whether an outgoing call only rang."""
    call, ringing = event.call, event.durations.ringing
    if (
        call.telephony_status is not TelephonyStatus.RINGING
        or call.direction is not Direction.OUTBOUND
        or event.reconstructed
        or ringing is None
    ):
        return False
    # A call that was parked rings again at the phone that has parked it.
    return _elapsed(call.start_time, event.time) - ringing <= _TOLERANCE


def _elapsed(start: datetime | None, end: datetime | None) -> float:
    return 0.0 if start is None or end is None else (end - start).total_seconds()
