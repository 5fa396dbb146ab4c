"""Going on after a restart where the last run ended."""

from datetime import timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api.clock import Instant
from ..api.event_stream import EventStream, StreamState
from ..calls.detector import CallEventDetector
from ..presence.store import PresenceStore
from .outages import OutageStatistics
from .store import StateStore, StoredState


class SessionStorage:
    """Saves what outlives a run, and gives it back to the parts that it comes from."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        link: EventStream,
        book: PresenceStore,
        log: CallEventDetector,
        interruptions: OutageStatistics,
    ) -> None:
        """Save nothing before `resume`: it would replace what is there."""
        self._link = link
        self._book = book
        self._log = log
        self._interruptions = interruptions
        self._store = StateStore(hass, entry_id)

    async def restore(self) -> None:
        """Go on where the last run ended."""
        if (stored := await self._store.load()) is not None:
            away = dt_util.utcnow() - stored.seen_until
            self._interruptions.restore(stored.totals)
            self._interruptions.add_offline(away.total_seconds())
            self._interruptions.extend(Instant.now())
            if stored.session is not None:
                self._link.resume(stored.session)
            self._book.restore(stored.uuids)
            if stored.calls is not None:
                # Who has left since would be remembered for ever.
                self._log.resume(
                    {
                        extension_id: calls
                        for extension_id, calls in stored.calls.items()
                        if extension_id in self._book.monitored
                    }
                )

    @callback
    def save_soon(self) -> None:
        """Save how far this run has come, for the case that it is killed."""
        self._store.save_soon(self._state)

    async def save(self) -> None:
        """Save the end of this run."""
        await self._store.save(self._state(ended=True))

    def _state(self, *, ended: bool = False) -> StoredState:
        """Return what is to outlive this run.

        Push is certain only until it was heard last: the connection may be dead.
        Calls are known only to a run that has ended: others go on after the write.
        """
        link = self._link
        heard = link.last_message_at if link.state is StreamState.PUSH else None
        age = timedelta(seconds=0.0 if heard is None else heard.age)
        return StoredState(
            session=link.session,
            seen_until=dt_util.utcnow() - age,
            calls=dict(self._log.reported) if ended else None,
            uuids=self._book.recent_uuids,
            totals=self._interruptions.totals,
        )
