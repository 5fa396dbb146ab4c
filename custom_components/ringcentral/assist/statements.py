"""Answers to questions about telephones, as keys of sentences and what is in them. Pure.

Who speaks them has the sentences in the language of the question.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, NotRequired, TypedDict, cast

from .models import Call, InCall, Missed, MissedOf, OtherParty, Problem, Status

NAMES_AT_MOST: Final = 10


class Question(StrEnum):
    """What is asked."""

    WHO_IS_ON_THE_PHONE = "who_is_on_the_phone"
    WHO_IS_CALLING = "who_is_calling"
    WHO_IS_FREE = "who_is_free"
    HOW_IS = "how_is"
    MISSED_CALLS = "missed_calls"


class Text(StrEnum):
    """Sentences."""

    ON_THE_PHONE = "on_the_phone"
    NOBODY_ON_THE_PHONE = "nobody_on_the_phone"
    NOBODY_KNOWN_ON_THE_PHONE = "nobody_known_on_the_phone"
    RINGING = "ringing"
    NO_PHONE_RINGING = "no_phone_ringing"
    NO_KNOWN_PHONE_RINGING = "no_known_phone_ringing"
    FREE = "free"
    NOBODY_FREE = "nobody_free"
    NOBODY_KNOWN_FREE = "nobody_known_free"
    IS_ON_THE_PHONE = "is_on_the_phone"
    IS_ON_HOLD = "is_on_hold"
    IS_DIALING = "is_dialing"
    IS_RINGING = "is_ringing"
    IS_FREE = "is_free"
    IS_NOT_FREE = "is_not_free"
    IS_NOT_KNOWN = "is_not_known"
    NOT_KNOWN = "not_known"
    NOTHING_KNOWN = "nothing_known"
    MISSED = "missed"
    MISSED_NONE = "missed_none"
    MISSED_LAST = "missed_last"
    MISSED_UNCLEAR = "missed_unclear"
    MISSED_NOT_KNOWN = "missed_not_known"
    LATER_NOT_KNOWN = "later_not_known"
    NO_CALL = "no_call"
    NOT_COUNTED = "not_counted"
    MORE = "more"
    UNKNOWN_NAME = "unknown_name"
    SEVERAL = "several"
    NONE_EXPOSED = "none_exposed"


class Statement(TypedDict):
    """A sentence and what is in it; what is left out is unknown or not shown."""

    text: Text
    name: NotRequired[str]
    names: NotRequired[list[str]]
    caller: NotRequired[str]
    count: NotRequired[int]
    more: NotRequired[int]
    reason: NotRequired[str]
    # As ISO 8601, in local time.
    time: NotRequired[str]


# By question: who it is about, who that is, that it is no one, and that it is no one of
# those who are known.
_NO_ONE: Final = {
    Question.WHO_IS_ON_THE_PHONE: (
        "on_the_phone",
        Text.NOBODY_ON_THE_PHONE,
        Text.NOBODY_KNOWN_ON_THE_PHONE,
    ),
    Question.WHO_IS_CALLING: (
        "ringing",
        Text.NO_PHONE_RINGING,
        Text.NO_KNOWN_PHONE_RINGING,
    ),
    Question.WHO_IS_FREE: ("free", Text.NOBODY_FREE, Text.NOBODY_KNOWN_FREE),
}
# Parts of the answer to how a group is; that no phone rings, no one wants to know.
_ABOUT_A_GROUP: Final = (Question.WHO_IS_FREE, Question.WHO_IS_ON_THE_PHONE)


def status_statements(
    question: Question, status: Status | Problem, name: str | None = None
) -> list[Statement]:
    """Return the answer about people of a name, or about all."""
    if "error" in status:
        return [_problem(status, name)]
    counts = status["counts"]
    if not counts["people"]:
        return [{"text": Text.NONE_EXPOSED}]
    if counts["people"] == 1 and (name is not None or question is Question.HOW_IS):
        return [*_about_person(status)]
    if counts["not_known"] == counts["people"]:
        return [_since(Text.NOTHING_KNOWN, status.get("not_known_since"))]
    asked = [question] if question in _NO_ONE else [*_ABOUT_A_GROUP]
    if question is Question.HOW_IS and status["ringing"]:
        asked.append(Question.WHO_IS_CALLING)
    answer = [one for part in asked for one in _about_people(part, status)]
    if count := counts["not_known"]:
        not_known = _since(Text.NOT_KNOWN, status.get("not_known_since"))
        answer.append({**not_known, "count": count})
    return answer


def missed_statements(
    missed: Missed | Problem, name: str | None = None
) -> list[Statement]:
    """Return the answer about missed calls."""
    if "error" in missed:
        return [_problem(missed, name)]
    answer = [one for found in missed["telephones"] for one in _about_missed(found)]
    return answer or [{"text": Text.NONE_EXPOSED}]


def _problem(problem: Problem, name: str | None) -> Statement:
    statement: Statement = {"text": Text(problem["error"])}
    match statement["text"]:
        case Text.UNKNOWN_NAME:
            statement["name"] = name or ""
        case Text.SEVERAL:
            statement["names"] = problem.get("names", [])
    return statement


def _since(text: Text, time: str | None) -> Statement:
    return {"text": text, "time": time} if time else {"text": text}


def _from(text: Text, caller: str | None) -> Statement:
    return {"text": text, "caller": caller} if caller else {"text": text}


def _about_people(question: Question, status: Status) -> Iterator[Statement]:
    """Yield who of several people it is, or that it is no one."""
    key, none, none_known = _NO_ONE[question]
    counts = status["counts"]
    count = counts[cast(Literal["on_the_phone", "ringing", "free"], key)]
    if not count:
        # Those without a call may be free.
        is_open = question is Question.WHO_IS_FREE and counts["no_call"]
        is_open = is_open or counts["not_known"]
        yield {"text": none_known if is_open else none}
        return
    match question:
        case Question.WHO_IS_FREE:
            names = status["free"][:NAMES_AT_MOST]
            yield {"text": Text.FREE, "names": names, "more": count - len(names)}
            return
        case Question.WHO_IS_CALLING:
            listed = status["ringing"][:NAMES_AT_MOST]
            yield from _calling(listed)
        case _:
            listed = status["on_the_phone"][:NAMES_AT_MOST]
            names = [one["name"] for one in listed]
            yield {"text": Text.ON_THE_PHONE, "names": names}
    if more := count - len(listed):
        yield {"text": Text.MORE, "count": more}


def _calling(listed: Sequence[InCall]) -> Iterator[Statement]:
    """Yield whose phones each caller lets ring: those of a queue ring together."""
    phones: dict[str | None, list[str]] = {}
    for person in listed:
        for caller in _callers(person):
            phones.setdefault(caller, []).append(person["name"])
    for caller, names in phones.items():
        yield {**_from(Text.RINGING, caller), "names": names}


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
            yield {**_from(Text.IS_RINGING, caller), "name": person["name"]}
    for person in status["on_the_phone"]:
        yield {**_on_the_phone(person["calls"]), "name": person["name"]}
    for not_free in status["not_free"]:
        name, reason = not_free["name"], not_free["reason"]
        yield {"text": Text.IS_NOT_FREE, "name": name, "reason": reason}
    for name in status["free"]:
        yield {"text": Text.IS_FREE, "name": name}
    for name in status["no_call"]:
        yield {"text": Text.NO_CALL, "name": name}
    for name in status["not_known"]:
        since = _since(Text.IS_NOT_KNOWN, status.get("not_known_since"))
        yield {**since, "name": name}


def _on_the_phone(calls: Sequence[Call]) -> Statement:
    statuses = {call.get("status") for call in calls}
    if statuses == {"on_hold"}:
        return _since(Text.IS_ON_HOLD, _first([call.get("since") for call in calls]))
    if "ringing" in statuses and "call_connected" not in statuses:
        return {"text": Text.IS_DIALING}
    # The first may be on hold since.
    times = [call.get("started") for call in calls if call.get("status") != "ringing"]
    return _since(Text.IS_ON_THE_PHONE, _first(times))


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
        yield {"text": Text.MISSED_NOT_KNOWN, "name": name}
        return
    if count:
        yield {**_since(Text.MISSED, since), "name": name, "count": count}
        for last in found["calls"][:1]:
            if time := last.get("time"):
                yield {**_from(Text.MISSED_LAST, _other_party(last)), "time": time}
    elif is_known and not unclear:
        yield {**_since(Text.MISSED_NONE, since), "name": name}
    if unclear:
        yield {"text": Text.MISSED_UNCLEAR, "name": name, "count": unclear}
    if not is_known:
        says_something = count or unclear
        text = Text.LATER_NOT_KNOWN if says_something else Text.NOTHING_KNOWN
        yield _since(text, found.get("not_known_since"))
