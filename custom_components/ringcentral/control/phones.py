"""Telephones and forwarding numbers of the signed-in user, read when needed."""

from ..api.call_control import CallControlClient
from ..api.models.telephony import ForwardingNumber, Phone
from .models import Refusal


class Phones:
    """Telephones of the signed-in user, kept for a minute."""

    def __init__(self, client: CallControlClient) -> None:
        """Initialize without telephones."""
        raise NotImplementedError

    async def device_id(self, wanted: str | None, default: str | None) -> str | Refusal:
        """Return the telephone to answer with, by name or id, else the best one."""
        raise NotImplementedError

    async def origin(
        self, wanted: str | None, default: str | None
    ) -> ForwardingNumber | str | Refusal:
        """Return the telephone that rings first: a forwarding number or any number."""
        raise NotImplementedError

    async def phones(self) -> list[Phone]:
        """Return all telephones, for the form."""
        raise NotImplementedError

    async def forwarding_numbers(self) -> list[ForwardingNumber]:
        """Return all forwarding numbers, for the form."""
        raise NotImplementedError
