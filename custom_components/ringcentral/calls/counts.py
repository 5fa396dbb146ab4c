"""Count the calls of a day for the account, its groups and its extensions. Pure.

A call is a telephony session. It counts once in each scope, at however many phones.
"""

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from ..api.models.base import replace
from ..api.models.presence import ActiveCall
from ..presence.call_matching import call_session
from .counted_call import CountedCall, Outcome
from .lifecycle import CallEvent, CallEventType

# Other scopes are ids: of a subentry, or of an extension.
ACCOUNT_SCOPE: Final = "account"
# Of a scope; there are never so many calls at once.
MAX_CALLS: Final = 1000
# A call that is over may come back: a queue passes it to the next agent.
_KEPT_AFTER_END: Final = timedelta(hours=1)
# Of a scope, in memory only.
_MISSED_AT_MOST: Final = 10
# The end of an older call is lost.
_MAX_AGE: Final = timedelta(days=1)
# A day seems to have begun earlier if the time zone has changed.
_MAX_DAY: Final = timedelta(days=2)


# `incoming` is the sum of `answered`, `missed`, `unclear` and the calls that still ring.
# An answer takes back the `missed` or `unclear` of the same day. An event counts on the day
# on which it is sent, also if it is replayed.
@dataclass(slots=True)
class DayCounts:
    """What happened in a scope since the day began."""

    # First event of a called party, or of a calling party, whatever its type.
    incoming: int = 0
    outgoing: int = 0
    # A called party is connected.
    answered: int = 0
    # All called parties have ended, each surely without an answer.
    missed: int = 0
    # All have ended, but one may have answered.
    unclear: int = 0
    # End of a party that may have talked, but for how long is unknown.
    untimed: int = 0
    # Seconds of each party, at its end; without the time on hold.
    talk_time: float = 0.0
    # Seconds from the first ring to the answer.
    longest_wait: float = 0.0

    def __copy__(self) -> DayCounts:
        """Return a copy, ten times faster than the default."""
        return DayCounts(*_VALUES(self))


_VALUES: Final = attrgetter(*(field.name for field in fields(DayCounts)))


class MissedCall(NamedTuple):
    """A call that was missed in a scope."""

    call: ActiveCall
    # When it began, or else when it ended.
    time: datetime
    session: object


class ScopeEvent(NamedTuple):
    """A call event as its scope sees it."""

    scope: str
    event: CallEvent


@dataclass(slots=True)
class CountedScope:
    """Counts of the account, a group or an extension."""

    # Counted from this time on, in UTC.
    since: datetime
    counts: DayCounts = field(default_factory=DayCounts)
    # By session, in the order of their last events.
    calls: dict[object, CountedCall] = field(default_factory=dict)
    # The last ones of the day.
    missed: list[MissedCall] = field(default_factory=list)

    def update(self, before: CountedCall, after: CountedCall, today: date) -> bool:
        """Count what is new of a call; return whether anything is."""
        counts = self.counts
        counts.incoming += (is_incoming := after.is_incoming and not before.is_incoming)
        counts.outgoing += (is_outgoing := after.is_outgoing and not before.is_outgoing)
        if after.outcome is before.outcome:
            return is_incoming or is_outgoing
        if before.outcome is not None and before.day == today:
            self._add(before.outcome, -1)
        if after.outcome is not None:
            self._add(after.outcome, 1)
        return True

    def add_times(self, before: CountedCall, event: CallEvent) -> bool:
        """Add the times of an event; return whether a count has changed."""
        counts = self.counts
        if event.type is CallEventType.ENDED:
            talking = event.durations.talking
            if event.reconstructed or talking is None:
                counts.untimed += 1
                return True
            counts.talk_time += talking
            return talking > 0
        wait = before.wait_until(event)
        if wait is None or wait <= counts.longest_wait:
            return False
        counts.longest_wait = wait
        return True

    def update_missed(
        self, before: CountedCall, after: CountedCall, missed: MissedCall
    ) -> None:
        """Add a call whose outcome has become missed, or remove it if that is taken back."""
        if before.outcome is Outcome.MISSED:
            self.missed = [o for o in self.missed if o.session != missed.session]
        elif after.outcome is Outcome.MISSED:
            self.missed = [*self.missed, missed][-_MISSED_AT_MOST:]

    def keep_extensions(self, extension_ids: AbstractSet[str], today: date) -> bool:
        """End the calls at all other extensions; return whether a count has changed."""
        has_changed = False
        for session, call in self.calls.items():
            if gone := (call.called | call.calling) - extension_ids:
                self.calls[session] = after = call.without(gone, today)
                has_changed |= self.update(call, after, today)
        return has_changed

    def drop_old_calls(self, now: datetime, today: date) -> bool:
        """Make room for a call; return whether a count has changed."""
        has_changed = False
        while self.calls:
            session, call = next(iter(self.calls.items()))
            # The clock may have been ahead.
            age = abs(now - call.updated)
            is_old = age > (_KEPT_AFTER_END if call.is_over else _MAX_AGE)
            if not is_old and len(self.calls) < MAX_CALLS:
                break
            del self.calls[session]
            after = call.without(call.called, today)
            has_changed |= self.update(call, after, today)
        return has_changed

    def _add(self, outcome: str, number: int) -> None:
        setattr(self.counts, outcome, max(0, getattr(self.counts, outcome) + number))


class CounterState(NamedTuple):
    """What continues the counts after a restart."""

    # Local day.
    day: date
    scopes: Mapping[str, CountedScope]


