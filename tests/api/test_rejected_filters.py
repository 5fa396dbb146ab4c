"""Bisection of rejected filters."""

from collections.abc import Collection, Mapping
from math import ceil, log2

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.event_filters import (
    FAVORITES_FILTER,
    LINES_FILTER,
    LIST_FILTERS,
    extension_filter,
)
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.notifications import RosterKind
from custom_components.ringcentral.api.rejected_filters import (
    bisect_refused,
    concerns_filters,
)

INVALID = RejectedError(status=400, code="CMN-101")
NO_CONTACTS = PermissionMissingError(permission="ReadContacts", code="CMN-401")
FORBIDDEN = PermissionMissingError(permission=None, code="SUB-403")
OTHERS = (
    LINES_FILTER,
    LIST_FILTERS[RosterKind.LINES],
    FAVORITES_FILTER,
    LIST_FILTERS[RosterKind.FAVORITES],
    LIST_FILTERS[RosterKind.EXTENSIONS],
)


class Platform:
    """Refuses every request with a bad filter, by the error of the first one."""

    def __init__(self, bad: Mapping[str, RingCentralError]) -> None:
        """Refuse these."""
        self.bad = bad
        self.requests: list[tuple[str, ...]] = []

    async def request(self, filters: tuple[str, ...]) -> None:
        """Answer a request."""
        self.requests.append(filters)
        for refused in filters:
            if refused in self.bad:
                raise self.bad[refused]


def extensions(count: int) -> list[str]:
    """Return the filters of so many extensions."""
    return [extension_filter(str(number)) for number in range(count)]


@given(
    st.integers(0, 40),
    st.sets(st.integers(0, 44), max_size=8),
    st.sampled_from([INVALID, FORBIDDEN]),
)
async def test_all_bad_filters_are_found_and_only_those(
    count: int, places: set[int], err: RingCentralError
) -> None:
    """Wherever they are, and of whatever kind."""
    filters = (*extensions(count), *OTHERS)
    bad = {filters[place]: err for place in places if place < len(filters)}
    platform = Platform(bad)
    assert await bisect_refused(platform.request, filters) == bad
    kinds = len(OTHERS) + (count > 0)
    each = 2 * ceil(log2(max(count, 2)))
    assert len(platform.requests) <= kinds + each * len(bad)


@pytest.mark.parametrize(("count", "attempts"), [(200, 10), (1000, 12), (5000, 15)])
@pytest.mark.parametrize("place", [0, 0.5, 0.999])
async def test_one_bad_filter_among_many_costs_few_attempts(
    count: int, attempts: int, place: float
) -> None:
    """As many as one can halve."""
    filters = extensions(count)
    bad = {filters[int(count * place)]: INVALID}
    platform = Platform(bad)
    assert await bisect_refused(platform.request, filters) == bad
    # The second half is requested only if the first one was rejected.
    assert len(platform.requests) <= 2 * attempts
    assert all(platform.requests)


async def test_second_half_is_not_requested_when_the_first_one_is_valid() -> None:
    """It must contain the rejected one."""
    filters = extensions(4)
    platform = Platform({filters[3]: INVALID})
    await bisect_refused(platform.request, filters)
    assert platform.requests == [
        tuple(filters),
        tuple(filters[:2]),
        tuple(filters[2:3]),
    ]


async def test_search_ends_where_polling_costs_less() -> None:
    """Then some good ones are left out as well, and every bad one."""
    filters = (*extensions(1000), *OTHERS)
    bad = dict.fromkeys([*filters[:1000:2], FAVORITES_FILTER], INVALID)
    platform = Platform(bad)
    refused = await bisect_refused(platform.request, filters)
    assert bad.keys() <= refused.keys()
    assert set(refused.values()) == {INVALID}
    assert LINES_FILTER not in refused
    # The last halves and each kind are requested.
    assert len(platform.requests) <= 60 + ceil(log2(1000)) + len(OTHERS)


async def test_missing_permission_leaves_out_the_whole_kind() -> None:
    """Without request for each: they all need it."""
    filters = (*extensions(500), *OTHERS)
    bad = dict.fromkeys(filters[:500], NO_CONTACTS)
    platform = Platform(bad)
    assert await bisect_refused(platform.request, filters) == bad
    assert len(platform.requests) == 1 + len(OTHERS)


async def test_permission_that_is_not_named_may_be_missing_for_one_only() -> None:
    """A user may have forbidden it."""
    filters = extensions(100)
    bad = {filters[7]: FORBIDDEN}
    assert await bisect_refused(Platform(bad).request, filters) == bad


async def test_each_filter_is_refused_with_its_own_error() -> None:
    """The repair issue shows it."""
    filters = extensions(16)
    bad = {filters[2]: INVALID, filters[3]: FORBIDDEN, filters[11]: FORBIDDEN}
    assert await bisect_refused(Platform(bad).request, filters) == bad


async def test_what_is_not_about_the_filters_ends_the_search() -> None:
    """The connection was lost."""

    async def fail(filters: tuple[str, ...]) -> None:
        raise ConnectionFailedError(Reason.CONNECTION_LOST)

    with pytest.raises(ConnectionFailedError):
        await bisect_refused(fail, extensions(3))


async def test_search_without_candidates_requests_nothing() -> None:
    """There are no suspects."""
    platform = Platform({})
    assert await bisect_refused(platform.request, ()) == {}
    assert platform.requests == []


def _errors(codes: Collection[str | None]) -> list[RingCentralError]:
    return [
        err
        for code in codes
        for err in (
            RejectedError(status=400, code=code),
            PermissionMissingError(permission=None, status=403, code=code),
        )
    ]


@pytest.mark.parametrize(
    "err", _errors(["CMN-101", "SUB-402", "SUB-403", "SUB-406", None])
)
def test_refusals_that_a_filter_may_have_caused(err: RingCentralError) -> None:
    """By their code, whatever the status."""
    assert concerns_filters(err)


@pytest.mark.parametrize(
    "err",
    [
        *_errors(["SUB-505", "SUB-528"]),
        AuthenticationError(Reason.TOKEN_REJECTED),
        ConnectionFailedError(Reason.TIMED_OUT),
        NotFoundError(Reason.NOT_FOUND),
        RateLimitedError(Reason.RATE_LIMITED, retry_after=1),
        ServiceUnavailableError(Reason.MAINTENANCE),
    ],
)
def test_refusals_that_no_other_filters_would_fix(err: RingCentralError) -> None:
    """So there is nothing to search for."""
    assert not concerns_filters(err)
