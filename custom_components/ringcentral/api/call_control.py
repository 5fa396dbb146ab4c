"""Client for telephony sessions, RingOut, and the telephones of the signed-in user."""

from .authorized import AuthorizedClient
from .models.telephony import (
    ForwardingNumber,
    Party,
    PartyRequest,
    Phone,
    RingOut,
    Session,
)
from .rate_limits import RateGroup, Reservation


class CallControlClient(AuthorizedClient):
    """Reads and changes calls; nothing that may have been done is sent again."""

    def reserve(self, group: RateGroup, slots: int = 1) -> Reservation:
        """Reserve slots, and leave some to presence; raise RateLimitedError if full."""
        raise NotImplementedError

    async def session(self, session_id: str, slots: Reservation) -> Session:
        """Return a session."""
        raise NotImplementedError

    async def send(self, request: PartyRequest, slots: Reservation) -> Party | None:
        """Change a session or a party; return the party if the answer has one."""
        raise NotImplementedError

    async def ring_out(
        self, number: str, origin: ForwardingNumber | str, *, play_prompt: bool
    ) -> RingOut:
        """Ring the phone of `origin`, then call the number."""
        raise NotImplementedError

    async def ring_out_status(self, ring_out_id: str) -> RingOut:
        """Return a RingOut; NotFoundError soon after its end."""
        raise NotImplementedError

    async def cancel_ring_out(self, ring_out_id: str) -> None:
        """Cancel a RingOut before the own phone is answered."""
        raise NotImplementedError

    async def phones(self) -> list[Phone]:
        """Return the telephones of the signed-in user."""
        raise NotImplementedError

    async def forwarding_numbers(self) -> list[ForwardingNumber]:
        """Return the forwarding numbers of the signed-in user."""
        raise NotImplementedError
