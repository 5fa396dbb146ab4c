"""Storage of what outlives a restart, or a kill: saved as it changes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from msgspec import MsgspecError, convert, json, structs

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api.clock import Instant
from ..api.event_stream import EventStream, StreamState
from ..api.models.gateway import SessionContext
from ..api.recovery import Session
from ..calls.dispatcher import CallEventDispatcher
from ..const import DOMAIN, LOGGER
from ..presence.store import PresenceStore
from .outages import OutageStatistics
from .stored_counts import decode_counts, encode_counts
from .stored_state import (
    StoredSession,
    StoredState,
    StoredTotals,
    decode_calls,
    decode_sequences,
    encode_calls,
)

_VERSION: Final = 1
# Minimum interval between writes in seconds. What a kill makes Home Assistant report twice,
# or count as unseen, is what came after the last one.
SAVE_INTERVAL: Final = 2.0
# Larger than any file that is written here; not even read.
MAX_FILE_SIZE: Final = 16 * 1024 * 1024


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    # Private: together with the entry's credentials, the token continues the session. The
    # file is replaced as a whole, but without waiting for the disk at each event.
    return Store(
        hass,
        _VERSION,
        f"{DOMAIN}.{entry_id}",
        private=True,
        serialize_in_event_loop=False,
    )


async def async_remove_stored_state(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the file of an entry."""
    with suppress(OSError):
        await _store(hass, entry_id).async_remove()


