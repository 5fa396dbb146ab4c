"""Hypothesis strategies: anything JSON can contain, and phones that live through calls.

All people, numbers and ids are invented.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from hypothesis import strategies as st
import orjson

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.notifications import (
    PresenceEvent,
    decode_notification,
)
from custom_components.ringcentral.api.models.presence import Snapshot, parse_snapshot
from custom_components.ringcentral.calls.lifecycle import CallEventType

type Json = dict[str, Any]

EXTENSION: Final = "700000102016"
MIDNIGHT: Final = datetime(2026, 3, 2, tzinfo=UTC)

# --------------------------------------------------------------------------------------
# Anything JSON can contain

_TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# Of 64 bits, like all integers that reach the parsers.
INTEGERS: Final = st.integers(-(2**63), 2**64 - 1)
json_values: Final = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        INTEGERS,
        st.floats(allow_nan=False, allow_infinity=False),
        _TEXTS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)
json_objects: Final = st.dictionaries(_TEXTS, json_values, max_size=4)


def _odd(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Yield the usual value, or anything else."""
    return st.one_of(usual, json_values)


def _with_any_of(
    fields: Mapping[str, st.SearchStrategy[Any]],
) -> st.SearchStrategy[Json]:
    """Yield objects with any of these fields, most of them right, some odd."""
    return st.fixed_dictionaries(
        {}, optional={name: _odd(values) for name, values in fields.items()}
    )


_TIMES: Final = st.sampled_from(
    [
        "2026-03-02T00:00:01.500Z",
        "2026-03-02T00:00:02.000+0000",
        "2026-03-02T01:00:03+01:00",
        "2026-03-02T00:00:04",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "yesterday",
        "",
    ]
)
_FEW_IDS: Final = st.sampled_from(["1", "2", "", 1, 2, None])
_TELEPHONY: Final = st.sampled_from(
    ["NoCall", "Ringing", "CallConnected", "OnHold", "ParkedCall", "Yodelling"]
)
_odd_calls: Final = _with_any_of(
    {
        "id": _FEW_IDS,
        "direction": st.sampled_from(["Inbound", "Outbound", "Sideways"]),
        "from": _TEXTS,
        "startTime": _TIMES,
        "telephonyStatus": _TELEPHONY,
        "terminationType": st.sampled_from(["final", "intermediate", "fatal"]),
        "sessionId": _FEW_IDS,
        "sipData": _with_any_of({"toTag": _TEXTS, "rcSessionId": _FEW_IDS}),
        "telephonySessionId": _FEW_IDS,
        "partyId": _FEW_IDS,
        "callInfo": _with_any_of(
            {"primary": _with_any_of({"type": _TEXTS, "value": _TEXTS})}
        ),
        "appearanceInfo": _with_any_of({"appearanceNumber": INTEGERS}),
    }
)
_PRESENCE_FIELDS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "telephonyStatus": _TELEPHONY,
    "activeCalls": st.lists(_odd_calls, max_size=9),
    "totalActiveCalls": st.integers(-1, 12),
    "presenceStatus": st.sampled_from(["Available", "Busy", "Offline", "Asleep"]),
    "dndStatus": st.sampled_from(["TakeAllCalls", "Unknown", "TakeNoMore"]),
    "meetingStatus": st.sampled_from(["Connected", "Lost"]),
    "message": _TEXTS,
    "appearances": json_objects,
}
_EXTENSION_IDS: Final = st.sampled_from([EXTENSION, int(EXTENSION), "9", None, ""])

odd_notifications: Final = _with_any_of(
    {
        "uuid": st.sampled_from(["u1", "u2", 3, None]),
        "event": st.sampled_from(
            [
                "/restapi/v1.0/account/1/extension/2/presence?sipData=true",
                "/restapi/v1.0/account/1/extension/2/presence/line",
                "/restapi/v1.0/account/1/extension",
                "////////",
            ]
        ),
        "timestamp": _TIMES,
        "subscriptionId": _TEXTS,
        "ownerId": _FEW_IDS,
        "body": st.one_of(
            _with_any_of(
                {
                    "extensionId": _EXTENSION_IDS,
                    "sequence": st.one_of(st.integers(-3, 8), INTEGERS),
                    **_PRESENCE_FIELDS,
                }
            ),
            json_values,
        ),
    }
)
odd_presences: Final = _with_any_of(
    {"extension": _with_any_of({"id": _EXTENSION_IDS}), **_PRESENCE_FIELDS}
)


