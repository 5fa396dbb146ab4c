"""When each call came into its present status, by the times of the platform. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ..api.models.enums import TelephonyStatus
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence
from .call_list import Calls
from .call_matching import is_same_call, match_calls
from .models import ExtensionPresence

# One for each call; None if it is not known.
type Times = tuple[datetime | None, ...]

# The notification that a call rings is sent within this time from the call's start.
# Later ones have another cause.
ANNOUNCED_WITHIN: Final = timedelta(seconds=5)


def ring_start(
    call: ActiveCall, time: datetime | None, *, is_new: bool
) -> datetime | None:
    """Return when a call began to ring: its start, if that is the start of this ring."""
    start = call.start_time
    if start and time and timedelta(0) <= time - start <= ANNOUNCED_WITHIN:
        return start
    # Of a call that was transferred or waited in a queue, the start may be earlier.
    return time if is_new else None


class CallTimes:
    """Determines when calls came into their present status, over gaps and restarts."""

    def __init__(self) -> None:
        """Initialize without calls of an earlier run."""
        # Extensions of which notifications may be missing, until the next snapshot or
        # notification.
        self._incomplete: set[str] = set()
        self._resumed: dict[str, tuple[Calls, Times]] = {}

    def resume(
        self, calls: Mapping[str, Iterable[tuple[ActiveCall, datetime | None]]]
    ) -> None:
        """Continue from the calls of an earlier run."""
        for extension_id, timed in calls.items():
            if timed := tuple(timed):
                known, times = zip(*timed, strict=True)
                self._resumed[extension_id] = known, times

    def mark_incomplete(self, extension_ids: Iterable[str]) -> None:
        """Record that notifications may be missing."""
        self._incomplete = set(extension_ids)

    def after_event(
        self,
        event: PresenceEvent,
        before: ExtensionPresence | None,
        presence: Presence,
        *,
        is_replayed: bool,
    ) -> Times:
        """Return the times of the calls of a presence after an event."""
        extension_id = event.extension_id
        calls = presence.active_calls or ()
        former_presence = None
        if before is None:
            known, times = self._resumed.pop(extension_id, ((), ()))
        else:
            former_presence = before.presence
            known, times = former_presence.active_calls or (), before.call_times
            if calls is known and not is_replayed:
                self._incomplete.discard(extension_id)
                return times
        is_exact = is_replayed or (
            before is not None and extension_id not in self._incomplete
        )
        self._incomplete.discard(extension_id)
        if not calls:
            return ()
        if is_exact and len(calls) == 1 == len(known):
            # The usual call, as in `update_times`.
            call, former = calls[0], known[0]
            if (
                presence is not former_presence
                and call.party_id
                and call.party_id == former.party_id
                and call.telephony_session_id
                and call.telephony_session_id == former.telephony_session_id
            ):
                is_same = call.telephony_status is former.telephony_status
                return times if is_same else (event.timestamp,)
        if presence is former_presence:
            # Older than a snapshot.
            listed = event.presence.active_calls
            if is_replayed and listed:
                return replay_times(known, times, listed, event.timestamp)
            return times
        return update_times(known, times, calls, event.timestamp, is_exact=is_exact)

    def after_snapshot(
        self,
        extension_id: str,
        before: ExtensionPresence | None,
        presence: Presence,
        taken_at: datetime | None,
        *,
        is_confirmed: bool,
    ) -> Times:
        """Return the times of the calls of a presence after a snapshot."""
        known, times = self._known(extension_id, before)
        if is_confirmed:
            self._incomplete.discard(extension_id)
        calls = presence.active_calls or ()
        return update_times(known, times, calls, taken_at, is_exact=False)

    def _known(
        self, extension_id: str, before: ExtensionPresence | None
    ) -> tuple[Calls, Times]:
        if before is not None:
            return before.calls, before.call_times
        return self._resumed.pop(extension_id, ((), ()))


def update_times(
    known: Calls,
    times: Times,
    calls: Calls,
    time: datetime | None,
    *,
    is_exact: bool,
) -> Times:
    """Return the times of calls; what is new of them has changed at `time` if `is_exact`."""
    if calls is known:
        return times
    if not calls:
        return ()
    updated: list[datetime | None] = []
    # Without known calls there is nothing to match.
    matches = match_calls(known, calls) if known else [None] * len(calls)
    for call, index in zip(calls, matches, strict=True):
        status = call.telephony_status
        if index is not None and known[index].telephony_status is status:
            updated.append(times[index])
        elif index is None and status is TelephonyStatus.RINGING:
            updated.append(ring_start(call, time, is_new=is_exact))
        else:
            updated.append(time if is_exact else None)
    return tuple(updated)


def replay_times(
    calls: Calls, times: Times, listed: Calls, time: datetime | None
) -> Times:
    """Return the times of calls after an earlier notification that listed other statuses.

    All notifications of an outage are replayed, in order: the last one after another
    status is the one of the change.
    """
    replayed = []
    for call, since in zip(calls, times, strict=True):
        former = next((one for one in listed if is_same_call(call, one)), None)
        if former is None or former.telephony_status is None:
            replayed.append(since)
        elif former.telephony_status is not call.telephony_status:
            replayed.append(None)
        else:
            replayed.append(time if since is None else since)
    return tuple(replayed)
