"""From changes of parties to telephony session events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..base.control_switches import ControlSwitches
from ..base.wire import JsonObject, event_time
from ..company.call import Call
from ..company.parties import Change, Party
from ..company.party_states import ENDED
from ..company.session_body import SessionBodies, changed_party

_SERVER = "192.0.2.10.EXA"


class SessionEvent(NamedTuple):
    """An event of a session."""

    # Path of the changed party's extension, or of the account.
    event: str
    # All extensions that are in the session, or were.
    extension_ids: frozenset[str]
    body: JsonObject


@dataclass(slots=True, kw_only=True)
class SessionEvents:
    """Numbers each change; writes those that are watched, in an order set by a switch."""

    account_id: str
    bodies: SessionBodies
    switches: ControlSwitches
    listener: Callable[[SessionEvent], None]
    is_watched: Callable[[], bool]
    _held: list[SessionEvent] = field(default_factory=list)

    def changed(self, call: Call, change: Change) -> None:
        """Report a change of a party."""
        if change.before == "Setup" and change.after != "Setup":
            self._report(call, change._replace(after="Setup", reason=None))
        self._report(call, change)
        if call.ended_at is not None and _is_complete(call):
            self._release()

    def _report(self, call: Call, change: Change) -> None:
        if not self.bodies.is_listed(change.party):
            return
        code = self.bodies.shown_code(call, change.party, change.after)
        state = (code, change.reason, change.muted)
        # Not each change is visible.
        if call.reported.get(change.party.party_id) == state:
            return
        call.reported[change.party.party_id] = state
        first = self.switches.session_sequence
        last = call.last_sequence
        call.last_sequence = first if last is None else last + 1
        if self.is_watched():
            self._send(self._event(call, changed_party(change), change.at))

    def _event(self, call: Call, party: Party, at: float) -> SessionEvent:
        parties: Sequence[Party] = [party]
        if self.switches.session_parties == "all":
            parties = [
                party if other.party_id == party.party_id else other
                for other in call.everyone
                if self.bodies.is_listed(other)
            ]
        path = f"/restapi/v1.0/account/{self.account_id}"
        if party.extension_id:
            path += f"/extension/{party.extension_id}"
        body: JsonObject = {
            "sequence": call.last_sequence,
            "sessionId": party.session_id,
            "telephonySessionId": call.id,
            "serverId": _SERVER,
            "eventTime": event_time(at),
            "parties": [self.bodies.event_party(call, item) for item in parties],
            "origin": {"type": call.origin},
        }
        extension_ids = frozenset(item.extension_id for item in call.everyone)
        return SessionEvent(f"{path}/telephony/sessions", extension_ids, body)

    def _send(self, event: SessionEvent) -> None:
        match self.switches.session_events:
            case "in_order":
                self._release()
                self.listener(event)
            case "doubled":
                self.listener(event)
                self.listener(event)
            case "missing":
                pass
            case "swapped":
                if self._held:
                    self.listener(event)
                    self._release()
                else:
                    self._held.append(event)

    def _release(self) -> None:
        """Send an event that has waited for its successor."""
        held, self._held = self._held, []
        for event in held:
            self.listener(event)


def _is_complete(call: Call) -> bool:
    """Return whether the end of each party was reported."""
    return all(code in ENDED for code, _, _ in call.reported.values())
