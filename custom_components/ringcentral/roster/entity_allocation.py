"""Allocate entities to extensions within Home Assistant's limit per config entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..background import BackgroundTasks
from ..const import CONF_EXTENSION_ID, SUBENTRY_GROUP
from .identifiers import group_identifier
from .models import Roster
from .registered_entities import FULL_SET, EntityCounter, RegisteredEntities

# Home Assistant adds no enabled entity to a config entry that has this many.
ENABLED_AT_MOST: Final = 10_000
# Kept free for the entities of the account and of the signed-in user, which are 20.
RESERVED: Final = 40
# Kept free for the entities of a group, which are 15 at most without switches.
RESERVED_FOR_GROUP: Final = 15
# Extensions are shown up to this number; the rest is kept free for the user.
FILLED_AT_MOST: Final = 9_900
# Above this number of extensions, only the telephony status of each is enabled.
FULL_SET_UP_TO: Final = 2_400
# Entities are often disabled many at a time.
_REALLOCATE_AFTER: Final = 5.0


@dataclass(frozen=True, slots=True)
class EntityAllocation:
    """Extensions that have a device and entities, and the number of those without."""

    shown: frozenset[str] = frozenset()
    omitted: int = 0
    # Otherwise extensions get no other entities than the telephony status.
    enables_all: bool = True
    # Whether what the option *On the phone* adds is enabled at first.
    enables_on_the_phone: bool = True


def allocate(
    sorted_ids: Iterable[str],
    monitored: frozenset[str],
    registered: RegisteredEntities,
    own_extension_id: str,
    reserved: int = 0,
) -> EntityAllocation:
    """Allocate entities: registered extensions keep theirs, others follow in order.

    `reserved` are those of groups.
    """
    restored, enabled = registered.restored, registered.enabled
    at_most = FILLED_AT_MOST - reserved
    new = monitored - registered.extension_ids

    def needed(each: int) -> int:
        """Return the number of entities if each new extension gets at least so many."""
        more = [max(0, restored[i] - each) for i in restored.keys() & new]
        return enabled + each * len(new) + sum(more)

    full = needed(FULL_SET) + registered.missing
    enables_all = len(monitored) <= FULL_SET_UP_TO and full <= at_most
    on_the_phone = len(monitored) - registered.on_the_phone
    enables_on_the_phone = enables_all and full + on_the_phone <= at_most
    each = FULL_SET if enables_all else 1
    if needed(each) <= at_most:
        return EntityAllocation(monitored, 0, enables_all, enables_on_the_phone)
    shown = set(registered.extension_ids)
    # The user's own comes first, and may use the reserve.
    if own_extension_id in new and enabled <= ENABLED_AT_MOST - RESERVED:
        shown.add(own_extension_id)
        enabled += max(each, restored.get(own_extension_id, 0))
    for extension_id in sorted_ids:
        if extension_id in new and extension_id != own_extension_id:
            count = max(each, restored.get(extension_id, 0))
            if enabled + count <= at_most:
                shown.add(extension_id)
                enabled += count
    omitted = len(monitored) - len(shown)
    return EntityAllocation(
        frozenset(shown), omitted, enables_all, enables_on_the_phone
    )


@callback
def reserved_for_groups(hass: HomeAssistant, entry: ConfigEntry) -> int:
    """Return the number of entities that the groups of an account have or will have."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    reserved = 0
    for subentry in entry.get_subentries_of_type(SUBENTRY_GROUP):
        device = devices.async_get_device_by_identifier(
            group_identifier(subentry.subentry_id), entry.entry_id
        )
        registered = device and er.async_entries_for_device(entities, device.id)
        reserved += max(RESERVED_FOR_GROUP, len(registered or ()))
    return reserved


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
        self._hass = hass
        self._entry = entry
        # Its `read` must be awaited once before `allocate`.
        self.counter = EntityCounter(hass, entry)
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
            roster.directory,
            roster.monitored,
            self.counter.of(roster.monitored),
            self._entry.data[CONF_EXTENSION_ID],
            reserved_for_groups(self._hass, self._entry),
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
