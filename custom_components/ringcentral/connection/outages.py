"""Statistics of outages; those whose events were all replayed count as seen. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ..api.clock import Instant
from ..calls.counts import midnight_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Statistics that outlive a restart; durations in seconds."""

    count: int
    last_loss: datetime | None
    # Local day of `unseen`.
    day: date
    unseen: float
    # Of outages whose events may still be replayed.
    undecided: float
    # Outages are counted from then on.
    since: datetime


class OutageStatistics:
    """Counts outages, and the unseen seconds of the local day."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Initialize without outages; `clock` returns the local time."""
        self._clock = clock
        self._began: Instant | None = None
        self._undecided = 0.0
        now = clock()
        self._day: date = now.date()
        self._midnight = midnight_of(now)
        self._unseen = 0.0
        self.since = now.astimezone(UTC)
        self.count = 0
        self.last_loss: datetime | None = None

    def start(self, last_message_at: Instant) -> None:
        """Record a loss of the connection."""
        self.count += 1
        # In UTC, since local time jumps.
        self.last_loss = self._clock().astimezone(UTC) - timedelta(
            seconds=last_message_at.age
        )
        self.extend(last_message_at)

    def extend(self, since: Instant) -> None:
        """Record that no updates were received since then."""
        if self._began is None or since.age > self._began.age:
            self._began = since

    def add_offline(self, seconds: float) -> None:
        """Add a time before this run, in which Home Assistant was not running."""
        self._undecided += max(0.0, seconds)

    def end(self) -> None:
        """Record that updates are received again; `resolve` must follow."""
        if self._began is not None:
            self._undecided += self._began.age
            self._began = None

    def resolve(self, *, seen: bool) -> None:
        """Decide whether the events of all outages that have ended were replayed."""
        if not seen:
            self._add(self._undecided)
        self._undecided = 0.0

    def unseen_today(self, *, is_final: bool) -> float:
        """Return the unseen seconds of today; `is_final` if nothing will be replayed."""
        self._update_day()
        lost = self._pending if is_final else 0.0
        return min(self._unseen + lost, self._since_midnight())

    @property
    def unseen_since(self) -> datetime:
        """Time from which the seconds of `unseen_today` are counted, when last read."""
        return max(self._midnight, self.since)

    @property
    def _pending(self) -> float:
        return self._undecided + (0.0 if self._began is None else self._began.age)

    @property
    def totals(self) -> Totals:
        """Statistics to be stored."""
        return Totals(
            count=self.count,
            last_loss=self.last_loss,
            day=self._day,
            unseen=self._unseen,
            undecided=self._pending,
            since=self.since,
        )

    def restore(self, totals: Totals) -> None:
        """Continue with stored statistics."""
        self.count = totals.count
        self.last_loss = totals.last_loss
        self.since = min(self.since, totals.since)
        if totals.day == self._day:
            self._unseen = totals.unseen
        self._undecided += totals.undecided

    def _add(self, seconds: float) -> None:
        self._update_day()
        self._unseen = min(self._unseen + seconds, self._since_midnight())

    def _update_day(self) -> None:
        now = self._clock()
        if (today := now.date()) != self._day:
            self._day, self._unseen = today, 0.0
            self._midnight = midnight_of(now)

    def _since_midnight(self) -> float:
        now = self._clock()
        return (now.astimezone(UTC) - midnight_of(now)) / timedelta(seconds=1)
