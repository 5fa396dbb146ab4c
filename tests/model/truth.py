"""What truly happened to the calls of each extension, and which call events it makes.

A line is all that one telephony session shows at one extension in one direction: one call,
or several in succession, if the session rings there again after a longer pause.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product, takewhile
from math import inf
from typing import Final, NamedTuple

# A call that stops ringing goes on if it rings again or is answered within this time.
MAX_PAUSE: Final = 3.0
# The notification of a ring is sent within this time of its start; an earlier start is
# that of the session.
ANNOUNCED_WITHIN: Final = 5.0

# By which a timer may be late.
_TIMER: Final = 0.05
# Times are sent in milliseconds.
_ROUNDING: Final = 0.0015

_KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("Ringing", "CallConnected"): "answered",
    ("CallConnected", "OnHold"): "held",
    ("OnHold", "CallConnected"): "resumed",
    ("CallConnected", "ParkedCall"): "parked",
    ("OnHold", "ParkedCall"): "parked",
    ("ParkedCall", "CallConnected"): "unparked",
}
_PHASES: Final = ("Ringing", "CallConnected", "OnHold")


class PartyState(NamedTuple):
    """One extension's side of a call as the platform lists it."""

    session_id: str
    party_id: str
    direction: str
    status: str
    start_time: float
    # The session to the other end, if this is the own leg of a RingOut.
    leg_of: str | None = None
    # Of a RingOut that the integration has requested.
    is_requested: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the status of a line, and the place of its notification."""

    place: int
    time: float
    status: str
    start_time: float = inf


@dataclass(frozen=True, slots=True)
class Expected:
    """A call event that truly happened.

    `kinds` are the names that it may have; unknown durations are not checked.
    """

    kinds: frozenset[str]
    step: Step
    # The first step of the same call.
    first: Step
    durations: tuple[float, float, float] | None

    @property
    def earlier(self) -> float:
        """The seconds by which the platform names an earlier start than that of the ring."""
        return max(0.0, self.first.time - self.first.start_time)


@dataclass
class Line:
    """History of a line."""

    extension_id: str
    session_id: str
    direction: str
    party_ids: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    # Both legs of an own RingOut.
    is_ring_out: bool = False

    @property
    def status(self) -> str:
        """The present status."""
        return self.steps[-1].status if self.steps else "NoCall"

    def pauses(self) -> list[tuple[int, Step, Step]]:
        """Return the pauses in which the call may go on: index, end and next step."""
        return [
            (index + 1, end, following)
            for index, (before, end, following) in enumerate(
                zip(self.steps, self.steps[1:], self.steps[2:], strict=False)
            )
            if before.status == "Ringing"
            and end.status == "NoCall"
            and following.time - end.time <= MAX_PAUSE + 1e-6
        ]

    def expected(self, bridged: Iterable[int]) -> list[Expected]:
        """Return the call events, where the calls go on over these pauses."""
        skipped = set(bridged)
        return list(self._events(skipped))

    def _events(self, skipped: set[int]) -> Iterator[Expected]:
        inbound = self.direction == "Inbound"
        status, since, first = "NoCall", 0.0, None
        spent: dict[str, float] = {}
        answered = is_vague = False
        for index, step in enumerate(self.steps):
            if index in skipped:
                continue
            if status != "NoCall":
                spent[status] = spent.get(status, 0.0) + step.time - since
            if status == "NoCall" or first is None:
                first, spent, answered, is_vague = step, {}, False, False
            kinds = self._kinds(status, step.status, inbound, answered)
            answered |= step.status not in ("Ringing", "NoCall")
            is_vague |= (status, step.status) == ("ParkedCall", "Ringing")
            for options in kinds:
                yield Expected(
                    frozenset(options),
                    step,
                    first,
                    None
                    if is_vague
                    else tuple(spent.get(phase, 0.0) for phase in _PHASES),  # type: ignore[arg-type]
                )
            status, since = step.status, step.time

    @staticmethod
    def _kinds(
        before: str, after: str, inbound: bool, answered: bool
    ) -> Sequence[Sequence[str]]:
        if before == after:
            return ()
        if after == "NoCall":
            if before != "Ringing" or not inbound:
                return (("ended",),)
            # A parked call that has come back was taken before.
            return (("missed", "ended"),) if answered else (("missed",),)
        if before == "NoCall":
            if after == "Ringing":
                return (("ringing",) if inbound else ("dialing",),)
            return (("answered",),)
        if (before, after) == ("ParkedCall", "Ringing"):
            return (("ringing", "unparked") if inbound else ("ringing", "dialing"),)
        if (before, after) == ("Ringing", "CallConnected") and answered:
            return (("answered", "unparked", "resumed"),)
        return ((_KINDS[before, after],),)


@dataclass(frozen=True, slots=True)
class Sent:
    """The copies of a notification about an extension, and what it shows."""

    uuids: tuple[str, ...]
    time: float
    text: str
    # Statuses of the living calls by session and direction.
    statuses: Mapping[tuple[str, str], str]
    has_calls: bool


class Truth:
    """Lines of all extensions, and the notifications about them."""

    def __init__(self) -> None:
        """Initialize without calls."""
        self.lines: dict[tuple[str, str, str], Line] = {}
        self._aliases: dict[str, str] = {}
        self._sent: dict[str, list[Sent]] = {}
        # Position and time of the first arrival of each notification.
        self._arrivals: dict[str, tuple[int, float]] = {}
        # Lost with a gap that the platform shows: overflow, or a session without recovery.
        self.lost_in_gap: set[str] = set()
        # Delayed beyond later messages, such as the answer to a heartbeat.
        self.late: set[str] = set()
        # Sessions of requested RingOuts, which may be shown as ringing until answered.
        self._requested: set[str] = set()

    def record(
        self,
        extension_id: str,
        time: float,
        parties: Iterable[PartyState],
        uuids: Iterable[str],
        *,
        has_calls: bool = True,
    ) -> None:
        """Record a notification: the living calls of an extension."""
        sent = self._sent.setdefault(extension_id, [])
        place = len(sent)
        parties = list(parties)
        listed = ", ".join(
            f"{p.party_id[2:6]}/{p.party_id[-2:]} {p.status}" for p in parties
        )
        statuses = {(p.session_id, p.direction): p.status for p in parties}
        text = f"{time:.3f} [{listed}]"
        sent.append(Sent(tuple(uuids), time, text, statuses, has_calls))
        living: dict[tuple[str, str, str], list[PartyState]] = {}
        for party in parties:
            session_id, direction = party.session_id, party.direction
            if party.is_requested:
                self._requested.add(session_id)
            if party.leg_of is not None:
                # The own leg of a RingOut is a part of the outgoing call.
                self._aliases[session_id] = session_id = party.leg_of
                direction = "Outbound"
            key = (extension_id, session_id, direction)
            living.setdefault(key, []).append(party)
            line = self.lines.setdefault(key, Line(*key))
            line.is_ring_out |= party.leg_of is not None
            line.party_ids.add(party.party_id)
        for key, line in self.lines.items():
            if key[0] != extension_id:
                continue
            # Of the legs of a RingOut, that to the other end counts.
            of_line = [
                p for p in living.get(key, ()) if p.leg_of is None
            ] or living.get(key, [])
            status = of_line[-1].status if of_line else "NoCall"
            if status != line.status:
                start = of_line[-1].start_time if of_line else inf
                line.steps.append(Step(place, time, status, start))

    def arrive(self, uuid: str, time: float) -> None:
        """Record the arrival of a notification; only the first copy counts."""
        self._arrivals.setdefault(uuid, (len(self._arrivals), time))

    def delay(self, uuid: str) -> None:
        """Treat a notification as delayed, unless a copy of it has arrived."""
        if uuid not in self._arrivals:
            self.late.add(uuid)

    def forget_arrivals_since(self, time: float) -> None:
        """Treat the last notifications that have arrived as out of order."""
        self.late.update(
            uuid for uuid, (_, arrival) in self._arrivals.items() if arrival >= time
        )

    def lose_missing(self) -> None:
        """Treat all notifications that have not arrived as lost in a gap."""
        self.lost_in_gap.update(
            uuid
            for sent in self._sent.values()
            for copies in sent
            for uuid in copies.uuids
            if uuid not in self._arrivals
        )

    def describe(self, uuid: str) -> str:
        """Return time and calls of a notification."""
        return next(
            (
                f"{extension_id} @{one.text}"
                for extension_id, sent in self._sent.items()
                for one in sent
                if uuid in one.uuids
            ),
            "another notification",
        )

    def shown_by(self, uuid: str) -> tuple[str, Mapping[tuple[str, str], str]] | None:
        """Return the extension and the statuses of its calls in a notification."""
        return next(
            (
                (extension_id, one.statuses)
                for extension_id, sent in self._sent.items()
                for one in sent
                if uuid in one.uuids
            ),
            None,
        )

    def alias(self, session_id: str) -> str:
        """Return the session to the other end, if this one is the own leg of a RingOut."""
        return self._aliases.get(session_id, session_id)

    def is_requested(self, session_id: str) -> bool:
        """Return whether a call is a requested RingOut."""
        return session_id in self._requested

    def line_of(
        self, extension_id: str, session_id: str | None, party_id: str | None
    ) -> Line | None:
        """Return the line that a call event is about."""
        session_id = self._aliases.get(session_id or "", session_id or "")
        for line in self.lines.values():
            if (line.extension_id, line.session_id) == (
                extension_id,
                session_id,
            ) and party_id in line.party_ids:
                return line
        return None

    def arrival(self, line: Line, step: Step) -> float | None:
        """Return when the notification of a step has arrived."""
        arrived = [
            self._arrivals[uuid][1]
            for uuid in self._sent[line.extension_id][step.place].uuids
            if uuid in self._arrivals
        ]
        return min(arrived, default=None)

    def is_lost_in_gap(self, line: Line, step: Step) -> bool:
        """Return whether the notification of a step was lost, as the platform shows."""
        return self._is_lost(self._sent[line.extension_id][step.place])

    def _is_lost(self, sent: Sent) -> bool:
        return bool(sent.uuids) and self.lost_in_gap.issuperset(sent.uuids)

    def is_possible_time(
        self,
        extension_id: str,
        call: tuple[str, str],
        status: str,
        time: float,
        *,
        at_rest: bool,
    ) -> bool:
        """Return whether a call seems to have had a status since a time.

        A change counts once its notification has arrived, or at rest if it was lost in a
        gap that the client knows of.
        """

        if call[0] in self._requested:
            return True

        def counts(sent: Sent) -> bool:
            return sent.has_calls and (
                not self._arrivals.keys().isdisjoint(sent.uuids)
                or (at_rest and self._is_lost(sent))
            )

        sent = self._sent.get(extension_id, [])
        for place in range(len(sent) - 1, -1, -1):
            one = sent[place]
            if one.statuses.get(call) == status and abs(one.time - time) < _ROUNDING:
                earlier = list(
                    takewhile(
                        lambda before: before.statuses.get(call) == status,
                        reversed(sent[:place]),
                    )
                )
                if not any(
                    counts(before) for before in earlier if before.time < one.time
                ):
                    return True
            if counts(one) and one.statuses.get(call) != status:
                return False
        return False

    def in_order(self, extension_id: str) -> list[bool]:
        """Return for each notification whether it arrived in order, before all later ones."""
        result: list[bool] = []
        first_of_later = inf
        for sent in reversed(self._sent.get(extension_id, ())):
            arrived = min(
                (self._arrivals.get(uuid, (inf, 0))[0] for uuid in sent.uuids),
                default=inf,
            )
            result.append(arrived < first_of_later and self.late.isdisjoint(sent.uuids))
            first_of_later = min(first_of_later, arrived)
        return result[::-1]

    def alternatives(
        self, line: Line, restarts: Sequence[float]
    ) -> Iterator[list[Expected]]:
        """Yield the call events of a line, for each way to see its pauses.

        A call must go on over a pause if the notification of its next step arrives in
        order, and before the end is reported.
        """
        free, bridged = [], []
        in_order = self.in_order(line.extension_id)
        for index, end, following in line.pauses():
            ended, rang = self.arrival(line, end), self.arrival(line, following)
            if (
                ended is None
                or rang is None
                or not (in_order[end.place] and in_order[following.place])
                or rang - ended >= MAX_PAUSE - _TIMER
                or any(ended <= time <= rang for time in restarts)
            ):
                free.append(index)
            else:
                bridged.append(index)
        for chosen in product((True, False), repeat=len(free)):
            yield line.expected(
                [*bridged, *(i for i, skip in zip(free, chosen, strict=True) if skip)]
            )
