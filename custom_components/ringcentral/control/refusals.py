"""Refusals of the platform, which stay until the account is loaded again."""

from ..api.exceptions import RingCentralError
from .models import Action, Whose


class Refusals:
    """What RingCentral does not allow this user and app."""

    def add(self, whose: Whose, action: Action | None, err: RingCentralError) -> None:
        """Store a refusal of an action, or of reading the session if it is None."""
        raise NotImplementedError

    def find(self, whose: Whose, action: Action) -> RingCentralError | None:
        """Return the refusal that concerns an action."""
        raise NotImplementedError

    def actions(self, whose: Whose) -> frozenset[Action]:
        """Return the actions that are refused."""
        raise NotImplementedError
