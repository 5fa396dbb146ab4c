"""Which filters spoil a subscription: one that is refused refuses the whole request."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Final

from .event_filters import filter_kind
from .exceptions import PermissionMissingError, RejectedError, RingCentralError

# Refusals that are about the subscription as such: without the permission for the
# transport, or with too many subscriptions, no filter would do.
_ABOUT_ALL: Final = frozenset({"SUB-505", "SUB-528"})
# One bad filter in five thousand takes 20 to 28 requests: a half that is refused does not
# tell whether the other one is good.
# Where many are bad, polling them costs less than finding the good ones.
_ATTEMPTS: Final = 60

# Requests filters; returns why they were refused, or None. What is not about the
# filters is raised.
type Attempt = Callable[[tuple[str, ...]], Awaitable[RingCentralError | None]]
type Refusals = dict[str, RingCentralError]


def concerns_filters(err: RingCentralError) -> bool:
    """Whether a subscription was refused because of what it asks for."""
    return (
        isinstance(err, PermissionMissingError | RejectedError)
        and err.code not in _ABOUT_ALL
    )


async def bisect_refused(attempt: Attempt, filters: Sequence[str]) -> Refusals:
    """Find the filters that are refused, by requesting parts of them.

    Kinds of filters first, since a permission is missing for a whole kind; then halves.

    Args:
        attempt: requests some of the filters.
        filters: refused as a whole; those of one kind side by side.

    """
    search = _Search(attempt)
    await search.by_kind(filters)
    return search.refused


class _Search:
    """One search for the filters that are refused.

    Attributes:
        refused: those that are, and those that were not looked into any further.

    """

    def __init__(self, attempt: Attempt) -> None:
        """Have found nothing yet, and so many requests to make."""
        self._attempt = attempt
        self._attempts_left = _ATTEMPTS
        self.refused: Refusals = {}

    async def by_kind(self, filters: Sequence[str]) -> None:
        """Look into filters, those of one kind after the other."""
        for _, of_one_kind in groupby(filters, filter_kind):
            some = tuple(of_one_kind)
            if (err := await self.attempt(some)) is not None:
                await self.among(some, err)

    async def attempt(self, some: tuple[str, ...]) -> RingCentralError | None:
        """Request some filters; count the request."""
        self._attempts_left -= 1
        return await self._attempt(some)

    async def among(self, some: tuple[str, ...], err: RingCentralError) -> None:
        """Enter the bad ones among filters that were refused together, with `err`."""
        if len(some) == 1 or _concerns_a_kind(err) or self._attempts_left <= 0:
            self.refused.update(dict.fromkeys(some, err))
            return
        half = len(some) // 2
        first, second = some[:half], some[half:]
        if (first_err := await self.attempt(first)) is None:
            # So the second half is to blame: no need to ask.
            await self.among(second, err)
            return
        await self.among(first, first_err)
        if (second_err := await self.attempt(second)) is not None:
            await self.among(second, second_err)


def _concerns_a_kind(err: RingCentralError) -> bool:
    """Whether a named permission is missing, which all filters of a kind need."""
    return isinstance(err, PermissionMissingError) and err.permission is not None
