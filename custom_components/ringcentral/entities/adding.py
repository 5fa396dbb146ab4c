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
def missing_entities() -> Callable[[Iterable[Entity]], list[Entity]]:
    """Return a function that selects the entities that the current platform lacks."""
    platform = async_get_current_platform()
    get_entity_id = partial(
        er.async_get(platform.hass).async_get_entity_id, platform.domain, DOMAIN
    )

    def select_missing(entities: Iterable[Entity]) -> list[Entity]:
        return [
            entity
            for entity in entities
            if get_entity_id(str(entity.unique_id)) not in platform.entities
        ]

    return select_missing


@callback
def async_add_extension_entities(
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make_entities: Callable[[str | None], Iterable[Entity]],
) -> Callable[[str | None], None]:
    """Let the entity manager add these entities of each extension that is shown.

    `make_entities` returns those of the account if it is called with None, as does what is
    returned.
    """
    select_missing = missing_entities()

    @callback
    def add(extension_id: str | None) -> None:
        if entities := select_missing(make_entities(extension_id)):
            async_add_entities(entities)

    hass = async_get_current_platform().hass
    hass.data[MANAGERS][entry.entry_id].entity_adders.append(add)
    return add


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
    enables_all = extension_id is None or coordinator.allocation.enables_all
    for description in descriptions:
        is_optional = description.is_optional
        is_default = description.entity_registry_enabled_default and not is_optional
        if is_default and (enables_all or description.key == MAIN_KEY):
            yield description
            continue
        unique_id = entity_unique_id(
            coordinator.config_entry, description.key, extension_id
        )
        entity = _registered(registry, (platform, DOMAIN, unique_id))
        if is_optional:
            yield from _select_optional(coordinator, description, entity)
        elif entity is not None and entity.disabled_by in NOT_DISABLED_ITSELF:
            yield description
        elif coordinator.more_sensors:
            yield description.disabled_by_default if is_default else description
        elif (
            isinstance(entity, er.RegistryEntry)
            and entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        ):
            registry.async_remove(entity.entity_id)


def _select_optional[DescriptionT: RingCentralEntityDescription](
    coordinator: PresenceCoordinator,
    description: DescriptionT,
    entity: er.RegistryEntry | er.DeletedRegistryEntry | None,
) -> Iterator[DescriptionT]:
    """Yield the description of an entity that has an option; remove it without that."""
    if not coordinator.on_the_phone:
        if isinstance(entity, er.RegistryEntry):
            # If it is added again, it has the settings of the user.
            er.async_get(coordinator.hass).async_remove(entity.entity_id)
    elif coordinator.allocation.enables_on_the_phone or isinstance(
        entity, er.RegistryEntry
    ):
        yield description
    elif entity is None or entity.disabled_by not in NOT_DISABLED_ITSELF:
        # Others would be enabled again, though they do not fit.
        yield description.disabled_by_default


def _registered(
    registry: er.EntityRegistry, key: tuple[str, str, str]
) -> er.RegistryEntry | er.DeletedRegistryEntry | None:
    """Return a registered entity, or a removed one, whose settings will be restored."""
    if (entity_id := registry.async_get_entity_id(*key)) is None:
        return registry.deleted_entities.get(key)
    return registry.async_get(entity_id)
