"""Selects of the signed-in user's own extension: status and do not disturb."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.auth import has_permission
from .api.models.enums import DndStatus, PresenceStatus, Word
from .api.models.presence import Presence
from .api.rest import PresenceUpdate
from .calls.attributes import to_state
from .const import CONF_EXTENSION_ID
from .coordinator import PresenceCoordinator, RingCentralConfigEntry
from .entity import ExtensionEntity, async_add_extension_entities
from .presence.readings import dnd
from .presence.settings import dnd_options

# One change after another: the last one asked for is the one that stays.
PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class PresenceSelectDescription(SelectEntityDescription):
    """A setting: what it can be, where it is read, and how it is changed."""

    options_fn: Callable[[Presence], Sequence[Word]]
    value_fn: Callable[[Presence], Word | None]
    update_fn: Callable[[str], PresenceUpdate]


SELECTS: Final = (
    PresenceSelectDescription(
        key="user_status",
        translation_key="user_status",
        options_fn=lambda _: PresenceStatus.known(),
        value_fn=lambda presence: presence.user_status,
        update_fn=lambda option: PresenceUpdate(user_status=PresenceStatus(option)),
    ),
    PresenceSelectDescription(
        key="dnd",
        translation_key="dnd",
        options_fn=dnd_options,
        value_fn=dnd,
        update_fn=lambda option: PresenceUpdate(dnd_status=DndStatus(option)),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RingCentralConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects if the app may change anything."""
    if not has_permission(entry.data[CONF_TOKEN].get("scope", ""), "EditPresence"):
        return
    coordinator = entry.runtime_data

    def selects(extension_id: str) -> Iterator[PresenceSelect]:
        if extension_id == entry.data[CONF_EXTENSION_ID]:
            for description in SELECTS:
                yield PresenceSelect(coordinator, extension_id, description)

    async_add_extension_entities(coordinator, async_add_entities, selects)


class PresenceSelect(ExtensionEntity, SelectEntity):
    """A setting of the own presence; shows what the platform has confirmed."""

    entity_description: PresenceSelectDescription

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: PresenceSelectDescription,
    ) -> None:
        """Offer what the account has, as it is known now."""
        super().__init__(coordinator, extension_id, description)
        self._attr_options = [
            word.value for word in description.options_fn(self.presence.presence)
        ]

    @override
    def _read_values(self) -> tuple[Word | None]:
        """Return the setting."""
        return (self.entity_description.value_fn(self.presence.presence),)

    @override
    def _update_attrs(self, setting: Word | None) -> None:
        """Make the option; None for a word that this version does not know."""
        self._attr_current_option = to_state(setting)

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the setting; what is shown changes with the platform's answer."""
        await self.coordinator.async_set_presence(
            self._extension_id, self.entity_description.update_fn(option)
        )
