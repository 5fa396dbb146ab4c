"""What each press of a user sends and shows, by tables written beside the code.

A cell is the key of a message or a result, after reading the session alone, or the change
that is sent then. With a colon, it says result and requests in full.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from .bench import OUTSIDE, REPLY

# The own calls, in each state.
OWN_CALLS: Final = """
              | answer           | reject           | forward          | reply
ringing       | POST answer      | POST reject      | POST forward     | POST reply
own_leg       | own_phone_rings  | done: DELETE ring-out | own_phone_rings | own_phone_rings
foreign_leg   | own_phone_rings  | DELETE session   | own_phone_rings  | own_phone_rings
dialing       | not_answered_yet | call_is_outgoing | call_is_outgoing | call_is_outgoing
connected     | already          | call_is_answered | call_is_answered | call_is_answered
connected_out | already          | call_is_answered | call_is_answered | call_is_answered
muted         | already          | call_is_answered | call_is_answered | call_is_answered
conference    | already          | call_is_answered | call_is_answered | call_is_answered
held          | call_is_held     | call_is_answered | call_is_answered | call_is_answered
held_out      | call_is_held     | call_is_answered | call_is_answered | call_is_answered
parked        | call_is_parked   | call_is_parked   | call_is_parked   | call_is_parked
voicemail     | in_voicemail     | in_voicemail     | in_voicemail     | in_voicemail
over          | call_over        | over             | call_over        | call_over

              | hold             | resume           | mute             | unmute
ringing       | call_is_ringing  | call_is_ringing  | call_is_ringing  | call_is_ringing
own_leg       | own_phone_rings  | own_phone_rings  | own_phone_rings  | own_phone_rings
foreign_leg   | own_phone_rings  | own_phone_rings  | own_phone_rings  | own_phone_rings
dialing       | not_answered_yet | not_answered_yet | not_answered_yet | not_answered_yet
connected     | POST hold        | already          | PATCH party muted=True | already
connected_out | POST hold        | already          | PATCH party muted=True | already
muted         | POST hold        | already          | already          | PATCH party muted=False
conference    | POST hold        | already          | PATCH party muted=True | already
held          | already          | POST unhold      | call_is_held     | call_is_held
held_out      | already          | POST unhold      | call_is_held     | call_is_held
parked        | call_is_parked   | call_is_parked   | call_is_parked   | call_is_parked
voicemail     | in_voicemail     | in_voicemail     | in_voicemail     | in_voicemail
over          | call_over        | call_over        | call_over        | call_over

              | transfer         | park             | pick_up          | hang_up
ringing       | call_is_ringing  | call_is_ringing  | call_is_ringing  | POST reject
own_leg       | own_phone_rings  | own_phone_rings  | own_phone_rings  | done: DELETE ring-out
foreign_leg   | own_phone_rings  | own_phone_rings  | own_phone_rings  | DELETE session
dialing       | not_answered_yet | not_answered_yet | not_answered_yet | DELETE session
connected     | POST transfer    | POST park        | call_not_parked  | DELETE session
connected_out | POST transfer    | park_outgoing    | call_not_parked  | DELETE session
muted         | unmute_first     | POST park        | call_not_parked  | DELETE session
conference    | POST transfer    | POST park        | call_not_parked  | DELETE party
held          | POST transfer    | POST park        | call_not_parked  | DELETE session
held_out      | POST transfer    | park_outgoing    | call_not_parked  | DELETE session
parked        | call_is_parked   | already          | POST pickup      | DELETE party
voicemail     | in_voicemail     | in_voicemail     | in_voicemail     | DELETE session
over          | call_over        | call_over        | call_over        | over
"""

# The call that presence shows in a state that the action fits; nothing is requested
# without one. `-` is the answer `no_such_call`.
CHOSEN_CALLS: Final = """
              | answer          | reject         | forward        | reply
ringing       | POST answer     | POST reject    | POST forward   | POST reply
own_leg       | -               | -              | -              | -
foreign_leg   | own_phone_rings | DELETE session | own_phone_rings| own_phone_rings
dialing       | -               | -              | -              | -
connected     | already         | -              | -              | -
held          | -               | -              | -              | -
parked        | -               | -              | -              | -
voicemail     | -               | -              | -              | -
over          | call_over       | -              | -              | -
over_ringing  | call_over       | over           | call_over      | call_over

              | hold            | resume         | mute           | unmute
ringing       | -               | -              | -              | -
own_leg       | -               | -              | -              | -
foreign_leg   | -               | -              | -              | -
dialing       | -               | -              | -              | -
connected     | POST hold       | already        | PATCH party muted=True | already
held          | already         | POST unhold    | -              | -
parked        | -               | -              | -              | -
voicemail     | -               | -              | -              | -
over          | call_over       | call_over      | call_over      | call_over
over_ringing  | -               | -              | -              | -

              | transfer        | park           | pick_up        | hang_up
ringing       | -               | -              | -              | POST reject
own_leg       | -               | -              | -              | done: DELETE ring-out
foreign_leg   | -               | -              | -              | DELETE session
dialing       | -               | -              | -              | DELETE session
connected     | POST transfer   | POST park      | -              | DELETE session
held          | POST transfer   | -              | -              | DELETE session
parked        | -               | already        | POST pickup    | DELETE party
voicemail     | -               | -              | -              | -
over          | call_over       | call_over      | -              | over
over_ringing  | -               | -              | -              | over
"""

# A usual state for each action, and the change.
NATURAL: Final[Mapping[str, tuple[str, str]]] = {
    "answer": ("ringing", "POST answer"),
    "reject": ("ringing", "POST reject"),
    "forward": ("ringing", "POST forward"),
    "reply": ("ringing", "POST reply"),
    "hold": ("connected", "POST hold"),
    "resume": ("held", "POST unhold"),
    "mute": ("connected", "PATCH party muted=True"),
    "unmute": ("muted", "PATCH party muted=False"),
    "transfer": ("connected", "POST transfer"),
    "park": ("connected", "POST park"),
    "pick_up": ("parked", "POST pickup"),
    "hang_up": ("connected", "DELETE session"),
}

WITH_PHONE: Final = ("answer", "pick_up")
BODIES: Final[Mapping[str, str]] = {
    "POST answer": "deviceId=hardphone",
    "POST pickup": "deviceId=hardphone",
    "POST reply": f"replyWithText={REPLY}",
    "POST forward": f"phoneNumber={OUTSIDE}",
    "POST transfer": f"phoneNumber={OUTSIDE}",
}


def cells(table: str) -> Iterator[tuple[str, str, str]]:
    """Yield action, state and cell of a table."""
    for part in table.strip("\n").split("\n\n"):
        heading, *lines = [
            [cell.strip() for cell in line.split("|")] for line in part.split("\n")
        ]
        for state, *found in lines:
            for action, cell in zip(heading[1:], found, strict=True):
                yield action, state, cell


def in_full(action: str, cell: str, bodies: Mapping[str, str] = BODIES) -> str:
    """Return result and requests of a cell."""
    if ":" in cell:
        return cell
    if cell == "-":
        return "no_such_call: "
    if cell[0].isupper():
        return f"done: {reads(action)}, {with_body(cell, bodies)}"
    return f"{cell}: {reads(action)}"


def reads(action: str) -> str:
    """Return what is read before a change."""
    return "phones, GET session" if action in WITH_PHONE else "GET session"


def with_body(change: str, bodies: Mapping[str, str] = BODIES) -> str:
    """Return a change with its body."""
    return f"{change} {bodies[change]}" if change in bodies else change
