"""Telephony session events, to the subscriptions whose filters match them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..base.switches import Switches
from ..base.wire import as_list, as_object, encode
from .filters import SESSION_KINDS, EventFilter, watches_party
from .publisher import Publisher
from .session_events import SessionEvent
from .subscriptions import Subscription, SubscriptionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNotifier:
    """Sends session events."""

    publisher: Publisher
    subscriptions: SubscriptionStore
    switches: Switches

    def is_watched(self) -> bool:
        """Return whether any subscription watches sessions."""
        return any(
            item.kind in SESSION_KINDS
            for subscription in self.subscriptions
            for item in subscription.filters
        )

    def send(self, event: SessionEvent) -> None:
        """Send an event, whose path names the party and not the filter."""
        text = encode(event.body)
        for subscription in self.subscriptions:
            matching = list(_matching(subscription, event))
            if self.switches.overlapping_filters == "one":
                matching = matching[:1]
            for _ in matching:
                self.publisher.send(subscription, event.event, text)


def _matching(subscription: Subscription, event: SessionEvent) -> Iterator[EventFilter]:
    """Yield the filters that an event of a session matches."""
    for item in subscription.filters:
        is_about = item.kind == "account_sessions" or (
            item.kind == "sessions" and item.extension_id in event.extension_ids
        )
        if is_about and any(
            watches_party(item, as_object(party))
            for party in as_list(event.body["parties"])
        ):
            yield item
