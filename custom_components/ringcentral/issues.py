"""Create and delete repair issues."""

from collections.abc import Collection, Iterable, Iterator, Set as AbstractSet
from enum import StrEnum
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api.event_filters import (
    OPTIONAL_KINDS,
    FilterKind,
    RefusedFilter,
    filter_extension_id,
)
from .api.exceptions import PermissionMissingError, RejectedError, RingCentralError
from .const import DOMAIN
from .exceptions import permission_label, permission_of, translation_placeholders
from .roster.entity_allocation import ENABLED_AT_MOST, EntityAllocation
from .roster.models import Roster, format_names
from .texts import as_markdown

# Keys of the data of an issue, for its repair flow.
DATA_ENTRY_ID: Final = "entry_id"
DATA_KEY: Final = "key"


class IssueKey(StrEnum):
    """Translation keys of the issues."""

    PUSH_NOT_PERMITTED = "push_not_permitted"
    PUSH_REFUSED = "push_refused"
    FILTERS_NOT_PERMITTED = "filters_not_permitted"
    EXTENSIONS_NOT_PUSHED = "extensions_not_pushed"
    LINES_NOT_PUSHED = "lines_not_pushed"
    FAVORITES_NOT_PUSHED = "favorites_not_pushed"
    EXTENSIONS_LEFT_OUT = "extensions_left_out"
    SECOND_INSTANCE = "second_instance"


# Without a missing permission; filters of lists are FILTERS_NOT_PERMITTED.
_KEYS_BY_KIND: Final = {
    FilterKind.EXTENSION: IssueKey.EXTENSIONS_NOT_PUSHED,
    FilterKind.LINES: IssueKey.LINES_NOT_PUSHED,
    FilterKind.FAVORITES: IssueKey.FAVORITES_NOT_PUSHED,
}
# Without those that change with each try.
_ERROR_PLACEHOLDERS: Final = ("code", "permission", "request_id")


class _Issue(NamedTuple):
    """An issue; `suffix` distinguishes issues with the same key."""

    key: IssueKey
    placeholders: dict[str, str]
    suffix: str = ""


class IssueManager:
    """Manage the repair issues of a config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize without issues."""
        self._hass = hass
        self._entry_id = entry_id

    @property
    def _ids(self) -> set[str]:
        return {
            issue_id
            for domain, issue_id in ir.async_get(self._hass).issues
            if domain == DOMAIN and issue_id.endswith(f"_{self._entry_id}")
        }

    @property
    def _allocation_ids(self) -> set[str]:
        return self._ids & {f"{IssueKey.EXTENSIONS_LEFT_OUT}_{self._entry_id}"}

    @callback
    def update(
        self,
        roster: Roster,
        error: RingCentralError | None,
        refused: Collection[RefusedFilter],
        *,
        has_second_instance: bool = False,
    ) -> None:
        """Update the issues about live updates; `error` is why there are none."""
        # Filters of the last subscription may no longer be monitored.
        filters = frozenset(roster.filters) if refused else ()
        refused = [one for one in refused if one.filter in filters]
        issues = list(_push_issues(roster, error, refused))
        if has_second_instance:
            issues.append(_Issue(IssueKey.SECOND_INSTANCE, {}))
        self._replace(issues, self._ids - self._allocation_ids)

    @callback
    def update_allocation(self, allocation: EntityAllocation) -> None:
        """Update the issue about extensions without entities."""
        self._replace(_allocation_issues(allocation), self._allocation_ids)

    @callback
    def _replace(self, issues: Iterable[_Issue], former: AbstractSet[str]) -> None:
        entry = self._hass.config_entries.async_get_known_entry(self._entry_id)
        current = {
            "_".join(filter(None, (issue.key, issue.suffix, self._entry_id))): issue
            for issue in issues
        }
        for issue_id in former - current.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, issue in current.items():
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                data={DATA_ENTRY_ID: self._entry_id, DATA_KEY: issue.key},
                is_fixable=issue.key is not IssueKey.SECOND_INSTANCE,
                severity=ir.IssueSeverity.WARNING,
                translation_key=issue.key,
                translation_placeholders={**issue.placeholders, "account": entry.title},
            )

    @callback
    def clear(self) -> None:
        """Delete all issues of the entry."""
        for issue_id in self._ids:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)


def _allocation_issues(allocation: EntityAllocation) -> Iterator[_Issue]:
    if allocation.omitted:
        yield _Issue(
            IssueKey.EXTENSIONS_LEFT_OUT,
            {
                "left_out": str(allocation.omitted),
                "shown": str(len(allocation.shown)),
                "limit": str(ENABLED_AT_MOST),
            },
        )


def _push_issues(
    roster: Roster, error: RingCentralError | None, refused: Collection[RefusedFilter]
) -> Iterator[_Issue]:
    if isinstance(error, PermissionMissingError | RejectedError):
        is_permission_known = permission_of(error) is not None
        placeholders = translation_placeholders(error)
        yield _Issue(
            IssueKey.PUSH_NOT_PERMITTED
            if is_permission_known
            else IssueKey.PUSH_REFUSED,
            {name: placeholders[name] for name in _ERROR_PLACEHOLDERS},
        )
    by_cause: dict[tuple[IssueKey, str], list[RefusedFilter]] = {}
    for one in refused:
        if one.kind in OPTIONAL_KINDS:
            continue
        key = None if one.permission else _KEYS_BY_KIND.get(one.kind)
        cause = key or IssueKey.FILTERS_NOT_PERMITTED, one.permission or ""
        by_cause.setdefault(cause, []).append(one)
    for (key, permission), some in by_cause.items():
        code = ", ".join(sorted({one.reason or "-" for one in some}))
        yield _Issue(
            key,
            {"code": code, "permission": permission_label(permission or None)}
            if key is IssueKey.FILTERS_NOT_PERMITTED
            else {"code": code, "extensions": _names(roster, some)},
            suffix=permission,
        )


def _names(roster: Roster, refused: Collection[RefusedFilter]) -> str:
    found = (
        roster.directory.get(filter_extension_id(one.filter) or "") for one in refused
    )
    names = format_names(extension for extension in found if extension is not None)
    return as_markdown(names)
