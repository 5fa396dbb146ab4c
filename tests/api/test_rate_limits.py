"""The rate-limit limiter against a clock moved by hand."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.exceptions import RateLimitedError
from custom_components.ringcentral.api.rate_limits import (
    RateGroup,
    RateLimiter,
    Reservation,
)


@dataclass
class Clock:
    """A clock that stands still unless moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return its time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    """Return an empty limiter."""
    return RateLimiter(clock)


@pytest.mark.parametrize(
    ("group", "limit"),
    [
        (RateGroup.LIGHT, 50),
        (RateGroup.MEDIUM, 40),
        (RateGroup.HEAVY, 10),
        (RateGroup.AUTH, 5),
    ],
)
def test_request_beyond_the_window_must_wait_for_the_oldest(
    limiter: RateLimiter, clock: Clock, group: RateGroup, limit: int
) -> None:
    """The documented limits; other groups are not concerned.

    A second more than the window, since requests are counted when they arrive.
    """
    for _ in range(limit):
        assert limiter.delay(group) == 0
        limiter.record_request(group)
        clock.now += 0.5

    assert limiter.delay(group) == 61 - limit * 0.5
    assert all(limiter.delay(other) == 0 for other in RateGroup if other is not group)
    clock.now += 61 - limit * 0.5
    assert limiter.delay(group) == 0


def test_penalty_refuses_until_it_is_over(limiter: RateLimiter, clock: Clock) -> None:
    """The error contains the remaining seconds."""
    limiter.record_penalty(RateGroup.AUTH, 30)
    clock.now += 10

    with pytest.raises(RateLimitedError) as refused:
        limiter.raise_if_penalized(RateGroup.AUTH)

    assert refused.value.retry_after == limiter.penalty(RateGroup.AUTH) == 20
    clock.now += 20
    limiter.raise_if_penalized(RateGroup.AUTH)
    assert limiter.penalty(RateGroup.AUTH) == 0


def test_penalty_concerns_one_group(limiter: RateLimiter) -> None:
    """Groups count separately."""
    limiter.record_penalty(RateGroup.HEAVY, 30)

    limiter.raise_if_penalized(RateGroup.LIGHT)
    with pytest.raises(RateLimitedError):
        limiter.raise_if_penalized(RateGroup.HEAVY)


def test_penalty_without_a_length_is_a_minute(limiter: RateLimiter) -> None:
    """As the platform's own clients wait."""
    limiter.record_penalty(RateGroup.LIGHT, None)

    assert limiter.penalty(RateGroup.LIGHT) == 60


def test_limit_and_window_are_learnt(limiter: RateLimiter, clock: Clock) -> None:
    """They can be changed per app."""
    limiter.update_from_headers(
        RateGroup.AUTH,
        {"X-Rate-Limit-Limit": "2", "X-Rate-Limit-Window": "10"},
    )
    limiter.record_request(RateGroup.AUTH)
    assert limiter.delay(RateGroup.AUTH) == 0
    limiter.record_request(RateGroup.AUTH)

    assert limiter.delay(RateGroup.AUTH) == 11


def test_limit_that_shrinks_waits_for_as_many_as_are_over(
    limiter: RateLimiter, clock: Clock
) -> None:
    """Not only for the oldest one."""
    for _ in range(5):
        limiter.record_request(RateGroup.AUTH)
        clock.now += 1

    limiter.update_from_headers(RateGroup.AUTH, {"X-Rate-Limit-Limit": "2"})

    # The fourth of the five must leave: sent two seconds ago.
    assert limiter.delay(RateGroup.AUTH) == 59


def test_count_of_the_platform_can_be_ahead(limiter: RateLimiter) -> None:
    """Another client uses the same app and user."""
    limiter.record_request(RateGroup.AUTH)

    limiter.update_from_headers(
        RateGroup.AUTH, {"X-Rate-Limit-Limit": "5", "X-Rate-Limit-Remaining": "0"}
    )

    assert limiter.delay(RateGroup.AUTH) == 61


