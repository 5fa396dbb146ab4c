"""Random actions of the users of the simulated platform."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from simulator import Simulator
from simulator.base.wire import JsonValue
from simulator.company.call import Call, IllegalMoveError
from simulator.company.calls import MOVES, CallMove
from simulator.company.directory import Extension

# Fictional external callers, who must not appear in a log line.
CALLERS: Final = (
    ("Marla Tidewell", "+16505550140"),
    ("Otto Harbinger", "+16505550141"),
    ("Sunny Delivery Co.", "+16505550146"),
    (None, "+16505550152"),
)
_HIRED: Final = ("Zelda Quillfeather", "Bram Ottersby", "Ione Cloudberry")
_RENAMED: Final = ("Tansy Overbrook", "Leopold Fennimore")
INVENTED_NAMES: Final = (*_HIRED, *_RENAMED)
_OWNER: Final = "101"
_MOST_CALLS: Final = 3
_FEWEST_PEOPLE, _MOST_PEOPLE = 6, 14

# Presence as people change it: field and the values that they choose from.
_MOODS: Final[tuple[tuple[str, tuple[JsonValue, ...]], ...]] = (
    ("userStatus", ("Available", "Busy", "Offline")),
    (
        "dndStatus",
        ("TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"),
    ),
    ("meetingStatus", ("Connected", "Disconnected")),
    ("allowSeeMyPresence", (True, True, True, False)),
)
# Moves of a call, with their weights.
_MOVE_WEIGHTS: Final[dict[CallMove, int]] = {
    "answer": 5,
    "hold": 2,
    "unhold": 3,
    "park": 1,
    "unpark": 2,
    "end": 2,
}


class Office:
    """Performs one random action at a time."""

    def __init__(self, simulator: Simulator, random: Random) -> None:
        """Initialize with a random source."""
        self._simulator = simulator
        self._random = random
        self._deeds: dict[Callable[[], None], int] = {
            self._call_from_outside: 12,
            self._call_to_outside: 6,
            self._call_inside: 8,
            self._call_a_queue: 3,
            self._call_the_park_location: 1,
            self._move_a_call: 45,
            self._decline: 2,
            self._change_mood: 16,
            self._change_favorites: 2,
            self._change_lines: 2,
            self._rename: 1,
            self._hire: 1,
            self._dismiss: 1,
        }

    def act(self) -> None:
        """Perform one action, or none if it is impossible."""
        (deed,) = self._random.choices(
            tuple(self._deeds), weights=tuple(self._deeds.values())
        )
        deed()

    def rush(self, times: int) -> None:
        """Make more changes at once than a buffer holds."""
        people = self._people()
        for turn in range(times):
            self._simulator.change_extension(
                people[turn % len(people)].number,
                userStatus=("Busy", "Available")[turn // len(people) % 2],
            )

    # Calls

    def _call_from_outside(self) -> None:
        if (person := self._free()) is not None:
            name, number = self._random.choice(CALLERS)
            self._simulator.ring(person.number, number, from_name=name)

    def _call_to_outside(self) -> None:
        if (person := self._free()) is not None:
            name, number = self._random.choice(CALLERS)
            self._simulator.ring(
                number, person.number, to_name=name, direction="Outbound"
            )

    def _call_inside(self) -> None:
        caller, called = self._free(), self._free()
        if caller is not None and called is not None and caller is not called:
            self._simulator.ring(called.number, caller.number)

    def _call_a_queue(self) -> None:
        queues = [e for e in self._simulator.extensions if e.type == "Department"]
        queue = self._random.choice(queues)
        if self._simulator.account.agents(queue):
            name, number = self._random.choice(CALLERS)
            self._simulator.ring(queue.number, number, from_name=name)

    def _call_the_park_location(self) -> None:
        park = next(e for e in self._simulator.extensions if e.type == "ParkLocation")
        if not self._simulator.account.calls.of_extension(park.id):
            self._simulator.ring(park.number, CALLERS[0][1])

    def _move_a_call(self) -> None:
        calls = list(self._simulator.account.calls)
        if calls:
            self._move(self._random.choice(calls))

    def _move(self, call: Call) -> None:
        for move in self._moves():
            try:
                self._simulator.move(call.id, move)
            except IllegalMoveError:
                continue
            return

    def _moves(self) -> Sequence[CallMove]:
        """Return all moves in a random order that prefers the frequent ones."""
        return sorted(
            MOVES, key=lambda move: self._random.random() ** (1 / _MOVE_WEIGHTS[move])
        )[::-1]

    def _decline(self) -> None:
        """Decline a call at one of the ringing phones."""
        ringing = [
            (call.id, party.extension_id)
            for call in self._simulator.account.calls
            for party in call.parties
            if party.status == "Ringing" and party.direction == "Inbound"
        ]
        if ringing:
            self._simulator.account.calls.decline(*self._random.choice(ringing))

    # People

    def _free(self) -> Extension | None:
        """Return an extension that can take one more call."""
        calls = self._simulator.account.calls
        free = [
            person
            for person in self._people()
            if len(calls.of_extension(person.id)) < _MOST_CALLS
        ]
        return self._random.choice(free) if free else None

    def _people(self) -> list[Extension]:
        return [e for e in self._simulator.users if e.status == "Enabled"]

    def _some(self) -> list[str]:
        people = [e.number for e in self._people() if e.number != _OWNER]
        return self._random.sample(people, self._random.randint(0, 3))

    def _change_mood(self) -> None:
        field, values = self._random.choice(_MOODS)
        self._simulator.change_extension(
            self._random.choice(self._people()).number,
            **{field: self._random.choice(values)},
        )

    def _change_favorites(self) -> None:
        self._simulator.set_favorites(_OWNER, self._some())

    def _change_lines(self) -> None:
        park = [
            e.number for e in self._simulator.extensions if e.type == "ParkLocation"
        ]
        self._simulator.set_lines(_OWNER, [*self._some(), *park])

    def _rename(self) -> None:
        self._simulator.change_extension(
            self._random.choice(self._people()).number,
            name=self._random.choice(_RENAMED),
        )

    def _hire(self) -> None:
        if len(self._people()) < _MOST_PEOPLE:
            self._simulator.add_extension(name=self._random.choice(_HIRED))

    def _dismiss(self) -> None:
        people = [e for e in self._people() if e.number != _OWNER]
        if len(people) >= _FEWEST_PEOPLE:
            self._simulator.remove_extension(self._random.choice(people).number)
