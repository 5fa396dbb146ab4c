"""Changes of an extension's settings, and whether they were applied. Pure."""

from copy import replace
from typing import Final

from ..api.models.enums import DndStatus
from ..api.models.presence import Presence, PresenceUpdate
from .models import effective_dnd, has_personal_dnd_only

_FLAGS: Final = (
    "allow_see_my_presence",
    "ring_on_monitored_call",
    "pick_up_calls_on_hold",
)
PERSONAL_DND: Final = (DndStatus.TAKE_ALL_CALLS, DndStatus.DO_NOT_ACCEPT_ANY_CALLS)


def dnd_options(presence: Presence) -> tuple[DndStatus, ...]:
    """Return the do not disturb statuses that the kind of account accepts."""
    if has_personal_dnd_only(presence):
        return PERSONAL_DND
    return tuple(DndStatus.known())


def adapt_update(update: PresenceUpdate, presence: Presence) -> PresenceUpdate:
    """Return the change with the fields of the kind of account."""
    if update.dnd_status is None or not has_personal_dnd_only(presence):
        return update
    return replace(update, dnd_status=None, dnd_status_personal=update.dnd_status)


def find_unapplied(update: PresenceUpdate, answer: Presence) -> list[str]:
    """Return the settings that differ in the platform's answer."""
    wanted_dnd = update.dnd_status or update.dnd_status_personal
    answered_dnd = effective_dnd(answer)
    if answered_dnd is DndStatus.UNKNOWN:
        # A value of the platform's own; it does not contradict the change.
        answered_dnd = wanted_dnd
    settings: dict[str, tuple[object, object]] = {
        "user_status": (update.user_status, answer.user_status),
        "dnd_status": (wanted_dnd, answered_dnd),
        # An empty message may be left out.
        "message": (
            update.message and update.message.strip(),
            (answer.message or "").strip(),
        ),
        **{name: (getattr(update, name), getattr(answer, name)) for name in _FLAGS},
    }
    return [
        name
        for name, (wanted, shown) in settings.items()
        if wanted is not None and shown != wanted
    ]
