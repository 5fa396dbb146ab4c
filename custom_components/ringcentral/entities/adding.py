"""Add the entities of a platform that the options and the size of the account select."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)

from ..const import DOMAIN, MAIN_KEY
from ..coordinator import PresenceCoordinator, RingCentralConfigEntry
from ..roster.identifiers import entity_unique_id
from ..roster.registered_entities import NOT_DISABLED_ITSELF
from .base import RingCentralEntityDescription
from .manager import MANAGERS


@callback
def async_add_extension_entities(
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make_entities: Callable[[str | None], Iterable[Entity]],
) -> None:
    """Let the entity manager add these entities of each extension that is shown.

    `make_entities` returns those of the account if it is called with None.
    """
    platform = async_get_current_platform()
    hass = platform.hass
    get_entity_id = partial(
        er.async_get(hass).async_get_entity_id, platform.domain, DOMAIN
    )

    @callback
    def add(extension_id: str | None) -> None:
        entities = [
            entity
            for entity in make_entities(extension_id)
            if get_entity_id(str(entity.unique_id)) not in platform.entities
        ]
        if entities:
            async_add_entities(entities)

    hass.data[MANAGERS][entry.entry_id].entity_adders.append(add)


@callback
def select_descriptions[DescriptionT: RingCentralEntityDescription](
    coordinator: PresenceCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
    extension_id: str | None = None,
) -> Iterator[DescriptionT]:
    """Yield the descriptions of entities to add; remove disabled ones that are not wanted.

    What would be disabled is added only if the option for more sensors is on, or if the
    user has enabled it before; an optional entity if its own option is on.
    """
    registry = er.async_get(coordinator.hass)
    allocation = coordinator.allocation
    for description in descriptions:
        key = description.key
        is_default = description.entity_registry_enabled_default
        if description.is_optional:
            is_wanted = coordinator.on_the_phone
            is_enabled = is_wanted and allocation.enables_on_the_phone
        else:
            is_wanted = coordinator.more_sensors
            is_enabled = is_default and (
                extension_id is None or allocation.enables_all or key == MAIN_KEY
            )
        if is_enabled:
            yield description
            continue
        unique_id = entity_unique_id(coordinator.config_entry, key, extension_id)
        entity = _registered(registry, (platform, DOMAIN, unique_id))
        is_kept = (
            entity is not None and entity.disabled_by in NOT_DISABLED_ITSELF
        ) and (is_wanted or not description.is_optional)
        if is_kept:
            yield description
        elif is_wanted:
            yield description.disabled_by_default if is_default else description
        elif isinstance(entity, er.RegistryEntry) and (
            description.is_optional
            or entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        ):
            # Home Assistant restores the user's settings if it is added again.
            registry.async_remove(entity.entity_id)


def _registered(
    registry: er.EntityRegistry, key: tuple[str, str, str]
) -> er.RegistryEntry | er.DeletedRegistryEntry | None:
    """Return a registered entity, or a removed one, whose settings will be restored."""
    if (entity_id := registry.async_get_entity_id(*key)) is None:
        return registry.deleted_entities.get(key)
    return registry.async_get(entity_id)
