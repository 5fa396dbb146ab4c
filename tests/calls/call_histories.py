"""Notation for histories of calls.

A call is named by its phone and telephony session: `A1` is the party of phone A in the
first session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.api.models.presence import Snapshot
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import Json, call_json, event_of, notification, snapshot

PHONES: Final = {"A": "700000102016", "B": "700000103016", "C": "700000104016"}
_NAMES: Final = {extension_id: name for name, extension_id in PHONES.items()}
# Of several calls, the last status in this order is the overall status.
_PRIORITY: Final = (
    "NoCall",
    "ParkedCall",
    "Ringing",
    "OnHold",
    "CallConnected",
    "Yodelling",
)


@dataclass(frozen=True)
class Listed:
    """Call as listed by the platform."""

    label: str
    status: str
    fields: Json

    def as_json(self, begin: datetime, first_seen: datetime) -> Json:
        """Return the JSON of the call; `startTime` is in seconds after `begin`."""
        name, _, party = self.label.partition("/")
        phone, session = name[0], name[1:]
        return call_json(
            int(session),
            self.status,
            **{
                "partyId": f"p-{session}-{party or phone}",
                "startTime": first_seen.isoformat(),
                **self.fields,
                **(
                    {"startTime": (begin + timedelta(seconds=start)).isoformat()}
                    if (start := self.fields.get("startTime")) is not None
                    else {}
                ),
            },
        )


def ringing(label: str, **fields: object) -> Listed:
    return Listed(label, "Ringing", fields)


def talking(label: str, **fields: object) -> Listed:
    return Listed(label, "CallConnected", fields)


def on_hold(label: str, **fields: object) -> Listed:
    return Listed(label, "OnHold", fields)


def parked(label: str, **fields: object) -> Listed:
    return Listed(label, "ParkedCall", fields)


def ended(label: str, **fields: object) -> Listed:
    """Return a call that has just ended, and is listed for the last time."""
    return Listed(label, "NoCall", {"terminationType": "final", **fields})


OUTBOUND: Final[Json] = {"direction": "Outbound"}
QUEUE: Final[Json] = {"queueCall": True}


@dataclass(frozen=True)
class Message:
    """Notification or snapshot of a phone."""

    seconds: float
    phone: str
    calls: Sequence[Listed]
    fields: Json
    by: Literal["event", "replay", "snapshot"] = "event"
    envelope: Json = field(default_factory=dict)

    def body(self, begin: datetime, starts: dict[str, datetime]) -> Json:
        """Return status and list, overridden by `fields`."""
        now = begin + timedelta(seconds=self.seconds)
        statuses = {call.status for call in self.calls}
        body = {
            "telephonyStatus": max(statuses, key=_PRIORITY.index, default="NoCall"),
            "activeCalls": [
                call.as_json(begin, starts.setdefault(call.label, now))
                for call in self.calls
            ],
            **self.fields,
        }
        return {key: value for key, value in body.items() if value is not ...}


def event_at(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Message:
    """Return a notification; `...` omits a field."""
    return Message(seconds, phone, calls, fields)


def replayed(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Message:
    """Return a notification that was sent before the current connection."""
    return Message(seconds, phone, calls, fields, "replay")


def undated(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Message:
    """Return a notification without a timestamp."""
    return Message(seconds, phone, calls, fields, envelope={"timestamp": None})


def snapshot_at(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Message:
    """Return a snapshot after which no older notification arrives."""
    return Message(seconds, phone, calls, fields, "snapshot")


class Pause:
    """No message arrives until pending ends of rings have expired."""


class Restart:
    """Home Assistant restarts and continues from the stored calls."""


class Kill:
    """Home Assistant restarts without stored calls."""


type Step = Message | Pause | Restart | Kill
type History = Sequence[Step]


class Recorder:
    """Presence store and detector, with all call events."""

    def __init__(self, extension_ids: Iterable[str]) -> None:
        """Initialize without presences."""
        self._extension_ids = tuple(extension_ids)
        self.events: list[tuple[str, CallEvent]] = []
        self.kill()

    def kill(self) -> None:
        """Start again without stored calls."""
        self._store = PresenceStore(Anomalies())
        self._store.monitor(self._extension_ids)
        self._detector = CallEventDetector()

    def restart(self) -> None:
        """Start again with the stored calls."""
        self.expire_rings()
        reported = self._detector.reported
        self.kill()
        self._detector.resume(reported)

    def apply_event(self, event: PresenceEvent, *, is_replayed: bool = False) -> None:
        """Apply a notification."""
        if (change := self._store.apply_event(event)) is not None:
            events = self._detector.apply(change, is_replayed=is_replayed)
            self._record(event.extension_id, events)

    def apply_snapshot(self, snapshot: Snapshot) -> None:
        """Apply a snapshot after which no older notification arrives."""
        with self._store.snapshot() as writer:
            change = writer.apply(snapshot)
        assert change is not None
        assert list(self._detector.apply(change)) == []
        self._record(snapshot.extension_id, self._detector.resolve(change))

    def expire_rings(self) -> None:
        """Let all pending ends of rings expire."""
        for extension_id in self._extension_ids:
            for end in list(self._detector.pending_ends(extension_id)):
                self._record(extension_id, self._detector.expire(extension_id, end))

    def _record(self, extension_id: str, events: Iterable[CallEvent]) -> None:
        self.events += [(extension_id, event) for event in events]


class Player(Recorder):
    """Plays histories."""

    def __init__(self, begin: datetime) -> None:
        """Initialize with snapshots of idle phones."""
        super().__init__(PHONES.values())
        self._begin = begin
        self._starts: dict[str, datetime] = {}
        self._number = 0
        for phone in PHONES:
            self._apply(snapshot_at(-60, phone))

    def play(self, history: Iterable[Step]) -> None:
        """Play the steps of a history."""
        for step in history:
            match step:
                case Message():
                    self._apply(step)
                case Pause():
                    self.expire_rings()
                case Restart():
                    self.restart()
                case Kill():
                    self.kill()

    def _apply(self, step: Message) -> None:
        extension_id = PHONES[step.phone]
        body = step.body(self._begin, self._starts)
        time = self._begin + timedelta(seconds=step.seconds)
        if step.by == "snapshot":
            self.apply_snapshot(
                snapshot(time, extension={"id": int(extension_id)}, **body)
            )
            return
        self._number += 1
        envelope = {
            "uuid": f"uuid-{self._number}",
            "timestamp": time.isoformat(),
            **step.envelope,
        }
        body = {"extensionId": extension_id, "sequence": self._number, **body}
        event = event_of(notification(body, **envelope))
        self.apply_event(event, is_replayed=step.by == "replay")


def events_of(history: History, begin: datetime) -> list[tuple[str, CallEvent]]:
    """Return the call events of a history, with extension ids."""
    player = Player(begin)
    player.play([*history, Pause()])
    return player.events


# --------------------------------------------------------------------------------------
# Notation of call events: `A1 ended* 5/60/0` is the reconstructed end of a call that rang 5
# seconds and was connected for 60; a tilde marks a replayed event, a minus an unknown
# duration.


def as_text(
    extension_id: str, event: CallEvent, *, with_durations: bool = False
) -> str:
    return text(
        _NAMES[extension_id],
        event.call.telephony_session_id,
        event.call.party_id,
        event.type,
        event.durations if with_durations else None,
        is_reconstructed=event.reconstructed,
        is_replayed=event.replayed,
    )


def text(
    phone: str,
    session: str | None,
    party: str | None,
    kind: CallEventType | str,
    durations: CallDurations | None,
    *,
    is_reconstructed: bool,
    is_replayed: bool,
) -> str:
    """Return the notation of a call event."""
    label = phone + (session or "s-?").removeprefix("s-")
    last = (party or "").rpartition("-")[2]
    # A party that is not named otherwise has the name of its phone.
    if last not in ("", phone):
        label += f"/{last}"
    marks = "*" * is_reconstructed + "~" * is_replayed
    parts = [label, f"{kind}{marks}"]
    if durations is not None:
        parts.append(
            "/".join(
                "-" if seconds is None else f"{seconds:g}"
                for seconds in (durations.ringing, durations.talking, durations.held)
            )
        )
    return " ".join(parts)
