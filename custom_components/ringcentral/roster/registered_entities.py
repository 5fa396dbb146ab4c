"""Count the registered entities of extensions, and follow the entity registry."""

from collections import Counter
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..api.clock import LoopYielder
from ..const import CONF_ON_THE_PHONE, DOMAIN, MAIN_KEY, VOICEMAIL_KEY
from .identifiers import (
    entity_unique_id,
    extension_identifier,
    identified_extensions,
    unique_id_extension,
)

_FULL_SET_KEYS: Final = frozenset({MAIN_KEY, "presence", "dnd", "calls"})
# Entities of an extension that are enabled by default.
FULL_SET: Final = len(_FULL_SET_KEYS)
# Entities disabled with their device or config entry are enabled again with it.
NOT_DISABLED_ITSELF: Final = (
    None,
    er.RegistryEntryDisabler.CONFIG_ENTRY,
    er.RegistryEntryDisabler.DEVICE,
)
_COUNTED: Final = frozenset(
    {"config_entry_id", "device_id", "disabled_by", "unique_id"}
)


@callback
def entities_of_extension(
    hass: HomeAssistant, entry: ConfigEntry, extension_id: str
) -> dict[str, er.RegistryEntry]:
    """Return the registered entities by key that any extension may have."""
    prefix = entity_unique_id(entry, "", extension_id)
    device = dr.async_get(hass).async_get_device_by_identifier(
        extension_identifier(entry, extension_id), entry.entry_id
    )
    if device is None:
        return {}
    return {
        key: entity
        for entity in er.async_entries_for_device(
            er.async_get(hass), device.id, include_disabled_entities=True
        )
        if entity.config_entry_id == entry.entry_id
        and entity.domain != Platform.SELECT
        and entity.unique_id.startswith(prefix)
        and (key := entity.unique_id.removeprefix(prefix)) != VOICEMAIL_KEY
    }


def disabled_by_size(
    entities: Mapping[str, er.RegistryEntry], *others: str
) -> list[er.RegistryEntry]:
    """Return what an extension has of the full set that was disabled in a large account.

    And of `others`, which are keys of entities.
    """
    integration = er.RegistryEntryDisabler.INTEGRATION
    main = entities.get(MAIN_KEY)
    # The system options of the config entry disable the telephony status as well.
    if main is None or main.disabled_by is integration:
        return []
    return [
        entity
        for key, entity in entities.items()
        if (key in _FULL_SET_KEYS or key in others)
        and entity.disabled_by is integration
    ]


@dataclass(frozen=True, slots=True)
class RegisteredEntities:
    """Entities of the monitored extensions in the registry."""

    # Extensions with a telephony status, enabled or not.
    extension_ids: frozenset[str] = frozenset()
    enabled: int = 0
    # Entities that these extensions lack of the full set, or have disabled by the size
    # of the account.
    missing: int = 0
    # Home Assistant enables what a removed extension had enabled, whatever the default.
    restored: Counter[str] = field(default_factory=Counter)
    # Of the enabled ones, those that the option *On the phone* has added.
    on_the_phone: int = 0


class EntityCounter:
    """Counts of the entities of a config entry, by extension."""

    # Each change counts the entities of its extension again: listeners may change the
    # registry within an event, so that no event has both the former and the present state.

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize without counts; call `read` once."""
        self._hass = hass
        self._entry = entry
        self._registry = er.async_get(hass)
        # What only the own extension has is not counted: it is part of the reserve.
        self._enabled: dict[str, int] = {}
        self._on_the_phone: set[str] = set()
        # Of the full set, not disabled by size, for extensions with a telephony status.
        self._of_full_set: dict[str, int] = {}
        # Keys of entities that were removed; those added again are registered.
        self._removed: dict[str, set[tuple[str, str, str]]] = {}

    async def read(self) -> None:
        """Count the entities of the registry as it is now; changes are counted from now on."""
        yielder = LoopYielder()
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self._hass), self._entry.entry_id
        )
        removed = list(self._registry.deleted_entities)
        self._entry.async_on_unload(
            self._hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._handle_update,
                event_filter=self._is_counted,
            )
        )
        for device in devices:
            for extension_id in identified_extensions(self._entry, device.identifiers):
                self._count(extension_id)
            await yielder.yield_if_due()
        for key in removed:
            self._add_removed(key)
            await yielder.yield_if_due()

    def of(self, monitored: AbstractSet[str]) -> RegisteredEntities:
        """Return the counts of these extensions."""
        extension_ids = frozenset(self._of_full_set.keys() & monitored)
        new = monitored - extension_ids
        return RegisteredEntities(
            extension_ids,
            _sum_of(self._enabled, monitored),
            FULL_SET * len(extension_ids) - _sum_of(self._of_full_set, monitored),
            Counter({i: self._restored(i) for i in self._removed.keys() & new}),
            len(self._on_the_phone & monitored),
        )

    def _restored(self, extension_id: str) -> int:
        removed = map(self._registry.deleted_entities.get, self._removed[extension_id])
        return sum(
            entity is not None and entity.disabled_by in NOT_DISABLED_ITSELF
            for entity in removed
        )

    @callback
    def _is_counted(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        # Home Assistant enables an entity that was disabled by the config entry, if it is
        # added again, without naming the change.
        return (
            data["action"] != "update"
            or not data["changes"]
            or not _COUNTED.isdisjoint(data["changes"])
        )

    @callback
    def _handle_update(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        entity_id = data["entity_id"]
        if data["action"] == "remove":
            # The last one, unless its removal has removed others.
            for key, removed in reversed(self._registry.deleted_entities.items()):
                if removed.entity_id == entity_id:
                    self._add_removed(key)
                    self._count_of(removed)
                    return
        elif (entity := self._registry.async_get(entity_id)) is not None:
            self._count_of(entity)

    def _count_of(self, entity: er.RegistryEntry | er.DeletedRegistryEntry) -> None:
        if entity.platform == DOMAIN and (
            extension_id := unique_id_extension(self._entry, entity.unique_id)
        ):
            self._count(extension_id)

    def _count(self, extension_id: str) -> None:
        entities = entities_of_extension(self._hass, self._entry, extension_id)
        self._enabled[extension_id] = sum(
            entity.disabled_by is None for entity in entities.values()
        )
        on_the_phone = entities.get(CONF_ON_THE_PHONE)
        if on_the_phone is not None and on_the_phone.disabled_by is None:
            self._on_the_phone.add(extension_id)
        else:
            self._on_the_phone.discard(extension_id)
        if MAIN_KEY in entities:
            registered = len(_FULL_SET_KEYS & entities.keys())
            self._of_full_set[extension_id] = registered - len(
                disabled_by_size(entities)
            )
        else:
            self._of_full_set.pop(extension_id, None)

    def _add_removed(self, key: tuple[str, str, str]) -> None:
        _, platform, unique_id = key
        # Another user of the account may monitor the same extensions.
        if platform == DOMAIN and (
            extension_id := unique_id_extension(self._entry, unique_id)
        ):
            self._removed.setdefault(extension_id, set()).add(key)


def _sum_of(counts: Mapping[str, int], extension_ids: AbstractSet[str]) -> int:
    # Usually of all.
    others = counts.keys() - extension_ids
    return sum(counts.values()) - sum([counts[i] for i in others])
