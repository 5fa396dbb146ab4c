"""Repair issues: what keeps changes from being shown and only the user can mend."""

from collections.abc import Collection, Iterable, Iterator, Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api.errors import PermissionMissingError, RejectedError, RingCentralError
from .api.filters import FilterKind, RefusedFilter, extension_of
from .const import DOMAIN
from .room import ENABLED_AT_MOST, Room
from .roster import Roster
from .translate import permission_label, permission_of, translation_placeholders

# So many extensions are named, the others counted.
_NAMED: Final = 10

_NO_ROOM: Final = "extensions_left_out"

_KEYS_WITHOUT_PERMISSION: Final = {
    FilterKind.EXTENSION: "extensions_not_pushed",
    FilterKind.LINES: "lines_not_pushed",
    FilterKind.FAVORITES: "favorites_not_pushed",
    FilterKind.LINE_LIST: "line_list_not_pushed",
    FilterKind.FAVORITE_LIST: "favorite_list_not_pushed",
    FilterKind.EXTENSION_LIST: "extension_list_not_pushed",
}


@dataclass(frozen=True, slots=True)
class _Issue:
    """One thing to say.

    Attributes:
        key: of its text.
        about: tells issues with the same text apart.

    """

    key: str
    placeholders: dict[str, str]
    about: str = ""

    @property
    def id(self) -> str:
        """What is unique among the issues of an entry."""
        return "_".join(filter(None, (self.key, self.about)))


class Issues:
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
    def review(
        self,
        roster: Roster,
        error: RingCentralError | None,
        refused: Collection[RefusedFilter],
    ) -> None:
        """Raise what is wrong now, and withdraw what is not any more.

        Args:
            roster: who is monitored.
            error: why there is no push; None while there is.
            refused: the filters that yield no events.

        """
        self._keep(_issues(roster, error, refused), self._ids - self._ids_of(_NO_ROOM))

    @callback
    def review_room(self, room: Room) -> None:
        """Say how many extensions are left out for want of room, while some are."""
        self._keep(_issues_of_room(room), self._ids_of(_NO_ROOM))

    def _ids_of(self, key: str) -> set[str]:
        """The issues of this entry with one text."""
        return self._ids & {f"{key}_{self._entry_id}"}

    @callback
    def _keep(self, issues: Iterable[_Issue], former: AbstractSet[str]) -> None:
        """Raise issues, and withdraw the former ones that are none any more."""
        current = {f"{issue.id}_{self._entry_id}": issue for issue in issues}
        for issue_id in former - current.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            self._raised.pop(issue_id, None)
        for issue_id, issue in current.items():
            if self._raised.get(issue_id) != issue:
                ir.async_create_issue(
                    self._hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=False,
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


def _issues_of_room(room: Room) -> Iterator[_Issue]:
    if room.left_out:
        yield _Issue(
            _NO_ROOM,
            {
                "left_out": str(room.left_out),
                "shown": str(len(room.shown)),
                "limit": str(ENABLED_AT_MOST),
            },
        )


def _issues(
    roster: Roster, error: RingCentralError | None, refused: Collection[RefusedFilter]
) -> Iterator[_Issue]:
    if isinstance(error, PermissionMissingError | RejectedError):
        named = permission_of(error) is not None
        yield _Issue(
            "push_not_permitted" if named else "push_refused",
            translation_placeholders(error),
        )
    by_cause: dict[tuple[str, FilterKind | None], list[RefusedFilter]] = {}
    for one in refused:
        cause = (one.permission, None) if one.permission else ("", one.kind)
        by_cause.setdefault(cause, []).append(one)
    for (permission, kind), some in by_cause.items():
        code = some[0].reason or "-"
        if kind is None:
            yield _Issue(
                "filters_not_permitted",
                {"code": code, "permission": permission_label(permission)},
                about=permission,
            )
        else:
            yield _Issue(
                _KEYS_WITHOUT_PERMISSION[kind],
                {"code": code, "extensions": _names(roster, some)},
            )


def _names(roster: Roster, refused: Collection[RefusedFilter]) -> str:
    """Name the extensions of some filters, as far as they are no secret here."""
    names = []
    for one in refused:
        extension = roster.directory.get(extension_of(one.filter) or "")
        if extension is not None:
            names.append(f"{extension.name or '-'} ({extension.number or '-'})")
    names.sort()
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" + {more}" if more > 0 else "")
