"""Refusals of the platform, which stay until the account is loaded again."""

from collections.abc import Callable

from ..api.exceptions import RingCentralError
from ..exceptions import translation_key
from .models import Action, Whose


class Refusals:
    """What RingCentral does not allow this user and app."""

    def __init__(self) -> None:
        """Initialize without refusals."""
        # None instead of the owner: the app lacks the permission. None instead of the
        # action: reading of sessions.
        self._errors: dict[tuple[Whose | None, Action | str | None], RingCentralError]
        self._errors = {}
        self.changed: Callable[[], None] | None = None

    def add(self, whose: Whose, action: Action | None, err: RingCentralError) -> None:
        """Store a refusal of an action, or of reading the session if it is None."""
        if translation_key(err) == "app_permission_missing":
            self._errors[None, None] = err
        else:
            self._errors[whose, _kind(whose, action)] = err
        if self.changed is not None:
            self.changed()

    def find(self, whose: Whose, action: Action) -> RingCentralError | None:
        """Return the refusal that concerns an action."""
        keys = (None, None), (whose, None), (whose, _kind(whose, action))
        return next((self._errors[key] for key in keys if key in self._errors), None)

    def actions(self, whose: Whose) -> frozenset[Action]:
        """Return the actions that are refused."""
        return frozenset(
            action
            for action in Action
            if self.find(Whose.PARKED if action is Action.PICK_UP else whose, action)
        )


def _kind(whose: Whose, action: Action | None) -> Action | str | None:
    """Return what is refused together: all actions on calls of others are."""
    return "any" if whose is Whose.OTHERS and action is not None else action
