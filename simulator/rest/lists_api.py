"""REST: the lists of watched extensions, lines and favorites."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..account import Account
from ..base.errors import invalid_parameter, not_found, user_permission_missing
from ..base.wire import JsonObject, JsonValue, as_list, as_object
from ..company.directory import Extension
from .api import ApiRequest, ApiResponse, Route
from .lookup import Lookup
from .paging import page_of

_EXTENSION = "/account/{accountId}/extension/{extensionId}"
_OWN_LINES = ("1", "2")


@dataclass(slots=True, kw_only=True)
class ListsApi:
    """Handlers of monitored lines and favorites."""

    account: Account
    lookup: Lookup

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        lines = f"{_EXTENSION}/presence/line"
        permission = f"{_EXTENSION}/presence/permission"
        return (
            Route(
                method="GET",
                path=lines,
                group="light",
                handler=self.get_lines,
                app_permission="ReadPresence",
                user_permission="ReadPresenceSettings",
            ),
            Route(
                method="PUT",
                path=lines,
                group="medium",
                handler=self.put_lines,
                app_permission="EditPresence",
                user_permission="EditPresenceSettings",
            ),
            Route(
                method="GET",
                path=f"{lines}/{{lineId}}",
                group="light",
                handler=self.get_line,
                app_permission="ReadPresence",
                user_permission="ReadPresenceSettings",
            ),
            Route(
                method="GET",
                path=permission,
                group="light",
                handler=self.get_permission,
                app_permission="ReadPresence",
                user_permission="ReadPresenceSettings",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/favorite",
                group="light",
                handler=self.get_favorites,
                app_permission="ReadContacts",
                user_permission="ReadPersonalContacts",
            ),
            Route(
                method="PUT",
                path=f"{_EXTENSION}/favorite",
                group="medium",
                handler=self.put_favorites,
                app_permission="Contacts",
                user_permission="EditPersonalContacts",
            ),
        )

    # Lines: internal on the platform, so third parties may be refused.

    def get_lines(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Return the monitored lines of an extension; lines 1 and 2 are its own."""
        extension = self._line_owner(request, values, "ReadPresenceSettings")
        return ApiResponse(body=self._line_page(request, extension))

    def get_line(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read one line."""
        extension = self._line_owner(request, values, "ReadPresenceSettings")
        for record in self._line_records(extension):
            if record["id"] == values["lineId"]:
                return ApiResponse(body=record)
        raise not_found("lineId")

    def put_lines(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Replace the list of lines; it comes bare or as `records`."""
        extension = self._line_owner(request, values, "EditPresenceSettings")
        ids: list[str] = []
        for record in _records(request.body):
            line = as_object(record)
            monitored = self.lookup.by_id(
                str(as_object(line.get("extension")).get("id", "")), request
            )
            if str(line.get("id")) not in _OWN_LINES:
                ids.append(monitored.id)
        if len(ids) + len(_OWN_LINES) > self.account.switches.lines_max:
            raise invalid_parameter("records")
        self.account.set_lines(extension.id, ids)
        return ApiResponse(body=self._line_page(request, extension))

    def get_permission(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Return the extensions that may monitor an extension: those that do."""
        extension = self._line_owner(request, values, "ReadPresenceSettings")
        directory = self.account.directory
        watchers = [
            directory.extensions[owner_id]
            for owner_id, members in directory.lines.items()
            if extension.id in members
        ]
        uri = f"{self._uri(extension)}/presence/permission"
        page, described = page_of(watchers, request, uri)
        records: JsonValue = [
            {
                "uri": self._uri(watcher),
                "id": watcher.id,
                "extensionNumber": watcher.number,
            }
            for watcher in page
        ]
        return ApiResponse(body={"records": records, **described})

    def _line_owner(
        self, request: ApiRequest, values: Mapping[str, str], permission: str
    ) -> Extension:
        if not self.account.switches.lines_api:
            raise user_permission_missing(permission)
        return self.lookup.own(request, values, permission)

    def _line_page(self, request: ApiRequest, extension: Extension) -> JsonObject:
        uri = f"{self._uri(extension)}/presence/line"
        page, described = page_of(self._line_records(extension), request, uri)
        return {"records": page, **described}

    def _line_records(self, owner: Extension) -> list[JsonObject]:
        directory = self.account.directory
        own = len(_OWN_LINES)
        lines = [owner.id] * own + directory.lines.get(owner.id, [])
        records: list[JsonObject] = []
        for number, extension_id in enumerate(lines, 1):
            extension = directory.extensions[extension_id]
            records.append(
                {
                    "id": str(number),
                    "uri": f"{self._uri(owner)}/presence/line/{number}",
                    "extension": {
                        "id": extension.id,
                        "uri": self._uri(extension),
                        "extensionNumber": extension.number,
                        "type": extension.type,
                    },
                    "notEditableOnHud": number <= own,
                }
            )
        return records

    # Favorites

    def get_favorites(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Return favorites: extensions, and contacts without presence."""
        extension = self.lookup.own(request, values, "ReadPersonalContacts")
        return ApiResponse(body=self._favorites(extension))

    def put_favorites(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Replace the list of favorites."""
        owner = self.lookup.own(request, values, "EditPersonalContacts")
        ids: list[str] = []
        contacts: list[str] = []
        for item in _records(request.body):
            record = as_object(item)
            if "extensionId" in record:
                ids.append(self.lookup.by_id(str(record["extensionId"]), request).id)
            elif "contactId" in record:
                contacts.append(str(record["contactId"]))
            else:
                raise invalid_parameter("records")
        self.account.directory.contacts[owner.id] = contacts
        self.account.set_favorites(owner.id, ids)
        return ApiResponse(body=self._favorites(owner))

    def _favorites(self, owner: Extension) -> JsonObject:
        directory = self.account.directory
        targets: list[JsonObject] = [
            {"extensionId": extension_id, "accountId": self.account.id}
            for extension_id in directory.favorites.get(owner.id, [])
        ]
        targets += [
            {"contactId": contact_id}
            for contact_id in directory.contacts.get(owner.id, [])
        ]
        return {
            "uri": f"{self._uri(owner)}/favorite",
            "records": [
                {"id": number, **target} for number, target in enumerate(targets, 1)
            ],
        }

    def _uri(self, extension: Extension) -> str:
        return f"{self.account.uri()}/extension/{extension.id}"


def _records(body: JsonValue) -> Sequence[JsonValue]:
    """Return the records of a list to store, which come bare or in an object."""
    records = as_object(body).get("records", body)
    if not isinstance(records, Sequence) or isinstance(records, str):
        raise invalid_parameter("records")
    return as_list(records)
