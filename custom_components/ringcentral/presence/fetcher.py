"""Fetching pictures of extensions by REST, and applying them to the book."""

import asyncio
from collections.abc import Collection
from typing import Protocol

from homeassistant.core import HomeAssistant, callback

from ..api.anomalies import Anomalies
from ..api.clock import LoopYielder
from ..api.exceptions import AuthenticationError, RingCentralError, TemporaryError
from ..api.models.presence import Presence, Snapshot
from ..api.rest import PresenceUpdate, RestClient
from ..background import Background, BackgroundTasks
from ..const import LOGGER, REFETCH_AFTER, REFETCH_INTERVAL, REFETCH_INTERVAL_AT_MOST
from .merge import with_calls_of
from .models import PresenceChange
from .store import PresenceStore, SnapshotWriter


class FetchListener(Background, Protocol):
    """Who is told what was fetched."""

    def handle_snapshot(self, change: PresenceChange) -> None:
        """Take what a snapshot changed, if only nothing."""

    def handle_settings(self, change: PresenceChange) -> None:
        """Take what a change of settings did to a picture, if only nothing."""

    def handle_snapshot_failed(self, extension_id: str) -> None:
        """Take note that the picture could not be had; it will be fetched again."""

    def handle_snapshot_missing(self, extension_id: str) -> None:
        """Take note that the platform does not tell of this extension."""

    def handle_snapshots_end(self) -> None:
        """Take note that all snapshots of a fetch have been applied."""


class SnapshotFetcher:
    """Fetches pictures: all, some, or soon those that are incomplete."""

    def __init__(
        self,
        hass: HomeAssistant,
        rest: RestClient,
        book: PresenceStore,
        tasks: BackgroundTasks,
        listener: FetchListener,
        anomalies: Anomalies,
    ) -> None:
        """Fetch nothing yet."""
        self._loop = hass.loop
        self._rest = rest
        self._book = book
        self._tasks = tasks
        self._listener = listener
        self._anomalies = anomalies
        self._lock = asyncio.Lock()
        self._changing = asyncio.Lock()
        self._incomplete: set[str] = set()
        self._refetched_at = 0.0
        self._pause = REFETCH_INTERVAL

    async def fetch(self, extension_ids: Collection[str]) -> Collection[str]:
        """Fetch pictures now; return whose could not be had, and will be fetched later.

        Raises:
            RingCentralError: nothing could be fetched.

        """
        if not extension_ids:
            return ()
        # One after another: an older snapshot must not be applied after a newer one.
        async with self._lock:
            failed = await self._fetch(extension_ids)
        self._listener.handle_snapshots_end()
        return failed

    async def _fetch(self, extension_ids: Collection[str]) -> Collection[str]:
        with self._book.snapshot() as snapshots:
            presences = await self._rest.bulk_presence(extension_ids)
            turns = LoopYielder()
            for snapshot in presences.snapshots.values():
                if (change := snapshots.apply(snapshot)) is not None:
                    self._listener.handle_snapshot(change)
                await turns.yield_if_due()
        failed = []
        for extension_id, err in presences.failed.items():
            self._anomalies.count("extension without presence", detail=str(err.status))
            if isinstance(err, TemporaryError):
                failed.append(extension_id)
            else:
                self._listener.handle_snapshot_missing(extension_id)
        if failed:
            self._fetch_again(failed)
        return failed

    async def change(self, extension_id: str, update: PresenceUpdate) -> Presence:
        """Change settings of an extension; return and apply the platform's answer.

        Raises:
            RingCentralError: the platform refused, or did not answer.

        """
        # One after another, in the order of the answers; but they wait for no fetch,
        # which may be waiting for its turn itself.
        async with self._changing:
            with self._book.snapshot() as snapshots:
                answer = await self._rest.update_presence(extension_id, update)
                self._apply_settings(snapshots, extension_id, answer)
        return answer.presence

    @callback
    def _apply_settings(
        self, snapshots: SnapshotWriter, extension_id: str, answer: Snapshot
    ) -> None:
        """Apply an answer to a change.

        It lists no calls, so they stay as they are, and so does the time from which on
        events count. If it knows of others, an event is late or lost: a look tells.
        """
        if (known := self._book.extensions.get(extension_id)) is None:
            return
        status = answer.presence.telephony_status
        if status not in (None, known.presence.telephony_status):
            self.schedule(extension_id)
        presence = with_calls_of(answer.presence, known.presence)
        change = snapshots.apply(
            Snapshot(
                extension_id=extension_id,
                presence=presence,
                taken_at=known.snapshot_time,
            )
        )
        if change is not None:
            self._book.keep_settings(extension_id)
            self._listener.handle_settings(change)

    @callback
    def schedule(self, *extension_ids: str) -> None:
        """Fetch these pictures soon, together with others and not too often."""
        self._incomplete.update(extension_ids)
        rest = self._refetched_at + self._pause - self._loop.time()
        self._tasks.start_timer(max(REFETCH_AFTER, rest), self._refetch)

    @callback
    def _fetch_again(self, extension_ids: Collection[str]) -> None:
        """Fetch these pictures once more, less often with each failure."""
        self.schedule(*extension_ids)
        self._pause = min(2 * self._pause, REFETCH_INTERVAL_AT_MOST)
        for extension_id in extension_ids:
            self._listener.handle_snapshot_failed(extension_id)

    @callback
    def _refetch(self) -> None:
        self._refetched_at = self._loop.time()
        self._listener.async_spawn(self._fetch_incomplete(), "refetch")

    async def _fetch_incomplete(self) -> None:
        incomplete, self._incomplete = self._incomplete, set()
        try:
            if not await self.fetch(incomplete & self._book.monitored):
                self._pause = REFETCH_INTERVAL
        except AuthenticationError as err:
            self._listener.handle_credentials_refused(err)
        except RingCentralError as err:
            LOGGER.debug("Fetching incomplete pictures failed: %s", err)
            self._fetch_again(incomplete)
