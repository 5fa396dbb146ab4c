"""Own RingOuts: their first leg looks like an incoming call. Pure."""

from collections.abc import Collection

from ..api.models.notifications import PresenceEvent
from ..api.models.presence import Snapshot


class OwnRingOuts:
    """RingOuts of the signed-in user: at most one that is pending, and their legs."""

    def __init__(self, extension_id: str) -> None:
        """Initialize without RingOuts."""
        raise NotImplementedError

    def begin(self, number: str, own: Collection[str], now: float) -> None:
        """Expect the first leg of a RingOut: its event may precede the answer."""
        raise NotImplementedError

    def answered(self, ring_out_id: str) -> None:
        """Handle the answer to the request."""
        raise NotImplementedError

    def withdraw(self) -> None:
        """Expect no leg: the request was refused."""
        raise NotImplementedError

    def intercept(self, event: PresenceEvent) -> PresenceEvent | None:
        """Return the event with the leg as an outgoing call, None to hold it back."""
        raise NotImplementedError

    def intercept_snapshot(self, snapshot: Snapshot) -> Snapshot | None:
        """Return the snapshot with the leg as an outgoing call, None to drop it."""
        raise NotImplementedError

    def take_held(self) -> list[PresenceEvent]:
        """Return the events that were held back, in their order, and drop them."""
        raise NotImplementedError

    def is_leg(self, session_id: str | None) -> bool:
        """Return whether a session is an own leg that was not answered."""
        raise NotImplementedError

    def session_of(self, session_id: str) -> str:
        """Return the session that lives under the id of one that is shown."""
        raise NotImplementedError
