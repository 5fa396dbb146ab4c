"""Which actions on calls are allowed: whose calls, in which states, and what else is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..base import clock
from ..base.control_switches import ControlSwitches
from ..base.errors import (
    ApiError,
    not_found,
    other_extension,
    rest_error,
    user_permission_missing,
)
from ..base.wire import JsonObject
from .call import Call
from .call_control import CallControl
from .parties import Party
from .party_states import ENDED, RINGING, PartyCode

type Action = Literal[
    "answer",
    "reject",
    "ignore",
    "forward",
    "reply",
    "hold",
    "unhold",
    "mute",
    "transfer",
    "bridge",
    "park",
    "pickup",
    "flip",
    "record",
    "drop_party",
    "drop_session",
]

# Seconds that an ended session can be read.
_READABLE = 60
# What the refusals of the switch `control_refusal` name.
_PERMISSION = "CallControl"

_CONNECTED: frozenset[PartyCode] = frozenset({"Answered"})
_TALKING: frozenset[PartyCode] = frozenset({"Answered", "Hold"})
_OTHER_END: frozenset[PartyCode] = frozenset({"Answered", "Hold", "Parked"})
_NEEDED: dict[Action, frozenset[PartyCode]] = {
    "answer": RINGING,
    "reject": RINGING,
    "ignore": RINGING,
    "forward": RINGING,
    "reply": RINGING,
    "hold": _CONNECTED,
    "unhold": frozenset({"Hold"}),
    "mute": _CONNECTED,
    "transfer": _TALKING,
    "bridge": _TALKING,
    "park": _TALKING,
    "pickup": frozenset({"Parked"}),
    "flip": _CONNECTED,
    "record": _CONNECTED,
}
_INBOUND: frozenset[Action] = frozenset(
    {"answer", "reject", "ignore", "forward", "reply", "park"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRules:
    """Decides by switch; all methods raise ApiError for a refusal."""

    calls: CallControl
    switches: ControlSwitches
    account_id: str
    is_administrator: Callable[[str], bool]

    def session(self, session_id: str, viewer_id: str) -> Call:
        """Return a session that a viewer may read."""
        call = self.calls.calls.get(session_id) or self._readable(session_id)
        is_own = any(party.extension_id == viewer_id for party in call.everyone)
        if not is_own and self.switches.foreign_session == "refused":
            raise self._refusal("telephonySessionId")
        return call

    def _readable(self, session_id: str) -> Call:
        call = self._ended(session_id)
        age = clock.wall() - (call.ended_at or 0.0)
        mode = self.switches.ended_session
        if mode == "gone" or (mode == "readable" and age > _READABLE):
            raise not_found("telephonySessionId")
        return call

    def _ended(self, session_id: str) -> Call:
        if (call := self.calls.ended_calls.get(session_id)) is None:
            raise not_found("telephonySessionId")
        return call

    def living(self, session_id: str) -> Call:
        """Return a session that can be acted on."""
        if (call := self.calls.calls.get(session_id)) is None:
            self._ended(session_id)
            raise self._over("telephonySessionId")
        return call

    def party(self, call: Call, party_id: str) -> Party:
        """Return a party of a session."""
        for party in call.everyone:
            if party.party_id == party_id:
                return party
        raise not_found("partyId")

    def check(
        self, call: Call, viewer_id: str, action: Action, party: Party | None = None
    ) -> bool:
        """Return whether an action has an effect; without, it is answered with success."""
        if call.ended_at is not None:
            raise self._over("telephonySessionId")
        if party is not None and party.code in ENDED:
            raise self._over("partyId")
        if not self._may_act(call, viewer_id, action, party):
            missing = "telephonySessionId" if party is None else "partyId"
            raise self._refusal(missing)
        has_effect = party is None or self._allows(call, action, party)
        call.is_controlled = True
        return has_effect

    def _may_act(
        self, call: Call, viewer_id: str, action: Action, party: Party | None
    ) -> bool:
        if action == "pickup":
            return True
        living = (*call.living, *call.paused)
        if party is None and any(p.extension_id == viewer_id for p in living):
            return True
        if party is not None and party.extension_id == viewer_id:
            return True
        match self.switches.control_others:
            case "refused":
                return False
            case "administrators":
                return self.is_administrator(viewer_id)
            case "account_id":
                return viewer_id == self.account_id
            case "allowed":
                return True

    def _allows(self, call: Call, action: Action, party: Party) -> bool:
        if action == "drop_party":
            self._check_drop(party)
            return True
        if action == "hold" and party.code == "Hold":
            return self._repeated()
        if action == "unhold" and party.code == "Answered":
            return self._repeated()
        if action == "unhold" and party.code == "Hold" and party.held_at_phone:
            if self.switches.phone_hold == "conflict":
                raise self.wrong_state()
            return self.switches.phone_hold == "released"
        if (
            party.code not in _NEEDED[action]
            or (action in _INBOUND and party.direction != "Inbound")
            or (action == "ignore" and not party.queue_call)
            or (party.code == "Answered" and not _has_other_end(call, party))
        ):
            raise self.wrong_state()
        return True

    def _check_drop(self, party: Party) -> None:
        mode = self.switches.drop_party
        if mode == "ends" or party.code == "Parked":
            return
        if mode == "TAS-106":
            raise _not_allowed()
        if mode == "TAS-102" or party.is_ringing:
            raise self.wrong_state()

    def _repeated(self) -> bool:
        if self.switches.hold_twice == "conflict":
            raise self.wrong_state()
        return False

    def wrong_state(self) -> ApiError:
        """Return the error of an action that the state does not allow."""
        status = self.switches.wrong_state
        return self._incorrect_state(status, "TAS-102" if status == 409 else "TAS-101")

    def _incorrect_state(self, status: int, code: str) -> ApiError:
        body: JsonObject = {}
        if self.switches.wrong_state_body != "errors":
            body |= {"errorCode": code, "message": "Incorrect State"}
        if self.switches.wrong_state_body != "flat":
            message = "Incorrect State [WrongState]"
            body["errors"] = [{"errorCode": code, "message": message}]
        return ApiError(status, body)

    def _over(self, parameter: str) -> ApiError:
        """Return the error of an action on something that has ended."""
        if self.switches.action_on_ended == 404:
            return not_found(parameter)
        return self._incorrect_state(409, "TAS-102")

    def _refusal(self, parameter: str) -> ApiError:
        """Return the error of an action on a call of others."""
        match self.switches.control_refusal:
            case "TAS-106":
                return _not_allowed()
            case "CMN-419":
                return other_extension(_PERMISSION)
            case "CMN-408":
                return user_permission_missing(_PERMISSION)
            case "404":
                return not_found(parameter)


def _not_allowed() -> ApiError:
    return rest_error(403, "TAS-106", "Operation is not allowed")


def _has_other_end(call: Call, party: Party) -> bool:
    """Return whether another party is connected; voicemail and a ringing one are not."""
    others = (other for other in call.living if other is not party)
    return any(other.code in _OTHER_END for other in others)
