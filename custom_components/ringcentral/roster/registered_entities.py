"""Count the registered entities of extensions, and follow the entity registry."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import UndefinedType

from ..api.clock import LoopYielder
from ..const import DOMAIN, MAIN_KEY

_FULL_SET_KEYS: Final = frozenset({MAIN_KEY, "presence", "dnd", "calls"})
# Entities of an extension that are enabled by default.
FULL_SET: Final = len(_FULL_SET_KEYS)
# Entities disabled with the config entry are enabled again with it.
_ENABLED: Final = (None, er.RegistryEntryDisabler.CONFIG_ENTRY)
_COUNTED: Final = frozenset({"config_entry_id", "disabled_by", "unique_id"})


@dataclass(frozen=True, slots=True)
class RegisteredEntities:
    """Entities of the monitored extensions in the registry."""

    # Extensions with a telephony status, enabled or not.
    extension_ids: frozenset[str] = frozenset()
    enabled: int = 0
    # Entities that these extensions lack of the full set.
    missing: int = 0
    # Home Assistant enables what a removed extension had enabled, whatever the default.
    restored: Counter[str] = field(default_factory=Counter)


class EntityCounter:
    """Counts of the entities of a config entry, by extension."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize without counts; call `read` once."""
        self._hass = hass
        self._entry = entry
        self._entry_id = entry.entry_id
        self._prefix = f"{entry.unique_id}_"
        self._registry = er.async_get(hass)
        # The selects of the own extension are not counted: they are part of the reserve.
        self._enabled: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._of_full_set: Counter[str] = Counter()
        # Keys of entities that were removed; those added again are registered.
        self._removed: dict[str, set[tuple[str, str, str]]] = {}

    async def read(self) -> None:
        """Count the entities of the registry as it is now; changes are counted from now on."""
        registry, yielder = self._registry, LoopYielder()
        entities = er.async_entries_for_config_entry(registry, self._entry_id)
        removed = list(registry.deleted_entities)
        self._entry.async_on_unload(
            self._hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._handle_update,
                event_filter=self._is_counted,
            )
        )
        for entity in entities:
            self._count(entity.domain, entity.unique_id, entity.disabled_by, 1)
            await yielder.yield_if_due()
        for key in removed:
            self._add_removed(key)
            await yielder.yield_if_due()

    def of(self, monitored: AbstractSet[str]) -> RegisteredEntities:
        """Return the counts of these extensions."""
        statuses, enabled, full = self._statuses, self._enabled, self._of_full_set
        extension_ids = frozenset([i for i in monitored if statuses.get(i)])
        return RegisteredEntities(
            extension_ids,
            sum([enabled[i] for i in enabled.keys() & monitored]),
            sum([FULL_SET - full[i] for i in extension_ids]),
            Counter({i: self._restored(i) for i in monitored - extension_ids}),
        )

    def _restored(self, extension_id: str) -> int:
        removed = map(
            self._registry.deleted_entities.get, self._removed.get(extension_id, ())
        )
        return sum(
            entity is not None and entity.disabled_by in _ENABLED for entity in removed
        )

    @callback
    def _is_counted(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        return data["action"] != "update" or not _COUNTED.isdisjoint(data["changes"])

    @callback
    def _handle_update(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        entity_id = data["entity_id"]
        if data["action"] == "remove":
            # The last one, unless its removal has removed others.
            for key, removed in reversed(self._registry.deleted_entities.items()):
                if removed.entity_id == entity_id:
                    if removed.config_entry_id == self._entry_id:
                        domain, _, unique_id = key
                        self._count(domain, unique_id, removed.disabled_by, -1)
                        self._add_removed(key)
                    return
            return
        entity = self._registry.async_get(entity_id)
        if entity is None:
            return
        if data["action"] == "update":
            former = data["changes"]
            if former.get("config_entry_id", entity.config_entry_id) == self._entry_id:
                self._count(
                    entity.domain,
                    former.get("unique_id", entity.unique_id),
                    former.get("disabled_by", entity.disabled_by),
                    -1,
                )
        if entity.config_entry_id == self._entry_id:
            self._count(entity.domain, entity.unique_id, entity.disabled_by, 1)

    def _count(
        self,
        domain: str,
        unique_id: str,
        disabled_by: er.RegistryEntryDisabler | UndefinedType | None,
        number: int,
    ) -> None:
        extension_id, key = self._split(unique_id)
        if domain != Platform.SELECT:
            self._enabled[extension_id] += number * (disabled_by is None)
            self._of_full_set[extension_id] += number * (key in _FULL_SET_KEYS)
        if key == MAIN_KEY:
            self._statuses[extension_id] += number

    def _add_removed(self, key: tuple[str, str, str]) -> None:
        _, platform, unique_id = key
        # Another user of the account may monitor the same extensions.
        if platform == DOMAIN and unique_id.startswith(self._prefix):
            self._removed.setdefault(self._split(unique_id)[0], set()).add(key)

    def _split(self, unique_id: str) -> tuple[str, str]:
        extension_id, _, key = unique_id.removeprefix(self._prefix).partition("_")
        return extension_id, key
