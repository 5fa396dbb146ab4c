"""The presence book: snapshots and events in, changes out.

Holds what is known of each monitored extension. Pure: no I/O, no clock of its own, and
nothing that JSON can express makes it raise.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import replace
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Final, NamedTuple

from ..api.anomalies import Anomalies
from ..api.models.enums import TelephonyStatus
from ..api.models.presence import ActiveCall, Presence, PresenceEvent, Snapshot

_NOTHING_KNOWN: Final = Presence()
# How far a call has come: not begun, ringing, (all others) answered, parked.
_STAGES: Final = {
    None: 0,
    TelephonyStatus.NO_CALL: 0,
    TelephonyStatus.RINGING: 1,
    TelephonyStatus.PARKED_CALL: 3,
}
# A list of active calls holds the latest ones only.
_LISTED_AT_MOST: Final = 7
# A sequence number may wrap at 32 bits; a late event is never this far behind.
_WRAPPED_BY: Final = 2**30
# A recovery replays 100 messages at the most.
_REMEMBERED_UUIDS: Final = 1000
_RESUMED_UUIDS: Final = 300


class ExtensionPresence(NamedTuple):
    """What is known of one extension now.

    Attributes:
        presence: the newest word on each field. `active_calls` holds live calls only.
        sequence: of the last event accepted; None on a fresh subscription.
        last_event: the last event accepted.
        snapshot_time: the platform's time of the last snapshot.

    """

    presence: Presence = _NOTHING_KNOWN
    sequence: int | None = None
    last_event: PresenceEvent | None = None
    snapshot_time: datetime | None = None

    @property
    def calls(self) -> tuple[ActiveCall, ...]:
        """The live calls."""
        return self.presence.active_calls or ()


class PresenceChange(NamedTuple):
    """What an event or a snapshot did to one extension.

    Attributes:
        before: None if the extension had no picture yet.
        event: what told it; None for a snapshot: what lies between is unknown then.
        late: an event older than the snapshot: it changed no state.
        incomplete: the picture cannot be right until it is fetched by REST.

    """

    extension_id: str
    before: ExtensionPresence | None
    after: ExtensionPresence
    event: PresenceEvent | None
    is_outdated: bool = False
    needs_refresh: bool = False

    @property
    def is_visible(self) -> bool:
        """Whether an entity may have to show something else."""
        return self.before is None or self.before.presence != self.after.presence


class PresenceStore:
    """The picture of every monitored extension."""

    def __init__(self, anomalies: Anomalies) -> None:
        """Start empty; what concerns nobody is counted in `anomalies`."""
        self._anomalies = anomalies
        self._extensions: dict[str, ExtensionPresence] = {}
        self._monitored: frozenset[str] = frozenset()
        self._uuids: deque[str] = deque(maxlen=_REMEMBERED_UUIDS)
        self._known_uuids: set[str] = set()
        self._pending_events: list[dict[str, list[PresenceEvent]]] = []
        self.stale_events = 0
        self.repeated_events = 0

    @property
    def extensions(self) -> Mapping[str, ExtensionPresence]:
        """The pictures by extension id: the very mapping, which changes in place."""
        return self._extensions

    @property
    def monitored(self) -> frozenset[str]:
        """The extensions of which pictures are kept."""
        return self._monitored

    def forget(self, extension_id: str) -> None:
        """Know nothing of an extension, until a picture comes."""
        self._extensions.pop(extension_id, None)

    @property
    def recent_uuids(self) -> Sequence[str]:
        """The notifications that came last, for a later run."""
        return tuple(self._uuids)[-_RESUMED_UUIDS:]

    def restore(self, uuids: Iterable[str]) -> None:
        """Take these notifications for known: a former run has heard them."""
        for uuid in uuids:
            self._is_known(uuid)

    def has_seen(self, uuid: str | None) -> bool:
        """Whether a notification has come before."""
        return uuid in self._known_uuids

    def monitor(self, extension_ids: Collection[str]) -> None:
        """Keep pictures of these extensions and no others."""
        self._monitored = frozenset(extension_ids)
        for gone in self._extensions.keys() - self._monitored:
            del self._extensions[gone]

    def forget_sequences(self) -> None:
        """Accept any sequence number next: a fresh subscription may start again."""
        for extension_id, known in self._extensions.items():
            self._extensions[extension_id] = replace(known, sequence=None)

    def apply_event(self, event: PresenceEvent) -> PresenceChange | None:
        """Take an event; None for a repeated one, and for an overtaken one without news."""
        is_repeated = self._is_known(event.uuid)
        if event.extension_id not in self._monitored:
            # Normal for a moment after the end of a line or favorite.
            self._anomalies.count(
                "event of an extension that is not monitored", level=logging.INFO
            )
            return None
        if is_repeated:
            self.repeated_events += 1
            return None
        before = self._extensions.get(event.extension_id)
        known = before or ExtensionPresence()
        if _is_stale(event, known):
            self.stale_events += 1
            return _overtaken(event, known)
        presence, incomplete = merged(known.presence, event.presence)
        sequence = known.sequence if event.sequence is None else event.sequence
        if _is_older(event.timestamp, known.snapshot_time):
            return self._apply_late(event, known, presence, sequence)
        if (
            event.sequence is not None
            and event.sequence == known.sequence
            and presence == known.presence
        ):
            self.repeated_events += 1
            return None
        for journal in self._pending_events:
            journal.setdefault(event.extension_id, []).append(event)
        after = ExtensionPresence(
            presence=presence,
            sequence=sequence,
            last_event=event,
            snapshot_time=known.snapshot_time,
        )
        self._extensions[event.extension_id] = after
        return PresenceChange(
            extension_id=event.extension_id,
            before=before,
            after=after,
            event=event,
            needs_refresh=incomplete,
        )

    def _apply_late(
        self,
        event: PresenceEvent,
        known: ExtensionPresence,
        presence: Presence,
        sequence: int | None,
    ) -> PresenceChange:
        """Take an event from before the snapshot: it tells of calls only.

        Where it contradicts the picture, clocks of the platform may disagree: a look by
        REST settles it.
        """
        after = replace(known, sequence=sequence, last_event=event)
        self._extensions[event.extension_id] = after
        return PresenceChange(
            extension_id=event.extension_id,
            before=known,
            after=after,
            event=event,
            is_outdated=True,
            needs_refresh=presence != known.presence,
        )

    @contextmanager
    def snapshot(self) -> Iterator[SnapshotWriter]:
        """Remember the events that arrive while snapshots are being fetched.

        They are applied at once, and again on top of the snapshot, which may have been
        taken before them.
        """
        journal: dict[str, list[PresenceEvent]] = {}
        self._pending_events.append(journal)
        try:
            yield SnapshotWriter(self, journal)
        finally:
            # By identity: two journals may hold the same events.
            self._pending_events = [j for j in self._pending_events if j is not journal]

    def keep_settings(self, extension_id: str) -> None:
        """Let snapshots that are being fetched not undo what was just set.

        They may have been taken before. What is set now comes on top of them, as if an
        event had told of it.
        """
        presence = with_calls_of(self._extensions[extension_id].presence, Presence())
        event = PresenceEvent(
            uuid=None,
            event=None,
            timestamp=None,
            subscription_id=None,
            owner_id=None,
            extension_id=extension_id,
            sequence=None,
            # What an event leaves out stays as it was, so none is said in so many words.
            presence=replace(presence, message=presence.message or ""),
        )
        for journal in self._pending_events:
            journal.setdefault(extension_id, []).append(event)

    def _apply_snapshot(
        self, snapshot: Snapshot, arrived_meanwhile: list[PresenceEvent]
    ) -> PresenceChange | None:
        extension_id = snapshot.extension_id
        if extension_id not in self._monitored:
            return None
        before = self._extensions.get(extension_id)
        known = before or ExtensionPresence()
        presence = with_older = replaced(known.presence, snapshot.presence)
        for event in arrived_meanwhile:
            with_older, _ = merged(with_older, event.presence)
            if not _is_older(event.timestamp, snapshot.taken_at):
                presence, _ = merged(presence, event.presence)
        after = replace(known, presence=presence, snapshot_time=snapshot.taken_at)
        self._extensions[extension_id] = after
        return PresenceChange(
            extension_id=extension_id,
            before=before,
            after=after,
            event=None,
            # The answer has its time from when it was sent, not from when the picture
            # was taken: an event from in between looks older than it is.
            needs_refresh=with_older != presence,
        )

    def _is_known(self, uuid: str | None) -> bool:
        """Whether this notification has come before; remembers it."""
        if uuid is None:
            return False
        if uuid in self._known_uuids:
            return True
        if len(self._uuids) == _REMEMBERED_UUIDS:
            self._known_uuids.discard(self._uuids[0])
        self._uuids.append(uuid)
        self._known_uuids.add(uuid)
        return False


@dataclass(frozen=True, slots=True)
class SnapshotWriter:
    """Applies the snapshots of one fetch."""

    _book: PresenceStore
    _journal: Mapping[str, list[PresenceEvent]]

    def apply(self, snapshot: Snapshot) -> PresenceChange | None:
        """Take a snapshot: it replaces the picture. None if it concerns nobody."""
        return self._book._apply_snapshot(  # noqa: SLF001 - two halves of one thing
            snapshot, self._journal.get(snapshot.extension_id, [])
        )


def _overtaken(event: PresenceEvent, known: ExtensionPresence) -> PresenceChange | None:
    """Take an event after a newer one: it changes nothing.

    What the newer one leaves out, though, may be news: a look by REST tells.
    """
    newer = known.last_event
    if newer is None or not any(
        getattr(newer.presence, name) is None
        and getattr(event.presence, name) not in (None, getattr(known.presence, name))
        for name in Presence._fields
    ):
        return None
    return PresenceChange(
        extension_id=event.extension_id,
        before=known,
        after=known,
        event=newer,
        needs_refresh=True,
    )


def with_calls_of(presence: Presence, other: Presence) -> Presence:
    """Return a picture with all that tells of calls taken from another one."""
    return replace(presence, **{name: getattr(other, name) for name in _OF_CALLS})


def merged(known: Presence, event: Presence) -> tuple[Presence, bool]:
    """Return the picture after an event, and whether it must be fetched by REST.

    A field that the event does not mention keeps its value.
    """
    calls, incomplete, is_cut = merged_calls(known.active_calls or (), event)
    if (
        event.presence_status is None
        and event.telephony_status is not None
        and _stage(event.telephony_status) != _stage(known.telephony_status)
    ):
        # A call that begins, is answered or ends changes the availability too, and
        # the platform does not always say so.
        incomplete = True
    values = [
        before if now is None else now for before, now in zip(known, event, strict=True)
    ]
    values[_ACTIVE_CALLS] = calls
    values[_TOTAL_ACTIVE_CALLS] = _merged_total(known, event, calls, is_cut=is_cut)
    return Presence._make(values), incomplete


class MergedCalls(NamedTuple):
    """The calls after an event.

    Attributes:
        calls: the live ones.
        incomplete: whether they may be wrong.
        is_cut: whether the event's list has no room for all.

    """

    calls: tuple[ActiveCall, ...]
    incomplete: bool
    is_cut: bool = False


def merged_calls(known: tuple[ActiveCall, ...], event: Presence) -> MergedCalls:
    """Merge the calls of an event into the known ones.

    - A list replaces the known one. If there are more calls than it holds, those that
      it does not mention stay.
    - No list, but `NoCall`: the calls have ended.
    - No list, another status: the calls have changed, nobody said how.
    """
    listed, status = event.active_calls, event.telephony_status
    if listed is None:
        if status is TelephonyStatus.NO_CALL:
            return MergedCalls((), incomplete=False)
        return MergedCalls(known, incomplete=status is not None)
    calls = _live(listed)
    if _is_cut(listed, calls, event.total_active_calls):
        if status is not TelephonyStatus.NO_CALL:
            calls += _unmentioned(known, listed)
        return MergedCalls(calls, incomplete=True, is_cut=True)
    is_idle = status is TelephonyStatus.NO_CALL
    return MergedCalls(calls, incomplete=status is not None and is_idle == bool(calls))


def _merged_total(
    known: Presence, event: Presence, calls: tuple[ActiveCall, ...], *, is_cut: bool
) -> int | None:
    """Return the number of calls; the platform's own may still count ended ones."""
    total = event.total_active_calls
    if event.telephony_status is TelephonyStatus.NO_CALL and not calls:
        return 0
    if event.active_calls is None:
        return known.total_active_calls if total is None else total
    if not is_cut:
        return len(calls)
    return max(known.total_active_calls or 0, len(calls)) if total is None else total


