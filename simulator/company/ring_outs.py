"""RingOuts and their status."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from ..base import clock
from ..base.control_switches import ControlSwitches
from ..base.errors import ApiError, not_found
from ..base.wire import JsonObject
from .call import Call, IllegalMoveError, Target
from .call_control import CallControl
from .directory import Extension
from .parties import Party, RingOutRole

# Seconds that the status of a failed RingOut can be read.
_READABLE = 60
# What the reason of a party that was not reached is called here.
_LEG_STATUS = {
    "NoAnswer": "NoAnswer",
    "TargetBusy": "Busy",
    "Rejected": "Rejected",
    "InternationalDisabled": "InternationalDisabled",
    "DestinationBlocked": "DestinationBlocked",
    "NotEnoughFunds": "NotEnoughFunds",
    "NoSuchUser": "NosuchUser",
    "InvalidNumber": "Invalid",
    "InternalError": "GenericError",
}
type Failure = Literal[
    "NoAnswer",
    "TargetBusy",
    "Rejected",
    "InternationalDisabled",
    "DestinationBlocked",
    "NotEnoughFunds",
    "NoSuchUser",
    "InvalidNumber",
    "InternalError",
]


@dataclass(slots=True, kw_only=True)
class RingOut:
    """A RingOut with its sessions."""

    id: str
    owner_id: str
    call: Call
    # The session to the called phone; the same one by default.
    target_call: Call
    is_cancelled: bool = False

    @property
    def own(self) -> Party:
        """Return the party of the own phone."""
        return _of_role(self.call, "Initiator")[-1]

    @property
    def target(self) -> Party | None:
        """Return the called party, once it is called."""
        parties = _of_role(self.target_call, "Target")
        return parties[-1] if parties else None


@dataclass(slots=True, kw_only=True)
class RingOuts:
    """All RingOuts; their calls do not end by themselves, however long they ring."""

    calls: CallControl
    switches: ControlSwitches
    random: Random
    uri: Callable[[], str]
    by_id: dict[str, RingOut] = field(default_factory=dict)

    def start(
        self, owner: Extension, target: Target, *, number: str, is_own_phone: bool
    ) -> RingOut:
        """Ring the phone with a number; `is_own_phone`: it is no outside phone."""
        is_shown = is_own_phone or self.switches.ring_out_outside == "shown"
        call = self.calls.ring_own_phone(
            owner, target, number=number, is_shown=is_shown
        )
        ring_out = RingOut(
            id=self._new_id(call),
            owner_id=owner.id,
            call=call,
            target_call=self.calls.calls.get(call.partner or "", call),
        )
        self.by_id[ring_out.id] = ring_out
        return ring_out

    def _new_id(self, call: Call) -> str:
        match self.switches.ring_out_id:
            case "session":
                return call.id
            case "text":
                return f"Y3M{self.random.getrandbits(64):016x}"
            case "number":
                return str(self.random.randrange(10**8, 10**9))

    def find(self, owner_id: str, ring_out_id: str) -> RingOut:
        """Return a RingOut of an extension; raises ApiError."""
        ring_out = self.by_id.get(ring_out_id)
        if ring_out is None or ring_out.owner_id != owner_id:
            raise _not_found()
        return ring_out

    def resource(self, ring_out: RingOut) -> JsonObject:
        """Return the REST resource of a RingOut; raises ApiError once it is over."""
        call_status, caller_status, callee_status = self._statuses(ring_out)
        path = f"extension/{ring_out.owner_id}/ring-out/{ring_out.id}"
        shown_id: int | str = ring_out.id
        if ring_out.id.isdecimal():
            shown_id = int(ring_out.id)
        return {
            "uri": f"{self.uri()}/{path}",
            "id": shown_id,
            "status": {
                "callStatus": call_status,
                "callerStatus": caller_status,
                "calleeStatus": callee_status,
            },
        }

    def _statuses(self, ring_out: RingOut) -> tuple[str, str, str]:
        """Return the status of the call, of the own phone and of the callee."""
        own, target = ring_out.own, ring_out.target
        ended_at = ring_out.call.ended_at
        if ended_at is None:
            ended_at = ring_out.target_call.ended_at
        if own.is_ringing:
            return "InProgress", "InProgress", "InProgress"
        is_connected = target is not None and target.answered_at is not None
        if ended_at is None:
            if is_connected:
                return "Success", "Success", "Success"
            return "InProgress", "Success", "InProgress"
        is_old = clock.wall() - ended_at > _READABLE
        if is_connected or is_old or ring_out.is_cancelled:
            return self._over()
        if own.answered_at is None:
            reason = own.reason or "NoAnswer"
            return "CannotReach", _LEG_STATUS.get(reason, "NoAnswer"), "InProgress"
        # Also when the own phone hangs up.
        reason = (target.reason if target is not None else None) or "Rejected"
        return "CannotReach", "Success", _LEG_STATUS.get(reason, "Rejected")

    def _over(self) -> tuple[str, str, str]:
        status = self.switches.ring_out_over
        if status == "404":
            raise _not_found()
        return status, status, status

    def cancel(self, ring_out: RingOut) -> None:
        """Cancel a RingOut; raises ApiError."""
        if ring_out.call.ended_at is not None:
            raise _not_found()
        if ring_out.own.answered_at is not None:
            match self.switches.ring_out_late_cancel:
                case "no_effect":
                    return
                case "404":
                    raise _not_found()
                case "ended":
                    pass
        ring_out.is_cancelled = True
        self.calls.drop_session(ring_out.call, ring_out.own, "Cancelled")

    # What people do; raise IllegalMoveError and UnknownCallError.

    def answer_own(self, ring_out: RingOut) -> None:
        """Pick up the own phone; the callee's phone rings then."""
        if not ring_out.own.is_ringing:
            raise IllegalMoveError("The own phone does not ring")
        self.calls.move(ring_out.call.id, "answer")

    def answer(self, ring_out: RingOut) -> None:
        """Pick up at the callee's phone."""
        if ring_out.target is None or not ring_out.target.is_ringing:
            raise IllegalMoveError("The called phone does not ring")
        self.calls.move(ring_out.target_call.id, "answer")

    def fail(self, ring_out: RingOut, failure: Failure) -> None:
        """Do not reach the phone that rings: the own one, or the callee's."""
        if ring_out.own.is_ringing:
            self.calls.drop_session(ring_out.call, ring_out.own, failure)
        elif ring_out.target is not None and ring_out.target.is_ringing:
            self.calls.drop_session(ring_out.target_call, ring_out.target, failure)
        else:
            raise IllegalMoveError("No phone rings")


def _of_role(call: Call, role: RingOutRole) -> list[Party]:
    return [party for party in call.everyone if party.ring_out_role == role]


def _not_found() -> ApiError:
    return not_found("ringoutId")
