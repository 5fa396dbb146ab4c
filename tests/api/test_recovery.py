"""When a session is left to another client that continues it."""

import pytest

from custom_components.ringcentral.api.backoff import RETRY_PAUSES
from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    RateLimitedError,
    Reason,
    RingCentralError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.recovery import (
    CONTEST_INTERVAL,
    TAKEOVERS,
    Recovery,
)
from tests.reliability.common import Time

pytestmark = pytest.mark.freeze_time("2026-03-02 08:00:00")

CLOSED = ConnectionFailedError(Reason.CONNECTION_LOST)
# Another client of the same kind returns no later.
BOUNDS = [pause[1] + 2.0 for pause in RETRY_PAUSES]


def ended(
    recovery: Recovery,
    *lasted: float,
    error: RingCentralError = CLOSED,
    is_recovered: bool = True,
) -> None:
    """Record connections that ended after so many seconds."""
    for seconds in lasted:
        recovery.record_end(error, seconds, is_recovered=is_recovered)


@pytest.mark.parametrize("lasted", [[0.0] * TAKEOVERS, BOUNDS[:TAKEOVERS]])
def test_session_is_contested_after_a_number_of_takeovers(lasted: list[float]) -> None:
    """And not before."""
    recovery = Recovery()
    ended(recovery, *lasted[:-1])
    assert not recovery.is_contested
    ended(recovery, lasted[-1])
    assert recovery.is_contested


@pytest.mark.parametrize("number", range(TAKEOVERS))
def test_connection_that_lasts_longer_than_another_client_waits_is_no_takeover(
    number: int,
) -> None:
    """Its end has another cause."""
    lasted = BOUNDS[:TAKEOVERS]
    lasted[number] += 0.1
    recovery = Recovery()
    ended(recovery, *lasted)
    assert not recovery.is_contested


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailedError(Reason.CONNECTION_LOST, code="WSG-902"),
        ConnectionFailedError(Reason.TIMED_OUT),
        ServiceUnavailableError(Reason.MAINTENANCE, status=503),
    ],
)
def test_end_with_another_cause_is_no_takeover(error: RingCentralError) -> None:
    """The platform names it, or the connection was dead."""
    recovery = Recovery()
    ended(recovery, *[0.0] * (TAKEOVERS - 1))
    ended(recovery, 0.0, error=error)
    ended(recovery, *[0.0] * (TAKEOVERS - 1))
    assert not recovery.is_contested


def test_end_of_a_connection_with_a_session_of_its_own_is_no_takeover() -> None:
    """No other client has it."""
    recovery = Recovery()
    ended(recovery, *[0.0] * (TAKEOVERS * 2), is_recovered=False)
    assert not recovery.is_contested


def test_failed_try_shows_that_the_network_is_the_cause() -> None:
    """Except for the rate limit, which two clients exceed together."""
    recovery = Recovery()
    ended(recovery, *[0.0] * (TAKEOVERS - 1))
    recovery.record_failure(RateLimitedError(Reason.RATE_LIMITED))
    ended(recovery, 0.0)
    assert recovery.is_contested
    recovery.record_failure(ConnectionFailedError(Reason.CONNECTION_LOST))
    assert not recovery.is_contested


async def test_session_is_left_once_in_an_hour(time: Time) -> None:
    """If that does not help, no other client is the cause."""
    recovery = Recovery()
    ended(recovery, *[0.0] * TAKEOVERS)
    recovery.leave()
    assert not recovery.is_contested
    ended(recovery, *[0.0] * TAKEOVERS)
    await time.passes(CONTEST_INTERVAL - 1)
    assert not recovery.is_contested
    await time.passes(2)
    assert recovery.is_contested
