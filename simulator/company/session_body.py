"""Sessions and parties as REST answers and session events describe them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..base.control_switches import ControlSwitches
from ..base.wire import JsonObject, event_time
from .call import Call
from .directory import Extension
from .parties import Change, Party
from .party_states import ENDED, IN_VOICEMAIL, RINGING, PartyCode

# What the switch `unknown_codes` sends.
UNKNOWN = "Undocumented"

# The call rings on, or was answered elsewhere.
_NOT_MISSED = frozenset(
    {"AgentAnswered", "CallSwitch", "CallFlip", "CallRedirected", "Pickup"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBodies:
    """Writes sessions of an account."""

    account_id: str
    find: Callable[[str], Extension | None]
    switches: ControlSwitches

    def session(self, call: Call) -> JsonObject:
        """Return the REST resource of a session."""
        return {
            "id": call.id,
            # Whole seconds in recordings.
            "creationTime": event_time(call.creation_time)[:-5] + "Z",
            "origin": {"type": call.origin},
            "parties": [
                self.party(call, party)
                for party in call.everyone
                if self.is_listed(party)
            ],
        }

    def party(
        self, call: Call, party: Party, *, with_extension: bool = True
    ) -> JsonObject:
        """Return the REST resource of a party; some answers lack the newer fields."""
        body: JsonObject = {"id": party.party_id, **self._owner(party, with_extension)}
        if party.queue_call:
            body["attributes"] = {"queueCall": True}
        body |= self._common(call, party)
        if party.park_id:
            body["park"] = {"id": party.park_id}
        if party.recording_id:
            recording: JsonObject = {
                "id": party.recording_id,
                "active": party.is_recording,
            }
            body["recordings"] = [recording]
        return body

    def event_party(self, call: Call, party: Party) -> JsonObject:
        """Return a party as session events describe it."""
        body: JsonObject = {
            **self._owner(party, True),
            "id": party.party_id,
            **self._common(call, party),
            "park": {"id": party.park_id} if party.park_id else {},
            "missedCall": is_missed(party),
        }
        if party.queue_call:
            body["queueCall"] = True
            if party.queue_name is not None:
                name = party.from_name is not None
                body["uiCallInfo"] = {
                    "primary": {"type": "QueueName", "value": party.queue_name},
                    "additional": {
                        "type": "CallerIdName" if name else "CallerIdNumber",
                        "value": party.from_name if name else party.from_number,
                    },
                }
        return body

    def is_listed(self, party: Party) -> bool:
        """Return whether a session names a party."""
        return bool(party.extension_id) or self.switches.outside_party == "present"

    def shown_code(self, call: Call, party: Party, code: PartyCode) -> str:
        """Return a state of a party as the platform spells it."""
        if code in ENDED:
            return code
        if self.switches.unknown_codes:
            return UNKNOWN
        if code in IN_VOICEMAIL:
            return self.switches.voicemail_code
        is_caller = party.direction == "Outbound" and bool(party.extension_id)
        if code == "Proceeding" and call.is_inside and is_caller:
            # As soon as the call is handled, however long the called party rings.
            return "Answered"
        return code

    def _owner(self, party: Party, with_extension: bool) -> JsonObject:
        owner: JsonObject = {"accountId": self.account_id}
        if party.extension_id:
            owner["extensionId"] = party.extension_id
        body: JsonObject = {}
        if with_extension and self.switches.party_owner != "owner":
            body |= owner
        if not with_extension or self.switches.party_owner != "new":
            body["owner"] = owner
        return body

    def _common(self, call: Call, party: Party) -> JsonObject:
        from_name = party.from_name
        if party.queue_call and party.queue_name is not None:
            from_name = " - ".join(filter(None, (party.queue_name, from_name)))
        is_called = party.direction == "Inbound"
        body: JsonObject = {
            "direction": party.direction,
            "from": self._end(
                party.from_number, from_name, "" if is_called else party.device_id
            ),
            "to": self._end(
                party.to_number, party.to_name, party.device_id if is_called else ""
            ),
            "status": self._status(call, party),
            "muted": party.muted,
            "standAlone": False,
        }
        if party.ring_out_role:
            body["ringOutRole"] = party.ring_out_role
        return body

    def _end(self, number: str, name: str | None, device_id: str) -> JsonObject:
        body: JsonObject = {}
        if number:
            body["phoneNumber"] = number
        if name:
            body["name"] = name
        if (extension := self.find(number)) is not None:
            body["extensionId"] = extension.id
        if device_id:
            body["deviceId"] = device_id
        return body

    def _status(self, call: Call, party: Party) -> JsonObject:
        status: JsonObject = {
            "code": self.shown_code(call, party, party.code),
            "rcc": False,
        }
        if party.reason is not None:
            unknown = self.switches.unknown_codes
            status["reason"] = UNKNOWN if unknown else party.reason
        if party.park_id:
            status["parkData"] = party.park_id
        if party.peer is not None:
            by_id = self.switches.bridge_peer == "telephony_session_id"
            status["peerId"] = {
                "telephonySessionId" if by_id else "sessionId": party.peer.session_id,
                "partyId": party.peer.party_id,
            }
        return status


def changed_party(change: Change) -> Party:
    """Return a party as it was after a change."""
    return replace(
        change.party, code=change.after, reason=change.reason, muted=change.muted
    )


def is_missed(party: Party) -> bool:
    """Return whether a party has stopped ringing and no phone has answered."""
    return (
        party.direction == "Inbound"
        and bool(party.extension_id)
        and party.answered_at is None
        and party.code not in RINGING
        and party.reason not in _NOT_MISSED
    )
