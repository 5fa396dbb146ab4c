"""Recognize the first leg of an own RingOut, which looks like an incoming call. Pure.

The platform lists a RingOut as two calls with swapped numbers: the own phone, which rings
first, and the dialled number. A call from a number that is being dialled already is none,
unless the ids of the two call sessions are as far apart as those of a RingOut.
"""

from collections.abc import Collection, Sequence
from typing import Final

from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..presence.call_matching import call_session

# Fewer digits are an extension number, which must be equal as a whole.
_MIN_DIGITS: Final = 7
# Between the ids of the call sessions of the two legs.
_DISTANCES: Final = frozenset({1000, 2000, 3000, 4000})
_OF_LEG: Final = (TelephonyStatus.RINGING, TelephonyStatus.CALL_CONNECTED)


def ringout_legs(
    calls: Sequence[ActiveCall],
    known: Sequence[int | None],
    merged: Collection[str] = (),
) -> set[int]:
    """Return the positions of calls that are the first leg of a call listed with them.

    `known` is None for each call that is new. `merged` are sessions whose first leg is
    known, and listed as one call with the second one.
    """
    dialed = [
        (call, index is None)
        for call, index in zip(calls, known, strict=True)
        if call.direction is Direction.OUTBOUND
        and call.telephony_session_id not in merged
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
    return outbound.telephony_status is TelephonyStatus.RINGING and are_apart(
        call, outbound
    )


def are_apart(call: ActiveCall, other: ActiveCall) -> bool:
    """Return whether the ids of two call sessions are as far apart as those of a RingOut."""
    ids = call.session_id or "", other.session_id or ""
    return (
        call_session(call) != call_session(other)
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
    digits = _digits(one), _digits(other)
    # A national number may begin with a zero in place of the country code.
    shorter, longer = sorted([text.lstrip("0") for text in digits], key=len)
    if len(shorter) < _MIN_DIGITS:
        return bool(digits[0]) and digits[0] == digits[1]
    return longer.endswith(shorter)


def _digits(number: str | None) -> str:
    return "".join(filter(str.isdecimal, number or ""))
