"""Manager of the account's subscription: requests, changes, verifies and renews it."""

import asyncio
from collections.abc import Callable, Set as AbstractSet
import contextlib
import logging
from typing import Final, Protocol

from .anomalies import Anomalies
from .clock import Instant
from .exceptions import (
    ConnectionFailedError,
    PermissionMissingError,
    Reason,
    RejectedError,
    RingCentralError,
)
from .models.base import ParseError, RawJson, decode_json
from .models.gateway import Subscription
from .rejected_filters import Refusals, concerns_filters
from .subscription_request import (
    SubscriptionRequest,
    active_subscriptions,
    subscription_exists,
)
from .websocket import WebSocketConnection

_LOGGER = logging.getLogger(__name__)

# All in seconds. The minimum interval between renewals keeps two clients from replacing
# each other's subscription in a loop.
RENEWAL_INTERVAL: Final = 600.0
# Within that interval, the platform is queried about the subscription at most this often.
CONFIRMATION_LIFETIME: Final = 60.0
# The platform does not announce the end of a subscription. It is queried after this time
# without a notification.
CHECK_INTERVAL: Final = 100.0
# Permissions may be granted later, so rejected filters are requested again.
RETRY_INTERVAL: Final = 3600.0


class SubscriptionListener(Protocol):
    """Receiver of changes of the subscription."""

    def handle_subscription(
        self, requested: tuple[str, ...], subscription: Subscription, refusals: Refusals
    ) -> None:
        """Handle a new or changed subscription; filters in `refusals` are not in it."""

    def handle_resync(self, since: Instant | None) -> None:
        """Handle a gap; `since` is the last confirmation of a subscription that ended."""


