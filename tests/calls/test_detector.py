"""Call events of an extension: each once, in order, none that did not happen.

Presence store and detector are tested together, as the coordinator uses them.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from copy import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import Snapshot, parse_snapshot
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.presence.models import PresenceChange
from custom_components.ringcentral.presence.store import PresenceStore, SnapshotWriter

from ..strategies import (
    EXTENSION,
    MIDNIGHT,
    Happening,
    Json,
    Step,
    call_json,
    event_of,
    happenings,
    histories,
    notification,
    odd_notifications,
    odd_presences,
    snapshot,
)

ANSWERED: Final = CallEventType.ANSWERED
ENDED: Final = CallEventType.ENDED
HELD: Final = CallEventType.HELD
MISSED: Final = CallEventType.MISSED
RESUMED: Final = CallEventType.RESUMED
RINGING: Final = CallEventType.RINGING

IDLE: Final = {"telephonyStatus": "NoCall", "activeCalls": []}
_STARTS: Final = (RINGING, CallEventType.DIALING)
_SECOND: Final = timedelta(seconds=1)
_PARTS: Final = st.sampled_from([0, 0.5, 0.99])


class Rig:
    """Presence store and detector, with all call events."""

    def __init__(self) -> None:
        """Initialize without presence."""
        self.store = PresenceStore(Anomalies())
        self.store.monitor([EXTENSION])
        self.detector = CallEventDetector()
        self.events: list[CallEvent] = []

    def apply(self, *events: PresenceEvent) -> list[Happening]:
        """Apply notifications; return their call events."""
        before = len(self.events)
        for event in events:
            if (change := self.store.apply_event(event)) is not None:
                self.events += self.detector.apply(change)
        return _summary(self.events[before:])

    def apply_snapshot(self, taken: Snapshot, by: SnapshotWriter | None = None) -> None:
        """Apply a snapshot, which yields no call events until it is resolved."""
        with ExitStack() as stack:
            writer = by or stack.enter_context(self.store.snapshot())
            if (change := writer.apply(taken)) is not None:
                assert list(self.detector.apply(change)) == []

    def expire_rings(self) -> list[Happening]:
        """Let pending ends of rings expire; return their call events."""
        before = len(self.events)
        for end in list(self.detector.pending_ends(EXTENSION)):
            self.events += self.detector.expire(EXTENSION, end)
        return _summary(self.events[before:])

    def resolve(
        self, snapshots: Iterable[PresenceChange] | None = None
    ) -> list[Happening]:
        """Resolve snapshots, by default all; return their call events."""
        before = len(self.events)
        for taken in list(
            self.detector.pending_snapshots if snapshots is None else snapshots
        ):
            self.events += self.detector.resolve(taken)
        return _summary(self.events[before:])


def _summary(events: Iterable[CallEvent]) -> list[Happening]:
    return [(str(event.call.telephony_session_id), event.type) for event in events]


def at(seconds: float, **body: Any) -> PresenceEvent:
    """Return a notification, sent so many seconds after midnight."""
    time = MIDNIGHT + timedelta(seconds=seconds)
    return event_of(notification(body, timestamp=time.isoformat()))


def in_call(status: str, *, number: int = 1, start: float = 0) -> Json:
    """Return status and list of a phone with one call; `start` is in seconds after midnight."""
    time = MIDNIGHT + timedelta(seconds=start)
    return {
        "telephonyStatus": status,
        "activeCalls": [call_json(number, status, startTime=time.isoformat())],
    }


def snapshot_at(seconds: float, **presence: Any) -> Snapshot:
    """Return a snapshot, taken so many seconds after midnight."""
    return snapshot(MIDNIGHT + timedelta(seconds=seconds), **presence)


# --------------------------------------------------------------------------------------
# Any delivery of a history


class Delivery:
    """Delivery of a phone's history over a connection that delays, breaks and loses.

    `sent` steps have happened, the first `delivered` of them have arrived; the others are in
    transit, kept for a replay, or lost. At any time a snapshot may be requested, taken and
    received.
    """

    def __init__(self, steps: list[Step], data: st.DataObject) -> None:
        """Initialize before the first step."""
        self.steps = steps
        self.rig = Rig()
        self.sent = 0
        self.delivered = 0
        # Since the last start without stored calls.
        self.delivered_since_start: list[Step] = []
        self._last: PresenceEvent | None = None
        self._barriers: list[tuple[int, list[PresenceChange]]] = []
        self._data = data
        self._fetch: ExitStack | None = None
        self._writer: SnapshotWriter | None = None
        self._taken: tuple[Step, datetime] | None = None

    def perform(self, actions: Iterable[str]) -> None:
        """Perform the actions that are possible."""
        for action in actions:
            getattr(self, action)()

    def send(self) -> None:
        """Let the next step happen."""
        self.sent = min(self.sent + 1, len(self.steps))

    def deliver(self) -> None:
        """Deliver the next notification."""
        if self.delivered < self.sent:
            self._last = self.steps[self.delivered].event
            self.rig.apply(self._last)
            self.delivered_since_start.append(self.steps[self.delivered])
            self.delivered += 1

    def repeat(self) -> None:
        """Deliver the last notification again."""
        if self._last is not None:
            assert not self.rig.apply(self._last)

    def lose(self) -> None:
        """Lose all notifications in transit; the next subscription is a fresh one."""
        self.delivered = self.sent
        self.rig.store.forget_sequences()

    def request(self) -> None:
        """Request a snapshot."""
        if self._fetch is None:
            self._fetch = ExitStack()
            self._writer = self._fetch.enter_context(self.rig.store.snapshot())

    def take(self) -> None:
        """Take the requested snapshot."""
        if self._writer is not None and self._taken is None and self.sent:
            self._taken = self.steps[self.sent - 1], self._now()

    def receive(self) -> None:
        """Receive the snapshot, dated between its taking and now."""
        if self._taken is not None:
            step, taken_at = self._taken
            later = self._now() - taken_at
            date = taken_at + max(later, timedelta(0)) * self._data.draw(_PARTS)
            # An HTTP date has no fractions.
            self.rig.apply_snapshot(
                step.snapshot(date.replace(microsecond=0)), self._writer
            )
            assert self._fetch is not None
            self._fetch.close()
            self._fetch = self._writer = self._taken = None

    def poll(self) -> None:
        """Request and receive a snapshot."""
        self.perform(("request", "take", "receive"))

    def pause(self) -> None:
        """Let pending missed calls expire."""
        self.rig.expire_rings()

    def heartbeat(self) -> None:
        """Send a heartbeat, which is answered after all notifications sent before."""
        self._barriers.append((self.sent, list(self.rig.detector.pending_snapshots)))

    def resolve(self) -> None:
        """Resolve the snapshots whose heartbeat has been answered."""
        for place, snapshots in self._barriers:
            if place <= self.delivered:
                self.rig.resolve(snapshots)
        self._barriers = [b for b in self._barriers if b[0] > self.delivered]

    def restart(self) -> None:
        """Start again with the stored calls."""
        former, self.rig = self.rig, Rig()
        # At shutdown, pending missed calls are reported.
        former.expire_rings()
        self.rig.detector.resume(dict(former.detector.reported))
        # The platform replays what was sent in between.
        self.rig.detector.mark_complete()
        self.rig.store.restore(former.store.recent_uuids, former.store.recent_sequences)
        self.rig.events = former.events
        self._forget_requests()

    def kill(self) -> None:
        """Start again without stored calls."""
        self.rig = Rig()
        self.delivered_since_start = []
        self._last = None
        self._forget_requests()

    def _forget_requests(self) -> None:
        self._fetch = self._writer = self._taken = None
        self._barriers = []

    def finish(self) -> None:
        """Let all steps happen and arrive, and confirm them by a snapshot."""
        self.sent = len(self.steps)
        while self.delivered < self.sent:
            self.deliver()
        self.perform(("receive", "poll", "heartbeat", "resolve", "pause"))

    def _now(self) -> datetime:
        """Return a time before the next step."""
        last = self.steps[self.sent - 1].time
        until = [step.time for step in self.steps[self.sent :]] or [last + _SECOND]
        return last + (until[0] - last) * self._data.draw(_PARTS)

    @property
    def reported(self) -> list[Happening]:
        """Call events so far."""
        return _summary(self.rig.events)


_SNAPSHOTS: Final = (
    "request",
    "take",
    "receive",
    "poll",
    "heartbeat",
    "resolve",
    "pause",
)
_WITHOUT_LOSS: Final = (
    "send",
    "send",
    "deliver",
    "deliver",
    "repeat",
    *_SNAPSHOTS,
)


def _actions(*others: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from((*_WITHOUT_LOSS, *others)), max_size=40)


def _without_ring_ends(reported: Iterable[Happening]) -> list[Happening]:
    """Leave out the ends of calls that were not answered, which are reported later."""
    happened = list(reported)
    answered = {session for session, kind in happened if kind in (ANSWERED, HELD)}
    return [
        (session, kind)
        for session, kind in happened
        if kind not in (ENDED, MISSED) or session in answered
    ]


def _by_call(reported: Iterable[Happening]) -> dict[str, list[CallEventType]]:
    """Return the types of each call, with `ended` for `missed`, which may be unknown."""
    calls: dict[str, list[CallEventType]] = {}
    for session, kind in reported:
        calls.setdefault(session, []).append(ENDED if kind is MISSED else kind)
    return calls


def _happened(reported: Iterable[Happening], steps: Iterable[Step]) -> bool:
    """Return whether these events happened to each call, in this order."""
    expected = _by_call(happenings(steps))
    return all(
        all(kind in rest for kind in kinds)
        for session, kinds in _by_call(reported).items()
        for rest in [iter(expected.get(session, []))]
    )


@settings(max_examples=600)
@given(histories(), _actions("restart"), st.data())
def test_delayed_events_are_reported_once_in_order_with_snapshots_in_between(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    delivery = Delivery(steps, data)
    # Nothing happens before the first snapshot.
    delivery.rig.apply_snapshot(snapshot_at(-10, **IDLE))
    delivery.rig.resolve()
    delivery.perform(actions)
    delivery.finish()
    # The ends of rings are reported with delay, but with their time.
    reported = sorted(delivery.rig.events, key=lambda event: event.time or MIDNIGHT)
    assert _summary(reported) == happenings(steps)
    assert [event.time for event in reported] == [
        step.time for step in steps if step.happened is not None
    ]
    assert _without_ring_ends(delivery.reported) == _without_ring_ends(
        happenings(steps)
    )
    assert not any(event.reconstructed for event in reported)


@settings(max_examples=600)
@given(histories(), _actions("lose", "restart"), st.data())
def test_lost_events_lead_to_no_invented_or_repeated_one(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    """Each call that is over has one end."""
    delivery = Delivery(steps, data)
    delivery.rig.apply_snapshot(snapshot_at(-10, **IDLE))
    delivery.rig.resolve()
    delivery.perform(actions)
    delivery.finish()
    assert _happened(delivery.reported, steps)
    reported = _by_call(delivery.reported)
    over = {s for s, kinds in _by_call(happenings(steps)).items() if ENDED in kinds}
    assert all(
        kinds.count(ENDED) == (session in over) for session, kinds in reported.items()
    )


@settings(max_examples=600)
@given(histories(), _actions("lose", "kill"), st.data())
def test_start_without_stored_calls_leads_to_no_invented_event(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    """Each call that starts to ring afterwards is reported."""
    delivery = Delivery(steps, data)
    delivery.perform(actions)
    delivery.finish()
    assert _happened(delivery.reported, steps)
    announced = {
        h for h in happenings(delivery.delivered_since_start) if h[1] in _STARTS
    }
    assert announced <= set(delivery.reported)


# --------------------------------------------------------------------------------------
# Snapshots


def ringing_rig() -> Rig:
    """Return a rig that has reported a ringing call."""
    rig = Rig()
    rig.apply_snapshot(snapshot_at(-10, **IDLE))
    rig.resolve()
    assert rig.apply(at(0, sequence=1, **in_call("Ringing"))) == [("s-1", RINGING)]
    return rig


def test_lost_end_is_reported_once_the_snapshot_is_resolved() -> None:
    """As `ended`: whether it was missed is unknown."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(10, **IDLE))
    assert rig.store.extensions[EXTENSION].calls == ()
    assert rig.resolve() == []
    assert rig.expire_rings() == [("s-1", ENDED)]
    assert rig.events[-1].reconstructed
    assert rig.resolve() == []


