"""Requests about a subscription; rejected filters are left out."""

from collections.abc import Set as AbstractSet
from typing import Final

from .anomalies import Anomalies
from .exceptions import ConnectionFailedError, NotFoundError, Reason, RingCentralError
from .models.base import ParseError, path_segment
from .models.gateway import Subscription, parse_subscription
from .rate_limits import RateGroup
from .rejected_filters import Refusals, bisect_refused, concerns_filters
from .websocket import WebSocketConnection

_PATH: Final = "/restapi/v1.0/subscription"


class SubscriptionRequest:
    """A request for filters, in as many steps as rejected ones make necessary."""

    def __init__(
        self,
        connection: WebSocketConnection,
        subscription: Subscription | None,
        anomalies: Anomalies,
    ) -> None:
        """Initialize the request; `subscription` is changed if there is one."""
        self._connection = connection
        self._anomalies = anomalies
        self.subscription = subscription
        # Changes may have been missed.
        self.has_gap = subscription is None
        # Neither the former nor a new subscription exists.
        self.is_gone = False

    @property
    def granted(self) -> Subscription:
        """The subscription after a successful request."""
        assert self.subscription is not None
        return self.subscription

    async def send_tolerant(
        self,
        filters: tuple[str, ...],
        trusted: AbstractSet[str],
        suspects: AbstractSet[str] | None,
    ) -> Refusals:
        """Subscribe to the filters; return those left out because they are rejected."""
        # Trusted filters are part of each attempt, so that none of their events is missed.
        try:
            await self._send(filters)
        except RingCentralError as err:
            if not concerns_filters(err) or (
                # A single suspect is known to be rejected.
                suspects is not None and len(suspects) < 2
            ):
                raise
        else:
            return {}
        if suspects is not None:
            return await self._send_valid(filters, frozenset(filters) - suspects)
        if not trusted.isdisjoint(filters):
            try:
                return await self._send_valid(filters, trusted)
            except RingCentralError as err:
                # A trusted filter has become invalid.
                if not concerns_filters(err):
                    raise
        return await self._send_valid(filters, frozenset())

    async def _send_valid(
        self, filters: tuple[str, ...], trusted: AbstractSet[str]
    ) -> Refusals:
        """Find and leave out rejected filters among those that are not trusted."""
        kept = tuple(f for f in filters if f in trusted)
        others = tuple(f for f in filters if f not in trusted)
        if not kept:
            # Each attempt leaves out others, also if the search fails.
            self.has_gap = True
        refused = await bisect_refused(lambda some: self._send(kept + some), others)
        valid = tuple(f for f in filters if f not in refused)
        if not valid:
            raise next(iter(refused.values()))
        await self._send(valid)
        return refused

    async def _send(self, filters: tuple[str, ...]) -> None:
        if self.subscription is not None:
            try:
                self.subscription = await update_subscription(
                    self._connection, self.subscription.id, filters, self._anomalies
                )
            except NotFoundError:
                self.is_gone = True
            else:
                return
        self.subscription = await create_subscription(
            self._connection, filters, self._anomalies
        )
        self.has_gap = True
        self.is_gone = False


async def create_subscription(
    connection: WebSocketConnection, filters: tuple[str, ...], anomalies: Anomalies
) -> Subscription:
    """Create the connection's one subscription; a former one is replaced."""
    return await _request(connection, "POST", _PATH, filters, anomalies)


async def update_subscription(
    connection: WebSocketConnection,
    subscription_id: str,
    filters: tuple[str, ...],
    anomalies: Anomalies,
) -> Subscription:
    """Change the filters of a subscription; raise NotFoundError if it does not exist."""
    path = f"{_PATH}/{path_segment(subscription_id)}"
    return await _request(connection, "PUT", path, filters, anomalies)


async def _request(
    connection: WebSocketConnection,
    method: str,
    path: str,
    filters: tuple[str, ...],
    anomalies: Anomalies,
) -> Subscription:
    body = {"eventFilters": filters, "deliveryMode": {"transportType": "WebSocket"}}
    reply = await connection.request(method, path, RateGroup.MEDIUM, body)
    try:
        return parse_subscription(reply, anomalies)
    except ParseError:
        raise ConnectionFailedError(Reason.UNEXPECTED_ANSWER) from None


async def subscription_exists(
    connection: WebSocketConnection, subscription_id: str
) -> bool:
    """Return whether the platform has a subscription."""
    try:
        await connection.request(
            "GET", f"{_PATH}/{path_segment(subscription_id)}", RateGroup.LIGHT
        )
    except NotFoundError:
        return False
    return True


async def active_subscriptions(connection: WebSocketConnection) -> set[str]:
    """Return the ids of the WebSocket subscriptions of this user and app."""
    found = set()
    match await connection.request("GET", _PATH, RateGroup.LIGHT):
        case {"records": [*records]}:
            for record in records:
                match record:
                    case {
                        "id": str() as subscription_id,
                        "status": "Active",
                        "deliveryMode": {"transportType": "WebSocket"},
                    }:
                        found.add(subscription_id)
    return found
