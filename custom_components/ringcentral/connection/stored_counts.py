"""Format of the counts of calls that are stored across restarts. Pure.

Ids and times only. What is not stored begins again at 0, from that time on.
"""

from collections.abc import Collection
from dataclasses import astuple, replace
from datetime import date, datetime, timedelta
from itertools import islice
from operator import methodcaller
from typing import Annotated, Final

from msgspec import Meta, Struct, json

from ..api.models.base import TextId, Time
from ..calls.counted_call import CountedCall
from ..calls.counts import MAX_CALLS, CountedScope, CounterState, DayCounts

# As many extensions as may have counts, and groups.
MAX_SCOPES: Final = 3000
MAX_COUNTED_CALLS: Final = 5000
# In bytes, before encryption; a tenth of it is usual at most.
MAX_SIZE: Final = 5 * 512 * 1024
# Calls of a day, or seconds of all extensions.
_MAX_COUNT: Final = 10**9
# A call that was over for a longer time is another one after a restart.
_RECENT: Final = timedelta(minutes=10)

type _Calls = Annotated[dict[TextId, CountedCall], Meta(max_length=MAX_CALLS)]
type _Scopes = Annotated[dict[TextId, StoredScope], Meta(max_length=MAX_SCOPES)]


class StoredScope(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Counts of a scope, and its calls by session."""

    since: Time
    counts: DayCounts
    calls: _Calls = {}


class StoredCounts(Struct, forbid_unknown_fields=True):
    """Counts of a local day."""

    day: date
    scopes: _Scopes


_DECODER: Final = json.Decoder(StoredCounts)


def encode_counts(state: CounterState, now: datetime) -> bytes:
    """Return what is encrypted of counts; nothing if it would be too large."""
    scopes: dict[str, StoredScope] = {}
    left = MAX_COUNTED_CALLS
    for name, scope in islice(state.scopes.items(), MAX_SCOPES):
        calls = _calls_to_store(scope, now)
        if len(calls) > left:
            calls = {}
        left -= len(calls)
        if calls or scope.counts != DayCounts():
            counts = replace(
                scope.counts, unclear=scope.counts.unclear + _ringing(scope, calls)
            )
            scopes[name] = StoredScope(scope.since, counts, calls)
    if not scopes:
        return b""
    text = json.encode(
        StoredCounts(state.day, scopes), enc_hook=methodcaller("isoformat")
    )
    return text if len(text) <= MAX_SIZE else b""


def decode_counts(text: bytes) -> CounterState:
    """Return counts; raise MsgspecError or ValueError if unusable."""
    stored = _DECODER.decode(text)
    for scope in stored.scopes.values():
        if not all(0 <= count <= _MAX_COUNT for count in astuple(scope.counts)):
            raise ValueError("Absurd count")
    scopes = {
        name: CountedScope(
            scope.since, scope.counts, dict[object, CountedCall](scope.calls.items())
        )
        for name, scope in stored.scopes.items()
    }
    return CounterState(stored.day, scopes)


def _calls_to_store(scope: CountedScope, now: datetime) -> dict[str, CountedCall]:
    return {
        session: call
        for session, call in scope.calls.items()
        # Without an id, a number would be stored.
        if isinstance(session, str)
        and not (call.is_over and now - call.updated > _RECENT)
    }


def _ringing(scope: CountedScope, stored: Collection[object]) -> int:
    """Return how many calls will be missing that have no outcome."""
    return sum(
        call.is_incoming and call.outcome is None and session not in stored
        for session, call in scope.calls.items()
    )
