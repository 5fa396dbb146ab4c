"""Count the extensions that are free, ringing or on the phone. Pure."""

from collections.abc import Set as AbstractSet
from typing import Final

from ..presence.activity import FREE, ON_THE_PHONE, RINGING

# Bit of the members whose presence is current.
KNOWN: Final = 8


class Tally:
    """Members of a group by what they do."""

    def __init__(self, members: frozenset[str] = frozenset()) -> None:
        """Initialize with members of whom nothing is known."""
        self.members = members
        self._ids: dict[int, set[str]] = {
            bit: set() for bit in (FREE, RINGING, ON_THE_PHONE, KNOWN)
        }

    @property
    def known(self) -> int:
        """Number of members whose presence is current."""
        return len(self._ids[KNOWN])

    def update(self, extension_id: str, activity: int | None) -> int:
        """Update one member, None if it is not current; return the changed bits."""
        state = 0 if activity is None else activity | KNOWN
        changed = 0
        for bit, ids in self._ids.items():
            if state & bit:
                if extension_id not in ids:
                    ids.add(extension_id)
                    changed |= bit
            elif extension_id in ids:
                ids.remove(extension_id)
                changed |= bit
        return changed

    def set_members(self, members: frozenset[str], account: Tally) -> None:
        """Replace the members by others, who do what they do in the account."""
        self.members = members
        self._ids = {bit: {*(members & ids)} for bit, ids in account._ids.items()}

    def ids(self, bit: int) -> AbstractSet[str]:
        """Return the members that do this."""
        return self._ids[bit]

    def count(self, bit: int) -> int:
        """Return the number of members that do this."""
        return len(self._ids[bit])
