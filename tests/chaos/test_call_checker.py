"""The call checker accepts correct call events and finds each planted difference."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import assume, given, strategies as st
import pytest

from .call_checker import CallChecker, CallKey, Kind, SeenEvent, Side

_EXTENSION = "620000102016"
_OTHER = "620000103016"
_CALL = CallKey(_EXTENSION, "s-1", "p-1-2")
_STORY = ("Ringing", "CallConnected", "OnHold", "CallConnected", "ParkedCall", "NoCall")
_FAITHFUL = ("ringing", "answered", "held", "resumed", "parked", "ended")
# What may follow each status of a call.
_NEXT = {
    "Ringing": ("NoCall", "CallConnected"),
    "CallConnected": ("NoCall", "OnHold", "ParkedCall"),
    "OnHold": ("NoCall", "CallConnected", "ParkedCall"),
    "ParkedCall": ("NoCall", "CallConnected"),
}
# Call event of each status.
_EVENTS = {
    "Ringing": "ringing",
    "CallConnected": "answered",
    "OnHold": "held",
    "ParkedCall": "parked",
    "NoCall": "ended",
}


def _side(status: str, key: CallKey = _CALL, *, is_inbound: bool = True) -> Side:
    return Side(key, status, is_inbound)


def _messages(
    statuses: Iterable[str], arrivals: Sequence[int] | None = None
) -> tuple[CallChecker, list[str]]:
    """Return a checker with an announced call, and its messages.

    Args:
        statuses: of the call, each announced by a message of its own.
        arrivals: indices of the messages in the order of arrival; by default all.

    """
    checker = CallChecker()
    checker.follow([_EXTENSION])
    uuids = []
    for number, status in enumerate(statuses):
        uuids.append(f"u{number}")
        checker.add_message(_EXTENSION, [_side(status)], [uuids[-1]])
    for index in range(len(uuids)) if arrivals is None else arrivals:
        checker.set_arrived(uuids[index])
    return checker, uuids


def _add_events(checker: CallChecker, events: Iterable[str]) -> None:
    for event in events:
        checker.add_call_event(
            _CALL, SeenEvent(event.removesuffix("*"), event.endswith("*"))
        )


def _kinds(checker: CallChecker) -> list[str]:
    return [difference.kind for difference in checker.differences()]


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (_FAITHFUL, None),
        ((), Kind.MISSED),
        (_FAITHFUL[:-1], Kind.MISSED),
        (("ringing", "held", "resumed", "parked", "ended"), Kind.MISSED),
        ((*_FAITHFUL, "ended"), Kind.INVENTED),
        (("ringing", *_FAITHFUL), Kind.INVENTED),
        (("ringing", "answered", "answered*", *_FAITHFUL[2:]), Kind.INVENTED),
        ((*_FAITHFUL[:-1], "missed"), Kind.INVENTED),
        (("answered", "ringing", *_FAITHFUL[2:]), Kind.OUT_OF_ORDER),
        (("ended", *_FAITHFUL[:-1]), Kind.OUT_OF_ORDER),
    ],
)
def test_planted_difference_in_a_call_that_arrived_whole_is_found(
    seen: Iterable[str], kind: Kind | None
) -> None:
    """Each event once, in order, and none beside them."""
    checker, _ = _messages(_STORY)
    _add_events(checker, seen)
    assert _kinds(checker) == ([] if kind is None else [kind])


@pytest.mark.parametrize(
    ("arrivals", "seen", "kind"),
    [
        # A message is lost: its event is optional, but the call must end.
        ((0, 2, 3, 4, 5), ("ringing", "answered", "held", "resumed", "ended"), None),
        ((0,), ("ringing", "ended*"), None),
        ((0,), ("ringing", "answered*", "ended*"), None),
        ((), (), None),
        ((0,), ("ringing",), Kind.LEFT_OPEN),
        ((0, 1), ("ringing", "answered"), Kind.LEFT_OPEN),
        ((0, 5), ("ringing", "ended", "ended*"), Kind.INVENTED),
        # The message of the answer did not arrive.
        ((0, 5), ("ringing", "missed"), None),
        ((0, 5), ("ringing", "ended", "answered"), Kind.OUT_OF_ORDER),
        # Overtaken: as good as lost.
        ((0, 2, 1, 3, 4, 5), ("ringing", "held", "resumed", "parked", "ended"), None),
    ],
)
def test_planted_difference_in_a_call_of_which_something_got_lost_is_found(
    arrivals: Sequence[int], seen: Sequence[str], kind: Kind | None
) -> None:
    """Less is required then, but nothing may be invented and nothing left open."""
    checker, _ = _messages(_STORY, arrivals)
    _add_events(checker, seen)
    assert _kinds(checker) == ([] if kind is None else [kind])


@pytest.mark.parametrize(
    ("statuses", "is_inbound", "is_false"),
    [
        (("Ringing", "NoCall"), True, False),
        (("Ringing", "NoCall"), False, True),
        (("Ringing", "CallConnected", "NoCall"), True, True),
    ],
)
def test_only_an_unanswered_inbound_call_is_missed(
    statuses: Sequence[str], is_inbound: bool, is_false: bool
) -> None:
    """An outbound call is never missed."""
    checker = CallChecker()
    checker.follow([_EXTENSION])
    for status in statuses:
        checker.add_message(
            _EXTENSION, [_side(status, is_inbound=is_inbound)], [status]
        )
        checker.set_arrived(status)
    _add_events(checker, [*(_EVENTS[status] for status in statuses[:-1]), "missed"])
    assert _kinds(checker) == ([Kind.INVENTED] if is_false else [])


def test_call_that_was_never_announced_is_invented() -> None:
    """Out of nowhere."""
    checker = CallChecker()
    checker.follow([_EXTENSION])
    _add_events(checker, ["ringing"])
    assert _kinds(checker) == [Kind.INVENTED]


def test_call_that_is_in_no_later_message_has_ended() -> None:
    """Two calls of one extension can end at the same time."""
    checker, _ = _messages(["Ringing"])
    checker.add_message(_EXTENSION, [], ["last"])
    checker.set_arrived("last")
    _add_events(checker, ["ringing"])
    assert _kinds(checker) == [Kind.MISSED]


def test_of_two_copies_the_first_counts() -> None:
    """Two filters that match one extension bring each message twice."""
    checker = CallChecker()
    checker.follow([_EXTENSION])
    checker.add_message(_EXTENSION, [_side("Ringing")], ["a", "b"])
    checker.add_message(_EXTENSION, [_side("NoCall")], ["c", "d"])
    for uuid in "badc":
        checker.set_arrived(uuid)
    assert _kinds(checker) == [Kind.MISSED]
    assert not _kinds(checker), "it is reported once"


def test_overtaken_by_a_message_of_another_extension_is_in_order() -> None:
    """The order of messages counts for each extension alone."""
    checker = CallChecker()
    checker.follow([_EXTENSION, _OTHER])
    checker.add_message(_EXTENSION, [_side("Ringing")], ["first"])
    checker.add_message(_OTHER, [], ["second"])
    checker.set_arrived("second")
    checker.set_arrived("first")
    assert _kinds(checker) == [Kind.MISSED]


@pytest.mark.parametrize("when", ["before", "during"])
def test_events_of_an_extension_that_is_not_monitored_are_not_required(
    when: str,
) -> None:
    """Calls of an extension added or removed in between may be seen in part."""
    checker = CallChecker()
    checker.follow([] if when == "before" else [_EXTENSION])
    checker.add_message(_EXTENSION, [_side("Ringing")], ["a"])
    checker.unfollow([])
    checker.follow([_EXTENSION])
    checker.add_message(_EXTENSION, [_side("NoCall")], ["b"])
    checker.set_arrived("a")
    checker.set_arrived("b")
    assert not _kinds(checker)


@st.composite
def _histories(draw: st.DrawFn) -> list[str]:
    """A call from its first ring to its end."""
    history = ["Ringing"]
    while history[-1] != "NoCall":
        history.append(draw(st.sampled_from(_NEXT[history[-1]])))
    return history


@given(_histories(), st.data())
def test_any_event_dropped_doubled_moved_or_added_is_found(
    history: list[str], data: st.DataObject
) -> None:
    """Whatever the call went through."""
    events = [_EVENTS[status] for status in history]
    checker, _ = _messages(history)
    _add_events(checker, events)
    assert not _kinds(checker)

    index = data.draw(st.integers(0, len(events) - 1))
    other = data.draw(st.integers(0, len(events)))
    mutated = data.draw(
        st.sampled_from(
            [
                events[:index] + events[index + 1 :],
                events[:index] + events[index : index + 1] * 2 + events[index + 1 :],
                [*events[:other], data.draw(st.sampled_from(events)), *events[other:]],
                sorted(events),
            ]
        )
    )
    assume(mutated != events)
    checker, _ = _messages(history)
    _add_events(checker, mutated)
    assert len(_kinds(checker)) == 1


@given(_histories(), st.data())
def test_whatever_arrives_the_oracle_requires_no_more_than_that(
    history: list[str], data: st.DataObject
) -> None:
    """Events for all arrived changes, and for the end, are correct."""
    arrivals = data.draw(st.permutations(range(len(history))))
    arrivals = arrivals[: data.draw(st.integers(0, len(history)))]
    checker, _ = _messages(history, arrivals)
    last = -1
    received = [index for index in arrivals if index > last and (last := index) >= 0]
    events = [_EVENTS[history[index]] for index in received]
    changes = events[:1] + [new for old, new in pairwise(events) if new != old]
    if changes and changes[-1] != "ended":
        changes.append("ended*")
    _add_events(checker, changes)
    assert not _kinds(checker)
