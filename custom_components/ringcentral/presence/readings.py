"""What is read from more than one field of a picture. Pure."""

from ..api.models.enums import DndStatus, TelephonyStatus
from ..api.models.presence import Presence


def dnd(presence: Presence) -> DndStatus | None:
    """Return which calls are taken.

    Accounts on the newer call handling also send a personal status, and may leave out
    the other one; do not disturb is on if either says so.
    """
    status, personal = presence.dnd_status, presence.dnd_status_personal
    if personal is DndStatus.DO_NOT_ACCEPT_ANY_CALLS:
        return personal
    return personal if has_personal_dnd_only(presence) else status


def has_personal_dnd_only(presence: Presence) -> bool:
    """Whether only the personal status says anything: all calls are taken, or none."""
    return (
        presence.dnd_status in (None, DndStatus.UNKNOWN)
        and presence.dnd_status_personal is not None
    )


def telephony_status(presence: Presence) -> TelephonyStatus | None:
    """Return what the phones are doing.

    Of park locations and the like the platform tells the calls alone.
    """
    if presence.telephony_status is not None:
        return presence.telephony_status
    calls = presence.active_calls
    return calls[0].telephony_status if calls else TelephonyStatus.NO_CALL
