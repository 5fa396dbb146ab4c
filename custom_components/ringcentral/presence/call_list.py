"""Merge the calls of an event or a snapshot into the known calls. Pure."""

from collections.abc import Sequence
from copy import replace
from typing import Final, NamedTuple

from ..api.models.base import Model, astuple
from ..api.models.enums import TelephonyStatus, TerminationType
from ..api.models.presence import ActiveCall, Presence
from .call_matching import (
    has_same_number,
    has_same_parties,
    is_in_session,
    is_opposite,
    is_same_call,
    match_calls,
)

type Calls = tuple[ActiveCall, ...]

# The platform lists at most this many calls, the latest ones.
_MAX_LISTED_CALLS: Final = 7
_NO_CALL: Final = TelephonyStatus.NO_CALL
UNCLEAR: Final = frozenset({None, TelephonyStatus.UNKNOWN})
_ANSWERED: Final = frozenset(
    {
        TelephonyStatus.CALL_CONNECTED,
        TelephonyStatus.ON_HOLD,
        TelephonyStatus.PARKED_CALL,
    }
)


class MergedCalls(NamedTuple):
    """Calls after an event or a snapshot."""

    calls: Calls
    # The calls contradict the status or the number of calls, or lack something.
    needs_refresh: bool = False
    # The list does not contain all calls.
    is_cut: bool = False


def merge_calls(
    known: Calls, event: Presence, *, is_snapshot: bool = False
) -> MergedCalls:
    """Merge the calls of an event or a snapshot into the known ones.

    - A list replaces the known one; what an entry leaves out is kept. If there are more
      calls than it holds, known calls that it does not contain stay.
    - No list, but `NoCall`: all calls have ended.
    - No list and another status: it is that of the call, if there is only one.
    """
    listed, status = event.active_calls, event.telephony_status
    total = event.total_active_calls
    if listed is None:
        return _merge_status(known, status, total)
    return merge_list(known, event, listed, is_snapshot=is_snapshot)


def merge_list(
    known: Calls, event: Presence, listed: Calls, *, is_snapshot: bool
) -> MergedCalls:
    """Merge any list of calls."""
    status, total = event.telephony_status, event.total_active_calls
    living, ended = _split(listed, is_idle=status is _NO_CALL)
    if len(living) == 1:
        # What has no status of its own has that of the extension.
        living = _with_status(living, status)
    # Also if the status is that of calls that are not listed.
    is_cut = _is_cut(listed, living, total) or (
        bool(listed)
        and not living
        and status not in (None, _NO_CALL)
        and not is_snapshot
    )
    if has_same_parties(known, living):
        living = list(map(complete, living, known, strict=True))
    elif known:
        matches = match_calls(known, living, ended)
        former = [None if index is None else known[index] for index in matches]
        unlisted = [call for i, call in enumerate(known) if i not in matches]
        living = [
            call if before is None else complete(call, before)
            for call, before in zip(living, former, strict=True)
        ]
        if unlisted:
            living += [
                call
                for call in unlisted
                if _is_live(call, event, ended, is_cut=is_cut, is_snapshot=is_snapshot)
            ]
    calls = tuple(_with_status(living, status))
    return MergedCalls(
        calls, is_cut or _is_contradictory(calls, listed, status, total), is_cut
    )


def _merge_status(
    known: Calls, status: TelephonyStatus | None, total: int | None
) -> MergedCalls:
    if status is None:
        return MergedCalls(known, total not in (None, len(known)))
    if status is _NO_CALL:
        return MergedCalls((), needs_refresh=bool(total))
    if len(known) == 1 and status in _ANSWERED and total in (None, 1):
        known = (replace(known[0], telephony_status=status),)
    return MergedCalls(known, needs_refresh=True)


def _split(
    listed: Calls, *, is_idle: bool
) -> tuple[list[ActiveCall], list[ActiveCall]]:
    """Split a list into living and ended calls, each living one once.

    A living entry wins over an ended one of the same call, unless the extension is idle.
    """
    living: list[ActiveCall] = []
    ended: list[ActiveCall] = []
    for call in listed:
        (living if call.is_live else ended).append(call)
    if len(living) > 1 and not _are_distinct(living):
        living = _merge_copies(living)
    if living and ended and is_idle:
        living = [c for c in living if not any(is_same_call(c, e) for e in ended)]
    return living, ended


def _are_distinct(calls: list[ActiveCall]) -> bool:
    """Return whether all calls have a telephony session of their own."""
    sessions = {call.telephony_session_id for call in calls}
    return len(sessions) == len(calls) and not sessions & {None, ""}


