"""Telephones that are exposed to an assistant."""

from collections.abc import Iterable, Iterator
from json import dumps
from re import compile as compile_pattern
from typing import Final, NamedTuple

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..api.clock import LoopYielder
from ..const import CONF_EXTENSION_ID, DOMAIN, MAIN_KEY
from ..coordinator import (
    PresenceCoordinator,
    RingCentralConfigEntry,
    loaded_coordinator,
)
from ..roster.identifiers import entity_unique_id, unique_id_extension
from ..roster.models import Roster, name_in_label
from ..targets import ExtensionRef
from ..texts import one_line

_LONGEST: Final = 40
# In bytes of JSON, of which a character outside of ASCII has 6 or 12.
_LARGEST: Final = 2 + 6 * _LONGEST
# Telephones after which other tasks may run, in less than 1 ms.
AT_ONCE: Final = 20
_NUMBER: Final = compile_pattern(r" \((\d+)\)$")


class Telephone(NamedTuple):
    """Extension whose telephony status is exposed."""

    ref: ExtensionRef
    entity: er.RegistryEntry
    device: dr.AnyDeviceEntry | None
    number: str | None
    is_own: bool
    is_person: bool
    # None while its account is not loaded.
    coordinator: PresenceCoordinator | None

    @property
    def entity_id(self) -> str:
        """The entity that represents it."""
        return self.entity.entity_id

    @property
    def label(self) -> str:
        """Name of its device, with the number unless the user has renamed it."""
        device = self.device
        return (device and (device.name_by_user or device.name)) or self.entity_id

    @property
    def name(self) -> str:
        """Name of its device without the number."""
        return name_in_label(self.label, self.number)

    @property
    def names(self) -> list[str]:
        """What people call it, and its number."""
        names = [*aliases(self.entity), *filter(None, (self.entity.name, self.number))]
        for label in device_names(self.device):
            names += (label, name_in_label(label, self.number))
        return names

    @property
    def area_id(self) -> str | None:
        """Area that it is in."""
        of_device = None if self.device is None else self.device.area_id
        return self.entity.area_id or of_device


class Viewer(NamedTuple):
    """An assistant, and the user who asks it; None if that is unknown."""

    hass: HomeAssistant
    assistant: str
    user: User | None = None

    def may_see(self, entity: er.RegistryEntry) -> bool:
        """Return whether an entity is exposed, and the user may read it."""
        entity_id = entity.entity_id
        return (
            entity.hidden_by is None
            # A disabled entity has none.
            and self.hass.states.get(entity_id) is not None
            and async_should_expose(self.hass, self.assistant, entity_id)
            and (
                self.user is None
                or self.user.permissions.check_entity(entity_id, POLICY_READ)
            )
        )


@callback
def exposed_telephones(
    viewer: Viewer, entry: RingCentralConfigEntry
) -> Iterator[Telephone | None]:
    """Yield the telephones of an account, None for each that is not exposed."""
    registry, devices = er.async_get(viewer.hass), dr.async_get(viewer.hass)
    coordinator = loaded_coordinator(entry)
    # It may change while the caller yields to the event loop.
    roster = None if coordinator is None else coordinator.roster
    for extension_id, entity in _main_entities(registry, entry, roster):
        if not viewer.may_see(entity):
            yield None
            continue
        device = devices.async_get(entity.device_id or "")
        if roster is None:
            found = _NUMBER.search((device and device.name) or "")
            number, is_person = found and found[1], True
        else:
            extension = roster.directory[extension_id]
            number, is_person = extension.number, extension.is_person
        yield Telephone(
            ExtensionRef(entry.entry_id, extension_id),
            entity,
            device,
            number,
            extension_id == entry.data[CONF_EXTENSION_ID],
            is_person,
            coordinator,
        )


def _main_entities(
    registry: er.EntityRegistry, entry: RingCentralConfigEntry, roster: Roster | None
) -> Iterator[tuple[str, er.RegistryEntry]]:
    if roster is not None:
        for extension_id in roster.monitored:
            unique_id = entity_unique_id(entry, MAIN_KEY, extension_id)
            entity_id = registry.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, unique_id)
            if entity_id and (entity := registry.async_get(entity_id)):
                yield extension_id, entity
        return
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.domain == SENSOR_DOMAIN and entity.translation_key == MAIN_KEY:
            of_entity = unique_id_extension(entry, entity.unique_id)
            if of_entity is not None:
                yield of_entity, entity


async def async_telephones(viewer: Viewer) -> list[Telephone]:
    """Return all telephones that are exposed."""
    telephones: list[Telephone] = []
    yielder = LoopYielder()
    for entry in viewer.hass.config_entries.async_entries(DOMAIN):
        for number, one in enumerate(exposed_telephones(viewer, entry)):
            if one is not None:
                telephones.append(one)
            if not number % AT_ONCE:
                await yielder.yield_if_due()
    return telephones


def one_each(telephones: Iterable[Telephone]) -> list[Telephone]:
    """Return each extension once: two users of an account may monitor the same."""
    best: dict[str, Telephone] = {}
    for one in telephones:
        former = best.setdefault(one.ref.extension_id, one)
        if former is not one and _rank(one) > _rank(former):
            best[one.ref.extension_id] = one
    return [*best.values()]


def _rank(telephone: Telephone) -> tuple[bool, bool]:
    return telephone.coordinator is not None, telephone.is_own


def aliases(entity: er.RegistryEntry) -> list[str]:
    """Return the names that the user has added to an entity."""
    # The other alias stands for the name of the entity.
    return [one for one in entity.aliases if isinstance(one, str)]


def device_names(device: dr.AnyDeviceEntry | None) -> list[str]:
    """Return the name that the user has given to a device, and its other name."""
    return [*filter(None, (device.name_by_user, device.name))] if device else []


def short(text: str | None) -> str:
    """Return a text in one short line."""
    if text and len(text) <= _LONGEST and text.isascii() and text.isprintable():
        # Almost always.
        return text.strip()
    line = (one_line(text) or "").strip()[:_LONGEST]
    if not line.isascii():
        while len(dumps(line)) > _LARGEST:
            line = line[:-1]
    return line
