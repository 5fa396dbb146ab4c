"""Calls and people of the account as a whole. Pure."""

from collections import Counter
from collections.abc import Hashable, Set as AbstractSet
from datetime import datetime

from ..api.models.enums import TelephonyStatus
from ..presence.activity import ON_THE_PHONE, RINGING
from ..presence.call_matching import call_session
from ..presence.models import ExtensionPresence
from .tally import Tally


class Overview(Tally):
    """All monitored extensions by what they do, and their calls."""

    def __init__(self) -> None:
        """Initialize without extensions."""
        super().__init__()
        # By extension, those that have calls only.
        self._calls: dict[str, AbstractSet[Hashable]] = {}
        self._held: dict[str, datetime] = {}
        # Number of extensions at each call.
        self._extensions: Counter[Hashable] = Counter()

    @property
    def calls(self) -> int:
        """Number of calls; a call at several phones counts once."""
        return len(self._extensions)

    @property
    def in_call(self) -> AbstractSet[str]:
        """Extensions that have calls."""
        return self._calls.keys()

    @property
    def held_since(self) -> datetime | None:
        """When the call that is on hold the longest was put on hold."""
        return min(self._held.values(), default=None)

    def update_calls(
        self, extension_id: str, known: ExtensionPresence | None, activity: int | None
    ) -> None:
        """Update the calls of one extension, None if it is not current."""
        held_since = None
        calls: set[Hashable] = set()
        if known is not None and (active_calls := known.presence.active_calls):
            for call, time in zip(active_calls, known.call_times, strict=True):
                calls.add(call_session(call))
                if (
                    call.telephony_status is TelephonyStatus.ON_HOLD
                    and time is not None
                    and (held_since is None or time < held_since)
                ):
                    held_since = time
        if not calls and activity and activity & (RINGING | ON_THE_PHONE):
            # Which call it is must not be known to the user.
            calls.add(extension_id)
        if held_since is None:
            self._held.pop(extension_id, None)
        else:
            self._held[extension_id] = held_since
        former = self._calls.get(extension_id, frozenset())
        if calls == former:
            return
        extensions = self._extensions
        for ended in former - calls:
            extensions[ended] -= 1
            if not extensions[ended]:
                del extensions[ended]
        extensions.update(calls - former)
        if calls:
            self._calls[extension_id] = calls
        else:
            del self._calls[extension_id]
