"""Selects of the signed-in user's own extension: status and do not disturb."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.auth import has_permission
from .api.models.enums import DndStatus, PlatformEnum, PresenceStatus
from .api.models.presence import Presence, PresenceUpdate
from .calls.attributes import to_state
from .const import CONF_EXTENSION_ID
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entities.adding import async_add_extension_entities
from .entities.base import ExtensionEntity, ExtensionEntityDescription
from .presence.models import AVAILABILITY, DND, ExtensionPresence, effective_dnd
from .presence.settings import dnd_options

# One change at a time, so that the last one is the one that stays.
PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class PresenceSelectDescription(ExtensionEntityDescription, SelectEntityDescription):
    """Presence setting: its options, its value and its update."""

    options_fn: Callable[[Presence], Sequence[PlatformEnum]]
    value_fn: Callable[[Presence], PlatformEnum | None]
    update_fn: Callable[[str], PresenceUpdate]


SELECTS: Final = (
    PresenceSelectDescription(
        key="user_status",
        aspects=AVAILABILITY,
        translation_key="user_status",
        options_fn=lambda _: PresenceStatus.known(),
        value_fn=lambda presence: presence.user_status,
        update_fn=lambda option: PresenceUpdate(user_status=PresenceStatus(option)),
    ),
    PresenceSelectDescription(
        key="dnd",
        aspects=DND,
        translation_key="dnd",
        options_fn=dnd_options,
        value_fn=effective_dnd,
        update_fn=lambda option: PresenceUpdate(dnd_status=DndStatus(option)),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects of the own extension if the app may change its presence."""
    if not has_permission(entry.data[CONF_TOKEN].get("scope", ""), "EditPresence"):
        return
    coordinator, own_id = entry.runtime_data, entry.data[CONF_EXTENSION_ID]

    def make_selects(extension_id: str | None) -> Iterator[PresenceSelect]:
        if extension_id == own_id:
            for description in SELECTS:
                yield PresenceSelect(coordinator, own_id, description)

    async_add_extension_entities(entry, async_add_entities, make_selects)


class PresenceSelect(ExtensionEntity, SelectEntity):
    """Setting of the own presence; its state is what the platform confirmed."""

    entity_description: PresenceSelectDescription

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: PresenceSelectDescription,
    ) -> None:
        """Initialize the select with the options of the account."""
        super().__init__(coordinator, extension_id, description)
        known = coordinator.data.get(extension_id, ExtensionPresence())
        self._attr_options = [
            str(option) for option in description.options_fn(known.presence)
        ]

    @override
    def _update_attrs(self, known: ExtensionPresence) -> bool:
        option = to_state(self.entity_description.value_fn(known.presence))
        if option == self._attr_current_option:
            return False
        self._attr_current_option = option
        return True

    @override
    async def async_select_option(self, option: str) -> None:
        await self.coordinator.settings.async_update(
            self._extension_id, self.entity_description.update_fn(option)
        )
