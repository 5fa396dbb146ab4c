"""Calls and people of the account as a whole. Pure."""

from collections import Counter
from collections.abc import Hashable, Set as AbstractSet
from datetime import datetime

from ..api.models.enums import TelephonyStatus
from ..presence.activity import ON_THE_PHONE, RINGING, activity_of
from ..presence.call_matching import call_session
from ..presence.models import ExtensionPresence
from .tally import Tally


class Overview(Tally):
    """All monitored extensions by what they do, and their calls."""

    def __init__(self) -> None:
        """Initialize without extensions."""
        super().__init__()
        # By extension, those that have calls only.
        self._calls: dict[str, frozenset[Hashable]] = {}
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

    def update_calls(self, extension_id: str, known: ExtensionPresence | None) -> None:
        """Update the calls of one extension, None if it is not current."""
        calls = _sessions(extension_id, known)
        former = self._calls.get(extension_id, frozenset())
        if calls != former:
            extensions = self._extensions
            for call in former - calls:
                extensions[call] -= 1
                if not extensions[call]:
                    del extensions[call]
            extensions.update(calls - former)
            if calls:
                self._calls[extension_id] = calls
            else:
                del self._calls[extension_id]
        if (held_since := _held_since(known)) is not None:
            self._held[extension_id] = held_since
        else:
            self._held.pop(extension_id, None)


def _sessions(
    extension_id: str, known: ExtensionPresence | None
) -> frozenset[Hashable]:
    if known is None:
        return frozenset()
    if known.calls:
        return frozenset(map(call_session, known.calls))
    if activity_of(known) & (RINGING | ON_THE_PHONE):
        # Which call it is must not be known to the user.
        return frozenset((extension_id,))
    return frozenset()


def _held_since(known: ExtensionPresence | None) -> datetime | None:
    if known is None or not known.calls:
        return None
    return min(
        (
            time
            for call, time in zip(known.calls, known.call_times, strict=True)
            if call.telephony_status is TelephonyStatus.ON_HOLD and time is not None
        ),
        default=None,
    )
