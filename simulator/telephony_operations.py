"""What people do at their phones with calls, RingOuts and the phones themselves."""

from collections.abc import Sequence
from typing import Literal

from .company.call import Call, IllegalMoveError, Target, UnknownCallError
from .company.devices import Device
from .company.parties import Party
from .company.ring_outs import RingOut
from .team_operations import TeamOperations

type PhoneMove = Literal[
    "reject", "mute", "unmute", "transfer", "forward", "pick_up", "hold_at_phone"
]
type RingOutMove = Literal["answer_own", "answer", "refuse", "busy"]

PHONE_MOVES: tuple[PhoneMove, ...] = (
    "reject",
    "mute",
    "unmute",
    "transfer",
    "forward",
    "pick_up",
    "hold_at_phone",
)
RING_OUT_MOVES: tuple[RingOutMove, ...] = ("answer_own", "answer", "refuse", "busy")

# What a move at a phone needs of the party.
_NEEDED = {
    "reject": ("Setup", "Proceeding"),
    "forward": ("Setup", "Proceeding"),
    "transfer": ("Answered", "Hold"),
    "mute": ("Answered",),
    "unmute": ("Answered",),
    "hold_at_phone": ("Answered",),
}


class TelephonyOperations(TeamOperations):
    """A platform whose calls are moved at phones, party by party."""

    def session(self, session_id: str) -> Call:
        """Return a session, also one that has ended; raises LookupError."""
        calls = self.account.calls
        call = calls.calls.get(session_id) or calls.ended_calls.get(session_id)
        if call is None:
            raise UnknownCallError("No such call")
        return call

    def move_at_phone(
        self, session_id: str, move: PhoneMove, extension: str, to: str | None = None
    ) -> Party:
        """Apply a move to the party of an extension; `to` is a number.

        Raises LookupError, IllegalMoveError, and ValueError if `to` is missing.
        """
        calls = self.account.calls
        owner = self.directory.by_number(extension)
        if move == "pick_up":
            call = calls.call(session_id)
            parked = [party for party in call.living if party.code == "Parked"]
            if not parked:
                raise IllegalMoveError("No party is parked")
            return calls.pick_up(call, parked[0], owner, "")
        call, party = calls.find(session_id, owner.id)
        if party.code not in _NEEDED[move]:
            raise IllegalMoveError("This phone may not do that now")
        match move:
            case "reject":
                if party.direction != "Inbound":
                    raise IllegalMoveError("The phone has dialed")
                return calls.reject(call, party)
            case "mute" | "unmute":
                return calls.mute(call, party, move == "mute")
            case "hold_at_phone":
                return calls.hold(call, party, at_phone=True)
            case "transfer":
                return calls.transfer_to(call, party, self._target(to))
            case "forward":
                if party.direction != "Inbound":
                    raise IllegalMoveError("The phone has dialed")
                return calls.forward(call, party, self._target(to))

    def _target(self, number: str | None) -> Target:
        if not number:
            raise ValueError("The number to pass the call to is missing: to")
        extension = self.devices.reached(number)
        name = extension.name if extension is not None else None
        is_place = extension is not None and extension.type == "ParkLocation"
        return Target(number, name, extension, "park" if is_place else "phone")

    # RingOut

    def find_ring_out(self, ring_out_id: str) -> RingOut:
        """Return a RingOut, also one that is over; raises LookupError."""
        try:
            return self.ring_outs.by_id[ring_out_id]
        except KeyError:
            raise LookupError("No such RingOut") from None

    def move_ring_out(self, ring_out_id: str, move: RingOutMove) -> None:
        """Let the phone that rings pick up, refuse or be busy.

        Raises LookupError and IllegalMoveError.
        """
        ring_out = self.find_ring_out(ring_out_id)
        match move:
            case "answer_own":
                self.ring_outs.answer_own(ring_out)
            case "answer":
                self.ring_outs.answer(ring_out)
            case "refuse":
                self.ring_outs.fail(ring_out, "Rejected")
            case "busy":
                self.ring_outs.fail(ring_out, "TargetBusy")

    # Phones

    def devices_of(self, number: str) -> list[Device]:
        """Return the phones of an extension; raises LookupError."""
        return self.devices.of(self.directory.by_number(number))

    def set_devices(self, number: str, devices: Sequence[Device] | None) -> None:
        """Replace the phones of an extension; None: the usual ones."""
        self.devices.set(self.directory.by_number(number), devices)
