"""The calls of several extensions, each once, as a state attribute. Pure."""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from ..api.models.directory import Extension
from ..api.models.enums import Direction, TelephonyStatus
from ..api.models.presence import ActiveCall
from ..presence.call_matching import call_session
from ..presence.models import ExtensionPresence
from ..privacy import Privacy
from ..texts import one_line
from .attributes import call_attribute

_AT_MOST: Final = 25
# As in the calls of one extension.
_SHOWN: Final = (
    "direction",
    "queue_call",
    "from",
    "from_name",
    "to",
    "to_name",
    "telephony_status",
    "telephony_session_id",
)
# What a call does at the phone where most happens is shown.
_RANKS: Final = {
    TelephonyStatus.CALL_CONNECTED: 0,
    TelephonyStatus.ON_HOLD: 1,
    TelephonyStatus.PARKED_CALL: 2,
    TelephonyStatus.RINGING: 3,
}


class _Party(NamedTuple):
    """A call at one extension, and since when it has had its status."""

    call: ActiveCall
    since: datetime | None

    @property
    def rank(self) -> tuple[int, bool]:
        """What decides which of the parties is shown; the lowest is."""
        status = self.call.telephony_status
        rank = len(_RANKS) if status is None else _RANKS.get(status, len(_RANKS))
        return rank, self.call.direction is Direction.OUTBOUND


def current_calls(
    extensions: Iterable[tuple[Extension, ExtensionPresence]], privacy: Privacy
) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of calls, and the first of them with the names of their people."""
    parties: dict[Hashable, _Party] = {}
    names: dict[Hashable, list[str]] = {}
    for extension, known in extensions:
        for session, party in _parties(extension, known):
            former = parties.get(session)
            if former is None or party.rank < former.rank:
                parties[session] = party
            name = one_line(extension.name) or extension.number or ""
            if name not in names.setdefault(session, []):
                names[session].append(name)
    shown = list(parties.items())[:_AT_MOST]
    return len(parties), [
        {**_attribute(party, privacy), "extensions": names[session]}
        for session, party in shown
    ]


def _parties(
    extension: Extension, known: ExtensionPresence
) -> Iterable[tuple[Hashable, _Party]]:
    if not known.calls:
        # Calls that the user may not see are only in the status.
        call = ActiveCall(telephony_status=known.telephony_status)
        return [(extension.id, _Party(call, None))]
    calls = zip(known.calls, known.call_times, strict=True)
    return [(call_session(call), _Party(call, since)) for call, since in calls]


def _attribute(party: _Party, privacy: Privacy) -> dict[str, Any]:
    attribute = call_attribute(party.call, privacy)
    return {
        **{key: attribute[key] for key in _SHOWN},
        "since": party.since and party.since.isoformat(),
    }
