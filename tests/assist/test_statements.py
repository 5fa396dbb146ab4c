"""What is said about each state, and what never is."""

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.assist.models import (
    Call,
    Missed,
    MissedOf,
    Problem,
    Status,
)
from custom_components.ringcentral.assist.statements import (
    NAMES_AT_MOST,
    Question,
    Statement,
    missed_statements,
    status_statements,
)

from .sentences import SENTENCES, arguments, speak

SINCE: Final = "2026-11-30T10:29:00+01:00"
_CALL: Final[Call] = {
    "status": "call_connected",
    "direction": "inbound",
    "other_party_name": "Bob",
    "other_party_number": "+16505550123",
    "started": "2026-11-30T10:32:05+01:00",
    "since": "2026-11-30T10:32:15+01:00",
}
_HELD: Final[Call] = {**_CALL, "status": "on_hold"}
_DIALED: Final[Call] = {**_CALL, "status": "ringing", "direction": "outbound"}
_EARLIER: Final[Call] = {**_HELD, "started": "2026-11-30T10:02:00+01:00"}


_LISTS: Final = (
    "on_the_phone",
    "ringing",
    "free",
    "not_free",
    "no_call",
    "not_known",
)


def status(people: Sequence[tuple[str, Any]], at_most: int = 99) -> Status:
    """Return what is known of people, by what each does."""
    found: dict[str, list[Any]] = {key: [] for key in _LISTS}
    for name, does in people:
        match does:
            case "free" | "no_call" | "not_known":
                found[does].append(name)
            case str(reason):
                found["not_free"].append({"name": name, "reason": reason})
            case _:
                for key, calls in does.items():
                    found[key].append({"name": name, "calls": calls})
    counts: Any = {"people": len(people), **{k: len(v) for k, v in found.items()}}
    status: Any = {key: value[:at_most] for key, value in found.items()}
    status |= {"counts": counts, "not_known_since": SINCE}
    shown: Status = status
    return shown


_TALKING: Final = {"on_the_phone": [_CALL]}
_RINGING: Final = {"ringing": [_CALL]}
_STATES: Final[dict[str, list[tuple[str, Any]]]] = {
    "idle": [("Alice", "free"), ("Dan", "free")],
    "not available": [("Alice", "in_meeting"), ("Dan", "away")],
    "ringing": [("Alice", _RINGING), ("Dan", "free")],
    "hidden caller": [("Alice", {"ringing": [{}]}), ("Dan", {"ringing": []})],
    "queue call": [("Alice", _RINGING), ("Dan", _RINGING)],
    "talking": [("Alice", _TALKING), ("Dan", "busy")],
    "talking and ringing": [("Alice", _TALKING | _RINGING), ("Dan", "free")],
    "unknown status": [("Alice", "no_call"), ("Dan", "away")],
    "link down": [("Alice", "not_known"), ("Dan", "not_known")],
    "half known": [("Alice", "not_known"), ("Dan", "away")],
    "half known, talking": [("Alice", "not_known"), ("Dan", _TALKING)],
}
_OTHER_UNKNOWN: Final = "1 others: not known since 10:29."
_ALL_UNKNOWN: Final = "Not known since 10:29."


