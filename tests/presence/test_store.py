"""The presence store: events and snapshots in any order."""

from collections.abc import Iterable
from copy import replace
from datetime import timedelta
from random import Random

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import parse_snapshot
from custom_components.ringcentral.calls.attributes import to_state
from custom_components.ringcentral.presence.models import (
    ExtensionPresence,
    PresenceChange,
)
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import (
    EXTENSION,
    MIDNIGHT,
    Json,
    Step,
    call_json,
    event_of,
    histories,
    notification,
    odd_notifications,
    odd_presences,
    presence_event,
    snapshot,
)
from .common import (
    apply,
    apply_snapshot,
    is_visible,
    known,
    make_store,
    sessions,
    statuses,
)

# --------------------------------------------------------------------------------------
# Order


@given(histories())
def test_ordered_stream_gives_the_state_of_the_phones(steps: list[Step]) -> None:
    """In the end it equals the snapshot."""
    store = make_store()
    apply(store, *(step.event for step in steps))
    reference = make_store()
    with reference.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot())
    assert statuses(store) == statuses(reference)
    last_of_a_call = next(
        (step for step in reversed(steps) if step.happened is not None), None
    )
    if last_of_a_call is not None:
        assert known(store).presence.total_active_calls == len(statuses(reference))
        assert (
            known(store).presence.telephony_status
            is known(reference).presence.telephony_status
        )


@given(histories(), st.data())
def test_repeats_and_stale_events_change_nothing(
    steps: list[Step], data: st.DataObject
) -> None:
    """Whether they come with the same uuid or, by a second filter, with another one."""
    ordered, disturbed = make_store(), make_store()
    expected = apply(ordered, *(step.event for step in steps))
    seen: list[PresenceChange] = []
    repeats = 0
    for index, step in enumerate(steps):
        seen += apply(disturbed, step.event)
        for earlier in data.draw(st.lists(st.integers(0, index), max_size=3)):
            repeats += 1
            uuid = data.draw(st.sampled_from(["again", f"uuid-{earlier}"]))
            change = disturbed.apply_event(steps[earlier].again(uuid))
            # With another uuid a repeat cannot be distinguished from an overtaken event: at most a
            # refresh is requested.
            assert change is None or uuid == "again"
            assert change is None or change.before is change.after
    assert [_without_proof(c.after) for c in seen] == [
        _without_proof(c.after) for c in expected
    ]
    assert disturbed.overtaken_events + disturbed.repeated_events == repeats
    assert _without_proof(known(disturbed)) == _without_proof(known(ordered))


@given(histories(), st.data())
def test_extension_is_in_call_while_it_has_calls(
    steps: list[Step], data: st.DataObject
) -> None:
    """Whether events or snapshots show them."""
    store = make_store()
    for step in steps[: data.draw(st.integers(1, len(steps)))]:
        if data.draw(st.booleans()):
            store.apply_event(step.event)
        else:
            with store.snapshot() as snapshots:
                snapshots.apply(step.snapshot())
        assert store.in_call == ({EXTENSION} if known(store).calls else set())
    store.monitor([])
    assert store.in_call == set()


def _without_proof(extension: ExtensionPresence) -> ExtensionPresence:
    """Return the content of events, without the time of their arrival."""
    return replace(
        extension, received_at=0.0, ended=(), requested_at=None, confirmed_at=None
    )


@given(histories(), st.randoms(use_true_random=False))
def test_shuffled_stream_never_shows_an_older_state_after_a_newer_one(
    steps: list[Step], random: Random
) -> None:
    """The sequence decides, not the order of arrival."""
    shuffled = list(steps)
    random.shuffle(shuffled)
    shown = [
        change.after.sequence or 0
        for change in apply(make_store(), *(step.event for step in shuffled))
    ]
    assert shown == sorted(shown)


def test_two_filters_that_match_give_one_change() -> None:
    """The same event comes twice, with two uuids."""
    store = make_store()
    ringing = notification(
        {
            "telephonyStatus": "Ringing",
            "activeCalls": [call_json(1, "Ringing")],
            "sequence": 7,
        }
    )
    own_filter = event_of({**ringing, "uuid": "a"})
    line_filter = event_of({**ringing, "uuid": "b", "event": "/presence/line/presence"})
    assert len(apply(store, own_filter, line_filter)) == 1
    assert store.repeated_events == 1


