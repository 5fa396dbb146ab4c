"""Resolve the target of a trigger, condition or action to extensions."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_EXCLUDE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.group import expand_entity_ids
from homeassistant.helpers.target import TargetSelection

from .api.models.presence import ActiveCall
from .const import DOMAIN, MAIN_KEY
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .groups.manager import get_groups
from .roster.identifiers import entity_unique_id, extension_identifier, group_identifier

# Areas, floors and labels may have the same ids.
AREA_PREFIX: Final = "area:"
_FLOOR_PREFIX: Final = "floor:"
_LABEL_PREFIX: Final = "label:"


class ExtensionRef(NamedTuple):
    """Extension that a config entry monitors."""

    entry_id: str
    extension_id: str


class GroupRef(NamedTuple):
    """Group of a config entry."""

    entry_id: str
    subentry_id: str


@callback
def find_extensions(
    hass: HomeAssistant,
    entity_ids: Iterable[str],
    *,
    member_key: str | None = MAIN_KEY,
) -> dict[ExtensionRef, str]:
    """Return the extensions of entities, each with one of its entities.

    The entities of a group stand for its members, each with its sensor `member_key`; None
    leaves groups out.
    """
    found: dict[ExtensionRef, str] = {}
    groups: set[GroupRef] = set()
    for entity in _own_entities(hass, entity_ids):
        entry = hass.config_entries.async_get_entry(entity.config_entry_id or "")
        if entry is None:
            continue
        if entity.config_subentry_id is not None:
            groups.add(GroupRef(entry.entry_id, entity.config_subentry_id))
            continue
        # The unique ids of the account's own entities have no extension id.
        rest = entity.unique_id.removeprefix(f"{entry.unique_id}_")
        extension_id, separator, _ = rest.partition("_")
        if separator and extension_id.isdecimal():
            found[ExtensionRef(entry.entry_id, extension_id)] = entity.entity_id
    if member_key is not None:
        for ref in _members(hass, groups):
            if ref not in found and (sensor_id := _sensor_id(hass, ref, member_key)):
                found[ref] = sensor_id
    return found


def _own_entities(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> Iterator[er.RegistryEntry]:
    # A target may have thousands of entities of other integrations: skip them first.
    get_entity = er.async_get(hass).async_get
    for entity_id in entity_ids:
        if (entity := get_entity(entity_id)) is not None and entity.platform == DOMAIN:
            yield entity


def _members(hass: HomeAssistant, groups: Iterable[GroupRef]) -> Iterator[ExtensionRef]:
    for entry_id, subentry_id in groups:
        if (manager := get_groups(hass, entry_id)) is not None:
            for extension_id in manager.members_of(subentry_id):
                yield ExtensionRef(entry_id, extension_id)


@callback
def find_targeted(
    hass: HomeAssistant,
    target: Mapping[str, Any],
    entity_ids: Iterable[str],
    *,
    member_key: str | None = MAIN_KEY,
) -> dict[ExtensionRef, str]:
    """Return the extensions of targeted entities; an excluded entity excludes its own."""
    excludes = ExtensionTarget(hass, target).excludes
    found = find_extensions(hass, entity_ids, member_key=member_key)
    return {ref: entity_id for ref, entity_id in found.items() if not excludes(ref)}


@callback
def main_entity_id(hass: HomeAssistant, ref: ExtensionRef) -> str | None:
    """Return the entity that represents an extension: its telephony status."""
    return _sensor_id(hass, ref, MAIN_KEY)


def _sensor_id(hass: HomeAssistant, ref: ExtensionRef, key: str) -> str | None:
    if (entry := hass.config_entries.async_get_entry(ref.entry_id)) is None:
        return None
    unique_id = entity_unique_id(entry, key, ref.extension_id)
    return er.async_get(hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, unique_id)


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
def all_current_calls(hass: HomeAssistant) -> Iterator[tuple[ExtensionRef, ActiveCall]]:
    """Yield the calls of all extensions whose presence is current."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        coordinator: PresenceCoordinator | None = getattr(entry, "runtime_data", None)
        if coordinator is None:
            continue
        for extension_id in coordinator.store.in_call:
            if coordinator.is_current(extension_id):
                ref = ExtensionRef(entry.entry_id, extension_id)
                for call in coordinator.data[extension_id].calls:
                    yield ref, call


@callback
def filter_sensors(
    hass: HomeAssistant,
    target: Mapping[str, Any],
    entity_ids: Iterable[str],
    translation_key: str,
) -> set[str]:
    """Return the extensions' sensors of one kind, without those of excluded extensions."""
    sensors = [
        entity.entity_id
        for entity in _own_entities(hass, entity_ids)
        if entity.config_subentry_id is not None
        or (
            entity.domain == SENSOR_DOMAIN and entity.translation_key == translation_key
        )
    ]
    found = find_targeted(hass, target, sensors, member_key=translation_key)
    return set(found.values())


