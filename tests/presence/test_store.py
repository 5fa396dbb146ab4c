"""The presence book: what it makes of events and snapshots, in whatever order."""

from collections.abc import Iterable
from copy import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError
from custom_components.ringcentral.api.models.enums import (
    DndStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import (
    PresenceEvent,
    parse_event,
    parse_snapshot,
)
from custom_components.ringcentral.calls.attributes import to_state
from custom_components.ringcentral.presence.store import (
    ExtensionPresence,
    PresenceChange,
    PresenceStore,
)

from ..strategies import (
    EXTENSION,
    MIDNIGHT,
    Step,
    call_json,
    event_of,
    histories,
    notification,
    odd_notifications,
    odd_presences,
    snapshot,
    told,
)


def make_book() -> PresenceStore:
    """Return a book that monitors the extension."""
    book = PresenceStore(Anomalies())
    book.monitor([EXTENSION])
    return book


def picture(book: PresenceStore) -> ExtensionPresence:
    """Return what is known of the extension."""
    return book.extensions[EXTENSION]


def statuses(book: PresenceStore) -> dict[str | None, TelephonyStatus | None]:
    """Return the live calls with their statuses."""
    return {c.telephony_session_id: c.telephony_status for c in picture(book).calls}


def sessions(book: PresenceStore) -> list[str | None]:
    """Return the live calls in their order."""
    return [call.telephony_session_id for call in picture(book).calls]


def apply(book: PresenceStore, *events: PresenceEvent) -> list[PresenceChange]:
    """Apply events; return what changed."""
    changes = [book.apply_event(event) for event in events]
    return [change for change in changes if change is not None]


def take(book: PresenceStore, **presence: Any) -> PresenceChange | None:
    """Apply a snapshot that nothing came between."""
    with book.snapshot() as snapshots:
        return snapshots.apply(snapshot(**presence))


# --------------------------------------------------------------------------------------
# Order


@given(histories())
def test_ordered_stream_gives_the_phones_own_picture(steps: list[Step]) -> None:
    """In the end it is what REST would say."""
    book = make_book()
    apply(book, *(step.event for step in steps))
    truth = make_book()
    with truth.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot())
    assert statuses(book) == statuses(truth)
    last_of_a_call = next(
        (step for step in reversed(steps) if step.happened is not None), None
    )
    if last_of_a_call is not None:
        assert picture(book).presence.total_active_calls == len(statuses(truth))
        assert (
            picture(book).presence.telephony_status
            is picture(truth).presence.telephony_status
        )


@given(histories(), st.data())
def test_repeats_and_stale_events_change_nothing(
    steps: list[Step], data: st.DataObject
) -> None:
    """Whether they come with the same uuid or, by a second filter, with another one."""
    ordered, disturbed = make_book(), make_book()
    expected = apply(ordered, *(step.event for step in steps))
    seen: list[PresenceChange] = []
    repeats = 0
    for index, step in enumerate(steps):
        seen += apply(disturbed, step.event)
        for earlier in data.draw(st.lists(st.integers(0, index), max_size=3)):
            repeats += 1
            uuid = data.draw(st.sampled_from(["again", f"uuid-{earlier}"]))
            change = disturbed.apply_event(steps[earlier].again(uuid))
            # With another uuid nothing tells a repeat from an event that was overtaken:
            # at the most a look by REST is wanted.
            assert change is None or uuid == "again"
            assert change is None or (change.needs_refresh and not change.is_visible)
            assert change is None or change.after.calls == picture(disturbed).calls
    assert [c.after for c in seen] == [c.after for c in expected]
    assert disturbed.stale_events + disturbed.repeated_events == repeats
    assert picture(disturbed) == picture(ordered)


@given(histories(), st.randoms(use_true_random=False))
def test_shuffled_stream_never_shows_an_older_state_after_a_newer_one(
    steps: list[Step], random: Random
) -> None:
    """The sequence decides, not the order of arrival."""
    shuffled = list(steps)
    random.shuffle(shuffled)
    shown = [
        change.after.sequence or 0
        for change in apply(make_book(), *(step.event for step in shuffled))
    ]
    assert shown == sorted(shown)


def test_two_filters_that_match_give_one_change() -> None:
    """The same event comes twice, with two uuids."""
    book = make_book()
    ringing = notification(
        {
            "telephonyStatus": "Ringing",
            "activeCalls": [call_json(1, "Ringing")],
            "sequence": 7,
        }
    )
    own_filter = event_of({**ringing, "uuid": "a"})
    line_filter = event_of({**ringing, "uuid": "b", "event": "/presence/line/presence"})
    assert len(apply(book, own_filter, line_filter)) == 1
    assert book.repeated_events == 1


