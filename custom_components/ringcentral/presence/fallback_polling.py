"""Polls of extensions whose event filters were rejected."""

from collections.abc import Callable

from homeassistant.core import callback

from ..background import BackgroundTasks
from ..const import POLL_INTERVAL
from .fetcher import SnapshotFetcher


class FallbackPoller:
    """Polls the extensions without live updates, unless all extensions are polled."""

    def __init__(
        self,
        fetcher: SnapshotFetcher,
        tasks: BackgroundTasks,
        is_followed: Callable[[], bool],
    ) -> None:
        """Initialize without extensions."""
        self._fetcher = fetcher
        self._tasks = tasks
        self._is_followed = is_followed
        self._extension_ids: frozenset[str] = frozenset()

    @callback
    def update(self, extension_ids: frozenset[str]) -> None:
        """Poll these extensions from now on."""
        self._extension_ids = extension_ids
        if extension_ids:
            self._tasks.start_timer(POLL_INTERVAL.total_seconds(), self._poll)

    @callback
    def _poll(self) -> None:
        if not self._extension_ids:
            return
        self._tasks.start_timer(POLL_INTERVAL.total_seconds(), self._poll)
        if self._is_followed():
            self._tasks.spawn(self._fetcher.fetch(self._extension_ids), "fallback poll")
