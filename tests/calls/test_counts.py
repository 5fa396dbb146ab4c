"""Counts of a day: a call counts once for each scope, and nothing that is not certain."""

from datetime import timedelta
from itertools import permutations

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.calls.counts import DayCounts

from .counted_events import EVENTS, NOON, Day

Rows = dict[str, tuple[list[str], dict[str, float]]]

_ROWS: Rows = {
    "answered": (
        ["1 in ringing at 0", "1 in answered at 7", "1 in ended talked 60"],
        {"incoming": 1, "answered": 1, "talk_time": 60, "longest_wait": 7},
    ),
    "missed": (["1 in ringing", "1 in missed"], {"incoming": 1, "missed": 1}),
    "outgoing": (
        ["1 out dialing", "1 out answered", "1 out ended talked 9"],
        {"outgoing": 1, "talk_time": 9},
    ),
    "outgoing and not answered": (
        ["1 out dialing", "1 out ended after Ringing"],
        {"outgoing": 1},
    ),
    "still ringing": (["1 in ringing"], {"incoming": 1}),
    "missed, but its ring was not seen": (
        ["1 in missed"],
        {"incoming": 1, "missed": 1},
    ),
    "answered, but its ring was not seen": (
        ["1 in answered rang 4"],
        {"incoming": 1, "answered": 1, "longest_wait": 4},
    ),
    "seen first at its end": (
        ["1 in ended talked 5"],
        {"incoming": 1, "answered": 1, "talk_time": 5},
    ),
    "seen first on hold": (["1 in held"], {"incoming": 1, "answered": 1}),
    "seen first as it is resumed": (["1 in resumed"], {"incoming": 1, "answered": 1}),
    "end of a ring is reconstructed": (
        ["1 in ringing", "1 in ended after Ringing reconstructed yes"],
        {"incoming": 1, "unclear": 1, "untimed": 1},
    ),
    "end of a talk is reconstructed": (
        ["1 in ringing", "1 in answered", "1 in ended talked 90 reconstructed yes"],
        {"incoming": 1, "answered": 1, "untimed": 1},
    ),
    "answer is reconstructed": (
        ["1 in ringing at 0", "1 in answered at 50 reconstructed yes"],
        {"incoming": 1, "answered": 1},
    ),
    "talk time is unknown": (
        ["1 out dialing", "1 out ended talked unknown"],
        {"outgoing": 1, "untimed": 1},
    ),
    "time of the answer is unknown": (
        ["1 in ringing at 0", "1 in answered rang unknown"],
        {"incoming": 1, "answered": 1},
    ),
    "answered before it rang": (
        ["1 in ringing at 9", "1 in answered at 0"],
        {"incoming": 1, "answered": 1},
    ),
    "miss is reconstructed": (
        ["1 in ringing", "1 in missed reconstructed yes"],
        {"incoming": 1, "unclear": 1},
    ),
    "answered two days after it rang": (
        ["1 in ringing at 0", "1 in answered at 172800"],
        {"incoming": 1, "answered": 1},
    ),
    "direction is unknown": (
        ["1 unknown ringing", "1 unknown ended after Ringing"],
        {"incoming": 1, "unclear": 1},
    ),
    "rings at ten phones and one answers": (
        [
            "1 in ringing at 0",
            "2 in ringing at 2",
            "3 in ringing at 2",
            "2 in answered at 8",
            "1 in missed",
            "3 in missed",
            "2 in ended talked 30",
        ],
        {"incoming": 1, "answered": 1, "talk_time": 30, "longest_wait": 8},
    ),
    "rings at two phones and none answers": (
        ["1 in ringing", "2 in ringing", "1 in missed", "2 in missed"],
        {"incoming": 1, "missed": 1},
    ),
    "one of two phones may have answered": (
        [
            "1 in ringing",
            "2 in ringing",
            "1 in ended after Ringing reconstructed yes",
            "2 in missed",
        ],
        {"incoming": 1, "unclear": 1, "untimed": 1},
    ),
    "next agent of a queue answers": (
        [
            "1 in ringing at 0",
            "1 in missed",
            "2 in ringing at 25",
            "2 in answered at 30",
            "2 in ended talked 10",
        ],
        {"incoming": 1, "answered": 1, "talk_time": 10, "longest_wait": 30},
    ),
    "answered after an end that was unclear": (
        [
            "1 in ringing",
            "1 in ended after Ringing reconstructed yes",
            "2 in answered",
        ],
        {"incoming": 1, "answered": 1, "untimed": 1},
    ),
    "missed, then unclear": (
        ["1 in missed", "2 in ringing", "2 in ended after Ringing reconstructed yes"],
        {"incoming": 1, "unclear": 1, "untimed": 1},
    ),
    "missed twice": (["1 in missed", "2 in missed"], {"incoming": 1, "missed": 1}),
    "transferred": (
        [
            "1 in ringing",
            "1 in answered",
            "1 in ended talked 20",
            "2 in ringing",
            "2 in answered",
            "2 in ended talked 30",
        ],
        {"incoming": 1, "answered": 1, "talk_time": 50},
    ),
    "transferred, but missed there": (
        ["1 in answered", "1 in ended talked 20", "2 in ringing", "2 in missed"],
        {"incoming": 1, "answered": 1, "talk_time": 20},
    ),
    "parked and fetched": (
        [
            "1 in answered",
            "1 in parked",
            "5 in parked",
            "2 in unparked",
            "1 in ended talked 5",
            "5 in ended after ParkedCall",
            "2 in ended talked 6",
        ],
        {"incoming": 1, "answered": 1, "talk_time": 11},
    ),
    "parked as it rang": (
        ["1 in ringing", "1 in parked"],
        {"incoming": 1, "answered": 1},
    ),
    "seen at a park location only": (
        ["5 in parked", "5 in ended after ParkedCall"],
        {"incoming": 1, "unclear": 1},
    ),
    "from one extension to another": (
        [
            "1 out dialing",
            "2 in ringing",
            "2 in answered",
            "1 out answered",
            "1 out ended talked 8",
            "2 in ended talked 8",
        ],
        {"incoming": 1, "outgoing": 1, "answered": 1, "talk_time": 16},
    ),
    "from one extension to the voicemail of another": (
        ["1 out dialing", "2 in ringing", "2 in missed", "1 out ended talked 8"],
        {"incoming": 1, "outgoing": 1, "missed": 1, "talk_time": 8},
    ),
}