def test_same_uuid_is_dropped_even_without_a_sequence() -> None:
    """A recovery may replay what has come already."""
    book = make_book()
    assert len(apply(book, told("a", message="x"), told("a", message="y"))) == 1
    assert picture(book).presence.message == "x"


def test_equal_sequence_with_another_body_is_accepted() -> None:
    """Two parts of one change may share a number."""
    book = make_book()
    apply(
        book,
        told("a", sequence=5, dndStatus="TakeAllCalls"),
        told("b", sequence=5, dndStatus="DoNotAcceptAnyCalls"),
    )
    assert picture(book).presence.dnd_status is DndStatus.DO_NOT_ACCEPT_ANY_CALLS


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
    """Gaps say nothing, and numbers may begin again."""
    book = make_book()
    changes = apply(
        book,
        told(sequence=last, message="old"),
        told(sequence=following, message="new"),
    )
    assert len(changes) == 2
    assert picture(book).presence.message == "new"


def test_overtaken_event_with_news_wants_a_fetch_and_changes_nothing() -> None:
    """The newer one said nothing of it, so it may still be true."""
    book = make_book()
    apply(book, told(sequence=2, message="x"))
    (change,) = apply(book, told(sequence=1, dndStatus="TakeAllCalls"))
    assert change.needs_refresh
    assert not change.is_visible
    assert picture(book).presence.dnd_status is None
    # What the newer one said, or the picture shows anyway, is no news.
    assert apply(book, told(sequence=1, message="y")) == []
    apply(book, told(sequence=4, dndStatus="TakeAllCalls"))
    apply(book, told(sequence=5, message="z"))
    assert apply(book, told(sequence=3, dndStatus="TakeAllCalls")) == []


@pytest.mark.parametrize("late_by", [1, 1_100, 2**30 - 1])
def test_lower_sequence_is_dropped_and_counted(late_by: int) -> None:
    """However far behind it is."""
    book = make_book()
    apply(
        book,
        told(sequence=2**31, message="new"),
        told(sequence=2**31 - late_by, message="old"),
    )
    assert picture(book).presence.message == "new"
    assert book.stale_events == 1


def test_event_from_before_the_wrap_is_dropped_after_it() -> None:
    """Its number is far ahead, its time is not."""
    book = make_book()
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
    shown = [change.after.presence.message for change in apply(book, *events)]
    assert shown == ["first", "wrapped", "last"]


def test_fresh_subscription_may_begin_with_any_sequence() -> None:
    """No extension goes deaf."""
    book = make_book()
    apply(book, told(sequence=1000, message="old"))
    book.forget_sequences()
    assert len(apply(book, told(sequence=1, message="new"))) == 1
    assert picture(book).presence.message == "new"


def test_order_is_kept_apart_for_each_extension() -> None:
    """One extension is far ahead of another."""
    book = make_book()
    book.monitor([EXTENSION, "9"])
    apply(book, told(sequence=1000, message="x"))
    other = event_of({"body": {"extensionId": 9, "sequence": 1, "message": "y"}})
    assert len(apply(book, other)) == 1
    assert book.extensions["9"].presence.message == "y"


def test_only_the_last_thousand_uuids_are_remembered() -> None:
    """The memory for repeats is bounded."""
    book = make_book()
    for number in range(1001):
        apply(book, told(f"{number}", message=f"{number}"))
    assert len(apply(book, told("1", message="repeat"))) == 0
    assert len(apply(book, told("0", message="forgotten"))) == 1


def test_repeat_is_known_after_a_restart() -> None:
    """A replay may repeat what the last run has heard."""
    former, book = make_book(), make_book()
    for number in range(301):
        apply(former, told(f"{number}", message=f"{number}"))
    book.restore(former.recent_uuids)
    assert len(former.recent_uuids) == 300
    assert book.has_seen("300")
    assert not book.has_seen("301")
    assert not book.has_seen(None)
    assert apply(book, told("1", message="repeat")) == []
    assert len(apply(book, told("0", message="forgotten"))) == 1


# --------------------------------------------------------------------------------------
# Merge

# Before: one call is connected (s-1), 1 in total. What an event says of the list, the
# status and the number, then: the calls afterwards, their number, whether to fetch.
_LIST = [call_json(2, "Ringing")]
_ENDED = [call_json(1, "NoCall", terminationType="final")]
_ENDED_WITHOUT_TYPE = [call_json(1, "NoCall")]
_BOTH = [call_json(1, "CallConnected"), call_json(2, "Ringing")]