@callback
def filter_group_sensors(
    hass: HomeAssistant, entity_ids: Iterable[str], translation_key: str
) -> set[str]:
    """Return the sensors of one kind, of groups and accounts."""
    return {
        entity.entity_id
        for entity in _own_entities(hass, entity_ids)
        if entity.domain == SENSOR_DOMAIN and entity.translation_key == translation_key
    }


@callback
def find_groups(hass: HomeAssistant, entity_ids: Iterable[str]) -> set[GroupRef]:
    """Return the groups that entities belong to."""
    return {
        GroupRef(entity.config_entry_id or "", entity.config_subentry_id)
        for entity in _own_entities(hass, entity_ids)
        if entity.config_subentry_id is not None
    }


class ExtensionTarget:
    """Target of a trigger, as a container of extensions.

    It is not resolved, but compared with an extension: so changes of the registries
    cost nothing.
    """

    def __init__(self, hass: HomeAssistant, target: Mapping[str, Any]) -> None:
        """Initialize from the configuration of a target."""
        self._hass = hass
        selection = TargetSelection(dict(target))
        self.ids = _target_ids(selection, selection.entity_ids)
        # Part of a target since Home Assistant 2026.11, which excludes entities only.
        self._excluded = TargetSelection(target.get(CONF_EXCLUDE) or {})

    def __contains__(self, ref: object) -> bool:
        """Return whether the target includes an extension."""
        return (
            isinstance(ref, ExtensionRef)
            and not self.ids.isdisjoint(extension_target_ids(self._hass, ref))
            and not self.excludes(ref)
        )

    def excludes(self, ref: ExtensionRef) -> bool:
        """Return whether an extension is excluded, because one of its entities is."""
        if not self._excluded.has_any_target:
            return False
        entity_ids = expand_entity_ids(self._hass, self._excluded.entity_ids)
        return not _target_ids(self._excluded, entity_ids).isdisjoint(
            extension_target_ids(self._hass, ref, primary_entities_only=False)
        )


def _target_ids(selection: TargetSelection, entity_ids: Iterable[str]) -> set[str]:
    """Return what a target selects; ids of different kinds are distinguishable."""
    return {
        # Entity ids contain a dot, those of devices are UUIDs.
        *entity_ids,
        *selection.device_ids,
        *(f"{AREA_PREFIX}{i}" for i in selection.area_ids),
        *(f"{_FLOOR_PREFIX}{i}" for i in selection.floor_ids),
        *(f"{_LABEL_PREFIX}{i}" for i in selection.label_ids),
    }


@callback
def extension_target_ids(
    hass: HomeAssistant, ref: ExtensionRef, *, primary_entities_only: bool = True
) -> set[str]:
    """Return all ids that select an extension or a group that it belongs to.

    As in `ExtensionTarget.ids`; the inverse of `async_extract_referenced_entity_ids`
    without the groups of the Group helper.
    """
    if (entry := hass.config_entries.async_get_entry(ref.entry_id)) is None:
        return set()
    get_device = partial(
        dr.async_get(hass).async_get_device_by_identifier, config_entry_id=ref.entry_id
    )
    if (device := get_device(extension_identifier(entry, ref.extension_id))) is None:
        return set()
    found = _device_target_ids(hass, device, primary_entities_only)
    if (manager := get_groups(hass, ref.entry_id)) is not None:
        for group in manager.groups_of(ref.extension_id):
            if device := get_device(group_identifier(group.config.subentry_id)):
                found |= _device_target_ids(hass, device, primary_entities_only)
    return found


def _device_target_ids(
    hass: HomeAssistant, device: dr.DeviceEntry, primary_entities_only: bool
) -> set[str]:
    """Return all ids that select an entity of a device."""
    found: set[str] = set()
    labels: set[str] = set()
    area_ids: set[str | None] = set()
    is_selected_by_device = False
    for entity in er.async_entries_for_device(
        er.async_get(hass), device.id, include_disabled_entities=True
    ):
        if entity.platform != DOMAIN:
            continue
        found.add(entity.entity_id)
        found.add(entity.id)
        if entity.hidden_by is not None:
            continue
        labels |= entity.labels
        if primary_entities_only and entity.entity_category is not None:
            continue
        if entity.disabled_by is None:
            is_selected_by_device = True
            area_ids.add(entity.area_id or device.area_id)
        else:
            area_ids.add(entity.area_id)
    if is_selected_by_device:
        found.add(device.id)
        labels |= device.labels
        if device.composite_device_id is not None:
            found.add(device.composite_device_id)
    areas = ar.async_get(hass)
    for area_id in filter(None, area_ids):
        found.add(f"{AREA_PREFIX}{area_id}")
        if (area := areas.async_get_area(area_id)) is not None:
            labels |= area.labels
            if area.floor_id is not None:
                found.add(f"{_FLOOR_PREFIX}{area.floor_id}")
    found.update(f"{_LABEL_PREFIX}{label}" for label in labels)
    return found
