"""Decide whether the presence of an extension is current. Needs no Home Assistant.

Changes may be missed before a gap: a new subscription, or an incomplete replay. An
extension is followed if its changes are pushed and its snapshot was requested after the
last gap. It is current if it is followed, or was followed or confirmed by a snapshot at
most `GRACE` seconds ago.
"""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from ..api.clock import Instant
from ..const import GRACE
from .models import ExtensionPresence


class _Period(NamedTuple):
    """A period of live updates that has ended."""

    gap_at: Instant | None
    pushed_until: Instant
    not_pushed: frozenset[str]


class Received(NamedTuple):
    """Number of a connection, and of the notifications over it so far."""

    connection: int
    notifications: int


class Freshness:
    """Freshness of all extensions of an account."""

    def __init__(self) -> None:
        """Initialize without a gap; the last run may have left a session to recover."""
        self.is_pushed = False
        # When changes may last have been missed.
        self.gap_at: Instant | None = None
        # Extensions whose event filters were rejected.
        self._not_pushed: frozenset[str] = frozenset()
        self._periods: list[_Period] = []
        # Beginning of the last snapshot of all extensions.
        self._snapshot_at: Instant | None = None
        self._needs_snapshot = False
        self._awaits_replay = True
        self._is_replay_complete = True
        # Notifications over the present connection that came before the loss, and those
        # counted so far.
        self._received_before_loss = 0
        self._counted: Received | None = None
        # Seconds until an extension becomes stale without a further event.
        self.next_expiry: float | None = None

    @property
    def has_gap(self) -> bool:
        """Whether changes may be missing from the last snapshot of all extensions."""
        return not _is_after(self._snapshot_at, self.gap_at)

    @property
    def is_followed(self) -> bool:
        """Whether all changes since the last snapshot of all extensions were pushed."""
        return self.is_pushed and not self.has_gap

    @property
    def is_verified(self) -> bool:
        """Whether a snapshot has confirmed that, if events were replayed."""
        return self.is_followed and not self._needs_snapshot

    def update_stale(self, extensions: Mapping[str, ExtensionPresence]) -> set[str]:
        """Return the extensions that are not current; update the time of the next expiry."""
        now = Instant.now()
        self._periods = [
            period
            for period in self._periods
            if _seconds(period.pushed_until, now) < GRACE
        ]
        stale = set()
        oldest: float | None = None
        # Most extensions have the times of the same snapshot.
        ages: dict[tuple[int, int, str | None], float] = {}
        not_pushed = self._not_pushed.union(*(one.not_pushed for one in self._periods))
        for extension_id, known in extensions.items():
            if (
                self.is_pushed
                and extension_id not in self._not_pushed
                and _is_after(known.requested_at, self.gap_at)
            ):
                continue
            key = (
                id(known.requested_at),
                id(known.confirmed_at),
                extension_id if extension_id in not_pushed else None,
            )
            if (age := ages.get(key)) is None:
                age = ages[key] = self._age(extension_id, known, now)
            if age >= GRACE:
                stale.add(extension_id)
            elif oldest is None or age > oldest:
                oldest = age
        self.next_expiry = None if oldest is None else GRACE - oldest
        return stale

    def _age(self, extension_id: str, known: ExtensionPresence, now: Instant) -> float:
        age = inf if known.confirmed_at is None else _seconds(known.confirmed_at, now)
        for gap_at, pushed_until, not_pushed in self._periods:
            if extension_id not in not_pushed and _is_after(known.requested_at, gap_at):
                age = min(age, _seconds(pushed_until, now))
        return age

    # Changes of the stream

    def handle_loss(
        self,
        pushed_until: Instant,
        received: Received,
        buffer_size: int,
        *,
        is_connected: bool,
    ) -> None:
        """End the period of live updates; a connection may remain, unsubscribed."""
        self.is_pushed = False
        self._end_period(pushed_until)
        if self._awaits_replay:
            # Lost again before the replay was checked.
            self.count_replayed(received, buffer_size)
        else:
            self._awaits_replay = True
            self._received_before_loss = received.notifications if is_connected else 0
            self._counted = received

    def update_not_pushed(self, extension_ids: frozenset[str]) -> None:
        """Update the extensions whose event filters were rejected."""
        if extension_ids != self._not_pushed:
            if self.is_pushed:
                self._end_period(Instant.now())
            self._not_pushed = extension_ids

    def count_replayed(self, received: Received, buffer_size: int) -> None:
        """Count the notifications since the loss over the last connection."""
        # A replay is incomplete if it has as many as the platform keeps.
        if not self._awaits_replay or received == self._counted:
            return
        if self._counted and received.connection != self._counted.connection:
            self._received_before_loss = 0
        self._counted = received
        if received.notifications - self._received_before_loss >= buffer_size:
            self._is_replay_complete = False

    def handle_resync(self) -> None:
        """Record a gap: nothing will be replayed."""
        if self.is_pushed:
            # A gap without a loss: extensions stay current until they are refreshed.
            self._end_period(Instant.now())
        self.gap_at = Instant.now()
        self._awaits_replay = False
        self._is_replay_complete = True

    def handle_recovery(self) -> None:
        """Expect a replay over a new connection."""
        self._received_before_loss, self._counted = 0, None
        self._needs_snapshot = True

    def check_replay(self, received: Received, buffer_size: int) -> bool:
        """Return whether the replay was complete; if not, record a gap."""
        self.count_replayed(received, buffer_size)
        is_complete, self._is_replay_complete = self._is_replay_complete, True
        if not is_complete:
            self.gap_at = Instant.now()
        # Lost again since.
        self._awaits_replay = not self.is_pushed
        self._counted = received
        return is_complete

    # Snapshots

    def record_snapshot(self, requested_at: Instant) -> None:
        """Record a snapshot of all extensions."""
        self._snapshot_at = requested_at
        self._needs_snapshot = False

    def _end_period(self, pushed_until: Instant) -> None:
        self._periods.append(_Period(self.gap_at, pushed_until, self._not_pushed))


def _is_after(requested_at: Instant | None, gap_at: Instant | None) -> bool:
    return requested_at is not None and (
        gap_at is None or requested_at.monotonic >= gap_at.monotonic
    )


def _seconds(since: Instant, now: Instant) -> float:
    return max(now.monotonic - since.monotonic, now.boot - since.boot)
