"""Refresh extensions that ring longer than a phone does: the end may be lost."""

from collections.abc import Callable
import time
from typing import Final

from homeassistant.core import callback

from ..api.models.enums import TelephonyStatus
from ..background import BackgroundTasks
from .models import ExtensionPresence
from .store import PresenceStore

# In seconds. Most phones ring for less than one minute.
_LONG_RING: Final = 120.0


class LongRingChecker:
    """Requests snapshots of extensions that have been ringing for a long time."""

    def __init__(
        self,
        schedule: Callable[[str], None],
        store: PresenceStore,
        tasks: BackgroundTasks,
    ) -> None:
        """Initialize without ringing extensions; `schedule` requests a snapshot."""
        self._schedule = schedule
        self._store = store
        self._tasks = tasks
        # Monotonic time of the first ring, or of the last check, by extension id.
        self._checked_at: dict[str, float] = {}

    @callback
    def observe(self, extension_id: str, known: ExtensionPresence) -> None:
        """Check an extension later if it rings now."""
        if extension_id not in self._checked_at and _is_ringing(known):
            self._checked_at[extension_id] = time.monotonic()
            self._tasks.start_timer(_LONG_RING, self._check)

    @callback
    def _check(self) -> None:
        now = time.monotonic()
        for extension_id, checked_at in list(self._checked_at.items()):
            known = self._store.extensions.get(extension_id)
            if known is None or not _is_ringing(known):
                del self._checked_at[extension_id]
            elif now - checked_at >= _LONG_RING:
                self._checked_at[extension_id] = now
                self._schedule(extension_id)
        if self._checked_at:
            oldest = min(self._checked_at.values())
            self._tasks.start_timer(oldest + _LONG_RING - now, self._check)


def _is_ringing(known: ExtensionPresence) -> bool:
    return TelephonyStatus.RINGING in [call.telephony_status for call in known.calls]
