"""Answers to questions about telephones, as keys of sentences and what is in them. Pure.

Who speaks them has the sentences in the language of the question.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, NotRequired, TypedDict, cast

from .models import Call, InCall, Missed, MissedOf, OtherParty, Problem, Status

NAMES_AT_MOST: Final = 10

type _List = Literal["on_the_phone", "ringing", "free"]


class Question(StrEnum):
    """What is asked."""

    WHO_IS_ON_THE_PHONE = "who_is_on_the_phone"
    WHO_IS_CALLING = "who_is_calling"
    WHO_IS_FREE = "who_is_free"
    HOW_IS = "how_is"
    MISSED_CALLS = "missed_calls"


class Statement(TypedDict):
    """Key of a sentence and what is in it; what is unknown or not shown is left out."""

    text: str
    name: NotRequired[str]
    names: NotRequired[list[str]]
    caller: NotRequired[str]
    count: NotRequired[int]
    more: NotRequired[int]
    reason: NotRequired[str]
    # As ISO 8601, in local time.
    time: NotRequired[str]


# By question: the list that it is about, that no one is in it, and that no one of those
# who are known is.
_LISTS: Final[Mapping[Question, tuple[_List, str, str]]] = {
    Question.WHO_IS_ON_THE_PHONE: (
        "on_the_phone",
        "nobody_on_the_phone",
        "nobody_known_on_the_phone",
    ),
    Question.WHO_IS_CALLING: ("ringing", "no_phone_ringing", "no_known_phone_ringing"),
    Question.WHO_IS_FREE: ("free", "nobody_free", "nobody_known_free"),
}
# Parts of the answer to how a group is.
_ABOUT_A_GROUP: Final = (
    Question.WHO_IS_FREE,
    Question.WHO_IS_ON_THE_PHONE,
    Question.WHO_IS_CALLING,
)
# People of a group whose own answers are given if none is free or has a call.
_EACH_AT_MOST: Final = 3

# How the answer about missed calls begins if it has a number.
_COUNTED: Final = {"missed", "missed_none", "missed_unclear"}


def status_statements(
    question: Question, status: Status | Problem, name: str | None = None
) -> list[Statement]:
    """Return the answer about people of a name, or about all."""
    if "error" in status:
        return [_problem(status, name)]
    counts, since = status["counts"], status.get("not_known_since")
    if counts["people"] == 1 and (name is not None or question is Question.HOW_IS):
        return [*_about_person(status)]
    if (not_known := counts["not_known"]) == counts["people"]:
        return [_say("nothing_known", time=since)]
    asked = [question]
    if question not in _LISTS:
        # That none of them has a call sounds as if no one at all had one.
        asked = [one for one in _ABOUT_A_GROUP if counts[_LISTS[one][0]]]
        if not asked and counts["people"] <= _EACH_AT_MOST:
            return [*_about_person(status)]
        if not counts["free"]:
            asked.insert(0, Question.WHO_IS_FREE)
    answer = [one for part in asked for one in _about_people(part, status)]
    if not_known:
        answer.append(_say("not_known", time=since, count=not_known))
    return answer


def missed_statements(
    missed: Missed | Problem, name: str | None = None
) -> list[Statement]:
    """Return the answer about missed calls."""
    if "error" in missed:
        return [_problem(missed, name)]
    answer: list[Statement] = []
    unseen = 0
    for found in missed["telephones"]:
        about = [*_about_missed(found)]
        if about[0]["text"] in _COUNTED:
            unseen = max(unseen, found.get("unseen_minutes", 0))
        # It has no name: once is enough.
        answer += [o for o in about if o["text"] != "nothing_known" or o not in answer]
    if unseen:
        answer.append(_say("missed_incomplete", count=unseen))
    return answer


def _problem(problem: Problem, name: str | None) -> Statement:
    error = problem["error"]
    unknown = name if error == "unknown_name" else None
    return _say(error, name=unknown, names=problem.get("names"))


def _say(text: str, **parts: object) -> Statement:
    """Return a statement without what is unknown."""
    known = {key: part for key, part in parts.items() if part is not None}
    return cast(Statement, {"text": text, **known})


def _about_people(question: Question, status: Status) -> Iterator[Statement]:
    """Yield who of several people it is, or that it is no one."""
    key, none, none_known = _LISTS[question]
    counts = status["counts"]
    if not (count := counts[key]):
        # Those without a call may be free.
        is_open = counts["not_known"] or (key == "free" and counts["no_call"])
        yield _say(none_known if is_open else none)
    elif key == "free":
        names = status["free"][:NAMES_AT_MOST]
        yield _say("free", names=names, more=count - len(names))
    else:
        listed = status[key][:NAMES_AT_MOST]
        if key == "ringing":
            yield from _calling(listed)
        else:
            yield _say("on_the_phone", names=[one["name"] for one in listed])
        if more := count - len(listed):
            yield _say("more", count=more)


def _calling(listed: Sequence[InCall]) -> Iterator[Statement]:
    """Yield whose phones each caller lets ring: those of a queue ring together."""
    phones: dict[str | None, list[str]] = {}
    for person in listed:
        for caller in _callers(person):
            phones.setdefault(caller, []).append(person["name"])
    for caller, names in phones.items():
        yield _say("ringing", caller=caller, names=names)


def _callers(person: InCall) -> list[str | None]:
    """Return the callers of a person; None is one who is not shown."""
    callers = dict.fromkeys(_other_party(call) for call in person["calls"])
    return [*callers] or [None]


def _other_party(call: OtherParty) -> str | None:
    return call.get("other_party_name") or call.get("other_party_number")


def _about_person(status: Status) -> Iterator[Statement]:
    """Yield what the only person does."""
    for person in status["ringing"]:
        for caller in _callers(person):
            yield _say("is_ringing", caller=caller, name=person["name"])
    for person in status["on_the_phone"]:
        yield _on_the_phone(person["name"], person["calls"])
    for one in status["not_free"]:
        yield _say("is_not_free", **one)
    for name in status["free"]:
        yield _say("is_free", name=name)
    for name in status["no_call"]:
        yield _say("no_call", name=name)
    for name in status["not_known"]:
        yield _say("is_not_known", name=name, time=status.get("not_known_since"))


def _on_the_phone(name: str, calls: Sequence[Call]) -> Statement:
    statuses = {call.get("status") for call in calls}
    if statuses == {"on_hold"}:
        time = _first([call.get("since") for call in calls])
        return _say("is_on_hold", name=name, time=time)
    if "ringing" in statuses and "call_connected" not in statuses:
        return _say("is_dialing", name=name)
    # The first may be on hold since.
    times = [call.get("started") for call in calls if call.get("status") != "ringing"]
    return _say("is_on_the_phone", name=name, time=_first(times))


def _first(times: Sequence[str | None]) -> str | None:
    """Return the earliest time, None if any is unknown: it may be earlier."""
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return None
    return min(known, key=datetime.fromisoformat)


def _about_missed(found: MissedOf) -> Iterator[Statement]:
    name, count, since = found["name"], found["missed"], found.get("counted_since")
    unclear, is_known = found["unclear"], "not_known_since" not in found
    if count is None and is_known:
        yield _say("missed_not_known", name=name)
        return
    if count:
        yield _say("missed", name=name, count=count, time=since)
        for last in found["calls"][:1]:
            yield _say("missed_last", caller=_other_party(last), time=last["time"])
    elif is_known and not unclear:
        yield _say("missed_none", name=name, time=since)
    if unclear:
        yield _say("missed_unclear", name=name, count=unclear)
    if not is_known:
        text = "later_not_known" if count or unclear else "nothing_known"
        yield _say(text, time=found.get("not_known_since"))
