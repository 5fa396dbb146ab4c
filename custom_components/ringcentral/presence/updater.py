"""Change the settings of an extension, and show the platform's answer."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant

from ..api.exceptions import RingCentralError
from ..api.models.presence import PresenceUpdate
from ..exceptions import action_error, async_not_applied, invalid_action
from .fetcher import SnapshotFetcher
from .models import ExtensionPresence, PresenceChange
from .settings import adapt_update, dnd_options, find_unapplied
from .store import PresenceStore


class SettingsUpdater:
    """Changes settings of extensions."""

    def __init__(
        self,
        hass: HomeAssistant,
        fetcher: SnapshotFetcher,
        store: PresenceStore,
        notify: Callable[[PresenceChange, int], None],
        *,
        record_failure: Callable[[RingCentralError], None],
    ) -> None:
        """Initialize; `notify` is called with a change and its aspects."""
        self._hass = hass
        self._fetcher = fetcher
        self._store = store
        self._notify = notify
        self._record_failure = record_failure

    async def async_update(self, extension_id: str, update: PresenceUpdate) -> None:
        """Change settings; raise HomeAssistantError if the platform does not apply them."""
        known = self._store.extensions.get(extension_id, ExtensionPresence()).presence
        if update.dnd_status not in (None, *dnd_options(known)):
            raise invalid_action("dnd_not_offered")
        update = adapt_update(update, known)
        try:
            answer, change = await self._fetcher.change(extension_id, update)
        except RingCentralError as err:
            self._record_failure(err)
            raise action_error(err) from err
        if change is not None and (aspects := change.aspects):
            self._notify(change, aspects)
        if missing := find_unapplied(update, answer):
            raise await async_not_applied(self._hass, missing)
