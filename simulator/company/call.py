"""A telephony session: its parties, living and ended."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .directory import Extension
from .parties import Party
from .party_states import CallStatus

type Origin = Literal["Call", "RingOut", "CallOut"]


class IllegalMoveError(Exception):
    """A call is not in the state that a move needs."""


class UnknownCallError(LookupError):
    """No call has this telephony session id."""


class Target(NamedTuple):
    """Where a call goes: a number and the extension that it reaches, or its voicemail."""

    number: str
    name: str | None = None
    extension: Extension | None = None
    kind: Literal["phone", "voicemail", "park"] = "phone"


@dataclass(slots=True, kw_only=True)
class Call:
    """A telephony session."""

    id: str
    origin: Origin = "Call"
    creation_time: float = 0.0
    # From an extension to another one.
    is_inside: bool = False
    # Living parties at extensions, as presence shows them.
    parties: list[Party] = field(default_factory=list)
    # Parties that have stopped ringing, while the caller waits for the next ring.
    paused: list[Party] = field(default_factory=list)
    # Living parties that no presence shows: those outside, and in voicemail.
    others: list[Party] = field(default_factory=list)
    ended: list[Party] = field(default_factory=list)
    ended_at: float | None = None
    # The session to the called phone, if this one is the own leg of a RingOut.
    leg_of: str | None = None
    # The other session of a RingOut, which ends with this one.
    partner: str | None = None
    # Who is called as soon as the own phone has answered.
    target: Target | None = None
    # Sessions to other agents that the same caller rings.
    siblings: list[str] = field(default_factory=list)
    last_party: int = 1
    # Number of the last session event, and what these have shown of each party.
    last_sequence: int | None = None
    reported: dict[str, tuple[str, str | None, bool]] = field(default_factory=dict)
    # Whether a user of the API has acted on it.
    is_controlled: bool = False

    @property
    def living(self) -> list[Party]:
        """Return the living parties."""
        return sorted((*self.parties, *self.others), key=lambda party: party.number)

    @property
    def everyone(self) -> list[Party]:
        """Return all parties, ended ones too."""
        parties = (*self.parties, *self.paused, *self.others, *self.ended)
        return sorted(parties, key=lambda party: party.number)

    def of(self, extension_id: str | None, statuses: frozenset[CallStatus]) -> Party:
        """Return the party that a move applies to; the called side comes first.

        Raises IllegalMoveError if no party may make it.
        """
        candidates = [
            party
            for party in self.parties
            if party.status in statuses and extension_id in (None, party.extension_id)
        ]
        if not candidates:
            raise IllegalMoveError("No party of this call may do that now")
        candidates.sort(key=lambda party: party.direction == "Outbound")
        return candidates[0]