def test_same_uuid_is_dropped_even_without_a_sequence() -> None:
    """A recovery may replay what has come already."""
    store = make_store()
    assert (
        len(
            apply(
                store,
                presence_event("a", message="x"),
                presence_event("a", message="y"),
            )
        )
        == 1
    )
    assert known(store).presence.message == "x"


def test_equal_sequence_with_another_body_is_accepted() -> None:
    """Two parts of one change may share a number."""
    store = make_store()
    apply(
        store,
        presence_event("a", sequence=5, dndStatus="TakeAllCalls"),
        presence_event("b", sequence=5, dndStatus="DoNotAcceptAnyCalls"),
    )
    assert known(store).presence.dnd_status is DndStatus.DO_NOT_ACCEPT_ANY_CALLS


@pytest.mark.parametrize(
    ("last", "following"),
    [
        pytest.param(5, 6, id="next"),
        pytest.param(5, 1_105, id="jump"),
        pytest.param(5, 774_310_167, id="any jump"),
        pytest.param(5, 2**32 - 1, id="jump over the whole range"),
        pytest.param(2**31 - 1, 0, id="wrapped at 31 bits"),
        pytest.param(2**31 - 1, -(2**31), id="wrapped into the negative"),
        pytest.param(2**32 - 1, 1, id="wrapped at 32 bits"),
        pytest.param(None, 5, id="first one"),
        pytest.param(5, None, id="none at all"),
    ],
)
def test_newer_sequence_is_accepted(last: int | None, following: int | None) -> None:
    """Gaps mean nothing, and numbers may begin again."""
    store = make_store()
    changes = apply(
        store,
        presence_event(sequence=last, message="old"),
        presence_event(sequence=following, message="new"),
    )
    assert len(changes) == 2
    assert known(store).presence.message == "new"


def test_overtaken_event_with_news_needs_a_refresh_and_changes_nothing() -> None:
    """The newer one does not contain it, so it may still be valid."""
    store = make_store()
    apply(store, presence_event(sequence=2, message="x"))
    (change,) = apply(store, presence_event(sequence=1, dndStatus="TakeAllCalls"))
    assert change.needs_refresh
    assert not is_visible(change)
    assert known(store).presence.dnd_status is None
    # Fields that the newer one has, or that are stored anyway, are no news.
    assert apply(store, presence_event(sequence=1, message="y")) == []
    apply(store, presence_event(sequence=4, dndStatus="TakeAllCalls"))
    apply(store, presence_event(sequence=5, message="z"))
    assert apply(store, presence_event(sequence=3, dndStatus="TakeAllCalls")) == []


@pytest.mark.parametrize("late_by", [1, 1_100, 2**30 - 1])
def test_lower_sequence_is_dropped_and_counted(late_by: int) -> None:
    """However far behind it is."""
    store = make_store()
    apply(
        store,
        presence_event(sequence=2**31, message="new"),
        presence_event(sequence=2**31 - late_by, message="old"),
    )
    assert known(store).presence.message == "new"
    assert store.overtaken_events == 1


def test_event_from_before_the_wrap_is_dropped_after_it() -> None:
    """Its number is far ahead, its time is not."""
    store = make_store()
    events = [
        event_of(
            notification(
                {"sequence": sequence, "message": message}, timestamp=time.isoformat()
            )
        )
        for sequence, message, time in (
            (2**31 - 2, "first", MIDNIGHT),
            (1, "wrapped", MIDNIGHT + timedelta(seconds=2)),
            (2**31 - 1, "late", MIDNIGHT + timedelta(seconds=1)),
            (2, "last", MIDNIGHT + timedelta(seconds=3)),
        )
    ]
    shown = [change.after.presence.message for change in apply(store, *events)]
    assert shown == ["first", "wrapped", "last"]


def _replayed(store: PresenceStore, event: PresenceEvent) -> PresenceChange | None:
    return store.apply_event(event, Instant.now())