@pytest.mark.parametrize(
    ("state", "question", "answer"),
    [
        ("idle", "who_is_on_the_phone", "Nobody is on the phone."),
        ("idle", "who_is_calling", "No phone is ringing."),
        ("idle", "who_is_free", "Alice, Dan: free, and 0 more."),
        ("idle", "how_is", "Alice, Dan: free, and 0 more."),
        ("not available", "who_is_on_the_phone", "Nobody is on the phone."),
        ("not available", "who_is_free", "Nobody is free."),
        (
            "not available",
            "how_is",
            "Alice is not available: in_meeting. Dan is not available: away.",
        ),
        ("ringing", "who_is_on_the_phone", "Nobody is on the phone."),
        ("ringing", "who_is_calling", "Ringing: Alice, Bob calls."),
        ("ringing", "who_is_free", "Dan: free, and 0 more."),
        (
            "ringing",
            "how_is",
            "Dan: free, and 0 more. Ringing: Alice, Bob calls.",
        ),
        ("hidden caller", "who_is_calling", "Ringing: Alice, Dan."),
        ("queue call", "who_is_calling", "Ringing: Alice, Dan, Bob calls."),
        ("talking", "who_is_on_the_phone", "Alice: on the phone."),
        ("talking", "who_is_calling", "No phone is ringing."),
        ("talking", "who_is_free", "Nobody is free."),
        ("talking", "how_is", "Nobody is free. Alice: on the phone."),
        ("talking and ringing", "who_is_on_the_phone", "Alice: on the phone."),
        ("talking and ringing", "who_is_calling", "Ringing: Alice, Bob calls."),
        ("unknown status", "who_is_on_the_phone", "Nobody is on the phone."),
        ("unknown status", "who_is_free", "Of the known phones, nobody is free."),
        ("link down", "who_is_on_the_phone", _ALL_UNKNOWN),
        ("link down", "who_is_calling", _ALL_UNKNOWN),
        ("link down", "who_is_free", _ALL_UNKNOWN),
        ("link down", "how_is", _ALL_UNKNOWN),
        (
            "half known",
            "who_is_on_the_phone",
            f"Of the known phones, nobody is on the phone. {_OTHER_UNKNOWN}",
        ),
        (
            "half known",
            "who_is_calling",
            f"Of the known phones, none is ringing. {_OTHER_UNKNOWN}",
        ),
        (
            "half known",
            "who_is_free",
            f"Of the known phones, nobody is free. {_OTHER_UNKNOWN}",
        ),
        (
            "half known, talking",
            "who_is_on_the_phone",
            f"Dan: on the phone. {_OTHER_UNKNOWN}",
        ),
    ],
)
def test_question_about_people_is_answered(
    state: str, question: str, answer: str
) -> None:
    for name in (None, "Sales"):
        found = status_statements(Question(question), status(_STATES[state]), name)
        assert speak(found) == answer


@pytest.mark.parametrize(
    ("does", "answer"),
    [
        ("free", "Alice is free."),
        ("do_not_disturb", "Alice is not available: do_not_disturb."),
        ("no_call", "Alice has no call."),
        ("not_known", "Alice: not known since 10:29."),
        (_RINGING, "Alice's phone is ringing, Bob calls."),
        ({"ringing": []}, "Alice's phone is ringing."),
        (
            {"ringing": [_CALL, {"other_party_number": "+1"}]},
            "Alice's phone is ringing, Bob calls. Alice's phone is ringing, +1 calls.",
        ),
        (_TALKING, "Alice is on the phone since 10:32."),
        ({"on_the_phone": []}, "Alice is on the phone."),
        ({"on_the_phone": [_HELD]}, "Alice has a call on hold since 10:32."),
        ({"on_the_phone": [{}]}, "Alice is on the phone."),
        ({"on_the_phone": [_DIALED]}, "Alice is dialing."),
        ({"on_the_phone": [_HELD, _DIALED]}, "Alice is dialing."),
        ({"on_the_phone": [_CALL, _EARLIER]}, "Alice is on the phone since 10:02."),
        (
            {"on_the_phone": [_CALL, {"status": "on_hold"}]},
            "Alice is on the phone.",
        ),
        ({"on_the_phone": [_DIALED, _CALL]}, "Alice is on the phone since 10:32."),
        (
            _TALKING | _RINGING,
            "Alice's phone is ringing, Bob calls. Alice is on the phone since 10:32.",
        ),
    ],
)
def test_question_about_a_person_is_answered(does: Any, answer: str) -> None:
    """Whatever is asked: "nobody is free" would be about others."""
    for question in Question:
        found = status_statements(question, status([("Alice", does)]), "Alice")
        assert speak(found) == answer


