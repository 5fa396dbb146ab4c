"""Read the new voicemails of the signed-in user, and announce those that are left."""

from datetime import timedelta
from typing import Final, NamedTuple

from homeassistant.const import CONF_TOKEN
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..api.auth import has_permission
from ..api.clock import Instant
from ..api.event_filters import VOICEMAIL_FILTER
from ..api.models.messages import Voicemail
from ..api.models.notifications import RosterKind
from ..connection.change_reader import ChangeReader
from ..const import CONF_EXTENSION_ID, DOMAIN
from ..coordinator import ACCOUNT, REFRESHED, PresenceCoordinator
from ..roster.models import change_context


class VoicemailEvent(NamedTuple):
    """A voicemail that was left for an extension."""

    entry_id: str
    extension_id: str
    voicemail: Voicemail


SIGNAL_VOICEMAIL: Final = SignalType[VoicemailEvent](f"{DOMAIN}_voicemail")
# Listener context of their number, and the only resource that is read.
VOICEMAIL: Final = "voicemail"
# By the id of their config entry.
_MANAGERS: Final[HassKey[dict[str, VoicemailManager]]] = HassKey(f"{DOMAIN}_voicemail")
# Clocks differ.
_TOLERANCE: Final = timedelta(minutes=1)


class VoicemailManager:
    """Counts the new voicemails of the signed-in user, and announces those left."""

    def __init__(self, hass: HomeAssistant, coordinator: PresenceCoordinator) -> None:
        """Initialize without voicemails."""
        self._hass = hass
        self._coordinator = coordinator
        # None while it is not known.
        self.count: int | None = None
        # Called when they are read for the first time.
        self.on_readable: CALLBACK_TYPE | None = None
        self._seen: set[str] = set()
        self._first_read_at: Instant | None = None
        self._reader = ChangeReader(
            "voicemails",
            coordinator.monitor,
            coordinator.limiter,
            self._read,
            lambda _: self._set_count(None),
        )

    @property
    def is_readable(self) -> bool:
        """Whether they were read at least once."""
        return self._first_read_at is not None

    @callback
    def start(self) -> None:
        """Read the voicemails, and follow their changes."""
        listen, reader = self._coordinator.async_add_listener, self._reader
        listen(reader.mark_all_changed, change_context(RosterKind.MESSAGES))
        listen(reader.mark_all_changed, REFRESHED)
        listen(reader.handle_connection, ACCOUNT)
        reader.follow({VOICEMAIL: VOICEMAIL_FILTER})

    async def _read(self, _resource: str) -> None:
        voicemails = await self._coordinator.rest.unread_voicemails()
        new = [one for one in voicemails if one.id not in self._seen]
        self._seen.update([one.id for one in new])
        # An automation that is started by a voicemail sees the new number.
        self._set_count(len(voicemails))
        if self._first_read_at is not None:
            self._announce(new, self._first_read_at)
            return
        self._first_read_at = Instant.now()
        if self.on_readable is not None:
            self.on_readable()

    @callback
    def _announce(self, new: list[Voicemail], first_read_at: Instant) -> None:
        # One that was read before may be marked as unread.
        now = self._coordinator.store.clock.check(None, Instant.now())
        since = (now or dt_util.utcnow()) - timedelta(seconds=first_read_at.age)
        entry = self._coordinator.config_entry
        for voicemail in reversed(new):
            if voicemail.time is None or voicemail.time >= since - _TOLERANCE:
                event = VoicemailEvent(
                    entry.entry_id, entry.data[CONF_EXTENSION_ID], voicemail
                )
                async_dispatcher_send(self._hass, SIGNAL_VOICEMAIL, event)

    @callback
    def _set_count(self, count: int | None) -> None:
        if count != self.count:
            self.count = count
            self._coordinator.async_update_context(VOICEMAIL)


@callback
def async_setup_voicemail(
    hass: HomeAssistant, coordinator: PresenceCoordinator
) -> None:
    """Follow the voicemails of the signed-in user if the app may read them."""
    entry = coordinator.config_entry
    if not has_permission(entry.data[CONF_TOKEN].get("scope", ""), "ReadMessages"):
        return
    managers = hass.data.setdefault(_MANAGERS, {})
    manager = managers[entry.entry_id] = VoicemailManager(hass, coordinator)

    @callback
    def remove() -> None:
        del managers[entry.entry_id]

    entry.async_on_unload(remove)
    manager.start()


@callback
def get_voicemail(hass: HomeAssistant, entry_id: str) -> VoicemailManager | None:
    """Return the voicemails of a config entry, None if they cannot be read."""
    return hass.data.get(_MANAGERS, {}).get(entry_id)