def test_snapshot_that_is_ahead_waits_for_the_events_in_transit() -> None:
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(10, **IDLE))
    rig.apply(at(1, sequence=2, **IDLE))
    assert rig.expire_rings() == [("s-1", MISSED)]
    assert rig.resolve() == []
    assert not rig.events[-1].reconstructed


def test_older_event_does_not_change_the_events_of_the_snapshot() -> None:
    """The notification of the call's end was lost."""
    rig = Rig()
    rig.apply_snapshot(snapshot_at(-10, **IDLE))
    rig.resolve()
    rig.apply_snapshot(snapshot_at(10, **IDLE))
    assert rig.apply(at(5, sequence=1, **in_call("Ringing"))) == [("s-1", RINGING)]
    assert rig.resolve() == []
    assert rig.expire_rings() == [("s-1", ENDED)]


def test_event_of_the_second_of_the_snapshot_may_be_older() -> None:
    """The date has no fractions: the snapshot was taken after both notifications."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(1, **IDLE))
    events = (
        at(1.2, sequence=2, **in_call("CallConnected")),
        at(1.4, sequence=3, **IDLE),
    )
    assert rig.apply(*events) == [("s-1", ANSWERED), ("s-1", ENDED)]
    assert rig.resolve() == []


def test_event_of_the_second_of_the_snapshot_may_be_newer() -> None:
    """Resolving the snapshot does not undo it."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(1, **in_call("CallConnected")))
    held = at(1.9, sequence=3, **in_call("OnHold"))
    assert rig.apply(held) == [("s-1", ANSWERED), ("s-1", HELD)]
    assert rig.resolve() == []
    reported = tuple(item.call for item in rig.detector.reported[EXTENSION])
    assert reported == rig.store.extensions[EXTENSION].calls


