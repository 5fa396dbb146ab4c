"""Merge events and snapshots into the presence of an extension. Pure."""

from copy import replace
from datetime import datetime
from typing import Final, NamedTuple

from ..api.models.base import astuple
from ..api.models.enums import TelephonyStatus
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence
from .models import ExtensionPresence

_FIELDS: Final = Presence.__struct_fields__
_ACTIVE_CALLS: Final = _FIELDS.index("active_calls")
_TOTAL_ACTIVE_CALLS: Final = _FIELDS.index("total_active_calls")
_OF_CALLS: Final = frozenset(
    {
        "active_calls",
        "aggregated_telephony_status",
        "appearances",
        "cx_telephony_status",
        "telephony_status",
        "total_active_calls",
    }
)
# REST does not return these for every extension; a message that it leaves out is deleted.
_KEPT_IN_SNAPSHOT: Final = frozenset(_FIELDS) - _OF_CALLS - {"message"}
# Progress of a call: none, ringing, answered (all other statuses), parked.
_STAGES: Final = {
    None: 0,
    TelephonyStatus.NO_CALL: 0,
    TelephonyStatus.RINGING: 1,
    TelephonyStatus.PARKED_CALL: 3,
}
# The platform lists at most this many calls, the latest ones.
_MAX_LISTED_CALLS: Final = 7
# A sequence number may wrap at 32 bits; a late event is never this far behind.
_WRAPPED_BY: Final = 2**30


class MergedCalls(NamedTuple):
    """Calls after an event."""

    calls: tuple[ActiveCall, ...]
    needs_refresh: bool
    # The list of the event does not contain all calls.
    is_cut: bool = False


def merge_event(known: Presence, event: Presence) -> tuple[Presence, bool]:
    """Return the presence after an event, and whether it needs a refresh."""
    calls, needs_refresh, is_cut = merge_calls(known.active_calls or (), event)
    if (
        event.presence_status is None
        and event.telephony_status is not None
        and _stage(event.telephony_status) != _stage(known.telephony_status)
    ):
        # A call that begins, is answered or ends changes the availability too, and the
        # platform does not always send it.
        needs_refresh = True
    values = [
        before if now is None else now
        for before, now in zip(astuple(known), astuple(event), strict=True)
    ]
    values[_ACTIVE_CALLS] = calls
    values[_TOTAL_ACTIVE_CALLS] = _merge_total(known, event, calls, is_cut=is_cut)
    return Presence(*values), needs_refresh


def merge_snapshot(known: Presence, snapshot: Presence) -> Presence:
    """Return the presence after a snapshot, which replaces nearly everything."""
    # Settings that REST does not return for every extension stay, and calls for which its
    # list is too short.
    if snapshot.active_calls is None and snapshot.telephony_status is None:
        # A call queue or the like: no telephony of its own.
        calls: tuple[ActiveCall, ...] = ()
        is_cut = False
    else:
        calls, _, is_cut = merge_calls(known.active_calls or (), snapshot)
    kept = {
        name: value
        for name in _KEPT_IN_SNAPSHOT
        if getattr(snapshot, name) is None
        and (value := getattr(known, name)) is not None
    }
    return replace(
        snapshot,
        active_calls=calls,
        total_active_calls=_merge_total(known, snapshot, calls, is_cut=is_cut)
        if snapshot.active_calls is not None
        else len(calls),
        **kept,
    )


def merge_calls(known: tuple[ActiveCall, ...], event: Presence) -> MergedCalls:
    """Merge the calls of an event into the known ones.

    - A list replaces the known one. If there are more calls than it holds, known calls
      that it does not contain stay.
    - No list, but `NoCall`: all calls have ended.
    - No list and another status: the calls have changed in an unknown way.
    """
    listed, status = event.active_calls, event.telephony_status
    if listed is None:
        if status is TelephonyStatus.NO_CALL:
            return MergedCalls((), needs_refresh=False)
        return MergedCalls(known, needs_refresh=status is not None)
    calls = _live_calls(listed)
    if _is_cut(listed, calls, event.total_active_calls):
        if status is not TelephonyStatus.NO_CALL:
            calls += _unlisted_calls(known, listed)
        return MergedCalls(calls, needs_refresh=True, is_cut=True)
    is_idle = status is TelephonyStatus.NO_CALL
    return MergedCalls(
        calls, needs_refresh=status is not None and is_idle == bool(calls)
    )


def with_calls_of(presence: Presence, other: Presence) -> Presence:
    """Return a presence with all fields about calls taken from another one."""
    return replace(presence, **{name: getattr(other, name) for name in _OF_CALLS})


def is_overtaken(event: PresenceEvent, known: ExtensionPresence) -> bool:
    """Return whether an event arrived after a newer one; gaps in the sequence are normal."""
    last = known.last_event
    if event.sequence is None or known.sequence is None:
        return False
    if last is not None and event.subscription_id != last.subscription_id:
        # Sequence numbers may start again with a subscription.
        return False
    behind = known.sequence - event.sequence
    if abs(behind) < _WRAPPED_BY:
        return behind > 0
    # One of the two is from before the numbers wrapped: compare the times.
    return last is not None and is_older(event.timestamp, last.timestamp)


def has_news(event: PresenceEvent, known: ExtensionPresence) -> bool:
    """Return whether an overtaken event has values that the newer event lacks."""
    newer = known.last_event
    return newer is not None and any(
        getattr(newer.presence, name) is None
        and getattr(event.presence, name) not in (None, getattr(known.presence, name))
        for name in _FIELDS
    )


def is_older(time: datetime | None, other: datetime | None) -> bool:
    """Return whether a time is before another one; False if either is unknown."""
    return time is not None and other is not None and time < other


def _merge_total(
    known: Presence, event: Presence, calls: tuple[ActiveCall, ...], *, is_cut: bool
) -> int | None:
    """Return the number of calls; the platform's own number may count ended ones."""
    total = event.total_active_calls
    if event.telephony_status is TelephonyStatus.NO_CALL and not calls:
        return 0
    if event.active_calls is None:
        return known.total_active_calls if total is None else total
    if not is_cut:
        return len(calls)
    return max(known.total_active_calls or 0, len(calls)) if total is None else total


def _is_cut(
    listed: tuple[ActiveCall, ...], calls: tuple[ActiveCall, ...], total: int | None
) -> bool:
    # It is not known whether the total includes listed calls that have just ended.
    is_full = len(listed) >= _MAX_LISTED_CALLS
    if total is None:
        return is_full
    return total > (len(calls) if is_full else len(listed))


def _unlisted_calls(
    known: tuple[ActiveCall, ...], listed: tuple[ActiveCall, ...]
) -> tuple[ActiveCall, ...]:
    keys = {call.key for call in listed}
    return tuple(call for call in known if call.key not in keys)


def _live_calls(calls: tuple[ActiveCall, ...]) -> tuple[ActiveCall, ...]:
    """Return the calls that have not ended, each once, as listed last."""
    newest = {call.key: call for call in calls}
    return tuple([call for call in newest.values() if call.is_live])


def _stage(status: TelephonyStatus | None) -> int:
    return _STAGES.get(status, 2)
