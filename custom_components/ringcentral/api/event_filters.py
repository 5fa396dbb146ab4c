"""Event filters: built from a scope, and compared with the granted ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from .exceptions import PermissionMissingError, RingCentralError
from .models.base import path_segment
from .models.gateway import Subscription
from .models.notifications import RosterKind

# SIP data are part of the detailed telephony state.
DETAIL: Final = "detailedTelephonyState=true&sipData=true"
_OWN: Final = "/restapi/v1.0/account/~/extension/~"
_QUEUES: Final = "/restapi/v1.0/account/~/call-queues/"
_EXTENSION_IN_FILTER: Final = re.compile(r"/extension/([^/?]+)/presence$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Scope of the subscription: extensions, call queues, what the user may read."""

    extension_ids: frozenset[str] = frozenset()
    lines: bool = False
    favorites: bool = False
    queues: frozenset[str] = frozenset()
    voicemail: bool = False


def extension_filter(extension_id: str) -> str:
    """Return the presence filter of an extension."""
    segment = path_segment(extension_id)
    return f"/restapi/v1.0/account/~/extension/{segment}/presence?{DETAIL}"


def queue_filter(queue_id: str) -> str:
    """Return the event filter of a call queue."""
    return f"{_QUEUES}{path_segment(queue_id)}/presence"


LINES_FILTER: Final = f"{_OWN}/presence/line/presence?{DETAIL}"
FAVORITES_FILTER: Final = f"{_OWN}/favorite/presence?{DETAIL}"
LIST_FILTERS: Final = {
    RosterKind.LINES: f"{_OWN}/presence/line",
    RosterKind.FAVORITES: f"{_OWN}/favorite",
    RosterKind.EXTENSIONS: "/restapi/v1.0/account/~/extension",
}
VOICEMAIL_FILTER: Final = f"{_OWN}/message-store?type=VoiceMail&direction=Inbound"


def build_filters(scope: Scope) -> tuple[str, ...]:
    """Return all filters of a scope."""
    filters = [extension_filter(i) for i in sorted(scope.extension_ids)]
    if scope.lines:
        filters += [LINES_FILTER, LIST_FILTERS[RosterKind.LINES]]
    if scope.favorites:
        filters += [FAVORITES_FILTER, LIST_FILTERS[RosterKind.FAVORITES]]
    filters.append(LIST_FILTERS[RosterKind.EXTENSIONS])
    # Last: presence does not depend on them.
    filters += [queue_filter(i) for i in sorted(scope.queues)]
    if scope.voicemail:
        filters.append(VOICEMAIL_FILTER)
    return tuple(filters)


def filter_expander(account_id: str, extension_id: str) -> Callable[[str], str]:
    """Return a function that replaces `~` in filters by these ids."""
    account = f"/account/{path_segment(account_id)}/"
    own = f"/extension/{path_segment(extension_id)}/"

    def expand(event_filter: str) -> str:
        if "/~/" not in event_filter:
            return event_filter
        expanded = event_filter.replace("/account/~/", account)
        return expanded.replace("/extension/~/", own)

    return expand


def filter_extension_id(event_filter: str) -> str | None:
    """Return the id of the extension in a presence filter."""
    found = _EXTENSION_IN_FILTER.search(event_filter.partition("?")[0])
    return unquote(found.group(1)) if found else None


class FilterKind(StrEnum):
    """Kind of a filter, with a description that contains no personal data."""

    EXTENSION = "the presence of an extension"
    LINES = "the presence of the monitored lines"
    FAVORITES = "the presence of the favorites"
    LINE_LIST = "changes of the monitored lines"
    FAVORITE_LIST = "changes of the favorites"
    EXTENSION_LIST = "changes of the extension list"
    QUEUE = "changes of a call queue"
    VOICEMAIL = "new voicemails"


# What they announce is polled without them.
OPTIONAL_KINDS: Final = frozenset({FilterKind.QUEUE, FilterKind.VOICEMAIL})

_KINDS: Final = {
    LINES_FILTER: FilterKind.LINES,
    FAVORITES_FILTER: FilterKind.FAVORITES,
    LIST_FILTERS[RosterKind.LINES]: FilterKind.LINE_LIST,
    LIST_FILTERS[RosterKind.FAVORITES]: FilterKind.FAVORITE_LIST,
    LIST_FILTERS[RosterKind.EXTENSIONS]: FilterKind.EXTENSION_LIST,
    VOICEMAIL_FILTER: FilterKind.VOICEMAIL,
}


def filter_kind(event_filter: str) -> FilterKind:
    """Return the kind of a filter as it was requested."""
    if event_filter.startswith(_QUEUES):
        return FilterKind.QUEUE
    return _KINDS.get(event_filter, FilterKind.EXTENSION)


@dataclass(frozen=True, slots=True)
class RefusedFilter:
    """A filter that delivers no events, with code and permission if they are known."""

    filter: str
    reason: str | None
    permission: str | None = None

    @property
    def kind(self) -> FilterKind:
        """The kind of the filter."""
        return filter_kind(self.filter)


def find_refused(
    requested: Collection[str],
    subscription: Subscription,
    refusals: Mapping[str, RingCentralError],
    account_id: str,
    extension_id: str,
) -> Sequence[RefusedFilter]:
    """Return the requested filters that were rejected, disabled or silently left out."""
    expand = filter_expander(account_id, extension_id)
    # Thousands are usually granted in the spelling of the request.
    verbatim = set() if subscription.disabled else set(subscription.filters)
    others = [
        (event_filter, expanded)
        for event_filter, expanded in zip(
            requested, map(expand, requested), strict=True
        )
        if expanded not in verbatim or event_filter in refusals
    ]
    if not others:
        return ()
    disabled = {_comparable(expand(d.filter)): d.reason for d in subscription.disabled}
    granted = {_comparable(expand(f)) for f in subscription.filters}
    refused = []
    for event_filter, expanded in others:
        if (err := refusals.get(event_filter)) is not None:
            permission = (
                err.permission if isinstance(err, PermissionMissingError) else None
            )
            refused.append(RefusedFilter(event_filter, err.code, permission))
        elif (key := _comparable(expanded)) in disabled or key not in granted:
            refused.append(RefusedFilter(event_filter, disabled.get(key)))
    return refused


type _Parameters = frozenset[tuple[str, str]]


def _comparable(event_filter: str) -> tuple[str, _Parameters]:
    """Return path and parameters; the order of parameters has no meaning."""
    path, _, query = event_filter.partition("?")
    return path.rstrip("/"), _parameters(query)


# Most filters have the same ones.
@lru_cache(maxsize=16)
def _parameters(query: str) -> _Parameters:
    return frozenset(parse_qsl(query, keep_blank_values=True))
