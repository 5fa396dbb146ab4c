"""Which command a user gives, as numbered choices."""

from collections.abc import Mapping
from typing import Any, Final

from ..common import Account
from ..services import device_id
from .live_world import NUMBERS

OWN: Final = "101"
_OUTSIDE: Final = "+16505550188"
# People do not call the last one, which could be taken for a RingOut.
DIALED: Final = ("+16505550177", "+16505550178", "105")
ACTIONS: Final = (
    "answer_call",
    "hold_call",
    "resume_call",
    "hang_up",
    "reject_call",
    "park_call",
    "pick_up_call",
    "mute_call",
    "unmute_call",
    "transfer_call",
    "forward_call",
    "reply_to_call",
)
# Actions that fit what is shown of a call.
_FITTING: Final[Mapping[str, tuple[str, ...]]] = {
    "ringing": (
        "answer_call",
        "reject_call",
        "forward_call",
        "reply_to_call",
        "hang_up",
    ),
    "call_connected": (
        "hold_call",
        "mute_call",
        "transfer_call",
        "park_call",
        "unmute_call",
        "hang_up",
    ),
    "on_hold": ("resume_call", "transfer_call", "park_call", "hang_up"),
    "parked_call": ("pick_up_call", "hang_up"),
    "dialing": ("hang_up",),
}


class CommandChoices:
    """Commands for the calls that Home Assistant shows."""

    def __init__(self, account: Account) -> None:
        """Initialize for an account."""
        self._account = account

    def command(self, first: int, second: int) -> tuple[str, str, dict[str, Any]]:
        """Return an action, the number of an extension, and the fields of the action."""
        # Mostly the own extension, whose calls can be controlled for certain.
        numbers = [n for n in NUMBERS if self.shown(n)]
        if OWN in numbers or not numbers:
            numbers = [OWN, *numbers, OWN]
        number = numbers[second % len(numbers)]
        calls = self.shown(number)
        name = ACTIONS[first % len(ACTIONS)]
        fields: dict[str, Any] = {}
        if calls and second % 5:
            # One that fits a call.
            session_id = list(calls)[second % len(calls)]
            fitting = _FITTING[calls[session_id]]
            name = fitting[first % len(fitting)]
            if len(calls) > 1 or second % 3 == 1:
                fields["call"] = session_id
        elif second % 11 == 10:
            ended = [*self._account.simulator.account.calls.ended_calls, "s-unknown"]
            fields["call"] = ended[second % len(ended)]
        if name in ("transfer_call", "forward_call"):
            fields |= self._target(name, second, list(calls), fields.get("call"))
        elif name == "reply_to_call":
            fields["text"] = "In a meeting"
        return name, number, fields

    def _target(
        self, name: str, second: int, calls: list[str], call: str | None
    ) -> dict[str, Any]:
        others = [c for c in calls if c != call]
        if name == "transfer_call" and len(calls) > 1 and second % 2:
            return {"call": call or calls[0], "to_call": others[-1]}
        return (
            {"number": _OUTSIDE},
            {"extension": device_id(self._account, "104")},
            {"voicemail": True},
            {"extension": device_id(self._account, "103")},
        )[second // 3 % 4]

    def shown(self, number: str) -> dict[str, str]:
        """Return the statuses of the sessions that are shown at an extension."""
        entity_id = self._account.entity_id(number, "telephony_status")
        state = self._account.hass.states.get(str(entity_id))
        calls = () if state is None else state.attributes.get("active_calls", ())
        return {
            call["telephony_session_id"]: "dialing"
            if (call["telephony_status"], call["direction"]) == ("ringing", "outbound")
            else call["telephony_status"]
            for call in calls
        }

    def dial_fields(self, first: int, second: int) -> dict[str, Any]:
        """Return the fields of a command to dial."""
        number = DIALED[first % len(DIALED)]
        fields = {
            "config_entry_id": self._account.entry.entry_id,
            "wait": second % 3 == 2,
        }
        if number == DIALED[-1] and second % 2:
            return {**fields, "extension": device_id(self._account, number)}
        return {**fields, "number": number}
