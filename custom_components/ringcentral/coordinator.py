"""Data update coordinator of an account."""

import asyncio
from collections.abc import Iterable, Mapping, Set as AbstractSet
import contextlib
from datetime import datetime
from functools import partial
from typing import Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback

from .api.anomalies import Anomalies
from .api.auth import TokenSource
from .api.clock import Instant
from .api.event_stream import StreamState
from .api.exceptions import RingCentralError
from .api.models.notifications import LostEvent, RosterEvent, StreamEvent
from .api.rest import RestClient
from .api.transport import Transport
from .calls.dispatcher import keep_dispatcher, take_dispatcher
from .connection.history import ENDED, Operation
from .connection.monitor import ConnectionListener, ConnectionMonitor
from .const import (
    CONF_MORE_SENSORS,
    CONF_ON_THE_PHONE,
    HELD_AT_MOST,
    SAFETY_POLL_INTERVAL,
)
from .context_coordinator import ContextCoordinator
from .exceptions import update_error
from .issues import IssueManager
from .presence.fallback_polling import FallbackPoller
from .presence.fetcher import SnapshotFetcher, SnapshotListener
from .presence.models import ALL_ASPECTS, CALLS, ExtensionPresence, PresenceChange
from .presence.store import PresenceStore
from .presence.updater import SettingsUpdater
from .privacy import Privacy
from .roster.entity_allocation import EntityAllocation, EntityAllocator
from .roster.manager import RosterManager, unread_roster
from .roster.models import Roster, Selection, change_context

type RingCentralConfigEntry = ConfigEntry[PresenceCoordinator]

# Listener contexts: of the entities of the account, and of snapshots of all extensions.
ACCOUNT: Final = "account"
REFRESHED: Final = "refreshed"
# Set-up waits this long for the first connection, in seconds, and continues without it.
_FIRST_TRY_TIMEOUT: Final = 5.0