def test_count_of_the_platform_behind_ours_changes_nothing(
    limiter: RateLimiter,
) -> None:
    """Own requests may still be in transit."""
    for _ in range(5):
        limiter.record_request(RateGroup.AUTH)

    limiter.update_from_headers(
        RateGroup.AUTH, {"X-Rate-Limit-Limit": "5", "X-Rate-Limit-Remaining": "4"}
    )

    assert limiter.delay(RateGroup.AUTH) == 61


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "0", "²", "9999999"])
def test_unusable_header_is_ignored(limiter: RateLimiter, value: str) -> None:
    """The defaults stay."""
    limiter.update_from_headers(
        RateGroup.AUTH,
        {"X-Rate-Limit-Limit": value, "X-Rate-Limit-Window": value},
    )
    for _ in range(4):
        limiter.record_request(RateGroup.AUTH)
    assert limiter.delay(RateGroup.AUTH) == 0
    limiter.record_request(RateGroup.AUTH)

    assert limiter.delay(RateGroup.AUTH) == 61


@pytest.mark.parametrize(
    ("window", "delay"), [("600", 601), ("601", 601), ("999999", 601)]
)
def test_window_is_ten_minutes_at_most(
    limiter: RateLimiter, window: str, delay: float
) -> None:
    """Eleven days without a request would be an outage."""
    limiter.update_from_headers(
        RateGroup.AUTH, {"X-Rate-Limit-Limit": "1", "X-Rate-Limit-Window": window}
    )
    limiter.record_request(RateGroup.AUTH)

    assert limiter.delay(RateGroup.AUTH) == delay


@pytest.mark.parametrize("limit", ["1000", "1001", "999999"])
def test_limit_is_a_thousand_requests_at_most(limiter: RateLimiter, limit: str) -> None:
    """Each counted request is stored."""
    limiter.update_from_headers(
        RateGroup.LIGHT, {"X-Rate-Limit-Limit": limit, "X-Rate-Limit-Remaining": "0"}
    )

    assert len(limiter._usage[RateGroup.LIGHT].sent) == 1000
    assert limiter.delay(RateGroup.LIGHT) == 61


@given(
    st.lists(st.floats(min_value=0, max_value=40), max_size=60),
    st.integers(min_value=1, max_value=9),
)
def test_requests_that_wait_as_required_never_exceed_the_window(
    pauses: list[float], limit: int
) -> None:
    """In any sliding minute, whatever the rhythm."""
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.update_from_headers(RateGroup.AUTH, {"X-Rate-Limit-Limit": str(limit)})
    sent: deque[float] = deque(maxlen=limit)

    for pause in pauses:
        clock.now += pause
        while (delay := limiter.delay(RateGroup.AUTH)) > 0:
            clock.now += delay
        if len(sent) == limit:
            assert clock.now - sent[0] >= 60 - 1e-6
        limiter.record_request(RateGroup.AUTH)
        sent.append(clock.now)


# Reservations

# A request to read, one to change, and what is left to presence.
_PRESS = (RateGroup.LIGHT, 2, 20)


def test_only_as_many_slots_are_reserved_as_leave_the_spare_ones(
    limiter: RateLimiter,
) -> None:
    """Thirty presses at once: half of them are refused, with the seconds to wait."""
    reserved, refused = [], []
    for _ in range(30):
        try:
            reserved.append(limiter.reserve(*_PRESS))
        except RateLimitedError as err:
            refused.append(err.retry_after)

    assert len(reserved) == 15
    assert refused == [61] * 15
    assert limiter.delay(RateGroup.LIGHT, 20) == 0
    assert limiter.delay(RateGroup.LIGHT, 21) == 61


