"""Operations on subscriptions: over the socket that they belong to, and read over HTTP."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..account import Account, has_presence
from ..base.errors import (
    app_permission_missing,
    invalid_parameter,
    not_found,
    rest_error,
    user_permission_missing,
)
from ..base.switches import Switches
from ..base.wire import JsonObject, as_list, as_object
from ..company.permissions import granted, shown_name
from ..company.queues import QUEUE_TYPE
from ..faults.faults import Faults
from ..push.filters import (
    APP_PERMISSION,
    MESSAGE_KINDS,
    SESSION_KINDS,
    USER_PERMISSION,
    EventFilter,
    FilterKind,
    parse_filter,
)
from ..push.subscriptions import Subscription, SubscriptionStore
from .api import ApiRequest, ApiResponse, Route

_PATH = "/subscription"
_ONE = f"{_PATH}/{{subscriptionId}}"

# Lists of another extension cannot be watched.
_OWN_ONLY: dict[FilterKind, tuple[str, str]] = {
    "lines_presence": (
        "SUB-531",
        "Presence of the lines of another extension cannot be monitored",
    ),
    "line_list": (
        "SUB-531",
        "Presence of the lines of another extension cannot be monitored",
    ),
    "favorites_presence": (
        "SUB-518",
        "Favorites of another extension cannot be monitored",
    ),
    "favorite_list": ("SUB-518", "Favorites of another extension cannot be monitored"),
}
_FOREIGN_MAILBOX = (
    "SUB-405",
    "Messages of another extension cannot be monitored",
)


@dataclass(slots=True, kw_only=True)
class SubscriptionApi:
    """Handlers of subscriptions."""

    account: Account
    store: SubscriptionStore
    faults: Faults
    switches: Switches
    permissions: set[str]
    user_permissions: set[str]
    host: Callable[[], str]

    def routes(self) -> Iterable[Route]:
        """Return the table of operations."""
        return (
            Route(method="POST", path=_PATH, group="medium", handler=self.create),
            Route(method="GET", path=_PATH, group="light", handler=self.get_all),
            Route(method="GET", path=_ONE, group="light", handler=self.get),
            Route(method="PUT", path=_ONE, group="medium", handler=self.update),
            Route(method="DELETE", path=_ONE, group="medium", handler=self.delete),
            Route(
                method="POST", path=f"{_ONE}/renew", group="light", handler=self.renew
            ),
        )

    def create(self, request: ApiRequest, _: Mapping[str, str]) -> ApiResponse:
        """Subscribe; the connection's former subscription ends."""
        body = as_object(request.body)
        transport = as_object(body.get("deliveryMode")).get("transportType")
        context = request.context
        if transport != "WebSocket" or context is None:
            raise invalid_parameter("deliveryMode.transportType")
        if not granted(self.permissions, "SubscriptionWebSocket"):
            raise rest_error(
                403,
                "SUB-528",
                "[SubscriptionWebSocket] application permission is required for "
                "[WebSocket] transport",
            )
        if fault := self.faults.take("refuse_subscription"):
            raise rest_error(
                int(fault.number("status", 403)),
                fault.text("errorCode", "SUB-505"),
                fault.text("message", "Subscriptions limit exceeded"),
            )
        filters, disabled = self._filters(request)
        subscription = self.store.create(
            request.session,
            deliver=context.deliver,
            ended=lambda: context.expired,
            replacing=context.subscription,
        )
        context.subscription = subscription
        subscription.set_filters(filters, disabled)
        return self._answer(request, subscription)

    def update(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Replace the filters of the connection's own subscription."""
        subscription = self._own(request, values)
        if request.context is None:
            raise rest_error(
                400, "SUB-511", "A WebSocket subscription cannot be changed over HTTP"
            )
        if request.context.subscription is not subscription:
            raise not_found("subscriptionId")
        body = as_object(request.body)
        if "eventFilters" in body:
            subscription.set_filters(*self._filters(request))
        else:
            subscription.set_filters(subscription.filters, subscription.disabled)
        return self._answer(request, subscription)

    def get(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Read one subscription."""
        return self._answer(request, self._own(request, values))

    def get_all(self, request: ApiRequest, _: Mapping[str, str]) -> ApiResponse:
        """List the caller's subscriptions."""
        base = self._base(request)
        records = [item.info(base) for item in self.store if self._mine(item, request)]
        uri = f"{base}/restapi/v1.0/subscription"
        return ApiResponse(body={"uri": uri, "records": records})

    def renew(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """Renew a subscription; a WebSocket subscription renews automatically."""
        subscription = self._own(request, values)
        subscription.set_filters(subscription.filters, subscription.disabled)
        return self._answer(request, subscription)

    def delete(self, request: ApiRequest, values: Mapping[str, str]) -> ApiResponse:
        """End a subscription."""
        subscription = self._own(request, values)
        self.store.remove(subscription)
        if request.context and request.context.subscription is subscription:
            request.context.subscription = None
        return ApiResponse(status=204)

    def _own(self, request: ApiRequest, values: Mapping[str, str]) -> Subscription:
        subscription = self.store.get(values["subscriptionId"])
        if subscription is None or not self._mine(subscription, request):
            raise not_found("subscriptionId")
        return subscription

    def _mine(self, subscription: Subscription, request: ApiRequest) -> bool:
        return (
            subscription.session.owner_id == request.session.owner_id
            and subscription.session.app is request.session.app
        )

    def _answer(self, request: ApiRequest, subscription: Subscription) -> ApiResponse:
        headers = {}
        if request.context is not None and self.switches.subscription_id_header:
            headers["WSG-SubscriptionId"] = subscription.id
        return ApiResponse(body=subscription.info(self._base(request)), headers=headers)

    def _base(self, request: ApiRequest) -> str:
        return self.host() if request.context is None else ""

    def _filters(
        self, request: ApiRequest
    ) -> tuple[list[EventFilter], list[JsonObject]]:
        """Return the granted and the disabled filters; one bad filter rejects the request."""
        wanted = as_list(as_object(request.body).get("eventFilters"))
        if not wanted:
            raise invalid_parameter("eventFilters")
        filters: list[EventFilter] = []
        disabled: list[JsonObject] = []
        for text in wanted:
            item = parse_filter(text, self.account.id, request.session.owner_id)
            self._check(item, request.session.owner_id)
            if reason := self._disabling(item, request.session.owner_id):
                disabled.append(reason)
            else:
                filters.append(item)
        return filters, disabled

    def _check(self, item: EventFilter, owner_id: str) -> None:
        """Refuse what this user and app may not watch."""
        permission = APP_PERMISSION[item.kind]
        if not granted(
            self.permissions, permission
        ) and not self._is_disabled_session_filter(item):
            raise app_permission_missing(self._name(permission))
        wanted = USER_PERMISSION.get(item.kind)
        if wanted is not None and not granted(self.user_permissions, wanted):
            raise user_permission_missing(wanted)
        if fault := self.faults.take("refuse_filter", filter=item.expanded):
            code = fault.text("errorCode", "CMN-101")
            if code == "CMN-101":
                raise invalid_parameter("eventFilters")
            raise rest_error(
                int(fault.number("status", 403)),
                code,
                fault.text("message", "This event filter is refused"),
            )
        if item.account_id != self.account.id:
            raise rest_error(403, "SUB-406", "Extension belongs to another account")
        if not item.extension_id:
            return
        if item.kind in _OWN_ONLY and item.extension_id != owner_id:
            raise rest_error(403, *_OWN_ONLY[item.kind])
        if self.switches.foreign_mailbox == "refused" and _is_foreign_mailbox(
            item, owner_id
        ):
            raise rest_error(403, *_FOREIGN_MAILBOX)
        extension = self.account.directory.extensions.get(item.extension_id)
        if extension is None:
            if self.switches.unknown_extension == "refuse":
                raise invalid_parameter("eventFilters")
        elif item.kind == "queue_presence" and extension.type != QUEUE_TYPE:
            raise invalid_parameter("eventFilters")
        elif (
            item.kind == "presence"
            and self.switches.group_presence == "refuse"
            and not has_presence(extension)
        ):
            raise rest_error(
                403, "SUB-402", "Presence is not available for this extension type"
            )

    def _name(self, permission: str) -> str:
        return shown_name(permission, self.switches.control_permission)

    def _is_disabled_session_filter(self, item: EventFilter) -> bool:
        return (
            item.kind in SESSION_KINDS
            and self.switches.session_filter == "disabled"
            and not granted(self.permissions, APP_PERMISSION[item.kind])
        )

    def _disabling(self, item: EventFilter, owner_id: str) -> JsonObject | None:
        if self._is_disabled_session_filter(item):
            name = self._name(APP_PERMISSION[item.kind])
            return _disabled(
                item, "CMN-401", f"Application permission [{name}] is missing"
            )
        if self.switches.foreign_mailbox == "disabled" and _is_foreign_mailbox(
            item, owner_id
        ):
            return _disabled(item, *_FOREIGN_MAILBOX)
        if item.kind == "lines_presence" and not granted(self.user_permissions, "HUD"):
            return _disabled(item, "SUB-412", "Extension permission [HUD] is missing")
        if fault := self.faults.take("disable_filter", filter=item.expanded):
            return _disabled(
                item,
                fault.text("reason", "SUB-412"),
                fault.text("message", "Extension permission [HUD] is missing"),
            )
        return None


def _disabled(item: EventFilter, reason: str, message: str) -> JsonObject:
    return {"filter": item.expanded, "reason": reason, "message": message}


def _is_foreign_mailbox(item: EventFilter, owner_id: str) -> bool:
    return item.kind in MESSAGE_KINDS and item.extension_id != owner_id
