"""Selection of extensions, and the roster of those that are monitored."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from re import sub
from typing import Any, Final, NamedTuple, Self

from ..api.event_filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    Scope,
    build_filters,
    extension_filter,
)
from ..api.models.directory import Extension
from ..api.models.notifications import RosterKind
from ..const import (
    CONF_DEPARTMENTS,
    CONF_EXTENSIONS,
    CONF_GROUPS,
    CONF_QUEUE,
    CONF_SITES,
    MANUFACTURER,
)
from ..texts import one_line

_NAMES_AT_MOST: Final = 10


class Group(StrEnum):
    """Kinds of extensions that are monitored as a whole."""

    EVERYONE = "everyone"
    LINES = "lines"
    FAVORITES = "favorites"


class SelectedGroup(NamedTuple):
    """Extensions that the user selected as a whole; a site by id, a department by name."""

    kind: str
    key: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user selected to monitor: sites by id, departments by name."""

    groups: frozenset[str]
    extension_ids: frozenset[str]
    sites: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is selected."""
        return not (self.groups or self.extension_ids or self.sites or self.departments)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Return the selection in the options of a config entry."""
        groups = options.get(CONF_GROUPS, ())
        return cls(
            groups=frozenset(group for group in Group if group in groups),
            extension_ids=frozenset(options.get(CONF_EXTENSIONS, ())),
            sites=frozenset(options.get(CONF_SITES, ())),
            departments=frozenset(options.get(CONF_DEPARTMENTS, ())),
        )

    def includes(self, extension: Extension) -> bool:
        """Return whether everyone, a site or a department includes an extension."""
        return extension.can_be_monitored and (
            Group.EVERYONE in self.groups
            or extension.site_id in self.sites
            or extension.department in self.departments
        )


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The account's extensions by id, the user's lists, and which are monitored.

    The extensions are in the order of their numbers.
    """

    selection: Selection
    directory: Mapping[str, Extension] = field(default_factory=dict)
    lines: Collection[str] = ()
    favorites: Collection[str] = ()
    # Call queues of groups, also those that do not exist any more.
    queues: frozenset[str] = frozenset()
    # Whether voicemails of the signed-in user can be read.
    voicemail: bool = False

    @cached_property
    def subscribed_individually(self) -> frozenset[str]:
        """Extensions with an event filter of their own."""
        # Not unknown ids, since one invalid filter invalidates the subscription.
        selected = self.selection.extension_ids & self.directory.keys()
        includes = self.selection.includes
        return selected.union([e.id for e in self.directory.values() if includes(e)])

    @cached_property
    def line_places(self) -> Mapping[str, int]:
        """Places of the extensions in the user's list of lines."""
        return {extension_id: place for place, extension_id in enumerate(self.lines)}

    @cached_property
    def _favorite_ids(self) -> frozenset[str]:
        return frozenset(self.favorites)

    def groups_of(self, extension: Extension) -> Iterator[SelectedGroup]:
        """Yield the selected groups that an extension belongs to."""
        selection, can_be_monitored = self.selection, extension.can_be_monitored
        members = {
            Group.EVERYONE: can_be_monitored,
            Group.LINES: extension.has_calls and extension.id in self.line_places,
            Group.FAVORITES: extension.has_calls and extension.id in self._favorite_ids,
        }
        for group, is_member in members.items():
            if is_member and group in selection.groups:
                yield SelectedGroup(group)
        site_id, department = extension.site_id, extension.department
        if can_be_monitored and site_id and site_id in selection.sites:
            yield SelectedGroup("site", site_id, extension.site)
        if can_be_monitored and department and department in selection.departments:
            yield SelectedGroup("department", department, department)

    @property
    def scope(self) -> Scope:
        """Scope of the subscription."""
        return Scope(
            extension_ids=self.subscribed_individually,
            lines=Group.LINES in self.selection.groups,
            favorites=Group.FAVORITES in self.selection.groups,
            queues=self.queues & self.directory.keys(),
            voicemail=self.voicemail,
        )

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """All event filters."""
        return build_filters(self.scope)

    @cached_property
    def monitored(self) -> frozenset[str]:
        """All monitored extensions."""
        return self._pushed(refused=())

    def not_pushed(self, refused: Collection[str]) -> frozenset[str]:
        """Return extensions that are monitored by refused filters only."""
        return self.monitored - self._pushed(refused) if refused else frozenset()

    def _pushed(self, refused: Collection[str]) -> frozenset[str]:
        scope = self.scope
        pushed = scope.extension_ids
        if refused:
            pushed = frozenset(i for i in pushed if extension_filter(i) not in refused)
        listed: set[str] = set()
        if scope.lines and LINES_FILTER not in refused:
            listed.update(self.lines)
        if scope.favorites and FAVORITES_FILTER not in refused:
            listed.update(self.favorites)
        # Favorites may belong to other accounts, and lines may be queues or menus.
        known = map(self.directory.get, listed)
        return pushed.union([e.id for e in known if e and e.has_calls])


def group_queues(groups: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the call queues among groups, by the data of their subentries."""
    queues = (data.get(CONF_QUEUE) for data in groups)
    return frozenset(queue for queue in queues if isinstance(queue, str))


def change_context(kind: RosterKind, resource_id: str | None = None) -> str:
    """Return the listener context of a change that an event announces."""
    return f"{kind}:{resource_id or ''}"


def by_number(extension: Extension) -> tuple[str, str]:
    """Return the sort key of an extension."""
    return number_key(extension.number), extension.name or ""


def number_key(number: str | None) -> str:
    """Return the sort key of an extension number: 99 comes before 101."""
    return (number or "").zfill(12)


def extension_name(extension: Extension) -> str:
    """Return the name of an extension in one line, or else its number."""
    return one_line(extension.name) or extension.number or MANUFACTURER


def extension_label(extension: Extension, fallback: str | None = None) -> str:
    """Return name and number of an extension in one line."""
    name = one_line(extension.name) or one_line(fallback) or MANUFACTURER
    return f"{name} ({extension.number})" if extension.number else name


def name_in_label(label: str, number: str | None) -> str:
    """Return the name of an extension from its label."""
    return label.removesuffix(f" ({number})")


def extension_model(extension: Extension) -> str | None:
    """Return the type of an extension: `ParkLocation` becomes "Park location"."""
    return extension.type and sub(r"(?<!^)(?=[A-Z])", " ", extension.type).capitalize()


def format_names(extensions: Iterable[Extension]) -> str:
    """Return names and numbers of the first ten extensions, and how many follow."""
    names = sorted(f"{one_line(e.name) or '-'} ({e.number or '-'})" for e in extensions)
    more = len(names) - _NAMES_AT_MOST
    return ", ".join(names[:_NAMES_AT_MOST]) + (f" + {more}" if more > 0 else "")