def test_reserved_slots_are_all_or_none(limiter: RateLimiter) -> None:
    """A refused reservation takes nothing from others."""
    with limiter.reserve(RateGroup.AUTH, 3, 0), pytest.raises(RateLimitedError):
        limiter.reserve(RateGroup.AUTH, 3, 0)

    limiter.reserve(RateGroup.AUTH, 5, 0)


def test_slots_that_were_not_used_are_released(limiter: RateLimiter) -> None:
    """At the end of the context, and no more than once."""
    with limiter.reserve(RateGroup.AUTH, 5, 0) as slots:
        slots.use()
        assert limiter.delay(RateGroup.AUTH) == 61
    slots.release()

    assert limiter.delay(RateGroup.AUTH, 4) == 0
    assert limiter.delay(RateGroup.AUTH, 5) == 61


def test_slot_counts_from_the_time_it_is_used(
    limiter: RateLimiter, clock: Clock
) -> None:
    """However long it was reserved before."""
    slots = limiter.reserve(RateGroup.AUTH, 5, 0)
    clock.now += 100
    assert limiter.delay(RateGroup.AUTH) == 61

    for _ in range(5):
        slots.use()
        clock.now += 1

    assert limiter.delay(RateGroup.AUTH) == 56


def test_request_more_than_reserved_needs_a_slot_of_its_own(
    limiter: RateLimiter,
) -> None:
    """It leaves the spare ones as well."""
    slots = limiter.reserve(RateGroup.HEAVY, 1, 8)
    slots.use()
    slots.use()

    with pytest.raises(RateLimitedError):
        slots.use()

    assert limiter.delay(RateGroup.HEAVY, 8) == 0


def test_nothing_is_reserved_during_a_penalty(limiter: RateLimiter) -> None:
    """The error contains the seconds that are left of it."""
    limiter.record_penalty(RateGroup.LIGHT, 30)

    with pytest.raises(RateLimitedError) as refused:
        limiter.reserve(*_PRESS)

    assert refused.value.retry_after == 30


def test_reserved_slots_are_no_requests_that_the_platform_has_counted(
    limiter: RateLimiter,
) -> None:
    """Two requests of another client are known from the count of the platform."""
    limiter.reserve(RateGroup.AUTH, 2, 0)
    limiter.update_from_headers(
        RateGroup.AUTH, {"X-Rate-Limit-Limit": "5", "X-Rate-Limit-Remaining": "3"}
    )

    assert limiter.delay(RateGroup.AUTH, 1) == 0
    assert limiter.delay(RateGroup.AUTH, 2) == 61


_ACTIONS = st.sampled_from(["wait", "send", "reserve", "use", "release"])


@given(
    st.lists(st.tuples(_ACTIONS, st.floats(min_value=0, max_value=40)), max_size=80),
    st.integers(min_value=2, max_value=9),
    st.integers(min_value=0, max_value=5),
)
def test_reserved_requests_never_exceed_the_window(
    actions: list[tuple[str, float]], limit: int, spare: int
) -> None:
    """In any sliding minute, beside other requests; nothing stays reserved."""
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.update_from_headers(RateGroup.AUTH, {"X-Rate-Limit-Limit": str(limit)})
    sent: deque[float] = deque([-100.0] * limit, maxlen=limit)
    waiting: deque[Reservation] = deque()

    def send() -> None:
        assert clock.now - sent[0] >= 60 - 1e-6
        sent.append(clock.now)

    for action, pause in actions:
        clock.now += pause
        with suppress(RateLimitedError):
            if action == "send":
                limiter.raise_if_full(RateGroup.AUTH)
                limiter.record_request(RateGroup.AUTH)
                send()
            elif action == "reserve":
                waiting.append(limiter.reserve(RateGroup.AUTH, 2, spare))
            elif action == "use" and waiting:
                waiting.rotate()
                waiting[0].use()
                send()
            elif action == "release" and waiting:
                waiting.popleft().release()
    for slots in waiting:
        slots.release()

    clock.now += 61
    assert limiter.delay(RateGroup.AUTH, limit) == 0
