"""Size of answers, whatever people and callers are called. Pure."""

from collections import Counter
from datetime import UTC, datetime
import json
from typing import Final
from unicodedata import category

from hypothesis import example, given, strategies as st

from custom_components.ringcentral.api.models.enums import (
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from custom_components.ringcentral.api.models.presence import ActiveCall, Presence
from custom_components.ringcentral.assist.facts import Person, build_status, lists_of
from custom_components.ringcentral.assist.models import InCall, Key, Status
from custom_components.ringcentral.presence.models import ExtensionPresence
from custom_components.ringcentral.privacy import Privacy
from custom_components.ringcentral.texts import short_line

# Bytes.
_LIMIT: Final = 2000
_TIME: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
_TIMES: Final = st.none() | st.just(_TIME)
_TEXTS: Final = st.text(max_size=120) | st.sampled_from(["Alice", "\U0001f600" * 99])

_CALLS: Final = st.builds(
    ActiveCall,
    direction=st.sampled_from([None, *Direction]),
    from_=st.none() | _TEXTS,
    from_name=st.none() | _TEXTS,
    to=st.none() | _TEXTS,
    to_name=st.none() | _TEXTS,
    start_time=_TIMES,
    telephony_status=st.sampled_from([None, *TelephonyStatus]),
)


@st.composite
def _known(draw: st.DrawFn) -> ExtensionPresence | None:
    if draw(st.integers(0, 4)) == 0:
        return None
    calls = tuple(draw(st.lists(_CALLS, max_size=7)))
    presence = Presence(
        telephony_status=draw(st.sampled_from([None, *TelephonyStatus])),
        active_calls=calls,
        presence_status=draw(st.sampled_from([None, *PresenceStatus])),
        meeting_status=draw(st.sampled_from([None, *MeetingStatus])),
        dnd_status=draw(st.sampled_from([None, *DndStatus])),
    )
    times = tuple(draw(_TIMES) for _ in calls)
    return ExtensionPresence(presence=presence, call_times=times)


_SOMEONE: Final = st.tuples(_TEXTS, st.booleans(), _known(), st.sampled_from(Privacy))


def _status(people: list[Person], since: datetime | None = None) -> Status:
    lists: dict[Key, list[Person]] = {}
    for person in people:
        for key in lists_of(person)[0]:
            lists.setdefault(key, []).append(person)
    return build_status(people, lists, since)


def _person(
    index: int,
    name: str,
    known: ExtensionPresence | None,
    *,
    is_own: bool = False,
    privacy: Privacy = Privacy.FULL,
) -> Person:
    shown = short_line(name) or str(index)
    return Person(shown, str(index), is_own, known, privacy)


def _names(status: Status) -> dict[str, list[str]]:
    listed: list[InCall] = [*status["on_the_phone"], *status["ringing"]]
    assert all(set(one) == {"name", "calls"} for one in listed)
    return {
        "on_the_phone": [one["name"] for one in status["on_the_phone"]],
        "ringing": [one["name"] for one in status["ringing"]],
        "free": status["free"],
        "not_free": [one["name"] for one in status["not_free"]],
        "no_call": status["no_call"],
        "not_known": status["not_known"],
    }


def _is_one_line(text: str) -> bool:
    return not any(category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


def _talking(*statuses: TelephonyStatus, caller: str = "Bob") -> ExtensionPresence:
    calls = tuple(
        ActiveCall(
            telephony_session_id=str(i),
            direction=Direction.INBOUND,
            telephony_status=status,
            from_="+16505550123",
            from_name=caller,
            start_time=_TIME,
        )
        for i, status in enumerate(statuses)
    )
    return ExtensionPresence(
        presence=Presence(active_calls=calls), call_times=(_TIME,) * len(calls)
    )


_FREE: Final = ExtensionPresence(
    presence=Presence(active_calls=(), presence_status=PresenceStatus.AVAILABLE)
)


@given(
    people=st.lists(_SOMEONE, max_size=30),
    copies=st.integers(1, 90),
    since=_TIMES,
)
def test_answer_is_small_and_its_counts_are_right(
    people: list[tuple[str, bool, ExtensionPresence | None, Privacy]],
    copies: int,
    since: datetime | None,
) -> None:
    everyone = [
        _person(i, name, known, is_own=is_own, privacy=privacy)
        for i, (name, is_own, known, privacy) in enumerate(people * copies)
    ]
    status = _status(everyone, since)

    assert len(json.dumps(status).encode()) < _LIMIT
    keys = Counter[str](key for person in everyone for key in lists_of(person)[0])
    assert Counter(status["counts"]) == keys + Counter(people=len(everyone))
    listed = _names(status)
    for key, names in listed.items():
        assert len(names) <= keys[key]
        assert len(set(names)) == len(names)
        assert all(map(_is_one_line, names))
    assert status.get("left_out", 0) <= len(everyone)
    if "left_out" not in status:
        assert {key: len(names) for key, names in listed.items() if names} == keys


@given(name=st.text())
@example(name="\U0001f600" * 99)
def test_short_text_is_one_line_that_is_small_as_json(name: str) -> None:
    line = short_line(name)
    assert _is_one_line(line)
    assert len(line) <= 40
    assert len(json.dumps(line)) <= 242


def test_names_of_calls_come_before_those_of_others() -> None:
    free = [_person(i, f"Free {i:04}", _FREE) for i in range(2400)]
    on_the_phone = _person(
        9998, "Zoe", _talking(TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)
    )
    ringing = _person(9999, "Zeno", _talking(TelephonyStatus.RINGING))
    status = _status([*free, on_the_phone, ringing])
    (one,), (other,) = status["on_the_phone"], status["ringing"]
    assert (one["name"], len(one["calls"])) == ("Zoe", 2)
    assert (other["name"], len(other["calls"])) == ("Zeno", 1)
    assert status["free"][:2] == ["Free 0000", "Free 0001"]
    assert status["left_out"] == 2400 - len(status["free"])
    assert status["counts"]["free"] == 2400


def test_free_people_are_named_beside_many_calls_of_long_names() -> None:
    """Names of all come before the details of calls."""
    talking = _talking(TelephonyStatus.CALL_CONNECTED, caller="Ä" * 99)
    people = [_person(i, f"{i}" + "é" * 99, talking) for i in range(50)]
    status = _status([*people, _person(99, "Alice", _FREE)])
    assert status["free"] == ["Alice"]
    assert len(status["on_the_phone"]) > 1
    assert status["on_the_phone"][0]["calls"]


def test_all_names_are_listed_where_details_of_calls_have_no_room() -> None:
    talking = _talking(TelephonyStatus.CALL_CONNECTED)
    status = _status([_person(i, f"Person {i}", talking) for i in range(25)])
    assert len(status["on_the_phone"]) == 25
    assert "left_out" not in status
    assert 0 < sum(bool(one["calls"]) for one in status["on_the_phone"]) < 25


def test_person_is_left_out_who_is_not_in_each_list() -> None:
    busy = _talking(TelephonyStatus.CALL_CONNECTED, TelephonyStatus.RINGING)
    differences = set()
    for length in range(10, 38):
        people = [_person(i, f"{i:02}" + "x" * length, busy) for i in range(40)]
        status = _status(people)
        on_the_phone, ringing = len(status["on_the_phone"]), len(status["ringing"])
        assert status["left_out"] == 40 - ringing
        differences.add(on_the_phone - ringing)
    assert differences == {0, 1}


def test_own_extension_is_first_then_the_order_is_that_of_names() -> None:
    names = ["Zoe", "alice", "Bob"]
    people = [_person(i, name, _FREE, is_own=not i) for i, name in enumerate(names)]
    assert _status(people)["free"] == ["Zoe", "alice", "Bob"]


def test_people_whose_calls_are_shown_come_first() -> None:
    hidden = ExtensionPresence(
        presence=Presence(telephony_status=TelephonyStatus.CALL_CONNECTED)
    )
    shown = _talking(TelephonyStatus.CALL_CONNECTED)
    people = [_person(1, "Alice", hidden), _person(2, "Bob", shown)]
    status = _status(people)
    assert [one["name"] for one in status["on_the_phone"]] == ["Bob", "Alice"]