def test_order_is_known_after_a_restart() -> None:
    """A replay may contain what was late, and was not saved."""
    former, store = make_store(), make_store()
    apply(former, presence_event("1", sequence=1000, message="saved"))
    store.restore(former.recent_uuids, former.recent_sequences)
    assert _replayed(store, presence_event("2", sequence=999, message="late")) is None
    assert store.overtaken_events == 1
    assert EXTENSION not in store.extensions
    again = make_store()
    again.restore(store.recent_uuids, store.recent_sequences)
    assert _replayed(again, presence_event("2", sequence=999)) is None
    assert _replayed(again, presence_event("3", sequence=1001, message="new"))
    assert again.recent_sequences == {EXTENSION: 1001}


@pytest.mark.parametrize("sequence", [None, 3, 1000])
def test_other_events_of_a_replay_are_applied(sequence: int | None) -> None:
    """Those without a number, after a wrap, or of the same number."""
    store = make_store()
    store.restore([], {EXTENSION: 2**32 - 1 if sequence == 3 else 1000})
    assert _replayed(store, presence_event(sequence=sequence, message="new"))


def test_order_of_an_earlier_run_does_not_concern_a_fresh_subscription() -> None:
    """Neither its own events, nor what the next run has to know."""
    store = make_store()
    store.restore(["1"], {EXTENSION: 1000})
    assert store.apply_event(presence_event(sequence=2)) is not None
    store.forget_sequences()
    assert store.recent_sequences == {}
    assert _replayed(store, presence_event(sequence=1, message="new"))


def test_fresh_subscription_may_begin_with_any_sequence() -> None:
    """Events are accepted at once."""
    store = make_store()
    apply(store, presence_event(sequence=1000, message="old"))
    store.forget_sequences()
    assert len(apply(store, presence_event(sequence=1, message="new"))) == 1
    assert known(store).presence.message == "new"


def test_event_sent_before_the_last_one_leaves_any_sequence_possible() -> None:
    """It changes nothing, and the next one may still begin again."""
    store = make_store()
    apply(store, _at(5, sequence=1000, message="old"))
    store.forget_sequences()
    apply(store, _at(0, sequence=1, message="late"))
    assert known(store).presence.message == "old"
    apply(store, _at(6, sequence=2, message="new"))
    assert known(store).presence.message == "new"


def test_order_is_kept_apart_for_each_extension() -> None:
    """One extension is far ahead of another."""
    store = make_store()
    store.monitor([EXTENSION, "9"])
    apply(store, presence_event(sequence=1000, message="x"))
    other = event_of({"body": {"extensionId": 9, "sequence": 1, "message": "y"}})
    assert len(apply(store, other)) == 1
    assert store.extensions["9"].presence.message == "y"


def test_only_the_last_thousand_uuids_are_kept() -> None:
    """Memory is bounded."""
    store = make_store()
    for number in range(1001):
        apply(store, presence_event(f"{number}", message=f"{number}"))
    assert len(apply(store, presence_event("1", message="repeat"))) == 0
    assert len(apply(store, presence_event("0", message="forgotten"))) == 1


def test_repeat_is_known_after_a_restart() -> None:
    """A replay may repeat notifications of the last run."""
    former, store = make_store(), make_store()
    for number in range(301):
        apply(former, presence_event(f"{number}", message=f"{number}"))
    store.restore(former.recent_uuids, former.recent_sequences)
    assert len(former.recent_uuids) == 300
    assert store.has_seen("300")
    assert not store.has_seen("301")
    assert not store.has_seen(None)
    assert apply(store, presence_event("1", message="repeat")) == []
    assert len(apply(store, presence_event("0", message="forgotten"))) == 1


# --------------------------------------------------------------------------------------
# Snapshots


@given(histories(), st.data())
def test_snapshot_and_events_that_came_in_between_give_the_right_presence(
    steps: list[Step], data: st.DataObject
) -> None:
    """Requested, taken and received at any time between the events."""
    count = len(steps)
    requested = data.draw(st.integers(0, count))
    taken = data.draw(st.integers(max(requested, 1), max(count, 1)))
    received = data.draw(st.integers(taken, count))
    # An HTTP date has no fractions; the snapshot was taken before the next event.
    times = [step.time for step in steps[taken : taken + 1]]
    times.append(steps[taken - 1].time + timedelta(milliseconds=400))
    date = min(times).replace(microsecond=0)

    store = make_store()
    changes = apply(store, *(step.event for step in steps[:requested]))
    with store.snapshot() as snapshots:
        changes += apply(store, *(step.event for step in steps[requested:received]))
        change = snapshots.apply(steps[taken - 1].snapshot(date))
        changes += [] if change is None else [change]
    changes += apply(store, *(step.event for step in steps[received:]))

    reference = make_store()
    with reference.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot())
    expected = known(reference).presence
    assert statuses(store) == statuses(reference)
    assert known(store).presence.telephony_status is expected.telephony_status
    assert known(store).presence.presence_status is expected.presence_status
    assert known(store).presence.dnd_status is expected.dnd_status
    assert not any(change.needs_refresh for change in changes)


