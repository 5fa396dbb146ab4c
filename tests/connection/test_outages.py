"""The measure of the connection: losses, and the seconds of today that went unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.connection.outages import OutageStatistics, Totals

BERLIN = ZoneInfo("Europe/Berlin")
_ZONES = [UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]
# Days of 24, 23 and 25 hours, in one zone or another.
_BEGINNINGS = [
    datetime(2026, 3, 2, tzinfo=UTC),
    datetime(2026, 3, 7, 22, tzinfo=UTC),
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2026, 10, 31, 22, tzinfo=UTC),
]


class Clocks:
    """All clocks of a host."""

    def __init__(self, now: datetime, zone: tzinfo = UTC) -> None:
        """Begin at this time."""
        self.now = now.astimezone(UTC)
        self.zone = zone
        self.seconds = 1000.0

    def local(self) -> datetime:
        """Return the wall time of the zone."""
        return self.now.astimezone(self.zone)

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@contextmanager
def clocks(now: datetime, zone: tzinfo = UTC) -> Iterator[Clocks]:
    """Let moments be told by clocks that the test moves."""
    moved = Clocks(now, zone)
    module = "custom_components.ringcentral.api.clock"
    with (
        patch(f"{module}.time", SimpleNamespace(monotonic=lambda: moved.seconds)),
        patch(f"{module}.boot_time", lambda: moved.seconds),
    ):
        yield moved


@pytest.fixture
def noon() -> Iterator[Clocks]:
    """Return clocks that show noon."""
    with clocks(datetime(2026, 3, 2, 12, tzinfo=UTC)) as moved:
        yield moved


@pytest.fixture
def interruptions(noon: Clocks) -> OutageStatistics:
    """Return a measure that has seen no interruption."""
    return OutageStatistics(noon.local)


def test_nothing_has_happened_at_first(interruptions: OutageStatistics) -> None:
    """No loss, nothing unseen."""
    assert interruptions.totals == Totals(
        count=0, last_loss=None, day=date(2026, 3, 2), unseen=0, undecided=0
    )
    assert interruptions.unseen_today(hopeless=True) == 0


def test_loss_is_dated_by_the_last_sign_of_life(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """Noticed later, as on a half-open link."""
    heard = Instant.now()
    noon.go_on(40)
    interruptions.start(heard)
    assert interruptions.count == 1
    assert interruptions.last_loss == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_gap_that_was_replayed_counts_as_seen(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """Nothing had to be reconstructed."""
    interruptions.start(Instant.now())
    noon.go_on(30)
    interruptions.end()
    interruptions.resolve(seen=True)
    assert interruptions.unseen_today(hopeless=True) == 0
    interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=True) == 0
    assert interruptions.count == 1


def test_gap_without_replay_counts_from_the_last_sign_of_life(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """Until push is back; what comes after that is seen."""
    heard = Instant.now()
    noon.go_on(40)
    interruptions.start(heard)
    noon.go_on(30)
    interruptions.end()
    noon.go_on(2)
    interruptions.resolve(seen=False)
    noon.go_on(60)
    assert interruptions.unseen_today(hopeless=True) == 70


def test_open_gap_counts_as_soon_as_nothing_can_be_replayed(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """And grows until push is back."""
    interruptions.start(Instant.now())
    noon.go_on(30)
    assert interruptions.unseen_today(hopeless=False) == 0
    assert interruptions.unseen_today(hopeless=True) == 30
    noon.go_on(30)
    assert interruptions.unseen_today(hopeless=True) == 60


def test_loss_within_a_gap_makes_no_second_one(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """As if the set-up had no push yet, and the link then fails."""
    interruptions.extend(Instant.now())
    noon.go_on(10)
    interruptions.start(Instant.now())
    noon.go_on(10)
    interruptions.end()
    interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=True) == 20
    assert interruptions.count == 1


def test_gaps_add_up_until_it_is_decided(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """A replay is for all of them, or for none."""
    for _ in range(2):
        interruptions.start(Instant.now())
        noon.go_on(10)
        interruptions.end()
        interruptions.end()
        noon.go_on(10)
    assert interruptions.unseen_today(hopeless=False) == 0
    interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=True) == 20
    assert interruptions.count == 2


@pytest.mark.parametrize(("seconds", "unseen"), [(25.0, 25), (-3600.0, 0)])
def test_time_away_counts_and_is_never_negative(
    interruptions: OutageStatistics, seconds: float, unseen: float
) -> None:
    """The wall clock may have been set back meanwhile."""
    interruptions.add_offline(seconds)
    assert interruptions.unseen_today(hopeless=False) == 0
    assert interruptions.unseen_today(hopeless=True) == unseen
    interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=False) == unseen


def test_restart_goes_on_with_what_was_counted(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """With the open gap, too: it goes on while nobody is there."""
    interruptions.add_offline(5)
    interruptions.resolve(seen=False)
    interruptions.start(Instant.now())
    noon.go_on(10)
    totals = interruptions.totals
    noon.go_on(100)
    after = OutageStatistics(noon.local)
    after.restore(totals)
    after.add_offline(100)
    assert (after.count, after.last_loss) == (1, interruptions.last_loss)
    assert after.unseen_today(hopeless=False) == 5
    after.resolve(seen=False)
    assert after.unseen_today(hopeless=False) == 115


def test_restart_on_another_day_begins_the_day_anew(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """Losses are counted on."""
    interruptions.start(Instant.now())
    noon.go_on(10)
    interruptions.end()
    interruptions.resolve(seen=False)
    noon.go_on(86400)
    after = OutageStatistics(noon.local)
    after.restore(interruptions.totals)
    assert after.unseen_today(hopeless=True) == 0
    assert after.count == 1


def test_midnight_begins_a_new_day(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """What went unseen yesterday does not count any more."""
    interruptions.add_offline(60)
    interruptions.resolve(seen=False)
    noon.go_on(12 * 3600 - 1)
    assert interruptions.unseen_today(hopeless=True) == 60
    noon.go_on(1)
    assert interruptions.unseen_today(hopeless=True) == 0


@pytest.mark.parametrize("decided", [False, True])
def test_gap_over_midnight_counts_from_midnight(
    interruptions: OutageStatistics, noon: Clocks, decided: bool
) -> None:
    """The rest belongs to yesterday."""
    noon.go_on(12 * 3600 - 100)
    interruptions.add_offline(50)
    interruptions.resolve(seen=False)
    interruptions.start(Instant.now())
    noon.go_on(130)
    if decided:
        interruptions.end()
        interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=True) == 30


def test_clock_that_falls_back_to_yesterday_makes_nothing_negative(
    interruptions: OutageStatistics, noon: Clocks
) -> None:
    """Nor more than the day has seconds so far."""
    noon.go_on(12 * 3600 + 10)
    interruptions.start(Instant.now())
    noon.go_on(5)
    noon.now -= timedelta(hours=6)
    assert interruptions.unseen_today(hopeless=True) == 5
    noon.now += timedelta(hours=6)
    interruptions.end()
    noon.now -= timedelta(seconds=14)
    interruptions.resolve(seen=False)
    assert interruptions.unseen_today(hopeless=True) == 1
    noon.go_on(60)
    assert interruptions.unseen_today(hopeless=True) == 1


def test_loss_before_the_change_to_summer_time_is_dated_right() -> None:
    """At two it is three."""
    with clocks(datetime(2026, 3, 29, 0, 50, tzinfo=UTC), BERLIN) as moved:
        heard, true = Instant.now(), moved.now
        moved.go_on(20 * 60)
        interruptions = OutageStatistics(moved.local)
        interruptions.start(heard)
    assert interruptions.last_loss is not None
    assert interruptions.last_loss.astimezone(UTC) == true


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 28), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)]
)
def test_whole_day_unseen_has_the_hours_of_that_day(
    day: tuple[int, int, int], hours: int
) -> None:
    """Those of summer and winter time."""
    with clocks(datetime(*day, tzinfo=BERLIN), BERLIN) as moved:
        interruptions = OutageStatistics(moved.local)
        moved.go_on(-7200)
        interruptions.start(Instant.now())
        moved.go_on(7200 + hours * 3600 - 1)
        interruptions.end()
        interruptions.resolve(seen=False)
        assert interruptions.unseen_today(hopeless=True) == hours * 3600 - 1


@given(
    st.sampled_from(_ZONES),
    st.sampled_from(_BEGINNINGS),
    st.lists(
        st.tuples(
            st.sampled_from(["pass", "lose", "lost", "replayed", "restart"]),
            st.one_of(st.integers(0, 900), st.integers(0, 100_000)),
        ),
        max_size=12,
    ),
)
def test_unseen_is_what_of_the_lost_gaps_lies_in_this_day(
    zone: tzinfo, begin: datetime, story: list[tuple[str, int]]
) -> None:
    """Whatever the hour, and however many restarts there are."""
    gaps: list[tuple[datetime, datetime]] = []
    lost_at: datetime | None = None
    losses = 0
    with clocks(begin, zone) as moved:
        interruptions = OutageStatistics(moved.local)
        for happens, seconds in story:
            match happens:
                case "lose":
                    interruptions.start(Instant.now())
                    lost_at, losses = lost_at or moved.now, losses + 1
                case "restart":
                    totals, away = interruptions.totals, seconds if lost_at else 0
                    moved.go_on(away)
                    interruptions = OutageStatistics(moved.local)
                    interruptions.restore(totals)
                    interruptions.add_offline(away)
                    if lost_at is not None:
                        interruptions.extend(Instant.now())
                case "lost" | "replayed" if lost_at is not None:
                    interruptions.end()
                    interruptions.resolve(seen=happens == "replayed")
                    gaps += [(lost_at, moved.now)] if happens == "lost" else []
                    lost_at = None
            moved.go_on(seconds)
            today = moved.local().replace(hour=0, minute=0, second=0, microsecond=0)
            midnight = today.astimezone(UTC)
            for hopeless in (False, True):
                still = [(lost_at, moved.now)] if hopeless and lost_at else []
                assert interruptions.unseen_today(hopeless=hopeless) == sum(
                    max(0.0, (end - max(start, midnight)).total_seconds())
                    for start, end in [*gaps, *still]
                )
    assert interruptions.count == losses
