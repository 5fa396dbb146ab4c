"""Configuration of a group, and who belongs to it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from ..roster.models import Roster, Selection

# Listener contexts.
OVERVIEW: Final = "overview"


def group_context(subentry_id: str) -> str:
    """Return the listener context of a group."""
    return f"group:{subentry_id}"


@dataclass(frozen=True, slots=True)
class GroupConfig:
    """A group as the user has configured it: a team, or a call queue."""

    subentry_id: str
    title: str
    # Of a team.
    selection: Selection | None = None
    # Of a queue.
    queue_id: str | None = None

    def members(
        self, roster: Roster, queue_members: Collection[str] = ()
    ) -> frozenset[str]:
        """Return the monitored extensions that belong to the group."""
        raise NotImplementedError
