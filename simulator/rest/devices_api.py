"""REST: phones of an extension, and numbers that reach it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..account import Account
from ..base.wire import JsonObject
from ..company.devices import Devices, direct_number
from .api import ApiRequest, ApiResponse, Route
from .lookup import Lookup
from .paging import page_of

_EXTENSION = "/account/{accountId}/extension/{extensionId}"


@dataclass(slots=True, kw_only=True)
class DevicesApi:
    """Handlers of phones and numbers."""

    account: Account
    lookup: Lookup
    devices: Devices

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        return (
            Route(
                method="GET",
                path=f"{_EXTENSION}/device",
                group="light",
                handler=self.get,
                app_permission="ReadAccounts",
                user_permission="ReadUserDevices",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/webapp-devices",
                group="medium",
                handler=self.get_web,
                app_permission="ReadAccounts",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/forwarding-number",
                group="light",
                handler=self.get_forwarding,
                app_permission="ReadAccounts",
            ),
            Route(
                method="GET",
                path=f"{_EXTENSION}/phone-number",
                group="light",
                handler=self.get_numbers,
                app_permission="ReadAccounts",
            ),
        )

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List the phones of the caller, without web phones."""
        owner = self.lookup.own(request, values, "ReadUserDevices")
        types = request.query.get("type", ())
        chosen = [
            self.devices.record(owner, device, self.account.uri())
            for device in self.devices.of(owner)
            if device.type != "WebPhone" and (not types or device.type in types)
        ]
        return self._page(request, chosen, f"{owner.id}/device")

    def get_web(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """List the web phones of the caller."""
        owner = self.lookup.own(request, values, "ReadUserDevices")
        return ApiResponse(
            body={
                "records": [
                    self.devices.web_record(device)
                    for device in self.devices.of(owner)
                    if device.type == "WebPhone"
                ]
            }
        )

    def get_forwarding(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List the numbers that ring for the caller."""
        owner = self.lookup.own(request, values, "ReadAccounts")
        chosen = [
            self.devices.forwarding_record(owner, number, self.account.uri())
            for number in self.devices.forwarding_numbers(owner)
        ]
        return self._page(request, chosen, f"{owner.id}/forwarding-number")

    def get_numbers(
        self, request: ApiRequest, values: Mapping[str, str]
    ) -> ApiResponse:
        """List the direct number of the caller."""
        owner = self.lookup.own(request, values, "ReadAccounts")
        record: JsonObject = {
            "id": int(f"43{owner.id[-9:]}"),
            "phoneNumber": direct_number(owner),
            "usageType": "DirectNumber",
            "type": "VoiceFax",
            "paymentType": "Local",
            "features": ["CallerId", "SmsSender"],
        }
        return self._page(request, [record], f"{owner.id}/phone-number")

    def _page(
        self, request: ApiRequest, records: list[JsonObject], path: str
    ) -> ApiResponse:
        uri = f"{self.account.uri()}/extension/{path}"
        page, described = page_of(records, request, uri)
        return ApiResponse(body={"records": list(page), **described})
