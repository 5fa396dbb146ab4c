"""Who is monitored: the user's selection against the company's lists. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Self

from ..api.event_filters import FAVORITES_FILTER, LINES_FILTER, Scope, extension_filter
from ..api.models.directory import Extension
from ..const import CONF_DEPARTMENTS, CONF_EXTENSIONS, CONF_GROUPS, CONF_SITES

# So many extensions are named, the others counted.
_NAMED: Final = 10


class Group(StrEnum):
    """Kinds of extensions that are monitored as a whole."""

    EVERYONE = "everyone"
    LINES = "lines"
    FAVORITES = "favorites"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user chose to monitor: groups, and single extensions beside them.

    Attributes:
        groups: kinds of extensions, by `Group`.
        extension_ids: single extensions.
        sites: whose people are monitored, by id: names change.
        departments: whose people are monitored, by name.

    """

    groups: frozenset[str]
    extension_ids: frozenset[str]
    sites: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be monitored."""
        return not (self.groups or self.extension_ids or self.sites or self.departments)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of a config entry; groups not known here mean nothing."""
        chosen_groups = options.get(CONF_GROUPS, ())
        return cls(
            groups=frozenset(group for group in Group if group in chosen_groups),
            extension_ids=frozenset(options.get(CONF_EXTENSIONS, ())),
            sites=frozenset(options.get(CONF_SITES, ())),
            departments=frozenset(options.get(CONF_DEPARTMENTS, ())),
        )

    def includes(self, extension: Extension) -> bool:
        """Tell whether an extension is monitored as one of many."""
        return extension.can_be_monitored and (
            Group.EVERYONE in self.groups
            or extension.site_id in self.sites
            or extension.department in self.departments
        )


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The company's lists, and who of them is monitored.

    Attributes:
        directory: every extension of the account, by id.
        lines: extensions whose lines the signed-in extension monitors.
        favorites: extensions among the favorites of the signed-in extension.

    """

    selection: Selection
    directory: Mapping[str, Extension] = field(default_factory=dict)
    lines: Collection[str] = ()
    favorites: Collection[str] = ()

    @cached_property
    def subscribed_individually(self) -> frozenset[str]:
        """The extensions that get an event filter of their own.

        One that has left the company gets none: a single unknown id can spoil the
        whole subscription.
        """
        chosen = self.selection.extension_ids & self.directory.keys()
        takes_in = self.selection.includes
        return chosen | {e.id for e in self.directory.values() if takes_in(e)}

    @property
    def scope(self) -> Scope:
        """What the subscription must cover."""
        return Scope(
            extension_ids=self.subscribed_individually,
            lines=Group.LINES in self.selection.groups,
            favorites=Group.FAVORITES in self.selection.groups,
        )

    @cached_property
    def monitored(self) -> frozenset[str]:
        """All extensions that are monitored, by whatever filter.

        Favorites of another company are none of this account.
        """
        listed: Iterable[str] = (
            *(self.lines if Group.LINES in self.selection.groups else ()),
            *(self.favorites if Group.FAVORITES in self.selection.groups else ()),
        )
        return self.subscribed_individually | (
            frozenset(listed) & self.directory.keys()
        )

    def not_pushed(self, refused: Collection[str]) -> frozenset[str]:
        """Return who is monitored by refused filters only: nobody tells of them."""
        if not refused:
            return frozenset()
        told = {
            extension_id
            for extension_id in self.subscribed_individually
            if extension_filter(extension_id) not in refused
        }
        if Group.LINES in self.selection.groups and LINES_FILTER not in refused:
            told.update(self.lines)
        if Group.FAVORITES in self.selection.groups and FAVORITES_FILTER not in refused:
            told.update(self.favorites)
        return self.monitored - told


def format_names(extensions: Iterable[Extension]) -> str:
    """Return names and numbers of the first few extensions, and how many more."""
    names = sorted(f"{e.name or '-'} ({e.number or '-'})" for e in extensions)
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" + {more}" if more > 0 else "")
