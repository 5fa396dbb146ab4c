"""Allocate entities to extensions within Home Assistant's limit per config entry."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..api.models.directory import Extension
from ..background import BackgroundTasks
from ..const import CONF_EXTENSION_ID, DOMAIN, MAIN_KEY
from .models import Roster

# Home Assistant adds no enabled entity to a config entry that has this many.
ENABLED_AT_MOST: Final = 10_000
# Kept free for the entities of the account and of the signed-in user, which are 17.
RESERVED: Final = 20
# Extensions are shown up to this number; the rest is kept free for the user.
FILLED_AT_MOST: Final = 9_900
# Above this number of extensions, only the telephony status of each is enabled.
FULL_SET_UP_TO: Final = 2_400
# Entities of an extension that are enabled by default.
FULL_SET: Final = 4

_FULL_SET_KEYS: Final = frozenset({MAIN_KEY, "presence", "dnd", "calls"})
# Entities are often disabled many at a time.
_REALLOCATE_AFTER: Final = 5.0
# Entities disabled with the config entry are enabled again with it.
_ENABLED: Final = (None, er.RegistryEntryDisabler.CONFIG_ENTRY)


@dataclass(frozen=True, slots=True)
class EntityAllocation:
    """Extensions that have a device and entities, and the number of those without."""

    shown: frozenset[str] = frozenset()
    omitted: int = 0
    # Otherwise extensions get no other entities than the telephony status.
    enables_all: bool = True


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


def by_number(extension: Extension) -> tuple[str, str]:
    """Return the sort key of an extension: 99 comes before 101."""
    return (extension.number or "").zfill(12), extension.name or ""


def allocate(
    monitored: Collection[Extension],
    registered: RegisteredEntities,
    own_extension_id: str,
) -> EntityAllocation:
    """Allocate entities: registered extensions keep theirs, new ones follow by number."""
    restored, enabled = registered.restored, registered.enabled
    shown = set(registered.extension_ids)
    new = sorted(
        (extension for extension in monitored if extension.id not in shown),
        key=lambda e: (e.id != own_extension_id, by_number(e), e.id),
    )
    full = registered.missing + sum(max(FULL_SET, restored[e.id]) for e in new)
    enables_all = len(monitored) <= FULL_SET_UP_TO and enabled + full <= FILLED_AT_MOST
    for extension in new:
        count = max(FULL_SET if enables_all else 1, restored[extension.id])
        is_own = extension.id == own_extension_id
        if enabled + count <= FILLED_AT_MOST or (
            is_own and enabled <= ENABLED_AT_MOST - RESERVED
        ):
            shown.add(extension.id)
            enabled += count
    return EntityAllocation(frozenset(shown), len(monitored) - len(shown), enables_all)


class EntityAllocator:
    """Allocates entities for a roster, and again when entities are disabled or removed."""

    _roster: Roster

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        tasks: BackgroundTasks,
        handle_change: Callable[[], None],
    ) -> None:
        """Initialize; `handle_change` is called when entities can be added."""
        self.allocation = EntityAllocation()
        self._entry = entry
        self._prefix = f"{entry.unique_id}_"
        self._registry = er.async_get(hass)
        self._tasks = tasks
        self._handle_change = handle_change
        entry.async_on_unload(
            hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._schedule,
                event_filter=self._may_make_room,
            )
        )

    @callback
    def allocate(self, roster: Roster) -> None:
        """Allocate entities to the extensions of a roster."""
        self._roster = roster
        if self._entry.pref_disable_new_entities:
            self.allocation = EntityAllocation(shown=roster.monitored)
            return
        self.allocation = allocate(
            [roster.directory[extension_id] for extension_id in roster.monitored],
            self._read_registry(roster.monitored),
            self._entry.data[CONF_EXTENSION_ID],
        )

    @callback
    def _may_make_room(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        return self.allocation.omitted > 0 and (
            data["action"] == "remove"
            or (data["action"] == "update" and "disabled_by" in data["changes"])
        )

    @callback
    def _schedule(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        self._tasks.start_timer(_REALLOCATE_AFTER, self._reallocate)

    @callback
    def _reallocate(self) -> None:
        former = self.allocation
        self.allocate(self._roster)
        if self.allocation != former:
            self._handle_change()

    def _read_registry(self, monitored: Collection[str]) -> RegisteredEntities:
        registered, enabled, full = set(), 0, 0
        for entity in er.async_entries_for_config_entry(
            self._registry, self._entry.entry_id
        ):
            extension_id, key = self._split(entity.unique_id)
            if extension_id in monitored:
                # The selects of the own extension are part of the reserve.
                if entity.domain != Platform.SELECT:
                    enabled += not entity.disabled
                    full += key in _FULL_SET_KEYS
                if key == MAIN_KEY:
                    registered.add(extension_id)
        restored = Counter(
            self._split(entity.unique_id)[0]
            for entity in self._registry.deleted_entities.values()
            if entity.platform == DOMAIN
            and entity.disabled_by in _ENABLED
            # Another user of the account may monitor the same extensions.
            and entity.unique_id.startswith(self._prefix)
        )
        missing = max(0, FULL_SET * len(registered) - full)
        return RegisteredEntities(frozenset(registered), enabled, missing, restored)

    def _split(self, unique_id: str) -> tuple[str, str]:
        extension_id, _, key = unique_id.removeprefix(self._prefix).partition("_")
        return extension_id, key
