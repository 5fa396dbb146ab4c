"""Event filters: built from a scope, and compared with the granted ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
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
_EXTENSION_IN_FILTER: Final = re.compile(r"/extension/([^/?]+)/presence$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Scope of the subscription: extensions, and lists of the signed-in user."""

    extension_ids: frozenset[str] = frozenset()
    lines: bool = False
    favorites: bool = False


def extension_filter(extension_id: str) -> str:
    """Return the presence filter of an extension."""
    segment = path_segment(extension_id)
    return f"/restapi/v1.0/account/~/extension/{segment}/presence?{DETAIL}"


LINES_FILTER: Final = f"{_OWN}/presence/line/presence?{DETAIL}"
FAVORITES_FILTER: Final = f"{_OWN}/favorite/presence?{DETAIL}"
LIST_FILTERS: Final = {
    RosterKind.LINES: f"{_OWN}/presence/line",
    RosterKind.FAVORITES: f"{_OWN}/favorite",
    RosterKind.EXTENSIONS: "/restapi/v1.0/account/~/extension",
}


def build_filters(scope: Scope) -> tuple[str, ...]:
    """Return all filters of a scope."""
    filters = [extension_filter(i) for i in sorted(scope.extension_ids)]
    if scope.lines:
        filters += [LINES_FILTER, LIST_FILTERS[RosterKind.LINES]]
    if scope.favorites:
        filters += [FAVORITES_FILTER, LIST_FILTERS[RosterKind.FAVORITES]]
    filters.append(LIST_FILTERS[RosterKind.EXTENSIONS])
    return tuple(filters)


def expand_filter(event_filter: str, account_id: str, extension_id: str) -> str:
    """Replace `~` by the ids of the account and the signed-in user."""
    path, mark, query = event_filter.partition("?")
    path = path.replace("/account/~", f"/account/{path_segment(account_id)}", 1)
    segment = path_segment(extension_id)
    path = path.replace("/extension/~", f"/extension/{segment}", 1)
    return f"{path}{mark}{query}"


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


_KINDS: Final = {
    LINES_FILTER: FilterKind.LINES,
    FAVORITES_FILTER: FilterKind.FAVORITES,
    LIST_FILTERS[RosterKind.LINES]: FilterKind.LINE_LIST,
    LIST_FILTERS[RosterKind.FAVORITES]: FilterKind.FAVORITE_LIST,
    LIST_FILTERS[RosterKind.EXTENSIONS]: FilterKind.EXTENSION_LIST,
}


def filter_kind(event_filter: str) -> FilterKind:
    """Return the kind of a filter as it was requested."""
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
    requested: Iterable[str],
    subscription: Subscription,
    refusals: Mapping[str, RingCentralError],
    account_id: str,
    extension_id: str,
) -> Sequence[RefusedFilter]:
    """Return the requested filters that were rejected, disabled or silently left out."""
    expand = partial(expand_filter, account_id=account_id, extension_id=extension_id)
    disabled = {_comparable(expand(d.filter)): d.reason for d in subscription.disabled}
    granted = {_comparable(expand(f)) for f in subscription.filters}
    # Equal texts are faster to compare.
    verbatim = set() if disabled else set(subscription.filters)
    refused = []
    for event_filter in requested:
        if (err := refusals.get(event_filter)) is not None:
            permission = (
                err.permission if isinstance(err, PermissionMissingError) else None
            )
            refused.append(RefusedFilter(event_filter, err.code, permission))
        elif (expanded := expand(event_filter)) not in verbatim:
            key = _comparable(expanded)
            if key in disabled or key not in granted:
                refused.append(RefusedFilter(event_filter, disabled.get(key)))
    return refused


def _comparable(event_filter: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return path and parameters; the order of parameters has no meaning."""
    path, _, query = event_filter.partition("?")
    return path.rstrip("/"), frozenset(parse_qsl(query, keep_blank_values=True))