@pytest.mark.parametrize(("events", "counts"), _ROWS.values(), ids=_ROWS)
def test_call_counts(events: list[str], counts: dict[str, float]) -> None:
    day = Day()
    day.count_all(events)
    assert day.counts() == counts


def test_colleague_outside_the_group_who_answers_does_not_help_the_group() -> None:
    day = Day()
    day.counter.set_members("sales", {"1", "2"})
    day.count_all(["1 in ringing", "3 in ringing", "3 in answered", "1 in missed"])
    assert day.counts("sales") == {"incoming": 1, "missed": 1}
    assert day.counts() == {"incoming": 1, "answered": 1}


def test_calls_are_counted_apart() -> None:
    day = Day()
    for session in ("s-1", "s-2"):
        day.count("1 in ringing", session=session)
    day.count("1 in missed", session="s-1")
    assert day.counts() == {"incoming": 2, "missed": 1}


def test_calls_of_one_number_without_ids_are_counted_apart_after_their_end() -> None:
    day = Day()
    for _ in range(2):
        day.count("1 in ringing", session=None)
        day.count("1 in missed", session=None)
    assert day.counts() == {"incoming": 2, "missed": 2}


def test_extension_that_leaves_the_group_leaves_its_ring_unclear() -> None:
    day = Day()
    day.counter.set_members("sales", {"1", "2"})
    day.count("1 in ringing")
    day.counter.set_members("sales", {"2"})
    assert day.counts("sales") == {"incoming": 1, "unclear": 1}
    day.count("1 in missed")
    assert day.counts("sales") == {"incoming": 1, "unclear": 1}
    assert day.counts() == {"incoming": 1, "missed": 1}


def test_extension_that_leaves_is_noticed_although_the_caller_changed_its_own_set() -> (
    None
):
    day = Day()
    members = {"1", "2"}
    day.counter.set_members("sales", members)
    members.remove("1")
    day.counter.set_members("sales", members)
    assert day.count("1 in ringing") == ["account ringing"]


def test_extension_of_no_scope_counts_nothing() -> None:
    day = Day()
    assert day.count("9 in ringing") == []
    assert day.counts() == {}


def test_scopes_that_are_not_kept_count_nothing() -> None:
    day = Day()
    day.counter.set_members("sales", {"1"})
    day.counter.set_members("support", {"1"})
    day.count("1 in ringing")
    day.counter.keep_scopes({"account", "support"})
    assert day.counts("sales") == {}
    assert day.count("1 in missed") == ["account missed", "support missed"]


def test_new_scope_is_counted_from_now_on() -> None:
    day = Day()
    begun = day.now()
    day.advance(hours=1)
    day.counter.set_members("sales", {"1"})
    assert day.counter.since("sales") == day.now()
    assert day.counter.since("account") == begun


def test_scopes_whose_counts_change_are_notified_and_no_others() -> None:
    day = Day()
    day.counter.set_members("sales", {"1"})
    day.counter.set_members("support", {"2"})
    changed: list[list[str]] = []
    day.counter.changed = lambda scopes: changed.append(list(scopes))
    day.count_all(["1 in ringing", "2 in ringing", "2 in held", "1 in held"])
    assert changed == [
        ["account", "sales"],
        ["support"],
        ["account", "support"],
        ["sales"],
    ]


