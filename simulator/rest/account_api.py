"""REST: the account, its extensions, and what the signed-in user may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..account import Account
from ..base.wire import JsonObject, JsonValue
from ..company.directory import Extension
from ..company.permissions import granted
from .api import ApiRequest, ApiResponse, Route
from .lookup import Lookup
from .paging import page_of

_BASE = "/account/{accountId}"
_EXTENSION = f"{_BASE}/extension/{{extensionId}}"
_DICTIONARY = "/restapi/v1.0/dictionary"


@dataclass(slots=True, kw_only=True)
class AccountApi:
    """Handlers of the account and its extensions."""

    account: Account
    lookup: Lookup
    user_permissions: set[str]

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        return (
            Route(
                method="GET",
                path=_BASE,
                group="light",
                handler=self.get_account,
                app_permission="ReadAccounts",
                user_permission="ReadCompanyInfo",
            ),
            Route(
                method="GET",
                path=f"{_BASE}/extension",
                group="medium",
                handler=self.get_extensions,
                app_permission="ReadAccounts",
                user_permission="ReadExtensions",
            ),
            Route(
                method="GET",
                path=_EXTENSION,
                group="light",
                handler=self.get_extension,
                app_permission="ReadAccounts",
                user_permission="ReadExtensions",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/features",
                group="medium",
                handler=self.get_features,
                app_permission="ReadAccounts",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/authz-profile",
                group="medium",
                handler=self.get_authz_profile,
                app_permission="ReadAccounts",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/authz-profile/check",
                group="light",
                handler=self.check_authz_profile,
                app_permission="ReadAccounts",
            ),
        )

    def get_account(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Describe the account."""
        self.lookup.check_account(values)
        uri = self.account.uri()
        owner = self.account.directory.owner
        body: JsonObject = {
            "uri": uri,
            "id": int(self.account.id),
            "mainNumber": "+16505550100",
            "operator": {
                "uri": f"{uri}/extension/{owner.id}",
                "id": int(owner.id),
                "extensionNumber": owner.number,
            },
            "serviceInfo": {
                "uri": f"{uri}/service-info",
                "brand": {
                    "id": "1210",
                    "name": "RingCentral",
                    "homeCountry": self._country(),
                },
                "servicePlan": {
                    "id": "12345",
                    "name": "Example Plan",
                    "edition": "Advanced",
                },
            },
            "setupWizardState": "Completed",
            "status": "Confirmed",
            "regionalSettings": self._region(),
        }
        return ApiResponse(body=body)

    def get_extensions(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List the extensions, page by page, filtered by status, type, number or mail."""
        self.lookup.check_account(values)
        wanted = {
            "status": lambda item: item.status,
            "type": lambda item: item.type,
            "extensionNumber": lambda item: item.number,
            "email": _email,
        }
        chosen = [
            extension
            for extension in self.account.directory.extensions.values()
            if all(
                name not in request.query or read(extension) in request.query[name]
                for name, read in wanted.items()
            )
        ]
        page, described = page_of(chosen, request, f"{self.account.uri()}/extension")
        records = [self._record(extension) for extension in page]
        return ApiResponse(body={"records": records, **described})

    def get_extension(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Describe one extension; `~` is the caller's own."""
        extension = self.lookup.extension(request, values)
        body: JsonObject = {
            **self._record(extension),
            "account": {"id": self.account.id, "uri": self.account.uri()},
            "setupWizardState": "Completed",
            "regionalSettings": self._region(),
        }
        if extension.id == request.session.owner_id:
            body["serviceFeatures"] = [
                {"featureName": name, "enabled": True}
                for name in ("Presence", "DND", "VoipCalling")
            ]
        return ApiResponse(body=body)

    def get_features(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List features that matter here, with the number of lines one may monitor."""
        self.lookup.extension(request, values)
        records: list[JsonValue] = []
        for name in ("ReadPresenceStatus", "EditPresenceStatus", "HUD"):
            record: JsonObject = {
                "id": name,
                "available": granted(self.user_permissions, name),
            }
            if name == "HUD":
                limit = str(self.account.switches.lines_max)
                record["params"] = [{"name": "limitMax", "value": limit}]
            if not record["available"]:
                record["reason"] = {
                    "code": "InsufficientPermissions",
                    "message": "Insufficient permissions",
                    "permission": name,
                }
            records.append(record)
        return ApiResponse(body={"records": records})

    def get_authz_profile(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List the user's permissions."""
        extension = self.lookup.extension(request, values)
        uri = f"{self.account.uri()}/extension/{extension.id}/authz-profile"
        permissions: JsonValue = [
            {"permission": {"id": name}, "scopes": ["Self"]}
            for name in sorted(self.user_permissions)
        ]
        return ApiResponse(body={"uri": uri, "permissions": permissions})

    def check_authz_profile(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """Return whether the user has one permission."""
        extension = self.lookup.extension(request, values)
        uri = f"{self.account.uri()}/extension/{extension.id}/authz-profile/check"
        successful = granted(self.user_permissions, request.first("permissionId"))
        return ApiResponse(body={"uri": uri, "successful": successful})

    def _record(self, extension: Extension) -> JsonObject:
        uri = f"{self.account.uri()}/extension/{extension.id}"
        first, _, last = extension.name.partition(" ")
        contact: JsonObject = (
            {"firstName": first, "lastName": last}
            if extension.is_user and first
            else {}
        )
        contact |= {"name": extension.name, "company": "Example Workshop"}
        if extension.number:
            contact["email"] = _email(extension)
        if extension.is_user and extension.department:
            contact["department"] = extension.department
        record: JsonObject = {"uri": uri, "id": int(extension.id)}
        if extension.number:
            record["extensionNumber"] = extension.number
        owner = extension.id == self.account.directory.owner.id
        record |= {
            "contact": contact,
            "name": extension.name,
            "type": extension.type,
            "status": extension.status,
            "permissions": {
                "admin": {"enabled": owner},
                "internationalCalling": {"enabled": False},
            },
            "profileImage": {"uri": f"{uri}/profile-image"},
            "hidden": False,
        }
        if extension.site:
            record["site"] = {
                "id": self.account.directory.site_id(extension.site),
                "name": extension.site,
            }
        return record

    def _country(self) -> JsonObject:
        return {
            "id": "1",
            "uri": f"{self._host()}{_DICTIONARY}/country/1",
            "name": "United States",
            "isoCode": "US",
            "callingCode": "1",
        }

    def _region(self) -> JsonObject:
        return {
            "timezone": {
                "id": "58",
                "uri": f"{self._host()}{_DICTIONARY}/timezone/58",
                "name": "US/Pacific",
                "description": "Pacific Time (US & Canada)",
            },
            "homeCountry": self._country(),
            "language": {
                "id": "1033",
                "name": "English (United States)",
                "localeCode": "en-US",
            },
            "timeFormat": "12h",
        }

    def _host(self) -> str:
        return self.account.uri().partition("/restapi")[0]


def _email(extension: Extension) -> str:
    return f"ext{extension.number}@example.invalid"
