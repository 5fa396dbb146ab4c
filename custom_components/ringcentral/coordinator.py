"""The coordinator: holds the subscription, owns the book, tells the entities concerned.

An event is told to the listeners of its extension only, so it costs the same however
many are monitored.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
import contextlib
from dataclasses import replace
from datetime import datetime
from itertools import batched
from math import ceil
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api.anomalies import Anomalies
from .api.auth import TokenSource
from .api.errors import AuthenticationError, RingCentralError, TemporaryError
from .api.filters import RefusedFilter, filters_of, refused_filters
from .api.json_fields import ParseError
from .api.link import Link, LinkListener, LinkState
from .api.models import PresenceEvent, RosterEvent, RosterKind, parse_event
from .api.rest import RestClient
from .api.subscription import Subscription
from .api.transport import Transport
from .const import (
    CONF_ACCOUNT_ID,
    CONF_EXTENSION_ID,
    GRACE,
    POLL,
    POLL_AFTER,
    POLLED_PER_REQUEST,
    REFETCH_AFTER,
    REFETCH_INTERVAL,
    SAFETY_POLL,
)
from .presence import Change, ExtensionPresence, PresenceBook
from .roster import Roster, Selection
from .roster_lists import RosterLists
from .targeted import TargetedCoordinator
from .timers import Timers
from .translate import as_update_error

type RingCentralConfigEntry = ConfigEntry[PresenceCoordinator]

# Listener context of the entities of the account's own device.
ACCOUNT: Final = "account"
# Snapshots that are applied before the loop gets its turn.
_SNAPSHOTS_PER_TURN: Final = 50
# Set-up waits this long for the first connection; then it goes on without push.
_FIRST_TRY_TIMEOUT: Final = 15.0


class PresenceCoordinator(
    TargetedCoordinator[Mapping[str, ExtensionPresence]], LinkListener
):
    """Keeps the picture of every monitored extension.

    `data` is the book's own mapping, which changes in place. Listeners with an extension
    id as context hear of that extension, those with `ACCOUNT` of the link, those without
    context of the roster: devices to come and to go.
    """

    config_entry: RingCentralConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: RingCentralConfigEntry,
        transport: Transport,
        tokens: TokenSource,
    ) -> None:
        """Connect nothing yet; the first refresh does."""
        super().__init__(hass, entry, SAFETY_POLL)
        self.anomalies = Anomalies()
        self.rest = RestClient(transport, tokens, self.anomalies)
        self.book = PresenceBook(self.anomalies)
        self.link = Link(async_get_clientsession(hass), self.rest, self, self.anomalies)
        self.roster = Roster(selection=Selection.from_options(entry.options))
        self.refused_filters: tuple[RefusedFilter, ...] = ()
        self.account_device_id: str | None = None
        self.last_event_time: datetime | None = None
        self.is_current = True
        self.data = self.book.extensions
        self._timers = Timers(hass)
        self._roster_lock = asyncio.Lock()
        self._fetch_lock = asyncio.Lock()
        self._lists = RosterLists(self.rest, self.anomalies)
        self._incomplete: set[str] = set()
        self._refetched_at = 0.0
        self._confirmed_at = hass.loop.time()
        self._gaps = 0
        self._gaps_closed = 0
        self._is_set_up = False
        self._is_verified = True
        self._loss_is_logged = False
        self._refusal_is_logged = False

    # ----------------------------------------------------------------------------------
    # Set-up and shutdown

    @override
    async def _async_setup(self) -> None:
        """Read the lists and start the link, before the first snapshot."""
        try:
            roster = await self._lists.read(self.roster)
            await self._take_roster(roster)
        except RingCentralError as err:
            raise as_update_error(err) from err
        self.async_spawn(self.link.run(), "link")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_TRY_TIMEOUT):
                await self.link.first_try_done.wait()

    @override
    async def async_shutdown(self) -> None:
        """Stop the timers; the entry ends the link's task."""
        self._timers.close()
        await super().async_shutdown()

    # ----------------------------------------------------------------------------------
    # Snapshots

    @override
    async def _async_update_data(self) -> Mapping[str, ExtensionPresence]:
        """Take a snapshot of everything.

        Beside a living link a failure means nothing, and without one the age of the
        last good snapshot decides what is shown. So nothing is raised after set-up,
        except for credentials that are refused.
        """
        gaps = self._gaps
        try:
            if self._is_set_up:
                # Also the lists: the message of a change may have got lost, and one
                # extension that has gone can spoil each new subscription.
                self._lists.mark_stale()
                await self._follow_lists()
            await self._fetch(self.roster.monitored)
        except AuthenticationError as err:
            self._refusal_is_logged = True
            self.link.polled(successfully=False)
            raise as_update_error(err) from err
        except RingCentralError as err:
            if not self._is_set_up:
                raise as_update_error(err) from err
            self.logger.debug("Snapshot failed: %s", err)
            self.link.polled(successfully=False)
        else:
            if not self._is_set_up and self._gaps != gaps:
                # Subscribed while this picture was taken: some events are in neither.
                self._look()
            self._is_set_up = True
            self._gaps_closed = gaps
            self._is_verified = True
            self.link.polled(successfully=True)
            self._confirm()
        self._plan_polls()
        return self.book.extensions

    async def _fetch(self, extension_ids: Collection[str]) -> None:
        """Take snapshots of some extensions, in slices that give way to others."""
        if not extension_ids:
            return
        # One after another: an older snapshot must not be applied after a newer one.
        async with self._fetch_lock:
            await self._fetch_alone(extension_ids)

    async def _fetch_alone(self, extension_ids: Collection[str]) -> None:
        with self.book.fetching() as snapshots:
            presences = await self.rest.presences(extension_ids)
            for some in batched(
                presences.snapshots.values(), _SNAPSHOTS_PER_TURN, strict=False
            ):
                for snapshot in some:
                    if (change := snapshots.apply(snapshot)) is not None:
                        self._tell(change)
                await asyncio.sleep(0)
        for extension_id, err in presences.failed.items():
            self.anomalies.note("extension without presence", detail=str(err.status))
            if isinstance(err, TemporaryError):
                self._fetch_later(extension_id)

    @callback
    def _refetch(self) -> None:
        """Fetch the extensions whose picture is incomplete, all together."""
        self._refetched_at = self.hass.loop.time()
        self.async_spawn(self._fetch_incomplete(), "refetch")

    async def _fetch_incomplete(self) -> None:
        incomplete, self._incomplete = self._incomplete, set()
        try:
            await self._fetch(incomplete & self.roster.monitored)
        except AuthenticationError as err:
            self.handle_credentials_refused(err)
        except RingCentralError as err:
            self.logger.debug("Fetching incomplete pictures failed: %s", err)
            self._fetch_later(*incomplete)

    # ----------------------------------------------------------------------------------
    # What the link hears

    @callback
    @override
    def handle_notification(self, body: object) -> None:
        """Take a notification."""
        try:
            event = parse_event(body, self.anomalies)
        except ParseError as err:
            self.anomalies.note(str(err))
            return
        match event:
            case PresenceEvent():
                self.last_event_time = event.timestamp or self.last_event_time
                if (change := self.book.apply_event(event)) is not None:
                    self._tell(change)
            case RosterEvent():
                self._lists.mark_stale(event.kind)
                self._timers.start(REFETCH_AFTER, self._reread_lists)

    @callback
    def _tell(self, change: Change) -> None:
        """Tell the entities of the one extension that has changed."""
        if change.incomplete:
            self._fetch_later(change.extension_id)
        self.async_update_context(change.extension_id)

    @callback
    def _fetch_later(self, *extension_ids: str) -> None:
        """Fetch these pictures soon, together with others and not too often."""
        self._incomplete.update(extension_ids)
        rest = self._refetched_at + REFETCH_INTERVAL - self.hass.loop.time()
        self._timers.start(max(REFETCH_AFTER, rest), self._refetch)

    @callback
    @override
    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription
    ) -> None:
        """Compare what was granted with what was asked for."""
        refused = refused_filters(
            requested,
            subscription,
            self.config_entry.data[CONF_ACCOUNT_ID],
            self.config_entry.data[CONF_EXTENSION_ID],
        )
        if set(refused) != set(self.refused_filters):
            for (kind, reason), number in Counter(
                (r.kind, r.reason) for r in refused
            ).items():
                self.logger.warning(
                    "RingCentral does not grant %s (%s), %d filters",
                    kind,
                    reason or "no reason given",
                    number,
                )
        self.refused_filters = tuple(refused)

    @callback
    @override
    def handle_fresh_subscription(self) -> None:
        """Fetch everything: changes may have been missed."""
        self._gaps += 1
        self.book.forget_sequences()
        if self._is_set_up:
            self._look()

    @callback
    @override
    def handle_recovery(self) -> None:
        """Look whether the replay was complete: its buffer is limited.

        And what is sent while our own side closes is neither heard nor replayed.
        """
        self._is_verified = False
        self._timers.start(REFETCH_AFTER, self._verify)

    @callback
    @override
    def handle_link_state(self, state: LinkState) -> None:
        """Follow the link: how often to poll, what can be trusted, what to log."""
        if state is LinkState.PUSH:
            self._timers.cancel(self._poll)
            if self._loss_is_logged:
                self._loss_is_logged = False
                self.logger.info("RingCentral pushes changes again")
        elif not self._loss_is_logged:
            self._loss_is_logged = True
            self.logger.info(
                "RingCentral does not push changes: %s",
                self.link.last_error or "no answer yet",
            )
        if state is LinkState.RECOVERING:
            if self._gaps == self._gaps_closed:
                self._confirmed_at = self.hass.loop.time()
            self._timers.start(POLL_AFTER, self._poll)
        self._judge()
        self._plan_polls()
        self.async_update_context(ACCOUNT)

    @callback
    @override
    def handle_credentials_refused(self, error: AuthenticationError) -> None:
        """Ask the user to sign in again."""
        if not self._refusal_is_logged:
            self._refusal_is_logged = True
            self.logger.warning("RingCentral refuses the credentials: %s", error)
        self.config_entry.async_start_reauth_if_available(self.hass)

    # ----------------------------------------------------------------------------------
    # What is confirmed, and how often to poll

    @property
    def _is_followed(self) -> bool:
        """Whether every change since the last whole picture has been pushed."""
        return self.link.state is LinkState.PUSH and self._gaps == self._gaps_closed

    @callback
    def _confirm(self) -> None:
        """Take note that the picture is right at this moment."""
        self._confirmed_at = self.hass.loop.time()
        self._judge()

    @callback
    def _judge(self) -> None:
        """Decide whether the picture may still be shown."""
        self._timers.cancel(self._judge)
        age = self.hass.loop.time() - self._confirmed_at
        is_current = self._is_followed or age < GRACE
        if is_current and not self._is_followed:
            self._timers.start(GRACE - age, self._judge)
        if is_current is not self.is_current:
            self.is_current = is_current
            self.async_update_listeners()

    @callback
    def _plan_polls(self) -> None:
        """Set the interval of polls for the state of the link."""
        if self._is_followed and self._is_verified:
            self.update_interval = SAFETY_POLL
        else:
            requests = ceil(len(self.roster.monitored) / POLLED_PER_REQUEST)
            self.update_interval = POLL * max(1, requests)

    # ----------------------------------------------------------------------------------
    # Who is monitored

    async def async_change_selection(self, selection: Selection) -> None:
        """Monitor something else from now on, without a reload.

        Raises:
            RingCentralError: the platform refused; everything stays as it was.

        """
        async with self._roster_lock:
            self._lists.mark_stale(RosterKind.LINES, RosterKind.FAVORITES)
            roster = replace(self.roster, selection=selection)
            try:
                await self._take_roster(await self._lists.read(roster))
            except RingCentralError:
                # Without a reply nobody knows what is watched now.
                self._timers.start(POLL.total_seconds(), self._reread_lists)
                raise

    async def _take_roster(self, roster: Roster) -> None:
        """Watch, show and forget what the roster says.

        Raises:
            RingCentralError: its filters were refused; everything stays as it was.

        """
        try:
            await self.link.change_filters(filters_of(roster.scope))
        except RingCentralError:
            # The lists just read go with the refused roster.
            self._lists.mark_stale()
            raise
        if roster == self.roster:
            return
        new = roster.monitored - self.roster.monitored
        self.roster = roster
        self.book.monitor(roster.monitored)
        if not self._is_set_up:
            return
        try:
            await self._fetch(new)
        except RingCentralError as err:
            self.logger.debug("Fetching new extensions failed: %s", err)
            self._fetch_later(*new)
        self.async_update_context(None)

    @callback
    def _reread_lists(self) -> None:
        self.async_spawn(self._reread(), "lists")

    async def _reread(self) -> None:
        try:
            await self._follow_lists()
        except AuthenticationError as err:
            self.handle_credentials_refused(err)

    async def _follow_lists(self) -> None:
        """Read the lists that have changed; what fails stays stale.

        Raises:
            AuthenticationError: the credentials are refused.

        """
        try:
            async with self._roster_lock:
                if self._lists.stale:
                    await self._take_roster(await self._lists.read(self.roster))
        except AuthenticationError:
            raise
        except RingCentralError as err:
            self.logger.debug("Following a changed list failed: %s", err)
            self._timers.start(POLL.total_seconds(), self._reread_lists)

    # ----------------------------------------------------------------------------------

    @callback
    def _look(self) -> None:
        """Take a snapshot of everything, in the background."""
        self.async_spawn(self.async_refresh(), "snapshot")

    # Each has a timer of its own, which the other must not start or cancel.

    @callback
    def _poll(self) -> None:
        self._look()

    @callback
    def _verify(self) -> None:
        self._look()