@given(histories(), st.lists(st.booleans(), max_size=14))
def test_presence_is_right_after_gaps_closed_by_snapshots(
    steps: list[Step], lost: list[bool]
) -> None:
    """Some events are lost; a snapshot follows each gap."""
    store = make_store()
    is_lost = [*lost, *[False] * len(steps)][: len(steps)]
    for step, missed, next_missed in zip(
        steps, is_lost, [*is_lost[1:], False], strict=True
    ):
        if not missed:
            apply(store, step.event)
        elif not next_missed:
            store.forget_sequences()
            with store.snapshot() as snapshots:
                snapshots.apply(step.snapshot(step.time.replace(microsecond=0)))
    assert statuses(store) == {
        call["telephonySessionId"]: status
        for call in steps[-1].in_rest["activeCalls"]
        for status in TelephonyStatus
        if call["telephonyStatus"] == _spelled(status)
    }


def _spelled(status: TelephonyStatus) -> str:
    return status.value


def test_first_snapshot_is_a_visible_change() -> None:
    """Nothing was known before."""
    change = apply_snapshot(make_store(), presenceStatus="Available")
    assert change is not None
    assert change.before is None
    assert change.event is None
    assert is_visible(change)


def test_snapshot_without_changes_is_reported_but_not_visible() -> None:
    """Entities are not updated."""
    store = make_store()
    body = {"telephonyStatus": "NoCall", "presenceStatus": "Available"}
    apply_snapshot(store, **body)
    change = apply_snapshot(store, **body)
    assert change is not None
    assert not is_visible(change)


def test_snapshot_ends_a_ringing_whose_end_was_lost() -> None:
    """It is replaced by the snapshot."""
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
        ),
    )
    change = apply_snapshot(store, telephonyStatus="NoCall", activeCalls=[])
    assert change is not None
    assert is_visible(change)
    assert known(store).calls == ()
    assert known(store).presence.total_active_calls == 0


def test_snapshot_keeps_settings_that_rest_omits_and_nothing_else() -> None:
    """States of the telephony are whole in a snapshot."""
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="Ringing",
            aggregatedTelephonyStatus="Ringing",
            cxTelephonyStatus="CallConnected",
            activeCalls=[call_json(1, "Ringing")],
            message="At lunch",
            pickUpCallsOnHold=True,
            dndStatusPersonal="TakeAllCalls",
            meetingStatus="Connected",
        ),
    )
    apply_snapshot(
        store, telephonyStatus="NoCall", presenceStatus="Available", activeCalls=[]
    )
    presence = known(store).presence
    assert presence.aggregated_telephony_status is None
    assert presence.cx_telephony_status is None
    assert presence.message is None
    assert presence.pick_up_calls_on_hold is True
    assert presence.dnd_status_personal is DndStatus.TAKE_ALL_CALLS


def test_snapshot_of_something_without_telephony_has_no_calls() -> None:
    """Call queues and the like leave out status and list."""
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
        ),
    )
    apply_snapshot(store, presenceStatus="Offline")
    assert known(store).presence.telephony_status is None
    assert known(store).calls == ()
    assert known(store).presence.total_active_calls == 0


def test_snapshot_with_an_unusable_list_ends_no_call() -> None:
    """It shows that there is a call, though not which."""
    store = make_store()
    apply(
        store,
        presence_event(
            telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
        ),
    )
    apply_snapshot(store, telephonyStatus="Ringing", activeCalls=[None])
    assert sessions(store) == ["s-1"]


def test_snapshot_leaves_the_sequence_as_it_is() -> None:
    """REST has no sequence."""
    store = make_store()
    apply(store, presence_event(sequence=50, message="x"))
    apply_snapshot(store, presenceStatus="Available")
    assert apply(store, presence_event(sequence=49, message="old")) == []
    assert len(apply(store, presence_event(sequence=51, message="new"))) == 1


