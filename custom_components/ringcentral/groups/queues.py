"""Members of the call queues that are groups, and which of them take calls."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, callback

from ..api.clock import Instant
from ..api.event_filters import queue_filter
from ..api.event_stream import StreamState
from ..api.exceptions import (
    AuthenticationError,
    PermissionMissingError,
    RingCentralError,
    TemporaryError,
)
from ..api.models.enums import DndStatus
from ..api.models.notifications import RosterKind
from ..api.models.queues import QueueMember
from ..api.rate_limits import RateGroup
from ..connection.history import Operation
from ..const import COLLECT_FOR, CONF_EXTENSION_ID, GRACE, LOGGER, POLL_INTERVAL
from ..context_coordinator import AspectContext
from ..coordinator import ACCOUNT, REFRESHED, PresenceCoordinator
from ..exceptions import action_error, failed_action, translation_key
from ..presence.models import DND, FRESHNESS, QUEUE
from ..roster.models import change_context
from .models import group_context

if TYPE_CHECKING:
    from .manager import GroupManager

# Slots of the rate group that are left to others.
_SPARE: Final = 20
_REFUSING: Final = frozenset(
    {DndStatus.DO_NOT_ACCEPT_ANY_CALLS, DndStatus.DO_NOT_ACCEPT_DEPARTMENT_CALLS}
)

type Members = Mapping[str, QueueMember]


class QueueManager:
    """Reads the members of queues after events, and with each snapshot."""

    def __init__(self, coordinator: PresenceCoordinator, groups: GroupManager) -> None:
        """Initialize without queues."""
        self._coordinator = coordinator
        self._groups = groups
        self._tasks = coordinator.monitor.tasks
        # Subentries and members by queue; one that cannot be read has no members.
        self._subentries: dict[str, str] = {}
        self._members: dict[str, Members] = {}
        # Queues that exist, and those of them to read, in their order.
        self._existing: set[str] = set()
        self._stale: dict[str, None] = {}
        self._is_reading = False
        # When reading began to fail.
        self._failed_at: dict[str, Instant] = {}
        # By context.
        self._listening: dict[str, CALLBACK_TYPE] = {}

    @callback
    def follow(self) -> None:
        """Follow the queues among the groups, as far as they exist."""
        configs = [group.config for group in self._groups.groups.values()]
        queues = {c.queue_id: c.subentry_id for c in configs if c.queue_id is not None}
        former, self._subentries = self._subentries, queues
        if queues.keys() != former.keys():
            self._coordinator.change_queues(frozenset(queues))
        roster = self._coordinator.roster
        # Read after the subscription, so that no change in between is missed.
        existing = queues.keys() & roster.directory.keys() & roster.queues
        for queue_id in self._existing - existing:
            self._existing.discard(queue_id)
            if queue_id in queues:
                self._groups.update_queue(queues[queue_id], ())
                self._store(queue_id, None)
            self._members.pop(queue_id, None)
        self._stale.update(dict.fromkeys(existing - self._existing))
        self._existing |= existing
        self._listen()
        self._read_stale()

    def members(self, queue_id: str | None) -> Members | None:
        """Return the members of a queue by extension, None if they are not known."""
        return self._members.get(queue_id or "")

    def takes_calls(self, extension_id: str, member: QueueMember) -> bool | None:
        """Return whether calls of a queue ring at a member, None if it is not known."""
        if not member.accepts:
            return member.accepts
        if self._coordinator.is_current(extension_id):
            dnd = self._coordinator.data[extension_id].dnd
            if dnd not in (None, DndStatus.UNKNOWN):
                return dnd not in _REFUSING
        return member.available

    async def async_change(
        self, queue_id: str, extension_id: str, *, accepts: bool
    ) -> None:
        """Let a member take the calls of a queue or not; raise HomeAssistantError."""
        coordinator = self._coordinator
        own_id = coordinator.config_entry.data[CONF_EXTENSION_ID]
        try:
            member = await coordinator.rest.update_queue_member(
                queue_id, extension_id, accepts=accepts, is_own=extension_id == own_id
            )
            members = dict(self._members.get(queue_id, {}))
            if member is None:
                # The answer may list some members only.
                members = await coordinator.rest.queue_members(queue_id)
                member = members.get(extension_id, QueueMember(None))
        except RingCentralError as err:
            coordinator.monitor.record_failure(Operation.ACTION, err)
            if isinstance(err, PermissionMissingError) and (
                translation_key(err) != "app_permission_missing"
            ):
                code = err.code or "-"
                raise failed_action("queue_change_refused", code=code) from err
            raise action_error(err) from err
        if extension_id in members and queue_id in self._existing:
            if member.available is None:
                member = QueueMember(member.accepts, members[extension_id].available)
            self._store(queue_id, {**members, extension_id: member})
        if member.accepts is not accepts:
            raise failed_action("queue_change_not_applied")

    # Changes

    @callback
    def _listen(self) -> None:
        wanted: dict[str, tuple[int, CALLBACK_TYPE]] = {}
        if self._existing:
            wanted[ACCOUNT] = -1, self._handle_connection
            read_all = partial(self._mark_stale, self._existing)
            wanted[REFRESHED] = -1, read_all
            # Of those who join or leave a queue.
            wanted[change_context(RosterKind.EXTENSIONS)] = -1, read_all
        for queue_id in self._existing:
            read = partial(self._mark_stale, [queue_id])
            wanted[change_context(RosterKind.QUEUE, queue_id)] = -1, read
        for members in self._members.values():
            for extension_id in members:
                update = partial(self._update_member, extension_id)
                wanted[extension_id] = DND | FRESHNESS, update
        for context in self._listening.keys() - wanted.keys():
            self._listening.pop(context)()
        for context in wanted.keys() - self._listening.keys():
            aspects, listener = wanted[context]
            self._listening[context] = self._coordinator.async_add_listener(
                listener, AspectContext(context, aspects)
            )

    @callback
    def _handle_connection(self) -> None:
        if self._coordinator.stream.state is StreamState.DOWN:
            for queue_id in self._existing:
                self._store(queue_id, None)
        self._schedule_poll()

    @callback
    def _update_member(self, extension_id: str) -> None:
        for queue_id, members in self._members.items():
            if extension_id in members:
                self._update(queue_id)

    @callback
    def _update(self, queue_id: str) -> None:
        context = group_context(self._subentries[queue_id])
        self._coordinator.async_update_context(context, QUEUE)

    @callback
    def _store(self, queue_id: str, members: Members | None) -> None:
        former = self._members.pop(queue_id, None)
        if members is not None:
            self._members[queue_id] = members
            if former is None or members.keys() != former.keys():
                self._groups.update_queue(self._subentries[queue_id], members.keys())
        if members != former:
            self._listen()
            self._update(queue_id)

    # Reading

    @callback
    def _mark_stale(self, queue_ids: Iterable[str]) -> None:
        self._stale.update(dict.fromkeys(queue_ids))
        self._tasks.start_timer(COLLECT_FOR, self._read_stale)

    @property
    def _not_pushed(self) -> list[str]:
        refused = {one.filter for one in self._coordinator.monitor.refused_filters}
        return [i for i in self._members if refused and queue_filter(i) in refused]

    @callback
    def _schedule_poll(self) -> None:
        # Without live updates at all, they are read with each snapshot.
        if self._coordinator.stream.state is StreamState.PUSH and self._not_pushed:
            self._tasks.start_timer(POLL_INTERVAL.total_seconds(), self._poll)

    @callback
    def _poll(self) -> None:
        self._stale.update(dict.fromkeys(self._not_pushed))
        self._read_stale()

    @callback
    def _read_stale(self) -> None:
        if self._stale and not self._is_reading:
            self._is_reading = True
            self._tasks.spawn(self._read_all(), "call queues")

    async def _read_all(self) -> None:
        limiter = self._coordinator.limiter
        try:
            while self._stale:
                if (delay := limiter.delay(RateGroup.LIGHT, _SPARE)) > 0:
                    await asyncio.sleep(delay)
                queue_id = next(iter(self._stale))
                await self._read(queue_id)
        except TemporaryError as err:
            LOGGER.debug("Reading a call queue failed: %s", err)
            self._tasks.start_timer(POLL_INTERVAL.total_seconds(), self._retry)
        finally:
            self._is_reading = False
        self._schedule_poll()

    @callback
    def _retry(self) -> None:
        self._read_stale()

    async def _read(self, queue_id: str) -> None:
        former = self._members.get(queue_id)
        del self._stale[queue_id]
        if queue_id not in self._existing:
            return
        members: Members | None
        try:
            members = await self._coordinator.rest.queue_members(queue_id)
        except TemporaryError, AuthenticationError:
            self._stale[queue_id] = None
            if self._failed_at.setdefault(queue_id, Instant.now()).age >= GRACE:
                self._store(queue_id, None)
            raise
        except RingCentralError as err:
            LOGGER.debug("A call queue cannot be read: %s", err)
            members = None
        self._failed_at.pop(queue_id, None)
        if queue_id not in self._existing:
            return
        if self._members.get(queue_id) is former:
            self._store(queue_id, members)
        else:
            # A member was changed in the meantime.
            self._stale[queue_id] = None
