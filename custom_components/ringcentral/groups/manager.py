"""Keep the groups of an account in step with its subentries, roster and presence."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.uuid import random_uuid_hex

from ..api.clock import LoopYielder
from ..api.exceptions import describe_origin
from ..const import DOMAIN, LOGGER, MANUFACTURER, SUBENTRY_GROUP
from ..coordinator import PresenceCoordinator
from ..presence.activity import activity_of
from ..presence.models import ALL_ASPECTS, AVAILABILITY, CALLS, DND, FRESHNESS, QUEUE
from ..roster.identifiers import group_identifier
from ..roster.models import Roster
from .batcher import UpdateBatcher
from .day_counts import DayCountsUpdater
from .models import OVERVIEW, GroupConfig, group_context
from .overview import Overview
from .queues import QueueManager
from .tally import KNOWN, Tally

# By the id of their config entry.
_MANAGERS: Final[HassKey[dict[str, GroupManager]]] = HassKey(f"{DOMAIN}_groups")
# Aspects of an extension that its groups depend on.
_CONCERNED: Final = CALLS | AVAILABILITY | DND | FRESHNESS


@dataclass(eq=False)
class MemberGroup:
    """A group, its members by what they do, and its device."""

    # The same object as long as the subentry exists.
    config: GroupConfig
    device_id: str
    # Listener context of its entities.
    context: str
    tally: Tally = field(default_factory=Tally)


class GroupManager:
    """Groups of an account, and the account as a whole."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: PresenceCoordinator,
        account_device_id: str,
    ) -> None:
        """Initialize without groups."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._account_device_id = account_device_id
        self._groups: dict[str, MemberGroup] = {}
        self.overview = Overview()
        # Each adds to a platform what it lacks of the entities of a group, in slices.
        self.adders: list[Callable[[MemberGroup], Iterator[None]]] = []
        # By extension id.
        self._groups_of: dict[str, tuple[MemberGroup, ...]] = {}
        # By subentry id.
        self._queue_members: dict[str, frozenset[str]] = {}
        # Subentries to add or to update, in their order.
        self._outdated: dict[str, None] = {}
        self._is_working = False
        self._roster: Roster | None = None
        self._presence = UpdateBatcher(coordinator, ALL_ASPECTS)
        self._counts = DayCountsUpdater(coordinator)
        self.queues = QueueManager(coordinator, self)
        hass.data.setdefault(_MANAGERS, {})[self._entry.entry_id] = self
        self._entry.async_on_unload(self._close)

    @callback
    def _close(self) -> None:
        self._presence.close()
        self._counts.close()
        del self._hass.data[_MANAGERS][self._entry.entry_id]

    async def async_start(self) -> None:
        """Add the groups, then follow presence, roster and subentries."""
        coordinator, on_unload = self._coordinator, self._entry.async_on_unload
        on_unload(coordinator.async_add_observer(self._handle_update))
        on_unload(coordinator.async_add_listener(self._handle_roster))
        on_unload(
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_entry
            )
        )
        on_unload(
            self._hass.bus.async_listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED, self._handle_device
            )
        )
        await self._work()
        self._counts.start()

    # Groups, for entities, targets and the board

    @property
    def groups(self) -> Mapping[str, MemberGroup]:
        """Groups by the id of their subentry."""
        return self._groups

    def groups_of(self, extension_id: str) -> tuple[MemberGroup, ...]:
        """Return the groups that an extension belongs to."""
        return self._groups_of.get(extension_id, ())

    def members_of(self, subentry_id: str) -> frozenset[str]:
        """Return the members of a group, none if there is no such group."""
        group = self._groups.get(subentry_id)
        return frozenset() if group is None else group.tally.members

    @callback
    def update_queue(self, subentry_id: str, members: Collection[str]) -> None:
        """Update the members of a call queue, as the platform lists them."""
        if subentry_id in self._groups:
            self._queue_members[subentry_id] = frozenset(members)
            self._update_groups([subentry_id])

    # Presence

    @callback
    def _handle_update(self, context: str, aspects: int) -> None:
        # Other contexts are no extensions.
        if not aspects & _CONCERNED or context not in self.overview.members:
            return
        changed = self._update_extension(context)
        groups = self._groups_of.get(context, ())
        if aspects & (DND | FRESHNESS):
            for group in groups:
                self.queues.update_member(group.config.queue_id, context)
        # Callers change without that, and calls are put on hold. At first, the account has
        # been counted only in part.
        if self._roster is not None and (changed or aspects & CALLS):
            self._presence.mark([OVERVIEW, *[group.context for group in groups]])
        elif aspects & DND:
            # Do not disturb may refuse the calls of queues only.
            self._presence.mark([g.context for g in groups if g.config.queue_id])

    @callback
    def _update_extension(self, extension_id: str) -> int:
        known = self._coordinator.data.get(extension_id)
        if extension_id in self._coordinator.stale:
            known = None
        activity = None if known is None else activity_of(known)
        self.overview.update_calls(extension_id, known, activity)
        if changed := self.overview.update(extension_id, activity):
            for group in self._groups_of.get(extension_id, ()):
                group.tally.update(extension_id, activity)
        return changed

    # Roster and subentries

    @callback
    def _handle_roster(self) -> None:
        if self._roster is not self._coordinator.roster:
            self._start_work()

    @callback
    def _handle_entry(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry is not self._entry or change is not ConfigEntryChange.UPDATED:
            return
        configs = self._configs()
        for removed in self._groups.keys() - configs.keys():
            self._remove(removed)
        # Also sent when the state or the token of the entry has changed.
        self._update_groups(
            subentry_id
            for subentry_id, config in configs.items()
            if subentry_id not in self._groups
            or self._groups[subentry_id].config != config
        )

    @callback
    def _handle_device(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            device_id = event.data["device_id"]
            # Removed by another: the subentry exists.
            self._update_groups(
                i for i, group in self._groups.items() if group.device_id == device_id
            )

    def _configs(self) -> dict[str, GroupConfig]:
        return {
            subentry_id: GroupConfig.from_subentry(subentry)
            for subentry_id, subentry in self._entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_GROUP
        }

    @callback
    def _update_groups(self, subentry_ids: Iterable[str]) -> None:
        self._outdated.update(dict.fromkeys(subentry_ids))
        if self._outdated:
            self._start_work()

    @callback
    def _start_work(self) -> None:
        if not self._is_working:
            self._is_working = True
            # Not within the caller, which may be a listener of the device registry.
            self._entry.async_create_background_task(
                self._hass, self._work(), f"{DOMAIN} groups", eager_start=False
            )

    async def _work(self) -> None:
        self._is_working = True
        yielder = LoopYielder()
        try:
            while not self._is_ending:
                if self._roster is not self._coordinator.roster:
                    await self._follow_roster(yielder)
                elif self._outdated:
                    subentry_id = next(iter(self._outdated))
                    del self._outdated[subentry_id]
                    await self._update_group(subentry_id, yielder)
                    await yielder.yield_if_due()
                else:
                    break
        finally:
            self._is_working = False

    async def _update_group(self, subentry_id: str, yielder: LoopYielder) -> None:
        try:
            for _ in self._add_or_update(subentry_id):
                await yielder.yield_if_due()
                if self._is_ending or subentry_id not in self._groups:
                    break
        except Exception as err:  # noqa: BLE001 - the others must be added
            LOGGER.error("Updating a group failed: %s", describe_origin(err))

    async def _follow_roster(self, yielder: LoopYielder) -> None:
        roster = self._coordinator.roster
        self.overview.members = roster.monitored
        self._counts.update_account(roster.monitored)
        for changed in self.overview.ids(KNOWN) ^ roster.monitored:
            self._update_extension(changed)
            await yielder.yield_if_due()
        self._roster = roster
        self._presence.mark([OVERVIEW])
        self._outdated.update(dict.fromkeys(self._configs()))

    @property
    def _is_ending(self) -> bool:
        return (
            self._hass.is_stopping
            or self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS
        )

    def _add_or_update(self, subentry_id: str) -> Iterator[None]:
        if (subentry := self._entry.subentries.get(subentry_id)) is None:
            # Removed since.
            return
        config = GroupConfig.from_subentry(subentry)
        # Nothing is written if the device exists and is described like this.
        device = dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            config_subentry_id=subentry_id,
            identifiers={group_identifier(subentry_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Group" if config.queue_id is None else "Call queue",
            name=config.title,
            via_device_id=self._account_device_id,
        )
        group = self._groups.get(subentry_id)
        if group is None:
            group = self._groups[subentry_id] = MemberGroup(
                config, device.id, group_context(subentry_id)
            )
        group.config = config
        group.device_id = device.id
        queue_members = self._queue_members.get(subentry_id)
        members = config.members(self._coordinator.roster, queue_members or ())
        former = group.tally.members
        if members != former:
            self._change_members(group, members)
        is_read = config.queue_id is None or queue_members is not None
        self._counts.update_group(subentry_id, members if is_read else None)
        for add in self.adders:
            yield from add(group)
        if members != former:
            self._resolve_targets(group)
        # Names may have changed, too.
        self._presence.mark([group.context])
        if config.queue_id is not None:
            self._coordinator.async_update_context(group.context, QUEUE)
        self.queues.follow()

    @callback
    def _change_members(self, group: MemberGroup, members: frozenset[str]) -> None:
        former = group.tally.members
        group.tally.set_members(members, self.overview)
        for extension_id in former - members:
            self._leave(group, extension_id)
        for extension_id in members - former:
            self._groups_of[extension_id] = (*self.groups_of(extension_id), group)
        for extension_id in former ^ members:
            self.queues.update_member(group.config.queue_id, extension_id)

    @callback
    def _leave(self, group: MemberGroup, extension_id: str) -> None:
        left = tuple(g for g in self._groups_of[extension_id] if g is not group)
        if left:
            self._groups_of[extension_id] = left
        else:
            del self._groups_of[extension_id]

    @callback
    def _resolve_targets(self, group: MemberGroup) -> None:
        """Let triggers resolve their targets again, which they do if an entity changes."""
        registry = er.async_get(self._hass)
        entities = er.async_entries_for_device(
            registry, group.device_id, include_disabled_entities=True
        )
        if entities:
            entity = min(entities, key=lambda entity: entity.unique_id)
            # While the config entry was not loaded, there were no members.
            registry.async_update_entity_options(
                entity.entity_id, DOMAIN, {"members": random_uuid_hex()}
            )

    @callback
    def _remove(self, subentry_id: str) -> None:
        """Remove a group; Home Assistant removes its device and entities."""
        group = self._groups.pop(subentry_id)
        for extension_id in group.tally.members:
            self._leave(group, extension_id)
        self._queue_members.pop(subentry_id, None)
        self._counts.remove_group(subentry_id)
        self.queues.follow()


@callback
def get_groups(hass: HomeAssistant, entry_id: str) -> GroupManager | None:
    """Return the groups of a config entry, None if it is not loaded."""
    return hass.data.get(_MANAGERS, {}).get(entry_id)