def test_event_a_second_after_the_snapshot_resolves_it() -> None:
    """Notifications arrive in order, so no older one follows."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(1, **in_call("CallConnected")))
    held = at(2, sequence=3, **in_call("OnHold"))
    assert rig.apply(held) == [("s-1", ANSWERED), ("s-1", HELD)]
    assert [event.reconstructed for event in rig.events] == [False, True, False]
    assert not rig.detector.pending_snapshots


@pytest.mark.parametrize("dated", [False, True])
def test_event_of_unknown_age_leaves_the_snapshot_pending(dated: bool) -> None:
    rig = ringing_rig()
    rig.apply_snapshot(snapshot(MIDNIGHT if dated else None, **IDLE))
    event = at(9, sequence=2, message="x")
    assert rig.apply(replace(event, timestamp=None) if dated else event) == []
    assert rig.resolve() == []
    assert rig.expire_rings() == [("s-1", ENDED)]


def test_replayed_event_after_the_snapshot_was_resolved_is_not_reported() -> None:
    """Its events were reported by the snapshot."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(10, **in_call("OnHold")))
    assert rig.resolve() == [("s-1", ANSWERED), ("s-1", HELD)]
    assert rig.apply(at(1, sequence=2, **in_call("CallConnected"))) == []
    assert rig.apply(at(11, sequence=3, **IDLE)) == [("s-1", ENDED)]