def _is_cut(
    listed: tuple[ActiveCall, ...], calls: tuple[ActiveCall, ...], total: int | None
) -> bool:
    """Whether there are, or may be, more calls than a list holds.

    Whether the count includes calls of the list that have just ended is not known.
    """
    is_full = len(listed) >= _LISTED_AT_MOST
    if total is None:
        return is_full
    return total > (len(calls) if is_full else len(listed))


def _unmentioned(
    known: tuple[ActiveCall, ...], listed: tuple[ActiveCall, ...]
) -> tuple[ActiveCall, ...]:
    """Return the known calls of which a list says nothing."""
    mentioned = {call.key for call in listed}
    return tuple(call for call in known if call.key not in mentioned)


def replaced(known: Presence, snapshot: Presence) -> Presence:
    """Return the picture after a snapshot, which is the whole truth of its moment.

    Only settings that REST does not tell of every extension keep their value, and calls
    for which the list has no room.
    """
    if snapshot.active_calls is None and snapshot.telephony_status is None:
        # A call queue or the like: no telephony of its own.
        calls: tuple[ActiveCall, ...] = ()
        is_cut = False
    else:
        calls, _, is_cut = merged_calls(known.active_calls or (), snapshot)
    kept = {
        name: value
        for name in _KEPT_BESIDE_A_SNAPSHOT
        if getattr(snapshot, name) is None
        and (value := getattr(known, name)) is not None
    }
    return replace(
        snapshot,
        active_calls=calls,
        total_active_calls=_merged_total(known, snapshot, calls, is_cut=is_cut)
        if snapshot.active_calls is not None
        else len(calls),
        **kept,
    )


