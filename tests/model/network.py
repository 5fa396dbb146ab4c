"""Moved time, and the network between a simulator and the integration."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

from freezegun.api import FrozenDateTimeFactory
import orjson

from ..strategies import MIDNIGHT
from .checker import Checker
from .integration import Integration
from .truth import Truth

# Milliseconds.
LATENCY: Final = 30
_FOLLOW_UP: Final = 2_000


class Network(ABC):
    """Delays, reorders, repeats, drops and keeps notifications; time is in milliseconds."""

    integration: Integration

    def __init__(
        self,
        freezer: FrozenDateTimeFactory,
        numbers: Mapping[str, str],
        buffer_size: int,
    ) -> None:
        """Begin at midnight, with a connection."""
        self._freezer = freezer
        self._ms = 0
        self._freezer.move_to(MIDNIGHT)
        self.truth = Truth()
        self.checker = Checker(self.truth)
        self.journal: list[str] = []
        # Numbers of the extensions by their ids.
        self._numbers = numbers
        self._buffer_size = buffer_size
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        # The run of the integration: what belongs to an earlier one is over.
        self._run = 0
        self.latency = LATENCY
        self._is_connected = True
        self._lost_at = 0
        self._is_verified = True
        self._connection = 0
        self._subscription = 0
        self._last_arrival = 0
        self._in_flight: deque[tuple[str, bytes]] = deque()
        self._buffer: deque[tuple[str, bytes]] = deque()
        self._last_delivered: list[tuple[str, bytes]] = []
        self._next_fault: tuple[str, int] | None = None
        self._received = 0

    @abstractmethod
    def fetch(self, extension_ids: Collection[str]) -> None:
        """Request snapshots."""

    @abstractmethod
    def save_soon(self) -> None:
        """Store soon what the integration has reported."""

    @abstractmethod
    def check_times(self, *, at_rest: bool = False) -> None:
        """Compare since when calls have had their status with the truth."""

    def note(self, text: str) -> None:
        """Add a line to the journal."""
        self.journal.append(f"{self.ms / 1000:8.3f} {text}")

    # Time

    @property
    def ms(self) -> int:
        """The time since the beginning."""
        return self._ms

    @ms.setter
    def ms(self, ms: int) -> None:
        if ms != self._ms:
            self._freezer.tick(timedelta(milliseconds=ms - self._ms))
            self._ms = ms

    def advance(self, ms: int) -> None:
        """Let time pass, and everything happen that is due."""
        until = self.ms + ms
        while self._timers and self._timers[0][0] <= until:
            due, _, action = heappop(self._timers)
            self.ms = max(self.ms, due)
            action()
        self.ms = until

    def _at(self, ms: int, action: Callable[[], None]) -> None:
        heappush(self._timers, (ms, next(self._order), action))

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action of the integration, unless it is restarted before."""
        run = self._run
        self._at(
            self.ms + round(seconds * 1000),
            lambda: action() if run == self._run else None,
        )

    # Notifications

    def disturb(self, fault: str, ms: int) -> None:
        """Delay, repeat or drop the next notification."""
        self._next_fault = (fault, ms)

    def send(self, frame: bytes) -> None:
        """Send a notification, or keep it for a replay."""
        uuid = str(orjson.loads(frame)[1]["uuid"])
        fault, self._next_fault = self._next_fault, None
        if fault is not None and fault[0] == "drop":
            self.note(f"drops {_short(frame, self._numbers)}")
            return
        if not self._is_connected:
            self._buffer.append((uuid, frame))
            while len(self._buffer) > self._buffer_size:
                lost, _ = self._buffer.popleft()
                self.truth.lost_in_gap.add(lost)
            return
        if fault is not None and fault[0] == "late":
            self.truth.late.add(uuid)
            self._deliver_at(self.ms + self.latency + fault[1], uuid, frame)
            return
        self._last_arrival = max(self._last_arrival, self.ms + self.latency)
        self._in_flight.append((uuid, frame))
        connection = self._connection

        def arrive() -> None:
            if connection == self._connection and self._is_connected:
                self._in_flight.popleft()
                self._deliver(uuid, frame)

        self._at(self._last_arrival, arrive)
        if fault is not None and fault[0] == "repeat":
            self._deliver_at(self._last_arrival + fault[1], uuid, frame)

    def _deliver_at(self, ms: int, uuid: str, frame: bytes) -> None:
        """Deliver out of order; what is late arrives over the next connection, too."""
        subscription = self._subscription

        def arrive() -> None:
            if subscription != self._subscription:
                return
            if self._is_connected:
                self._deliver(uuid, frame)
            else:
                self._at(self.ms + 1_000, arrive)

        self._at(ms, arrive)

    def _deliver(self, uuid: str, frame: bytes) -> None:
        self.truth.arrive(uuid, self.ms / 1000)
        self._received += 1
        self._last_delivered = [*self._last_delivered, (uuid, frame)][-3:]
        self.note(f"<- {_short(frame, self._numbers)}")
        self.integration.apply(frame)
        self.check_times()
        self.save_soon()

    def disconnect(self) -> None:
        """Lose the connection; what is in transit is kept for a replay."""
        if self._is_connected:
            self.note("connection lost")
            self._is_connected = False
            if not self._is_verified:
                self._add_gap()
            # What was in transit then is a part of the replay.
            self._lost_at = self.ms - self.latency
            self._connection += 1
            self._buffer.extend(self._in_flight)
            self._in_flight.clear()
            self.integration.handle_loss()

    def reconnect(self, *, recover: bool, repeats: int = 0) -> None:
        """Connect again, with a replay or with a fresh subscription."""
        if self._is_connected:
            return
        self.note("recovered" if recover else "subscribed again")
        self._is_connected = True
        self._connection += 1
        self._last_arrival = self.ms
        missed = list(self._buffer)
        self._buffer.clear()
        self._received = 0
        self._is_verified = not recover
        if not recover:
            # Notifications of another subscription are ignored.
            self._subscription += 1
            self._add_gap()
            self.truth.lost_in_gap.update(uuid for uuid, _ in missed)
            self.integration.handle_resync()
            self.fetch(self._numbers)
            return
        self.integration.handle_recovery(datetime.now(UTC))
        again = self._last_delivered[-repeats:] if repeats else []
        for uuid, frame in [*again, *missed]:
            self._deliver(uuid, frame)
        connection = self._connection
        self._at(self.ms + _FOLLOW_UP, lambda: self._check_replay(connection))

    def _check_replay(self, connection: int) -> None:
        if connection == self._connection:
            # A replay is incomplete if it has as many as the platform keeps.
            self._is_verified = True
            is_complete = self._received < self._buffer_size
            if not is_complete:
                self._add_gap()
            self.integration.handle_replay(is_complete=is_complete)
            self.fetch(self._numbers)

    def _add_gap(self) -> None:
        self.checker.gaps.append((self._lost_at / 1000, self.ms / 1000))


def label(party_id: str) -> str:
    return f"{party_id[2:6]}/{party_id.rpartition('-')[2]}"


def _short(frame: bytes, numbers: Mapping[str, str]) -> str:
    body = orjson.loads(frame)[1]["body"]
    number = numbers.get(str(body["extensionId"]), "?")
    if "activeCalls" not in body:
        return f"{number} (no calls) #{body.get('sequence')}"
    calls = ", ".join(
        f"{label(call['partyId'])} {call['direction'][:3]} {call['telephonyStatus']}"
        for call in body["activeCalls"]
    )
    stamp = orjson.loads(frame)[1]["timestamp"][17:23]
    return f"{number} [{calls}] @{stamp} #{body.get('sequence')}"
