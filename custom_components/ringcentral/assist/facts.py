"""What people do now, in an answer of limited size. Needs no registry."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from json import dumps
from operator import attrgetter
from typing import Final, Literal, NamedTuple, cast

from homeassistant.util import dt as dt_util

from ..api.models.enums import (
    Direction,
    DndStatus,
    MeetingStatus,
    PresenceStatus,
    TelephonyStatus,
)
from ..api.models.presence import ActiveCall
from ..calls.attributes import shown_name, shown_number
from ..presence.activity import FREE, ON_THE_PHONE, RINGING, activity_of
from ..presence.models import ExtensionPresence
from ..privacy import Privacy
from .models import Call, InCall, NotFree, Reason, Status
from .people import short

# Bytes of JSON.
_LARGEST: Final = 1990
# Left for what follows: names of others, and details of calls.
_FOR_OTHERS: Final = 900
_FOR_CALLS: Final = 600
_IN_CALL_STATUSES: Final = (TelephonyStatus.CALL_CONNECTED, TelephonyStatus.ON_HOLD)

type Key = Literal[
    "on_the_phone", "ringing", "free", "not_free", "no_call", "not_known"
]
_IN_CALL: Final[tuple[Key, ...]] = ("on_the_phone", "ringing")
_OTHERS: Final[tuple[Key, ...]] = ("free", "not_free", "no_call", "not_known")
_KEYS: Final = (*_IN_CALL, *_OTHERS)

type _Entry = InCall | NotFree | str


class Person(NamedTuple):
    """Someone whose telephone is exposed."""

    # Key of the order in which people are listed.
    order: tuple[bool, bool, str]
    name: str
    number: str | None
    # None if it is not current.
    known: ExtensionPresence | None
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
        bits = {"on_the_phone": ON_THE_PHONE, "ringing": RINGING}
        return tuple(key for key in _IN_CALL if activity & bits[key]), None
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
    people: Sequence[Person],
    lists: Mapping[Key, Sequence[Person]],
    not_known_since: datetime | None = None,
) -> Status:
    """Return what people do; calls come first if not all fit."""
    entries: dict[Key, list[_Entry]] = {key: [] for key in _KEYS}
    status: dict[str, object] = {
        **{str(key): listed for key, listed in entries.items()},
        "counts": {"people": len(people)}
        | {key: len(lists.get(key, ())) for key in _KEYS},
        "left_out": len(people),
    }
    if not_known_since is not None:
        status["not_known_since"] = local_time(not_known_since)
    space = Space(status)
    namesakes = Counter(person.name for person in people)
    waiting = {
        key: deque(sorted(lists.get(key, ()), key=attrgetter("order"))) for key in _KEYS
    }
    listed: list[tuple[Key, Person, _Entry]] = []

    def fill(keys: Iterable[Key], keep: int = 0) -> None:
        left = list(keys)
        while left:
            for key in [*left]:
                queue = waiting[key]
                if queue:
                    entry = _entry(key, queue[0], namesakes)
                    if space.add(entries[key], entry, keep):
                        listed.append((key, queue.popleft(), entry))
                        continue
                left.remove(key)

    fill(_IN_CALL, _FOR_OTHERS)
    fill(_OTHERS, _FOR_CALLS)
    for key, person, entry in listed:
        for call in calls_of(person, key) if key in _IN_CALL else ():
            space.add(cast(InCall, entry)["calls"], call)
    fill(_IN_CALL)
    fill(_OTHERS)
    left_out = len(people) - len({id(person) for _, person, _ in listed})
    if left_out:
        status["left_out"] = left_out
    else:
        del status["left_out"]
    return cast(Status, status)


def _entry(key: Key, person: Person, namesakes: Mapping[str, int]) -> _Entry:
    name = person.name
    if namesakes[name] > 1 and person.number:
        name = f"{name} ({person.number})"
    if key in _IN_CALL:
        return {"name": name, "calls": []}
    if (reason := lists_of(person)[1]) is not None:
        return {"name": name, "reason": reason}
    return name


def calls_of(person: Person, key: Key) -> list[Call]:
    """Return the calls that a person is in, or those that ring."""
    known = person.known
    if known is None:
        return []
    return [
        _call(call, since, person.privacy)
        for call, since in zip(known.calls, known.call_times, strict=True)
        if _list_of(call) == key
    ]


def _list_of(call: ActiveCall) -> Key | None:
    # As `activity_of` does.
    status = call.telephony_status
    if status is TelephonyStatus.RINGING:
        is_dialing = call.direction is Direction.OUTBOUND
        return "on_the_phone" if is_dialing else "ringing"
    return "on_the_phone" if status in _IN_CALL_STATUSES else None


def _call(call: ActiveCall, since: datetime | None, privacy: Privacy) -> Call:
    values = {
        "status": call.telephony_status and call.telephony_status.state,
        "direction": call.direction and call.direction.state,
        **other_party(call, privacy),
        "started": call.start_time and local_time(call.start_time),
        "since": since and local_time(since),
    }
    return cast(Call, {key: value for key, value in values.items() if value})


def other_party(call: ActiveCall, privacy: Privacy) -> dict[str, str]:
    """Return name and number of the other party as they are shown, cut."""
    name = short(shown_name(call.other_name, privacy))
    number = short(shown_number(call.other_number, privacy))
    shown = {"other_party_name": name, "other_party_number": number}
    return {key: text for key, text in shown.items() if text}


def local_time(time: datetime) -> str:
    """Return a time in Home Assistant's time zone."""
    return dt_util.as_local(time).isoformat(timespec="seconds")
