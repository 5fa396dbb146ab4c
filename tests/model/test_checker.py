"""The checker accepts true call events, and finds each planted fault."""

from collections.abc import Iterable, Sequence
from typing import Final

import pytest

from .checker import Checker
from .matching import Reported
from .truth import PartyState, Truth

_EXTENSION: Final = "620000102016"
_SESSION: Final = "s-1"

# Times and statuses of a call, and its true events with durations.
type Story = Sequence[tuple[float, str]]
_CALL: Final[Story] = (
    (0, "Ringing"),
    (5, "CallConnected"),
    (15, "OnHold"),
    (18, "CallConnected"),
    (20, "NoCall"),
)
_EVENTS: Final = (
    "0 ringing 0/0/0",
    "5 answered 5/0/0",
    "15 held 5/10/0",
    "18 resumed 5/10/3",
    "20 ended 5/12/3",
)
_UNANSWERED: Final[Story] = ((0, "Ringing"), (9, "NoCall"))
_PAUSED: Final[Story] = ((0, "Ringing"), (4, "NoCall"), (6, "Ringing"), (9, "NoCall"))
_RINGS_TWICE: Final[Story] = (
    (0, "Ringing"),
    (4, "NoCall"),
    (8, "Ringing"),
    (9, "NoCall"),
)


def _kinds(
    story: Story,
    events: Iterable[str],
    *,
    arrivals: Sequence[float | None] | None = None,
    direction: str = "Inbound",
    gaps: Iterable[tuple[float, float]] = (),
) -> list[str]:
    """Return the kinds of differences; an event is `time kind r/t/h [reported at]`."""
    truth = Truth()
    checker = Checker(truth)
    checker.gaps += gaps
    actions: list[tuple[float, int, str | Reported]] = []
    for place, (time, status) in enumerate(story):
        parties = [PartyState(_SESSION, "p-1", direction, status, time)]
        living = [] if status == "NoCall" else parties
        truth.record(_EXTENSION, time, living, [f"u{place}"])
        arrival = time if arrivals is None else arrivals[place]
        if arrival is not None:
            actions.append((arrival, 0, f"u{place}"))
    for text in events:
        time_text, kind, durations, *at = text.split()
        event = Reported(
            _EXTENSION,
            _SESSION,
            "p-1",
            direction,
            kind.removesuffix("*"),
            float(at[0] if at else time_text) + 0.01,
            float(time_text),
            tuple(  # type: ignore[arg-type]
                None if d == "-" else float(d) for d in durations.split("/")
            ),
            kind.endswith("*"),
        )
        actions.append((event.at, 1, event))
    for at_, _, action in sorted(actions, key=lambda action: action[:2]):
        if isinstance(action, Reported):
            checker.add(action)
        else:
            truth.arrive(action, at_)
    return [difference.kind for difference in checker.differences()]


@pytest.mark.parametrize(
    ("story", "events"),
    [
        (_CALL, _EVENTS),
        (_UNANSWERED, ("0 ringing 0/0/0", "9 missed 9/0/0 12")),
        (_PAUSED, ("0 ringing 0/0/0", "9 missed 9/0/0 12")),
        (
            _RINGS_TWICE,
            (
                "0 ringing 0/0/0",
                "4 missed 4/0/0 7",
                "8 ringing 0/0/0",
                "9 missed 1/0/0 12",
            ),
        ),
        # The end of a ring waits, the next ring does not.
        (
            _RINGS_TWICE,
            (
                "0 ringing 0/0/0",
                "8 ringing 0/0/0",
                "4 missed 4/0/0 8.5",
                "9 missed 1/0/0 12",
            ),
        ),
        ((), ()),
    ],
)
def test_true_events_are_accepted(story: Story, events: Iterable[str]) -> None:
    assert _kinds(story, events) == []


@pytest.mark.parametrize(
    ("story", "events", "kind"),
    [
        (_CALL, (), "missing"),
        (_CALL, _EVENTS[:-1], "missing"),
        (_CALL, _EVENTS[1:], "missing"),
        (_CALL, (*_EVENTS[:2], *_EVENTS[3:]), "missing"),
        (_CALL, (*_EVENTS, _EVENTS[-1]), "false or repeated"),
        (_CALL, (_EVENTS[0], *_EVENTS), "false or repeated"),
        (_CALL, (_EVENTS[1], "0 ringing 0/0/0 6", *_EVENTS[2:]), "false or repeated"),
        (_CALL, ("0 dialing 0/0/0", *_EVENTS[1:]), "false or repeated"),
        (_CALL, (*_EVENTS[:2], "15 parked 5/10/0", *_EVENTS[3:]), "false or repeated"),
        (_CALL, (*_EVENTS[:-1], "20 missed 5/12/3"), "false missed"),
        (_CALL, (*_EVENTS[:-1], "20 ended* 5/12/3"), "reconstructed"),
        (_CALL, (*_EVENTS[:-1], "20 ended 5/11/3"), "durations"),
        (_CALL, (*_EVENTS[:-1], "20 ended -/12/3"), "durations"),
        (_CALL, (*_EVENTS[:-1], "20 ended 5/99/3"), "impossible durations"),
        (_CALL, (_EVENTS[0], "7 answered 5/0/0", *_EVENTS[2:]), "time"),
        (_UNANSWERED, ("0 ringing 0/0/0", "9 ended* 9/0/0"), "reconstructed"),
        (_UNANSWERED, ("0 ringing 0/0/0", "9 ended 9/0/0"), "not missed"),
        # A pause of two seconds is none, one of four seconds is.
        (
            _PAUSED,
            (
                "0 ringing 0/0/0",
                "4 missed 4/0/0 5",
                "6 ringing 0/0/0",
                "9 missed 3/0/0 12",
            ),
            "false or repeated",
        ),
        (_PAUSED, ("0 ringing 0/0/0", "9 missed 7/0/0 12"), "durations"),
        (_RINGS_TWICE, ("0 ringing 0/0/0", "9 missed 9/0/0 12"), "missing"),
        ((), ("0 ringing 0/0/0",), "unknown call"),
    ],
)
def test_planted_fault_is_found(story: Story, events: Iterable[str], kind: str) -> None:
    assert kind in _kinds(story, events)


