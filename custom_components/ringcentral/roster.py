"""Who is monitored: the user's selection against the company's lists. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from .api.directory import Extension
from .api.filters import FAVORITES_FILTER, LINES_FILTER, Scope, extension_filter
from .const import CONF_EXTENSIONS, CONF_GROUPS


class Group(StrEnum):
    """Kinds of extensions that are monitored as a whole."""

    EVERYONE = "everyone"
    LINES = "lines"
    FAVORITES = "favorites"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user chose to monitor: groups, and single extensions beside them."""

    groups: frozenset[str]
    extension_ids: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be monitored."""
        return not self.groups and not self.extension_ids

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of a config entry."""
        return cls(
            groups=frozenset(options.get(CONF_GROUPS, ())),
            extension_ids=frozenset(options.get(CONF_EXTENSIONS, ())),
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
    def watched_one_by_one(self) -> frozenset[str]:
        """The extensions that get an event filter of their own.

        One that has left the company gets none: a single unknown id can spoil the
        whole subscription.
        """
        chosen = self.selection.extension_ids & self.directory.keys()
        if Group.EVERYONE not in self.selection.groups:
            return chosen
        return chosen | {e.id for e in self.directory.values() if e.can_be_monitored}

    @property
    def scope(self) -> Scope:
        """What the subscription must cover."""
        return Scope(
            extension_ids=self.watched_one_by_one,
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
        return self.watched_one_by_one | (frozenset(listed) & self.directory.keys())

    def without_push(self, refused: Collection[str]) -> frozenset[str]:
        """Return who is monitored by refused filters only: nobody tells of them."""
        if not refused:
            return frozenset()
        told = {
            extension_id
            for extension_id in self.watched_one_by_one
            if extension_filter(extension_id) not in refused
        }
        if Group.LINES in self.selection.groups and LINES_FILTER not in refused:
            told.update(self.lines)
        if Group.FAVORITES in self.selection.groups and FAVORITES_FILTER not in refused:
            told.update(self.favorites)
        return self.monitored - told