_LAST: Final = "The last was from Bob at 10:32."
_MISSED: Final[MissedOf] = {
    "name": "Alice",
    "missed": 2,
    "unclear": 0,
    "calls": [{"other_party_name": "Bob", "time": _CALL["started"]}, {"time": SINCE}],
}


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, f"Alice missed 2 calls. {_LAST}"),
        ({"counted_since": SINCE}, f"Alice missed 2 calls since 10:29. {_LAST}"),
        ({"calls": []}, "Alice missed 2 calls."),
        (
            {"calls": [{"time": SINCE}]},
            "Alice missed 2 calls. The last was at 10:29.",
        ),
        ({"unclear": 3}, f"Alice missed 2 calls. {_LAST} Alice: 3 calls unclear."),
        (
            {"not_known_since": SINCE},
            f"Alice missed 2 calls. {_LAST} Later calls: not known since 10:29.",
        ),
        (
            {"unseen_minutes": 3, "unclear": 1, "not_known_since": SINCE},
            (
                f"Alice missed 2 calls. {_LAST} Alice: 1 calls unclear. "
                "Later calls: not known since 10:29. Calls of 3 minutes may be missing."
            ),
        ),
        (
            {"missed": 0, "calls": [], "unseen_minutes": 3},
            "Alice missed no call. Calls of 3 minutes may be missing.",
        ),
        ({"missed": 0, "calls": []}, "Alice missed no call."),
        (
            {"missed": 0, "calls": [], "counted_since": SINCE},
            "Alice missed no call since 10:29.",
        ),
        ({"missed": 0, "calls": [], "unclear": 1}, "Alice: 1 calls unclear."),
        ({"missed": 0, "calls": [], "not_known_since": None}, "Not known."),
        ({"missed": None, "calls": []}, "Alice: not counted."),
        ({"missed": None, "calls": [], "not_known_since": None}, "Not known."),
    ],
)
def test_question_about_missed_calls_is_answered(changed: Any, answer: str) -> None:
    missed: Missed = {"telephones": [{**_MISSED, **changed}]}
    assert speak(missed_statements(missed)) == answer


def test_calls_that_may_be_missing_are_told_once_for_those_who_are_counted() -> None:
    none: MissedOf = {"name": "Al", "missed": 0, "unclear": 0, "calls": []}
    assert speak(
        missed_statements(
            {
                "telephones": [
                    {**none, "unseen_minutes": 2},
                    {**none, "name": "Bo", "unseen_minutes": 5},
                    {**none, "missed": None, "unseen_minutes": 7},
                    {**none, "unseen_minutes": 9, "not_known_since": SINCE},
                ]
            }
        )
    ) == (
        "Al missed no call. Bo missed no call. Al: not counted. Not known since 10:29. "
        "Calls of 5 minutes may be missing."
    )


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        ({"error": "unknown_name"}, "No phone of the name Zoe."),
        ({"error": "several", "names": ["Al", "Bo"]}, "Which one: Al, Bo?"),
        ({"error": "none_exposed"}, "No phone is exposed."),
        ({"error": "not_counted"}, "Missed calls are not counted."),
    ],
)
def test_problem_is_an_answer(problem: Problem, answer: str) -> None:
    assert speak(missed_statements(problem, "Zoe")) == answer
    for question in Question:
        assert speak(status_statements(question, problem, "Zoe")) == answer


def test_list_that_was_cut_says_how_many_more_there_are() -> None:
    people: list[tuple[str, Any]] = [
        (f"P{number}", _TALKING | _RINGING) for number in range(30)
    ]
    people += [(f"F{number}", "free") for number in range(2000)]
    found = status(people, at_most=20)
    answers = {q: speak(status_statements(q, found)) for q in Question}
    assert answers[Question.WHO_IS_ON_THE_PHONE].endswith(". And 20 more.")
    assert answers[Question.WHO_IS_CALLING].endswith(", Bob calls. And 20 more.")
    assert answers[Question.WHO_IS_FREE].endswith("F9: free, and 1990 more.")


# What is never said

_CALLS: Final = st.lists(st.sampled_from([_CALL, _HELD, _DIALED, {}]), max_size=2)
_DOES: Final = st.one_of(
    st.sampled_from(["free", "no_call", "not_known", "do_not_disturb", "busy", "away"]),
    st.fixed_dictionaries({"ringing": _CALLS}),
    st.fixed_dictionaries({"on_the_phone": _CALLS}),
    st.fixed_dictionaries({"on_the_phone": _CALLS, "ringing": _CALLS}),
)
_PEOPLE: Final = st.lists(_DOES, min_size=1, max_size=14).map(
    lambda all_do: [(f"P{number}", does) for number, does in enumerate(all_do)]
)
_QUESTIONS: Final = st.sampled_from(
    [one for one in Question if one is not Question.MISSED_CALLS]
)
_NAMES: Final = st.sampled_from([None, "Sales"])


