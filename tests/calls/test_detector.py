"""What is told of calls: each thing once, in order, and nothing that did not happen.

The book and the log work together here, as they do behind the coordinator.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from copy import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.presence import (
    PresenceEvent,
    Snapshot,
    parse_event,
    parse_snapshot,
)
from custom_components.ringcentral.calls.detector import CallEventDetector
from custom_components.ringcentral.calls.lifecycle import CallEvent, CallEventType
from custom_components.ringcentral.presence.store import (
    PresenceChange,
    PresenceStore,
    SnapshotWriter,
)

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
_BEGINNINGS: Final = (RINGING, CallEventType.DIALING)
_SECOND: Final = timedelta(seconds=1)
_PARTS: Final = st.sampled_from([0, 0.5, 0.99])


class Watch:
    """A book with its log, and everything that was told."""

    def __init__(self) -> None:
        """Monitor the extension; know nothing."""
        self.book = PresenceStore(Anomalies())
        self.book.monitor([EXTENSION])
        self.log = CallEventDetector()
        self.told: list[CallEvent] = []

    def hear(self, *events: PresenceEvent) -> list[Happening]:
        """Take events; return what they told."""
        before = len(self.told)
        for event in events:
            if (change := self.book.apply_event(event)) is not None:
                self.told += self.log.apply(change)
        return _names(self.told[before:])

    def look(self, taken: Snapshot, by: SnapshotWriter | None = None) -> None:
        """Take a snapshot; it tells nothing by itself."""
        with ExitStack() as stack:
            taker = by or stack.enter_context(self.book.snapshot())
            if (change := taker.apply(taken)) is not None:
                assert list(self.log.apply(change)) == []

    def wait(self) -> list[Happening]:
        """Hear nothing until a ring that has stopped is over; return what that told."""
        before = len(self.told)
        for ring in list(self.log.pending_misses(EXTENSION)):
            self.told += self.log.expire_ring(EXTENSION, ring)
        return _names(self.told[before:])

    def settle(
        self, snapshots: Iterable[PresenceChange] | None = None
    ) -> list[Happening]:
        """Settle snapshots, by default all there are; return what that told."""
        before = len(self.told)
        for taken in list(
            self.log.pending_snapshots if snapshots is None else snapshots
        ):
            self.told += self.log.resolve(taken)
        return _names(self.told[before:])


def _names(events: Iterable[CallEvent]) -> list[Happening]:
    return [(str(event.call.telephony_session_id), event.type) for event in events]


def at(seconds: float, **body: Any) -> PresenceEvent:
    """Return an event of so many seconds after midnight."""
    time = MIDNIGHT + timedelta(seconds=seconds)
    return event_of(notification(body, timestamp=time.isoformat()))


def in_call(status: str, *, number: int = 1, start: float = 0) -> Json:
    """Return status and list of a phone with one call, begun after so many seconds."""
    time = MIDNIGHT + timedelta(seconds=start)
    return {
        "telephonyStatus": status,
        "activeCalls": [call_json(number, status, startTime=time.isoformat())],
    }


def picture(seconds: float, **presence: Any) -> Snapshot:
    """Return a snapshot of so many seconds after midnight."""
    return snapshot(MIDNIGHT + timedelta(seconds=seconds), **presence)


# --------------------------------------------------------------------------------------
# Any way of a history to the log


class Way:
    """The way of a phone's history to a log, over a link that lags, breaks and loses.

    `sent` steps have happened, `come` of them have come to us, in order; the others are
    on their way, stuck or kept for a replay, or lost. At any time a snapshot may be
    asked for, be taken, and come.
    """

    def __init__(self, steps: list[Step], data: st.DataObject) -> None:
        """Let nothing have happened yet."""
        self.steps = steps
        self.watch = Watch()
        self.sent = 0
        self.come = 0
        # The steps that have come to this run.
        self.came_since: list[Step] = []
        self._last: PresenceEvent | None = None
        self._barriers: list[tuple[int, list[PresenceChange]]] = []
        self._data = data
        self._fetch: ExitStack | None = None
        self._taker: SnapshotWriter | None = None
        self._taken: tuple[Step, datetime] | None = None

    def go(self, actions: Iterable[str]) -> None:
        """Do these things, as far as they are possible."""
        for action in actions:
            getattr(self, action)()

    def happen(self) -> None:
        """Something happens at the phone."""
        self.sent = min(self.sent + 1, len(self.steps))

    def come_next(self) -> None:
        """The next event comes."""
        if self.come < self.sent:
            self._last = self.steps[self.come].event
            self.watch.hear(self._last)
            self.came_since.append(self.steps[self.come])
            self.come += 1

    def repeat(self) -> None:
        """The last event that came comes again."""
        if self._last is not None:
            assert not self.watch.hear(self._last)

    def lose(self) -> None:
        """What is on its way is lost; the next subscription is a fresh one."""
        self.come = self.sent
        self.watch.book.forget_sequences()

    def ask(self) -> None:
        """A snapshot is asked for."""
        if self._fetch is None:
            self._fetch = ExitStack()
            self._taker = self._fetch.enter_context(self.watch.book.snapshot())

    def take(self) -> None:
        """The picture is taken."""
        if self._taker is not None and self._taken is None and self.sent:
            self._taken = self.steps[self.sent - 1], self._now()

    def show(self) -> None:
        """The answer comes, dated between then and now."""
        if self._taken is not None:
            step, taken_at = self._taken
            later = self._now() - taken_at
            date = taken_at + max(later, timedelta(0)) * self._data.draw(_PARTS)
            # An HTTP date has no fractions.
            self.watch.look(step.snapshot(date.replace(microsecond=0)), self._taker)
            assert self._fetch is not None
            self._fetch.close()
            self._fetch = self._taker = self._taken = None

    def look(self) -> None:
        """A snapshot comes while nothing else does."""
        self.go(("ask", "take", "show"))

    def wait(self) -> None:
        """Nothing comes for a while."""
        self.watch.wait()

    def heartbeat(self) -> None:
        """A heartbeat is sent: its echo comes after all that is on its way."""
        self._barriers.append((self.sent, list(self.watch.log.pending_snapshots)))

    def settle(self) -> None:
        """The echoes come, if it is their turn."""
        for place, snapshots in self._barriers:
            if place <= self.come:
                self.watch.settle(snapshots)
        self._barriers = [b for b in self._barriers if b[0] > self.come]

    def restart(self) -> None:
        """Another run begins where this one has ended in good order."""
        former, self.watch = self.watch, Watch()
        # Whoever ends does not wait whether a ring goes on.
        former.wait()
        self.watch.log.resume(dict(former.log.reported))
        self.watch.book.restore(former.book.recent_uuids)
        self.watch.told = former.told
        self._forget_requests()

    def kill(self) -> None:
        """Another run begins that knows nothing of this one."""
        self.watch = Watch()
        self.came_since = []
        self._last = None
        self._forget_requests()

    def _forget_requests(self) -> None:
        self._fetch = self._taker = self._taken = None
        self._barriers = []

    def arrive(self) -> None:
        """Everything has happened, has come, and has been looked at."""
        self.sent = len(self.steps)
        while self.come < self.sent:
            self.come_next()
        self.go(("show", "look", "heartbeat", "settle", "wait"))

    def _now(self) -> datetime:
        """Return a time before the next step."""
        last = self.steps[self.sent - 1].time
        until = [step.time for step in self.steps[self.sent :]] or [last + _SECOND]
        return last + (until[0] - last) * self._data.draw(_PARTS)

    @property
    def told(self) -> list[Happening]:
        """What was told."""
        return _names(self.watch.told)


_LOOKING: Final = ("ask", "take", "show", "look", "heartbeat", "settle", "wait")
_WITHOUT_LOSS: Final = (
    "happen",
    "happen",
    "come_next",
    "come_next",
    "repeat",
    *_LOOKING,
)


def _actions(*others: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from((*_WITHOUT_LOSS, *others)), max_size=40)


def _but_missed(told: Iterable[Happening]) -> list[Happening]:
    """Return all but what may be told later."""
    return [happening for happening in told if happening[1] is not MISSED]


def _by_call(told: Iterable[Happening]) -> dict[str, list[CallEventType]]:
    """Return what happened to each call; whether it was missed is not always known."""
    calls: dict[str, list[CallEventType]] = {}
    for session, kind in told:
        calls.setdefault(session, []).append(ENDED if kind is MISSED else kind)
    return calls


def _happened(told: Iterable[Happening], steps: Iterable[Step]) -> bool:
    """Whether all of this happened to each call, in this order and as often."""
    truth = _by_call(happenings(steps))
    return all(
        all(kind in rest for kind in kinds)
        for session, kinds in _by_call(told).items()
        for rest in [iter(truth.get(session, []))]
    )


@settings(max_examples=600)
@given(histories(), _actions("restart"), st.data())
def test_whatever_comes_late_is_told_once_in_order_with_snapshots_at_any_moment(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    """Events lag, or are replayed after a gap or a restart: none is lost."""
    way = Way(steps, data)
    # The first picture is there before anything happens.
    way.watch.look(picture(-10, **IDLE))
    way.watch.settle()
    way.go(actions)
    way.arrive()
    # What was missed is told last, but with its time.
    told = sorted(way.watch.told, key=lambda event: event.time or MIDNIGHT)
    assert _names(told) == happenings(steps)
    assert [event.time for event in told] == [
        step.time for step in steps if step.happened is not None
    ]
    assert _but_missed(way.told) == _but_missed(happenings(steps))
    assert not any(event.reconstructed for event in told)


@settings(max_examples=600)
@given(histories(), _actions("lose", "restart"), st.data())
def test_whatever_is_lost_nothing_is_told_twice_or_invented(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    """And a call that is over for the phone is over for automations."""
    way = Way(steps, data)
    way.watch.look(picture(-10, **IDLE))
    way.watch.settle()
    way.go(actions)
    way.arrive()
    assert _happened(way.told, steps)
    told = _by_call(way.told)
    over = {s for s, kinds in _by_call(happenings(steps)).items() if ENDED in kinds}
    assert all(
        kinds.count(ENDED) == (session in over) for session, kinds in told.items()
    )


@settings(max_examples=600)
@given(histories(), _actions("lose", "kill"), st.data())
def test_run_that_knows_nothing_of_the_last_one_invents_nothing(
    steps: list[Step], actions: list[str], data: st.DataObject
) -> None:
    """And tells of each call that begins to ring before its eyes."""
    way = Way(steps, data)
    way.go(actions)
    way.arrive()
    assert _happened(way.told, steps)
    announced = {h for h in happenings(way.came_since) if h[1] in _BEGINNINGS}
    assert announced <= set(way.told)


# --------------------------------------------------------------------------------------
# What a snapshot tells


def ringing_watch() -> Watch:
    """Return a watch that was told of a ringing call."""
    watch = Watch()
    watch.look(picture(-10, **IDLE))
    watch.settle()
    assert watch.hear(at(0, sequence=1, **in_call("Ringing"))) == [("s-1", RINGING)]
    return watch


def test_end_that_was_lost_is_told_once_the_snapshot_is_settled() -> None:
    """As an end, since a miss cannot be known."""
    watch = ringing_watch()
    watch.look(picture(10, **IDLE))
    assert watch.book.extensions[EXTENSION].calls == ()
    assert watch.settle() == [("s-1", ENDED)]
    assert watch.told[-1].reconstructed
    assert watch.settle() == []


def test_snapshot_that_is_ahead_waits_for_the_events_on_their_way() -> None:
    """They tell what happened in between, and that it was missed."""
    watch = ringing_watch()
    watch.look(picture(10, **IDLE))
    watch.hear(at(1, sequence=2, **IDLE))
    assert watch.wait() == [("s-1", MISSED)]
    assert watch.settle() == []
    assert not watch.told[-1].reconstructed


def test_older_event_does_not_change_what_the_snapshot_will_tell() -> None:
    """The end of the call that it announces was lost."""
    watch = Watch()
    watch.look(picture(-10, **IDLE))
    watch.settle()
    watch.look(picture(10, **IDLE))
    assert watch.hear(at(5, sequence=1, **in_call("Ringing"))) == [("s-1", RINGING)]
    assert watch.settle() == [("s-1", ENDED)]


def test_event_of_the_second_of_the_snapshot_may_be_older() -> None:
    """Its date has no fractions: it was taken after both."""
    watch = ringing_watch()
    watch.look(picture(1, **IDLE))
    events = (
        at(1.2, sequence=2, **in_call("CallConnected")),
        at(1.4, sequence=3, **IDLE),
    )
    assert watch.hear(*events) == [("s-1", ANSWERED), ("s-1", ENDED)]
    assert watch.settle() == []


def test_event_of_the_second_of_the_snapshot_may_be_newer() -> None:
    """What it tells is not undone when the snapshot is settled."""
    watch = ringing_watch()
    watch.look(picture(1, **in_call("CallConnected")))
    held = at(1.9, sequence=3, **in_call("OnHold"))
    assert watch.hear(held) == [("s-1", ANSWERED), ("s-1", HELD)]
    assert watch.settle() == []
    told = tuple(item.call for item in watch.log.reported[EXTENSION])
    assert told == watch.book.extensions[EXTENSION].calls


def test_event_a_second_after_the_snapshot_settles_it() -> None:
    """Events come in order, so nothing older can come after it."""
    watch = ringing_watch()
    watch.look(picture(1, **in_call("CallConnected")))
    held = at(2, sequence=3, **in_call("OnHold"))
    assert watch.hear(held) == [("s-1", ANSWERED), ("s-1", HELD)]
    assert [event.reconstructed for event in watch.told] == [False, True, False]
    assert not watch.log.pending_snapshots


@pytest.mark.parametrize("dated", [False, True])
def test_event_of_unknown_age_leaves_the_snapshot_unsettled(dated: bool) -> None:
    """Without both times nothing tells which of the two is older."""
    watch = ringing_watch()
    watch.look(snapshot(MIDNIGHT if dated else None, **IDLE))
    event = at(9, sequence=2, message="x")
    assert watch.hear(replace(event, timestamp=None) if dated else event) == []
    assert watch.settle() == [("s-1", ENDED)]


def test_replayed_event_that_was_settled_tells_nothing_more() -> None:
    """It came too late, and its news is told."""
    watch = ringing_watch()
    watch.look(picture(10, **in_call("OnHold")))
    assert watch.settle() == [("s-1", ANSWERED), ("s-1", HELD)]
    assert watch.hear(at(1, sequence=2, **in_call("CallConnected"))) == []
    assert watch.hear(at(11, sequence=3, **IDLE)) == [("s-1", ENDED)]


def test_event_that_was_overtaken_does_not_tell_the_newer_one_again() -> None:
    """Snapshots have told more since; it only may have something to be fetched."""
    watch = ringing_watch()
    watch.look(picture(1, **in_call("Ringing")))
    watch.settle()
    newer = at(11, sequence=5, **in_call("CallConnected"))
    assert watch.hear(newer) == [("s-1", ANSWERED)]
    watch.look(picture(12, **in_call("OnHold")))
    assert watch.settle() == [("s-1", HELD)]
    watch.look(picture(13, **IDLE))
    assert watch.hear(at(10.5, sequence=4, message="Back at noon")) == []
    assert watch.settle() == [("s-1", ENDED)]


def test_snapshot_that_was_overtaken_by_a_newer_one_is_not_settled() -> None:
    """The newer one knows better, and has a barrier of its own."""
    watch = ringing_watch()
    watch.look(picture(5, **IDLE))
    (older,) = watch.log.pending_snapshots
    watch.look(picture(10, **in_call("CallConnected")))
    assert watch.settle([older]) == []
    assert watch.settle() == [("s-1", ANSWERED)]


def test_picture_of_before_the_log_tells_nothing() -> None:
    """When those calls began is not known, and nobody should be called to the phone."""
    watch = Watch()
    watch.look(picture(0, **in_call("Ringing", start=-9)))
    assert watch.settle() == []
    answered = at(3, sequence=1, **in_call("CallConnected", start=-9))
    assert watch.hear(answered) == [("s-1", ANSWERED)]


@pytest.mark.parametrize("status", ["Ringing", "CallConnected"])
def test_ringing_that_is_announced_after_the_snapshot_rings(status: str) -> None:
    """A snapshot was quicker than the event, after a start that knows nothing."""
    watch = Watch()
    watch.look(picture(1, **in_call(status, start=1)))
    assert watch.settle() == []
    ringing = at(1, sequence=1, **in_call("Ringing", start=1))
    assert watch.hear(ringing) == [("s-1", RINGING)]
    assert watch.hear(replace(ringing, uuid="again", sequence=2)) == []


def test_ringing_that_is_announced_after_two_snapshots_rings() -> None:
    """Each may show a call that the other does not."""
    watch = Watch()
    watch.look(picture(1, **in_call("Ringing", start=1)))
    watch.settle()
    both = [*in_call("Ringing", start=1)["activeCalls"], *connected([2])]
    watch.look(picture(1, telephonyStatus="CallConnected", activeCalls=both))
    watch.settle()
    assert watch.hear(at(1, **in_call("Ringing", start=1))) == [
        ("s-2", ENDED),
        ("s-1", RINGING),
    ]


def test_late_event_that_announces_two_calls_rings_once_for_each() -> None:
    """The next event announces neither."""
    watch = Watch()
    watch.hear(at(-60, sequence=1, **IDLE))
    calls = [in_call("Ringing", number=n)["activeCalls"][0] for n in (1, 2)]
    body = {"telephonyStatus": "Ringing", "activeCalls": calls}
    watch.look(picture(3, **body))
    assert watch.settle() == []
    assert watch.hear(at(1, sequence=2, **body)) == [("s-1", RINGING), ("s-2", RINGING)]
    assert watch.hear(at(4.5, sequence=3, **body, message="news")) == []


def test_call_that_rang_does_not_ring_again_for_a_call_that_a_snapshot_showed() -> None:
    """Only what was not announced can be."""
    watch = ringing_watch()
    both = [*in_call("Ringing")["activeCalls"], *connected([2])]
    body = {"telephonyStatus": "CallConnected", "activeCalls": both}
    watch.look(picture(1, **body))
    watch.settle()
    assert watch.hear(at(1, sequence=2, **body)) == []


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (-5.001, []),
        (-5, [RINGING]),
        (0, [RINGING]),
        (5, [RINGING]),
        (5.001, []),
    ],
)
def test_first_event_ever_announces_a_call_that_has_just_begun(
    since: float, told: list[CallEventType]
) -> None:
    """One that rings for longer has been announced before our time."""
    watch = Watch()
    event = at(60 + since, **in_call("Ringing", start=60))
    assert [kind for _, kind in watch.hear(event)] == told


@pytest.mark.parametrize("missing", ["startTime", "timestamp"])
def test_first_event_ever_without_times_announces_nothing(missing: str) -> None:
    """Whether the call has just begun is not known."""
    event = event_of(
        notification(
            {"telephonyStatus": "Ringing", "activeCalls": [call_json(1, "Ringing")]}
            if missing == "timestamp"
            else in_call("Ringing")
            | {"activeCalls": [call_json(1, "Ringing", startTime=None)]},
            **({} if missing == "timestamp" else {"timestamp": MIDNIGHT.isoformat()}),
        )
    )
    assert Watch().hear(event) == []


def test_call_in_progress_that_the_first_event_shows_tells_nothing() -> None:
    """It was answered before our time; what happens from now on is told."""
    watch = Watch()
    assert watch.hear(at(0, sequence=1, **in_call("CallConnected"))) == []
    assert watch.hear(at(1, sequence=2, **in_call("OnHold"))) == [("s-1", HELD)]


# --------------------------------------------------------------------------------------
# Restarts, and who leaves


def test_call_that_ended_while_nobody_was_there_ends_after_the_restart() -> None:
    """What was told before is remembered."""
    former = ringing_watch()
    watch = Watch()
    watch.log.resume(dict(former.log.reported))
    watch.look(picture(60, **IDLE))
    assert watch.settle() == [("s-1", ENDED)]


def test_event_without_calls_ends_none_before_the_first_picture() -> None:
    """The replay after a restart may come before the first snapshot."""
    former = ringing_watch()
    watch = Watch()
    watch.log.resume(dict(former.log.reported))
    assert watch.hear(at(1, sequence=2, dndStatus="TakeAllCalls")) == []
    watch.hear(at(2, sequence=3, **IDLE))
    assert watch.wait() == [("s-1", MISSED)]


def test_extension_that_has_left_ends_no_call() -> None:
    """Nor does it begin one when it comes back."""
    watch = ringing_watch()
    watch.look(picture(10, **IDLE))
    watch.log.forget(EXTENSION)
    watch.book.forget(EXTENSION)
    assert watch.settle() == []
    assert not watch.log.reported
    watch.look(picture(20, **in_call("CallConnected")))
    assert watch.settle() == []


def test_extension_that_comes_back_has_no_call_to_announce() -> None:
    """What was first seen before it left is forgotten with it."""
    watch = Watch()
    ringing = in_call("Ringing", start=1)
    watch.look(picture(1, **ringing))
    watch.settle()
    told = watch.log.reported
    watch.log.forget(EXTENSION)
    watch.log.resume(told)
    assert watch.hear(at(1, sequence=1, **ringing)) == []


def test_forgetting_an_unknown_extension_does_nothing() -> None:
    """It has left before anything was told of it."""
    log = CallEventDetector()
    log.forget(EXTENSION)
    assert not log.reported
    assert not log.pending_snapshots


# --------------------------------------------------------------------------------------
# Odd lists


def test_call_that_changes_its_id_stays_one_call() -> None:
    """An inbound call rings under one id and is connected under another."""
    watch = Watch()
    watch.look(picture(-10, **IDLE))
    events = (
        at(0, activeCalls=[call_json(1, "Ringing", id="s-1")]),
        at(1, activeCalls=[call_json(1, "CallConnected", id="4f2c")]),
    )
    assert watch.hear(*events) == [("s-1", RINGING), ("s-1", ANSWERED)]


@pytest.mark.parametrize("total", [None, 7, 8])
def test_end_of_a_listed_call_does_not_end_the_unlisted_one(total: int | None) -> None:
    """Seven are listed, one of them has ended: does 7 count it, or the unlisted one?"""
    watch = eight_calls()
    ended = at(
        3,
        sequence=3,
        telephonyStatus="CallConnected",
        activeCalls=[*connected(range(2, 8)), call_json(8, "NoCall")],
        totalActiveCalls=total,
    )
    assert watch.hear(ended) == []
    assert watch.wait() == [("s-8", MISSED)]


@pytest.mark.parametrize("total", [None, 8])
def test_snapshot_of_seven_does_not_end_the_eighth(total: int | None) -> None:
    """Lists of REST have no more room than those of events."""
    watch = eight_calls()
    watch.look(
        picture(
            10,
            telephonyStatus="CallConnected",
            activeCalls=connected(range(2, 9)),
            **({} if total is None else {"totalActiveCalls": total}),
        )
    )
    assert watch.settle() == [("s-8", ANSWERED)]


def test_snapshot_with_an_unusable_list_ends_no_call() -> None:
    """It says that there is a call, though not which."""
    watch = ringing_watch()
    watch.look(picture(10, telephonyStatus="Ringing", activeCalls=[None]))
    assert watch.settle() == []


def connected(numbers: Iterable[int]) -> list[Json]:
    """Return connected calls."""
    return [call_json(number, "CallConnected") for number in numbers]


def eight_calls() -> Watch:
    """Return a watch of eight calls, the first of which is listed no more."""
    watch = Watch()
    watch.hear(
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
    return watch


@given(st.lists(st.one_of(odd_notifications, odd_presences), max_size=8), st.data())
def test_nothing_that_json_can_express_raises(
    inputs: list[dict[str, object]], data: st.DataObject
) -> None:
    """And no call that has ended stays in progress."""
    anomalies = Anomalies()
    watch = Watch()
    watch.book.monitor([EXTENSION, "9"])
    for json in inputs:
        try:
            if "extension" in json:
                taken_at = data.draw(st.sampled_from([None, MIDNIGHT]))
                watch.look(parse_snapshot(json, taken_at, anomalies))
            elif isinstance(event := parse_event(json, anomalies), PresenceEvent):
                watch.hear(event)
        except ParseError:
            continue
        if data.draw(st.booleans()):
            watch.settle()
    assert watch.log.reported.keys() <= {EXTENSION, "9"}
    for calls in watch.log.reported.values():
        assert all(item.call.is_live for item in calls)
        assert len({item.call.key for item in calls}) == len(calls)
