"""Members of the call queues that are groups, and which of them take calls."""

from collections.abc import Mapping, Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, callback

from ..api.event_filters import queue_filter
from ..api.exceptions import PermissionMissingError, RingCentralError
from ..api.models.enums import DndStatus
from ..api.models.notifications import RosterKind
from ..api.models.queues import QueueMember
from ..connection.change_reader import ChangeReader
from ..connection.history import Operation
from ..const import CONF_EXTENSION_ID
from ..coordinator import ACCOUNT, REFRESHED, PresenceCoordinator
from ..exceptions import action_error, failed_action, translation_key
from ..presence.models import QUEUE
from ..roster.models import change_context
from .models import group_context

if TYPE_CHECKING:
    from .manager import GroupManager

_REFUSING: Final = frozenset(
    {DndStatus.DO_NOT_ACCEPT_ANY_CALLS, DndStatus.DO_NOT_ACCEPT_DEPARTMENT_CALLS}
)

type Members = Mapping[str, QueueMember]
# By whether calls of the queue ring at them; None if that is not known.
type MembersByAnswer = Mapping[bool | None, AbstractSet[str]]

_NO_MEMBERS: Final[MembersByAnswer] = dict.fromkeys(
    (True, False, None), frozenset[str]()
)


class QueueManager:
    """Follows the members of the call queues among the groups."""

    def __init__(self, coordinator: PresenceCoordinator, groups: GroupManager) -> None:
        """Initialize without queues."""
        self._coordinator = coordinator
        self._groups = groups
        # Subentries and members by queue; one that cannot be read has no members.
        self._subentries: dict[str, str] = {}
        self._members: dict[str, Members] = {}
        # Of the same queues.
        self._by_answer: dict[str, dict[bool | None, set[str]]] = {}
        # By queue that exists.
        self._listening: dict[str, CALLBACK_TYPE] = {}
        reader = self._reader = ChangeReader(
            "call queues",
            coordinator.monitor,
            coordinator.limiter,
            self._read,
            partial(self._store, members=None),
        )
        coordinator.async_add_listener(reader.handle_connection, ACCOUNT)
        coordinator.async_add_listener(reader.mark_all_changed, REFRESHED)
        # It announces who joins or leaves a queue.
        extensions = change_context(RosterKind.EXTENSIONS)
        coordinator.async_add_listener(reader.mark_all_changed, extensions)

    @callback
    def follow(self) -> None:
        """Follow the queues among the groups, as far as they exist."""
        coordinator, groups = self._coordinator, self._groups
        configs = [group.config for group in groups.groups.values()]
        queues = {c.queue_id: c.subentry_id for c in configs if c.queue_id is not None}
        former, self._subentries = self._subentries, queues
        if queues.keys() != former.keys():
            coordinator.change_queues(frozenset(queues))
        roster = coordinator.roster
        # Read after the subscription, so that no change in between is missed.
        existing = queues.keys() & roster.directory.keys() & roster.queues
        for queue_id in self._listening.keys() - existing:
            if queue_id in queues:
                groups.update_queue(queues[queue_id], ())
                self._store(queue_id, None)
            self._listening.pop(queue_id)()
            self._members.pop(queue_id, None)
            self._by_answer.pop(queue_id, None)
        for queue_id in existing - self._listening.keys():
            self._listening[queue_id] = coordinator.async_add_listener(
                partial(self._reader.mark_changed, queue_id),
                change_context(RosterKind.QUEUE, queue_id),
            )
        self._reader.follow({i: queue_filter(i) for i in existing})

    def members(self, queue_id: str | None) -> Members | None:
        """Return the members of a queue by extension, None if they are not known."""
        return self._members.get(queue_id or "")

    def by_answer(self, queue_id: str | None) -> MembersByAnswer:
        """Return the members of a queue by whether its calls ring at them now."""
        return self._by_answer.get(queue_id or "", _NO_MEMBERS)

    @callback
    def update_member(self, queue_id: str | None, extension_id: str) -> None:
        """Update whether calls of a queue ring at an extension."""
        member = self._members.get(queue_id or "", {}).get(extension_id)
        if queue_id is None or member is None:
            return
        takes_calls = self._takes_calls(extension_id, member)
        for key, ids in self._by_answer[queue_id].items():
            if key is takes_calls:
                ids.add(extension_id)
            else:
                ids.discard(extension_id)

    def _takes_calls(self, extension_id: str, member: QueueMember) -> bool | None:
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
        if extension_id in members:
            if member.available is None:
                member = QueueMember(member.accepts, members[extension_id].available)
            self._store(queue_id, {**members, extension_id: member})
        if member.accepts is not accepts:
            raise failed_action("queue_change_not_applied")

    async def _read(self, queue_id: str) -> None:
        former = self._members.get(queue_id)
        members = await self._coordinator.rest.queue_members(queue_id)
        if self._members.get(queue_id) is former:
            self._store(queue_id, members)
        else:
            # A member was changed in the meantime.
            self._reader.mark_changed(queue_id)

    @callback
    def _store(self, queue_id: str, members: Members | None) -> None:
        former = self._members.get(queue_id)
        if queue_id not in self._listening or members == former:
            return
        subentry_id = self._subentries[queue_id]
        if members is None:
            del self._members[queue_id], self._by_answer[queue_id]
        else:
            self._members[queue_id] = members
            by_answer = self._by_answer[queue_id] = {
                True: set(),
                False: set(),
                None: set(),
            }
            for extension_id, member in members.items():
                by_answer[self._takes_calls(extension_id, member)].add(extension_id)
            if former is None or members.keys() != former.keys():
                self._groups.update_queue(subentry_id, members)
        self._coordinator.async_update_context(group_context(subentry_id), QUEUE)
