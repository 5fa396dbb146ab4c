"""Keeping the roster in step with the company's lists and the user's selection."""

import asyncio
from dataclasses import replace
from typing import Protocol

from homeassistant.core import callback

from ..api.event_filters import build_filters
from ..api.event_stream import EventStream
from ..api.exceptions import AuthenticationError, RingCentralError
from ..api.models.presence import RosterKind
from ..background import Background, BackgroundTasks
from ..const import LOGGER, POLL, REFETCH_AFTER
from .lists import RosterLists
from .models import Roster, Selection


class RosterListener(Background, Protocol):
    """Who is told of a new roster."""

    def handle_lists_failed(self, error: RingCentralError) -> None:
        """Take note that a list that has changed could not be read."""

    def handle_list_change(self) -> None:
        """Take note that a list changed, if only for a moment."""

    async def handle_roster(self, former: Roster, roster: Roster) -> None:
        """Show and forget what the roster says; its filters are watched already."""


class RosterManager:
    """Reads the lists that have changed, and has the result watched.

    Attributes:
        roster: who is monitored.

    """

    def __init__(
        self,
        selection: Selection,
        lists: RosterLists,
        link: EventStream,
        tasks: BackgroundTasks,
        listener: RosterListener,
    ) -> None:
        """Have read nothing yet."""
        self.roster = Roster(selection=selection)
        self._lists = lists
        self._link = link
        self._tasks = tasks
        self._listener = listener
        self._lock = asyncio.Lock()

    async def read(self) -> None:
        """Read all lists for the first time.

        Raises:
            RingCentralError: without them there is nothing to monitor.

        """
        await self._apply(await self._lists.read(self.roster))

    async def refresh(self) -> None:
        """Read all lists again: the message of a change may have got lost.

        And one extension that has gone can spoil each new subscription.

        Raises:
            AuthenticationError: the credentials are refused.

        """
        self._lists.mark_stale()
        await self._update()

    async def change_selection(self, selection: Selection) -> None:
        """Monitor something else.

        Raises:
            RingCentralError: the platform refused; everything stays as it was.

        """
        async with self._lock:
            self._lists.mark_stale(RosterKind.LINES, RosterKind.FAVORITES)
            roster = replace(self.roster, selection=selection)
            try:
                await self._apply(await self._lists.read(roster))
            except RingCentralError:
                # Without a reply nobody knows what is watched now.
                self._tasks.start_timer(POLL.total_seconds(), self._read_stale)
                raise

    @callback
    def mark_changed(self, kind: RosterKind) -> None:
        """Take note that a list has changed; read it soon, together with others."""
        self._lists.mark_stale(kind)
        self._tasks.start_timer(REFETCH_AFTER, self._read_stale)

    async def _apply(self, roster: Roster) -> None:
        """Have a roster watched, then shown.

        Raises:
            RingCentralError: the platform refused; everything stays as it was.

        """
        try:
            await self._link.subscriptions.change_filters(build_filters(roster.scope))
        except RingCentralError:
            # The lists just read go with the refused roster.
            self._lists.mark_stale()
            raise
        if roster != self.roster:
            former, self.roster = self.roster, roster
            await self._listener.handle_roster(former, roster)

    @callback
    def _read_stale(self) -> None:
        self._listener.async_spawn(self._update_safely(), "lists")

    async def _update_safely(self) -> None:
        try:
            if await self._update():
                self._listener.handle_list_change()
        except AuthenticationError as err:
            self._listener.handle_credentials_refused(err)

    async def _update(self) -> bool:
        """Read the lists that have changed; what fails stays stale.

        Returns whether nothing failed.

        Raises:
            AuthenticationError: the credentials are refused.

        """
        try:
            async with self._lock:
                if self._lists.stale:
                    await self._apply(await self._lists.read(self.roster))
        except AuthenticationError:
            raise
        except RingCentralError as err:
            LOGGER.debug("Following a changed list failed: %s", err)
            self._listener.handle_lists_failed(err)
            self._tasks.start_timer(POLL.total_seconds(), self._read_stale)
            return False
        return True
