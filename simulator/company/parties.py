"""Parties of calls, and how they change."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .party_states import PRESENCE_STATUS, RINGING, CallStatus, PartyCode

type Direction = Literal["Inbound", "Outbound"]
type RingOutRole = Literal["", "Initiator", "Target"]


class Peer(NamedTuple):
    """Where a party has gone: a party of another session."""

    session_id: str
    party_id: str


@dataclass(slots=True, kw_only=True)
class Party:
    """One side of a call; outside of the account it has no extension."""

    telephony_session_id: str
    party_id: str
    extension_id: str
    session_id: str
    id: str
    direction: Direction
    from_number: str
    from_name: str | None
    to_number: str
    to_name: str | None
    queue_call: bool = False
    on_behalf_of: str | None = None
    queue_name: str | None = None
    start_time: float = 0.0
    code: PartyCode = "Setup"
    # Why it has its state.
    reason: str | None = None
    to_tag: str = "blf"
    from_tag: str = ""
    answered_at: float | None = None
    ended_at: float | None = None
    peer: Peer | None = None
    muted: bool = False
    # Held with the phone's own key, not by a request.
    held_at_phone: bool = False
    park_id: str = ""
    # Presence of a park location names no more than the session.
    is_at_location: bool = False
    device_id: str = ""
    ring_out_role: RingOutRole = ""
    recording_id: str = ""
    is_recording: bool = False

    @property
    def status(self) -> CallStatus:
        """Return what presence shows of it."""
        return PRESENCE_STATUS[self.code]

    @property
    def is_ringing(self) -> bool:
        """Return whether it was not answered yet."""
        return self.code in RINGING

    @property
    def number(self) -> int:
        """Return its place in the session."""
        return int(self.party_id.rpartition("-")[2])

    @property
    def remote_number(self) -> str:
        """Return the number at the other end."""
        return self.from_number if self.direction == "Inbound" else self.to_number

    @property
    def local_number(self) -> str:
        """Return the number at this end."""
        return self.to_number if self.direction == "Inbound" else self.from_number


class Change(NamedTuple):
    """A change of a party's state, or of its microphone."""

    party: Party
    before: PartyCode
    after: PartyCode
    reason: str | None
    at: float
    muted: bool = False
