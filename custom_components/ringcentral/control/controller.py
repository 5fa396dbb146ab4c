"""Carry out commands for calls: read the session, decide, change it once."""

from homeassistant.core import Context, HomeAssistant

from ..api.call_control import CallControlClient
from ..coordinator import PresenceCoordinator
from .dialer import Dialer
from .models import Abilities, ActionResult, Command, Whose
from .phones import Phones
from .refusals import Refusals


class CallController:
    """Controls the calls of one account; it sets no state."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: PresenceCoordinator,
        client: CallControlClient,
        phones: Phones,
        dialer: Dialer,
    ) -> None:
        """Initialize without refusals."""
        self.refusals = Refusals()
        raise NotImplementedError

    async def async_act(
        self, extension_id: str, command: Command, context: Context | None
    ) -> ActionResult:
        """Carry out a command; raise HomeAssistantError if it is not possible."""
        raise NotImplementedError

    def abilities(self, whose: Whose) -> Abilities:
        """Return what app, user and telephones allow."""
        raise NotImplementedError