class SessionStorage:
    """Saves the state of a run, and restores it in the next one.

    Nothing is saved before call events are sent: until then, the next run must begin where
    the last one ended.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        encryption: Fernet,
        stream: EventStream,
        presences: PresenceStore,
        calls: CallEventDispatcher,
        outages: OutageStatistics,
    ) -> None:
        """Initialize the storage; call `restore` before anything is saved."""
        self._hass = hass
        self._encryption = encryption
        self._stream = stream
        self._presences = presences
        self._calls = calls
        self._outages = outages
        self._store = _store(hass, entry_id)
        self._saved_at: Instant | None = None
        # Last message before the saved state.
        self._saved_message_at: Instant | None = None
        self._cancel_write: CALLBACK_TYPE | None = None
        self._stop_watching: CALLBACK_TYPE | None = None
        self._is_closed = False

    async def restore(self) -> None:
        """Restore the state of the last run, if a usable one is stored."""
        try:
            stored = await self._load()
            totals = stored.totals.to_totals()
        except Exception as err:  # noqa: BLE001 - a damaged file costs its content only
            LOGGER.debug(
                "Nothing usable is stored from an earlier run (%s)", type(err).__name__
            )
            return
        self._outages.restore(totals)
        offline = dt_util.utcnow() - stored.seen_until
        self._outages.add_offline(offline.total_seconds())
        self._outages.extend(Instant.now())
        if (session := stored.session) is not None:
            context = SessionContext(session.token, session.sequence)
            self._stream.resume(Session(context, session.subscription_id))
        sequences = self._decrypted("sequences", stored.sequences, decode_sequences)
        self._presences.restore(stored.uuids, sequences or {})
        decode = partial(decode_calls, stored_at=stored.seen_until)
        calls = self._decrypted("calls", stored.calls, decode) or {}
        counts = self._decrypted("counts", stored.counts, decode_counts)
        if counts is not None:
            self._calls.counts.restore(counts)
        # Calls of an extension that is not monitored any more would never end.
        monitored = self._presences.monitored
        self._calls.detector.resume(
            {i: calls[i] for i in calls if i in monitored},
            is_complete=not stored.is_running,
        )
        if any(calls.values()) and not stored.is_running:
            # This run may be killed before it saves anything.
            await self._save(structs.replace(stored, is_running=True).to_json)

    async def _load(self) -> StoredState:
        path = Path(self._store.path)
        if await self._hass.async_add_executor_job(path.is_dir):
            # Each write would fail.
            self._store.make_read_only()
            LOGGER.warning("%s is a folder: nothing is stored across restarts", path)
            raise IsADirectoryError
        if await self._hass.async_add_executor_job(_size, path) > MAX_FILE_SIZE:
            raise ValueError("File too large")
        return convert(await self._store.async_load(), StoredState)

    def _decrypted[T](
        self, what: str, text: str, decode: Callable[[bytes], T]
    ) -> T | None:
        if not text:
            return None
        try:
            return decode(self._encryption.decrypt(text))
        except (InvalidToken, MsgspecError, ValueError) as err:
            LOGGER.debug(
                "No usable %s are stored from an earlier run (%s)",
                what,
                type(err).__name__,
            )
            return None

    @callback
    def save_soon(self, _now: datetime | None = None) -> None:
        """Save the state, now or as soon as the interval is over."""
        if self._is_closed or self._cancel_write or self._calls.has_unsent:
            return
        passed = SAVE_INTERVAL if self._saved_at is None else self._saved_at.age
        self._cancel_write = async_call_later(
            self._hass,
            max(0.0, SAVE_INTERVAL - passed),
            HassJob(self._write, "ringcentral state", cancel_on_shutdown=True),
        )
        if self._stop_watching is None:
            self._stop_watching = async_track_time_interval(
                self._hass,
                self._save_if_alive,
                timedelta(seconds=SAVE_INTERVAL),
                name="ringcentral state",
                cancel_on_shutdown=True,
            )

    @callback
    def _save_if_alive(self, _now: datetime) -> None:
        # Each message proves that the connection was alive until then.
        if self._last_message_at != self._saved_message_at:
            self.save_soon()

    @callback
    def _write(self, _now: datetime) -> None:
        self._cancel_write = None
        if self._calls.has_unsent:
            # Saved once they are sent.
            return
        self._saved_at = Instant.now()
        self._store.async_delay_save(self._state(is_running=True))

    async def save(self) -> None:
        """Save the state at the end of this run; nothing is saved after that."""
        self._is_closed = True
        for cancel in (self._cancel_write, self._stop_watching):
            if cancel is not None:
                cancel()
        if self._calls.is_sending:
            await self._save(self._state(is_running=False))

    async def _save(self, encode: Callable[[], dict[str, Any]]) -> None:
        async def save() -> None:
            data = await self._hass.async_add_executor_job(encode)
            await self._store.async_save(data)

        # A write that is cancelled continues in its thread, and may overtake the next.
        await asyncio.wait([self._hass.async_create_task(save())])

    @property
    def _last_message_at(self) -> Instant | None:
        # Without a subscription nothing is certain, whatever arrives.
        is_pushed = self._stream.state is StreamState.PUSH
        return self._stream.last_message_at if is_pushed else None

    def _state(self, *, is_running: bool) -> Callable[[], dict[str, Any]]:
        """Return a function that encodes the present state, in any thread."""
        # The connection may be dead: nothing is certain after the last message.
        self._saved_message_at = last = self._last_message_at
        age = timedelta(seconds=0.0 if last is None else last.age)
        session = self._stream.session
        reported = self._calls.detector.reported
        sequences = self._presences.recent_sequences
        counts = self._calls.counts.state
        now = dt_util.utcnow()
        state = StoredState(
            session=None
            if session is None
            else StoredSession(
                session.context.token, session.context.sequence, session.subscription_id
            ),
            seen_until=now - age,
            calls="",
            uuids=list(self._presences.recent_uuids),
            totals=StoredTotals.from_totals(self._outages.totals),
            is_running=is_running,
        )

        def encode() -> dict[str, Any]:
            calls = self._encrypted(encode_calls(reported))
            return structs.replace(
                state,
                calls=calls,
                counts=self._encrypted(encode_counts(counts, now)),
                sequences=self._encrypted(json.encode(sequences) if sequences else b""),
            ).to_json()

        return encode

    def _encrypted(self, text: bytes) -> str:
        return self._encryption.encrypt(text).decode() if text else ""


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0