def test_snapshots_under_way_at_once_both_get_the_events_of_their_time() -> None:
    """Each on top of its own answer, and later ones not at all."""
    store = make_store()
    idle = snapshot(telephonyStatus="NoCall", activeCalls=[])
    with store.snapshot() as early:
        with store.snapshot() as later:
            apply(
                store,
                presence_event(
                    telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
                ),
            )
            later.apply(idle)
            assert sessions(store) == ["s-1"]
        both = [call_json(1, "Ringing"), call_json(2, "Ringing")]
        apply(store, presence_event(telephonyStatus="Ringing", activeCalls=both))
        early.apply(idle)
        assert sessions(store) == ["s-1", "s-2"]
    with store.snapshot() as fresh:
        fresh.apply(idle)
    assert sessions(store) == []


def test_repeat_that_comes_during_a_fetch_does_not_undo_its_snapshot() -> None:
    """It is from before the fetch; the call has ended since."""
    store = make_store()
    ringing = presence_event(
        sequence=1, telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
    )
    apply(store, ringing)
    with store.snapshot() as snapshots:
        assert store.apply_event(replace(ringing, uuid="repeat")) is None
        snapshots.apply(snapshot(telephonyStatus="NoCall", activeCalls=[]))
    assert sessions(store) == []


def test_fetch_that_fails_leaves_no_pending_events() -> None:
    """Or the events of years would pile up in it."""
    store = make_store()
    with pytest.raises(TimeoutError), store.snapshot():
        raise TimeoutError
    assert store._events_during_requests == []


# --------------------------------------------------------------------------------------
# Interception


def _ringing(session: int) -> PresenceEvent:
    return presence_event(
        uuid=f"uuid-{session}",
        telephonyStatus="Ringing",
        activeCalls=[call_json(session, "Ringing")],
    )


def test_event_that_is_held_back_is_applied_later() -> None:
    """It was not processed before, so it is no repetition."""
    store = make_store()
    held: list[PresenceEvent] = []
    store.intercept = held.append

    assert store.apply_event(_ringing(1)) is None
    assert EXTENSION not in store.extensions
    assert not store.has_seen("uuid-1")
    store.intercept = None
    (change,) = apply(store, *held)

    assert change.before is None
    assert sessions(store) == ["s-1"]
    assert store.repeated_events == 0


def test_event_is_applied_as_it_was_intercepted() -> None:
    """The change and the last event are those of the other one."""
    store = make_store()
    other = _ringing(2)
    store.intercept = lambda _event: other

    (change,) = apply(store, _ringing(1))

    assert change.event is known(store).last_event is other
    assert sessions(store) == ["s-2"]


def test_snapshot_that_is_held_back_confirms_nothing() -> None:
    """The next one does."""
    store = make_store()
    store.intercept_snapshot = lambda _snapshot: None
    with store.snapshot() as snapshots:
        assert snapshots.apply(snapshot(), Instant.now()) is None
    assert EXTENSION not in store.extensions

    store.intercept_snapshot = None
    with store.snapshot() as snapshots:
        assert snapshots.apply(snapshot(), Instant.now()) is not None
    assert known(store).has_snapshot


def test_snapshot_is_applied_as_it_was_intercepted() -> None:
    """Its calls are those of the other one."""
    store = make_store()
    other = snapshot(telephonyStatus="Ringing", activeCalls=[call_json(2, "Ringing")])
    store.intercept_snapshot = lambda _snapshot: other

    apply_snapshot(store, telephonyStatus="NoCall", activeCalls=[])

    assert sessions(store) == ["s-2"]


# --------------------------------------------------------------------------------------
# Events from before the snapshot


def _list_rings(store: PresenceStore, seconds: float, *rings: Json) -> None:
    with store.snapshot() as snapshots:
        snapshots.apply(
            snapshot(
                MIDNIGHT + timedelta(seconds=seconds),
                telephonyStatus="Ringing",
                activeCalls=list(rings),
            )
        )


def _at(seconds: float, **body: object) -> PresenceEvent:
    time = MIDNIGHT + timedelta(seconds=seconds)
    return event_of(notification(body, timestamp=time.isoformat()))


