"""Format of what is stored across restarts; ids and states only, nothing personal. Pure.

Everything is limited: texts as in the models of the platform. Calls and notifications
beyond a limit are not written; a file, or calls, with such content are rejected.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final, Self, override

from msgspec import UNSET, Meta, Struct, UnsetType, convert, json, structs, to_builtins

from ..api.models.base import Integer, PathText, TextId, Time, Token
from ..api.models.presence import ActiveCall
from ..calls.durations import CallTimer, Phase, TimedCall
from ..calls.lifecycle import CallDurations
from ..presence.store import MAX_UUIDS
from .outages import Totals

MAX_EXTENSIONS: Final = 2000
# Of one extension, and of all.
MAX_CALLS: Final = 20
MAX_CALLS_TOTAL: Final = 1000
MAX_SECONDS: Final = timedelta(days=7).total_seconds()
_MAX_COUNT: Final = 10**9
_YEARS: Final = range(1970, 2100)

# Home Assistant writes times as the former versions did.
_KEPT_TYPES: Final = (datetime,)

type _Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS)]
type _Calls = Annotated[list[StoredCall], Meta(max_length=MAX_CALLS)]
type _Sequences = Annotated[dict[TextId, Integer], Meta(max_length=MAX_EXTENSIONS)]
type _CallsByExtension = Annotated[
    dict[TextId, _Calls], Meta(max_length=MAX_EXTENSIONS)
]


class _Stored(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what is stored; anything of another shape is rejected."""

    def __post_init__(self) -> None:
        """Reject times with which calculations may overflow."""
        if not all(
            value.year in _YEARS
            for value in structs.astuple(self)
            if isinstance(value, datetime)
        ):
            raise ValueError("Absurd time")


class StoredSession(_Stored, frozen=True):
    """What continues the subscription."""

    token: Token
    sequence: Integer
    subscription_id: PathText

    @override
    def __repr__(self) -> str:
        # Without the token.
        return f"StoredSession(sequence={self.sequence})"


class StoredTimes(_Stored, frozen=True):
    """How long a call has been in each phase."""

    ringing: _Seconds | None
    talking: _Seconds | None
    held: _Seconds | None
    phase: Phase | None
    since: Time | None


class StoredCall(_Stored, frozen=True):
    """What identifies a call, and its state."""

    id: TextId | None
    session_id: TextId | None
    telephony_session_id: TextId | None
    party_id: TextId | None
    direction: str | None
    telephony_status: str | None
    queue_call: bool | None
    start_time: Time | None
    # Earlier versions did not store these.
    times: StoredTimes | UnsetType = UNSET
    is_leg: bool | UnsetType = UNSET

    @classmethod
    def from_call(cls, timed: TimedCall) -> Self:
        """Return the stored form of a call."""
        call, times, is_leg = timed
        past = times.past
        return cls(
            id=call.id,
            session_id=call.session_id,
            telephony_session_id=call.telephony_session_id,
            party_id=call.party_id,
            direction=call.direction and str(call.direction),
            telephony_status=call.telephony_status and str(call.telephony_status),
            queue_call=call.queue_call,
            start_time=_plausible(call.start_time),
            times=StoredTimes(
                _limited(past.ringing),
                _limited(past.talking),
                _limited(past.held),
                times.phase,
                _plausible(times.since),
            ),
            is_leg=is_leg or UNSET,
        )

    def to_call(self, stored_at: datetime) -> TimedCall:
        """Return the call; raise ValueError if its direction or status is none."""
        call = convert(self, ActiveCall, from_attributes=True)
        if (times := self.times) is UNSET:
            return TimedCall(call, CallTimer(), self.is_leg is True)
        past = CallDurations(times.ringing, times.talking, times.held)
        since = times.since
        if since and abs(stored_at - since) > timedelta(seconds=MAX_SECONDS):
            since = None
        return TimedCall(call, CallTimer(past, times.phase, since), self.is_leg is True)


class StoredTotals(_Stored, frozen=True):
    """Totals of the outages."""

    count: Annotated[int, Meta(ge=0, le=_MAX_COUNT)]
    last_loss: Time | None
    day: str
    unseen: _Seconds
    undecided: _Seconds
    since: Time

    @classmethod
    def from_totals(cls, totals: Totals) -> Self:
        """Return the stored form; more seconds than a day has make no difference."""
        return cls(
            count=min(totals.count, _MAX_COUNT),
            last_loss=_plausible(totals.last_loss),
            day=totals.day.isoformat(),
            unseen=min(totals.unseen, MAX_SECONDS),
            undecided=min(totals.undecided, MAX_SECONDS),
            since=totals.since,
        )

    def to_totals(self) -> Totals:
        """Return the totals; raise ValueError if their day is none."""
        return Totals(**structs.asdict(self) | {"day": date.fromisoformat(self.day)})


class StoredState(_Stored, frozen=True, omit_defaults=True):
    """State persisted across restarts."""

    session: StoredSession | None
    # Later changes were not received, or not stored.
    seen_until: Time
    # As sent in call events; encrypted.
    calls: str
    uuids: Annotated[list[TextId], Meta(max_length=MAX_UUIDS)]
    totals: StoredTotals
    # Notifications may have been handled since then. Earlier versions did not store it.
    is_running: bool = False
    # Of calls; encrypted.
    counts: str = ""
    # Of the last notifications of extensions; encrypted.
    sequences: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what Home Assistant writes as JSON."""
        data: dict[str, Any] = to_builtins(
            self, builtin_types=_KEPT_TYPES, enc_hook=_isoformat
        )
        return data


def stored_calls(
    sent: Mapping[str, Sequence[TimedCall]],
) -> dict[str, list[StoredCall]]:
    """Return the stored form of calls by extension id, as many as there may be."""
    stored: dict[str, list[StoredCall]] = {}
    left = MAX_CALLS_TOTAL
    # Extensions with calls first.
    for extension_id in islice(
        sorted(sent, key=lambda extension_id: not sent[extension_id]), MAX_EXTENSIONS
    ):
        calls = sent[extension_id]
        # As a whole: the rest of its calls would seem to be new.
        if len(calls) <= min(left, MAX_CALLS):
            left -= len(calls)
            stored[extension_id] = [StoredCall.from_call(timed) for timed in calls]
    return stored


def encode_calls(sent: Mapping[str, Sequence[TimedCall]]) -> bytes:
    """Return what is encrypted of calls by extension id."""
    return json.encode(stored_calls(sent), enc_hook=_isoformat)


def decode_calls(text: bytes, stored_at: datetime) -> dict[str, list[TimedCall]]:
    """Return calls by extension id; raise MsgspecError or ValueError if unusable."""
    stored = json.decode(text, type=_CallsByExtension)
    return {
        extension_id: [call.to_call(stored_at) for call in calls]
        for extension_id, calls in stored.items()
    }


def decode_sequences(text: bytes) -> dict[str, int]:
    """Return sequence numbers by extension id; raise MsgspecError if unusable."""
    sequences: dict[str, int] = json.decode(text, type=_Sequences)
    return sequences


def _isoformat(time: datetime) -> str:
    # msgspec accepts no subclasses, such as those of a frozen clock.
    return time.isoformat()


def _plausible(time: datetime | None) -> datetime | None:
    return time if time is not None and time.year in _YEARS else None


def _limited(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0 <= seconds <= MAX_SECONDS else None
