"""Keep the roster in step with the platform's lists and the user's selection."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback

from ..api.anomalies import Anomalies
from ..api.auth import has_permission
from ..api.clock import LoopYielder
from ..api.event_filters import LIST_FILTERS
from ..api.event_stream import EventStream
from ..api.exceptions import (
    AuthenticationError,
    NotFoundError,
    PermissionMissingError,
    RingCentralError,
)
from ..api.models.directory import Extension
from ..api.models.notifications import RosterKind
from ..api.rest import Listing, RestClient
from ..background import BackgroundTasks
from ..const import COLLECT_FOR, LOGGER, POLL_INTERVAL
from .models import Group, Roster, Selection, by_number, group_queues


class RosterManager:
    """Reads changed lists and subscribes; methods raise RingCentralError."""

    def __init__(
        self,
        roster: Roster,
        rest: RestClient,
        stream: EventStream,
        tasks: BackgroundTasks,
        anomalies: Anomalies,
        *,
        handle_roster: Callable[[Roster, Roster], Awaitable[None]],
        refresh: Callable[..., None],
        record_failure: Callable[[RingCentralError], None],
    ) -> None:
        """Initialize with a roster whose lists are not read."""
        self.roster = roster
        self._queues = roster.queues
        self._rest = rest
        self._stream = stream
        self._tasks = tasks
        self._anomalies = anomalies
        self._handle_roster = handle_roster
        self._refresh = refresh
        self._record_failure = record_failure
        self._stale = set(LIST_FILTERS)
        self._lock = asyncio.Lock()

    async def read(self) -> None:
        """Read all lists for the first time."""
        roster = await self._read(self.roster)
        if self._stale:
            # There is no former list to keep, and what it lacks would lose its device.
            roster = await self._read(roster)
        await self._apply(roster)

    async def refresh(self) -> None:
        """Read all lists again; only AuthenticationError is raised."""
        # A change notification may be lost, and a filter of a deleted extension invalidates
        # the subscription.
        self._stale.update(LIST_FILTERS)
        await self._update()

    async def change_selection(self, selection: Selection) -> None:
        """Monitor another selection; the roster stays as it was if that fails."""
        async with self._lock:
            self._stale |= {RosterKind.LINES, RosterKind.FAVORITES}
            try:
                await self._apply(
                    await self._read(replace(self.roster, selection=selection))
                )
            except RingCentralError:
                # Without an answer the filters of the subscription are unknown.
                self._retry_later()
                raise

    @callback
    def change_queues(self, queue_ids: frozenset[str]) -> None:
        """Subscribe to other call queues, which are retried like lists."""
        if queue_ids != self._queues:
            self._queues = queue_ids
            self._tasks.spawn(self._update(), "lists")

    @callback
    def mark_changed(self, kind: RosterKind) -> None:
        """Schedule a debounced read, if it is a list that has changed."""
        if kind in LIST_FILTERS:
            self._stale.add(kind)
            self._tasks.start_timer(COLLECT_FOR, self._read_stale)

    async def _apply(self, roster: Roster) -> None:
        # With thousands of extensions, each takes some milliseconds.
        for name in ("subscribed_individually", "monitored", "filters"):
            getattr(roster, name)
            await asyncio.sleep(0)
        try:
            await self._stream.subscriptions.change_filters(roster.filters)
        except RingCentralError:
            # The lists just read are dropped with the roster.
            self._stale.update(LIST_FILTERS)
            raise
        await asyncio.sleep(0)
        if roster != self.roster:
            former, self.roster = self.roster, roster
            await self._handle_roster(former, roster)

    @callback
    def _retry_later(self) -> None:
        self._tasks.start_timer(POLL_INTERVAL.total_seconds(), self._read_stale)

    @callback
    def _read_stale(self) -> None:
        self._tasks.spawn(self._update_changed(), "lists")

    async def _update_changed(self) -> None:
        if await self._update():
            # An extension may have left a list and returned, without live updates.
            listed = self.roster.monitored - self.roster.subscribed_individually
            if listed:
                self._refresh(*listed)

    async def _update(self) -> bool:
        try:
            async with self._lock:
                if self._stale or self.roster.queues != self._queues:
                    await self._apply(await self._read(self.roster))
        except RingCentralError as err:
            if isinstance(err, AuthenticationError):
                raise
            LOGGER.debug("Reading a changed list failed: %s", err)
            self._record_failure(err)
            self._retry_later()
            return False
        return True

    async def _read(self, roster: Roster) -> Roster:
        # An incomplete list stays stale until the next refresh, and all do if one fails.
        stale, self._stale = self._stale, set()
        groups = roster.selection.groups
        roster = _with(roster, queues=self._queues)
        try:
            if RosterKind.EXTENSIONS in stale:
                extensions = self._merge(
                    RosterKind.EXTENSIONS,
                    roster.directory.values(),
                    await self._rest.extensions(),
                )
                directory, yielder = {}, LoopYielder()
                for extension in extensions:
                    known = roster.directory.get(extension.id)
                    # One object for each, since all are compared after each change.
                    directory[extension.id] = known if known == extension else extension
                    await yielder.yield_if_due()
                if directory != roster.directory:
                    directory = await _sorted_by_number(directory)
                    roster = replace(roster, directory=directory)
            if RosterKind.LINES in stale and Group.LINES in groups:
                with self._tolerated("monitored lines"):
                    lines = self._merge(
                        RosterKind.LINES,
                        roster.lines,
                        await self._rest.line_extension_ids(),
                    )
                    roster = _with(roster, lines=list(dict.fromkeys(lines)))
            if RosterKind.FAVORITES in stale and Group.FAVORITES in groups:
                with self._tolerated("favorites"):
                    favorites = await self._rest.favorite_extension_ids()
                    roster = _with(roster, favorites=favorites)
        except BaseException:
            self._stale |= stale
            raise
        return roster

    def _merge[T](
        self, kind: RosterKind, former: Iterable[T], read: Listing[T]
    ) -> Iterable[T]:
        if read.is_complete:
            return read.entries
        self._stale.add(kind)
        return (*former, *read.entries)

    @contextmanager
    def _tolerated(self, name: str) -> Iterator[None]:
        """Keep a list that the user or the app must not read."""
        try:
            yield
        except (PermissionMissingError, NotFoundError) as err:
            self._anomalies.count(f"{name} cannot be read", detail=err.code or "")


def unread_roster(entry: ConfigEntry) -> Roster:
    """Return the roster of a config entry before its lists are read."""
    scope = entry.data[CONF_TOKEN].get("scope", "")
    return Roster(
        selection=Selection.from_options(entry.options),
        queues=group_queues(one.data for one in entry.subentries.values()),
        voicemail=has_permission(scope, "ReadMessages"),
    )


async def _sorted_by_number(directory: Mapping[str, Extension]) -> dict[str, Extension]:
    keys, yielder = [], LoopYielder()
    for extension_id, extension in directory.items():
        keys.append((*by_number(extension), extension_id))
        await yielder.yield_if_due()
    keys.sort()
    return {extension_id: directory[extension_id] for *_, extension_id in keys}


def _with(roster: Roster, **lists: Any) -> Roster:
    """Return a roster with other lists; the same one, which is prepared, if they are equal."""
    is_equal = all(getattr(roster, name) == value for name, value in lists.items())
    return roster if is_equal else replace(roster, **lists)
