"""Actions that RingCentral has denied, stored until the account is loaded again."""

from collections.abc import Callable

from ..api.exceptions import RingCentralError
from ..exceptions import translation_key
from .models import Action, Whose


class DeniedActions:
    """What RingCentral does not allow this user and app."""

    def __init__(self) -> None:
        """Initialize without denied actions."""
        # None instead of the owner: the app lacks the permission. None instead of the
        # action: reading of sessions.
        self._errors: dict[tuple[Whose | None, Action | str | None], RingCentralError]
        self._errors = {}
        self.changed: Callable[[], None] | None = None

    def add(self, whose: Whose, action: Action | None, err: RingCentralError) -> None:
        """Store that an action is denied, or to read the session if it is None."""
        if translation_key(err) == "app_permission_missing":
            self._errors[None, None] = err
        else:
            self._errors[whose, _kind(whose, action)] = err
        if self.changed is not None:
            self.changed()

    def find(self, whose: Whose, action: Action) -> RingCentralError | None:
        """Return why an action is denied, None if it is not."""
        keys = (None, None), (whose, None), (whose, _kind(whose, action))
        return next((self._errors[key] for key in keys if key in self._errors), None)

    def actions(self, whose: Whose) -> frozenset[Action]:
        """Return the actions that are denied."""
        return frozenset(
            action
            for action in Action
            if self.find(Whose.PARKED if action is Action.PICK_UP else whose, action)
        )


def _kind(whose: Whose, action: Action | None) -> Action | str | None:
    """Return what is denied together: all actions on calls of others are."""
    return "any" if whose is Whose.OTHERS and action is not None else action
