"""REST: call queues, their members, and who takes their calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..account import Account
from ..base.errors import (
    invalid_parameter,
    not_found,
    other_extension,
    user_permission_missing,
)
from ..base.wire import JsonObject, JsonValue, as_list, as_object
from ..company.directory import Extension
from ..sessions.limits import Group
from .api import ApiRequest, ApiResponse, Handler, Route
from .lookup import Lookup
from .paging import page_of

_BASE = "/account/{accountId}/call-queues"
_QUEUE = f"{_BASE}/{{groupId}}"
_OWN = "/account/{accountId}/extension/{extensionId}/call-queue-presence"
_EDIT = "EditPresenceStatus"


@dataclass(slots=True, kw_only=True)
class QueuesApi:
    """Handlers of call queues."""

    account: Account
    lookup: Lookup

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        lists = ("ReadAccounts", "ReadExtensions")
        reads = ("ReadPresence", "ReadPresenceStatus")
        edits = ("EditPresence", _EDIT)
        presence = f"{_QUEUE}/presence"
        table: tuple[tuple[str, str, Group, Handler, tuple[str, str]], ...] = (
            ("GET", _BASE, "medium", self.get_queues, lists),
            ("GET", _QUEUE, "light", self.get_queue, lists),
            ("GET", f"{_QUEUE}/members", "light", self.get_members, lists),
            ("GET", presence, "light", self.get_presence, reads),
            ("PUT", presence, "medium", self.put_presence, edits),
            ("GET", _OWN, "light", self.get_own_presence, reads),
            ("PUT", _OWN, "medium", self.put_own_presence, edits),
        )
        return (
            Route(
                method=method,
                path=path,
                group=group,
                handler=handler,
                app_permission=app,
                user_permission=user,
            )
            for method, path, group, handler, (app, user) in table
        )

    def get_queues(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List the queues, page by page, all or those of a member."""
        self.lookup.check_account(values)
        queues = self.account.queues.all()
        if member_id := request.first("memberExtensionId"):
            queues = self.account.queues.of_member(member_id)
        page, described = page_of(queues, request, f"{self.account.uri()}/call-queues")
        records = [self._record(queue) for queue in page]
        return ApiResponse(body={"records": records, **described})

    def get_queue(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Describe a queue."""
        body: JsonObject = {
            **self._record(self._queue(values)),
            "editableMemberStatus": self.account.switches.queue_editable,
            "alertTimer": 30,
            "serviceLevelSettings": {
                "slaGoal": 80,
                "slaThresholdSeconds": 60,
                "includeAbandonedCalls": True,
                "abandonedThresholdSeconds": 5,
            },
        }
        return ApiResponse(body=body)

    def get_members(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List the members of a queue, page by page."""
        queue = self._queue(values)
        page, described = page_of(
            self.account.queues.members(queue.id),
            request,
            f"{self._uri(queue)}/members",
        )
        records: JsonValue = [
            {
                "uri": f"{self.account.uri()}/extension/{member.id}",
                "id": int(member.id),
                "extensionNumber": member.number,
            }
            for member in page
        ]
        return ApiResponse(body={"records": records, **described})

    # Seen from the queue

    def get_presence(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Return which members take the calls of a queue."""
        return ApiResponse(body=self._presence(self._queue(values)))

    def put_presence(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Log members in or out, as a manager of the queue or as the member."""
        queue = self._queue(values)
        changes = self._changes(request, ("member",), "acceptCurrentQueueCalls")
        members = {member.id for member in self.account.queues.members(queue.id)}
        if not changes.keys() <= members:
            raise not_found("memberId")
        own_id = request.session.owner_id
        self._check_edit(is_own=changes.keys() <= {own_id})
        self._apply(queue, changes)
        return ApiResponse(body=self._presence(queue, self._shown(changes)))

    def _presence(
        self, queue: Extension, only: Iterable[str] | None = None
    ) -> JsonObject:
        queues = self.account.queues
        records: list[JsonValue] = []
        for member in queues.members(queue.id):
            if only is not None and member.id not in only:
                continue
            described: JsonObject = {
                "id": member.id,
                "name": member.name,
                "extensionNumber": member.number,
            }
            if member.site:
                described["site"] = self._site(member)
            records.append(
                {
                    "member": described,
                    "acceptQueueCalls": queues.is_available(member.id),
                    "acceptCurrentQueueCalls": queues.accepts(queue.id, member.id),
                }
            )
        return {"records": records}

    # Seen from the member

    def get_own_presence(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Return which queues' calls an extension takes."""
        extension = self.lookup.extension(request, values)
        body = self._own_presence(extension)
        if wanted := request.first("editableMemberStatus"):
            editable = self.account.switches.queue_editable
            if editable is not (wanted == "true"):
                body = {"records": []}
        return ApiResponse(body=body)

    def put_own_presence(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Log the caller in to queues, or out."""
        extension = self.lookup.own(request, values, _EDIT)
        # The platform's own samples have both spellings.
        changes = self._changes(request, ("callQueue", "callqueue"), "acceptCalls")
        own = {queue.id: queue for queue in self.account.queues.of_member(extension.id)}
        if not changes.keys() <= own.keys():
            raise not_found("callQueueId")
        self._check_edit(is_own=True, as_member=True)
        for queue_id, accepts in changes.items():
            self._apply(own[queue_id], {extension.id: accepts})
        return ApiResponse(body=self._own_presence(extension, self._shown(changes)))

    def _own_presence(
        self, extension: Extension, only: Iterable[str] | None = None
    ) -> JsonObject:
        queues = self.account.queues
        return {
            "records": [
                {
                    "callQueue": {
                        "id": queue.id,
                        "name": queue.name,
                        "extensionNumber": queue.number,
                        "editableMemberStatus": self.account.switches.queue_editable,
                    },
                    "acceptCalls": queues.accepts(queue.id, extension.id),
                }
                for queue in queues.of_member(extension.id)
                if only is None or queue.id in only
            ]
        }

    # Helpers

    def _changes(
        self, request: ApiRequest, names: tuple[str, ...], flag: str
    ) -> dict[str, bool]:
        """Return the wanted flag by id; raises ApiError for a bad body."""
        changes: dict[str, bool] = {}
        records = as_list(as_object(request.body).get("records"))
        for item in records:
            record = as_object(item)
            of = next((as_object(record[name]) for name in names if name in record), {})
            wanted = record.get(flag)
            if "id" not in of or not isinstance(wanted, bool):
                raise invalid_parameter("records")
            changes[str(of["id"])] = wanted
        if not changes:
            raise invalid_parameter("records")
        return changes

    def _check_edit(self, *, is_own: bool, as_member: bool = False) -> None:
        """Refuse a change that the caller may not make."""
        switches = self.account.switches
        if switches.queue_edit == "refused":
            raise user_permission_missing(_EDIT)
        is_manager = switches.queue_edit != "own"
        if not is_own and not is_manager:
            raise other_extension(_EDIT)
        if not switches.queue_editable and (as_member or not is_manager):
            raise user_permission_missing(_EDIT)

    def _apply(self, queue: Extension, changes: Mapping[str, bool]) -> None:
        if self.account.switches.queue_edit != "ignored":
            self.account.accept_queue_calls(queue, changes)

    def _shown(self, changes: Mapping[str, bool]) -> Iterable[str] | None:
        is_whole = self.account.switches.queue_answer == "whole"
        return None if is_whole else changes.keys()

    def _queue(self, values: Mapping[str, str]) -> Extension:
        self.lookup.check_account(values)
        if not values["groupId"].isdecimal():
            raise invalid_parameter("groupId")
        if (queue := self.account.queues.find(values["groupId"])) is None:
            raise not_found("groupId")
        return queue

    def _record(self, queue: Extension) -> JsonObject:
        record: JsonObject = {
            "uri": self._uri(queue),
            "id": queue.id,
            "extensionNumber": queue.number,
            "name": queue.name,
            "status": queue.status,
        }
        if queue.site:
            record["site"] = self._site(queue)
        return record

    def _uri(self, queue: Extension) -> str:
        return f"{self.account.uri()}/call-queues/{queue.id}"

    def _site(self, extension: Extension) -> JsonObject:
        site_id = self.account.directory.site_id(extension.site)
        return {"id": site_id, "name": extension.site}
