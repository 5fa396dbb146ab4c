"""Base entities of extensions and of the account."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api.yielding import LoopYielder
from .const import DOMAIN
from .coordinator import ACCOUNT, PresenceCoordinator
from .devices import account_identifier, extension_device_info
from .presence.store import ExtensionPresence

# Thousands take seconds: of these, everything else has its turn in between.
_ADDED_TOGETHER: Final = 10
_NOTHING_KNOWN = ExtensionPresence()


class ExtensionEntity(CoordinatorEntity[PresenceCoordinator]):
    """An entity of one extension.

    It writes its state when something it shows has changed, and only then.
    """

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: PresenceCoordinator,
        extension_id: str,
        description: EntityDescription,
    ) -> None:
        """Belong to the device of an extension."""
        super().__init__(coordinator, context=extension_id)
        self.entity_description = description
        self._extension_id = extension_id
        self._facts: tuple[Any, ...] | None = None
        self._is_available = False
        self._attr_unique_id = (
            f"{coordinator.config_entry.unique_id}_{extension_id}_{description.key}"
        )
        self._attr_device_info = extension_device_info(coordinator, extension_id)

    @property
    def presence(self) -> ExtensionPresence:
        """What is known of the extension."""
        return self.coordinator.data.get(self._extension_id, _NOTHING_KNOWN)

    @property
    @override
    def available(self) -> bool:
        """Whether the picture can be trusted, as it was judged when it was told last.

        The success of the last poll means nothing beside a living link.
        """
        return self._is_available

    @abstractmethod
    def _read_values(self) -> tuple[Any, ...]:
        """Return everything that state and attributes are made of, as it was said."""

    def _update_attrs(self, *facts: Any) -> None:
        """Make state and attributes of the facts."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self._refresh()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._refresh():
            self.async_write_ha_state()

    def _refresh(self) -> bool:
        """Take over what is known now; tell whether anything of it is new."""
        is_available = self.coordinator.is_current(self._extension_id)
        facts = self._read_values()
        if is_available is self._is_available and facts == self._facts:
            return False
        self._is_available = is_available
        self._facts = facts
        self._update_attrs(*facts)
        return True


class AccountEntity(CoordinatorEntity[PresenceCoordinator]):
    """An entity of the account: it tells about the link and is always available."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: PresenceCoordinator, description: EntityDescription
    ) -> None:
        """Belong to the account's device."""
        super().__init__(coordinator, context=ACCOUNT)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_unique_id = f"{entry.unique_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @property
    @override
    def available(self) -> bool:
        """Whether there is something to tell: always."""
        return True


def disabled_at_first[DescriptionT: EntityDescription](
    description: DescriptionT,
) -> DescriptionT:
    """Return the description of the same entity where there is no room for all."""
    return replace(description, entity_registry_enabled_default=False)


@callback
def async_follow_roster(
    coordinator: PresenceCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make_entities: Callable[[str], Iterable[Entity]],
) -> None:
    """Add the entities of each extension that is shown, now and when it joins."""
    entry = coordinator.config_entry
    known: set[str] = set()
    waiting: dict[str, None] = {}

    @callback
    def add(extension_ids: Iterable[str]) -> None:
        async_add_entities(
            entity
            for extension_id in extension_ids
            for entity in make_entities(extension_id)
        )

    def is_shown(extension_id: str) -> bool:
        return extension_id in coordinator.allocation.shown

    async def add_in_turns() -> None:
        turns = LoopYielder()
        while waiting and entry.state is not ConfigEntryState.UNLOAD_IN_PROGRESS:
            some = list(islice(waiting, _ADDED_TOGETHER))
            for extension_id in some:
                del waiting[extension_id]
            # Somebody may have gone since, who is taken from the waiting in a moment.
            add(extension_id for extension_id in some if is_shown(extension_id))
            await turns.yield_if_due()

    @callback
    def look() -> None:
        shown = coordinator.allocation.shown
        # One that has gone can come back.
        known.intersection_update(shown)
        for gone in waiting.keys() - shown:
            del waiting[gone]
        waiting.update(dict.fromkeys(sorted(shown - known)))
        known.update(waiting)

    @callback
    def follow() -> None:
        look()
        if waiting:
            entry.async_create_task(
                coordinator.hass, add_in_turns(), f"{DOMAIN} new entities"
            )

    entry.async_on_unload(coordinator.async_add_listener(follow))
    # All at once: the time for setting up a platform is limited.
    look()
    add(waiting)
    waiting.clear()
