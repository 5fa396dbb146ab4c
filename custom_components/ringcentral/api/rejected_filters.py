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

# Requests filters; returns the error if they are rejected, raises other errors.
type Attempt = Callable[[tuple[str, ...]], Awaitable[RingCentralError | None]]
type Refusals = dict[str, RingCentralError]


def concerns_filters(err: RingCentralError) -> bool:
    """Return whether a request was rejected because of its filters."""
    return (
        isinstance(err, PermissionMissingError | RejectedError)
        and err.code not in _NOT_CAUSED_BY_FILTERS
    )


async def bisect_refused(attempt: Attempt, filters: Sequence[str]) -> Refusals:
    """Find the rejected ones among filters that were rejected together.

    The filters are ordered by kind: a permission is missing for a whole kind.
    """
    search = _Search(attempt)
    await search.by_kind(filters)
    return search.refused


class _Search:
    """A search with a limited number of requests."""

    def __init__(self, attempt: Attempt) -> None:
        """Initialize the search."""
        self._attempt = attempt
        self._attempts_left = _ATTEMPTS
        self.refused: Refusals = {}

    async def by_kind(self, filters: Sequence[str]) -> None:
        """Search each kind of filters."""
        for _, of_one_kind in groupby(filters, filter_kind):
            some = tuple(of_one_kind)
            if (err := await self.attempt(some)) is not None:
                await self.among(some, err)

    async def attempt(self, some: tuple[str, ...]) -> RingCentralError | None:
        """Request some filters."""
        self._attempts_left -= 1
        return await self._attempt(some)

    async def among(self, some: tuple[str, ...], err: RingCentralError) -> None:
        """Search filters that were rejected together, with `err`."""
        if len(some) == 1 or _concerns_a_kind(err) or self._attempts_left <= 0:
            self.refused.update(dict.fromkeys(some, err))
            return
        half = len(some) // 2
        first, second = some[:half], some[half:]
        if (first_err := await self.attempt(first)) is None:
            # The second half must contain a rejected filter.
            await self.among(second, err)
            return
        await self.among(first, first_err)
        if (second_err := await self.attempt(second)) is not None:
            await self.among(second, second_err)


def _concerns_a_kind(err: RingCentralError) -> bool:
    """Return whether a permission is missing that all filters of a kind need."""
    return isinstance(err, PermissionMissingError) and err.permission is not None
