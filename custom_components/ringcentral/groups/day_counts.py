"""Keep the counts of the day in step with groups, roster and midnight."""

from collections.abc import Iterable, Set as AbstractSet
from datetime import timedelta
from typing import Final

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, callback
from homeassistant.util import dt as dt_util

from ..calls.counts import ACCOUNT_SCOPE
from ..const import CONF_EXTENSION_ID
from ..coordinator import ACCOUNT, PresenceCoordinator
from ..presence.models import COUNTS
from .batcher import UpdateBatcher
from .models import OVERVIEW, group_context

# Seconds: timers stand still while the host sleeps, and the clock may be set.
_LONGEST_TIMER: Final = 60.0


class DayCountsUpdater:
    """Counts the calls of the account and its groups, and updates their entities."""

    def __init__(self, coordinator: PresenceCoordinator) -> None:
        """Initialize with the account."""
        self._coordinator = coordinator
        self._counter = coordinator.calls.counts
        self._groups: set[str] = set()
        self._batcher = UpdateBatcher(coordinator, COUNTS)
        self._tasks = coordinator.monitor.tasks
        self._day = dt_util.now().date()
        self._counter.changed = self._handle_change
        self.update_account(coordinator.roster.monitored)

    @callback
    def start(self) -> None:
        """Begin each day at midnight, and drop the counts of groups that are gone."""
        self._coordinator.config_entry.async_on_unload(
            # The time zone may have changed.
            self._coordinator.hass.bus.async_listen(
                EVENT_CORE_CONFIG_UPDATE, self._begin_day
            )
        )
        self._begin_day()
        coordinator = self._coordinator
        self._counter.keep_scopes(
            {ACCOUNT_SCOPE, *coordinator.config_entry.subentries}
            | coordinator.roster.monitored
        )

    @callback
    def close(self) -> None:
        """Update nothing any more."""
        self._counter.changed = None
        self._batcher.close()

    @callback
    def update_account(self, monitored: AbstractSet[str]) -> None:
        """Count the calls of these extensions, and of the own one."""
        self._counter.set_members(ACCOUNT_SCOPE, monitored)
        own_id = self._coordinator.config_entry.data[CONF_EXTENSION_ID]
        if own_id in monitored:
            self._counter.set_members(own_id, {own_id})
        else:
            self._counter.remove_scope(own_id)

    @callback
    def update_group(self, subentry_id: str, members: AbstractSet[str] | None) -> None:
        """Count the calls of these members, None if they are not known yet."""
        self._groups.add(subentry_id)
        if members is not None:
            self._counter.set_members(subentry_id, members)
            # From now on there are counts.
            self._batcher.mark([group_context(subentry_id)])

    @callback
    def remove_group(self, subentry_id: str) -> None:
        """Drop the counts of a group."""
        self._groups.discard(subentry_id)
        self._counter.remove_scope(subentry_id)

    @callback
    def _handle_change(self, scopes: Iterable[str]) -> None:
        self._batcher.mark(map(self._context_of, scopes))

    def _context_of(self, scope: str) -> str:
        if scope == ACCOUNT_SCOPE:
            return OVERVIEW
        # The context of an extension is its id.
        return group_context(scope) if scope in self._groups else scope

    @callback
    def _begin_day(self, _event: Event | None = None) -> None:
        self._tasks.cancel_timer(self._begin_day)
        # Days have 23 to 25 hours.
        today = dt_util.now().date()
        tomorrow = today + timedelta(days=1)
        midnight = dt_util.as_utc(dt_util.start_of_local_day(tomorrow))
        seconds = (midnight - dt_util.utcnow()).total_seconds()
        self._tasks.start_timer(min(seconds, _LONGEST_TIMER), self._begin_day)
        self._counter.begin_day()
        if today != self._day:
            self._day = today
            # It shows the time without updates of the day.
            self._coordinator.async_update_context(ACCOUNT)
