"""Telephones that are exposed to an assistant, and the names that people use for them."""

from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import CONF_EXTENSION_ID
from ..coordinator import PresenceCoordinator
from ..roster.models import name_in_label
from ..targets import ExtensionRef, main_entity_id

_NAMES_AT_MOST: Final = 5


class Telephone(NamedTuple):
    """Extension whose telephony status is exposed."""

    ref: ExtensionRef
    entity_id: str
    # Name of its device, with the number unless the user has renamed it.
    label: str
    # What people call it, and its number.
    names: tuple[str, ...]
    is_own: bool


@callback
def exposed_telephones(
    hass: HomeAssistant, assistant: str, coordinator: PresenceCoordinator
) -> Iterator[Telephone | None]:
    """Yield the telephones of an account, None for each that is not exposed."""
    for extension_id in coordinator.roster.monitored:
        ref = ExtensionRef(coordinator.config_entry.entry_id, extension_id)
        entity_id = main_entity_id(hass, ref)
        # A disabled entity has no state.
        if entity_id is not None and hass.states.get(entity_id) is not None:
            is_exposed = async_should_expose(hass, assistant, entity_id)
            yield _telephone(coordinator, ref, entity_id) if is_exposed else None


def _telephone(
    coordinator: PresenceCoordinator, ref: ExtensionRef, entity_id: str
) -> Telephone:
    entity = er.async_get(coordinator.hass).async_get(entity_id)
    device_id = (entity and entity.device_id) or ""
    device = dr.async_get(coordinator.hass).async_get(device_id)
    extension = coordinator.roster.directory[ref.extension_id]
    # The other alias stands for the name of the entity.
    names = [one for one in entity.aliases if isinstance(one, str)] if entity else []
    labels = [*filter(None, (device.name_by_user, device.name))] if device else []
    for label in labels:
        names += (label, name_in_label(label, extension.number))
    names += filter(None, (extension.number,))
    return Telephone(
        ref,
        entity_id,
        labels[0] if labels else entity_id,
        tuple(names),
        ref.extension_id == coordinator.config_entry.data[CONF_EXTENSION_ID],
    )


def find_telephone(telephones: Collection[Telephone], name: str | None) -> Telephone:
    """Return the telephone of a name, or the only one; raise HomeAssistantError.

    Who has it as the whole name comes before those who have it as a part.
    """
    found = telephones
    if name is not None:
        wanted = _words(name)
        known = [(one, [*map(_words, one.names)]) for one in telephones if wanted]
        found = [one for one, names in known if wanted in names] or [
            one for one, names in known if any(wanted < own for own in names)
        ]
    if not found:
        meant = "own telephone" if name is None else "telephone of that name"
        raise HomeAssistantError(f"No {meant} is exposed")
    # Two users of an account may monitor the same extension.
    if len({one.ref.extension_id for one in found}) > 1:
        labels = sorted(one.label for one in found)
        more = len(labels) - _NAMES_AT_MOST
        listed = ", ".join(labels[:_NAMES_AT_MOST]) + (f" + {more}" if more > 0 else "")
        raise HomeAssistantError(f"Ask which of these is meant: {listed}")
    return max(found, key=attrgetter("is_own"))


def _words(name: str) -> frozenset[str]:
    return frozenset(name.casefold().replace("(", " ").replace(")", " ").split())
