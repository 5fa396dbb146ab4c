"""Configuration of a group, and the extensions that belong to it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

from ..const import (
    CONF_DEPARTMENTS,
    CONF_EXTENSIONS,
    CONF_QUEUE,
    CONF_SITES,
    MANUFACTURER,
)
from ..roster.models import Roster, Selection
from ..texts import one_line

# Listener contexts.
OVERVIEW: Final = "overview"


def group_context(subentry_id: str) -> str:
    """Return the listener context of a group."""
    return f"group:{subentry_id}"


class _Subentry(Protocol):
    """What is read of a subentry."""

    @property
    def data(self) -> Mapping[str, object]: ...
    @property
    def subentry_id(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class GroupConfig:
    """A group as the user has configured it: a team, or a call queue."""

    subentry_id: str
    title: str
    # Of a team.
    selection: Selection | None = None
    # Of a queue.
    queue_id: str | None = None

    @classmethod
    def from_subentry(cls, subentry: _Subentry) -> Self:
        """Return the group of a subentry; what is no list of texts counts as empty."""
        data = subentry.data
        title = (one_line(subentry.title) or "").strip() or MANUFACTURER
        queue_id = data.get(CONF_QUEUE)
        if isinstance(queue_id, str):
            return cls(subentry.subentry_id, title, queue_id=queue_id)
        selection = Selection(
            groups=frozenset(),
            extension_ids=_texts(data.get(CONF_EXTENSIONS)),
            sites=_texts(data.get(CONF_SITES)),
            departments=_texts(data.get(CONF_DEPARTMENTS)),
        )
        return cls(subentry.subentry_id, title, selection)

    def members(
        self, roster: Roster, queue_members: Collection[str] = ()
    ) -> frozenset[str]:
        """Return the monitored extensions that belong to the group."""
        members = set(queue_members)
        if (selection := self.selection) is not None:
            members |= selection.extension_ids
            if selection.sites or selection.departments:
                directory, includes = roster.directory, selection.includes
                members.update(i for i in roster.monitored if includes(directory[i]))
        return roster.monitored & members


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        return frozenset()
    return frozenset(text for text in value if isinstance(text, str))
