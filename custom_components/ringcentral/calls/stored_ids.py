"""Ids of calls as they are stored: hashed for each extension, so none links two. Pure."""

from collections.abc import Callable, Iterable, Mapping
from copy import replace
from hashlib import blake2b
from typing import Final

from ..api.models.presence import ActiveCall

_PREFIX: Final = "stored:"
# "0" stands for no session.
_NO_IDS: Final = ("", "0")
_DIGEST_SIZE: Final = 16


def stored_id(value: str | None, extension_id: str) -> str | None:
    """Return the stored form of an id."""
    if value is None or value in _NO_IDS or value.startswith(_PREFIX):
        return value
    data = f"{extension_id} {value}".encode()
    return _PREFIX + blake2b(data, digest_size=_DIGEST_SIZE).hexdigest()


def with_stored_ids(call: ActiveCall, extension_id: str) -> ActiveCall:
    """Return a call as it is stored."""
    return _converted(call, lambda value: stored_id(value, extension_id))


def ids_by_stored(
    calls: Iterable[ActiveCall], extension_id: str
) -> Mapping[str | None, str | None]:
    """Return the ids of calls by their stored form."""
    return {
        stored_id(value, extension_id): value for call in calls for value in _ids(call)
    }


def identify(call: ActiveCall, ids: Mapping[str | None, str | None]) -> ActiveCall:
    """Return a call with the ids that are known by their stored form."""
    return _converted(call, lambda value: ids.get(value, value))


def has_stored_ids(call: ActiveCall) -> bool:
    """Return whether an id of a call is known in its stored form only."""
    return any(value and value.startswith(_PREFIX) for value in _ids(call))


def without_stored_ids(call: ActiveCall) -> ActiveCall:
    """Return a call without the ids that are known in their stored form only."""
    if not has_stored_ids(call):
        return call
    return _converted(
        call, lambda value: None if value and value.startswith(_PREFIX) else value
    )


def _ids(call: ActiveCall) -> tuple[str | None, ...]:
    return call.id, call.session_id, call.telephony_session_id, call.party_id


def _converted(
    call: ActiveCall, convert: Callable[[str | None], str | None]
) -> ActiveCall:
    return replace(
        call,
        id=convert(call.id),
        session_id=convert(call.session_id),
        telephony_session_id=convert(call.telephony_session_id),
        party_id=convert(call.party_id),
    )
