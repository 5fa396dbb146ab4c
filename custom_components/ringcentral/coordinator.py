"""The coordinator: holds the subscription, owns the book, tells the entities concerned.

An event is told to the listeners of its extension only, so it costs the same however
many are monitored.
"""

import asyncio
from collections.abc import Collection, Mapping
import contextlib
from datetime import datetime
from math import ceil
from typing import Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api.anomalies import Anomalies
from .api.auth import TokenSource
from .api.clock import Instant
from .api.event_filters import RefusedFilter
from .api.event_stream import EventStream, StreamListener, StreamState
from .api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from .api.models.gateway import Subscription
from .api.models.presence import PresenceEvent, RosterEvent
from .api.rejected_filters import Refusals
from .api.rest import PresenceUpdate, RestClient
from .api.transport import Transport
from .background import BackgroundTasks
from .calls.dispatcher import keep_dispatcher, take_dispatcher
from .connection.grants import Grants
from .connection.history import ENDED, Operation, get_history
from .connection.narrator import Narrator
from .connection.outages import OutageStatistics
from .connection.storage import SessionStorage
from .const import POLL, POLL_AFTER, POLLED_PER_REQUEST, REFETCH_AFTER, SAFETY_POLL
from .context_coordinator import ContextCoordinator
from .exceptions import action_error, failed_action, invalid_action, update_error
from .issues import IssueManager
from .presence.fallback_polling import FallbackPoller, PollListener
from .presence.fetcher import FetchListener, SnapshotFetcher
from .presence.freshness import Freshness
from .presence.models import ExtensionPresence, PresenceChange
from .presence.settings import adapt_update, dnd_options, find_unapplied
from .presence.store import PresenceStore
from .privacy import Privacy
from .roster.entity_allocation import EntityAllocation, EntityAllocator
from .roster.lists import RosterLists
from .roster.manager import RosterListener, RosterManager
from .roster.models import Roster, Selection

type RingCentralConfigEntry = ConfigEntry[PresenceCoordinator]

# Listener context of the entities of the account's own device.
ACCOUNT: Final = "account"
# Set-up waits this long for the first connection; then it goes on without push.
_FIRST_TRY_TIMEOUT: Final = 5.0


