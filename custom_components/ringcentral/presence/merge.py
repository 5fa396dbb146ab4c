"""Merge events and snapshots into the presence of an extension. Pure."""

from copy import replace
from typing import Final

from ..api.models.base import astuple
from ..api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
    TerminationType,
)
from ..api.models.notifications import PresenceEvent
from ..api.models.presence import ActiveCall, Presence
from .call_list import UNCLEAR, Calls, complete, merge_calls
from .call_matching import has_same_parties, is_same_call
from .event_order import CLEARLY_LATER
from .models import ExtensionPresence

_FIELDS: Final = Presence.__struct_fields__
_ACTIVE_CALLS: Final = _FIELDS.index("active_calls")
_TELEPHONY_STATUS: Final = _FIELDS.index("telephony_status")
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
# What the platform derives `presenceStatus` from, beside calls.
_OF_AVAILABILITY: Final = (
    "user_status",
    "meeting_status",
    "dnd_status",
    "dnd_status_personal",
)
# Seconds in which REST may list a call as ringing that does not ring any more.
_STALE_RING: Final = 300.0
_MAX_ENDED: Final = 7
_IN_CALL: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)
_OF_USUAL_END: Final = (None, TerminationType.FINAL)
_DND: Final = ("dnd_status", "dnd_status_personal")


def merge_event(known: Presence, event: Presence) -> tuple[Presence, bool]:
    """Return the presence after an event, and whether it needs a refresh."""
    if (presence := merge_usual_event(known, event)) is not None:
        return presence, False
    return merge_any_event(known, event)


def merge_usual_event(known: Presence, event: Presence) -> Presence | None:
    """Return the presence after an event of the only call, or None if it is not usual.

    Nothing has to be concluded and nothing needs a refresh, as in `merge_any_event`: the
    event has a telephony status and an availability, and lists no other call than the
    known one, with this status.
    """
    status, listed = event.telephony_status, event.active_calls
    former, total = known.active_calls or (), event.total_active_calls
    if (
        listed is None
        or len(listed) > 1
        or len(former) > 1
        or status in UNCLEAR
        or event.presence_status is None
    ):
        return None
    for call in listed:
        if (
            call.telephony_status is not status
            or call.termination_type not in _OF_USUAL_END
            or (former and not has_same_parties(former, listed))
        ):
            return None
    calls: Calls = ()
    if status is TelephonyStatus.NO_CALL:
        if total is not None and total not in (0, len(listed)):
            return None
    elif listed and listed[0].is_live and total in (None, 1):
        calls = (complete(listed[0], former[0]),) if former else listed
    else:
        return None
    presence = _updated(known, event, calls)
    return None if _lacks_dnd(known, event, presence) else presence


def _updated(known: Presence, event: Presence, calls: Calls) -> Presence:
    # A loop over the fields takes four times as long.
    return Presence(
        event.telephony_status,
        calls,
        len(calls),
        event.presence_status,
        known.user_status if event.user_status is None else event.user_status,
        known.meeting_status if event.meeting_status is None else event.meeting_status,
        known.allow_see_my_presence
        if event.allow_see_my_presence is None
        else event.allow_see_my_presence,
        known.ring_on_monitored_call
        if event.ring_on_monitored_call is None
        else event.ring_on_monitored_call,
        known.pick_up_calls_on_hold
        if event.pick_up_calls_on_hold is None
        else event.pick_up_calls_on_hold,
        known.message if event.message is None else event.message,
        known.dnd_status if event.dnd_status is None else event.dnd_status,
        known.dnd_status_personal
        if event.dnd_status_personal is None
        else event.dnd_status_personal,
        known.accept_call_queue_calls
        if event.accept_call_queue_calls is None
        else event.accept_call_queue_calls,
        known.caller_id_visibility
        if event.caller_id_visibility is None
        else event.caller_id_visibility,
        known.aggregated_telephony_status
        if event.aggregated_telephony_status is None
        else event.aggregated_telephony_status,
        known.cx_telephony_status
        if event.cx_telephony_status is None
        else event.cx_telephony_status,
        known.appearances if event.appearances is None else event.appearances,
    )


def merge_any_event(known: Presence, event: Presence) -> tuple[Presence, bool]:
    """Return what `merge_event` does, for any event."""
    calls, needs_refresh, is_cut = merge_calls(known.active_calls or (), event)
    if event.presence_status is None and _changes_availability(known, event):
        # The platform does not always send the availability that results.
        needs_refresh = True
    values = [
        before if now is None else now
        for before, now in zip(astuple(known), astuple(event), strict=True)
    ]
    status = event.telephony_status
    if status is None or status is TelephonyStatus.NO_CALL:
        status = _merge_status(known.telephony_status, event, calls)
        values[_TELEPHONY_STATUS] = status
    values[_ACTIVE_CALLS] = calls
    values[_TOTAL_ACTIVE_CALLS] = _merge_total(known, event, calls, is_cut=is_cut)
    presence = Presence(*values)
    if event.telephony_status is None and status is not known.telephony_status:
        needs_refresh = True
    if (
        known.telephony_status is TelephonyStatus.RINGING
        and event.presence_status is PresenceStatus.BUSY is not known.presence_status
        and event.telephony_status is None
        and all(getattr(event, name) is None for name in _OF_AVAILABILITY)
    ):
        # It may be answered: a phone that rings leaves the availability as it is.
        needs_refresh = True
    return presence, needs_refresh or _lacks_dnd(known, event, presence)