def test_event_out_of_order_does_not_report_the_newer_one_again() -> None:
    """Snapshots have reported more since then."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(1, **in_call("Ringing")))
    rig.resolve()
    newer = at(11, sequence=5, **in_call("CallConnected"))
    assert rig.apply(newer) == [("s-1", ANSWERED)]
    rig.apply_snapshot(snapshot_at(12, **in_call("OnHold")))
    assert rig.resolve() == [("s-1", HELD)]
    rig.apply_snapshot(snapshot_at(13, **IDLE))
    assert rig.apply(at(10.5, sequence=4, message="Back at noon")) == []
    assert rig.resolve() == [("s-1", ENDED)]


def test_snapshot_that_was_replaced_by_a_newer_one_is_not_resolved() -> None:
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(5, **IDLE))
    (older,) = rig.detector.pending_snapshots
    rig.apply_snapshot(snapshot_at(10, **in_call("CallConnected")))
    assert rig.resolve([older]) == []
    assert rig.resolve() == [("s-1", ANSWERED)]


def test_first_snapshot_reports_nothing() -> None:
    """The start of those calls is unknown."""
    rig = Rig()
    rig.apply_snapshot(snapshot_at(0, **in_call("Ringing", start=-9)))
    assert rig.resolve() == []
    answered = at(3, sequence=1, **in_call("CallConnected", start=-9))
    assert rig.apply(answered) == [("s-1", ANSWERED)]


@pytest.mark.parametrize("status", ["Ringing", "CallConnected"])
def test_call_announced_after_the_snapshot_rings(status: str) -> None:
    """The snapshot arrived before the notification, after a start without stored calls."""
    rig = Rig()
    rig.apply_snapshot(snapshot_at(1, **in_call(status, start=1)))
    assert rig.resolve() == []
    ringing = at(1, sequence=1, **in_call("Ringing", start=1))
    assert rig.apply(ringing) == [("s-1", RINGING)]
    assert rig.apply(replace(ringing, uuid="again", sequence=2)) == []


def test_call_announced_after_two_snapshots_rings() -> None:
    rig = Rig()
    rig.apply_snapshot(snapshot_at(1, **in_call("Ringing", start=1)))
    rig.resolve()
    both = [*in_call("Ringing", start=1)["activeCalls"], *connected([2])]
    rig.apply_snapshot(
        snapshot_at(1, telephonyStatus="CallConnected", activeCalls=both)
    )
    rig.resolve()
    assert rig.apply(at(1, **in_call("Ringing", start=1))) == [
        ("s-2", ENDED),
        ("s-1", RINGING),
    ]


def test_late_event_that_announces_two_calls_rings_once_for_each() -> None:
    rig = Rig()
    rig.apply(at(-60, sequence=1, **IDLE))
    calls = [in_call("Ringing", number=n)["activeCalls"][0] for n in (1, 2)]
    body = {"telephonyStatus": "Ringing", "activeCalls": calls}
    rig.apply_snapshot(snapshot_at(3, **body))
    assert rig.resolve() == []
    assert rig.apply(at(1, sequence=2, **body)) == [
        ("s-1", RINGING),
        ("s-2", RINGING),
    ]
    assert rig.apply(at(4.5, sequence=3, **body, message="news")) == []


def test_call_that_rang_does_not_ring_again_for_a_call_that_a_snapshot_showed() -> None:
    rig = ringing_rig()
    both = [*in_call("Ringing")["activeCalls"], *connected([2])]
    body = {"telephonyStatus": "CallConnected", "activeCalls": both}
    rig.apply_snapshot(snapshot_at(1, **body))
    rig.resolve()
    assert rig.apply(at(1, sequence=2, **body)) == []


@pytest.mark.parametrize(
    ("since", "reported"),
    [
        (-5.001, []),
        (-5, [RINGING]),
        (0, [RINGING]),
        (5, [RINGING]),
        (5.001, []),
    ],
)
def test_first_event_announces_a_call_that_has_just_started(
    since: float, reported: list[CallEventType]
) -> None:
    """A call that rings for longer was announced earlier."""
    rig = Rig()
    event = at(60 + since, **in_call("Ringing", start=60))
    assert [kind for _, kind in rig.apply(event)] == reported


@pytest.mark.parametrize("missing", ["startTime", "timestamp"])
def test_first_event_without_times_announces_nothing(missing: str) -> None:
    event = event_of(
        notification(
            {"telephonyStatus": "Ringing", "activeCalls": [call_json(1, "Ringing")]}
            if missing == "timestamp"
            else in_call("Ringing")
            | {"activeCalls": [call_json(1, "Ringing", startTime=None)]},
            **({} if missing == "timestamp" else {"timestamp": MIDNIGHT.isoformat()}),
        )
    )
    assert Rig().apply(event) == []


def test_call_in_progress_at_the_first_event_is_not_reported() -> None:
    """Later events of it are reported."""
    rig = Rig()
    assert rig.apply(at(0, sequence=1, **in_call("CallConnected"))) == []
    assert rig.apply(at(1, sequence=2, **in_call("OnHold"))) == [("s-1", HELD)]


# --------------------------------------------------------------------------------------
# Restarts, and extensions no longer monitored


def test_call_that_ended_while_not_running_ends_after_the_restart() -> None:
    former = ringing_rig()
    rig = Rig()
    rig.detector.resume(dict(former.detector.reported))
    rig.apply_snapshot(snapshot_at(60, **IDLE))
    assert rig.resolve() == []
    assert rig.expire_rings() == [("s-1", ENDED)]


def test_event_without_calls_ends_none_before_the_first_snapshot() -> None:
    """The replay after a restart may arrive before the first snapshot."""
    former = ringing_rig()
    rig = Rig()
    rig.detector.resume(dict(former.detector.reported))
    assert rig.apply(at(1, sequence=2, dndStatus="TakeAllCalls")) == []
    rig.apply(at(2, sequence=3, **IDLE))
    rig.detector.mark_complete()
    assert rig.expire_rings() == [("s-1", MISSED)]


def test_extension_no_longer_monitored_ends_no_call() -> None:
    """Nor does it start one when it is monitored again."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(10, **IDLE))
    rig.detector.forget(EXTENSION)
    rig.store.forget(EXTENSION)
    assert rig.resolve() == []
    assert not rig.detector.reported
    rig.apply_snapshot(snapshot_at(20, **in_call("CallConnected")))
    assert rig.resolve() == []


