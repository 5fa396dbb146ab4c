"""REST: presence of one, several and all extensions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from ..account import Account
from ..base.errors import ApiError, invalid_parameter, rest_error
from ..base.wire import JsonObject, as_object, encode
from ..company.directory import Extension
from ..company.presence import CHOICES, FLAGS, Detail
from .api import ApiRequest, ApiResponse, Route
from .lookup import Lookup
from .paging import page_of

_MAX_BULK = 30
_BULK_TYPE = "application/vnd.ringcentral.multipart+json"
_BASE = "/account/{accountId}"
_EXTENSION = f"{_BASE}/extension/{{extensionId}}"
_SETTABLE = frozenset({*CHOICES, *FLAGS, "message"}) - {"meetingStatus"}
_QUEUE_MEMBERS_ONLY = ("DoNotAcceptDepartmentCalls", "TakeDepartmentCallsOnly")


@dataclass(slots=True, kw_only=True)
class PresenceApi:
    """Handlers of presence."""

    account: Account
    lookup: Lookup

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        return (
            Route(
                method="GET",
                path=f"{_EXTENSION}/presence",
                group="light",
                handler=self.get,
                app_permission="ReadPresence",
                user_permission="ReadPresenceStatus",
                cost=self._bulk_cost,
            ),
            Route(
                method="PUT",
                path=f"{_EXTENSION}/presence",
                group="medium",
                handler=self.put,
                app_permission="EditPresence",
                user_permission="EditPresenceStatus",
            ),
            Route(
                method="GET",
                path=f"{_BASE}/presence",
                group="heavy",
                handler=self.get_account,
                app_permission="ReadPresence",
                user_permission="ReadPresenceStatus",
            ),
        )

    def _bulk_cost(self, values: Mapping[str, str]) -> int:
        if self.account.switches.bulk_cost == "one":
            return 1
        return values["extensionId"].count(",") + 1

    # Presence

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read the presence of one extension, or of up to 30."""
        self.lookup.check_account(values)
        if "," in values["extensionId"]:
            return self._get_bulk(request, values["extensionId"].split(","))
        extension = self.lookup.extension(request, values)
        return ApiResponse(body=self._picture(request, extension))

    def get_account(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Read the presence of all extensions, page by page."""
        self.lookup.check_account(values)
        everyone = [
            extension
            for extension in self.account.directory.extensions.values()
            if extension.number
        ]
        page, described = page_of(everyone, request, f"{self.account.uri()}/presence")
        records = [self._picture(request, extension) for extension in page]
        return ApiResponse(body={"records": records, **described})

    def put(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Change the presence of the caller, or of others where that is allowed."""
        extension = self.lookup.editable(request, values, "EditPresenceStatus")
        changes = as_object(request.body)
        if not changes and request.body is not None and request.body != {}:
            raise rest_error(400, "CMN-104", "Cannot parse the body of the request")
        wanted = {name: changes[name] for name in self._settable & changes.keys()}
        if wanted.get("dndStatus") in _QUEUE_MEMBERS_ONLY and not any(
            extension.id in members
            for members in self.account.directory.queues.values()
        ):
            raise invalid_parameter("dndStatus")
        try:
            self.account.check_presence(wanted)
        except ValueError as error:
            raise invalid_parameter(str(error)) from None
        if self.account.switches.edit_presence != "ignored":
            self.account.change_presence(extension, wanted)
        return ApiResponse(body=self._picture(request, extension))

    @property
    def _settable(self) -> frozenset[str]:
        """What a change can set; of do not disturb, the fields that the account has."""
        switches = self.account.switches
        missing: set[str] = set()
        if switches.dnd_status != "sent":
            missing.add("dndStatus")
        if not switches.dnd_status_personal:
            missing |= {"dndStatusPersonal", "acceptCallQueueCalls"}
        return _SETTABLE - missing

    def _picture(self, request: ApiRequest, extension: Extension) -> JsonObject:
        return self.account.presence_resource(
            extension,
            request.session.owner_id,
            _wanted_detail(request),
            total="totalActiveCalls" in request.query,
        )

    def _get_bulk(self, request: ApiRequest, ids: Sequence[str]) -> ApiResponse:
        if len(ids) > _MAX_BULK:
            raise rest_error(
                400,
                "CMN-106",
                "Extension Presence Info multipart request is limited to "
                f"{_MAX_BULK} extensions",
                top="InvalidMultipartRequest",
            )
        parts: list[tuple[str, int, JsonObject]] = []
        for extension_id in ids:
            try:
                extension = self.lookup.by_id(extension_id, request)
            except ApiError as error:
                parts.append((extension_id, error.status, error.body))
            else:
                parts.append((extension_id, 200, self._picture(request, extension)))
        if _BULK_TYPE in request.accept:
            body: list[JsonObject] = [
                {"resourceId": extension_id, "status": status, "body": content}
                for extension_id, status, content in parts
            ]
            return ApiResponse(status=207, body=body, content_type=_BULK_TYPE)
        return self._multipart(parts)

    def _multipart(self, parts: Sequence[tuple[str, int, JsonObject]]) -> ApiResponse:
        boundary = f"Boundary_20_{uuid4().hex}"
        summary: JsonObject = {
            "response": [
                {
                    "href": f"{self.account.uri()}/extension/{extension_id}/presence",
                    "status": status,
                    "responseDescription": "OK" if status == 200 else "Not Found",
                }
                for extension_id, status, _ in parts
            ]
        }
        lines: list[bytes] = []
        for content in (summary, *(content for _, _, content in parts)):
            lines += [
                f"--{boundary}".encode(),
                b"Content-Type: application/json",
                b"",
                encode(content),
            ]
        lines += [f"--{boundary}--".encode(), b""]
        return ApiResponse(
            status=207,
            text=b"\r\n".join(lines),
            content_type=f"multipart/mixed; boundary={boundary}",
        )


def _wanted_detail(request: ApiRequest) -> Detail:
    if not request.flag("detailedTelephonyState"):
        return "simple"
    return "sip" if request.flag("sipData") else "detailed"
