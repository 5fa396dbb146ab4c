"""What the status of a RingOut means. Pure."""

from typing import Final

from ..api.models.telephony import RingOut, RingOutStatus as Status
from .models import DialState

# Any other one is a failure. An unknown word says nothing.
_STATES: Final = {
    Status.FINISHED: DialState.OVER,
    Status.NO_SESSION_FOUND: DialState.OVER,
    Status.NO_ANSWER: DialState.NO_ANSWER,
    Status.BUSY: DialState.BUSY,
    Status.REJECTED: DialState.REJECTED,
    Status.IN_PROGRESS: DialState.DIALING,
    Status.SUCCESS: DialState.DIALING,
    Status.UNKNOWN: DialState.DIALING,
    None: DialState.DIALING,
}
# Why one of the calls failed says more than that the RingOut did.
_RANKS: Final = {DialState.OVER: 0, DialState.FAILED: 2, DialState.DIALING: 3}


def dial_state(ring_out: RingOut) -> DialState:
    """Return how far a RingOut is; `DIALING` if its outcome is open."""
    statuses = ring_out.caller, ring_out.callee, ring_out.status
    states = [_STATES.get(status, DialState.FAILED) for status in statuses]
    state = min(states, key=lambda state: _RANKS.get(state, 1))
    is_up = ring_out.callee is Status.SUCCESS or (
        ring_out.status is Status.SUCCESS and ring_out.callee is not Status.IN_PROGRESS
    )
    return DialState.CONNECTED if is_up and state is DialState.DIALING else state
