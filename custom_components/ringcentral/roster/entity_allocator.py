"""Keeping in step who finds room among the entities of the account."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import UNDEFINED

from ..background import BackgroundTasks
from ..const import CONF_EXTENSION_ID, DOMAIN
from ..issues import IssueManager
from .entity_allocation import Count, EntityAllocation, Kind, Known, allocate
from .models import Roster

# Entities are disabled many at a time: so long they are waited for.
_REVIEW_AFTER: Final = 5.0
# Entities that come with the entry are disabled with it, and no longer when it is back.
_ENABLED_AGAIN: Final = (None, er.RegistryEntryDisabler.CONFIG_ENTRY)


class AllocationListener(Protocol):
    """Whose extensions they are, and who shows them."""

    @property
    def roster(self) -> Roster:
        """Who is monitored."""

    def handle_allocation(self) -> None:
        """Show those who have found room by now."""


class EntityAllocator:
    """Says who is shown, and looks again when entities are disabled or removed.

    Attributes:
        room: who is shown.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        issues: IssueManager,
        tasks: BackgroundTasks,
        listener: AllocationListener,
    ) -> None:
        """Show nobody yet."""
        self._entry = entry
        self._prefix = f"{entry.unique_id}_"
        self._registry = er.async_get(hass)
        self._issues = issues
        self._tasks = tasks
        self._listener = listener
        self.allocation = EntityAllocation()
        entry.async_on_unload(
            hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._wait_for_more,
                event_filter=self._may_make_room,
            )
        )

    @callback
    def allocate(self) -> None:
        """Decide who of the roster is shown."""
        self.allocation = self._allotted(self._listener.roster)
        self._issues.update_allocation(self.allocation)

    @callback
    def _may_make_room(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        """Tell whether somebody who is left out may find room now."""
        return self.allocation.omitted > 0 and (
            data["action"] == "remove"
            or (data["action"] == "update" and "disabled_by" in data["changes"])
        )

    @callback
    def _wait_for_more(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        self._tasks.start_timer(_REVIEW_AFTER, self._look_again)

    @callback
    def _look_again(self) -> None:
        shown = self.allocation.shown
        self.allocate()
        if self.allocation.shown != shown:
            self._listener.handle_allocation()

    def _allotted(self, roster: Roster) -> EntityAllocation:
        if self._entry.pref_disable_new_entities:
            # None is enabled until the user does so.
            return EntityAllocation(shown=roster.monitored)
        known, enabled = self._known(roster.monitored)
        return allocate(
            [roster.directory[extension_id] for extension_id in roster.monitored],
            known,
            enabled,
            self._entry.data[CONF_EXTENSION_ID],
        )

    def _known(self, monitored: Collection[str]) -> tuple[Mapping[str, Known], Count]:
        """Read the registry once: it holds eight entities of each extension."""
        registered: defaultdict[str, set[Kind]] = defaultdict(set)
        deleted: defaultdict[str, set[Kind]] = defaultdict(set)
        returning: defaultdict[str, set[Kind]] = defaultdict(set)
        enabled: list[Kind] = []
        for entity in er.async_entries_for_config_entry(
            self._registry, self._entry.entry_id
        ):
            extension_id, kind = self._place(entity)
            if extension_id in monitored:
                registered[extension_id].add(kind)
                if not entity.disabled:
                    enabled.append(kind)
        # One that is added again is what it was, whatever is the default.
        for former in self._registry.deleted_entities.values():
            if (
                former.platform != DOMAIN
                or former.disabled_by is UNDEFINED
                # Another user of the account may have monitored the same people.
                or not former.unique_id.startswith(self._prefix)
            ):
                continue
            extension_id, kind = self._place(former)
            if extension_id in monitored:
                deleted[extension_id].add(kind)
                if former.disabled_by in _ENABLED_AGAIN:
                    returning[extension_id].add(kind)
        known = {
            extension_id: Known(
                registered=registered[extension_id],
                decided=registered[extension_id] | deleted[extension_id],
                returning=returning[extension_id],
            )
            for extension_id in registered.keys() | deleted.keys()
        }
        return known, Count.of(enabled)

    def _place(
        self, entity: er.RegistryEntry | er.DeletedRegistryEntry
    ) -> tuple[str, Kind]:
        """Return the extension of an entity, and what it is of it."""
        ids = entity.unique_id.removeprefix(self._prefix)
        extension_id, _, key = ids.partition("_")
        return extension_id, (entity.domain, key)
