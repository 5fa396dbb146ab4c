"""What people do now, in an answer of limited size. Needs no registry."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from json import dumps
from typing import Final, NamedTuple, cast

from homeassistant.util import dt as dt_util

from ..api.models.enums import DndStatus, MeetingStatus, PresenceStatus, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..calls.attributes import shown_name, shown_number
from ..presence.activity import (
    FREE,
    ON_THE_PHONE,
    RINGING,
    activity_of,
    activity_of_call,
)
from ..presence.models import ExtensionPresence
from ..privacy import Privacy
from ..texts import short_line
from .models import Call, Key, Reason, Status

# Bytes of JSON.
_LARGEST: Final = 1990
# Left for what follows: names of others, and details of calls.
_FOR_OTHERS: Final = 900
_FOR_CALLS: Final = 600

_IN_CALL: Final[Mapping[Key, int]] = {"on_the_phone": ON_THE_PHONE, "ringing": RINGING}
_OTHERS: Final[tuple[Key, ...]] = ("free", "not_free", "no_call", "not_known")

type _Lists = Mapping[Key, Sequence[Person]]


class Person(NamedTuple):
    """Someone whose telephone is exposed."""

    name: str
    number: str | None
    is_own: bool = False
    # None if it is not current.
    known: ExtensionPresence | None = None
    privacy: Privacy = Privacy.FULL
    # Calls of the group that is meant do not ring there.
    is_refusing: bool = False
    # Park locations and the like seem to be offline.
    has_presence: bool = True


class Space:
    """Bytes that are left for an answer."""

    def __init__(self, answer: object) -> None:
        """Initialize for an answer whose lists are filled later."""
        self._left = _LARGEST - len(dumps(answer))

    def add[T](self, items: list[T], item: T, keep: int = 0) -> bool:
        """Append an item if it fits; `keep` bytes are left."""
        needed = len(dumps(item)) + 2
        if needed + keep > self._left:
            return False
        self._left -= needed
        items.append(item)
        return True


def lists_of(person: Person) -> tuple[tuple[Key, ...], Reason | None]:
    """Return the lists that a person is in, and why they are not free."""
    if (known := person.known) is None:
        return ("not_known",), None
    activity = activity_of(known)
    if activity & FREE:
        if person.is_refusing:
            return ("not_free",), "no_queue_calls"
        return ("free",), None
    if activity:
        return tuple(key for key, bit in _IN_CALL.items() if activity & bit), None
    if reason := _reason(known, has_presence=person.has_presence):
        return ("not_free",), reason
    return ("no_call",), None


def _reason(known: ExtensionPresence, *, has_presence: bool) -> Reason | None:
    if known.telephony_status is TelephonyStatus.PARKED_CALL:
        return "parked_call"
    presence = known.presence
    # People who hide their presence seem to be offline, too.
    if not has_presence or presence.allow_see_my_presence is False:
        return None
    reasons: tuple[tuple[bool, Reason], ...] = (
        (known.dnd is DndStatus.DO_NOT_ACCEPT_ANY_CALLS, "do_not_disturb"),
        (presence.meeting_status is MeetingStatus.CONNECTED, "in_meeting"),
        (presence.presence_status is PresenceStatus.BUSY, "busy"),
        (presence.presence_status is PresenceStatus.OFFLINE, "away"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def build_status(
    people: Sequence[Person], lists: _Lists, not_known_since: datetime | None = None
) -> Status:
    """Return what people do; calls come first if not all fit."""
    keys = (*_IN_CALL, *_OTHERS)
    entries: dict[str, list[object]] = {key: [] for key in keys}
    counts = {"people": len(people)} | {key: len(lists.get(key, ())) for key in keys}
    status: dict[str, object] = {**entries, "counts": counts, "left_out": len(people)}
    if not_known_since is not None:
        status["not_known_since"] = local_time(not_known_since)
    space, namesakes = Space(status), Counter(person.name for person in people)
    calls: list[tuple[list[Call], Person, int]] = []

    def fill(waiting: list[tuple[Key, Person]], keep: int = 0) -> None:
        while waiting:
            key, person = waiting[-1]
            name, of_person = person.name, list[Call]()
            if namesakes[name] > 1 and person.number:
                name = f"{name} ({person.number})"
            entry: object = name
            if bit := _IN_CALL.get(key):
                entry = {"name": name, "calls": of_person}
            elif reason := lists_of(person)[1]:
                entry = {"name": name, "reason": reason}
            if not space.add(entries[key], entry, keep):
                break
            waiting.pop()
            if bit:
                calls.append((of_person, person, bit))

    in_call, others = _in_turn(lists, _IN_CALL), _in_turn(lists, _OTHERS)
    fill(in_call, _FOR_OTHERS)
    fill(others, _FOR_CALLS)
    for listed, person, bit in calls:
        for call in _calls_of(person, bit):
            space.add(listed, call)
    fill(in_call)
    fill(others)
    status["left_out"] = len({id(person) for _, person in (*in_call, *others)})
    if not status["left_out"]:
        del status["left_out"]
    return cast(Status, status)


def _in_turn(lists: _Lists, keys: Iterable[Key]) -> list[tuple[Key, Person]]:
    """Return the people of some lists, the first one of each list at the end."""
    columns = [
        [(key, one) for one in sorted(lists.get(key, ()), key=_order)] for key in keys
    ]
    return [one for row in zip_longest(*columns) for one in row if one][::-1]


def _order(person: Person) -> tuple[bool, bool, str]:
    has_calls = person.known is not None and bool(person.known.calls)
    return not has_calls, not person.is_own, person.name.casefold()


def _calls_of(person: Person, bit: int) -> Iterator[Call]:
    """Yield the calls that a person is in, or those that ring."""
    if (known := person.known) is None:
        return
    for call, since in zip(known.calls, known.call_times, strict=True):
        if activity_of_call(call) & bit:
            values = {
                "status": call.telephony_status and call.telephony_status.state,
                "direction": call.direction and call.direction.state,
                **other_party(call, person.privacy),
                "started": call.start_time and local_time(call.start_time),
                "since": since and local_time(since),
            }
            yield cast(Call, {key: value for key, value in values.items() if value})


def other_party(call: ActiveCall, privacy: Privacy) -> dict[str, str]:
    """Return name and number of the other party as they are shown, cut."""
    name = short_line(shown_name(call.other_name, privacy))
    number = short_line(shown_number(call.other_number, privacy))
    shown = {"other_party_name": name, "other_party_number": number}
    return {key: text for key, text in shown.items() if text}


def local_time(time: datetime) -> str:
    """Return a time in Home Assistant's time zone."""
    return dt_util.as_local(time).isoformat(timespec="seconds")
