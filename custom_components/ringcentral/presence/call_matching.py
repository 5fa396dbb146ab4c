"""Match listed calls with the known calls of an extension. Pure.

Ids of a call come late, change, or are left out by REST. A call is known by all ids that
were listed for it: `presence/call_list` keeps those that a later entry leaves out.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall

_DIRECTIONS = frozenset({Direction.INBOUND, Direction.OUTBOUND})


def match_calls(
    known: Sequence[ActiveCall],
    living: Sequence[ActiveCall],
    ended: Iterable[ActiveCall] = (),
) -> list[int | None]:
    """Return for each living call the index of the known call that it continues.

    `ended` are the other entries of the list.
    """
    if has_same_parties(known, living):
        return list(range(len(known)))
    left = {call.key: index for index, call in enumerate(known)}
    matches = [left.pop(call.key, None) for call in living]
    if not left or None not in matches:
        return matches
    unmatched = set(left.values())
    for relation in (is_same_call, is_other_party):
        _match(known, living, matches, unmatched, relation)
    unmatched -= {
        index
        for index in unmatched
        if any(is_same_call(known[index], call) for call in ended)
    }
    _match_uniquely(known, living, matches, unmatched)
    return matches


def _match_uniquely(
    known: Sequence[ActiveCall],
    living: Sequence[ActiveCall],
    matches: list[int | None],
    unmatched: set[int],
) -> None:
    """Match calls without a common id, if there is only one for each."""
    pairs = [
        (position, index)
        for position, call in enumerate(living)
        if matches[position] is None
        for index in unmatched
        if _may_be_same_call(known[index], call)
    ]
    positions, indexes = [p for p, _ in pairs], [i for _, i in pairs]
    for position, index in pairs:
        if positions.count(position) == indexes.count(index) == 1:
            matches[position] = index


def has_same_parties(known: Sequence[ActiveCall], living: Sequence[ActiveCall]) -> bool:
    """Return whether both lists contain the same calls in the same order."""
    if len(known) != len(living):
        return False
    # Without `zip`, which takes longer than the rest.
    for index, call in enumerate(living):
        before = known[index]
        if before is not call and not (
            call.party_id
            and call.party_id == before.party_id
            and call.telephony_session_id
            and call.telephony_session_id == before.telephony_session_id
        ):
            return False
    return True


def _match(
    known: Sequence[ActiveCall],
    living: Sequence[ActiveCall],
    matches: list[int | None],
    unmatched: set[int],
    relation: Callable[[ActiveCall, ActiveCall], bool],
) -> None:
    for position, call in enumerate(living):
        if matches[position] is None:
            found = (i for i in sorted(unmatched) if relation(known[i], call))
            if (index := next(found, None)) is not None:
                matches[position] = index
                unmatched.remove(index)


def is_same_call(known: ActiveCall, call: ActiveCall) -> bool:
    """Return whether two entries have an id in common, and none that differs.

    `id` is no such id if it differs: a call gets another one when it is answered.
    """
    sessions = known.telephony_session_id, call.telephony_session_id
    parties = known.party_id, call.party_id
    if sessions[0] and sessions[1] and parties[0] and parties[1]:
        return sessions[0] == sessions[1] and parties[0] == parties[1]
    if is_opposite(known, call) or _differ(*sessions) or _differ(*parties):
        return False
    legs = known.leg_id, call.leg_id
    if all(legs):
        return legs[0] == legs[1]
    # While a call rings, `id` is that of its telephony session.
    return bool(
        {*sessions[:1], *parties[:1], known.id} - {None, ""}
        & {*sessions[1:], *parties[1:], call.id}
    )


def is_other_party(known: ActiveCall, call: ActiveCall) -> bool:
    """Return whether a call is another party of a known call, in whose place it is.

    An answered call that rings again as another party is a new one.
    """
    return is_in_session(known, call) and _may_continue(known, call)


def is_in_session(call: ActiveCall, other: ActiveCall) -> bool:
    """Return whether two parties are of one telephony session, and on the same side."""
    session = call.telephony_session_id
    return (
        bool(session)
        and session == other.telephony_session_id
        and not is_opposite(call, other)
    )


def _may_continue(known: ActiveCall, call: ActiveCall) -> bool:
    return (
        known.telephony_status in _NOT_ANSWERED
        or call.telephony_status is not TelephonyStatus.RINGING
    )


def has_same_number(call: ActiveCall, other: ActiveCall) -> bool:
    """Return whether the other parties of two calls have no different numbers."""
    return not _differ(call.other_address, other.other_address)


def is_opposite(call: ActiveCall, other: ActiveCall) -> bool:
    """Return whether two calls have different directions."""
    return {call.direction, other.direction} == _DIRECTIONS


_NOT_ANSWERED = frozenset({None, TelephonyStatus.UNKNOWN, TelephonyStatus.RINGING})


def _may_be_same_call(known: ActiveCall, call: ActiveCall) -> bool:
    """Return whether nothing but `id` differs, and the numbers are the same."""
    return (
        not is_opposite(known, call)
        and has_same_number(known, call)
        and not _differ(known.telephony_session_id, call.telephony_session_id)
        and not _differ(known.party_id, call.party_id)
        and not _differ(known.leg_id, call.leg_id)
        and (
            not (_has_only_id(known) and _has_only_id(call))
            or known.start_time == call.start_time is not None
        )
        and _may_continue(known, call)
    )


def _has_only_id(call: ActiveCall) -> bool:
    return not (call.telephony_session_id or call.party_id or call.leg_id)


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other and one != other)


def call_session(call: ActiveCall) -> Hashable:
    """Return the id that the parties of a call have in common, as far as known."""
    return call.telephony_session_id or call.leg_id or call.id or call.key