_SEEN: dict[str, tuple[list[str], list[str]]] = {
    "answered by one of two": (
        [
            "1 in ringing",
            "2 in ringing",
            "1 in answered",
            "2 in missed",
            "1 in held",
            "1 in resumed",
            "1 in ended",
        ],
        ["ringing", "answered", "ended"],
    ),
    "missed by both": (
        ["1 in ringing", "2 in ringing", "1 in missed", "2 in missed"],
        ["ringing", "missed"],
    ),
    "missed after it was answered elsewhere and ended": (
        [
            "1 in ringing",
            "2 in ringing",
            "1 in answered",
            "1 in ended",
            "2 in missed",
        ],
        ["ringing", "answered", "ended"],
    ),
    "may have been answered": (
        [
            "1 in ringing",
            "2 in ringing",
            "1 in missed",
            "2 in ended after Ringing reconstructed yes",
        ],
        ["ringing", "ended"],
    ),
    "between two of them": (
        [
            "1 out dialing",
            "2 in ringing",
            "2 in answered",
            "1 out answered",
            "2 in ended",
            "1 out ended",
        ],
        ["dialing", "ringing", "answered", "ended"],
    ),
    "missed by another of them": (
        ["1 out dialing", "2 in ringing", "2 in missed", "1 out ended"],
        ["dialing", "ringing", "missed"],
    ),
    "passed to the next agent": (
        ["1 in ringing", "1 in missed", "2 in ringing", "2 in answered", "2 in ended"],
        ["ringing", "missed", "answered", "ended"],
    ),
}


@pytest.mark.parametrize(("events", "seen"), _SEEN.values(), ids=_SEEN)
def test_scope_sees_a_call_as_one(events: list[str], seen: list[str]) -> None:
    day = Day()
    assert day.count_all(events) == [f"account {kind}" for kind in seen]


_REGROUPED = st.dictionaries(
    st.integers(0, 30), st.frozensets(st.sampled_from("12345"))
)


@given(EVENTS, _REGROUPED)
def test_each_incoming_call_is_answered_missed_unclear_or_rings(
    events: list[tuple[str, str | None]],
    regrouped: dict[int, frozenset[str]],
) -> None:
    day = Day()
    day.counter.set_members("sales", {"1", "2"})
    for index, (text, session) in enumerate(events):
        if (members := regrouped.get(index)) is not None:
            day.counter.set_members("sales", members)
        day.count(text, session=session)
        for name, scope in day.counter.state.scopes.items():
            counts = scope.counts
            ringing = sum(
                call.is_incoming and call.outcome is None
                for call in scope.calls.values()
            )
            over = counts.answered + counts.missed + counts.unclear
            assert counts.incoming == over + ringing, name
            assert ringing == sum(
                call.outcome is None and bool(call.called)
                for call in scope.calls.values()
            )


@pytest.mark.parametrize(
    ("finals", "counts"),
    [
        (["1 in missed", "2 in missed", "3 in missed"], DayCounts(1, 0, 0, 1)),
        (
            ["1 in missed", "2 in ended talked 8", "3 in missed"],
            DayCounts(1, 0, 1, talk_time=8),
        ),
        (
            [
                "1 in missed",
                "2 in ended after Ringing reconstructed yes",
                "3 in missed",
            ],
            DayCounts(1, 0, 0, 0, 1, 1),
        ),
    ],
)
def test_order_in_which_the_phones_are_reported_changes_nothing(
    finals: list[str], counts: DayCounts
) -> None:
    for order in permutations(finals):
        day = Day()
        day.count_all(["1 in ringing", "2 in ringing", "3 in ringing", *order])
        assert day.counter.counts("account") == counts


# Missed calls


def _missed(day: Day, scope: str = "account") -> list[object]:
    return [one.session for one in day.counter.missed(scope)]


def test_call_that_was_missed_is_kept_until_it_is_answered() -> None:
    day = Day()
    day.count("1 in ringing")
    day.count("1 in missed")
    day.count("2 in missed", session="s-2")
    assert _missed(day) == ["s-1", "s-2"]
    day.count("3 in answered")
    assert _missed(day) == ["s-2"]


def test_missed_call_whose_end_is_not_proven_any_more_is_not_kept() -> None:
    day = Day()
    day.count("1 in missed")
    day.count("2 in ringing")
    day.count("2 in ended after Ringing reconstructed yes")
    assert day.counts()["unclear"] == 1
    assert _missed(day) == []


def test_calls_of_one_number_without_an_id_are_different_missed_calls() -> None:
    day = Day()
    for _ in range(2):
        day.count("1 in missed", session=None)
    day.count("1 in answered", session=None)
    assert day.counts()["missed"] == len(_missed(day)) == 2


def test_few_missed_calls_are_kept_and_none_after_midnight() -> None:
    day = Day()
    for i in range(50):
        day.count("1 in missed", session=f"s-{i}")
    assert _missed(day) == [f"s-{i}" for i in range(40, 50)]
    day.advance(days=1)
    day.counter.begin_day()
    assert _missed(day) == []


def test_missed_call_begins_when_it_does_and_is_not_stored() -> None:
    day = Day()
    day.count("1 in missed at 5")
    (missed,) = day.counter.missed("account")
    assert missed.time == NOON + timedelta(seconds=5)
    assert not day.counter.state.scopes["account"].missed


@given(events=EVENTS)
def test_missed_calls_are_as_many_as_are_counted(
    events: list[tuple[str, str | None]],
) -> None:
    day = Day()
    for text, session in events:
        day.count(text, session=session)
        assert len(_missed(day)) == min(10, day.counts().get("missed", 0))
