"""Switches of call queues: which members take their calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.auth import has_permission
from .api.models.directory import Extension
from .const import DOMAIN
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entities.base import RingCentralEntityDescription
from .entities.groups import async_add_group_entities, loaded_groups
from .entities.queues import QueueEntity
from .groups.manager import MemberGroup
from .presence.models import QUEUE
from .roster.identifiers import group_unique_id
from .roster.models import extension_name

# One change at a time, so that the last one is the one that stays.
PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class QueueSwitchDescription(RingCentralEntityDescription, SwitchEntityDescription):
    """Switch of a member of a call queue."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of queues if the app may change who takes their calls."""
    if not has_permission(entry.data[CONF_TOKEN].get("scope", ""), "EditPresence"):
        return
    coordinator, registry = entry.runtime_data, er.async_get(hass)
    queues = loaded_groups(coordinator).queues

    def members_of(group: MemberGroup) -> list[str]:
        members = queues.members(group.config.queue_id)
        return [] if members is None else sorted(group.tally.members & members.keys())

    def remove_switches(group: MemberGroup) -> Iterator[None]:
        """Remove those of former members, in slices."""
        if queues.members(group.config.queue_id) is None:
            return
        subentry_id = group.config.subentry_id
        unique_ids = {group_unique_id(subentry_id, _key(i)) for i in members_of(group)}
        for registered in er.async_entries_for_device(
            registry, group.device_id, include_disabled_entities=True
        ):
            key = registered.platform, registered.domain
            if (
                key == (DOMAIN, Platform.SWITCH)
                and registered.unique_id not in unique_ids
                and registered.entity_id in registry.entities
            ):
                registry.async_remove(registered.entity_id)
                yield

    def make_switches(group: MemberGroup) -> Iterator[QueueSwitch]:
        directory = coordinator.roster.directory
        for extension_id in members_of(group):
            yield QueueSwitch(coordinator, group, directory[extension_id])

    loaded_groups(coordinator).adders.append(remove_switches)
    async_add_group_entities(entry, async_add_entities, make_switches)


def _key(extension_id: str) -> str:
    return f"queue_member_{extension_id}"


class QueueSwitch(QueueEntity, SwitchEntity):
    """Whether a member takes the calls of a queue, as the platform has confirmed it."""

    # Not at each call of a member: there may be a hundred switches.
    aspects = QUEUE

    def __init__(
        self, coordinator: PresenceCoordinator, group: MemberGroup, member: Extension
    ) -> None:
        """Initialize the switch."""
        description = QueueSwitchDescription(
            key=_key(member.id), translation_key="takes_queue_calls"
        )
        super().__init__(coordinator, group, description)
        self._member = member
        self._attr_translation_placeholders = {"member": extension_name(member)}

    @property
    @override
    def suggested_object_id(self) -> str:
        return f"queue_member_{self._member.number or self._member.id}"

    @override
    def _update_attrs(self) -> bool:
        former = self._attr_is_on
        member = (self.members or {}).get(self._member.id)
        self._attr_is_on = None if member is None else member.accepts
        return self._update_name() or self._attr_is_on is not former

    def _update_name(self) -> bool:
        """Update the name; return whether it has changed."""
        directory = self.coordinator.roster.directory
        member = directory.get(self._member.id, self._member)
        if extension_name(member) == extension_name(self._member):
            return False
        self._member = member
        self._attr_translation_placeholders = {"member": extension_name(member)}
        # Home Assistant caches the name that is made of it.
        self.__dict__.pop("name", None)
        return True

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._change(accepts=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._change(accepts=False)

    async def _change(self, *, accepts: bool) -> None:
        assert self.queue_id is not None
        await self.groups.queues.async_change(
            self.queue_id, self._member.id, accepts=accepts
        )