def _lacks_dnd(known: Presence, event: Presence, presence: Presence) -> bool:
    """Return whether an event changes do not disturb in one of both fields only."""
    # The platform changes both.
    return (
        event.dnd_status is not event.dnd_status_personal
        and known.dnd_status_personal is not None
        and _has_two_dnd(presence)
    )


def merge_snapshot(known: Presence, snapshot: Presence) -> Presence:
    """Return the presence after a snapshot, which replaces nearly everything."""
    # Settings that REST does not return for every extension stay, and calls for which its
    # list is too short.
    if snapshot.active_calls is None and snapshot.telephony_status is None:
        # A call queue or the like: no telephony of its own.
        calls: Calls = ()
        is_cut = False
    else:
        calls, _, is_cut = merge_calls(
            known.active_calls or (), snapshot, is_snapshot=True
        )
    kept = {
        name: value
        for name in _KEPT_IN_SNAPSHOT
        if getattr(snapshot, name) is None
        and (value := getattr(known, name)) is not None
    }
    if _has_two_dnd(replace(snapshot, **kept)):
        kept = {k: value for k, value in kept.items() if k not in _DND}
    return replace(
        snapshot,
        active_calls=calls,
        total_active_calls=_merge_total(known, snapshot, calls, is_cut=is_cut)
        if snapshot.active_calls is not None
        else len(calls),
        **kept,
    )


def ended_calls(
    known: ExtensionPresence, presence: Presence, event: PresenceEvent, now: float
) -> tuple[tuple[ActiveCall, float], ...]:
    """Return the calls that have ended of late; `now` is a monotonic time in seconds."""
    before, calls = known.presence.active_calls or (), presence.active_calls or ()
    if not before and not known.ended:
        return ()
    if (
        event.presence.active_calls is None
        and event.presence.telephony_status is TelephonyStatus.RINGING
    ):
        # One of them may ring again.
        return ()
    if calls is before or has_same_parties(before, calls):
        return known.ended
    if (
        event.timestamp is not None
        and known.snapshot_time is not None
        and event.timestamp - known.snapshot_time < CLEARLY_LATER
    ):
        before = tuple(
            call
            for call in before
            if not _may_begin_after(call, event, known.last_event)
        )
    ended = [*known.ended, *[(call, now) for call in before]][-_MAX_ENDED:]
    ended = [one for one in ended if now - one[1] < _STALE_RING]
    for call in calls:
        ended = [one for one in ended if not is_same_call(one[0], call)]
    return tuple(ended)


def _may_begin_after(
    call: ActiveCall, event: PresenceEvent, last: PresenceEvent | None
) -> bool:
    """Return whether a call may have begun after an event was sent.

    Then only a snapshot lists it, neither this event nor the last one before.
    """
    sent, start = event.timestamp, call.start_time
    if sent and start and sent - start > CLEARLY_LATER:
        return False
    before = () if last is None else last.presence.active_calls
    if before is None:
        return False
    listed = (*before, *(event.presence.active_calls or ()))
    return not any(is_same_call(call, other) for other in listed)


def without_stale_rings(
    snapshot: Presence, known: ExtensionPresence, now: float
) -> Presence:
    """Return a snapshot without calls that ring by REST, but were answered or ended.

    REST may list a call as ringing for minutes after its end.
    """
    calls = []
    for call in snapshot.active_calls or ():
        if call.telephony_status is TelephonyStatus.RINGING:
            answered = [c for c in known.calls if is_same_call(c, call)]
            if answered and answered[0].telephony_status in _IN_CALL:
                call = replace(call, telephony_status=answered[0].telephony_status)
            elif any(
                is_same_call(ended, call) and now - ended_at < _STALE_RING
                for ended, ended_at in known.ended
            ):
                continue
        calls.append(call)
    if tuple(calls) == (snapshot.active_calls or ()):
        return snapshot
    statuses = [call.telephony_status for call in calls] or [TelephonyStatus.NO_CALL]
    status = snapshot.telephony_status
    return replace(
        snapshot,
        active_calls=tuple(calls),
        total_active_calls=None,
        telephony_status=status if status in statuses else statuses[0],
    )


def with_calls_of(presence: Presence, other: Presence) -> Presence:
    """Return a presence with all fields about calls taken from another one."""
    return replace(presence, **{name: getattr(other, name) for name in _OF_CALLS})


def _merge_total(
    known: Presence, event: Presence, calls: Calls, *, is_cut: bool
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


def _merge_status(
    known: TelephonyStatus | None, event: Presence, calls: Calls
) -> TelephonyStatus | None:
    """Return the status of the extension; of a contradictory one, that of its calls."""
    status = event.telephony_status
    if status is TelephonyStatus.NO_CALL and calls:
        # The next snapshot decides.
        return known
    if status is not None or known is None or event.active_calls is None:
        return known if status is None else status
    statuses = [call.telephony_status for call in calls]
    if not statuses:
        return TelephonyStatus.NO_CALL
    return known if known in statuses else statuses[0] or known


def _has_two_dnd(presence: Presence) -> bool:
    """Return whether do not disturb is on by one field, and off by the other."""
    values = {presence.dnd_status, presence.dnd_status_personal}
    return (
        DndStatus.DO_NOT_ACCEPT_ANY_CALLS in values
        and len(values - {None, DndStatus.UNKNOWN}) > 1
    )


def _changes_availability(known: Presence, event: Presence) -> bool:
    status = event.telephony_status
    if status is not None and _stage(status) != _stage(known.telephony_status):
        return True
    return any(
        (value := getattr(event, name)) is not None and value != getattr(known, name)
        for name in _OF_AVAILABILITY
    )


def _stage(status: TelephonyStatus | None) -> int:
    return _STAGES.get(status, 2)
