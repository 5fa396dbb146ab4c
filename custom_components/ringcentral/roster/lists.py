"""Reading the company's lists: which of them are stale, and what they hold now."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..api.anomalies import Anomalies
from ..api.exceptions import NotFoundError, PermissionMissingError
from ..api.models.presence import RosterKind
from ..api.rest import RestClient
from .models import Group, Roster


class RosterLists:
    """The lists behind a roster.

    Attributes:
        stale: the lists that have changed since they were read.

    """

    def __init__(self, rest: RestClient, anomalies: Anomalies) -> None:
        """Have read nothing yet."""
        self._rest = rest
        self._anomalies = anomalies
        self.stale = set(RosterKind)

    def mark_stale(self, *kinds: RosterKind) -> None:
        """Have these lists read again; all of them if none is named."""
        self.stale.update(kinds or RosterKind)

    async def read(self, roster: Roster) -> Roster:
        """Return the roster with its stale lists read anew.

        Lines and favorites that this user or app may not read keep what they held.

        Raises:
            RingCentralError: nothing could be read; what is stale stays so.

        """
        # What becomes stale while it is being read stays so.
        stale, self.stale = self.stale, set()
        try:
            return await self._read(roster, stale)
        except BaseException:
            self.stale |= stale
            raise

    async def _read(self, roster: Roster, stale: Collection[RosterKind]) -> Roster:
        groups = roster.selection.groups
        if RosterKind.EXTENSIONS in stale:
            extensions = await self._rest.extensions()
            roster = replace(roster, directory={e.id: e for e in extensions})
        if RosterKind.LINES in stale and Group.LINES in groups:
            with self._tolerated("monitored lines"):
                roster = replace(roster, lines=await self._rest.line_extension_ids())
        if RosterKind.FAVORITES in stale and Group.FAVORITES in groups:
            with self._tolerated("favorites"):
                favorites = await self._rest.favorite_extension_ids()
                roster = replace(roster, favorites=favorites)
        return roster

    @contextmanager
    def _tolerated(self, what: str) -> Iterator[None]:
        """Go on without a list that must not be read."""
        try:
            yield
        except (PermissionMissingError, NotFoundError) as err:
            self._anomalies.count(f"{what} cannot be read", detail=err.code or "")
