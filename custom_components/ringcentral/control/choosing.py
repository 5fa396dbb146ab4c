"""Which call is meant, by presence, and which party is that of an extension. Pure."""

from collections.abc import Iterable, Sequence

from ..api.models.presence import ActiveCall
from ..api.models.telephony import Party, Session
from .models import Action, Refusal, Wanted


def choose_call(
    calls: Sequence[ActiveCall], action: Action, wanted: Wanted
) -> ActiveCall | Refusal:
    """Return the call that is meant; presence may list it wrongly."""
    raise NotImplementedError


def choose_party(
    session: Session, extension_id: str, party_id: str | None
) -> Party | None:
    """Return the living party of an extension, None if its call is over."""
    raise NotImplementedError


def parked_party(session: Session) -> Party | None:
    """Return the party that waits at a park location."""
    raise NotImplementedError


def other_parties(session: Session, party: Party) -> Iterable[Party]:
    """Return the parties that have not left, but this one."""
    raise NotImplementedError


def choose_second(
    calls: Sequence[ActiveCall], first: ActiveCall, wanted: str
) -> ActiveCall | Refusal:
    """Return the second call of a warm transfer by the id of its session."""
    raise NotImplementedError