@given(histories(), st.integers(0, 13))
def test_replay_of_older_events_changes_no_state(steps: list[Step], extra: int) -> None:
    """After a restart the replay comes after the snapshot; each event is reported all the same."""
    store = make_store()
    taken_at = steps[-1].time + timedelta(seconds=1 + extra)
    with store.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot(taken_at))
    before = known(store).presence
    changes = apply(store, *(step.event for step in steps))
    assert known(store).presence == before
    assert all(change.is_outdated and not is_visible(change) for change in changes)
    assert [change.event for change in changes] == [step.event for step in steps]
    assert known(store).sequence == steps[-1].event.sequence


def test_late_event_that_contradicts_the_snapshot_needs_a_refresh() -> None:
    """And one that agrees with it wants none."""
    store = make_store()
    with store.snapshot() as snapshots:
        snapshots.apply(
            snapshot(MIDNIGHT, telephonyStatus="NoCall", activeCalls=[], message="x")
        )
    (change,) = apply(
        store,
        _at(-1, telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]),
    )
    assert change.is_outdated
    assert change.needs_refresh
    assert not is_visible(change)
    (change,) = apply(store, _at(-1, message="x", sequence=9))
    assert change.is_outdated
    assert not change.needs_refresh


def test_event_of_the_second_of_the_snapshot_is_applied() -> None:
    """An HTTP date has no fractions, so it may well be newer."""
    store = make_store()
    with store.snapshot() as snapshots:
        snapshots.apply(snapshot(MIDNIGHT, telephonyStatus="NoCall", activeCalls=[]))
    (change,) = apply(store, _at(0, message="hello"))
    assert not change.is_outdated
    assert known(store).presence.message == "hello"


@pytest.mark.parametrize("is_event_of_both_lost", [True, False])
def test_ring_that_an_event_of_the_snapshots_second_lacks_is_shown_if_rest_lists_it(
    is_event_of_both_lost: bool,
) -> None:
    """The event may be older, unless another one has listed the ring before."""
    first, second = (call_json(number, "Ringing") for number in (1, 2))
    store = make_store()

    if not is_event_of_both_lost:
        both = _at(0, telephonyStatus="Ringing", activeCalls=[first, second])
        apply(store, both)
    _list_rings(store, 0, first, second)
    apply(store, _at(0.5, sequence=9, telephonyStatus="Ringing", activeCalls=[first]))
    assert sessions(store) == ["s-1"]
    _list_rings(store, 20, first, second)
    assert sessions(store) == (["s-1", "s-2"] if is_event_of_both_lost else ["s-1"])


@pytest.mark.parametrize(
    "what",
    [
        "an event without calls came after the ring",
        "the ring is older than events are late",
        "the event lists the ring as ended",
    ],
)
def test_ring_that_has_ended_is_not_shown_again_if_rest_lists_it(what: str) -> None:
    """Though the event is nearly as old as a snapshot that lists the ring."""
    start = MIDNIGHT - timedelta(seconds=10 if "older" in what else 0)
    ring = call_json(1, "Ringing", startTime=start.isoformat())
    store = make_store()

    if "without calls" in what:
        apply(store, _at(-1, telephonyStatus="Ringing", activeCalls=[ring]))
        apply(store, _at(-0.5, sequence=8, presenceStatus="Busy"))
    _list_rings(store, 0, ring)
    ended = [call_json(1, "NoCall")] if "lists" in what else []
    apply(store, _at(1, sequence=9, telephonyStatus="NoCall", activeCalls=ended))
    assert sessions(store) == []
    _list_rings(store, 20, ring)
    assert sessions(store) == []


@pytest.mark.parametrize("rings", [True, False], ids=["rings", "has ended again"])
def test_ring_after_an_end_is_shown_only_while_it_rings_if_rest_lists_it(
    rings: bool,
) -> None:
    """The event of the second ring arrives after a snapshot that lists it."""
    ring = call_json(1, "Ringing")
    ringing = {"telephonyStatus": "Ringing", "activeCalls": [ring]}
    ended = {"telephonyStatus": "NoCall", "activeCalls": []}
    store = make_store()
    apply(store, _at(0, sequence=7, **ringing), _at(1, sequence=8, **ended))
    _list_rings(store, 20, ring)
    assert sessions(store) == []
    apply(store, _at(10, sequence=9, **ringing))
    if not rings:
        apply(store, _at(11, sequence=10, **ended))
    _list_rings(store, 21, ring)
    assert sessions(store) == (["s-1"] if rings else [])