@pytest.mark.parametrize(
    ("arrivals", "events", "expected"),
    [
        # The hold was lost: the rest is still true.
        ((0, 5, None, 18, 20), (_EVENTS[0], _EVENTS[1], "20 ended 5/15/0"), []),
        # The end was lost: a snapshot shows it.
        ((0, 5, 15, 18, None), (*_EVENTS[:4], "30 ended* 5/22/3"), []),
        ((0, 5, 15, 18, None), _EVENTS[:4], ["missing end", "last status"]),
        # The start must be reported, whatever is lost later.
        ((0, None, None, None, 20), ("20 ended 20/0/0",), ["missing start"]),
        # Not even that the call has rung is known: nothing, or what a snapshot shows.
        ((None, None, None, None, None), (), []),
        ((None, None, None, None, None), ("20 ended* -/2/0",), []),
        # The answer is overtaken by the end, and arrives before a miss is reported.
        (
            (0, 21, None, None, 20),
            (_EVENTS[0], "20 missed 20/0/0 23"),
            ["false missed"],
        ),
        ((0, 29, None, None, 20), (_EVENTS[0], "20 missed 20/0/0 23"), []),
    ],
)
def test_less_is_required_of_what_has_not_arrived_in_order(
    arrivals: Sequence[float | None], events: Sequence[str], expected: list[str]
) -> None:
    assert _kinds(_CALL, events, arrivals=arrivals) == expected


def test_unknown_end_is_accepted_after_a_gap_only() -> None:
    events = ("0 ringing 0/0/0", "9 ended* 9/0/0")
    assert _kinds(_UNANSWERED, events, gaps=[(5, 6)]) == []
    assert _kinds(_UNANSWERED, events, gaps=[(10, 11)]) == ["reconstructed"]


def test_pause_may_be_reported_if_its_end_arrives_late() -> None:
    events = (
        "0 ringing 0/0/0",
        "4 missed 4/0/0 7",
        "6 ringing 0/0/0 8",
        "9 missed 3/0/0 12",
    )
    assert _kinds(_PAUSED, events, arrivals=(0, 4, 8, 9)) == []


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (("0 dialing 0/0/0", "5 answered 5/0/0", "9 ended 5/4/0"), []),
        (("0 ringing 0/0/0", "5 answered 5/0/0", "9 ended 5/4/0"), ["false"]),
        (("0 dialing 0/0/0", "9 missed 5/4/0"), ["false"]),
        (("0 dialing 0/0/0", "5 answered 5/0/0"), ["end"]),
        (("5 answered 5/0/0", "9 ended 5/4/0"), ["missing start"]),
        (("0 dialing 0/0/0", "0 dialing 0/0/0", "9 ended 5/4/0"), ["false"]),
    ],
)
def test_own_ringout_is_one_outgoing_call(
    events: Iterable[str], expected: list[str]
) -> None:
    truth = Truth()
    checker = Checker(truth)
    for place, (time, status) in enumerate(
        ((0, "Ringing"), (5, "CallConnected"), (9, "NoCall"))
    ):
        legs = [
            PartyState("s-own", "p-2", "Inbound", status, 0, "s-1"),
            PartyState(_SESSION, "p-1", "Outbound", status, 0),
        ]
        truth.record(
            _EXTENSION, time, [] if status == "NoCall" else legs, [f"u{place}"]
        )
        truth.arrive(f"u{place}", time)
    for text in events:
        time_text, kind, _ = text.split()
        at = float(time_text)
        durations = (0.0, 0.0, 0.0)
        checker.add(
            Reported(_EXTENSION, _SESSION, "p-1", "Outbound", kind, at, at, durations)
        )
    kinds = [difference.kind for difference in checker.differences()]
    for expected_kind in expected:
        assert any(expected_kind in kind for kind in kinds)
    assert bool(kinds) is bool(expected)
