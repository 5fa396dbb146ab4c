"""Subscriptions: which filters they hold, and which of them an extension matches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from ..base import clock
from ..base.errors import rest_error
from ..base.switches import Switches
from ..base.wire import JsonObject, event_time
from ..company.directory import Directory
from ..sessions.oauth import OAuthSession
from .filters import DETAIL_ORDER, EventFilter, FilterKind

_LIFE = 86400


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """One subscription of one connection."""

    id: str
    session: OAuthSession
    # Sends a notification, or keeps it while the connection is lost.
    deliver: Callable[[bytes], None]
    # Returns whether the connection is lost and can't be recovered.
    ended: Callable[[], bool]
    created_at: float = 0.0
    renewed_at: float = 0.0
    filters: list[EventFilter] = field(default_factory=list)
    disabled: list[JsonObject] = field(default_factory=list)
    _index: dict[tuple[FilterKind, str], EventFilter] = field(default_factory=dict)

    @property
    def owner_id(self) -> str:
        """Return the extension of the user who subscribed."""
        return self.session.owner_id

    def set_filters(
        self, filters: list[EventFilter], disabled: list[JsonObject]
    ) -> None:
        """Replace the filters; of two on one resource the most detailed counts."""
        self.filters = filters
        self.disabled = disabled
        self._index = {}
        for item in filters:
            known = self._index.get(item.resource)
            if known is None or DETAIL_ORDER.index(item.detail) > DETAIL_ORDER.index(
                known.detail
            ):
                self._index[item.resource] = item
        self.renewed_at = clock.wall()

    def find(self, kind: FilterKind, extension_id: str = "") -> EventFilter | None:
        """Return the filter on a resource."""
        return self._index.get((kind, extension_id))

    def matching_presence(
        self, extension_id: str, directory: Directory
    ) -> Iterator[EventFilter]:
        """Yield the filters that a presence change of this extension matches."""
        owner = self.owner_id
        if item := self.find("presence", extension_id):
            yield item
        if (
            item := self.find("lines_presence", owner)
        ) and extension_id in directory.monitored(owner):
            yield item
        if (
            item := self.find("favorites_presence", owner)
        ) and extension_id in directory.favorites.get(owner, ()):
            yield item
        if item := self.find("account_presence"):
            yield item

    def info(self, base_uri: str = "") -> JsonObject:
        """Describe it; over the socket `uri` is relative."""
        body: JsonObject = {
            "uri": f"{base_uri}/restapi/v1.0/subscription/{self.id}",
            "id": self.id,
            "creationTime": event_time(self.created_at),
            "status": "Active",
            "eventFilters": [item.expanded for item in self.filters],
            "expirationTime": event_time(self.renewed_at + _LIFE),
            "expiresIn": _LIFE - 1,
            "deliveryMode": {"transportType": "WebSocket", "encryption": False},
        }
        if self.disabled:
            body["disabledFilters"] = self.disabled
        return body


@dataclass(slots=True, kw_only=True)
class SubscriptionStore:
    """All living subscriptions."""

    switches: Switches
    random: Random
    _subscriptions: dict[str, Subscription] = field(default_factory=dict)

    def create(
        self,
        session: OAuthSession,
        *,
        deliver: Callable[[bytes], None],
        ended: Callable[[], bool],
        replacing: Subscription | None,
    ) -> Subscription:
        """Add a subscription in the place of the connection's former one; raises ApiError."""
        mine = [
            item
            for item in self
            if item is not replacing
            and item.session.owner_id == session.owner_id
            and item.session.app is session.app
        ]
        if len(mine) >= self.switches.subscription_limit:
            raise rest_error(403, "SUB-505", "Subscriptions limit exceeded")
        if replacing is not None:
            self.remove(replacing)
        subscription = Subscription(
            id=str(UUID(int=self.random.getrandbits(128), version=4)),
            session=session,
            deliver=deliver,
            ended=ended,
            created_at=clock.wall(),
        )
        self._subscriptions[subscription.id] = subscription
        return subscription

    def get(self, subscription_id: str) -> Subscription | None:
        """Return a living subscription."""
        item = self._subscriptions.get(subscription_id)
        return None if item is None or item.ended() else item

    def remove(self, subscription: Subscription) -> None:
        """End a subscription."""
        self._subscriptions.pop(subscription.id, None)

    def remove_session(self, session: OAuthSession) -> None:
        """End the subscriptions of an OAuth session."""
        for item in list(self._subscriptions.values()):
            if item.session is session:
                self.remove(item)

    def __iter__(self) -> Iterator[Subscription]:
        """Iterate over the living subscriptions; those of connections lost for good end here."""
        for item in list(self._subscriptions.values()):
            if item.ended():
                self.remove(item)
            else:
                yield item
