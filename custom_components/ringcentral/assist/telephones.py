"""Telephones that are exposed to an assistant."""

from collections.abc import AsyncIterator, Iterable, Iterator
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
from ..roster.identifiers import entity_unique_id, identified_extensions
from ..roster.models import name_in_label
from ..targets import ExtensionRef
from ..texts import short_line

# Items after which other tasks may run, in less than 1 ms.
AT_ONCE: Final = 20


class Telephone(NamedTuple):
    """Extension, and the entity that is exposed."""

    ref: ExtensionRef
    entity: er.RegistryEntry
    device: dr.DeviceEntry
    is_own: bool
    # None while its account is not loaded.
    coordinator: PresenceCoordinator | None

    @property
    def entity_id(self) -> str:
        """The entity that is exposed."""
        return self.entity.entity_id

    @property
    def number(self) -> str | None:
        """Its extension number."""
        return self.device.model_id

    @property
    def label(self) -> str:
        """Name of its device, with the number unless the user has renamed it."""
        return self.device.name_by_user or self.device.name or self.entity_id

    @property
    def name(self) -> str:
        """Name of its device without the number, in one short line."""
        name = short_line(name_in_label(self.label, self.number))
        return name or self.number or self.entity_id

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
        return self.entity.area_id or self.device.area_id


class Viewer(NamedTuple):
    """An assistant, and the user who asks it; None if that is unknown."""

    hass: HomeAssistant
    assistant: str
    user: User | None = None

    def find(self, domain: str, unique_id: str) -> er.RegistryEntry | None:
        """Return an entity that is exposed, and that the user may read."""
        registry, user = er.async_get(self.hass), self.user
        entity_id = registry.async_get_entity_id(domain, DOMAIN, unique_id)
        entity = registry.async_get(entity_id or "")
        is_seen = (
            entity is not None
            and entity.hidden_by is None
            # A disabled entity has none.
            and self.hass.states.get(entity.entity_id) is not None
            and async_should_expose(self.hass, self.assistant, entity.entity_id)
            and (
                user is None
                or user.permissions.check_entity(entity.entity_id, POLICY_READ)
            )
        )
        return entity if is_seen else None


@callback
def exposed_telephones(
    viewer: Viewer, entry: RingCentralConfigEntry
) -> Iterator[Telephone | None]:
    """Yield the telephones of an account, None for each that is not exposed."""
    coordinator, own_id = loaded_coordinator(entry), entry.data[CONF_EXTENSION_ID]
    devices = dr.async_get(viewer.hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        for extension_id in identified_extensions(entry, device.identifiers):
            unique_id = entity_unique_id(entry, MAIN_KEY, extension_id)
            if (entity := viewer.find(SENSOR_DOMAIN, unique_id)) is None:
                yield None
                continue
            ref = ExtensionRef(entry.entry_id, extension_id)
            is_own = extension_id == own_id
            yield Telephone(ref, entity, device, is_own, coordinator)


async def async_telephones(viewer: Viewer) -> list[Telephone]:
    """Return all telephones that are exposed."""
    entries = viewer.hass.config_entries.async_entries(DOMAIN)
    found = (one for entry in entries for one in exposed_telephones(viewer, entry))
    return [one async for one in in_slices(found) if one is not None]


async def in_slices[T](items: Iterable[T]) -> AsyncIterator[T]:
    """Yield items, and now and then to the event loop."""
    yielder = LoopYielder()
    for number, item in enumerate(items):
        yield item
        if not number % AT_ONCE:
            await yielder.yield_if_due()


def one_each(telephones: Iterable[Telephone]) -> list[Telephone]:
    """Return each extension once: two users of an account may monitor the same."""
    ranked = sorted(telephones, key=lambda t: (t.coordinator is not None, t.is_own))
    best = {one.ref.extension_id: one for one in ranked}
    return [*best.values()]


def aliases(entity: er.RegistryEntry) -> list[str]:
    """Return the names that the user has added to an entity."""
    # The other alias stands for the name of the entity.
    return [one for one in entity.aliases if isinstance(one, str)]


def device_names(device: dr.AnyDeviceEntry | None) -> list[str]:
    """Return the name that the user has given to a device, and its other name."""
    return [*filter(None, (device.name_by_user, device.name))] if device else []