@pytest.mark.parametrize(
    ("listed", "status", "total", "calls", "count", "incomplete"),
    [
        # Neither list nor status: about something else.
        (None, None, None, ["s-1"], 1, False),
        (None, None, 1, ["s-1"], 1, False),
        (None, None, 3, ["s-1"], 3, False),
        # No list, no call.
        (None, "NoCall", None, [], 0, False),
        (None, "NoCall", 0, [], 0, False),
        (None, "NoCall", 1, [], 0, False),
        # No list, another status: the calls have changed, nobody said how.
        (None, "CallConnected", None, ["s-1"], 1, True),
        (None, "OnHold", 1, ["s-1"], 1, True),
        (None, "OnHold", 2, ["s-1"], 2, True),
        (None, "Yodelling", None, ["s-1"], 1, True),
        # A list replaces the known one.
        (_LIST, None, None, ["s-2"], 1, False),
        (_LIST, None, 1, ["s-2"], 1, False),
        (_LIST, "Ringing", None, ["s-2"], 1, False),
        (_LIST, "Ringing", 1, ["s-2"], 1, False),
        (_BOTH, "CallConnected", 2, ["s-1", "s-2"], 2, False),
        ([], None, None, [], 0, False),
        ([], "NoCall", None, [], 0, False),
        ([], "NoCall", 0, [], 0, False),
        # Fewer calls than there are: those not mentioned stay.
        (_LIST, None, 2, ["s-2", "s-1"], 2, True),
        (_LIST, "CallConnected", 2, ["s-2", "s-1"], 2, True),
        (_LIST, "CallConnected", 3, ["s-2", "s-1"], 3, True),
        ([], "CallConnected", 1, ["s-1"], 1, True),
        # The number may still count the call that has ended.
        (_ENDED, "NoCall", None, [], 0, False),
        (_ENDED, "NoCall", 0, [], 0, False),
        (_ENDED, "NoCall", 1, [], 0, False),
        (_ENDED_WITHOUT_TYPE, "NoCall", 1, [], 0, False),
        (_ENDED_WITHOUT_TYPE, None, 1, [], 0, False),
        ([*_ENDED, *_LIST], "Ringing", 2, ["s-2"], 1, False),
        ([*_ENDED, *_LIST], "Ringing", 1, ["s-2"], 1, False),
        # List and status contradict each other.
        ([], "CallConnected", None, [], 0, True),
        (_ENDED, "CallConnected", None, [], 0, True),
        (_LIST, "NoCall", None, ["s-2"], 1, True),
        # `NoCall` is stronger than a number.
        ([], "NoCall", 1, [], 0, True),
        ([], "NoCall", 9, [], 0, True),
    ],
)
def test_calls_are_merged_by_the_rule(
    listed: list[object] | None,
    status: str | None,
    total: int | None,
    calls: list[str],
    count: int,
    incomplete: bool,
) -> None:
    """Each combination of list, status and number."""
    book = make_book()
    apply(
        book,
        told(
            telephonyStatus="CallConnected",
            activeCalls=[call_json(1, "CallConnected")],
            totalActiveCalls=1,
            presenceStatus="Busy",
        ),
    )
    body: dict[str, Any] = {
        "activeCalls": listed,
        "telephonyStatus": status,
        "totalActiveCalls": total,
        "presenceStatus": "Busy",
        "sequence": 1,
    }
    (change,) = apply(book, told(**body))
    assert sessions(book) == calls
    assert picture(book).presence.total_active_calls == count
    assert change.needs_refresh is incomplete
    # A field with null says as much as none.
    without_nulls = make_book()
    apply(
        without_nulls,
        told(
            telephonyStatus="CallConnected",
            activeCalls=[call_json(1, "CallConnected")],
            totalActiveCalls=1,
            presenceStatus="Busy",
        ),
        told(**{name: value for name, value in body.items() if value is not None}),
    )
    assert picture(without_nulls).presence == picture(book).presence