class SubscriptionManager:
    """Manager of the one subscription, on the connection that is attached."""

    def __init__(
        self,
        listener: SubscriptionListener,
        on_lost: Callable[[RingCentralError], None],
        on_active: Callable[[], None],
        anomalies: Anomalies,
    ) -> None:
        """Initialize the manager; `on_active` is called after each successful request."""
        self._listener = listener
        self._on_lost = on_lost
        self._on_active = on_active
        self._anomalies = anomalies
        self._connection: WebSocketConnection | None = None
        self._lock = asyncio.Lock()
        self._filters: tuple[str, ...] = ()
        # Empty if it is unknown which filters are subscribed.
        self._subscribed_filters: tuple[str, ...] = ()
        self._refusals: Refusals = {}
        self._all_requested_at = Instant.now()
        self._renewed_at: Instant | None = None
        self._verified_at: Instant | None = None
        self._checked_at = Instant.now()
        # A failed request may have left out filters for a time.
        self._has_missed = False
        self._can_query = True
        self.subscription: Subscription | None = None
        self.confirmed_at: Instant | None = None
        # Done if the subscription may have been replaced or may have expired.
        self.invalidated = _future()

    @property
    def has_refused(self) -> bool:
        """Whether some of the filters are rejected or disabled."""
        known = self.subscription
        return bool(self._refusals) or (known is not None and bool(known.disabled))

    def resume(self, subscription_id: str) -> None:
        """Adopt the subscription of an earlier run; its filters are unknown."""
        self.subscription = Subscription(id=subscription_id, filters=(), disabled=())

    async def attach(
        self, connection: WebSocketConnection, *, is_recovered: bool
    ) -> bool:
        """Use a new connection; return whether there was a gap."""
        async with self._lock:
            former = self.subscription if is_recovered else None
            has_gap = False
            if former is None or self._filters != self._subscribed_filters:
                has_gap = await self._request(connection, former)
            self._connection = connection
            self._checked_at = Instant.now()
            self._clear_invalidation()
            return has_gap

    def detach(self) -> None:
        """Use the connection no more."""
        self._connection = None

    async def change_filters(self, filters: tuple[str, ...]) -> None:
        """Change the filters, now or with the next connection; after an error they stay."""
        async with self._lock:
            former, self._filters = self._filters, filters
            refusals = self._refusals
            if self._connection is None or filters == self._subscribed_filters:
                return
            try:
                await self._request(self._connection, self.subscription)
            except BaseException as err:
                self._filters, self._refusals = former, refusals
                if not isinstance(err, PermissionMissingError | RejectedError):
                    # The platform may have applied the change.
                    self._subscribed_filters = ()
                raise

    async def maintain(self, connection: WebSocketConnection) -> None:
        """Verify and renew the subscription until the connection ends."""
        while not connection.closed.done():
            quiet = min(one.age for one in (self._checked_at, self.confirmed_at) if one)
            await asyncio.wait(
                (connection.closed, self.invalidated),
                timeout=max(0.0, CHECK_INTERVAL - quiet),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if connection.closed.done():
                return
            if self.invalidated.done():
                await self._renew(connection)
            elif quiet >= CHECK_INTERVAL:
                # It may have to wait for a rate-limit slot.
                check = asyncio.create_task(self.verify(), name="ringcentral check")
                try:
                    await asyncio.wait(
                        (check, connection.closed), return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    check.cancel()

    async def verify(self) -> None:
        """Check that the subscription exists; retry rejected filters if it is time."""
        self._checked_at = Instant.now()
        connection, known = self._connection, self.subscription
        if connection is None or known is None:
            return
        try:
            if self._can_query:
                exists = await subscription_exists(connection, known.id)
                if self.subscription is not known:
                    return
                if not exists:
                    self.invalidate()
                    return
                self.confirmed_at = connection.last_message_at
            if self.has_refused and self._all_requested_at.age >= RETRY_INTERVAL:
                await self.retry_refused()
        except RingCentralError as err:
            _LOGGER.debug("Checking the subscription failed: %s", err)

    async def has_others(self) -> bool:
        """Return whether this user and app have another subscription over WebSocket."""
        if self._connection is None or self.subscription is None:
            raise ConnectionFailedError(Reason.CONNECTION_LOST)
        return bool(
            await active_subscriptions(self._connection) - {self.subscription.id}
        )

    async def retry_refused(self) -> None:
        """Request the rejected filters again; raise only errors of other causes."""
        async with self._lock:
            if self._connection is None:
                raise ConnectionFailedError(Reason.CONNECTION_LOST)
            refusals, self._refusals = self._refusals, {}
            self._all_requested_at = Instant.now()
            try:
                await self._request(
                    self._connection, self.subscription, refusals.keys()
                )
            except RingCentralError as err:
                self._refusals = refusals
                if not concerns_filters(err):
                    raise

    async def _renew(self, connection: WebSocketConnection) -> None:
        """Replace an invalidated subscription, at most once per interval."""
        pause = 0.0
        if self._renewed_at is not None:
            pause = max(0.0, RENEWAL_INTERVAL - self._renewed_at.age)
        if pause and await self._is_confirmed(connection):
            self._clear_invalidation()
            return
        self._on_lost(ConnectionFailedError(Reason.SUBSCRIPTION_LOST))
        await asyncio.wait((connection.closed,), timeout=pause)
        async with self._lock:
            if connection.closed.done() or not self.invalidated.done():
                return
            self._renewed_at = Instant.now()
            self._subscribed_filters = ()
            await self._request(connection, None)
        # A platform that denies a new subscription would be sent one after another.
        if self.subscription is not None:
            with contextlib.suppress(RingCentralError):
                self._can_query = await subscription_exists(
                    connection, self.subscription.id
                )

    def check_notification(self, subscription_id: str | None) -> None:
        """Confirm the subscription; invalidate it if the notification is of another."""
        # The id is unknown before and during a request.
        if self._connection is None or self._lock.locked():
            return
        known = self.subscription
        if known is None or subscription_id in (None, known.id):
            self.confirmed_at = self._connection.last_message_at
        else:
            self._anomalies.count("event of another subscription")
            self.invalidate()

    def check_undecoded(self, body: RawJson) -> None:
        """Check the subscription of a notification that is of no use otherwise."""
        with contextlib.suppress(ParseError):
            match decode_json(body):
                case {"subscriptionId": str() as subscription_id}:
                    self.check_notification(subscription_id)

    def invalidate(self) -> None:
        """Mark the subscription as possibly replaced or expired."""
        if not self.invalidated.done():
            self.invalidated.set_result(None)

    def _clear_invalidation(self) -> None:
        if self.invalidated.done():
            self.invalidated = _future()

    async def _is_confirmed(self, connection: WebSocketConnection) -> bool:
        if not self._can_query or self.subscription is None:
            return False
        if (
            self._verified_at is not None
            and self._verified_at.age < CONFIRMATION_LIFETIME
        ):
            return True
        with contextlib.suppress(RingCentralError):
            if await subscription_exists(connection, self.subscription.id):
                self.confirmed_at = self._verified_at = Instant.now()
                return True
        return False

    async def _request(
        self,
        connection: WebSocketConnection,
        former: Subscription | None,
        suspects: AbstractSet[str] | None = None,
    ) -> bool:
        # Only `suspects` may be left out if they are rejected; by default all may.
        wanted = tuple(f for f in self._filters if f not in self._refusals)
        if not wanted:
            wanted, self._refusals = self._filters, {}
        trusted = frozenset(() if former is None else self._subscribed_filters)
        request = SubscriptionRequest(connection, former, self._anomalies)
        try:
            self._refusals |= await request.send_tolerant(wanted, trusted, suspects)
        except BaseException:
            self._has_missed |= former is not None and request.has_gap
            if request.is_gone:
                self.invalidate()
            if request.subscription is not former:
                self._subscribed_filters = ()
            raise
        lost_after = None
        if former is not None and request.granted.id != former.id:
            # The platform does not announce the end of a subscription.
            lost_after = self.confirmed_at
            self._on_lost(ConnectionFailedError(Reason.SUBSCRIPTION_LOST))
        self.subscription = request.granted
        self._subscribed_filters = self._filters
        if wanted == self._filters:
            self._all_requested_at = Instant.now()
        self.confirmed_at = connection.last_message_at
        if self._refusals:
            filters = frozenset(self._filters)
            self._refusals = {f: e for f, e in self._refusals.items() if f in filters}
        self._listener.handle_subscription(
            self._filters, request.granted, self._refusals
        )
        self._clear_invalidation()
        has_gap = request.has_gap or self._has_missed
        self._has_missed = False
        if has_gap:
            self._listener.handle_resync(lost_after)
        if self._connection is not None:
            self._on_active()
        return has_gap


def _future() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()
