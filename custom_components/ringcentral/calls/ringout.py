"""Recognize the first leg of an own RingOut, which looks like an incoming call. Pure.

The platform lists a RingOut as two calls with swapped numbers: the own phone, which rings
first, and the dialled number. A call from a number that is being dialled already is none.
"""

from collections.abc import Sequence
from typing import Final

from ..api.models.enums import Direction
from ..api.models.presence import ActiveCall

# Fewer digits are an extension number, which must be equal as a whole.
_MIN_DIGITS: Final = 7


def ringout_legs(calls: Sequence[ActiveCall], known: Sequence[int | None]) -> set[int]:
    """Return the positions of calls that are the first leg of a call listed with them.

    `known` is None for each call that is new.
    """
    dialed = [
        call
        for call, index in zip(calls, known, strict=True)
        if index is None and call.direction is Direction.OUTBOUND
    ]
    return {
        position
        for position, call in enumerate(calls)
        if call.direction is Direction.INBOUND
        and any(_is_first_leg(call, other) for other in dialed)
    }


def _is_first_leg(call: ActiveCall, outbound: ActiveCall) -> bool:
    # A call to one's own number has two parties of one telephony session.
    session = call.telephony_session_id
    return (
        (not session or session != outbound.telephony_session_id)
        and not _is_same_number(call.from_, call.to)
        and _is_same_number(call.from_, outbound.to)
        and _is_same_number(call.to, outbound.from_)
    )


def _is_same_number(one: str | None, other: str | None) -> bool:
    shorter, longer = sorted((_digits(one), _digits(other)), key=len)
    if len(shorter) < _MIN_DIGITS:
        return bool(shorter) and shorter == longer
    return longer.endswith(shorter)


def _digits(number: str | None) -> str:
    return "".join(filter(str.isdecimal, number or ""))