def test_field_that_an_event_leaves_out_keeps_its_value() -> None:
    """An event about one field says nothing of the others."""
    book = make_book()
    whole: dict[str, Any] = {
        "telephonyStatus": "OnHold",
        "presenceStatus": "Busy",
        "userStatus": "Available",
        "meetingStatus": "Disconnected",
        "dndStatus": "TakeAllCalls",
        "dndStatusPersonal": "TakeAllCalls",
        "acceptCallQueueCalls": True,
        "allowSeeMyPresence": True,
        "ringOnMonitoredCall": False,
        "pickUpCallsOnHold": False,
        "callerIdVisibility": "All",
        "message": "Back at two",
        "aggregatedTelephonyStatus": "OnHold",
        "cxTelephonyStatus": "NoCall",
    }
    apply(book, told(**whole))
    before = picture(book).presence
    apply(book, told(userStatus="Offline"))
    expected = replace(before, user_status=PresenceStatus.OFFLINE)
    assert picture(book).presence == expected


_FLAGS = ("allowSeeMyPresence", "ringOnMonitoredCall", "pickUpCallsOnHold")


@given(st.lists(st.dictionaries(st.sampled_from(_FLAGS), st.booleans(), min_size=1)))
def test_last_word_on_each_field_counts(bodies: list[dict[str, Any]]) -> None:
    """Whatever parts the picture was told in."""
    book = make_book()
    latest: dict[str, bool] = {}
    for sequence, body in enumerate(bodies):
        apply(book, told(sequence=sequence, **body))
        latest |= body
    if bodies:
        presence = picture(book).presence
        assert (
            presence.allow_see_my_presence,
            presence.ring_on_monitored_call,
            presence.pick_up_calls_on_hold,
        ) == tuple(latest.get(flag) for flag in _FLAGS)


@pytest.mark.parametrize(
    ("before", "after", "incomplete"),
    [
        ("NoCall", "Ringing", True),
        ("Ringing", "CallConnected", True),
        ("Ringing", "OnHold", True),
        ("CallConnected", "NoCall", True),
        ("Ringing", "NoCall", True),
        ("Ringing", "Ringing", False),
        ("CallConnected", "OnHold", False),
        ("OnHold", "CallConnected", False),
        ("NoCall", "NoCall", False),
    ],
)
def test_minimal_event_that_moves_the_availability_wants_a_fetch(
    before: str, after: str, incomplete: bool
) -> None:
    """The platform's own availability has changed, and the event does not say it."""

    def body(status: str) -> dict[str, Any]:
        calls = [] if status == "NoCall" else [call_json(1, status)]
        return {"telephonyStatus": status, "activeCalls": calls}

    book = make_book()
    apply(book, told(presenceStatus="Available", **body(before)))
    (change,) = apply(book, told(sequence=1, **body(after)))
    assert change.needs_refresh is incomplete
    assert picture(book).presence.presence_status is PresenceStatus.AVAILABLE


def test_two_parties_of_one_session_end_in_no_call() -> None:
    """Whoever calls the own number: each event lists only the party that changed."""

    def party(number: int, status: str) -> dict[str, object]:
        return call_json(
            1,
            status,
            partyId=f"p-1-{number}",
            direction="Inbound" if number == 2 else "Outbound",
        )

    book = make_book()
    for sequence, (overall, number, status) in enumerate(
        [
            ("Ringing", 1, "Ringing"),
            ("Ringing", 2, "Ringing"),
            ("CallConnected", 2, "CallConnected"),
            ("CallConnected", 1, "CallConnected"),
            ("NoCall", 2, "NoCall"),
            ("NoCall", 1, "NoCall"),
        ]
    ):
        apply(
            book,
            told(
                sequence=sequence,
                telephonyStatus=overall,
                activeCalls=[party(number, status)],
            ),
        )
        assert picture(book).presence.telephony_status is not None
    assert picture(book).calls == ()
    assert picture(book).presence.telephony_status is TelephonyStatus.NO_CALL


def test_two_parties_of_one_session_in_one_list_are_two_calls() -> None:
    """The party tells them apart."""
    book = make_book()
    apply(
        book,
        told(
            telephonyStatus="Ringing",
            activeCalls=[
                call_json(1, "Ringing", partyId="p-1-1"),
                call_json(1, "Ringing", partyId="p-1-2"),
            ],
        ),
    )
    assert len(picture(book).calls) == 2


def test_call_listed_twice_counts_once_in_its_last_wording() -> None:
    """Also if the last wording is that it has ended."""
    book = make_book()
    apply(book, told(activeCalls=[call_json(1, "Ringing"), call_json(1, "OnHold")]))
    assert statuses(book) == {"s-1": TelephonyStatus.ON_HOLD}
    apply(book, told(activeCalls=[call_json(1, "OnHold"), call_json(1, "NoCall")]))
    assert statuses(book) == {}


