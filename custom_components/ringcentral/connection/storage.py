"""Storage of what outlives a restart; ids and states only, nothing personal."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Self, override

from msgspec import UNSET, Meta, Struct, UnsetType, convert, structs, to_builtins

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api.clock import Instant
from ..api.event_stream import EventStream, StreamState
from ..api.models.base import Time
from ..api.models.gateway import SessionContext
from ..api.models.presence import ActiveCall
from ..api.recovery import Session
from ..calls.detector import CallEventDetector
from ..calls.durations import CallTimer, Phase, TimedCall
from ..calls.lifecycle import CallDurations
from ..const import DOMAIN, LOGGER
from ..presence.store import PresenceStore
from .outages import OutageStatistics, Totals

_VERSION: Final = 1
# Each further request to save within this time postpones the write.
_SAVE_AFTER: Final = 1.0

# Home Assistant writes times as the former versions did.
_KEPT_TYPES: Final = (datetime,)

type _Seconds = Annotated[float, Meta(ge=0)]
type _Count = Annotated[int, Meta(ge=0)]


class _Stored(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what is stored; anything of another shape is refused."""


class StoredSession(_Stored, frozen=True):
    """What continues the subscription."""

    token: str
    sequence: int
    subscription_id: str

    @override
    def __repr__(self) -> str:
        # Without the token.
        return f"StoredSession(sequence={self.sequence})"


class StoredTimes(_Stored, frozen=True):
    """How long a call has been in each phase."""

    ringing: _Seconds | None
    talking: _Seconds | None
    held: _Seconds | None
    phase: Phase | None
    since: Time | None


class StoredCall(_Stored, frozen=True):
    """What identifies a call, and its state."""

    id: str | None
    session_id: str | None
    telephony_session_id: str | None
    party_id: str | None
    direction: str | None
    telephony_status: str | None
    queue_call: bool | None
    start_time: Time | None
    # Earlier versions did not store it.
    times: StoredTimes | UnsetType = UNSET

    @classmethod
    def from_call(cls, timed: TimedCall) -> Self:
        """Return the stored form of a call."""
        call, (past, phase, since) = timed
        return cls(
            id=call.id,
            session_id=call.session_id,
            telephony_session_id=call.telephony_session_id,
            party_id=call.party_id,
            direction=call.direction and str(call.direction),
            telephony_status=call.telephony_status and str(call.telephony_status),
            queue_call=call.queue_call,
            start_time=call.start_time,
            times=StoredTimes(past.ringing, past.talking, past.held, phase, since),
        )

    def to_call(self) -> TimedCall:
        """Return the call; raise ValueError if its direction or status is none."""
        call = convert(self, ActiveCall, from_attributes=True)
        if (times := self.times) is UNSET:
            return TimedCall(call, CallTimer())
        past = CallDurations(times.ringing, times.talking, times.held)
        return TimedCall(call, CallTimer(past, times.phase, times.since))


class StoredTotals(_Stored, frozen=True):
    """Totals of the outages."""

    count: _Count
    last_loss: Time | None
    day: str
    unseen: _Seconds
    undecided: _Seconds


class StoredState(_Stored, frozen=True):
    """State persisted across restarts."""

    session: StoredSession | None
    # Later changes were not received, or not stored.
    seen_until: Time
    # Only after a clean shutdown: otherwise calls have begun and ended since the write.
    calls: dict[str, list[StoredCall]] | None
    uuids: list[str]
    totals: StoredTotals


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    # Private: together with the entry's credentials, the token continues the session.
    key = f"{DOMAIN}.{entry_id}"
    return Store(hass, _VERSION, key, private=True, atomic_writes=True)


async def async_remove_stored_state(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the file of an entry."""
    await _store(hass, entry_id).async_remove()


class SessionStorage:
    """Saves the state of a run, and restores it in the next one."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        stream: EventStream,
        presences: PresenceStore,
        detector: CallEventDetector,
        outages: OutageStatistics,
    ) -> None:
        """Initialize the storage; call `restore` before anything is saved."""
        self._stream = stream
        self._presences = presences
        self._detector = detector
        self._outages = outages
        self._store = _store(hass, entry_id)

    async def restore(self) -> None:
        """Restore the state of the last run, if a usable one is stored."""
        try:
            stored = convert(await self._store.async_load(), StoredState)
            calls = {
                extension_id: [call.to_call() for call in of_extension]
                for extension_id, of_extension in (stored.calls or {}).items()
            }
            day = date.fromisoformat(stored.totals.day)
            totals = Totals(**structs.asdict(stored.totals) | {"day": day})
        except (
            ValueError,
            KeyError,
            TypeError,
            UnsupportedStorageVersionError,
            NotImplementedError,
        ):
            LOGGER.debug("Nothing usable is stored from an earlier run")
            return
        self._outages.restore(totals)
        offline = dt_util.utcnow() - stored.seen_until
        self._outages.add_offline(offline.total_seconds())
        self._outages.extend(Instant.now())
        if (session := stored.session) is not None:
            context = SessionContext(session.token, session.sequence)
            self._stream.resume(Session(context, session.subscription_id))
        self._presences.restore(stored.uuids)
        # Calls of an extension that is not monitored any more would never end.
        monitored = self._presences.monitored
        self._detector.resume({i: calls[i] for i in calls if i in monitored})

    @callback
    def save_soon(self) -> None:
        """Schedule saving the state, in case this run is killed."""
        self._store.async_delay_save(self._data, _SAVE_AFTER)

    async def save(self) -> None:
        """Save the state at the end of this run."""
        await self._store.async_save(self._data(ended=True))

    def _data(self, *, ended: bool = False) -> dict[str, Any]:
        stream, totals = self._stream, self._outages.totals
        # The connection may be dead: nothing is certain after the last message.
        last = stream.last_message_at if stream.state is StreamState.PUSH else None
        age = timedelta(seconds=0.0 if last is None else last.age)
        state = StoredState(
            session=None
            if (session := stream.session) is None
            else StoredSession(
                session.context.token,
                session.context.sequence,
                session.subscription_id,
            ),
            seen_until=dt_util.utcnow() - age,
            calls={
                extension_id: [StoredCall.from_call(call) for call in calls]
                for extension_id, calls in self._detector.reported.items()
            }
            if ended
            else None,
            uuids=list(self._presences.recent_uuids),
            totals=StoredTotals(**asdict(totals) | {"day": totals.day.isoformat()}),
        )
        data: dict[str, Any] = to_builtins(
            state,
            builtin_types=_KEPT_TYPES,
            # msgspec knows no subclasses, such as those of a frozen clock.
            enc_hook=lambda time: time.isoformat(),
        )
        return data
