"""Parties of calls, and how they change."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .party_states import PRESENCE_STATUS, CallStatus, PartyCode

type Direction = Literal["Inbound", "Outbound"]


@dataclass(slots=True, kw_only=True)
class Party:
    """One extension's side of a call."""

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

    @property
    def status(self) -> CallStatus:
        """Return what presence shows of it."""
        return PRESENCE_STATUS[self.code]

    @property
    def remote_number(self) -> str:
        """Return the number at the other end."""
        return self.from_number if self.direction == "Inbound" else self.to_number

    @property
    def local_number(self) -> str:
        """Return the number at this end."""
        return self.to_number if self.direction == "Inbound" else self.from_number


class Change(NamedTuple):
    """A change of a party's state."""

    party: Party
    before: PartyCode
    after: PartyCode
    reason: str | None
    at: float