# --------------------------------------------------------------------------------------
# More calls than a list has room for


def _eight_calls() -> PresenceStore:
    """Return a book that knows eight calls, the first of which is listed no more."""
    book = make_book()
    apply(
        book,
        told(
            sequence=1,
            telephonyStatus="CallConnected",
            activeCalls=[call_json(n, "CallConnected") for n in range(1, 8)],
            totalActiveCalls=7,
        ),
        told(
            sequence=2,
            telephonyStatus="CallConnected",
            activeCalls=[
                *[call_json(n, "CallConnected") for n in range(2, 8)],
                call_json(8, "Ringing"),
            ],
            totalActiveCalls=8,
        ),
    )
    return book


def test_eighth_call_pushes_the_first_out_of_the_list_not_out_of_the_picture() -> None:
    """The platform lists the seven latest ones."""
    book = _eight_calls()
    assert set(sessions(book)) == {f"s-{n}" for n in range(1, 9)}
    assert picture(book).presence.total_active_calls == 8


@pytest.mark.parametrize("total", [None, 7, 8])
def test_end_of_a_listed_call_does_not_end_the_unlisted_one(total: int | None) -> None:
    """Seven are listed, one of them has ended: does 7 count it, or the unlisted one?"""
    book = _eight_calls()
    (change,) = apply(
        book,
        told(
            sequence=3,
            telephonyStatus="CallConnected",
            activeCalls=[
                *[call_json(n, "CallConnected") for n in range(2, 8)],
                call_json(8, "NoCall"),
            ],
            totalActiveCalls=total,
        ),
    )
    assert set(sessions(book)) == {f"s-{n}" for n in range(1, 8)}
    assert change.needs_refresh


@pytest.mark.parametrize("total", [None, 8])
def test_snapshot_of_seven_does_not_end_the_eighth(total: int | None) -> None:
    """Lists of REST have no more room than those of events."""
    book = _eight_calls()
    take(
        book,
        telephonyStatus="CallConnected",
        activeCalls=[call_json(n, "CallConnected") for n in range(2, 9)],
        **({} if total is None else {"totalActiveCalls": total}),
    )
    assert set(sessions(book)) == {f"s-{n}" for n in range(1, 9)}
    assert picture(book).presence.total_active_calls == 8


def test_snapshot_of_fewer_than_seven_is_the_whole_truth() -> None:
    """There was room for the others."""
    book = _eight_calls()
    take(
        book,
        telephonyStatus="Ringing",
        activeCalls=[call_json(8, "Ringing")],
        message="",
    )
    assert sessions(book) == ["s-8"]
    assert picture(book).presence.total_active_calls == 1


def test_more_calls_than_ever_were_listed_are_counted() -> None:
    """By the number that the platform gave, which REST leaves out."""
    book = make_book()
    seven = [call_json(n, "CallConnected") for n in range(1, 8)]
    (change,) = apply(
        book,
        told(telephonyStatus="CallConnected", activeCalls=seven, totalActiveCalls=9),
    )
    assert change.needs_refresh
    take(book, telephonyStatus="CallConnected", activeCalls=seven)
    assert picture(book).presence.total_active_calls == 9


# --------------------------------------------------------------------------------------
# Snapshots


@given(histories(), st.data())
def test_snapshot_and_events_that_came_meanwhile_give_the_right_picture(
    steps: list[Step], data: st.DataObject
) -> None:
    """Asked for, taken and received at any moment between the events."""
    count = len(steps)
    asked = data.draw(st.integers(0, count))
    taken = data.draw(st.integers(max(asked, 1), max(count, 1)))
    received = data.draw(st.integers(taken, count))
    # An HTTP date has no fractions; the picture was taken before the next event.
    times = [step.time for step in steps[taken : taken + 1]]
    times.append(steps[taken - 1].time + timedelta(milliseconds=400))
    date = min(times).replace(microsecond=0)

    book = make_book()
    changes = apply(book, *(step.event for step in steps[:asked]))
    with book.snapshot() as snapshots:
        changes += apply(book, *(step.event for step in steps[asked:received]))
        change = snapshots.apply(steps[taken - 1].snapshot(date))
        changes += [] if change is None else [change]
    changes += apply(book, *(step.event for step in steps[received:]))

    truth = make_book()
    with truth.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot())
    expected = picture(truth).presence
    assert statuses(book) == statuses(truth)
    assert picture(book).presence.telephony_status is expected.telephony_status
    assert picture(book).presence.presence_status is expected.presence_status
    assert picture(book).presence.dnd_status is expected.dnd_status
    assert not any(change.needs_refresh for change in changes)


