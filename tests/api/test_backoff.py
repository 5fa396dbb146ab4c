"""Pauses between tries to connect."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.backoff import RETRY_PAUSES, pause_before
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    PermissionMissingError,
    RateLimitedError,
    Reason,
    RejectedError,
    RingCentralError,
)


@given(st.integers(min_value=0, max_value=1000))
def test_pause_lies_between_the_bounds_of_its_step(failures: int) -> None:
    """The last step stays."""
    low, high = RETRY_PAUSES[min(failures, 5)]

    for _ in range(5):
        pause = pause_before(failures, ConnectionFailedError(Reason.TIMED_OUT))
        assert low <= pause <= high


@given(
    st.integers(min_value=0, max_value=20), st.floats(min_value=0.1, max_value=86400)
)
def test_pause_is_at_least_what_the_platform_demands(
    failures: int, asked: float
) -> None:
    """And never shorter than its step."""
    err = RateLimitedError(Reason.RATE_LIMITED, retry_after=asked)

    assert pause_before(failures, err) >= max(asked, RETRY_PAUSES[min(failures, 5)][0])


@pytest.mark.parametrize(
    "err",
    [
        AuthenticationError(Reason.INVALID_GRANT),
        PermissionMissingError(permission=None),
        RejectedError(),
    ],
)
def test_pause_is_the_longest_where_only_the_user_can_fix_it(
    err: RingCentralError,
) -> None:
    """From the first failure on."""
    assert 80 <= pause_before(0, err) <= 120