# --------------------------------------------------------------------------------------
# What the platform sends


def call_json(number: int, status: str, **fields: object) -> Json:
    """Return a call as an event lists it."""
    return {
        "id": f"call-{number}-{status}",
        "direction": "Inbound",
        "from": "+15551230001",
        "fromName": "Ada Example",
        "to": "102",
        "toName": "Ben Example",
        "telephonyStatus": status,
        "sessionId": f"81000{number}",
        "startTime": "2026-03-02T00:00:00.000Z",
        "partyId": f"p-{number}-2",
        "telephonySessionId": f"s-{number}",
        **fields,
    }


def notification(body: Mapping[str, object], **envelope: object) -> Json:
    """Return the envelope of a presence event of the extension."""
    return {
        "event": f"/restapi/v1.0/account/700000001016/extension/{EXTENSION}/presence",
        "body": {"extensionId": EXTENSION, **body},
        **envelope,
    }


def event_of(json: object) -> PresenceEvent:
    """Return the presence event that a notification is, by way of its bytes."""
    event = decode_notification(orjson.dumps(json), Anomalies())
    assert isinstance(event, PresenceEvent)
    return event


def presence_event(uuid: str | None = None, **body: object) -> PresenceEvent:
    """Return a presence event with these fields of the body."""
    return event_of(notification(body, uuid=uuid))


def snapshot(taken_at: datetime | None = None, **presence: object) -> Snapshot:
    """Return a snapshot of the extension with these fields."""
    return parse_snapshot(
        {"extension": {"id": int(EXTENSION)}, **presence}, taken_at, Anomalies()
    )


# --------------------------------------------------------------------------------------
# Phones that live through calls

# What can happen to a call next, and what it is called.
_MOVES: Final[dict[str, tuple[tuple[str, CallEventType], ...]]] = {
    "Ringing": (
        ("CallConnected", CallEventType.ANSWERED),
        ("NoCall", CallEventType.MISSED),
    ),
    "CallConnected": (
        ("OnHold", CallEventType.HELD),
        ("ParkedCall", CallEventType.PARKED),
        ("NoCall", CallEventType.ENDED),
    ),
    "OnHold": (
        ("CallConnected", CallEventType.RESUMED),
        ("NoCall", CallEventType.ENDED),
    ),
    "ParkedCall": (
        ("CallConnected", CallEventType.UNPARKED),
        ("NoCall", CallEventType.ENDED),
    ),
}
# Later values win in the overall status.
_PRIORITY: Final = ("ParkedCall", "Ringing", "OnHold", "CallConnected")
_DND: Final = ("TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls")

# Far below the capacity of a list.
_CALLS_AT_MOST: Final = 3

# Milliseconds from one step to the next.
_PAUSES: Final = st.one_of(st.integers(1, 200), st.integers(1, 3000))

type Happening = tuple[str, CallEventType]


@dataclass(frozen=True)
class _Call:
    """A call of a phone."""

    direction: str
    status: str
    start: datetime

    def as_json(self, number: int, **fields: object) -> Json:
        """Return it as a list shows it."""
        return call_json(
            number,
            self.status,
            direction=self.direction,
            startTime=self.start.isoformat(),
            **fields,
        )


@dataclass(frozen=True)
class _Phone:
    """An extension with its calls, by number."""

    calls: Mapping[int, _Call] = field(default_factory=dict)
    dnd: str = _DND[0]

    @property
    def telephony_status(self) -> str:
        statuses = {call.status for call in self.calls.values()}
        return max(statuses, key=_PRIORITY.index, default="NoCall")

    @property
    def listed(self) -> list[Json]:
        return [call.as_json(number) for number, call in self.calls.items()]

    @property
    def presence(self) -> Json:
        """Everything but the calls, as in events and REST."""
        in_call = self.telephony_status not in ("NoCall", "Ringing")
        busy = in_call or self.dnd == "DoNotAcceptAnyCalls"
        return {
            "telephonyStatus": self.telephony_status,
            "presenceStatus": "Busy" if busy else "Available",
            "userStatus": "Available",
            "dndStatus": self.dnd,
        }


