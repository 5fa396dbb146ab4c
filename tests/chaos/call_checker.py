"""Compares call events with the calls that the platform announced. Pure.

For each call of a monitored extension it records the announced statuses, the arrival of
the notifications, and the call events. Missing and invented events follow from these.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final, NamedTuple, override

# Status of the call after each call event.
STATUSES: Final[Mapping[str, str]] = {
    "ringing": "Ringing",
    "dialing": "Ringing",
    "answered": "CallConnected",
    "resumed": "CallConnected",
    "unparked": "CallConnected",
    "held": "OnHold",
    "parked": "ParkedCall",
    "ended": "NoCall",
    "missed": "NoCall",
}
ENDED: Final = "NoCall"
_MISSED: Final = "missed"


class CallKey(NamedTuple):
    """One extension's side of a call."""

    extension_id: str
    telephony_session_id: str
    party_id: str


@dataclass(frozen=True, slots=True)
class Side:
    """A call as announced at one extension."""

    key: CallKey
    status: str
    is_inbound: bool


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """A call event that Home Assistant sent."""

    event: str
    reconstructed: bool = False

    @property
    def status(self) -> str:
        """Status of the call after this event."""
        return STATUSES[self.event]


class Kind(StrEnum):
    """Kind of a difference."""

    MISSED = "missed"
    INVENTED = "invented"
    OUT_OF_ORDER = "out of order"
    LEFT_OPEN = "left open"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between Home Assistant and the platform."""

    kind: str
    text: str

    @override
    def __str__(self) -> str:
        """Return the kind and the details."""
        return f"{self.kind}: {self.text}"


@dataclass(slots=True)
class _Message:
    """A status of one call, and the position of its message among those of the extension."""

    status: str
    place: int


@dataclass(slots=True)
class _History:
    """Record of one call."""

    is_inbound: bool
    # Whether its extension was monitored before the call began.
    is_followed: bool
    announced: list[_Message] = field(default_factory=list)
    seen: list[SeenEvent] = field(default_factory=list)

    @property
    def statuses(self) -> list[str]:
        return [announcement.status for announcement in self.announced]

    @property
    def is_over(self) -> bool:
        return bool(self.announced) and self.announced[-1].status == ENDED

    @property
    def is_seen_open(self) -> bool:
        return bool(self.seen) and self.seen[-1].status != ENDED

    @property
    def is_settled(self) -> bool:
        """Return whether no further event can follow."""
        return not self.announced or (self.is_over and not self.is_seen_open)


class CallChecker:
    """Checks the call events of all monitored extensions."""

    def __init__(self) -> None:
        """Initialize without calls."""
        self.calls_announced = 0
        self.events_seen = 0
        self._histories: dict[CallKey, _History] = {}
        self._announced: set[CallKey] = set()
        self._excused: set[CallKey] = set()
        self._followed: set[str] = set()
        # The messages about each extension in the order of sending, by their uuids, and
        # the place of each uuid in the order of arrival.
        self._sent: dict[str, list[tuple[str, ...]]] = {}
        self._arrivals: dict[str, int] = {}

    # Input

    def follow(self, extension_ids: Collection[str]) -> None:
        """Set the monitored extensions; their later events must all arrive."""
        self.unfollow(extension_ids)
        self._followed = set(extension_ids)

    def unfollow(self, monitored: Collection[str]) -> None:
        """Set the extensions that are still monitored; others are no longer checked."""
        self._followed &= set(monitored)
        for key, history in self._histories.items():
            if key.extension_id not in self._followed:
                history.is_followed = False

    def allow_losses(self) -> None:
        """Allow losses in all calls so far: the client has lost its memory."""
        self._excused = set(self._announced)
        self._histories.clear()

    def add_message(
        self, extension_id: str, sides: Iterable[Side], uuids: Iterable[str]
    ) -> None:
        """Record a message about an extension: all its calls, and the copies sent.

        A message without copies was lost, or had no receiver.
        """
        sent = self._sent.setdefault(extension_id, [])
        place = len(sent)
        sent.append(tuple(uuids))
        received = {side.key: side for side in sides if side.key not in self._excused}
        for key, history in self._histories.items():
            gone = key.extension_id == extension_id and key not in received
            if gone and not history.is_over:
                history.announced.append(_Message(ENDED, place))
        for key, side in received.items():
            known = self._histories.get(key)
            if known is None:
                self.calls_announced += extension_id in self._followed
                self._announced.add(key)
                known = self._histories[key] = _History(
                    side.is_inbound, extension_id in self._followed
                )
            if not known.announced or known.announced[-1].status != side.status:
                known.announced.append(_Message(side.status, place))

    def set_arrived(self, uuid: str) -> None:
        """Record the arrival of a message; only the first copy counts."""
        self._arrivals.setdefault(uuid, len(self._arrivals))

    def has_arrived(self, uuid: str) -> bool:
        """Return whether a message has reached the client."""
        return uuid in self._arrivals

    def add_call_event(self, key: CallKey, seen: SeenEvent) -> None:
        """Record a call event of Home Assistant."""
        self.events_seen += 1
        if key in self._excused:
            return
        self._histories.setdefault(key, _History(False, False)).seen.append(seen)

    # Result

    def differences(self) -> Iterator[Difference]:
        """Yield missing and invented events, and drop finished calls.

        To be called when no message is in transit.
        """
        received = {
            extension_id: self._arrived_messages(extension_id)
            for extension_id in self._sent
        }
        for key, history in list(self._histories.items()):
            arrived = [
                received[key.extension_id][item.place] for item in history.announced
            ]
            if (
                kind := _find_difference(history, has_arrived_completely=all(arrived))
            ) is not None:
                yield Difference(kind, _describe(key, history, arrived))
            if history.is_settled:
                del self._histories[key]
        open_at = {key.extension_id for key in self._histories}
        for extension_id in self._sent.keys() - open_at:
            del self._sent[extension_id]

    def _arrived_messages(self, extension_id: str) -> list[bool]:
        """Return for each message whether it arrived, and before all later ones."""
        received: list[bool] = []
        first_of_later = inf
        for uuids in reversed(self._sent[extension_id]):
            arrived = min(
                (self._arrivals.get(uuid, inf) for uuid in uuids), default=inf
            )
            received.append(arrived < first_of_later)
            first_of_later = min(first_of_later, arrived)
        return received[::-1]


def _find_difference(history: _History, *, has_arrived_completely: bool) -> Kind | None:
    """Return the difference of a call; `has_arrived_completely` if all its messages did."""
    announced = history.statuses
    seen = [item.status for item in history.seen]
    if Counter(seen) - Counter(announced) or (
        has_arrived_completely and _false_miss(history)
    ):
        return Kind.INVENTED
    if not _is_subsequence(seen, announced):
        return Kind.OUT_OF_ORDER
    if not history.is_followed:
        return None
    if has_arrived_completely and seen != announced:
        return Kind.MISSED
    if history.is_over and history.is_seen_open:
        return Kind.LEFT_OPEN
    return None


def _describe(key: CallKey, history: _History, arrived: Iterable[bool]) -> str:
    announced = (
        status if has_arrived else f"({status})"
        for status, has_arrived in zip(history.statuses, arrived, strict=True)
    )
    seen = (
        f"{item.event}*" if item.reconstructed else item.event for item in history.seen
    )
    return (
        f"{key.party_id} of {key.extension_id}: the platform announced "
        f"{' '.join(announced)} (in brackets: did not arrive, or not in order), "
        f"seen was {' '.join(seen) or 'nothing'} (with a star: reconstructed)"
    )


def _is_subsequence(some: Iterable[str], all_: Iterable[str]) -> bool:
    """Return whether `some` is `all_` with gaps."""
    rest = iter(all_)
    return all(item in rest for item in some)


def _false_miss(history: _History) -> bool:
    """Return whether a call was reported as missed that was answered or outbound.

    Events reconstructed from a snapshot are marked and checked less strictly.
    """
    return any(
        seen.event == _MISSED and not seen.reconstructed for seen in history.seen
    ) and (not history.is_inbound or "CallConnected" in history.statuses)
