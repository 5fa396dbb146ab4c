"""Where a call goes: numbers that were typed, and those of extensions."""

from collections.abc import Collection
from typing import Final

from ..const import CONF_EXTENSION_ID
from ..coordinator import PresenceCoordinator
from .models import Destination, Refusal, Target, TargetKind
from .numbers import extension_destination, parse_destination

_ENABLED: Final = "Enabled"


def find_destination(
    coordinator: PresenceCoordinator, target: Target, own: Collection[str] = ()
) -> Destination | Refusal:
    """Return the number of a target: any kind but another call.

    `own` are numbers of the signed-in user beside that of the own extension.
    """
    directory = coordinator.roster.directory
    enabled = {
        extension.number: extension.id
        for extension in directory.values()
        if extension.number and extension.status == _ENABLED
    }
    if target.kind in (TargetKind.VOICEMAIL, TargetKind.PARK_LOCATION):
        # Their ids are sent, so any number will do.
        extension = directory.get(target.value)
        if extension is None or extension.status != _ENABLED:
            return Refusal("extension_gone")
        return Destination(extension.number or "", extension.id)
    own_extension = directory.get(coordinator.config_entry.data[CONF_EXTENSION_ID])
    if own_extension is not None and own_extension.number:
        own = {*own, own_extension.number}
    country = coordinator.hass.config.country
    if target.kind is TargetKind.EXTENSION:
        return extension_destination(target.value, enabled, own, country)
    return parse_destination(target.value, enabled, own, country)
