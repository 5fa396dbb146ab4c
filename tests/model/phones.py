"""Everything that users, callers and exchanges may do to calls, as numbered choices."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from simulator import Party, Simulator
from simulator.company.call import Call

type Choice = tuple[str, Callable[[], object]]

# Callers from outside; the last two are hidden.
_CALLERS: Final = (
    ("Marla Tidewell", "+16505550140"),
    ("Otto Harbinger", "+16505550141"),
    (None, "anonymous"),
    (None, ""),
)
# Dialled numbers, one for each phone: a call from a number that the same phone dials looks
# like a RingOut.
_DIALLED: Final = "+1650555019{}"
_MOST_CALLS_OF_A_PHONE: Final = 3
_MOST_CALLS: Final = 5
_UNANSWERED: Final = frozenset({"Ringing"})


class Phones:
    """Some extensions of a simulated platform, and what may be done with them."""

    callers: Sequence[tuple[str | None, str]] = _CALLERS

    def __init__(self, simulator: Simulator, numbers: Sequence[str]) -> None:
        """Initialize without calls."""
        self._simulator = simulator
        self.numbers = numbers
        self._number_of = {simulator.extension(n).id: n for n in numbers}
        self._queue_calls: set[str] = set()

    @property
    def calls(self) -> list[Call]:
        """All calls, oldest first; the second session of a RingOut is no call of its own."""
        calls = list(self._simulator.account.calls)
        others = {call.leg_of for call in calls}
        return [call for call in calls if call.id not in others]

    def start(self, kind: str, first: int, second: int) -> str | None:
        """Start a call, if the phones are not too busy; return its description."""
        number = self.numbers[first % len(self.numbers)]
        other = self.numbers[(first + 1 + second) % len(self.numbers)]
        free = [n for n in self.numbers if self._is_free(n)]
        if len(self.calls) >= _MOST_CALLS or number not in free:
            return None
        name, outside = self.callers[second % len(self.callers)]
        ring = self._simulator.ring
        is_inside = other in free and other != number
        if is_inside:
            is_inside = not self._are_connected(number, other)
        match kind:
            case "call in":
                ring(number, outside, from_name=name)
            case "call out":
                ring(_DIALLED.format(first % 10), number, direction="Outbound")
            case "call inside" if is_inside:
                ring(other, number)
            case "group" | "queue":
                group = [n for n in free if n != number][: 1 + second % 2]
                party = ring(
                    number,
                    outside,
                    from_name=name,
                    queue_call=kind == "queue",
                    group=group,
                )
                if kind == "queue":
                    self._queue_calls.add(party.telephony_session_id)
            case "ring out":
                to = _DIALLED.format(first % 10)
                if second % 2 and is_inside:
                    to = other
                self._simulator.ring_out(number, to)
            case _:
                return None
        return f"{kind} {number}"

    def move(self, first: int, second: int) -> str | None:
        """Make one of the possible moves of one of the calls; return its description."""
        calls = self.calls
        if not calls:
            return None
        choices = list(self._choices(calls[first % len(calls)]))
        name, act = choices[second % len(choices)]
        act()
        return name

    def end_all(self) -> None:
        """End all calls."""
        for call in list(self._simulator.account.calls):
            self._simulator.end(call.id)

    def _are_connected(self, number: str, other: str) -> bool:
        """Return whether two phones have a call with each other."""
        ids = {self._simulator.extension(n).id for n in (number, other)}
        return any(
            ids <= {party.extension_id for party in (*call.parties, *call.paused)}
            for call in self._simulator.account.calls
        )

    def _is_free(self, number: str) -> bool:
        extension_id = self._simulator.extension(number).id
        calls = self._simulator.account.calls
        paused = sum(
            party.extension_id == extension_id
            for call in calls
            for party in call.paused
        )
        return len(calls.of_extension(extension_id)) + paused < _MOST_CALLS_OF_A_PHONE

    def _choices(self, call: Call) -> Iterator[Choice]:
        """Yield the possible moves of a call, the most frequent ones first."""
        simulator = self._simulator
        if call.leg_of is not None:
            yield from self._ring_out_choices(call, call.leg_of)
            return
        for party in [*call.parties]:
            if party.extension_id in self._number_of:
                for name, act in self._party_choices(call, party):
                    yield f"{name} {self._number_of[party.extension_id]}", act
        for party in [*call.paused]:
            number = self._number_of[party.extension_id]
            resume = partial(simulator.resume, call.id, number)
            yield f"resume {number}", resume
            if party.direction == "Inbound":
                yield (
                    f"resume {number} as another party",
                    partial(resume, as_other_party=True),
                )
        if call.id in self._queue_calls and all(
            party.status in _UNANSWERED for party in call.parties
        ):
            for number in self._absent(call):
                yield f"offer {number}", partial(simulator.offer, call.id, number)
        yield "end", partial(simulator.end, call.id)

    def _party_choices(self, call: Call, party: Party) -> Iterator[Choice]:
        number = self._number_of[party.extension_id]
        simulator = self._simulator
        one = (call.id, number)
        inbound = party.direction == "Inbound"
        others = [
            p
            for p in (*call.parties, *call.paused)
            if p.direction == "Inbound" and p is not party
        ]
        match party.status:
            case "Ringing":
                # A call to a phone here is answered there.
                if inbound or not others:
                    yield "answer", partial(simulator.answer, *one)
                yield "pause", partial(simulator.pause, *one)
                yield "flip", partial(simulator.flip, *one)
                if inbound and others:
                    decline = simulator.account.calls.decline
                    yield "decline", partial(decline, call.id, party.extension_id)
            case "CallConnected" | "OnHold" as status:
                if status == "OnHold":
                    yield "unhold", partial(simulator.unhold, *one)
                else:
                    yield "hold", partial(simulator.hold, *one)
                yield "park", partial(simulator.park, *one)
                yield "flip", partial(simulator.flip, *one)
                for to in self._absent(call)[:2]:
                    yield f"transfer to {to}", partial(simulator.transfer, *one, to)
            case "ParkedCall":
                yield "unpark", partial(simulator.unpark, *one)
                yield "ring back", partial(simulator.ring_back, *one)

    def _ring_out_choices(self, call: Call, other_id: str) -> Iterator[Choice]:
        simulator = self._simulator
        other = simulator.account.calls.call(other_id)
        if call.parties[0].status == "Ringing":
            yield "pick up ring out", partial(simulator.answer, call.id)
        elif other.parties[0].status == "Ringing":
            yield "answer ring out", partial(simulator.answer, other_id)
        yield (
            "end ring out",
            partial(simulator.account.calls.end_together, [call.id, other_id]),
        )

    def _absent(self, call: Call) -> list[str]:
        present = {p.extension_id for p in (*call.parties, *call.paused)}
        return [
            number
            for extension_id, number in self._number_of.items()
            if extension_id not in present and self._is_free(number)
        ]