def test_event_that_seems_older_than_the_snapshot_needs_a_refresh() -> None:
    """The snapshot was taken before the event, the answer dated after it."""
    store = make_store()
    with store.snapshot() as snapshots:
        apply(
            store,
            _at(0.9, telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]),
        )
        change = snapshots.apply(
            snapshot(
                MIDNIGHT + timedelta(seconds=1),
                telephonyStatus="NoCall",
                activeCalls=[],
            )
        )
    assert change is not None
    assert change.needs_refresh


def test_older_event_that_the_snapshot_contains_needs_no_refresh() -> None:
    """Both have the same calls."""
    store = make_store()
    ringing = {"telephonyStatus": "Ringing", "activeCalls": [call_json(1, "Ringing")]}
    with store.snapshot() as snapshots:
        apply(store, _at(0.9, **ringing))
        change = snapshots.apply(snapshot(MIDNIGHT + timedelta(seconds=1), **ringing))
    assert change is None or not change.needs_refresh


# --------------------------------------------------------------------------------------
# Monitored extensions


def test_event_of_an_extension_that_is_not_monitored_is_counted_and_dropped() -> None:
    """It may have just left a list."""
    anomalies = Anomalies()
    store = PresenceStore(anomalies)
    store.monitor(["9"])
    assert store.apply_event(presence_event(message="x")) is None
    assert not store.extensions
    assert anomalies.counts["event of an extension that is not monitored"] == 1


def test_snapshot_of_an_extension_that_is_not_monitored_is_dropped() -> None:
    """It may have left while the answer was under way."""
    store = make_store()
    store.monitor(["9"])
    assert apply_snapshot(store, presenceStatus="Available") is None
    assert not store.extensions


def test_extension_that_is_monitored_no_more_is_dropped_completely() -> None:
    """Its presence and its sequence."""
    store = make_store()
    mapping = store.extensions
    apply_snapshot(store, presenceStatus="Available")
    apply(store, presence_event(sequence=50, message="x"))
    store.monitor([])
    assert not mapping
    store.monitor([EXTENSION])
    (change,) = apply(store, presence_event(sequence=1, userStatus="Busy"))
    assert change.before is None
    assert known(store).presence.message is None


def test_removed_extension_is_unknown_until_the_next_snapshot() -> None:
    """Nothing is known of it; it stays monitored."""
    store = make_store()
    apply_snapshot(store, presenceStatus="Available", pickUpCallsOnHold=True)
    store.forget(EXTENSION)
    assert EXTENSION not in store.extensions
    assert store.monitored == {EXTENSION}
    change = apply_snapshot(store, presenceStatus="Available")
    assert change is not None
    assert change.before is None
    assert known(store).presence.pick_up_calls_on_hold is None
    store.forget("9")


def test_event_without_sequence_is_no_repeat_without_news() -> None:
    """Without a number it cannot be recognized."""
    store = make_store()
    changes = apply(store, presence_event(message="x"), presence_event(message="x"))
    assert [is_visible(change) for change in changes] == [True, False]
    assert store.repeated_events == 0


def test_change_of_the_sequence_alone_is_reported_but_not_visible() -> None:
    """The time of the last event has changed, nothing else."""
    store = make_store()
    apply(store, presence_event(sequence=1, message="x"))
    (change,) = apply(store, presence_event(sequence=2, message="x"))
    assert not is_visible(change)


# --------------------------------------------------------------------------------------
# Nothing that JSON can express


def _is_sound(store: PresenceStore, changes: Iterable[PresenceChange]) -> None:
    """Check what must hold after any input."""
    for extension in store.extensions.values():
        calls = extension.calls
        assert all(call.is_live for call in calls)
        assert len({call.key for call in calls}) == len(calls)
        to_state(calls)
    for change in changes:
        assert all(call.is_live for call in change.after.calls)
        assert not (change.is_outdated and is_visible(change))