@dataclass(frozen=True)
class Step:
    """A change of a phone: the notification of it, and the snapshot afterwards.

    Attributes:
        happened: what it was to a call; None for a change of DnD.
        in_rest: what REST returns after it.

    """

    json: Json
    time: datetime
    happened: Happening | None
    in_rest: Json

    @cached_property
    def event(self) -> PresenceEvent:
        """The event, parsed."""
        return event_of(self.json)

    def again(self, uuid: str) -> PresenceEvent:
        """Return the event as a second filter would bring it."""
        return event_of({**self.json, "uuid": uuid})

    def snapshot(self, taken_at: datetime | None = None) -> Snapshot:
        """Return the snapshot after this step."""
        return parse_snapshot(self.in_rest, taken_at or self.time, Anomalies())


def happenings(steps: Iterable[Step]) -> list[Happening]:
    """Return what happened to calls."""
    return [step.happened for step in steps if step.happened is not None]


@st.composite
def histories(draw: st.DrawFn, *, max_steps: int = 14) -> list[Step]:
    """Yield the history of a phone, as the platform reports it.

    Lists may show the ended call in `NoCall` or leave it out, totals may count it or
    not, bodies may be whole or leave out what did not change.
    """
    return list(_draw_steps(draw, draw(st.integers(1, max_steps))))


def _draw_steps(draw: st.DrawFn, count: int) -> Iterator[Step]:
    phone, sequence, begun = _Phone(), draw(st.integers(0, 10**9)), 0
    time = MIDNIGHT
    for index in range(count):
        time += timedelta(milliseconds=draw(_PAUSES))
        ended: list[Json] = []
        happened: Happening | None = None
        new = [begun + 1] if len(phone.calls) < _CALLS_AT_MOST else []
        number = draw(st.sampled_from([*phone.calls, *new, 0]))
        if number == 0:
            dnd = draw(st.sampled_from([word for word in _DND if word != phone.dnd]))
            phone = replace(phone, dnd=dnd)
        elif number > begun:
            begun = number
            direction = draw(st.sampled_from(["Inbound", "Outbound"]))
            phone = replace(
                phone,
                calls={**phone.calls, number: _Call(direction, "Ringing", time)},
            )
            inbound = direction == "Inbound"
            happened = (
                f"s-{number}",
                CallEventType.RINGING if inbound else CallEventType.DIALING,
            )
        else:
            call = phone.calls[number]
            status, kind = draw(st.sampled_from(_MOVES[call.status]))
            call = replace(call, status=status)
            if kind is CallEventType.MISSED and call.direction == "Outbound":
                kind = CallEventType.ENDED
            happened = (f"s-{number}", kind)
            calls = {n: call for n, call in phone.calls.items() if n != number}
            if status != "NoCall":
                calls[number] = call
            elif draw(st.booleans()):
                final = {"terminationType": "final"} if draw(st.booleans()) else {}
                ended = [call.as_json(number, **final)]
            phone = replace(phone, calls=calls)
        sequence += draw(st.integers(1, 1100))
        yield Step(
            json=notification(
                _body(draw, phone, ended, of_a_call=happened is not None)
                | {"sequence": sequence},
                uuid=f"uuid-{index}",
                timestamp=time.isoformat(),
            ),
            time=time,
            happened=happened,
            in_rest={
                "extension": {"id": int(EXTENSION)},
                **phone.presence,
                "activeCalls": phone.listed,
            },
        )


def _body(
    draw: st.DrawFn, phone: _Phone, ended: list[Json], *, of_a_call: bool
) -> Json:
    if not of_a_call:
        return {
            "presenceStatus": phone.presence["presenceStatus"],
            "dndStatus": phone.dnd,
        }
    listed = phone.listed + ended
    body = {**phone.presence, "activeCalls": listed}
    if draw(st.booleans()):
        return body
    counted = draw(st.sampled_from([len(listed), len(phone.calls)]))
    return {**body, "totalActiveCalls": counted}
