"""Ids of calls as they are stored: hashed for each extension, so none links two. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from copy import replace
from hashlib import blake2b
from typing import Final

from ..api.models.presence import ActiveCall

_PREFIX: Final = "stored:"
_FIELDS: Final = ("id", "session_id", "telephony_session_id", "party_id")
# "0" stands for no session.
_NO_IDS: Final = (None, "", "0")
_DIGEST_SIZE: Final = 16


def stored_id(value: str | None, extension_id: str) -> str | None:
    """Return the stored form of an id."""
    if value in _NO_IDS or value.startswith(_PREFIX):
        return value
    data = f"{extension_id} {value}".encode()
    return _PREFIX + blake2b(data, digest_size=_DIGEST_SIZE).hexdigest()


def with_stored_ids(call: ActiveCall, extension_id: str) -> ActiveCall:
    """Return a call as it is stored."""
    ids = {name: stored_id(value, extension_id) for name, value in _ids(call)}
    return replace(call, **ids)


def ids_by_stored(
    calls: Iterable[ActiveCall], extension_id: str
) -> Mapping[str | None, str | None]:
    """Return the ids of calls by their stored form."""
    return {
        stored_id(value, extension_id): value
        for call in calls
        for _, value in _ids(call)
    }


def identify(call: ActiveCall, ids: Mapping[str | None, str | None]) -> ActiveCall:
    """Return a call with the ids that are known by their stored form."""
    return replace(call, **{name: ids.get(value, value) for name, value in _ids(call)})


def has_stored_ids(call: ActiveCall) -> bool:
    """Return whether an id of a call is known in its stored form only."""
    return (
        _PREFIX
        in f"{call.id} {call.session_id} {call.telephony_session_id} {call.party_id}"
    )


def without_stored_ids(call: ActiveCall) -> ActiveCall:
    """Return a call without the ids that are known in their stored form only."""
    if not has_stored_ids(call):
        return call
    return replace(
        call,
        **{name: None for name, value in _ids(call) if _PREFIX in (value or "")},
    )


def _ids(call: ActiveCall) -> Iterator[tuple[str, str | None]]:
    for name in _FIELDS:
        yield name, getattr(call, name)
