"""What an extension does now: free, ringing, on the phone. Pure."""

from typing import Final

from ..api.models.enums import (
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from ..api.models.presence import ActiveCall
from .models import ExtensionPresence

# Bits; more than one may be set. An IntFlag would cost 1 µs for each operation.
FREE: Final = 1
RINGING: Final = 2
ON_THE_PHONE: Final = 4

_IN_CALL: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)


def activity_of_call(call: ActiveCall) -> int:
    """Return what an extension does in a call, as bits."""
    status = call.telephony_status
    if status is TelephonyStatus.RINGING:
        # The platform calls it ringing while an extension dials, too.
        return ON_THE_PHONE if call.direction is Direction.OUTBOUND else RINGING
    return ON_THE_PHONE if status in _IN_CALL else 0


def activity_of(known: ExtensionPresence) -> int:
    """Return what an extension does, as bits."""
    presence = known.presence
    if calls := presence.active_calls:
        activity = 0
        for call in calls:
            activity |= activity_of_call(call)
        return activity
    # Calls that the user may not see are only in the status.
    status = presence.telephony_status
    if status is TelephonyStatus.RINGING:
        return RINGING
    if status in _IN_CALL:
        return ON_THE_PHONE
    is_free = (
        status is not TelephonyStatus.PARKED_CALL
        and presence.presence_status is PresenceStatus.AVAILABLE
        and presence.meeting_status is not MeetingStatus.CONNECTED
        and known.dnd is not DndStatus.DO_NOT_ACCEPT_ANY_CALLS
    )
    return FREE if is_free else 0
