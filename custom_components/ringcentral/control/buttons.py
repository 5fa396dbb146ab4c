"""Which buttons the board shows for the calls of an extension. Pure."""

from collections.abc import Mapping
from typing import Final

from .models import WITH_PHONE, Abilities, Action, Whose

DIAL: Final = "dial"
CANCEL_DIAL: Final = "cancel_dial"
# A transfer to the other own call.
CONNECT: Final = "connect"

# By the status of a line of the board, in the order of the buttons.
_BUTTONS: Final[Mapping[Whose, Mapping[str, str]]] = {
    Whose.OWN: {
        "ringing": "answer reject forward reply",
        "dialing": "hang_up cancel_dial",
        "call_connected": "hold mute unmute transfer park hang_up",
        "call_connected:outgoing": "hold mute unmute transfer hang_up",
        "on_hold": "resume transfer connect park hang_up",
        "on_hold:outgoing": "resume transfer connect hang_up",
        "parked_call": "pick_up",
    },
    Whose.OTHERS: {
        "idle": "dial",
        "ringing": "reject forward",
        "call_connected": "hold transfer hang_up",
        "call_connected:outgoing": "hold transfer hang_up",
        "on_hold": "resume transfer hang_up",
        "on_hold:outgoing": "resume transfer hang_up",
        "parked_call": "pick_up",
    },
}


def offered(whose: Whose, abilities: Abilities) -> dict[str, list[str]]:
    """Return the actions that the board offers, by the status of a call's line."""
    buttons = _BUTTONS[Whose.OWN if whose is Whose.OWN else Whose.OTHERS]
    return {
        status: [name for name in names.split() if _is_offered(name, abilities)]
        for status, names in buttons.items()
    }


def _is_offered(name: str, abilities: Abilities) -> bool:
    if name == DIAL:
        return abilities.can_dial
    if name == CANCEL_DIAL:
        # To hang up cancels, too.
        return abilities.can_dial and not _is_offered(Action.HANG_UP, abilities)
    action = Action.TRANSFER if name == CONNECT else Action(name)
    return (
        abilities.can_control
        and action not in abilities.denied
        and (abilities.has_phone or action not in WITH_PHONE)
    )
