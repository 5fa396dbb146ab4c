"""Bisection of event filters: one that is rejected makes the whole request fail."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Final

from .event_filters import filter_kind
from .exceptions import PermissionMissingError, RejectedError, RingCentralError

# No permission for the transport, too many subscriptions: not caused by a filter.
_NOT_CAUSED_BY_FILTERS: Final = frozenset({"SUB-505", "SUB-528"})
# One invalid filter in five thousand takes 20 to 28 requests. Where many are invalid,
# polling costs less than the search.
_ATTEMPTS: Final = 60

# Requests filters; raises an error if they are rejected.
type Attempt = Callable[[tuple[str, ...]], Awaitable[None]]
type Refusals = dict[str, RingCentralError]


def concerns_filters(err: RingCentralError) -> bool:
    """Return whether a request was rejected because of its filters."""
    return (
        isinstance(err, PermissionMissingError | RejectedError)
        and err.code not in _NOT_CAUSED_BY_FILTERS
    )


async def bisect_refused(attempt: Attempt, filters: Sequence[str]) -> Refusals:
    """Find the rejected ones among filters in the order of their kinds."""
    search = _Search(attempt)
    for _, of_one_kind in groupby(filters, filter_kind):
        await search.request(tuple(of_one_kind))
    return search.refused


class _Search:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._attempts_left = _ATTEMPTS
        self.refused: Refusals = {}

    async def request(self, some: tuple[str, ...]) -> bool:
        """Request some filters; return False if rejected ones were among them."""
        self._attempts_left -= 1
        try:
            await self._attempt(some)
        except RingCentralError as err:
            if not concerns_filters(err):
                raise
            await self._halve(some, err)
            return False
        return True

    async def _halve(self, some: tuple[str, ...], err: RingCentralError) -> None:
        # A permission that is named is missing for all filters of the kind.
        is_of_all = isinstance(err, PermissionMissingError) and err.permission
        if len(some) == 1 or is_of_all or self._attempts_left <= 0:
            self.refused.update(dict.fromkeys(some, err))
            return
        half = len(some) // 2
        first, second = some[:half], some[half:]
        if await self.request(first):
            # The second half must contain a rejected filter.
            await self._halve(second, err)
        else:
            await self.request(second)