def _merge_copies(calls: list[ActiveCall]) -> list[ActiveCall]:
    """Merge entries of one call: copies, and parties on several devices.

    The answered one wins, or else the last.
    """
    merged: list[ActiveCall] = []
    for call in calls:
        for index, other in enumerate(merged):
            if not (
                call.key == other.key
                or is_same_call(other, call)
                or (is_in_session(other, call) and has_same_number(other, call))
            ):
                continue
            if (
                call.telephony_status in _ANSWERED
                or other.telephony_status not in _ANSWERED
            ):
                merged[index] = complete(call, other)
            break
        else:
            merged.append(call)
    return merged


def complete(call: ActiveCall, known: ActiveCall) -> ActiveCall:
    """Return an entry with what it leaves out, such as ids, from the known call."""
    if call == known:
        return known
    if not _leaves_out(call, known) and call.sip_data == known.sip_data:
        return call
    return replace(
        _filled(call, known),
        termination_type=call.termination_type,
        sip_data=_filled(call.sip_data, known.sip_data)
        if call.sip_data and known.sip_data
        else call.sip_data or known.sip_data,
    )


def _leaves_out(call: ActiveCall, known: ActiveCall) -> bool:
    """Return whether an entry lacks a field of the known call."""
    # A loop over the fields takes four times as long.
    return bool(
        (known.id and not call.id)
        or (known.direction and not call.direction)
        or (known.queue_call and call.queue_call is None)
        or (known.from_ and not call.from_)
        or (known.from_name and not call.from_name)
        or (known.to and not call.to)
        or (known.to_name and not call.to_name)
        or (known.start_time and not call.start_time)
        or (known.telephony_status and not call.telephony_status)
        or (known.termination_type and not call.termination_type)
        or (known.session_id and not call.session_id)
        or (known.sip_data and not call.sip_data)
        or (known.telephony_session_id and not call.telephony_session_id)
        or (known.party_id and not call.party_id)
        or (known.on_behalf_of and not call.on_behalf_of)
        or (known.call_info and not call.call_info)
        or (known.appearance_info and not call.appearance_info)
    )


def _filled[M: Model](model: M, known: M) -> M:
    return type(model)(
        *[
            value if value or value is False else before
            for value, before in zip(astuple(model), astuple(known), strict=True)
        ]
    )


def _is_live(
    call: ActiveCall,
    event: Presence,
    ended: Sequence[ActiveCall],
    *,
    is_cut: bool,
    is_snapshot: bool,
) -> bool:
    """Return whether a known call that no living entry continues goes on."""
    is_idle = event.telephony_status is _NO_CALL
    for entry in ended:
        if is_same_call(call, entry):
            # The connection on one device has ended; the call if a snapshot says so.
            is_final = entry.termination_type is not TerminationType.INTERMEDIATE
            if not is_final or is_snapshot:
                return not is_final and not (is_idle and is_snapshot)
            # A copy that has ended, if the extension is on a call that is not listed.
            return call.telephony_status is event.telephony_status in _ANSWERED and (
                not any(other.is_live for other in event.active_calls or ())
            )
    if is_idle:
        return False
    # Of the two parties of a call to one's own number, an event lists only the one that
    # has changed.
    return is_cut or (
        not is_snapshot
        and event.total_active_calls is None
        and bool(call.telephony_session_id)
        and any(
            call.telephony_session_id == other.telephony_session_id
            and is_opposite(call, other)
            for other in event.active_calls or ()
        )
    )


def _with_status(
    calls: list[ActiveCall], status: TelephonyStatus | None
) -> list[ActiveCall]:
    """Return calls listed without a status with that of the extension, if it is theirs."""
    if status in UNCLEAR or status is _NO_CALL:
        return calls
    if len(calls) > 1 and status is not TelephonyStatus.PARKED_CALL:
        return calls
    # All calls at a park location are parked.
    return [
        replace(call, telephony_status=status) if not call.telephony_status else call
        for call in calls
    ]


def _is_cut(listed: Calls, living: Sequence[ActiveCall], total: int | None) -> bool:
    # It is not known whether the total includes listed calls that have just ended.
    is_full = len(listed) >= _MAX_LISTED_CALLS
    if total is None:
        return is_full
    return total > (len(living) if is_full else len(listed))


def _is_contradictory(
    calls: Calls, listed: Calls, status: TelephonyStatus | None, total: int | None
) -> bool:
    """Return whether calls contradict the other fields, or lack their status."""
    if total is not None and total < len(calls):
        return True
    statuses = {call.telephony_status for call in calls}
    if None in statuses:
        return True
    for call in listed:
        if call.termination_type is TerminationType.INTERMEDIATE:
            return True
    if status is None or status in statuses:
        return False
    if status is _NO_CALL or not calls:
        return (status is _NO_CALL) == bool(calls)
    return not {status, *statuses} & {TelephonyStatus.UNKNOWN}
