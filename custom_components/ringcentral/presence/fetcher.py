"""Request snapshots by REST and apply them to the store."""

import asyncio
from collections import deque
from collections.abc import Collection
from typing import Final, Protocol

from homeassistant.core import HomeAssistant, callback

from ..api.anomalies import Anomalies
from ..api.clock import Instant, LoopYielder
from ..api.exceptions import AuthenticationError, RingCentralError, TemporaryError
from ..api.models.presence import Presence, PresenceUpdate, Snapshot
from ..api.rest import RestClient
from ..background import BackgroundTasks
from ..const import COLLECT_FOR, REFETCH_INTERVAL, REFETCH_INTERVAL_AT_MOST
from .long_rings import LongRingChecker
from .merge import with_calls_of
from .models import PresenceChange
from .store import PresenceStore, SnapshotWriter

_REFETCHES_AT_ONCE: Final = 3


class SnapshotListener(Protocol):
    """Receives the results of requests for snapshots."""

    def handle_snapshot(self, change: PresenceChange) -> None:
        """Handle a snapshot of an extension, whether it changed something or not."""

    def handle_snapshot_missing(self, extension_id: str) -> None:
        """Handle an extension whose presence cannot be read."""

    def handle_snapshots_end(self) -> None:
        """Handle the end of a request."""


class SnapshotFetcher:
    """Requests snapshots and changes of settings; its methods raise RingCentralError."""

    def __init__(
        self,
        hass: HomeAssistant,
        rest: RestClient,
        store: PresenceStore,
        tasks: BackgroundTasks,
        listener: SnapshotListener,
        anomalies: Anomalies,
    ) -> None:
        """Initialize the fetcher."""
        self._loop = hass.loop
        self._rest = rest
        self._store = store
        self._tasks = tasks
        self._listener = listener
        self._anomalies = anomalies
        self._fetch_lock = asyncio.Lock()
        self._change_lock = asyncio.Lock()
        self._scheduled: set[str] = set()
        # Times of the last refreshes: some may follow each other at once.
        self._refetched_at: deque[float] = deque(maxlen=_REFETCHES_AT_ONCE)
        self._interval = REFETCH_INTERVAL
        self.long_rings = LongRingChecker(self.schedule, store, tasks)

    async def fetch(self, extension_ids: Collection[str]) -> bool:
        """Request snapshots; return whether none has to be requested again."""
        if not extension_ids:
            return True
        # One at a time: an older snapshot must not be applied after a newer one.
        async with self._fetch_lock:
            is_complete = await self._fetch(extension_ids)
        self._listener.handle_snapshots_end()
        return is_complete

    async def _fetch(self, extension_ids: Collection[str]) -> bool:
        with self._store.snapshot() as snapshots:
            presences = await self._rest.bulk_presence(extension_ids)
            arrived_at = Instant.now()
            self._store.unreadable.difference_update(presences.snapshots)
            yielder = LoopYielder()
            for snapshot in presences.snapshots.values():
                change = snapshots.apply(snapshot, confirmed_at=arrived_at)
                if change is not None:
                    self._listener.handle_snapshot(change)
                await yielder.yield_if_due()
        failed = []
        for extension_id, err in presences.failed.items():
            self._anomalies.count("extension without presence", detail=str(err.status))
            if isinstance(err, TemporaryError):
                failed.append(extension_id)
            else:
                snapshots.mark_unreadable(extension_id)
                self._listener.handle_snapshot_missing(extension_id)
            await yielder.yield_if_due()
        if failed:
            self._retry(failed)
        return not failed

    async def change(
        self, extension_id: str, update: PresenceUpdate
    ) -> tuple[Presence, PresenceChange | None]:
        """Change settings of an extension; return the platform's answer and its effect."""
        # In the order of the answers, but without waiting for a fetch, which may itself
        # wait for a rate-limit slot.
        async with self._change_lock:
            with self._store.snapshot() as snapshots:
                answer = await self._rest.update_presence(extension_id, update)
                change = self._apply_settings(snapshots, extension_id, answer)
        return answer.presence, change

    @callback
    def _apply_settings(
        self, snapshots: SnapshotWriter, extension_id: str, answer: Snapshot
    ) -> PresenceChange | None:
        """Apply an answer that has no list of calls and does not count as a snapshot."""
        if (known := self._store.extensions.get(extension_id)) is None:
            return None
        status = answer.presence.telephony_status
        if status not in (None, known.presence.telephony_status):
            # An event is late or was lost.
            self.schedule(extension_id)
        presence = with_calls_of(answer.presence, known.presence)
        change = snapshots.apply(
            Snapshot(
                extension_id=extension_id,
                presence=presence,
                taken_at=known.snapshot_time,
            )
        )
        self._store.keep_settings(extension_id)
        return change

    @callback
    def schedule(self, *extension_ids: str) -> None:
        """Schedule a debounced refresh of these extensions."""
        self._scheduled.update(extension_ids)
        delay = 0.0
        if len(self._refetched_at) == _REFETCHES_AT_ONCE:
            earliest = self._refetched_at[0] + _REFETCHES_AT_ONCE * self._interval
            delay = earliest - self._loop.time()
        self._tasks.start_timer(max(COLLECT_FOR, delay), self._refetch)

    @callback
    def _retry(self, extension_ids: Collection[str]) -> None:
        self.schedule(*extension_ids)
        self._interval = min(2 * self._interval, REFETCH_INTERVAL_AT_MOST)

    @callback
    def _refetch(self) -> None:
        self._refetched_at.append(self._loop.time())
        self._tasks.spawn(self._fetch_scheduled(), "refresh of some extensions")

    async def _fetch_scheduled(self) -> None:
        scheduled, self._scheduled = self._scheduled, set()
        try:
            if await self.fetch(scheduled & self._store.monitored):
                self._interval = REFETCH_INTERVAL
        except RingCentralError as err:
            if not isinstance(err, AuthenticationError):
                self._retry(scheduled)
            raise
