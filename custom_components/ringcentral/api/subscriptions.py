"""Having filters watched over a connection, those that spoil the request left out."""

from collections.abc import Set as AbstractSet
from functools import partial

from .exceptions import NotFoundError, RingCentralError
from .models.gateway import Subscription
from .rejected_filters import Refusals, bisect_refused, concerns_filters
from .websocket import WebSocketConnection


class Subscriber:
    """Requests filters on a connection: changes its subscription, or makes one.

    Attributes:
        may_have_missed: whether changes may have gone unseen on the way.
        is_gone: whether the subscription that was to be changed is not there, nor
            another in its place.

    """

    def __init__(
        self, gateway: WebSocketConnection, subscription: Subscription | None
    ) -> None:
        """Change `subscription`, if there is one."""
        self._gateway = gateway
        self._subscription = subscription
        self.may_have_missed = subscription is None
        self.is_gone = False

    @property
    def granted(self) -> Subscription:
        """The subscription, once a request has succeeded."""
        assert self._subscription is not None
        return self._subscription

    async def request(self, filters: tuple[str, ...]) -> None:
        """Have exactly these filters watched.

        Raises:
            RingCentralError: refused, and what was watched before still is.

        """
        if self._subscription is not None:
            try:
                self._subscription = await self._gateway.change_filters(
                    self._subscription.id, filters
                )
            except NotFoundError:
                self.is_gone = True
            else:
                return
        self._subscription = await self._gateway.subscribe(filters)
        self.may_have_missed = True
        self.is_gone = False

    async def request_good(
        self, filters: tuple[str, ...], watched: AbstractSet[str]
    ) -> Refusals:
        """Have those of the filters watched that are not refused; return the others.

        Args:
            filters: refused as a whole.
            watched: those that were granted before: they are above suspicion, so that
                nothing of theirs is missed while the others are tried.

        Raises:
            RingCentralError: all were refused, or not because of a filter.

        """
        if not watched.isdisjoint(filters):
            try:
                return await self.request_more(filters, watched)
            except RingCentralError as err:
                # One of them has gone bad meanwhile.
                if not concerns_filters(err):
                    raise
        refused = await bisect_refused(partial(self._attempt, ()), filters)
        good = tuple(f for f in filters if f not in refused)
        self.may_have_missed = True
        if not good:
            raise next(iter(refused.values()))
        await self.request(good)
        return refused

    async def request_more(
        self, filters: tuple[str, ...], watched: AbstractSet[str]
    ) -> Refusals:
        """Have those of the filters watched, besides `watched`, that are not refused.

        Returns the others.

        Raises:
            RingCentralError: refused although `watched` alone was granted before, which
                goes on; or not because of a filter.

        """
        trusted = tuple(f for f in filters if f in watched)
        suspects = tuple(f for f in filters if f not in watched)
        refused = await bisect_refused(partial(self._attempt, trusted), suspects)
        await self.request(tuple(f for f in filters if f not in refused))
        return refused

    async def _attempt(
        self, trusted: tuple[str, ...], some: tuple[str, ...]
    ) -> RingCentralError | None:
        try:
            await self.request(trusted + some)
        except RingCentralError as err:
            if not concerns_filters(err):
                raise
            return err
        return None
