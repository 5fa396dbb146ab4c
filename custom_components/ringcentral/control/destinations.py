"""Where a call goes: numbers that were typed, and those of extensions."""

from collections.abc import Collection, Iterable
from typing import Final

from ..api.models.directory import Extension
from ..const import CONF_EXTENSION_ID
from ..coordinator import PresenceCoordinator
from .models import Destination, Refusal, Target, TargetKind
from .numbers import parse_destination

_ENABLED: Final = "Enabled"


def find_destination(
    coordinator: PresenceCoordinator, target: Target, own: Collection[str] | None = ()
) -> Destination | Refusal:
    """Return the number of a target: any kind but another call.

    `own` are numbers of the signed-in user beside that of the own extension, None if
    the call may go to them.
    """
    directory = coordinator.roster.directory
    number = target.value
    known: Iterable[Extension] = directory.values()
    if target.kind is not TargetKind.NUMBER:
        extension = directory.get(target.value)
        if extension is None or extension.status != _ENABLED:
            return Refusal("extension_gone")
        number = extension.number or ""
        if target.kind is not TargetKind.EXTENSION:
            # The id of voicemail and park locations is sent, so any number will do.
            return Destination(number, extension.id)
        # The board asks for each person.
        known = (extension,)
    own_extension = directory.get(coordinator.config_entry.data[CONF_EXTENSION_ID])
    if own is not None and own_extension is not None and own_extension.number:
        own = {*own, own_extension.number}
    enabled = {
        extension.number: extension.id
        for extension in known
        if extension.number and extension.status == _ENABLED
    }
    return parse_destination(
        number, enabled, own or (), coordinator.hass.config.country
    )
