"""When a snapshot was taken, whatever the date of the answer says."""

from datetime import UTC, datetime, timedelta
import time

from freezegun import freeze_time
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.presence.platform_clock import PlatformClock

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def _seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (_NOW, _NOW),
        (_NOW - _seconds(1), _NOW - _seconds(1)),
        (_NOW + _seconds(10), _NOW + _seconds(10)),
        (_NOW - _seconds(8), _NOW - _seconds(8)),
        # It contradicts the notification.
        (_NOW + _seconds(10.1), _NOW - _seconds(3)),
        (_NOW - _seconds(8.1), _NOW - _seconds(3)),
        (_NOW - _HOUR, _NOW - _seconds(3)),
        (None, _NOW - _seconds(3)),
    ],
)
def test_date_that_contradicts_a_notification_is_not_used(
    date: datetime | None, expected: datetime
) -> None:
    """The request has taken three seconds."""
    with freeze_time(_NOW - _seconds(20)) as frozen:
        clock = PlatformClock()
        clock.observe(_NOW - _seconds(20), time.monotonic())
        frozen.tick(17)
        requested_at = Instant.now()
        frozen.tick(3)
        assert clock.check(date, requested_at) == expected


@pytest.mark.parametrize("offset", [-_HOUR, _HOUR])
def test_host_whose_clock_is_wrong_uses_the_date(offset: timedelta) -> None:
    with freeze_time(_NOW + offset):
        clock = PlatformClock()
        clock.observe(_NOW, time.monotonic())
        assert clock.check(_NOW, Instant.now()) == _NOW


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (_NOW, _NOW),
        (_NOW + _seconds(60), _NOW + _seconds(60)),
        (_NOW + _seconds(61), None),
        (_NOW - _HOUR, None),
        (None, None),
    ],
)
def test_date_far_from_the_clock_of_the_host_is_not_used_without_a_notification(
    date: datetime | None, expected: datetime | None
) -> None:
    with freeze_time(_NOW):
        assert PlatformClock().check(date, Instant.now()) == expected


def test_late_or_wrong_notifications_do_not_move_the_clock() -> None:
    """As long as they are the minority."""
    with freeze_time(_NOW):
        clock = PlatformClock()
        for offset in (-60, 0, 3600, 0, -30, 0, 0):
            clock.observe(_NOW + _seconds(offset), time.monotonic())
        taken_at = clock.check(_NOW + _seconds(30), Instant.now())
        assert taken_at is not None
        assert abs(taken_at - _NOW) < _seconds(0.1)


def test_notification_with_an_impossible_time_is_not_used() -> None:
    with freeze_time(_NOW):
        clock = PlatformClock()
        clock.observe(datetime(9999, 1, 1, tzinfo=UTC), time.monotonic())
        assert clock.check(_NOW, Instant.now()) == _NOW
