"""Repair issues: what keeps changes from being shown and only the user can mend."""

from collections.abc import Collection, Iterable, Iterator, Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api.event_filters import (
    FilterKind,
    RefusedFilter,
    build_filters,
    filter_extension_id,
)
from .api.exceptions import PermissionMissingError, RejectedError, RingCentralError
from .const import DOMAIN
from .exceptions import permission_label, permission_of, translation_placeholders
from .roster.entity_allocation import ENABLED_AT_MOST, EntityAllocation
from .roster.models import Roster, format_names

# What the data of an issue tell whoever mends it.
DATA_ENTRY_ID: Final = "entry_id"
DATA_KEY: Final = "key"


class IssueKey(StrEnum):
    """What can be wrong; the keys of the texts."""

    PUSH_NOT_PERMITTED = "push_not_permitted"
    PUSH_REFUSED = "push_refused"
    FILTERS_NOT_PERMITTED = "filters_not_permitted"
    EXTENSIONS_NOT_PUSHED = "extensions_not_pushed"
    LINES_NOT_PUSHED = "lines_not_pushed"
    FAVORITES_NOT_PUSHED = "favorites_not_pushed"
    EXTENSIONS_LEFT_OUT = "extensions_left_out"


_KEYS_BY_KIND: Final = {
    FilterKind.EXTENSION: IssueKey.EXTENSIONS_NOT_PUSHED,
    FilterKind.LINES: IssueKey.LINES_NOT_PUSHED,
    FilterKind.FAVORITES: IssueKey.FAVORITES_NOT_PUSHED,
}
# What an issue about push mentions: nothing that is true for a moment only.
_SAID_OF_AN_ERROR: Final = ("code", "permission", "request_id")


@dataclass(frozen=True, slots=True)
class _Issue:
    """One thing to say.

    Attributes:
        key: of its text.
        about: tells issues with the same text apart.

    """

    key: IssueKey
    placeholders: dict[str, str]
    about: str = ""

    @property
    def id(self) -> str:
        """What is unique among the issues of an entry."""
        return "_".join(filter(None, (self.key, self.about)))


class IssueManager:
    """Keeps the issues of one config entry in step with what is wrong."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Have raised none in this run yet."""
        self._hass = hass
        self._entry_id = entry_id
        self._raised: dict[str, _Issue] = {}

    @property
    def _ids(self) -> set[str]:
        """The issues of this entry, those from before a restart included."""
        return self._raised.keys() | {
            issue_id
            for domain, issue_id in ir.async_get(self._hass).issues
            if domain == DOMAIN and issue_id.endswith(f"_{self._entry_id}")
        }

    @callback
    def update(
        self,
        roster: Roster,
        error: RingCentralError | None,
        refused: Collection[RefusedFilter],
    ) -> None:
        """Raise what is wrong now, and withdraw what is not any more.

        Args:
            roster: who is monitored.
            error: why there is no push; None while there is.
            refused: the filters that yield no events, as the last subscription was
                answered; what is monitored no longer may be among them.

        """
        watched = frozenset(build_filters(roster.scope)) if refused else ()
        refused = [one for one in refused if one.filter in watched]
        self._keep(_issues(roster, error, refused), self._ids - self._ids_without_room)

    @callback
    def update_allocation(self, room: EntityAllocation) -> None:
        """Say how many extensions are left out for want of room, while some are."""
        self._keep(_issues_of_room(room), self._ids_without_room)

    @property
    def _ids_without_room(self) -> set[str]:
        """The issue of this entry that tells who is left out, if there is one."""
        return self._ids & {f"{IssueKey.EXTENSIONS_LEFT_OUT}_{self._entry_id}"}

    @callback
    def _keep(self, issues: Iterable[_Issue], former: AbstractSet[str]) -> None:
        """Raise issues, and withdraw the former ones that are none any more."""
        entry = self._hass.config_entries.async_get_known_entry(self._entry_id)
        current = {
            f"{issue.id}_{self._entry_id}": replace(
                issue, placeholders={**issue.placeholders, "account": entry.title}
            )
            for issue in issues
        }
        for issue_id in former - current.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            self._raised.pop(issue_id, None)
        known = ir.async_get(self._hass)
        for issue_id, issue in current.items():
            # Home Assistant deletes an issue at the end of its dialog.
            is_there = known.async_get_issue(DOMAIN, issue_id) is not None
            if not is_there or self._raised.get(issue_id) != issue:
                ir.async_create_issue(
                    self._hass,
                    DOMAIN,
                    issue_id,
                    data={DATA_ENTRY_ID: self._entry_id, DATA_KEY: issue.key},
                    is_fixable=True,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key=issue.key,
                    translation_placeholders=issue.placeholders,
                )
        self._raised |= current

    @callback
    def clear(self) -> None:
        """Withdraw everything."""
        for issue_id in self._ids:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        self._raised = {}


def _issues_of_room(room: EntityAllocation) -> Iterator[_Issue]:
    if room.omitted:
        yield _Issue(
            IssueKey.EXTENSIONS_LEFT_OUT,
            {
                "left_out": str(room.omitted),
                "shown": str(len(room.shown)),
                "limit": str(ENABLED_AT_MOST),
            },
        )


def _issues(
    roster: Roster, error: RingCentralError | None, refused: Collection[RefusedFilter]
) -> Iterator[_Issue]:
    if isinstance(error, PermissionMissingError | RejectedError):
        named = permission_of(error) is not None
        given = translation_placeholders(error)
        yield _Issue(
            IssueKey.PUSH_NOT_PERMITTED if named else IssueKey.PUSH_REFUSED,
            {key: given[key] for key in _SAID_OF_AN_ERROR},
        )
    by_cause: dict[tuple[IssueKey, str], list[RefusedFilter]] = {}
    for one in refused:
        key = _KEYS_BY_KIND.get(one.kind, IssueKey.FILTERS_NOT_PERMITTED)
        if one.permission is not None:
            key = IssueKey.FILTERS_NOT_PERMITTED
        by_cause.setdefault((key, one.permission or ""), []).append(one)
    for (key, permission), some in by_cause.items():
        code = ", ".join(sorted({one.reason or "-" for one in some}))
        placeholders = (
            {"code": code, "permission": permission_label(permission or None)}
            if key is IssueKey.FILTERS_NOT_PERMITTED
            else {"code": code, "extensions": _names(roster, some)}
        )
        yield _Issue(key, placeholders, about=permission)


def _names(roster: Roster, refused: Collection[RefusedFilter]) -> str:
    """Name the extensions of some filters, as far as they are no secret here."""
    found = (
        roster.directory.get(filter_extension_id(one.filter) or "") for one in refused
    )
    return format_names(extension for extension in found if extension is not None)
