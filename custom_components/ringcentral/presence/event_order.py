"""Order of events and snapshots of an extension. Pure."""

from copy import replace
from datetime import datetime, timedelta
from typing import Final

from ..api.clock import Instant
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import Presence
from .call_times import after_older_event
from .models import ExtensionPresence, PresenceChange

_FIELDS: Final = Presence.__struct_fields__
# A sequence number may wrap at 32 bits; a late event is never this far behind.
_WRAPPED_BY: Final = 2**30
# Sequence numbers order events that are sent, or arrive, within this time.
CLEARLY_LATER: Final = timedelta(seconds=2)
# Over a connection that is open, an event arrives within this time in seconds.
LATE_BY: Final = CLEARLY_LATER.total_seconds()
_MAX_DELAY: Final = timedelta(minutes=1)


def is_overtaken(
    event: PresenceEvent,
    known: ExtensionPresence,
    received_at: float,
    *,
    is_replayed: bool = False,
) -> bool:
    """Return whether an event arrived after a newer one; gaps in the sequence are normal.

    A lower number that was sent clearly later is news: the higher one was wrong, or the
    platform has started to count again. `received_at` is a monotonic time in seconds.
    """
    last = known.last_event
    if last is None or event.subscription_id != last.subscription_id:
        # Sequence numbers may start again with a subscription.
        return False
    behind = 0
    # That of an earlier event does not order one that came after an event without.
    sequence = None if last.sequence is None else known.sequence
    if event.sequence is not None and sequence is not None:
        behind = sequence - event.sequence
        if -_WRAPPED_BY < behind <= 0:
            return False
    passed = waited = timedelta(seconds=received_at - known.received_at)
    if event.timestamp is not None and last.timestamp is not None:
        passed = event.timestamp - last.timestamp
        if passed < -waited - _MAX_DELAY and not is_replayed:
            # No event is that late: one of the times is wrong.
            passed = waited
    return passed < (CLEARLY_LATER if 0 < behind < _WRAPPED_BY else timedelta(0))


def is_behind(sequence: int | None, last: int | None) -> bool:
    """Return whether a sequence number is before another one, and not after a wrap."""
    return (
        sequence is not None and last is not None and 0 < last - sequence < _WRAPPED_BY
    )


def _has_news(event: PresenceEvent, known: ExtensionPresence) -> bool:
    """Return whether an overtaken event has values that the newer event lacks."""
    newer = known.last_event
    return newer is not None and any(
        getattr(newer.presence, name) is None
        and getattr(event.presence, name) not in (None, getattr(known.presence, name))
        for name in _FIELDS
    )


def overtaken_change(
    event: PresenceEvent, known: ExtensionPresence, received_at: float
) -> PresenceChange:
    """Return an overtaken event, which needs a refresh if it may have news."""
    last, times = known.last_event, after_older_event(event, known)
    return PresenceChange(
        extension_id=event.extension_id,
        before=known,
        after=known if times == known.call_times else replace(known, call_times=times),
        event=event,
        needs_refresh=_has_news(event, known)
        or received_at - known.received_at > LATE_BY
        or (last is not None and is_older(last.timestamp, event.timestamp)),
    )


def is_older(time: datetime | None, other: datetime | None) -> bool:
    """Return whether a time is before another one; False if either is unknown."""
    return time is not None and other is not None and time < other


def was_before_snapshot(
    event: PresenceEvent,
    known: ExtensionPresence,
    replayed_at: Instant | None,
    received_at: float,
) -> bool:
    """Return whether the snapshot of an extension was taken after an event was sent."""
    if replayed_at is not None:
        if (
            known.has_snapshot
            and known.requested_at is not None
            and known.requested_at.monotonic >= replayed_at.monotonic
        ):
            return True
    elif (
        known.confirmed_at is not None
        and received_at - known.confirmed_at.monotonic > LATE_BY
    ):
        return False
    return is_older(event.timestamp, known.snapshot_time)
