"""Histories of calls, as the platform tells them: the words that they are written in.

A call is called by its phone and its telephony session: `A1` is phone A's party of the
first session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.presence import PresenceEvent, Snapshot
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
# Later words win in the overall status.
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
    """A call as a list shows it."""

    label: str
    status: str
    fields: Json

    def as_json(self, begin: datetime, first_seen: datetime) -> Json:
        """Return it in the platform's words; a start is in seconds after the begin."""
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
    """Return a call that rings at a phone."""
    return Listed(label, "Ringing", fields)


def talking(label: str, **fields: object) -> Listed:
    """Return a call that is connected."""
    return Listed(label, "CallConnected", fields)


def on_hold(label: str, **fields: object) -> Listed:
    """Return a call that is on hold."""
    return Listed(label, "OnHold", fields)


def parked(label: str, **fields: object) -> Listed:
    """Return a call that is parked."""
    return Listed(label, "ParkedCall", fields)


def over(label: str, **fields: object) -> Listed:
    """Return a call that has just ended, and is listed for the last time."""
    return Listed(label, "NoCall", {"terminationType": "final", **fields})


OUTBOUND: Final[Json] = {"direction": "Outbound"}
QUEUE: Final[Json] = {"queueCall": True}


@dataclass(frozen=True)
class Told:
    """What the platform tells of a phone: by a notification, or by a snapshot."""

    seconds: float
    phone: str
    calls: Sequence[Listed]
    fields: Json
    by: Literal["event", "replay", "snapshot"] = "event"
    envelope: Json = field(default_factory=dict)

    def body(self, begin: datetime, starts: dict[str, datetime]) -> Json:
        """Return status and list, unless told otherwise."""
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


def told(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Told:
    """Return a notification of a phone with these calls; `...` leaves a field out."""
    return Told(seconds, phone, calls, fields)


def replayed(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Told:
    """Return a notification that was sent before the connection that brings it."""
    return Told(seconds, phone, calls, fields, "replay")


def undated(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Told:
    """Return a notification that does not say when it was sent."""
    return Told(seconds, phone, calls, fields, envelope={"timestamp": None})


def shown(seconds: float, phone: str, *calls: Listed, **fields: Any) -> Told:
    """Return a snapshot of a phone, after which nothing older can come."""
    return Told(seconds, phone, calls, fields, "snapshot")


class Silence:
    """Nothing comes until a ring that has stopped is over."""


class Restart:
    """Home Assistant is started anew, and goes on where it ended."""


class Kill:
    """Home Assistant is started anew, and knows nothing of what was."""


type Step = Told | Silence | Restart | Kill
type History = Sequence[Step]


class Listener:
    """A book and a log, and all that they told."""

    def __init__(self, extension_ids: Iterable[str]) -> None:
        """Know nothing of these extensions."""
        self._extension_ids = tuple(extension_ids)
        self.heard: list[tuple[str, CallEvent]] = []
        self.kill()

    def kill(self) -> None:
        """Forget everything."""
        self._book = PresenceStore(Anomalies())
        self._book.monitor(self._extension_ids)
        self._log = CallEventDetector()

    def restart(self) -> None:
        """Begin anew, and go on where the former run ended."""
        self.wait()
        told = self._log.reported
        self.kill()
        self._log.resume(told)

    def hear(self, event: PresenceEvent, *, is_replayed: bool = False) -> None:
        """Take an event."""
        if (change := self._book.apply_event(event)) is not None:
            events = self._log.apply(change, is_replayed=is_replayed)
            self._note(event.extension_id, events)

    def look(self, picture: Snapshot) -> None:
        """Take a snapshot after which nothing older can come."""
        with self._book.snapshot() as snapshots:
            change = snapshots.apply(picture)
        assert change is not None
        assert list(self._log.apply(change)) == []
        self._note(picture.extension_id, self._log.resolve(change))

    def wait(self) -> None:
        """Hear nothing until every ring that has stopped is over."""
        for extension_id in self._extension_ids:
            for ring in list(self._log.pending_misses(extension_id)):
                self._note(extension_id, self._log.expire_ring(extension_id, ring))

    def _note(self, extension_id: str, events: Iterable[CallEvent]) -> None:
        self.heard += [(extension_id, event) for event in events]


class Player(Listener):
    """Plays histories."""

    def __init__(self, begin: datetime) -> None:
        """Begin with a first picture of idle phones."""
        super().__init__(PHONES.values())
        self._begin = begin
        self._starts: dict[str, datetime] = {}
        self._number = 0
        for phone in PHONES:
            self._tell(shown(-60, phone))

    def play(self, history: Iterable[Step]) -> None:
        """Play steps."""
        for step in history:
            match step:
                case Told():
                    self._tell(step)
                case Silence():
                    self.wait()
                case Restart():
                    self.restart()
                case Kill():
                    self.kill()

    def _tell(self, step: Told) -> None:
        extension_id = PHONES[step.phone]
        body = step.body(self._begin, self._starts)
        time = self._begin + timedelta(seconds=step.seconds)
        if step.by == "snapshot":
            self.look(snapshot(time, extension={"id": int(extension_id)}, **body))
            return
        self._number += 1
        envelope = {
            "uuid": f"uuid-{self._number}",
            "timestamp": time.isoformat(),
            **step.envelope,
        }
        body = {"extensionId": extension_id, "sequence": self._number, **body}
        event = event_of(notification(body, **envelope))
        self.hear(event, is_replayed=step.by == "replay")


def heard_in(history: History, begin: datetime) -> list[tuple[str, CallEvent]]:
    """Return all that a history tells of calls, with whose they are."""
    player = Player(begin)
    player.play([*history, Silence()])
    return player.heard


# --------------------------------------------------------------------------------------
# Call events as text: `A1 ended* 5/60/0` is the reconstructed end of a call that rang 5
# seconds and was talked on for 60; a tilde marks what was replayed, a minus what is not
# known.


def as_text(
    extension_id: str, event: CallEvent, *, with_durations: bool = False
) -> str:
    """Return a call event in short."""
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
    """Return a call event in short, from its parts."""
    label = phone + (session or "s-?").removeprefix("s-")
    last = (party or "").rpartition("-")[2]
    # A party that is not named otherwise has the name of its phone.
    if last not in ("", phone):
        label += f"/{last}"
    marks = "*" * is_reconstructed + "~" * is_replayed
    words = [label, f"{kind}{marks}"]
    if durations is not None:
        words.append(
            "/".join(
                "-" if seconds is None else f"{seconds:g}"
                for seconds in (durations.ringing, durations.talking, durations.held)
            )
        )
    return " ".join(words)
