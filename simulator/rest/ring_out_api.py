"""REST: RingOut."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..account import Account
from ..base.errors import ApiError, invalid_parameter, rest_error
from ..base.wire import JsonValue, as_object
from ..company.call import IllegalMoveError
from ..company.devices import ForwardingNumber
from ..company.directory import Extension
from ..company.ring_outs import RingOuts
from .api import ApiRequest, ApiResponse, Route
from .control_bodies import Body, ControlBodies
from .event_timing import events_in_order
from .lookup import Lookup

_BASE = "/account/{accountId}/extension/{extensionId}/ring-out"
_ONE = f"{_BASE}/{{ringoutId}}"
_PERMISSION = "RingOut"


@dataclass(slots=True, kw_only=True)
class RingOutApi:
    """Handlers of RingOut."""

    account: Account
    lookup: Lookup
    ring_outs: RingOuts
    requests: ControlBodies

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        return (
            Route(
                method="POST",
                path=_BASE,
                group="heavy",
                handler=self.start,
                app_permission=_PERMISSION,
            ),
            Route(
                method="GET",
                path=_ONE,
                group="light",
                handler=self.get,
                app_permission=_PERMISSION,
            ),
            Route(
                method="DELETE",
                path=_ONE,
                group="heavy",
                handler=self.cancel,
                app_permission=_PERMISSION,
            ),
        )

    def start(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Ring the own phone, then call a number."""
        owner = self.lookup.own(request, values, _PERMISSION)
        body = as_object(request.body)
        if not isinstance(body.get("playPrompt", False), bool):
            raise invalid_parameter("playPrompt")
        number = as_object(body.get("to")).get("phoneNumber")
        if not isinstance(number, str) or not number:
            raise _number_missing("TEL-109", "to")
        target = self.requests.number(number, "phoneNumber")
        first, is_own_phone = self._own_number(owner, body)
        order = self.account.switches.event_order
        if order in ("answer_first", "event_first"):
            is_before = self.account.switches.ring_out_event == "before"
            order = "event_first" if is_before else "answer_first"
        try:
            with events_in_order(self.account.publisher, order):
                ring_out = self.ring_outs.start(
                    owner, target, number=first, is_own_phone=is_own_phone
                )
        except IllegalMoveError:
            raise invalid_parameter("phoneNumber") from None
        return ApiResponse(body=self.ring_outs.resource(ring_out))

    def _own_number(self, owner: Extension, body: Body) -> tuple[str, bool]:
        """Return the number of the phone that rings first, and whether it is a line."""
        devices = self.requests.devices
        first = as_object(body.get("from"))
        if "forwardingNumberId" in first:
            wanted = str(first["forwardingNumberId"])
            for number in devices.forwarding_numbers(owner):
                if number.id == wanted:
                    return _line(number)
            raise invalid_parameter("forwardingNumberId")
        if "phoneNumber" in first:
            return self._typed_number(owner, first["phoneNumber"])
        if self.account.switches.ring_out_without_from == "refused":
            raise _number_missing("TEL-108", "from")
        return _line(devices.forwarding_numbers(owner)[0])

    def _typed_number(self, owner: Extension, value: JsonValue) -> tuple[str, bool]:
        if not isinstance(value, str) or not value:
            raise _number_missing("TEL-108", "from")
        self.requests.number(value, "phoneNumber")
        return value, self.requests.devices.is_own_number(owner, value)

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read the status of a RingOut."""
        owner = self.lookup.own(request, values, _PERMISSION)
        ring_out = self.ring_outs.find(owner.id, values["ringoutId"])
        return ApiResponse(body=self.ring_outs.resource(ring_out))

    def cancel(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Cancel a RingOut."""
        owner = self.lookup.own(request, values, _PERMISSION)
        ring_out = self.ring_outs.find(owner.id, values["ringoutId"])
        order = self.account.switches.event_order
        with events_in_order(self.account.publisher, order):
            self.ring_outs.cancel(ring_out)
        return ApiResponse(status=204)


def _line(number: ForwardingNumber) -> tuple[str, bool]:
    return number.number, number.is_own_phone


def _number_missing(code: str, name: str) -> ApiError:
    return rest_error(400, code, f"Parameter [{name}] is missing or invalid")