@given(histories(), st.lists(st.booleans(), max_size=14))
def test_picture_is_right_after_gaps_closed_by_snapshots(
    steps: list[Step], lost: list[bool]
) -> None:
    """Some events are lost; a snapshot follows each gap."""
    book = make_book()
    is_lost = [*lost, *[False] * len(steps)][: len(steps)]
    for step, missed, next_missed in zip(
        steps, is_lost, [*is_lost[1:], False], strict=True
    ):
        if not missed:
            apply(book, step.event)
        elif not next_missed:
            book.forget_sequences()
            with book.snapshot() as snapshots:
                snapshots.apply(step.snapshot(step.time.replace(microsecond=0)))
    assert statuses(book) == {
        call["telephonySessionId"]: status
        for call in steps[-1].in_rest["activeCalls"]
        for status in TelephonyStatus
        if call["telephonyStatus"] == _spelled(status)
    }


def _spelled(status: TelephonyStatus) -> str:
    return status.value.title().replace("_", "")


def test_first_snapshot_is_a_visible_change() -> None:
    """There was no picture before."""
    change = take(make_book(), presenceStatus="Available")
    assert change is not None
    assert change.before is None
    assert change.event is None
    assert change.is_visible


def test_snapshot_that_says_nothing_new_is_told_but_not_visible() -> None:
    """Safety polls are silent."""
    book = make_book()
    body = {"telephonyStatus": "NoCall", "presenceStatus": "Available"}
    take(book, **body)
    change = take(book, **body)
    assert change is not None
    assert not change.is_visible


def test_snapshot_ends_a_ringing_whose_end_was_lost() -> None:
    """Phones do not ring for ever."""
    book = make_book()
    apply(book, told(telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]))
    change = take(book, telephonyStatus="NoCall", activeCalls=[])
    assert change is not None
    assert change.is_visible
    assert picture(book).calls == ()
    assert picture(book).presence.total_active_calls == 0


def test_snapshot_keeps_settings_that_rest_leaves_out_and_nothing_else() -> None:
    """States of the telephony are whole in a snapshot."""
    book = make_book()
    apply(
        book,
        told(
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
    take(book, telephonyStatus="NoCall", presenceStatus="Available", activeCalls=[])
    presence = picture(book).presence
    assert presence.aggregated_telephony_status is None
    assert presence.cx_telephony_status is None
    assert presence.message is None
    assert presence.pick_up_calls_on_hold is True
    assert presence.dnd_status_personal is DndStatus.TAKE_ALL_CALLS


def test_snapshot_of_something_without_telephony_has_no_calls() -> None:
    """Call queues and the like leave out status and list."""
    book = make_book()
    apply(book, told(telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]))
    take(book, presenceStatus="Offline")
    assert picture(book).presence.telephony_status is None
    assert picture(book).calls == ()
    assert picture(book).presence.total_active_calls == 0


def test_snapshot_with_an_unusable_list_ends_no_call() -> None:
    """It says that there is a call, though not which."""
    book = make_book()
    apply(book, told(telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]))
    take(book, telephonyStatus="Ringing", activeCalls=[None])
    assert sessions(book) == ["s-1"]


def test_snapshot_leaves_the_sequence_as_it_is() -> None:
    """REST knows no sequence."""
    book = make_book()
    apply(book, told(sequence=50, message="x"))
    take(book, presenceStatus="Available")
    assert apply(book, told(sequence=49, message="old")) == []
    assert len(apply(book, told(sequence=51, message="new"))) == 1


def test_snapshots_under_way_at_once_both_get_the_events_of_their_time() -> None:
    """Each on top of its own answer, and later ones not at all."""
    book = make_book()
    idle = snapshot(telephonyStatus="NoCall", activeCalls=[])
    with book.snapshot() as early:
        with book.snapshot() as later:
            apply(
                book,
                told(telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]),
            )
            later.apply(idle)
            assert sessions(book) == ["s-1"]
        both = [call_json(1, "Ringing"), call_json(2, "Ringing")]
        apply(book, told(telephonyStatus="Ringing", activeCalls=both))
        early.apply(idle)
        assert sessions(book) == ["s-1", "s-2"]
    with book.snapshot() as fresh:
        fresh.apply(idle)
    assert sessions(book) == []


