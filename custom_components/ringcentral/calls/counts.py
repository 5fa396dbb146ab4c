"""Count the calls of a day for the account, its groups and its extensions. Pure."""

from collections.abc import Callable, Iterable, Sequence, Set as AbstractSet
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from .lifecycle import CallEvent

# Other scopes are ids: of a subentry, or of an extension.
ACCOUNT_SCOPE: Final = "account"


class DayCounts(Struct):
    """What happened in a scope since the day began."""

    incoming: int = 0
    outgoing: int = 0
    answered: int = 0
    missed: int = 0
    # Over, but whether it was answered is unknown.
    unclear: int = 0
    # In seconds.
    talk_time: float = 0.0
    longest_wait: float = 0.0


class ScopeEvent(NamedTuple):
    """A call event as its scope sees it."""

    scope: str
    event: CallEvent


class CallCounter:
    """Counts the calls of a day."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Initialize without scopes; `now` returns the local time."""
        # Called with the scopes whose counts have changed.
        self.changed: Callable[[Iterable[str]], None] | None = None

    def set_members(self, scope: str, members: AbstractSet[str]) -> None:
        """Set the extensions of a scope, which is added if it is new."""
        raise NotImplementedError

    def remove_scope(self, scope: str) -> None:
        """Remove a scope and its counts."""
        raise NotImplementedError

    def keep_scopes(self, scopes: AbstractSet[str]) -> None:
        """Remove all other scopes."""
        raise NotImplementedError

    def count(self, extension_id: str, event: CallEvent) -> Sequence[ScopeEvent]:
        """Count a call event; return what it is for each scope of the extension."""
        return ()

    def counts(self, scope: str) -> DayCounts:
        """Return the counts of a scope."""
        return DayCounts()

    def since(self, scope: str) -> datetime:
        """Return the time that a scope is counted from."""
        raise NotImplementedError

    def begin_day(self) -> bool:
        """Begin a new day if it has come; return whether it has."""
        raise NotImplementedError
