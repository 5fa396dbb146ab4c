"""Recognize the first leg of an own RingOut, which looks like an incoming call. Pure.

The platform lists a RingOut as two calls with swapped numbers: the own phone, which rings
first, and the dialled number. A call from a number that is being dialled already is none,
unless the ids of the two call sessions are as far apart as those of a RingOut.
"""

from collections.abc import Sequence
from typing import Final

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall

# Fewer digits are an extension number, which must be equal as a whole.
_MIN_DIGITS: Final = 7
# Between the ids of the call sessions of the two legs.
_DISTANCES: Final = frozenset({1000, 2000, 3000, 4000})
_OF_LEG: Final = (TelephonyStatus.RINGING, TelephonyStatus.CALL_CONNECTED)


def ringout_legs(calls: Sequence[ActiveCall], known: Sequence[int | None]) -> set[int]:
    """Return the positions of calls that are the first leg of a call listed with them.

    `known` is None for each call that is new.
    """
    dialed = [
        (call, index is None)
        for call, index in zip(calls, known, strict=True)
        if call.direction is Direction.OUTBOUND
    ]
    return {
        position
        for position, call in enumerate(calls)
        if call.direction is Direction.INBOUND
        and call.telephony_status in _OF_LEG
        and any(
            _is_first_leg(call, other) and (is_new or _is_same_ringout(call, other))
            for other, is_new in dialed
        )
    }


def _is_same_ringout(call: ActiveCall, outbound: ActiveCall) -> bool:
    ids = call.session_id or "", outbound.session_id or ""
    return (
        outbound.telephony_status is TelephonyStatus.RINGING
        and ids[0].isdecimal()
        and ids[1].isdecimal()
        and abs(int(ids[0]) - int(ids[1])) in _DISTANCES
    )


def _is_first_leg(call: ActiveCall, outbound: ActiveCall) -> bool:
    # Of a call to one's own number, both parties have the same numbers.
    return (
        not is_same_number(call.from_, call.to)
        and is_same_number(call.from_, outbound.to)
        and is_same_number(call.to, outbound.from_)
    )


def is_same_number(one: str | None, other: str | None) -> bool:
    """Return whether two numbers are the same; one of them may lack a prefix."""
    shorter, longer = sorted((_digits(one), _digits(other)), key=len)
    if len(shorter) < _MIN_DIGITS:
        return bool(shorter) and shorter == longer
    return longer.endswith(shorter)


def _digits(number: str | None) -> str:
    return "".join(filter(str.isdecimal, number or ""))