def _live(calls: tuple[ActiveCall, ...]) -> tuple[ActiveCall, ...]:
    """Return the calls that have not ended, each once, in its newest wording."""
    newest = {call.key: call for call in calls}
    return tuple([call for call in newest.values() if call.is_live])


def _stage(status: TelephonyStatus | None) -> int:
    return _STAGES.get(status, 2)


def _is_stale(event: PresenceEvent, known: ExtensionPresence) -> bool:
    """Whether an event comes after a newer one; jumps ahead are normal."""
    last = known.last_event
    if event.sequence is None or known.sequence is None:
        return False
    if last is not None and event.subscription_id != last.subscription_id:
        # Numbers may begin anew with a subscription.
        return False
    behind = known.sequence - event.sequence
    if abs(behind) < _WRAPPED_BY:
        return behind > 0
    # One of the two is from before the numbers began again: the time tells which.
    return last is not None and _is_older(event.timestamp, last.timestamp)


def _is_older(time: datetime | None, other: datetime | None) -> bool:
    """Whether a time is before another one, as far as both are known."""
    return time is not None and other is not None and time < other


_ACTIVE_CALLS: Final = Presence._fields.index("active_calls")
_TOTAL_ACTIVE_CALLS: Final = Presence._fields.index("total_active_calls")
_OF_CALLS: Final = frozenset(
    {
        "active_calls",
        "aggregated_telephony_status",
        "appearances",
        "cx_telephony_status",
        "telephony_status",
        "total_active_calls",
    }
)
# What REST does not tell of every extension; a message that it leaves out is gone.
_KEPT_BESIDE_A_SNAPSHOT: Final = frozenset(Presence._fields) - _OF_CALLS - {"message"}
