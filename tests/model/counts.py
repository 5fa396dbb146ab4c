"""Recounts the calls of a day, and compares them with those of the integration.

Pure. `recount` follows the table of `calls/counts.py`, event by event.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import inf
from typing import Final, NamedTuple

from custom_components.ringcentral.calls.counts import DayCounts

from .checker import UNSAVED, Checker, Difference
from .matching import Reported, match_events, order_events
from .truth import Expected, Line, Truth

# What is compared with the truth.
_KNOWN: Final = (
    "incoming",
    "outgoing",
    "answered",
    "missed",
    "unclear",
    "talk_time",
    "longest_wait",
)
_ENDS: Final = ("ended", "missed")
_TAKEN: Final = ("answered", "held", "resumed", "unparked")
_TALKING: Final = ("CallConnected", "OnHold")
# Of sums of times in milliseconds.
_TOLERANCE: Final = 0.05
_MAX_WAIT: Final = 86400.0


class Regrouped(NamedTuple):
    """A group has other members."""

    at: float
    scope: str
    members: frozenset[str]


type Item = Reported | Regrouped


@dataclass(slots=True)
class _Session:
    """What is known of a telephony session in a scope."""

    ringing_at: set[str] = field(default_factory=set)
    is_incoming: bool = False
    is_outgoing: bool = False
    is_unsure: bool = False
    first_ring: float | None = None
    # The name of a counter, and the day on which it was counted.
    outcome: str | None = None
    day: int = 0


class _Scope:
    """Counts of a scope by day."""

    def __init__(self, members: Collection[str], midnight: float) -> None:
        """Initialize without calls."""
        # Of the first day, and of the next one.
        self.days = (DayCounts(), DayCounts())
        self._members = frozenset(members)
        self._sessions: dict[str | None, _Session] = {}
        self._midnight = midnight

    def regroup(self, item: Regrouped) -> None:
        """Let members leave: what becomes of their calls is not known any more."""
        gone, self._members = self._members - item.members, item.members
        for session in self._sessions.values():
            if session.ringing_at & gone:
                session.ringing_at -= gone
                session.is_unsure = True
                self._conclude(session, int(item.at >= self._midnight))

    def add(self, event: Reported) -> None:
        """Count an event of a member."""
        if event.extension_id not in self._members:
            return
        day = int(event.at >= self._midnight)
        counts = self.days[day]
        session = self._sessions.setdefault(event.session_id, _Session())
        if event.kind == "ended":
            talking = event.durations[1]
            if event.reconstructed or talking is None:
                counts.untimed += 1
            else:
                counts.talk_time += talking
        if event.direction == "Outbound":
            counts.outgoing += not session.is_outgoing
            session.is_outgoing = True
            return
        if not session.is_incoming and event.kind == "ringing":
            session.first_ring = event.time
        is_taken = self._is_taken(session, event)
        counts.incoming += not session.is_incoming
        session.is_incoming = True
        if event.kind in _ENDS:
            session.ringing_at.discard(event.extension_id)
            session.is_unsure |= event.kind == "ended" or event.reconstructed
        else:
            session.ringing_at.add(event.extension_id)
        if is_taken:
            self._wait(session, event, counts)
            self._set(session, "answered", day)
        else:
            self._conclude(session, day)

    @staticmethod
    def _is_taken(session: _Session, event: Reported) -> bool:
        if event.kind == "parked":
            return session.is_incoming
        if event.kind == "ended":
            return event.status in _TALKING
        return event.kind in _TAKEN

    @staticmethod
    def _wait(session: _Session, event: Reported, counts: DayCounts) -> None:
        if (
            session.outcome == "answered"
            or event.kind != "answered"
            or event.reconstructed
        ):
            return
        wait = event.durations[0]
        if session.first_ring is not None and event.time is not None:
            wait = event.time - session.first_ring
        if wait is not None and 0 <= wait <= _MAX_WAIT:
            counts.longest_wait = max(counts.longest_wait, wait)

    def _conclude(self, session: _Session, day: int) -> None:
        """Count a call that was not answered, once it is over."""
        if session.ringing_at or not session.is_incoming:
            return
        if session.outcome is None or (
            session.outcome != "answered" and session.day == day
        ):
            self._set(session, "unclear" if session.is_unsure else "missed", day)

    def _set(self, session: _Session, outcome: str, day: int) -> None:
        if session.outcome == outcome:
            return
        if session.outcome is not None and session.day == day:
            self._add(day, session.outcome, -1)
        self._add(day, outcome, 1)
        session.outcome, session.day = outcome, day

    def _add(self, day: int, counter: str, number: int) -> None:
        counts = self.days[day]
        setattr(counts, counter, getattr(counts, counter) + number)


def recount(
    items: Iterable[Item], scope: str, members: Collection[str], midnight: float
) -> Sequence[DayCounts]:
    """Return the counts of a scope before and after midnight."""
    counted = _Scope(members, midnight)
    for item in items:
        if isinstance(item, Reported):
            counted.add(item)
        elif item.scope == scope:
            counted.regroup(item)
    return counted.days


class Shown(NamedTuple):
    """Counts as the integration shows them, when some items had come."""

    # 0 before midnight, 1 after it.
    day: int
    number_of_items: int
    counts: Mapping[str, DayCounts]
    since: Mapping[str, float]


class CountChecker:
    """Compares shown counts with the events that were reported, and with the truth."""

    def __init__(
        self,
        truth: Truth,
        checker: Checker,
        scopes: Mapping[str, frozenset[str]],
        since: Mapping[str, float],
        midnight: float,
    ) -> None:
        """Initialize with the members of each scope, and since when it is counted."""
        self.items: list[Item] = []
        self.shown: list[Shown] = []
        self._truth = truth
        self._checker = checker
        self.scopes = scopes
        self._since = since
        self._midnight = midnight

    def differences(self) -> Iterator[Difference]:
        """Yield all differences; to be called at rest."""
        for shown in self.shown:
            for scope, members in self.scopes.items():
                if text := self._event_difference(shown, scope, members):
                    yield Difference("counts of the events", text)
                if text := self._true_difference(shown, scope, members):
                    yield Difference("counts of the truth", text)

    # Against the events

    def _event_difference(
        self, shown: Shown, scope: str, members: frozenset[str]
    ) -> str | None:
        """Compare with the events, of which the last ones before a kill may be forgotten."""
        text: str | None = None
        for items in self._remembered(self.items[: shown.number_of_items]):
            if not (found := self._compare(shown, scope, items, members)):
                return None
            text = text or f"{scope}, day {shown.day}: {', '.join(found)}"
        return text

    def _compare(
        self,
        shown: Shown,
        scope: str,
        items: Sequence[Item],
        members: frozenset[str],
    ) -> list[str]:
        expected = recount(items, scope, members, self._midnight)[shown.day]
        counts, since = shown.counts[scope], shown.since[scope]
        found = [
            f"{name} is {getattr(counts, name):g}, not {getattr(expected, name):g}"
            for name in (*_KNOWN, "untimed")
            if abs(getattr(counts, name) - getattr(expected, name)) > _TOLERANCE
        ]
        usual = self._midnight if shown.day else self._since[scope]
        if abs(since - usual) > 1:
            # Nothing is lost by counting from a later time on.
            earlier = [item for item in items if item.at < since]
            lost = recount(earlier, scope, members, self._midnight)[shown.day]
            if since < usual or lost != DayCounts():
                found.append(f"since is {since:g}, not {usual:g}")
        return found

    def _remembered(self, items: Sequence[Item]) -> Iterator[list[Item]]:
        """Yield the items without the last events before each kill."""
        windows = [
            [
                item
                for item in items
                if isinstance(item, Reported) and kill - UNSAVED <= item.at <= kill
            ]
            for kill in self._checker.kills
        ]
        for numbers in product(*(range(len(window) + 1) for window in windows)):
            forgotten = {
                id(event)
                for window, number in zip(windows, numbers, strict=True)
                for event in window[len(window) - number :]
            }
            yield [item for item in items if id(item) not in forgotten]

    # Against the truth

    def _true_difference(
        self, shown: Shown, scope: str, members: frozenset[str]
    ) -> str | None:
        """Compare with the truth, exactly where all notifications came in order."""
        known, vague = self._split(shown)
        exact = recount(known, scope, members, self._midnight)[shown.day]
        everyone = members.union(
            *(
                item.members
                for item in self.items
                if isinstance(item, Regrouped) and item.scope == scope
            )
        )
        unknown = DayCounts()
        for lines in vague.values():
            _add_possible(unknown, [x for x in lines if x.extension_id in everyone])
        found: list[str] = []
        for name in _KNOWN:
            value = getattr(shown.counts[scope], name)
            least = getattr(exact, name)
            most = least + getattr(unknown, name)
            if not least - _TOLERANCE <= value <= most + _TOLERANCE:
                found.append(f"{name} is {value:g}, not {least:g} to {most:g}")
        return f"{scope}, day {shown.day}: {', '.join(found)}" if found else None

    def _split(self, shown: Shown) -> tuple[list[Item], dict[str, list[Line]]]:
        """Return what truly happened, and the sessions of which not all can be known."""
        by_session: dict[str, list[Line]] = {}
        for line in self._truth.lines.values():
            by_session.setdefault(line.session_id, []).append(line)
        items = self.items[: shown.number_of_items]
        true_of: dict[int, Reported] = {}
        vague: dict[str, list[Line]] = {}
        for session_id, lines in by_session.items():
            pairs = [self._true_events(line) for line in lines]
            if None in pairs:
                vague[session_id] = lines
            else:
                for of_line in pairs:
                    true_of |= of_line or {}
        known: list[Item] = [
            true_of.get(id(item), item)
            for item in items
            if isinstance(item, Regrouped) or id(item) in true_of
        ]
        return known, vague

    def _true_events(self, line: Line) -> dict[int, Reported] | None:
        """Return the true event of each reported one, None if that cannot be known."""
        if line.is_ring_out or not line.steps:
            return None
        in_order = self._truth.in_order(line.extension_id)
        places = range(line.steps[0].place, line.steps[-1].place + 1)
        if not all(in_order[place] for place in places):
            return None
        events = order_events(
            event
            for event in self._checker.reported
            if self._truth.line_of(event.extension_id, event.session_id, event.party_id)
            is line
        )
        if any(event.reconstructed for event in events):
            return None
        for expected in self._truth.alternatives(line, self._breaks):
            matched = match_events(expected, events)
            if matched == expected and not any(len(e.kinds) > 1 for e in expected):
                return {
                    id(event): _as_true(event, wanted, line)
                    for event, wanted in zip(events, matched, strict=True)
                }
        return None

    @property
    def _breaks(self) -> list[float]:
        return [*self._checker.restarts, *self._checker.kills]


def _as_true(event: Reported, wanted: Expected, line: Line) -> Reported:
    """Return what truly happened, at the time when it was reported."""
    (kind,) = wanted.kinds
    index = line.steps.index(wanted.step)
    return replace(
        event,
        session_id=line.session_id,
        direction=line.direction,
        kind=kind,
        time=wanted.step.time,
        durations=wanted.durations or (None, None, None),
        status=line.steps[index - 1].status if index else None,
    )


def _add_possible(unknown: DayCounts, lines: Sequence[Line]) -> None:
    """Add what may have been counted of a session, although it cannot be known."""
    if not lines:
        return
    incoming = int(any(line.direction == "Inbound" for line in lines))
    if any(line.is_ring_out for line in lines):
        # The own leg may be seen alone, as a call from outside.
        incoming += 1
    unknown.incoming += incoming
    unknown.outgoing += any(line.direction == "Outbound" for line in lines)
    unknown.answered += incoming
    unknown.missed += incoming
    unknown.unclear += incoming
    unknown.talk_time = unknown.longest_wait = inf
