"""What the status of a RingOut means. Pure."""

from typing import Final

from ..api.models.telephony import RingOut, RingOutStatus as Status
from .models import DialState

_OVER: Final = (Status.FINISHED, Status.NO_SESSION_FOUND)
_WORDS: Final = {
    Status.NO_ANSWER: DialState.NO_ANSWER,
    Status.BUSY: DialState.BUSY,
    Status.REJECTED: DialState.REJECTED,
}
# An unknown word says nothing.
_GOES_ON: Final = (Status.IN_PROGRESS, Status.SUCCESS, Status.UNKNOWN, None)


def dial_state(ring_out: RingOut) -> DialState:
    """Return how far a RingOut is; `DIALING` if its outcome is open."""
    calls = ring_out.caller, ring_out.callee
    if any(status in _OVER for status in (ring_out.status, *calls)):
        return DialState.OVER
    for status in (*calls, ring_out.status):
        # Why one of the calls failed says more than that the RingOut did.
        if status in _WORDS:
            return _WORDS[status]
    if not all(status in _GOES_ON for status in (ring_out.status, *calls)):
        return DialState.FAILED
    if ring_out.status is Status.SUCCESS or calls == (Status.SUCCESS, Status.SUCCESS):
        is_reached = ring_out.callee is not Status.IN_PROGRESS
        return DialState.CONNECTED if is_reached else DialState.DIALING
    return DialState.DIALING
