"""Presence of one extension, what is derived from it, and how it changed."""

from datetime import datetime
from typing import Final

from ..api.clock import Instant
from ..api.models.base import Record, astuple
from ..api.models.enums import DndStatus, TelephonyStatus
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence

# Aspects of an extension that entities show. Bits, since each event compares them with
# those of each entity.
CALLS: Final = 1
AVAILABILITY: Final = 2
DND: Final = 4
LAST_EVENT: Final = 8
FRESHNESS: Final = 16
# Call counts of the day, which are no part of the presence.
COUNTS: Final = 32
# Members of a call queue, which are no part of it either.
QUEUE: Final = 64
ALL_ASPECTS: Final = CALLS | AVAILABILITY | DND | LAST_EVENT | FRESHNESS

_FIELDS: Final = Presence.__struct_fields__
_OF_CALLS: Final = slice(_FIELDS.index("total_active_calls") + 1)
_OF_AVAILABILITY: Final = slice(_OF_CALLS.stop, _FIELDS.index("message") + 1)
_OF_DND: Final = slice(
    _OF_AVAILABILITY.stop, _FIELDS.index("accept_call_queue_calls") + 1
)


class ExtensionPresence(Record, frozen=True):
    """State of one extension, merged from snapshots and events."""

    presence: Presence = Presence()
    # Of the last event accepted; None after a fresh subscription.
    sequence: int | None = None
    last_event: PresenceEvent | None = None
    # Monotonic time of its arrival in seconds.
    received_at: float = 0.0
    # Calls that events have ended, with the monotonic time of their end.
    ended: tuple[tuple[ActiveCall, float], ...] = ()
    has_snapshot: bool = False
    # The platform's time of the last snapshot, if it is known.
    snapshot_time: datetime | None = None
    # Beginning of the request for the last snapshot, and arrival of its answer.
    requested_at: Instant | None = None
    confirmed_at: Instant | None = None
    # When each call came into its present status.
    call_times: tuple[datetime | None, ...] = ()

    @property
    def calls(self) -> tuple[ActiveCall, ...]:
        """Calls that have not ended."""
        return self.presence.active_calls or ()

    @property
    def dnd(self) -> DndStatus | None:
        """Effective do not disturb status."""
        return effective_dnd(self.presence)

    @property
    def telephony_status(self) -> TelephonyStatus | None:
        """Telephony status, derived from the calls where the platform leaves it out."""
        # Park locations and the like have calls, but no status.
        if self.presence.telephony_status is not None:
            return self.presence.telephony_status
        return self.calls[0].telephony_status if self.calls else TelephonyStatus.NO_CALL


class PresenceChange(Record, frozen=True):
    """Result of applying an event or a snapshot to an extension."""

    extension_id: str
    # None if nothing was known of the extension.
    before: ExtensionPresence | None
    after: ExtensionPresence
    # None for a snapshot.
    event: PresenceEvent | None
    # The event is older than the snapshot and changed no state.
    is_outdated: bool = False
    # The state may be wrong until the next snapshot.
    needs_refresh: bool = False

    @property
    def aspects(self) -> int:
        """Aspects that have changed."""
        before, after = self.before, self.after
        if before is None:
            return ALL_ASPECTS
        aspects = 0 if before.last_event is after.last_event else LAST_EVENT
        if before.presence is not after.presence:
            old, new = astuple(before.presence), astuple(after.presence)
            if old[_OF_CALLS] != new[_OF_CALLS]:
                aspects |= CALLS
            if old[_OF_AVAILABILITY] != new[_OF_AVAILABILITY]:
                aspects |= AVAILABILITY
            if old[_OF_DND] != new[_OF_DND]:
                aspects |= DND
        if before.call_times != after.call_times:
            aspects |= CALLS
        return aspects


def effective_dnd(presence: Presence) -> DndStatus | None:
    """Return the do not disturb status that counts."""
    # Accounts on the newer call handling also send a personal status and may leave out the
    # other one; do not disturb is on if either is on.
    status, personal = presence.dnd_status, presence.dnd_status_personal
    if personal is DndStatus.DO_NOT_ACCEPT_ANY_CALLS:
        return personal
    return personal if has_personal_dnd_only(presence) else status


def has_personal_dnd_only(presence: Presence) -> bool:
    """Return whether only the personal status is known: it accepts all calls or none."""
    return (
        presence.dnd_status in (None, DndStatus.UNKNOWN)
        and presence.dnd_status_personal is not None
    )