@given(st.lists(st.one_of(odd_notifications, odd_presences), max_size=8), st.data())
def test_nothing_that_json_can_express_raises(
    inputs: list[dict[str, object]], data: st.DataObject
) -> None:
    """Except `ParseError`, in the parsers."""
    anomalies = Anomalies()
    store = PresenceStore(anomalies)
    store.monitor([EXTENSION, "9"])
    changes: list[PresenceChange] = []
    with store.snapshot() as snapshots:
        for json in inputs:
            try:
                if "extension" in json:
                    taken_at = data.draw(st.sampled_from([None, MIDNIGHT]))
                    change = snapshots.apply(parse_snapshot(json, taken_at, anomalies))
                else:
                    event = decode_notification(orjson.dumps(json), anomalies)
                    if not isinstance(event, PresenceEvent):
                        continue
                    change = store.apply_event(event)
            except ParseError:
                continue
            changes += [] if change is None else [change]
            store.monitor(data.draw(st.sampled_from([[EXTENSION, "9"], [EXTENSION]])))
    _is_sound(store, changes)


@given(histories(), odd_notifications, st.data())
def test_odd_event_in_between_affects_no_other(
    steps: list[Step], odd: dict[str, object], data: st.DataObject
) -> None:
    """Events after it are applied, and no ended call stays."""
    store = make_store()
    position = data.draw(st.integers(0, len(steps)))
    apply(store, *(step.event for step in steps[:position]))
    try:
        event = decode_notification(orjson.dumps({**odd, "uuid": "odd"}), Anomalies())
    except ParseError:
        event = None
    changes: list[PresenceChange] = []
    if isinstance(event, PresenceEvent):
        changes = apply(store, replace(event, sequence=None))
    changes += apply(store, *(step.event for step in steps[position:]))
    _is_sound(store, changes)
    if steps[-1].happened is not None and position < len(steps):
        assert known(store).last_event == steps[-1].event


@pytest.mark.parametrize("message", ["", None])
def test_what_was_set_is_not_undone_by_a_snapshot_that_was_requested_before(
    message: str | None,
) -> None:
    """Not even a message that is no more, which the platform may leave out."""
    store = make_store()
    with store.snapshot() as snapshots:
        snapshots.apply(snapshot(message="Back at three", userStatus="Busy"))
    with store.snapshot() as older:
        with store.snapshot() as answer:
            answer.apply(snapshot(message=message, userStatus="Available"))
            store.keep_settings(EXTENSION)
        older.apply(
            snapshot(
                message="Back at three", userStatus="Busy", telephonyStatus="Ringing"
            )
        )
    presence = known(store).presence
    assert not presence.message
    assert presence.user_status is PresenceStatus.AVAILABLE
    # A change of settings has no calls.
    assert presence.telephony_status is TelephonyStatus.RINGING


# --------------------------------------------------------------------------------------
# Proof that a presence is current


def test_snapshot_proves_the_time_of_its_request_and_of_its_answer() -> None:
    """An answer to a change of settings proves nothing."""
    store = make_store()
    before = Instant.now()
    with store.snapshot() as snapshots:
        arrived_at = Instant.now()
        snapshots.apply(snapshot(presenceStatus="Busy"), confirmed_at=arrived_at)
    requested_at = known(store).requested_at
    assert requested_at is not None
    assert before.monotonic <= requested_at.monotonic <= arrived_at.monotonic
    assert known(store).confirmed_at is arrived_at

    apply_snapshot(store, presenceStatus="Available")
    assert known(store).presence.presence_status is PresenceStatus.AVAILABLE
    assert known(store).requested_at is requested_at
    assert known(store).confirmed_at is arrived_at


def test_event_proves_an_extension_that_was_not_known() -> None:
    """Later events prove nothing: others may have been lost."""
    store = make_store()
    apply(store, presence_event(sequence=1, message="x"))
    proof = known(store).requested_at, known(store).confirmed_at
    assert None not in proof
    apply(store, presence_event(sequence=2, message="y"))
    assert (known(store).requested_at, known(store).confirmed_at) == proof


def test_extension_that_rest_does_not_return_was_requested_but_not_confirmed() -> None:
    """Only events can report it."""
    store = make_store()
    apply(store, presence_event(sequence=1, message="x"))
    requested_at, confirmed_at = known(store).requested_at, known(store).confirmed_at
    with store.snapshot() as snapshots:
        snapshots.mark_unreadable(EXTENSION)
        snapshots.mark_unreadable("9")
    assert known(store).requested_at != requested_at
    assert known(store).confirmed_at == confirmed_at
    assert store.extensions.keys() == {EXTENSION}
