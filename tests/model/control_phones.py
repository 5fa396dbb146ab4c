"""Phones of people whose calls are also controlled by requests."""

from collections.abc import Iterator
from functools import partial
from typing import Final, override

from simulator.company.call import Call, IllegalMoveError
from simulator.company.parties import Party
from simulator.company.ring_outs import RingOut

from .phones import Choice, Phones

# A hidden caller may be taken for the called phone of a RingOut: numbers tell them apart.
CALLERS: Final = (
    ("Marla Tidewell", "+16505550140"),
    ("Otto Harbinger", "+16505550141"),
)


class ControlPhones(Phones):
    """What people do with calls that requests may have changed."""

    callers = CALLERS

    @override
    def move(self, first: int, second: int) -> str | None:
        try:
            return super().move(first, second)
        except IllegalMoveError as err:
            return f"impossible: {err}"

    @override
    def _choices(self, call: Call) -> Iterator[Choice]:
        if (ring_out := self._ring_out(call)) is None:
            yield from super()._choices(call)
            return
        ring_outs = self._simulator.ring_outs
        own, target = ring_out.own, ring_out.target
        if own.is_ringing:
            yield "pick up the own phone", partial(ring_outs.answer_own, ring_out)
            yield (
                "reject at the own phone",
                partial(ring_outs.fail, ring_out, "Rejected"),
            )
        elif target is not None and target.is_ringing:
            yield "answer the dialed call", partial(ring_outs.answer, ring_out)
            yield "be busy", partial(ring_outs.fail, ring_out, "TargetBusy")
        yield "end the dialed call", partial(self.end, ring_out)

    def end(self, ring_out: RingOut) -> None:
        """Hang up the own phone of a RingOut."""
        self._simulator.account.calls.drop_session(ring_out.call, ring_out.own)

    @property
    def ring_outs(self) -> list[RingOut]:
        """RingOuts by request that have not ended."""
        ring_outs = self._simulator.ring_outs.by_id.values()
        return [r for r in ring_outs if r.call.ended_at is None]

    def _ring_out(self, call: Call) -> RingOut | None:
        return next(
            (r for r in self.ring_outs if call in (r.call, r.target_call)), None
        )

    @override
    def _party_choices(self, call: Call, party: Party) -> Iterator[Choice]:
        yield from super()._party_choices(call, party)
        number = self._number_of[party.extension_id]
        move = partial(self._simulator.move_at_phone, call.id)
        if party.is_ringing and party.direction == "Inbound":
            yield "reject", partial(move, "reject", number)
        elif party.code == "Answered":
            yield "hold with the key", partial(move, "hold_at_phone", number)