def test_repeat_that_comes_during_a_fetch_does_not_undo_its_snapshot() -> None:
    """It tells of the time before the fetch; the call has ended since."""
    book = make_book()
    ringing = told(
        sequence=1, telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]
    )
    apply(book, ringing)
    with book.snapshot() as snapshots:
        assert book.apply_event(replace(ringing, uuid="repeat")) is None
        snapshots.apply(snapshot(telephonyStatus="NoCall", activeCalls=[]))
    assert sessions(book) == []


def test_fetch_that_fails_leaves_no_journal_behind() -> None:
    """Or the events of years would pile up in it."""
    book = make_book()
    with pytest.raises(TimeoutError), book.snapshot():
        raise TimeoutError
    assert book._pending_events == []


# --------------------------------------------------------------------------------------
# Events from before the snapshot


def _at(seconds: float, **body: object) -> PresenceEvent:
    time = MIDNIGHT + timedelta(seconds=seconds)
    return event_of(notification(body, timestamp=time.isoformat()))


@given(histories(), st.integers(0, 13))
def test_replay_of_older_events_changes_no_state(steps: list[Step], extra: int) -> None:
    """After a restart the replay comes after the snapshot; each event is told all the same."""
    book = make_book()
    taken_at = steps[-1].time + timedelta(seconds=1 + extra)
    with book.snapshot() as snapshots:
        snapshots.apply(steps[-1].snapshot(taken_at))
    before = picture(book).presence
    changes = apply(book, *(step.event for step in steps))
    assert picture(book).presence == before
    assert all(change.is_outdated and not change.is_visible for change in changes)
    assert [change.event for change in changes] == [step.event for step in steps]
    assert picture(book).sequence == steps[-1].event.sequence


def test_late_event_that_contradicts_the_picture_wants_a_fetch() -> None:
    """And one that agrees with it wants none."""
    book = make_book()
    with book.snapshot() as snapshots:
        snapshots.apply(
            snapshot(MIDNIGHT, telephonyStatus="NoCall", activeCalls=[], message="x")
        )
    (change,) = apply(
        book,
        _at(-1, telephonyStatus="Ringing", activeCalls=[call_json(1, "Ringing")]),
    )
    assert change.is_outdated
    assert change.needs_refresh
    assert not change.is_visible
    (change,) = apply(book, _at(-1, message="x", sequence=9))
    assert change.is_outdated
    assert not change.needs_refresh


def test_event_of_the_second_of_the_snapshot_is_applied() -> None:
    """An HTTP date has no fractions, so it may well be newer."""
    book = make_book()
    with book.snapshot() as snapshots:
        snapshots.apply(snapshot(MIDNIGHT, telephonyStatus="NoCall", activeCalls=[]))
    (change,) = apply(book, _at(0, message="hello"))
    assert not change.is_outdated
    assert picture(book).presence.message == "hello"


