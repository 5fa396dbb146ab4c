"""Count the extensions that are free, ringing or on the phone. Pure."""

from collections.abc import Set as AbstractSet


class Tally:
    """Members of a group by what they do."""

    def __init__(self, members: AbstractSet[str]) -> None:
        """Initialize with members of whom nothing is known."""
        self.members = members
        # Number of members whose presence is current.
        self.known = 0

    def update(self, extension_id: str, activity: int | None) -> int:
        """Update one member, None if it is not current; return the changed bits."""
        raise NotImplementedError

    def ids(self, bit: int) -> AbstractSet[str]:
        """Return the members that do this."""
        raise NotImplementedError

    def count(self, bit: int) -> int:
        """Return the number of members that do this."""
        return len(self.ids(bit))