def _check_arguments(statements: Sequence[Statement]) -> None:
    assert statements
    for one in statements:
        assert one["text"] in SENTENCES
        always, possible = arguments(one["text"])
        assert always <= one.keys() - {"text"} <= possible


@given(people=_PEOPLE, question=_QUESTIONS, name=_NAMES, at_most=st.integers(1, 12))
def test_nobody_is_said_of_those_who_are_known_only(
    people: list[tuple[str, Any]], question: Question, name: str | None, at_most: int
) -> None:
    found = status(people, at_most)
    counts = found["counts"]
    statements = status_statements(question, found, name)
    _check_arguments(statements)
    texts = {one["text"] for one in statements}
    for nobody, nobody_known, count in (
        ("nobody_on_the_phone", "nobody_known_on_the_phone", counts["on_the_phone"]),
        ("no_phone_ringing", "no_known_phone_ringing", counts["ringing"]),
        ("nobody_free", "nobody_known_free", counts["free"]),
    ):
        if texts & {nobody, nobody_known}:
            assert not count
            is_open = counts["not_known"]
            if nobody == "nobody_free":
                is_open += counts["no_call"]
            assert (nobody_known in texts) is bool(is_open)
    is_unknown_said = texts & {"not_known", "is_not_known", "nothing_known"}
    assert bool(is_unknown_said) is bool(counts["not_known"])


_DOING: Final = {
    "on_the_phone": {"on_the_phone"},
    "is_on_the_phone": {"on_the_phone"},
    "is_on_hold": {"on_the_phone"},
    "is_dialing": {"on_the_phone"},
    "ringing": {"ringing"},
    "is_ringing": {"ringing"},
    "free": {"free"},
    "is_free": {"free"},
    "is_not_free": {"do_not_disturb", "busy", "away"},
    "no_call": {"no_call"},
    "is_not_known": {"not_known"},
}


@given(people=_PEOPLE, question=_QUESTIONS, name=_NAMES)
def test_each_who_is_named_does_what_is_said(
    people: list[tuple[str, Any]], question: Question, name: str | None
) -> None:
    """And all are, up to the number that is said."""
    does = {one: {what} if isinstance(what, str) else {*what} for one, what in people}
    statements = status_statements(question, status(people), name)
    named: dict[str, set[str]] = {}
    more = 0
    for one in statements:
        names = one.get("names", []) + ([one["name"]] if "name" in one else [])
        assert len(names) <= NAMES_AT_MOST
        for shown in names:
            assert does[shown] & _DOING[one["text"]]
            named.setdefault(one["text"], set()).add(shown)
        more += one.get("more", 0) + (one["count"] if one["text"] == "more" else 0)
    for text, shown_people in named.items():
        doing = {one for one in does if does[one] & _DOING[text]}
        assert len(doing) <= len(shown_people) + more


@given(
    count=st.none() | st.integers(0, 3),
    unclear=st.integers(0, 2),
    since=st.sampled_from([None, SINCE]),
    is_known=st.booleans(),
    calls=st.lists(st.sampled_from(_MISSED["calls"]), max_size=2),
    unseen=st.integers(0, 2),
)
def test_no_call_missed_is_said_only_if_that_is_certain(
    count: int | None,
    unclear: int,
    since: str | None,
    is_known: bool,
    calls: list[Any],
    unseen: int,
) -> None:
    missed: Any = {"name": "Alice", "missed": count, "unclear": unclear, "calls": calls}
    if unseen:
        missed["unseen_minutes"] = unseen
    if since:
        missed["counted_since"] = since
    if not is_known:
        missed["not_known_since"] = since
    statements = missed_statements({"telephones": [missed]})
    _check_arguments(statements)
    texts = {one["text"] for one in statements}
    assert ("missed_none" in texts) is (count == 0 and not unclear and is_known)
    if texts & {"missed", "missed_none", "missed_unclear"}:
        assert ("missed_incomplete" in texts) is bool(unseen)
