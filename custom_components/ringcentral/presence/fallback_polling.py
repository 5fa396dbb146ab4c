"""Monitored extensions of which nothing is pushed, because the platform refuses to."""

from typing import Protocol

from homeassistant.core import callback

from ..api.exceptions import AuthenticationError, RingCentralError
from ..background import Background, BackgroundTasks
from ..const import LOGGER, POLL
from .confirmation import Confirmation
from .fetcher import SnapshotFetcher


class PollListener(Background, Protocol):
    """Who is told of these extensions."""

    @property
    def is_followed(self) -> bool:
        """Whether the others are told of by push; if not, everybody is polled anyway."""

    def async_update_context(self, context: str | None) -> None:
        """Tell the entities of an extension that they may have to change."""


class FallbackPoller:
    """Polls them once a minute while the others are pushed.

    Attributes:
        extension_ids: who they are.

    """

    def __init__(
        self, pictures: SnapshotFetcher, tasks: BackgroundTasks, listener: PollListener
    ) -> None:
        """Have none of them yet."""
        self._pictures = pictures
        self._tasks = tasks
        self._listener = listener
        self._confirmation = Confirmation()
        self.extension_ids: frozenset[str] = frozenset()

    def is_current(self, extension_id: str) -> bool:
        """Tell whether the picture of an extension does not depend on a failed poll."""
        return self._confirmation.is_current or extension_id not in self.extension_ids

    @callback
    def change(self, extension_ids: frozenset[str]) -> None:
        """Poll these from now on."""
        former, self.extension_ids = self.extension_ids, extension_ids
        if not former:
            # They have been pushed until now.
            self._confirmation.confirm()
        if not self._confirmation.is_current:
            for extension_id in former ^ extension_ids:
                self._listener.async_update_context(extension_id)
        if extension_ids:
            self._tasks.start_timer(POLL.total_seconds(), self._poll)

    @callback
    def confirm(self) -> None:
        """Take note that their picture is right at this moment."""
        self._confirmation.confirm()
        self._judge()

    @callback
    def _poll(self) -> None:
        if not self.extension_ids:
            return
        self._tasks.start_timer(POLL.total_seconds(), self._poll)
        if self._listener.is_followed:
            self._listener.async_spawn(self._fetch(), "poll without push")

    async def _fetch(self) -> None:
        try:
            await self._pictures.fetch(self.extension_ids)
        except AuthenticationError as err:
            self._listener.handle_credentials_refused(err)
        except RingCentralError as err:
            LOGGER.debug("Polling those without push failed: %s", err)
        else:
            self._confirmation.confirm()
        self._judge()

    @callback
    def _judge(self) -> None:
        if self._confirmation.judge():
            for extension_id in self.extension_ids:
                self._listener.async_update_context(extension_id)
