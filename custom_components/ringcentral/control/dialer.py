"""Dial by RingOut, and follow what becomes of it."""

from homeassistant.core import Context, HomeAssistant

from ..api.call_control import CallControlClient
from ..coordinator import PresenceCoordinator
from .models import Destination, DialResult, Result
from .phones import Phones
from .ringouts import OwnRingOuts


class Dialer:
    """Dials for the signed-in user; nothing is dialed twice."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: PresenceCoordinator,
        client: CallControlClient,
        phones: Phones,
        ring_outs: OwnRingOuts,
    ) -> None:
        """Initialize without a pending RingOut."""
        raise NotImplementedError

    async def async_dial(
        self,
        destination: Destination,
        origin: str | None,
        *,
        play_prompt: bool | None,
        wait: bool,
        context: Context | None,
    ) -> DialResult:
        """Dial; raise HomeAssistantError if it is refused, or may have been done."""
        raise NotImplementedError

    async def async_cancel(self, context: Context | None) -> Result:
        """Cancel the pending RingOut."""
        raise NotImplementedError
