"""Scenario of working days: calls, queues, voicemails, meetings, do not disturb, lunch.

A day lasts from 7:45 to 18:30; the next one follows immediately.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from ..base import clock
from ..base.wire import JsonValue
from ..company.directory import Extension
from ..company.parties import Party
from ..operations import Operations
from .agenda import Agenda

_MINUTE = 60.0
_HOUR = 3600.0
_DAY_BEGINS = 7.75 * _HOUR
_DAY_ENDS = 18.5 * _HOUR
_DAY = _DAY_ENDS - _DAY_BEGINS
# The scenario starts in the middle of the morning, when most people are busy.
_FIRST_TIME = 10 * _HOUR + 20 * _MINUTE

# How much is called, from which hour on.
_BUSINESS: tuple[tuple[float, float], ...] = (
    (17.5 * _HOUR, 0.25),
    (16.5 * _HOUR, 0.7),
    (13.0 * _HOUR, 1.0),
    (12.0 * _HOUR, 0.5),
    (9.0 * _HOUR, 1.0),
    (0.0, 0.4),
)
# Seconds between two calls that concern the same person, at full business.
_CALL_INTERVAL = 100.0
# Seconds between two other changes of the same person.
_CHANGE_INTERVAL = 280.0
_MOST_ON_CALLS = 0.6
# Seconds between two agents who log out of a queue.
_LOGOUT_INTERVAL = 150.0
# Seconds between two checks of a call that the user has acted on.
_FOLLOWED = 8.0
# Seconds between two calls of a user who controls them alone, and until an assistant
# answers them.
_OWN_INTERVAL = (15.0, 30.0)
_OWN_RING = (20.0, 28.0)
# Of the callers who are not answered.
_LEAVE_VOICEMAIL = 0.6

_CALLERS = (
    ("Marla Tidewell", "+16505550140"),
    ("Otto Harbinger", "+16505550141"),
    ("Priya Starling", "+16505550142"),
    ("Cooper Lumen", "+16505550143"),
    ("Ines Papermoon", "+16505550144"),
    ("Wendell Applecart", "+16505550145"),
    ("Sunny Delivery Co.", "+16505550146"),
    ("Bakery Crumb & Sons", "+16505550147"),
    ("Lighthouse Insurance", "+16505550148"),
    ("Dr. Felix Brook", "+16505550149"),
    ("Nora Windmill", "+16505550150"),
    ("Blue Door Plumbing", "+16505550151"),
    (None, "+16505550152"),
    (None, "+16505550153"),
)
_MESSAGES = (
    "On site until noon",
    "Back in ten minutes",
    "Happy to help",
    "In the workshop",
    "Writing, please mail",
    "",
    "",
)


class Office:
    """Plays one day after the other."""

    _operations: Operations
    _agenda: Agenda

    def __init__(
        self, random: Random, queue_random: Random, own_random: Random
    ) -> None:
        """Initialize with random sources of calls, of queues and voicemails, and of own calls."""
        self._random = random
        self._queue_random = queue_random
        self._own_random = own_random

    def begin(self, operations: Operations, agenda: Agenda) -> None:
        """Set the states of a morning and schedule the first steps."""
        self._operations = operations
        self._agenda = agenda
        self._plan_day(_FIRST_TIME)
        self._set_scene()
        if operations.switches.phones_pick_up:
            self._relax(operations.directory.owner)
            self._arrive(operations.directory.owner)
            self._plan(self._next_own_call, 6.0)
        self._plan(self._next_call, 2.0)
        self._plan(self._next_change, 5.0)
        self._plan(self._next_logout, 40.0)
        owner = self._operations.directory.owner
        self._leave_voicemail(owner, *_CALLERS[0])

    # The day

    def _plan_day(self, time_of_day: float) -> None:
        """Schedule arrival, lunch and leaving of all users for the rest of a day."""
        chance = self._random
        for person in self._operations.users:
            events: tuple[tuple[float, dict[str, JsonValue]], ...] = (
                (chance.gauss(8.5, 0.3), {"userStatus": "Available", "message": ""}),
                (
                    lunch := chance.uniform(11.75, 12.75),
                    {"userStatus": "Busy", "message": "Lunch"},
                ),
                (lunch + 0.6, {"userStatus": "Available", "message": ""}),
                (chance.gauss(17.2, 0.4), {"userStatus": "Offline", "message": ""}),
            )
            for hour, change in events:
                due = min(max(hour * _HOUR, _DAY_BEGINS), _DAY_ENDS - 1)
                if due >= time_of_day:
                    self._agenda.after(
                        due - time_of_day, partial(self._change, person, change)
                    )
        self._agenda.after(
            _DAY_ENDS - time_of_day, partial(self._plan_day, _DAY_BEGINS)
        )

    def _business(self) -> float:
        time_of_day = (
            _DAY_BEGINS + (_FIRST_TIME - _DAY_BEGINS + self._agenda.now) % _DAY
        )
        return next(share for begin, share in _BUSINESS if time_of_day >= begin)

    def _set_scene(self) -> None:
        """Set initial states: calls, a meeting, do not disturb, one user offline."""
        people = self._shuffled(self._operations.users)
        moods: tuple[dict[str, JsonValue], ...] = (
            {"meetingStatus": "Connected"},
            {"dndStatus": "DoNotAcceptAnyCalls", "message": "Writing, please mail"},
            {"userStatus": "Offline"},
            {"message": "Happy to help"},
        )
        # One of each mood per dozen, and none in a very small office.
        for place, person in enumerate(people):
            if place % 12 < min(len(moods), len(people) // 3):
                mood = moods[place % 12]
                self._change(person, mood)
                late = mood.get("userStatus") == "Offline"
                self._agenda.after(
                    self._random.uniform(3, 12) * _MINUTE,
                    partial(self._arrive if late else self._relax, person),
                )
        free = self._free_people()
        for place in range(max(1, len(free) // 4)):
            if place == 1 and len(free) > 3:
                party = self._start_inside(free)
            else:
                party = self._start_outside(free)
            if party is not None:
                self._operations.answer(party.telephony_session_id)
                self._put_back(party, self._random.uniform(20, 400))
                if place == 0:
                    self._operations.hold(party.telephony_session_id)
                    self._later(9, self._resume, party)
                else:
                    self._talk(party)
            free = self._free_people()

    def _put_back(self, party: Party, seconds: float) -> None:
        """Set the start of a call to a time before the scenario."""
        for item in self._operations.account.calls.call(
            party.telephony_session_id
        ).parties:
            item.start_time = clock.wall() - seconds

    # Calls

    def _next_call(self) -> None:
        """Start a call, if enough users are free."""
        self._plan(self._next_call, self._interval(_CALL_INTERVAL))
        present = [person for person in self._operations.users if self._is_in(person)]
        free = self._free_people()
        if len(free) < max(1, (1 - _MOST_ON_CALLS) * len(present)):
            return
        kinds: tuple[Callable[[list[Extension]], Party | None], ...] = (
            self._start_outside,
            self._start_inside,
            self._start_outbound,
            self._start_queue,
        )
        (start,) = self._random.choices(kinds, weights=(45, 22, 15, 18))
        if (party := start(free)) is None:
            return
        chance = self._random
        if chance.random() < 0.8:
            self._later(chance.uniform(3, 11), self._pick_up, party)
        else:
            self._later(chance.uniform(14, 24), self._give_up, party)

    def _next_own_call(self) -> None:
        """Call the signed-in user, who has time to act on the call."""
        chance = self._own_random
        self._plan(self._next_own_call, chance.uniform(*_OWN_INTERVAL))
        owner = self._operations.directory.owner
        calls = self._operations.account.calls.of_extension(owner.id)
        waiting = [party for party in calls if party.code in ("Hold", "Parked")]
        # A second call can be connected with one on hold.
        if len(calls) > len(waiting) or len(calls) > 1:
            return
        name, number = chance.choice(_CALLERS)
        party = self._operations.ring(owner.number, number, from_name=name)
        step = self._pick_up if chance.random() < 0.6 else self._give_up
        self._later(chance.uniform(*_OWN_RING), step, party)

    def _start_outside(self, free: list[Extension]) -> Party | None:
        name, number = self._random.choice(_CALLERS)
        called = self._random.choice(free)
        return self._operations.ring(called.number, number, from_name=name)

    def _start_inside(self, free: list[Extension]) -> Party | None:
        if len(free) < 2:
            return None
        caller, called = self._random.sample(free, 2)
        return self._operations.ring(called.number, caller.number)

    def _start_outbound(self, free: list[Extension]) -> Party | None:
        name, number = self._random.choice(_CALLERS)
        caller = self._random.choice(free)
        return self._operations.ring(
            number, caller.number, to_name=name, direction="Outbound"
        )

    def _start_queue(self, free: list[Extension]) -> Party | None:
        queues = [
            queue
            for queue in self._operations.extensions
            if queue.type == "Department" and self._operations.account.agents(queue)
        ]
        if not queues:
            return None
        name, number = self._random.choice(_CALLERS)
        queue = self._random.choice(queues)
        return self._operations.ring(queue.number, number, from_name=name)

    def _later(
        self, seconds: float, step: Callable[[Party], None], party: Party
    ) -> None:
        self._agenda.after(seconds, partial(self._go_on, step, party))

    def _go_on(self, step: Callable[[Party], None], party: Party) -> None:
        """Continue a call, unless a user of the API has acted on it."""
        session_id = party.telephony_session_id
        if self._operations.account.calls.call(session_id).is_controlled:
            self._follow(session_id)
        else:
            step(party)

    def _follow(self, session_id: str) -> None:
        """Answer and end what the signed-in user has passed on."""
        call = self._operations.account.calls.call(session_id)
        owner_id = self._operations.directory.owner.id
        if any(party.extension_id == owner_id for party in call.parties):
            self._agenda.after(_FOLLOWED, partial(self._follow, session_id))
        elif any(party.is_ringing for party in call.living):
            end = partial(self._operations.end, session_id)
            self._agenda.after(4 * _FOLLOWED, end)
            self._operations.answer(session_id)
        else:
            self._operations.end(session_id)

    def _pick_up(self, party: Party) -> None:
        """Answer; of several ringing phones any may be the fastest."""
        call = self._operations.account.calls.call(party.telephony_session_id)
        ringing = [
            item
            for item in call.parties
            if item.direction == party.direction and item.status == "Ringing"
        ]
        fastest = self._random.choice(ringing or [party])
        number = self._operations.directory.extensions[fastest.extension_id].number
        self._operations.answer(party.telephony_session_id, number)
        self._talk(fastest)

    def _talk(self, party: Party) -> None:
        """Continue a call: mostly until it ends, sometimes hold or park first."""
        chance = self._random
        fate = chance.random()
        if fate < 0.3:
            self._later(chance.uniform(8, 40), self._put_on_hold, party)
        elif fate < 0.38:
            self._later(chance.uniform(8, 40), self._park, party)
        else:
            self._later(chance.uniform(15, 120), self._end, party)

    def _put_on_hold(self, party: Party) -> None:
        self._operations.hold(party.telephony_session_id, self._number(party))
        self._later(self._random.uniform(6, 35), self._resume, party)

    def _resume(self, party: Party) -> None:
        self._operations.unhold(party.telephony_session_id, self._number(party))
        self._later(self._random.uniform(10, 60), self._end, party)

    def _park(self, party: Party) -> None:
        self._operations.park(party.telephony_session_id, self._number(party))
        self._later(self._random.uniform(8, 40), self._unpark, party)

    def _unpark(self, party: Party) -> None:
        self._operations.unpark(party.telephony_session_id, self._number(party))
        self._later(self._random.uniform(10, 60), self._end, party)

    def _end(self, party: Party) -> None:
        self._operations.end(party.telephony_session_id)

    def _give_up(self, party: Party) -> None:
        """End a call that rings; the caller may leave a message."""
        called = self._operations.directory.extensions[party.extension_id]
        is_missed = party.status == "Ringing" and party.direction == "Inbound"
        self._end(party)
        chance = self._queue_random
        if is_missed and not party.queue_call and chance.random() < _LEAVE_VOICEMAIL:
            self._agenda.after(
                chance.uniform(8, 30),
                partial(
                    self._leave_voicemail, called, party.from_name, party.from_number
                ),
            )

    def _number(self, party: Party) -> str:
        return self._operations.directory.extensions[party.extension_id].number

    # Queues and voicemails

    def _next_logout(self) -> None:
        """Let an agent log out of a queue for a while, but not the last one."""
        chance = self._queue_random
        self._plan(self._next_logout, chance.uniform(0.3, 1.7) * _LOGOUT_INTERVAL)
        queues = self._operations.account.queues
        choices = [
            (queue.number, member.number)
            for queue in queues.all()
            if len(active := self._agents(queue)) > 1
            for member in active
        ]
        if choices:
            agent = chance.choice(choices)
            self._operations.accept_queue_calls(*agent, False)
            self._agenda.after(
                chance.uniform(2, 10) * _MINUTE,
                partial(self._operations.accept_queue_calls, *agent, True),
            )

    def _agents(self, queue: Extension) -> list[Extension]:
        queues = self._operations.account.queues
        members = queues.members(queue.id)
        return [member for member in members if queues.accepts(queue.id, member.id)]

    def _leave_voicemail(
        self, called: Extension, name: str | None, number: str
    ) -> None:
        """Leave a message, which is read and deleted later."""
        chance = self._queue_random
        operations, owner = self._operations, called.number
        message = operations.leave_voicemail(
            owner, number, from_name=name, seconds=chance.randint(4, 40)
        )
        read_after = chance.uniform(2, 20) * _MINUTE
        self._agenda.after(
            read_after, partial(operations.mark_voicemail, owner, message.id, "Read")
        )
        self._agenda.after(
            read_after + _HOUR, partial(operations.delete_voicemail, owner, message.id)
        )

    # Other changes

    def _next_change(self) -> None:
        """Start a meeting, do not disturb or busy of a user, or change a message."""
        self._plan(self._next_change, self._interval(_CHANGE_INTERVAL))
        people = [person for person in self._people() if self._is_in(person)]
        if not people:
            return
        chance = self._random
        person = chance.choice(people)
        kind = chance.random()
        change: dict[str, JsonValue]
        if kind < 0.3:
            change = {"meetingStatus": "Connected"}
        elif kind < 0.6:
            change = {"dndStatus": "DoNotAcceptAnyCalls"}
        elif kind < 0.8:
            change = {"userStatus": "Busy"}
        else:
            self._change(person, {"message": chance.choice(_MESSAGES)})
            return
        self._change(person, change)
        self._agenda.after(chance.uniform(1, 8) * _MINUTE, partial(self._relax, person))

    def _relax(self, person: Extension) -> None:
        change: dict[str, JsonValue] = {
            "meetingStatus": "Disconnected",
            "dndStatus": "TakeAllCalls",
        }
        if self._operations.account.presence(person.id).user_status == "Busy":
            change["userStatus"] = "Available"
        self._change(person, change)

    def _arrive(self, person: Extension) -> None:
        self._change(person, {"userStatus": "Available", "message": ""})

    def _change(self, person: Extension, change: dict[str, JsonValue]) -> None:
        self._operations.account.change_presence(person, change)

    # Helpers

    def _people(self) -> list[Extension]:
        """Return all users but one who controls calls alone."""
        users, owner = self._operations.users, self._operations.directory.owner
        if not self._operations.switches.phones_pick_up:
            return users
        return [person for person in users if person.id != owner.id]

    def _is_in(self, person: Extension) -> bool:
        presence = self._operations.account.presence(person.id)
        return person.status == "Enabled" and presence.user_status != "Offline"

    def _free_people(self) -> list[Extension]:
        account = self._operations.account
        return [
            person
            for person in self._people()
            if self._is_in(person)
            and not account.presence(person.id).do_not_disturb
            and account.presence(person.id).meeting_status == "Disconnected"
            and not account.calls.of_extension(person.id)
        ]

    def _interval(self, per_person: float) -> float:
        people = max(1, len(self._operations.users))
        mean = per_person / people / self._business()
        return min(self._random.expovariate(1 / mean), 4 * mean)

    def _plan(self, action: Callable[[], None], seconds: float) -> None:
        self._agenda.after(seconds, action)

    def _shuffled(self, people: list[Extension]) -> list[Extension]:
        return self._random.sample(people, len(people))
