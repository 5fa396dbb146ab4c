"""Resolve the target of a trigger, condition or action to extensions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_EXCLUDE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetEntityChangeTracker,
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN, MAIN_KEY
from .coordinator import PresenceCoordinator, RingCentralConfigEntry


@dataclass(frozen=True, slots=True)
class ExtensionRef:
    """Extension that a config entry monitors."""

    entry_id: str
    extension_id: str


@callback
def find_extensions(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> dict[ExtensionRef, str]:
    """Return the extensions that entities belong to, each with one of its entities."""
    # Called with all entities of an area after each change of a registry: skip entities
    # of other integrations first.
    get_entity = er.async_get(hass).async_get
    found: dict[ExtensionRef, str] = {}
    for entity_id in entity_ids:
        entity = get_entity(entity_id)
        if entity is None or entity.platform != DOMAIN:
            continue
        entry = hass.config_entries.async_get_entry(entity.config_entry_id or "")
        if entry is None:
            continue
        # The unique ids of the account's own entities have no extension id.
        rest = entity.unique_id.removeprefix(f"{entry.unique_id}_")
        extension_id, separator, _ = rest.partition("_")
        if separator and extension_id.isdecimal():
            found[ExtensionRef(entry.entry_id, extension_id)] = entity_id
    return found


@callback
def find_targeted(
    hass: HomeAssistant, target: Mapping[str, Any], entity_ids: Iterable[str]
) -> dict[ExtensionRef, str]:
    """Return the extensions of targeted entities; an excluded entity excludes its own."""
    found = find_extensions(hass, entity_ids)
    # Part of a target since Home Assistant 2026.11, which leaves out the entities only.
    if exclude := target.get(CONF_EXCLUDE):
        selected = async_extract_referenced_entity_ids(
            hass, TargetSelection(exclude), primary_entities_only=False
        )
        excluded = selected.referenced | selected.indirectly_referenced
        for ref in find_extensions(hass, excluded):
            found.pop(ref, None)
    return found


@callback
def main_entity_id(hass: HomeAssistant, ref: ExtensionRef) -> str | None:
    """Return the entity that represents an extension: its telephony status."""
    if (entry := hass.config_entries.async_get_entry(ref.entry_id)) is None:
        return None
    return er.async_get(hass).async_get_entity_id(
        SENSOR_DOMAIN, DOMAIN, f"{entry.unique_id}_{ref.extension_id}_{MAIN_KEY}"
    )


@callback
def get_coordinator(
    hass: HomeAssistant, ref: ExtensionRef
) -> PresenceCoordinator | None:
    """Return the coordinator of an extension; None while its entry is not loaded."""
    entry: RingCentralConfigEntry | None
    entry = hass.config_entries.async_get_entry(ref.entry_id)
    # Independent of the entry's state: queued call events are sent during set-up.
    return getattr(entry, "runtime_data", None)


@callback
def filter_sensors(
    hass: HomeAssistant,
    target: Mapping[str, Any],
    entity_ids: Iterable[str],
    translation_key: str,
) -> set[str]:
    """Return the sensors of one kind, without those of excluded extensions."""
    registry = er.async_get(hass)
    sensors = {
        entity_id
        for entity_id in entity_ids
        if (entity := registry.async_get(entity_id)) is not None
        and entity.platform == DOMAIN
        and entity.domain == SENSOR_DOMAIN
        and entity.translation_key == translation_key
    }
    return set(find_targeted(hass, target, sensors).values())


class TargetedExtensions(TargetEntityChangeTracker):
    """Targeted extensions, updated as entities, devices and areas change."""

    def __init__(
        self,
        hass: HomeAssistant,
        target: Mapping[str, Any],
        handle_change: Callable[[], None],
    ) -> None:
        """Initialize without extensions; they are found by `async_setup`."""
        super().__init__(hass, TargetSelection(dict(target)), lambda entities: entities)
        self._target = target
        self._handle_change = handle_change
        self.refs: frozenset[ExtensionRef] = frozenset()

    @callback
    @override
    def _handle_entities_update(self, tracked_entities: set[str]) -> None:
        refs = frozenset(find_targeted(self._hass, self._target, tracked_entities))
        if refs != self.refs:
            self.refs = refs
            self._handle_change()