def test_event_that_only_looks_older_than_the_snapshot_wants_a_fetch() -> None:
    """The picture was taken before the event, the answer dated after it."""
    book = make_book()
    with book.snapshot() as snapshots:
        apply(
            book,
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


def test_older_event_that_the_snapshot_knows_of_wants_no_fetch() -> None:
    """Both say the same."""
    book = make_book()
    ringing = {"telephonyStatus": "Ringing", "activeCalls": [call_json(1, "Ringing")]}
    with book.snapshot() as snapshots:
        apply(book, _at(0.9, **ringing))
        change = snapshots.apply(snapshot(MIDNIGHT + timedelta(seconds=1), **ringing))
    assert change is None or not change.needs_refresh


# --------------------------------------------------------------------------------------
# Who is monitored


def test_event_of_an_extension_that_is_not_monitored_is_counted_and_dropped() -> None:
    """It may have left a list a moment ago."""
    anomalies = Anomalies()
    book = PresenceStore(anomalies)
    book.monitor(["9"])
    assert book.apply_event(told(message="x")) is None
    assert not book.extensions
    assert anomalies.counts["event of an extension that is not monitored"] == 1


def test_snapshot_of_an_extension_that_is_not_monitored_is_dropped() -> None:
    """It may have left while the answer was under way."""
    book = make_book()
    book.monitor(["9"])
    assert take(book, presenceStatus="Available") is None
    assert not book.extensions


def test_extension_that_is_monitored_no_more_is_forgotten_wholly() -> None:
    """Its picture and its sequence."""
    book = make_book()
    mapping = book.extensions
    take(book, presenceStatus="Available")
    apply(book, told(sequence=50, message="x"))
    book.monitor([])
    assert not mapping
    book.monitor([EXTENSION])
    (change,) = apply(book, told(sequence=1, userStatus="Busy"))
    assert change.before is None
    assert picture(book).presence.message is None


def test_forgotten_extension_shows_nothing_until_the_next_picture() -> None:
    """Nothing is known of it; it stays monitored."""
    book = make_book()
    take(book, presenceStatus="Available", pickUpCallsOnHold=True)
    book.forget(EXTENSION)
    assert EXTENSION not in book.extensions
    assert book.monitored == {EXTENSION}
    change = take(book, presenceStatus="Available")
    assert change is not None
    assert change.before is None
    assert picture(book).presence.pick_up_calls_on_hold is None
    book.forget("9")


def test_event_without_sequence_is_no_repeat_for_saying_nothing_new() -> None:
    """Without a number, nothing tells it from another one."""
    book = make_book()
    changes = apply(book, told(message="x"), told(message="x"))
    assert [change.is_visible for change in changes] == [True, False]
    assert book.repeated_events == 0


def test_change_of_the_sequence_alone_is_told_but_not_visible() -> None:
    """The time of the last event has changed, nothing else."""
    book = make_book()
    apply(book, told(sequence=1, message="x"))
    (change,) = apply(book, told(sequence=2, message="x"))
    assert not change.is_visible


# --------------------------------------------------------------------------------------
# Nothing that JSON can express


def _is_sound(book: PresenceStore, changes: Iterable[PresenceChange]) -> None:
    """Check what must be true whatever was said."""
    for known in book.extensions.values():
        calls = known.calls
        assert all(call.is_live for call in calls)
        assert len({call.key for call in calls}) == len(calls)
        to_state(calls)
    for change in changes:
        assert all(call.is_live for call in change.after.calls)
        assert not (change.is_outdated and change.is_visible)


@given(st.lists(st.one_of(odd_notifications, odd_presences), max_size=8), st.data())
def test_nothing_that_json_can_express_raises(
    inputs: list[dict[str, object]], data: st.DataObject
) -> None:
    """Except `ParseError`, in the parsers."""
    anomalies = Anomalies()
    book = PresenceStore(anomalies)
    book.monitor([EXTENSION, "9"])
    changes: list[PresenceChange] = []
    with book.snapshot() as snapshots:
        for json in inputs:
            try:
                if "extension" in json:
                    taken_at = data.draw(st.sampled_from([None, MIDNIGHT]))
                    change = snapshots.apply(parse_snapshot(json, taken_at, anomalies))
                else:
                    event = parse_event(json, anomalies)
                    if not isinstance(event, PresenceEvent):
                        continue
                    change = book.apply_event(event)
            except ParseError:
                continue
            changes += [] if change is None else [change]
            book.monitor(data.draw(st.sampled_from([[EXTENSION, "9"], [EXTENSION]])))
    _is_sound(book, changes)


@given(histories(), odd_notifications, st.data())
def test_odd_event_in_between_costs_at_most_itself(
    steps: list[Step], odd: dict[str, object], data: st.DataObject
) -> None:
    """Whatever it said, the events after it are taken, and no ended call stays."""
    book = make_book()
    position = data.draw(st.integers(0, len(steps)))
    apply(book, *(step.event for step in steps[:position]))
    try:
        event = parse_event({**odd, "uuid": "odd"}, Anomalies())
    except ParseError:
        event = None
    changes: list[PresenceChange] = []
    if isinstance(event, PresenceEvent):
        changes = apply(book, replace(event, sequence=None))
    changes += apply(book, *(step.event for step in steps[position:]))
    _is_sound(book, changes)
    if steps[-1].happened is not None and position < len(steps):
        assert picture(book).last_event == steps[-1].event


@pytest.mark.parametrize("message", ["", None])
def test_what_was_set_is_not_undone_by_a_snapshot_that_was_asked_for_before(
    message: str | None,
) -> None:
    """Not even a message that is no more, which the platform may leave out."""
    book = make_book()
    with book.snapshot() as snapshots:
        snapshots.apply(snapshot(message="Back at three", userStatus="Busy"))
    with book.snapshot() as older:
        with book.snapshot() as answer:
            answer.apply(snapshot(message=message, userStatus="Available"))
            book.keep_settings(EXTENSION)
        older.apply(
            snapshot(
                message="Back at three", userStatus="Busy", telephonyStatus="Ringing"
            )
        )
    presence = picture(book).presence
    assert not presence.message
    assert presence.user_status is PresenceStatus.AVAILABLE
    # Of calls a change of settings tells nothing.
    assert presence.telephony_status is TelephonyStatus.RINGING
