"""What outlives a restart: the session on the gateway, the calls told, the counters.

Nothing personal: ids and states of calls, no numbers and no names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import voluptuous as vol

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api.event_stream import Session
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..api.websocket import SessionContext
from ..calls.durations import CallTimer, Phase, TimedCall
from ..calls.lifecycle import CallDurations
from ..const import DOMAIN, LOGGER
from .outages import Totals

_VERSION: Final = 1
# Each further request to save within this time postpones the write.
_SAVE_AFTER: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """What the last run left behind.

    Attributes:
        session: continues the subscription, if there was one.
        seen_until: wall time; what happened later was not seen, or not stored.
        calls: by extension, the calls that automations have been told of. None unless
            the run ended in good order: later on others began and ended.
        uuids: the notifications heard last.
        totals: of the interruptions.

    """

    session: Session | None
    seen_until: datetime
    calls: Mapping[str, tuple[TimedCall, ...]] | None
    uuids: Sequence[str]
    totals: Totals


def _time(value: object) -> datetime:
    """Validate a stored time."""
    if not isinstance(value, str) or (time := dt_util.parse_datetime(value)) is None:
        raise vol.Invalid("no time")
    if time.tzinfo is None:
        raise vol.Invalid("time without zone")
    return time


def _day(value: object) -> date:
    """Validate a stored day."""
    if not isinstance(value, str) or (day := dt_util.parse_date(value)) is None:
        raise vol.Invalid("no day")
    return day


_TEXT: Final = vol.Any(None, str)
_SECONDS: Final = vol.Any(None, vol.All(float, vol.Range(min=0)))
_TIMES: Final = vol.Schema(
    {
        "ringing": _SECONDS,
        "talking": _SECONDS,
        "held": _SECONDS,
        "phase": vol.Any(None, vol.Coerce(Phase)),
        "since": vol.Any(None, _time),
    },
    required=True,
)
_CALL: Final = vol.Schema(
    {
        "id": _TEXT,
        "session_id": _TEXT,
        "telephony_session_id": _TEXT,
        "party_id": _TEXT,
        "direction": vol.Any(None, vol.Coerce(Direction)),
        "telephony_status": vol.Any(None, vol.Coerce(TelephonyStatus)),
        "queue_call": vol.Any(None, bool),
        "start_time": vol.Any(None, _time),
        # Earlier versions measured nothing.
        vol.Optional("times"): _TIMES,
    },
    required=True,
)
_SESSION: Final = vol.Schema(
    {"token": str, "sequence": int, "subscription_id": str}, required=True
)
_SCHEMA: Final = vol.Schema(
    {
        "session": vol.Any(None, _SESSION),
        "seen_until": _time,
        "calls": vol.Any(None, {str: [_CALL]}),
        "uuids": [str],
        "totals": {
            "count": vol.All(int, vol.Range(min=0)),
            "last_loss": vol.Any(None, _time),
            "day": _day,
            "unseen": vol.All(float, vol.Range(min=0)),
            "undecided": vol.All(float, vol.Range(min=0)),
        },
    },
    required=True,
)


class StateStore:
    """Loads and saves the state of one config entry.

    The file is private, since it holds the token of the session; that is good only
    together with the credentials of the entry.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Load nothing yet."""
        self._store = Store[dict[str, Any]](
            hass, _VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True
        )

    async def load(self) -> StoredState | None:
        """Return what the last run left; None if that is nothing of use."""
        try:
            stored = _SCHEMA(await self._store.async_load())
        except (
            vol.Invalid,
            KeyError,
            TypeError,
            UnsupportedStorageVersionError,
            NotImplementedError,
        ):
            LOGGER.debug("Nothing usable is stored from an earlier run")
            return None
        session, calls = stored["session"], stored["calls"]
        return StoredState(
            session=session
            and Session(
                SessionContext(session["token"], session["sequence"]),
                session["subscription_id"],
            ),
            calls=None
            if calls is None
            else {
                extension_id: tuple([_timed_call(call) for call in of_extension])
                for extension_id, of_extension in calls.items()
            },
            seen_until=stored["seen_until"],
            uuids=stored["uuids"],
            totals=Totals(**stored["totals"]),
        )

    @callback
    def save_soon(self, state: Callable[[], StoredState]) -> None:
        """Save what `state` then returns; at the stop of Home Assistant at once."""
        self._store.async_delay_save(lambda: _as_dict(state()), _SAVE_AFTER)

    async def save(self, state: StoredState) -> None:
        """Save now."""
        await self._store.async_save(_as_dict(state))

    async def remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


def _as_dict(state: StoredState) -> dict[str, Any]:
    session, totals = state.session, state.totals
    return {
        "session": session
        and {
            "token": session.context.token,
            "sequence": session.context.sequence,
            "subscription_id": session.subscription_id,
        },
        "seen_until": state.seen_until.isoformat(),
        "calls": state.calls
        if state.calls is None
        else {
            extension_id: [_call_as_dict(call) for call in of_extension]
            for extension_id, of_extension in state.calls.items()
        },
        "uuids": list(state.uuids),
        "totals": {
            "count": totals.count,
            "last_loss": totals.last_loss and totals.last_loss.isoformat(),
            "day": totals.day.isoformat(),
            "unseen": totals.unseen,
            "undecided": totals.undecided,
        },
    }


def _call_as_dict(timed: TimedCall) -> dict[str, Any]:
    """Return what tells a call from others, what state it is in, and for how long."""
    call, times = timed.call, timed.times
    return {
        "id": call.id,
        "session_id": call.session_id,
        "telephony_session_id": call.telephony_session_id,
        "party_id": call.party_id,
        "direction": call.direction,
        "telephony_status": call.telephony_status,
        "queue_call": call.queue_call,
        "start_time": call.start_time and call.start_time.isoformat(),
        "times": {
            "ringing": times.past.ringing,
            "talking": times.past.talking,
            "held": times.past.held,
            "phase": times.phase,
            "since": times.since and times.since.isoformat(),
        },
    }


def _timed_call(stored: Mapping[str, Any]) -> TimedCall:
    fields = dict(stored)
    times = fields.pop("times", None)
    call = _active_call(fields)
    return TimedCall(call, CallTimer() if times is None else _call_times(times))


def _call_times(stored: Mapping[str, Any]) -> CallTimer:
    return CallTimer(
        past=CallDurations(
            ringing=stored["ringing"], talking=stored["talking"], held=stored["held"]
        ),
        phase=stored["phase"],
        since=stored["since"],
    )


def _active_call(stored: Mapping[str, Any]) -> ActiveCall:
    return ActiveCall(
        **stored,
        from_=None,
        from_name=None,
        to=None,
        to_name=None,
        termination_type=None,
        sip_data=None,
        on_behalf_of=None,
        call_info=None,
        appearance_info=None,
    )