class CallCounter:
    """Counts the calls of a day."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Initialize without scopes; `now` returns the local time."""
        self._now = now
        self._day = now().date()
        # No call is counted after this time, in UTC.
        self._checked_at = now().astimezone(UTC)
        self._scopes: dict[str, CountedScope] = {}
        self._members: dict[str, AbstractSet[str]] = {}
        self._scopes_of: dict[str, tuple[str, ...]] = {}
        # Called with the scopes whose counts have changed.
        self.changed: Callable[[Iterable[str]], None] | None = None

    def set_members(self, scope: str, members: AbstractSet[str]) -> None:
        """Set the extensions of a scope, which is added if it is new."""
        counted = self._scopes.setdefault(scope, CountedScope(self._update_day()))
        self._update_index(scope, members)
        if counted.keep_extensions(members, self._day):
            self._notify([scope])

    def remove_scope(self, scope: str) -> None:
        """Remove a scope and its counts."""
        self._update_index(scope, frozenset())
        self._members.pop(scope, None)
        self._scopes.pop(scope, None)

    def keep_scopes(self, scopes: AbstractSet[str]) -> None:
        """Remove all other scopes."""
        for scope in self._scopes.keys() - scopes:
            self.remove_scope(scope)

    def has_scope(self, scope: str) -> bool:
        """Return whether a scope is counted."""
        return scope in self._scopes

    def count(self, extension_id: str, event: CallEvent) -> Sequence[ScopeEvent]:
        """Count a call event; return what it is for each scope of the extension."""
        now = self._update_day()
        today = self._day
        session = call_session(event.call)
        # Otherwise the next call of the same number is another one.
        has_id = isinstance(session, str)
        events: list[ScopeEvent] = []
        changed: list[str] = []
        for name in self._scopes_of.get(extension_id, ()):
            scope = self._scopes[name]
            has_changed = False
            if (before := scope.calls.pop(session, None)) is None:
                before = CountedCall(now)
                has_changed = scope.drop_old_calls(now, today)
            after = before.after(extension_id, event, now, today)
            if has_id or not after.is_over:
                scope.calls[session] = after
            has_changed |= scope.update(before, after, today)
            has_changed |= scope.add_times(before, event)
            if after.outcome is not before.outcome:
                time = event.call.start_time or event.time or now
                missed = MissedCall(event.call, time, session)
                scope.update_missed(before, after, missed)
            if has_changed:
                changed.append(name)
            if (event_type := before.type_after(after, event)) is None:
                continue
            is_same = event_type is event.type
            events.append(
                ScopeEvent(name, event if is_same else replace(event, type=event_type))
            )
        if changed:
            self._notify(changed)
        return events

    def is_counted(self, scope: str) -> bool:
        """Return whether the calls of a scope are counted, and not only stored."""
        return bool(self._members.get(scope))

    def missed(self, scope: str) -> Sequence[MissedCall]:
        """Return the last missed calls of a scope, as far as they are known."""
        return self._scopes[scope].missed if scope in self._scopes else ()

    def counts(self, scope: str) -> DayCounts:
        """Return the counts of a scope, zeros if there is none."""
        counted = self._scopes.get(scope)
        return DayCounts() if counted is None else counted.counts

    def since(self, scope: str) -> datetime:
        """Return the time from which a scope is counted; midnight if there is none."""
        counted = self._scopes.get(scope)
        return midnight_of(self._now()) if counted is None else counted.since

    def begin_day(self) -> bool:
        """Begin a new day if it has come; return whether it has."""
        day = self._day
        self._update_day()
        return self._day != day

    @property
    def state(self) -> CounterState:
        """What is to be stored; later calls do not change it."""
        scopes = {
            name: CountedScope(scope.since, copy(scope.counts), scope.calls.copy())
            for name, scope in self._scopes.items()
        }
        return CounterState(self._day, scopes)

    def restore(self, state: CounterState) -> None:
        """Continue with stored counts, unless there are newer ones."""
        now = self._update_day()
        if self._scopes or state.day > self._day:
            return
        midnight = midnight_of(self._now())
        for name, scope in state.scopes.items():
            if state.day < self._day:
                self._scopes[name] = CountedScope(midnight, calls=scope.calls)
            elif timedelta() <= now - scope.since <= _MAX_DAY:
                self._scopes[name] = scope

    def _update_day(self) -> datetime:
        """Begin a new day if it has come; return the time in UTC."""
        local = self._now()
        # Differences of local times are wrong when clocks change.
        now = local.astimezone(UTC)
        checked_at, self._checked_at = self._checked_at, now
        if (today := local.date()) != self._day:
            self._day = today
            midnight = midnight_of(local)
            # Calls since then are lost if the clock was set back, or the zone changed.
            since = midnight if midnight >= checked_at else now
            for scope in self._scopes.values():
                scope.since, scope.counts, scope.missed = since, DayCounts(), []
            self._notify(list(self._scopes))
        return now

    def _notify(self, scopes: Collection[str]) -> None:
        if self.changed is not None:
            self.changed(scopes)

    def _update_index(self, scope: str, members: AbstractSet[str]) -> None:
        former = self._members.get(scope, frozenset())
        self._members[scope] = frozenset(members)
        for extension_id in former - members:
            left = [name for name in self._scopes_of[extension_id] if name != scope]
            self._scopes_of[extension_id] = tuple(left)
        for extension_id in members - former:
            scopes = self._scopes_of.get(extension_id, ())
            self._scopes_of[extension_id] = (*scopes, scope)


def midnight_of(now: datetime) -> datetime:
    """Return the beginning of a local day in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.astimezone(UTC)