def test_extension_monitored_again_has_no_call_to_announce() -> None:
    rig = Rig()
    ringing = in_call("Ringing", start=1)
    rig.apply_snapshot(snapshot_at(1, **ringing))
    rig.resolve()
    reported = rig.detector.reported
    rig.detector.forget(EXTENSION)
    rig.detector.resume(reported)
    assert rig.apply(at(1, sequence=1, **ringing)) == []


def test_removing_an_unknown_extension_does_nothing() -> None:
    detector = CallEventDetector()
    detector.forget(EXTENSION)
    assert not detector.reported
    assert not detector.pending_snapshots


# --------------------------------------------------------------------------------------
# Odd lists


def test_call_that_changes_its_id_stays_one_call() -> None:
    """The `id` of an inbound call changes when it is connected."""
    rig = Rig()
    rig.apply_snapshot(snapshot_at(-10, **IDLE))
    events = (
        at(0, activeCalls=[call_json(1, "Ringing", id="s-1")]),
        at(1, activeCalls=[call_json(1, "CallConnected", id="4f2c")]),
    )
    assert rig.apply(*events) == [("s-1", RINGING), ("s-1", ANSWERED)]


@pytest.mark.parametrize("total", [None, 7, 8])
def test_end_of_a_listed_call_does_not_end_the_unlisted_one(total: int | None) -> None:
    """Of seven listed calls one has ended: whether `total` counts it is unknown."""
    rig = eight_calls()
    ended = at(
        3,
        sequence=3,
        telephonyStatus="CallConnected",
        activeCalls=[*connected(range(2, 8)), call_json(8, "NoCall")],
        totalActiveCalls=total,
    )
    assert rig.apply(ended) == []
    assert rig.expire_rings() == [("s-8", MISSED)]


