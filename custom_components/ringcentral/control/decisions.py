"""Which request an action needs in each state of a call. Pure."""

from ..api.models.telephony import PartyRequest, Session
from .models import Abilities, Action, CallView, Details, Refusal, Result, Whose


def view_of(
    session: Session,
    extension_id: str,
    party_id: str | None,
    whose: Whose,
    *,
    own_leg: bool,
) -> CallView:
    """Return the view of an extension, whose party presence may have named."""
    raise NotImplementedError


def decide(
    action: Action, view: CallView, details: Details
) -> PartyRequest | Result | Refusal:
    """Return the request of an action, or why there is none."""
    raise NotImplementedError


def alternative(request: PartyRequest, view: CallView) -> PartyRequest | Refusal | None:
    """Return what follows the refusal of a request, None if nothing does."""
    raise NotImplementedError


def is_done(action: Action, view: CallView) -> bool:
    """Return whether a session proves that an action took effect."""
    raise NotImplementedError


def offered(whose: Whose, abilities: Abilities) -> dict[str, list[str]]:
    """Return the actions that the board offers, by the state of a call's line."""
    raise NotImplementedError
