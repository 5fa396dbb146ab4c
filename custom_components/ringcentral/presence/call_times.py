"""Since when calls have had their status, by the times of notifications. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ..api.clock import Instant
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import Presence
from .call_list import Calls
from .call_matching import is_in_session, is_same_call, match_calls
from .models import ExtensionPresence

# One for each call; None if it is not certain.
type Times = tuple[datetime | None, ...]

# The date of a snapshot has no fractions of a second.
DATE_RESOLUTION: Final = timedelta(seconds=1)


class CallTimes:
    """Determines the times of calls, each None if a notification may be missing."""

    def __init__(self) -> None:
        """Initialize without a gap."""
        # When notifications may last have been missed, by extension, until a snapshot that
        # is requested later.
        self._gaps: dict[str, Instant] = {}
        # What was missed since the connection was lost may be replayed later.
        self.is_pushed = False

    def add_gap(self, extension_ids: Iterable[str]) -> None:
        """Record that notifications were missed, which are not replayed."""
        self._gaps |= dict.fromkeys(extension_ids, Instant.now())

    def close_gap(self, extension_id: str, requested_at: Instant) -> None:
        """Record a snapshot of an extension."""
        gap_at = self._gaps.get(extension_id)
        if gap_at is not None and requested_at.monotonic >= gap_at.monotonic:
            del self._gaps[extension_id]

    def after_event(
        self, event: PresenceEvent, before: ExtensionPresence | None, presence: Presence
    ) -> Times:
        """Return the times of the calls of a presence after an event."""
        calls, sent_at = presence.active_calls or (), event.timestamp
        if not calls or before is None or event.extension_id in self._gaps:
            return (None,) * len(calls)
        if (
            not before.has_snapshot
            and not before.calls
            and before.presence.telephony_status is None
        ):
            # Events without calls came before: whether there were any is not known.
            return (None,) * len(calls)
        read_at = before.snapshot_time
        is_newer = not before.has_snapshot or (
            sent_at is not None
            and read_at is not None
            and sent_at - read_at >= DATE_RESOLUTION
        )
        return _changed(before, calls, sent_at, is_newer=is_newer)

    def after_snapshot(
        self, extension_id: str, before: ExtensionPresence | None, presence: Presence
    ) -> Times:
        """Return the times of the calls of a presence after a snapshot."""
        calls = presence.active_calls or ()
        if before is None or not self.is_pushed or extension_id in self._gaps:
            return (None,) * len(calls)
        return _changed(before, calls, None)


def _changed(
    before: ExtensionPresence,
    calls: Calls,
    time: datetime | None,
    *,
    is_newer: bool = False,
) -> Times:
    """Return the times of calls; what is new has `time`.

    If that is not newer than the last snapshot, the snapshot may be ahead: it has ended
    calls and changed those without a time.
    """
    known, times = before.presence.active_calls or (), before.call_times
    if calls is known:
        return times
    # Without known calls there is nothing to match.
    matches = match_calls(known, calls) if known else (None,) * len(calls)
    changed: list[datetime | None] = []
    for call, index in zip(calls, matches, strict=True):
        if index is None:
            changed.append(time if is_newer else None)
        elif known[index].telephony_status is call.telephony_status:
            changed.append(times[index])
        else:
            changed.append(time if is_newer or times[index] is not None else None)
    return tuple(changed)


def after_older_event(event: PresenceEvent, known: ExtensionPresence) -> Times:
    """Return the times after an event that changed no call: each that it contradicts is None."""
    times, presence, sent_at = known.call_times, event.presence, event.timestamp
    if presence.active_calls is None and presence.telephony_status is None:
        return times
    listed = presence.active_calls or ()
    return tuple(
        [
            time
            if time is not None
            and sent_at is not None
            and (time <= sent_at)
            is any(
                one.telephony_status is call.telephony_status
                and (is_same_call(call, one) or is_in_session(call, one))
                for one in listed
            )
            else None
            for call, time in zip(known.calls, times, strict=True)
        ]
    )