class PresenceCoordinator(
    ContextCoordinator[Mapping[str, ExtensionPresence]],
    StreamListener,
    FetchListener,
    RosterListener,
    PollListener,
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
        self.history = get_history(hass, entry.entry_id)
        self.limiter = transport.limiter
        self.anomalies = Anomalies()
        self.rest = RestClient(transport, tokens, self.anomalies)
        self.store = PresenceStore(self.anomalies)
        self.stream = EventStream(
            transport, self.rest, self, self.handle_event, self.anomalies
        )
        self.outages = OutageStatistics(dt_util.now)
        self.calls = take_dispatcher(hass, entry.entry_id)
        self.privacy = Privacy.from_options(entry.options)
        self.account_device_id: str | None = None
        self.last_event_time: datetime | None = None
        self.data = self.store.extensions
        self._tasks = BackgroundTasks(hass, entry, self.handle_credentials_refused)
        self._fetcher = SnapshotFetcher(
            hass, self.rest, self.store, self._tasks, self, self.anomalies
        )
        self._poller = FallbackPoller(self._fetcher, self._tasks, self)
        self._roster = RosterManager(
            Selection.from_options(entry.options),
            RosterLists(self.rest, self.anomalies),
            self.stream,
            self._tasks,
            self,
        )
        self._issues = IssueManager(hass, entry.entry_id)
        self._allocator = EntityAllocator(
            hass, entry, self._tasks, self.handle_allocation
        )
        self._storage = SessionStorage(
            hass,
            entry.entry_id,
            self.stream,
            self.store,
            self.calls.detector,
            self.outages,
        )
        self._link_task: asyncio.Task[None] | None = None
        self._freshness = Freshness()
        self._grants = Grants(entry.data)
        self._narrator = Narrator()
        self._is_set_up = False

    # ----------------------------------------------------------------------------------
    # Set-up and shutdown

    @override
    async def _async_setup(self) -> None:
        """Read the lists and start the link, before the first snapshot."""
        try:
            await self._roster.read()
        except RingCentralError as err:
            self.history.record_failure(Operation.SET_UP, err)
            raise update_error(err) from err
        await self._storage.restore()
        self.config_entry.async_on_unload(
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_stop)
        )
        started = Instant.now()
        self.history.record_state(self.stream.state)
        self._link_task = self.async_spawn(self.stream.run(), "link")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_TRY_TIMEOUT):
                await self.stream.tried.wait()
        if self.stream.state is not StreamState.PUSH:
            self.outages.extend(started)

    @override
    async def async_shutdown(self) -> None:
        """Close the connection, and keep what continues its session."""
        self._tasks.close()
        # A poll that is over later must not plan another.
        self.update_interval = None
        await super().async_shutdown()
        if not self._is_set_up:
            # What was replayed to it is not replayed to the next try.
            keep_dispatcher(self.hass, self.config_entry.entry_id, self.calls)
        if self._link_task is None:
            return
        self._link_task.cancel()
        await asyncio.wait([self._link_task])
        self.history.record_state(ENDED)
        await self.calls.flush()
        if not self.hass.is_stopping:
            # Over a restart they stay: who ignores one does so for good.
            self._issues.clear()
        if self._is_set_up:
            await self._storage.save()

    async def _async_stop(self, _event: Event) -> None:
        """End with Home Assistant, which does not unload, and lets timers run on."""
        await self.async_shutdown()

    @callback
    def async_start_reporting(self, _hass: HomeAssistant) -> None:
        """Report calls from now on, and first what has waited."""
        self.async_spawn(self.calls.start(), "calls")

    # ----------------------------------------------------------------------------------
    # Snapshots

    @override
    async def _async_update_data(self) -> Mapping[str, ExtensionPresence]:
        """Take a snapshot of everything.

        Beside a living link a failure means nothing, and without one the age of the
        last good snapshot decides what is shown. So nothing is raised after set-up.
        """
        gaps = self._freshness.gaps
        try:
            if self._is_set_up:
                await self._roster.refresh()
            failed = await self._fetcher.fetch(self.roster.monitored)
        except RingCentralError as err:
            self.history.record_failure(Operation.SNAPSHOT, err)
            self.stream.record_poll(successfully=False)
            if not self._is_set_up:
                raise update_error(err) from err
            if isinstance(err, AuthenticationError):
                self.handle_credentials_refused(err)
            self.logger.debug("Snapshot failed: %s", err)
            self._update_freshness()
        else:
            self._record_snapshot(gaps, failed)
        self._plan_polls()
        self.async_update_context(ACCOUNT)
        return self.store.extensions

    @callback
    def _record_snapshot(self, gaps: int, failed: Collection[str]) -> None:
        """Take note that the whole picture was right a moment ago, but for some."""
        if self._is_set_up:
            self.async_spawn(
                self.stream.subscriptions.verify(), "check of the subscription"
            )
        elif self._freshness.gaps != gaps:
            # Subscribed while this picture was taken: some events are in neither.
            self._refresh_soon()
        self._is_set_up = True
        self.history.record_snapshot()
        self._freshness.looked(gaps, failed)
        self.stream.record_poll(successfully=True)
        self._poller.confirm()
        self._update_freshness()
        self._save_soon()

    @callback
    def _save_soon(self) -> None:
        """Save how far push has come.

        Not before set-up: if that fails, nobody has heard what was replayed, and the
        next one must have it replayed again.
        """
        if self._is_set_up and self.stream.state is StreamState.PUSH:
            self._storage.save_soon()

    @callback
    @override
    def handle_snapshot(self, change: PresenceChange) -> None:
        """Take what a snapshot changed of one extension."""
        was_doubtful = self._freshness.pictured(change.extension_id)
        self.calls.apply(change)
        if change.is_visible or was_doubtful:
            self._notify(change)

    @callback
    @override
    def handle_snapshot_failed(self, extension_id: str) -> None:
        """Decide whether what is shown of an extension is too old by now."""
        if self._freshness.not_pictured(extension_id):
            self.async_update_context(extension_id)

    @callback
    @override
    def handle_snapshot_missing(self, extension_id: str) -> None:
        """Show nothing of an extension of which neither push nor REST tells."""
        if extension_id in self._poller.extension_ids:
            self.store.forget(extension_id)
            self.async_update_context(extension_id)

    @callback
    @override
    def handle_settings(self, change: PresenceChange) -> None:
        """Take what a change of settings did to the picture of one extension."""
        if change.is_visible:
            self._notify(change)

    @callback
    @override
    def handle_snapshots_end(self) -> None:
        """Report what snapshots tell of calls, once no older event can come."""
        self.async_spawn(self.calls.resolve_all(self.stream), "calls")

    async def async_set_presence(
        self, extension_id: str, update: PresenceUpdate
    ) -> None:
        """Change the presence of an extension; what is shown is what the platform made.

        Raises:
            HomeAssistantError: the platform refused, did not answer, or did not take
                everything over.

        """
        known = self.store.extensions.get(extension_id, ExtensionPresence()).presence
        if update.dnd_status not in (None, *dnd_options(known)):
            raise invalid_action("dnd_not_offered")
        update = adapt_update(update, known)
        try:
            answer = await self._fetcher.change(extension_id, update)
        except RingCentralError as err:
            self.history.record_failure(Operation.ACTION, err)
            if isinstance(err, AuthenticationError):
                self.handle_credentials_refused(err)
            raise action_error(err) from err
        if missing := find_unapplied(update, answer):
            raise failed_action("settings_not_taken_over", settings=", ".join(missing))

    # ----------------------------------------------------------------------------------
    # What the link hears

    @callback
    def handle_event(self, event: PresenceEvent | RosterEvent) -> None:
        """Apply an event."""
        self._freshness.heard(event.uuid, is_known=self.store.has_seen(event.uuid))
        match event:
            case PresenceEvent():
                self.history.events["presence"] += 1
                self.last_event_time = event.timestamp or self.last_event_time
                if (change := self.store.apply_event(event)) is not None:
                    self._notify(change)
                    is_replayed = self.stream.is_replayed(event.timestamp)
                    self.calls.apply(change, is_replayed=is_replayed)
            case RosterEvent():
                self.history.events[event.kind] += 1
                self._roster.mark_changed(event.kind)

    @callback
    def _notify(self, change: PresenceChange) -> None:
        """Tell the entities of the one extension that has changed."""
        if change.needs_refresh:
            self._fetcher.schedule(change.extension_id)
        self.async_update_context(change.extension_id)

    @callback
    @override
    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        """Compare what was granted with what was asked for."""
        self._grants.compare(requested, subscription, refusals)
        self._review_push()

    @callback
    @override
    def handle_resync(self, since: Instant | None) -> None:
        """Fetch everything: changes may have been missed."""
        self._freshness.subscribed_anew(self.stream.recovery_buffer_size)
        if since is not None:
            self.outages.extend(since)
        self.outages.end()
        self.outages.resolve(seen=False)
        self.store.forget_sequences()
        if self._is_set_up:
            self._refresh_soon()

    @callback
    @override
    def handle_recovery(self) -> None:
        """Look whether the replay was complete: its buffer is limited.

        And what is sent while our own side closes is neither heard nor replayed.
        """
        self._freshness.recovered()
        # A replay that has just begun is not judged by the timer of the one before.
        self._tasks.cancel_timer(self._check_replay)
        self._tasks.start_timer(REFETCH_AFTER, self._check_replay)

    @callback
    @override
    def handle_stream_state(self, state: StreamState) -> None:
        """Follow the link: how often to poll, what can be trusted, what to log."""
        self.history.record_state(state, self.stream.last_error)
        self._freshness.is_pushed = state is StreamState.PUSH
        if state is StreamState.PUSH:
            self._tasks.cancel_timer(self._poll)
            self.outages.end()
            self._save_soon()
            self._review_push()
            self._narrator.push_is_back()
        else:
            self._narrator.push_is_lost(self.stream.last_error)
        if state is StreamState.RECOVERING:
            self._handle_loss()
        self._update_freshness()
        self._plan_polls()
        self.async_update_context(ACCOUNT)

    @callback
    def _handle_loss(self) -> None:
        """Take note that push has been lost, since it was last heard."""
        heard = self.stream.last_message_at or Instant.now()
        self.outages.start(heard)
        # On a living connection the next subscription takes milliseconds.
        self._freshness.lost(None if self.stream.is_connected else heard)
        self._tasks.start_timer(POLL_AFTER, self._poll)

    @callback
    @override
    def handle_failure(self, error: RingCentralError) -> None:
        """Judge what came before it; tell the user what only the user can mend."""
        self.history.record_failure(Operation.LINK, error)
        self._freshness.connection_is_over(self.stream.recovery_buffer_size)
        if isinstance(error, AuthenticationError):
            self.handle_credentials_refused(error)
        self._review_push()
        self.async_update_context(ACCOUNT)

    @callback
    @override
    def handle_credentials_refused(self, error: AuthenticationError) -> None:
        """Ask the user to sign in again."""
        self.history.record_failure(Operation.SIGN_IN, error)
        self._narrator.credentials_are_refused(error)
        self.config_entry.async_start_reauth_if_available(self.hass)

    # ----------------------------------------------------------------------------------
    # What is confirmed, and how often to poll

    @property
    def unseen_today(self) -> float:
        """The seconds of today for which changes could have been missed."""
        return self.outages.unseen_today(
            hopeless=self.stream.state is not StreamState.PUSH
            and not self.stream.may_recover
        )

    def is_current(self, extension_id: str) -> bool:
        """Tell whether the picture of an extension may still be shown."""
        return (
            extension_id in self.data
            and self._freshness.is_current(extension_id)
            and self._poller.is_current(extension_id)
        )

    @property
    @override
    def is_followed(self) -> bool:
        """Whether every change since the last whole picture has been pushed."""
        return self._freshness.is_followed

    @callback
    def _update_freshness(self) -> None:
        """Decide whether the picture may still be shown, and when to look again."""
        self._tasks.cancel_timer(self._update_freshness)
        if self._freshness.judge():
            self.async_update_listeners()
        if (left := self._freshness.left) is not None:
            self._tasks.start_timer(left, self._update_freshness)

    @callback
    def _plan_polls(self) -> None:
        """Set the interval of polls for the state of the link."""
        if self._shutdown_requested:
            return
        if self._freshness.is_certain:
            self.update_interval = SAFETY_POLL
        else:
            requests = ceil(len(self.roster.monitored) / POLLED_PER_REQUEST)
            self.update_interval = POLL * max(1, requests)

    @property
    def refused_filters(self) -> tuple[RefusedFilter, ...]:
        """The filters that yield no events."""
        return self._grants.refused

    @callback
    def _review_push(self) -> None:
        """Poll those of whom nothing is pushed; say what the user can do about it."""
        refused = {refused.filter for refused in self.refused_filters}
        self._poller.change(self.roster.not_pushed(refused))
        error = self.stream.last_error
        # Before the first try is over, an issue of the last run may still be true.
        if self.stream.state is StreamState.PUSH or error is not None:
            self._issues.update(self.roster, error, self.refused_filters)

    async def async_retry_refused(self) -> None:
        """Ask now for what is refused, instead of at the next planned try.

        Raises:
            RingCentralError: there is no push, or nobody can tell.

        """
        trial = self.async_spawn(self._retry_refused(), "another try")
        await asyncio.wait([trial])
        # Cancelled if it was unloaded meanwhile.
        error = (
            ConnectionFailedError(Reason.CONNECTION_LOST)
            if trial.cancelled()
            else trial.result()
        )
        if error is not None:
            raise error

    async def _retry_refused(self) -> RingCentralError | None:
        """Return why another try failed: who wanted it may have gone."""
        try:
            await self.stream.retry_refused()
        except RingCentralError as err:
            if isinstance(err, AuthenticationError):
                self.handle_credentials_refused(err)
            return err
        return None

    # ----------------------------------------------------------------------------------
    # Who is monitored

    @property
    def roster(self) -> Roster:
        """Who is monitored."""
        return self._roster.roster

    @property
    def allocation(self) -> EntityAllocation:
        """Who of them is shown."""
        return self._allocator.allocation

    @callback
    def handle_allocation(self) -> None:
        """Show the extensions that entities were allocated to."""
        self._issues.update_allocation(self.allocation)
        self.async_update_context(None)

    async def async_change_selection(self, selection: Selection) -> None:
        """Monitor something else from now on, without a reload.

        Raises:
            RingCentralError: the platform refused; everything stays as it was.

        """
        change = self.async_spawn(self._roster.change_selection(selection), "selection")
        try:
            await asyncio.wait([change])
        except asyncio.CancelledError:
            # Who asked has gone, and will not save it.
            self.async_spawn(self._change_back(change), "selection")
            raise
        if change.cancelled():
            # Unloaded meanwhile.
            raise ConnectionFailedError(Reason.CONNECTION_LOST)
        change.result()

    async def _change_back(self, change: asyncio.Task[None]) -> None:
        """Bring a change to its end, then monitor again what the options say."""
        await asyncio.gather(change, return_exceptions=True)
        with contextlib.suppress(RingCentralError):
            await self._roster.change_selection(
                Selection.from_options(self.config_entry.options)
            )

    @callback
    @override
    def handle_lists_failed(self, error: RingCentralError) -> None:
        """Remember it for diagnostics; the lists are read again."""
        self.history.record_failure(Operation.LISTS, error)

    @callback
    @override
    def handle_list_change(self) -> None:
        """Fetch those of whom only a list has us told.

        Who left it and came back was not told of in between.
        """
        listed = self.roster.monitored - self.roster.subscribed_individually
        if listed:
            self._fetcher.schedule(*listed)

    @override
    async def handle_roster(self, former: Roster, roster: Roster) -> None:
        """Show who has joined, forget who has left."""
        self.store.monitor(roster.monitored)
        for extension_id in former.monitored - roster.monitored:
            self.calls.detector.forget(extension_id)
            self._freshness.pictured(extension_id)
        self._review_push()
        self._allocator.allocate(roster)
        self._issues.update_allocation(self.allocation)
        if not self._is_set_up:
            return
        new = roster.monitored - former.monitored
        try:
            await self._fetcher.fetch(new)
        except RingCentralError as err:
            self.logger.debug("Fetching new extensions failed: %s", err)
            self._fetcher.schedule(*new)
        self.async_update_context(None)

    @callback
    def change_privacy(self, privacy: Privacy) -> None:
        """Show more or less of other people from now on."""
        if privacy is not self.privacy:
            self.privacy = privacy
            self.async_update_listeners()

    # ----------------------------------------------------------------------------------

    @callback
    def _refresh_soon(self) -> None:
        """Take a snapshot of everything, in the background."""
        self.async_spawn(self.async_refresh(), "snapshot")

    # Each has a timer of its own, which the other must not start or cancel.

    @callback
    def _poll(self) -> None:
        self._refresh_soon()

    @callback
    def _check_replay(self) -> None:
        seen = self._freshness.verify(self.stream.recovery_buffer_size)
        self.outages.resolve(seen=seen)
        if self._is_set_up:
            self._refresh_soon()


def loaded_coordinator(
    entry: RingCentralConfigEntry | None,
) -> PresenceCoordinator | None:
    """Return who watches an account now; nobody does if it is not loaded."""
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    return entry.runtime_data
