"""An honest measure of the connection: how often it was lost, and what went unseen.

Unseen is the time for which changes could have been missed and had to be reconstructed
by a snapshot. A gap that the platform has replayed in full counts as seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ..api.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a run has counted.

    Attributes:
        count: losses ever.
        last_loss: when the last one was.
        day: the local day of `unseen`.
        unseen: seconds of that day.
        undecided: seconds of gaps that may still be replayed.

    """

    count: int
    last_loss: datetime | None
    day: date
    unseen: float
    undecided: float


class OutageStatistics:
    """Counts the gaps of push.

    Attributes:
        count: how often push was lost.
        last_loss: when it was lost last.

    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begin without any gap.

        Args:
            clock: tells the local time; it decides when a day begins.

        """
        self._clock = clock
        self._gap: Instant | None = None
        self._undecided = 0.0
        self._day: date = clock().date()
        self._unseen = 0.0
        self.count = 0
        self.last_loss: datetime | None = None

    def start(self, heard: Instant) -> None:
        """Take note that push is lost; it was last heard at that moment."""
        self.count += 1
        # In UTC: local time does not go on evenly.
        self.last_loss = self._clock().astimezone(UTC) - timedelta(seconds=heard.age)
        self.extend(heard)

    def extend(self, since: Instant) -> None:
        """Take note that nothing has been pushed since then, if not for longer."""
        if self._gap is None or since.age > self._gap.age:
            self._gap = since

    def add_offline(self, seconds: float) -> None:
        """Take note of a gap before this: nobody was there to see anything."""
        self._undecided += max(0.0, seconds)

    def end(self) -> None:
        """Take note that changes are pushed again; whether all, is to be decided."""
        if self._gap is not None:
            self._undecided += self._gap.age
            self._gap = None

    def resolve(self, *, seen: bool) -> None:
        """Say whether what happened in the gaps that are over has been replayed."""
        if not seen:
            self._add(self._undecided)
        self._undecided = 0.0

    def unseen_today(self, *, hopeless: bool) -> float:
        """Return the seconds of today.

        Args:
            hopeless: whether nothing of an open gap can be replayed any more.

        """
        self._begin_day()
        lost = self._pending if hopeless else 0.0
        return min(self._unseen + lost, self._since_midnight())

    @property
    def _pending(self) -> float:
        """The seconds of all gaps that are not decided, the open one included."""
        return self._undecided + (0.0 if self._gap is None else self._gap.age)

    @property
    def totals(self) -> Totals:
        """What is to be remembered over a restart."""
        return Totals(
            count=self.count,
            last_loss=self.last_loss,
            day=self._day,
            unseen=self._unseen,
            undecided=self._pending,
        )

    def restore(self, totals: Totals) -> None:
        """Go on from what was remembered."""
        self.count = totals.count
        self.last_loss = totals.last_loss
        if totals.day == self._day:
            self._unseen = totals.unseen
        self._undecided += totals.undecided

    def _add(self, seconds: float) -> None:
        """Add the part of a gap, over just now, that belongs to today."""
        self._begin_day()
        self._unseen = min(self._unseen + seconds, self._since_midnight())

    def _begin_day(self) -> None:
        if (today := self._clock().date()) != self._day:
            self._day, self._unseen = today, 0.0

    def _since_midnight(self) -> float:
        """Return the seconds of this day so far; a day can have 23 or 25 hours."""
        now = self._clock()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (now.astimezone(UTC) - midnight.astimezone(UTC)) / timedelta(seconds=1)