class PresenceCoordinator(
    ContextCoordinator[Mapping[str, ExtensionPresence]],
    ConnectionListener,
    SnapshotListener,
):
    """Coordinate presence of all monitored extensions.

    Listeners use the extension id, `ACCOUNT` or None (roster changes) as context.
    """

    config_entry: RingCentralConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: RingCentralConfigEntry,
        transport: Transport,
        tokens: TokenSource,
    ) -> None:
        """Initialize the coordinator; the connection starts with the first refresh."""
        super().__init__(hass, entry, SAFETY_POLL_INTERVAL)
        self.limiter = transport.limiter
        anomalies = self.anomalies = Anomalies()
        self.rest = RestClient(transport, tokens, anomalies)
        self.store = PresenceStore(anomalies)
        # Always the same mapping, updated in place; so is `stale`.
        self.data = self.store.extensions
        self.calls = take_dispatcher(hass, entry.entry_id)
        self.privacy = Privacy.from_options(entry.options)
        self.more_sensors = bool(entry.options.get(CONF_MORE_SENSORS))
        self.on_the_phone = bool(entry.options.get(CONF_ON_THE_PHONE))
        self.last_event_time: datetime | None = None
        self.monitor = ConnectionMonitor(
            hass, entry, transport, self.rest, self.store, self.calls, anomalies, self
        )
        self.stale: AbstractSet[str] = self.monitor.stale
        self._tasks = self.monitor.tasks
        self.stream = self.monitor.stream
        self.history = self.monitor.history
        self._fetcher = SnapshotFetcher(
            hass, self.rest, self.store, self._tasks, self, anomalies
        )
        self.settings = SettingsUpdater(
            hass,
            self._fetcher,
            self.store,
            self._notify,
            record_failure=partial(self.monitor.record_failure, Operation.ACTION),
        )
        self._poller = FallbackPoller(
            self._fetcher, self._tasks, lambda: self.monitor.is_followed
        )
        self._roster = RosterManager(
            unread_roster(entry),
            self.rest,
            self.stream,
            self._tasks,
            anomalies,
            handle_roster=self._handle_roster,
            refresh=self._fetcher.schedule,
            record_failure=partial(self.history.record_failure, Operation.LISTS),
        )
        self._stream_task: asyncio.Task[object] | None = None
        self._issues = IssueManager(hass, entry.entry_id)
        self._allocator = EntityAllocator(
            hass, entry, self._tasks, self._handle_allocation
        )

    # Set-up and shutdown

    @override
    async def _async_setup(self) -> None:
        await self._allocator.counter.read()
        try:
            await self._roster.read()
        except RingCentralError as err:
            self.history.record_failure(Operation.SET_UP, err)
            raise update_error(err) from err
        self.config_entry.async_on_unload(
            # Home Assistant does not unload config entries when it stops.
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self.async_shutdown)
        )
        await self.monitor.storage.restore()
        self.calls.on_sent = self.monitor.storage.save_soon
        started = Instant.now()
        self.history.record_state(self.stream.state)
        self._stream_task = self._tasks.spawn(self.stream.run(), "event stream")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_TRY_TIMEOUT):
                await self.stream.tried.wait()
        if self.stream.state is not StreamState.PUSH:
            self.monitor.outages.extend(started)

    @override
    async def async_shutdown(self, _event: Event | None = None) -> None:
        if self._shutdown_requested:
            return
        self._tasks.close()
        # A poll that ends later must not schedule another.
        self.update_interval = None
        await super().async_shutdown()
        if not self.calls.is_sending:
            # Events that were replayed are not replayed to the next set-up.
            keep_dispatcher(self.hass, self.config_entry.entry_id, self.calls)
        if self._stream_task is None:
            return
        await asyncio.wait([self._stream_task])
        self.history.record_state(ENDED)
        await self.calls.flush()
        if not self.hass.is_stopping:
            # Kept over a restart, since an issue may have been ignored by the user.
            self._issues.clear()
        await self.monitor.storage.save()

    @callback
    def async_start_reporting(self, _hass: HomeAssistant) -> None:
        """Report call events from now on, beginning with those that have waited."""
        self._tasks.spawn(self.calls.start(), "calls")

    # Events of the stream

    @callback
    @override
    def handle_event(self, event: StreamEvent) -> None:
        if isinstance(event, LostEvent):
            self.schedule_refresh(self.store.record_loss(event.extension_id))
            return
        if isinstance(event, RosterEvent):
            self.history.events[event.kind] += 1
            self._roster.mark_changed(event.kind)
            self.async_update_context(change_context(event.kind, event.resource_id))
            return
        self.history.events["presence"] += 1
        self.last_event_time = event.timestamp or self.last_event_time
        is_replayed = self.stream.is_replayed(event.timestamp)
        connected_at = self.stream.connected_at if is_replayed else None
        if (change := self.store.apply_event(event, connected_at)) is not None:
            # Sensors first: an automation started by a call uses their states.
            self._notify(change, change.aspects)
            self.calls.apply(change, is_replayed=is_replayed)
        if event.is_damaged:
            self.schedule_refresh([event.extension_id])
        self.monitor.storage.save_soon()

    @callback
    @override
    def schedule_refresh(self, extension_ids: Iterable[str]) -> None:
        if known := self.store.monitored.intersection(extension_ids):
            self._fetcher.schedule(*known)

    @callback
    def _notify(self, change: PresenceChange, aspects: int) -> None:
        if change.needs_refresh:
            self._fetcher.schedule(change.extension_id)
        if aspects & CALLS:
            self._fetcher.long_rings.observe(change.extension_id, change.after)
        self.async_update_context(change.extension_id, aspects)

    @callback
    @override
    def handle_connection(self) -> None:
        if self._shutdown_requested:
            return
        self.update_interval = self.monitor.poll_interval
        self._poller.update(self.monitor.not_pushed)
        error = self.stream.last_error
        # Until the first try is over, an issue of the last run may still be true.
        if self.stream.state is StreamState.PUSH or error is not None:
            self._issues.update(
                self.roster,
                error,
                self.monitor.refused_filters,
                has_second_instance=self.monitor.has_second_instance,
            )
        self.async_update_context(ACCOUNT)

    def is_current(self, extension_id: str) -> bool:
        """Return whether the presence of an extension is known and current."""
        return extension_id in self.data and extension_id not in self.stale

    # Snapshots

    @override
    async def _async_update_data(self) -> Mapping[str, ExtensionPresence]:
        # Nothing is raised after set-up: freshness decides what is shown.
        is_set_up = self.monitor.has_snapshot
        try:
            if is_set_up:
                await self._roster.refresh()
            requested_at = Instant.now()
            await self._fetcher.fetch(self.roster.monitored)
        except RingCentralError as err:
            self.stream.record_poll(successfully=False)
            if not is_set_up:
                self.history.record_failure(Operation.SNAPSHOT, err)
                raise update_error(err) from err
            self.logger.debug("Snapshot failed: %s", err)
            self.monitor.record_failure(Operation.SNAPSHOT, err)
            self.monitor.update_freshness()
        else:
            self.monitor.record_snapshot(requested_at)
            self.async_update_context(REFRESHED)
        self.handle_connection()
        return self.store.extensions

    @callback
    @override
    def handle_snapshot(self, change: PresenceChange) -> None:
        was_stale = change.extension_id in self.monitor.stale
        self.monitor.stale.discard(change.extension_id)
        self.calls.apply(change)
        if aspects := ALL_ASPECTS if was_stale else change.aspects:
            self._notify(change, aspects)

    @callback
    @override
    def handle_snapshot_missing(self, extension_id: str) -> None:
        if extension_id in self.monitor.not_pushed:
            # Neither push nor REST has its presence.
            self.store.forget(extension_id)
        if extension_id not in self.data:
            self.async_update_context(extension_id)

    @callback
    @override
    def handle_snapshots_end(self) -> None:
        self.monitor.update_freshness()
        if not self._shutdown_requested:
            self._tasks.spawn(self.calls.resolve_all(self.stream), "calls")

    # Roster

    @callback
    def change_queues(self, queue_ids: frozenset[str]) -> None:
        """Follow other call queues."""
        self._roster.change_queues(queue_ids)

    @property
    def roster(self) -> Roster:
        """Monitored extensions."""
        return self._roster.roster

    @property
    def allocation(self) -> EntityAllocation:
        """Extensions that have entities."""
        return self._allocator.allocation

    @callback
    def _handle_allocation(self) -> None:
        self._issues.update_allocation(self.allocation)
        self.async_update_without_context()

    async def async_change_selection(self, selection: Selection) -> None:
        """Monitor another selection without a reload, or raise RingCentralError."""
        try:
            await self._tasks.run_shielded(
                self._roster.change_selection(selection), "selection"
            )
        except asyncio.CancelledError:
            # The caller is gone and will not save the selection.
            saved = Selection.from_options(self.config_entry.options)
            self._tasks.spawn(self._roster.change_selection(saved), "selection")
            raise

    async def _handle_roster(self, former: Roster, roster: Roster) -> None:
        self.store.monitor(roster.monitored)
        for extension_id in former.monitored - roster.monitored:
            self.calls.detector.forget(extension_id)
        self.monitor.update_roster(roster)
        self.handle_connection()
        self._allocator.allocate(roster)
        self._issues.update_allocation(self.allocation)
        if not self.monitor.has_snapshot:
            return
        added = roster.monitored - former.monitored
        self.calls.hold(added & self.allocation.shown)
        self._tasks.start_timer(HELD_AT_MOST, self.async_update_without_context)
        try:
            await self._fetcher.fetch(added)
        except RingCentralError as err:
            self.logger.debug("Requesting added extensions failed: %s", err)
            self._fetcher.schedule(*added)
        self.async_update_without_context()

    @callback
    def change_privacy(self, privacy: Privacy) -> None:
        """Apply another privacy level to all entities."""
        if privacy is not self.privacy:
            self.privacy = privacy
            self.async_update_listeners()


def loaded_coordinator(
    entry: RingCentralConfigEntry | None,
) -> PresenceCoordinator | None:
    """Return the coordinator of a config entry, or None if it is not loaded."""
    is_loaded = entry is not None and entry.state is ConfigEntryState.LOADED
    return entry.runtime_data if entry and is_loaded else None