@pytest.mark.parametrize("total", [None, 8])
def test_snapshot_of_seven_does_not_end_the_eighth(total: int | None) -> None:
    """Lists of REST are limited to seven calls, too."""
    rig = eight_calls()
    rig.apply_snapshot(
        snapshot_at(
            10,
            telephonyStatus="CallConnected",
            activeCalls=connected(range(2, 9)),
            **({} if total is None else {"totalActiveCalls": total}),
        )
    )
    assert rig.resolve() == [("s-8", ANSWERED)]


def test_snapshot_with_an_unusable_list_ends_no_call() -> None:
    """It shows that there is a call, but not which."""
    rig = ringing_rig()
    rig.apply_snapshot(snapshot_at(10, telephonyStatus="Ringing", activeCalls=[None]))
    assert rig.resolve() == []


def connected(numbers: Iterable[int]) -> list[Json]:
    return [call_json(number, "CallConnected") for number in numbers]


def eight_calls() -> Rig:
    """Return a rig with eight calls, the first of which is not listed any more."""
    rig = Rig()
    rig.apply(
        at(
            1,
            sequence=1,
            telephonyStatus="CallConnected",
            activeCalls=connected(range(1, 8)),
            totalActiveCalls=7,
        ),
        at(
            2,
            sequence=2,
            telephonyStatus="CallConnected",
            activeCalls=[*connected(range(2, 8)), call_json(8, "Ringing")],
            totalActiveCalls=8,
        ),
    )
    return rig


@given(st.lists(st.one_of(odd_notifications, odd_presences), max_size=8), st.data())
def test_nothing_that_json_can_express_raises(
    inputs: list[dict[str, object]], data: st.DataObject
) -> None:
    """No call that has ended stays in progress."""
    anomalies = Anomalies()
    rig = Rig()
    rig.store.monitor([EXTENSION, "9"])
    for json in inputs:
        try:
            if "extension" in json:
                taken_at = data.draw(st.sampled_from([None, MIDNIGHT]))
                rig.apply_snapshot(parse_snapshot(json, taken_at, anomalies))
            elif isinstance(
                event := decode_notification(orjson.dumps(json), anomalies),
                PresenceEvent,
            ):
                rig.apply(event)
        except ParseError:
            continue
        if data.draw(st.booleans()):
            rig.resolve()
    assert rig.detector.reported.keys() <= {EXTENSION, "9"}
    for calls in rig.detector.reported.values():
        assert all(item.call.is_live for item in calls)
        assert len({item.call.key for item in calls}) == len(calls)
