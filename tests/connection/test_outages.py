"""Statistics of outages: losses, and the unseen seconds of today."""

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

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@contextmanager
def clocks(now: datetime, zone: tzinfo = UTC) -> Iterator[Clocks]:
    """Replace the clocks by those of a test."""
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
def outages(noon: Clocks) -> OutageStatistics:
    """Return statistics without outages."""
    return OutageStatistics(noon.local)


def test_nothing_has_happened_at_first(outages: OutageStatistics) -> None:
    """No loss, nothing unseen."""
    assert outages.totals == Totals(
        count=0,
        last_loss=None,
        day=date(2026, 3, 2),
        unseen=0,
        undecided=0,
        since=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    assert outages.unseen_today(is_final=True) == 0


def test_loss_is_dated_by_the_last_message(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """Noticed later, as with a half-open connection."""
    last_message_at = Instant.now()
    noon.advance(40)
    outages.start(last_message_at)
    assert outages.count == 1
    assert outages.last_loss == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_gap_that_was_replayed_counts_as_seen(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """Nothing had to be reconstructed."""
    outages.start(Instant.now())
    noon.advance(30)
    outages.end()
    outages.resolve(seen=True)
    assert outages.unseen_today(is_final=True) == 0
    outages.resolve(seen=False)
    assert outages.unseen_today(is_final=True) == 0
    assert outages.count == 1


def test_gap_without_replay_counts_from_the_last_message(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """Until push is back; what comes after that is seen."""
    last_message_at = Instant.now()
    noon.advance(40)
    outages.start(last_message_at)
    noon.advance(30)
    outages.end()
    noon.advance(2)
    outages.resolve(seen=False)
    noon.advance(60)
    assert outages.unseen_today(is_final=True) == 70


def test_open_gap_counts_as_soon_as_nothing_can_be_replayed(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """And grows until push is back."""
    outages.start(Instant.now())
    noon.advance(30)
    assert outages.unseen_today(is_final=False) == 0
    assert outages.unseen_today(is_final=True) == 30
    noon.advance(30)
    assert outages.unseen_today(is_final=True) == 60


def test_loss_within_a_gap_makes_no_second_one(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """As if the set-up had no push yet, and the connection then fails."""
    outages.extend(Instant.now())
    noon.advance(10)
    outages.start(Instant.now())
    noon.advance(10)
    outages.end()
    outages.resolve(seen=False)
    assert outages.unseen_today(is_final=True) == 20
    assert outages.count == 1


def test_gaps_add_up_until_they_are_resolved(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """A replay is for all of them, or for none."""
    for _ in range(2):
        outages.start(Instant.now())
        noon.advance(10)
        outages.end()
        outages.end()
        noon.advance(10)
    assert outages.unseen_today(is_final=False) == 0
    outages.resolve(seen=False)
    assert outages.unseen_today(is_final=True) == 20
    assert outages.count == 2


@pytest.mark.parametrize(("seconds", "unseen"), [(25.0, 25), (-3600.0, 0)])
def test_offline_time_counts_and_is_never_negative(
    outages: OutageStatistics, seconds: float, unseen: float
) -> None:
    """The wall clock may have been set back."""
    outages.add_offline(seconds)
    assert outages.unseen_today(is_final=False) == 0
    assert outages.unseen_today(is_final=True) == unseen
    outages.resolve(seen=False)
    assert outages.unseen_today(is_final=False) == unseen


def test_restart_continues_the_counters(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """With the open gap, too: it continues while Home Assistant is not running."""
    outages.add_offline(5)
    outages.resolve(seen=False)
    outages.start(Instant.now())
    noon.advance(10)
    totals = outages.totals
    noon.advance(100)
    after = OutageStatistics(noon.local)
    after.restore(totals)
    after.add_offline(100)
    assert (after.count, after.last_loss) == (1, outages.last_loss)
    assert after.unseen_today(is_final=False) == 5
    after.resolve(seen=False)
    assert after.unseen_today(is_final=False) == 115


def test_restart_on_another_day_starts_the_day_again(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """Losses are counted on."""
    outages.start(Instant.now())
    noon.advance(10)
    outages.end()
    outages.resolve(seen=False)
    noon.advance(86400)
    after = OutageStatistics(noon.local)
    after.restore(outages.totals)
    assert after.unseen_today(is_final=True) == 0
    assert after.count == 1


def test_midnight_begins_a_new_day(outages: OutageStatistics, noon: Clocks) -> None:
    """What went unseen yesterday does not count any more."""
    outages.add_offline(60)
    outages.resolve(seen=False)
    noon.advance(12 * 3600 - 1)
    assert outages.unseen_today(is_final=True) == 60
    noon.advance(1)
    assert outages.unseen_today(is_final=True) == 0


def test_day_is_counted_from_the_first_start_and_then_from_midnight(
    outages: OutageStatistics, noon: Clocks
) -> None:
    start, midnight = noon.now, datetime(2026, 3, 3, tzinfo=UTC)
    outages.unseen_today(is_final=True)
    assert outages.unseen_since == start
    noon.advance(12 * 3600 - 1)
    outages.unseen_today(is_final=True)
    assert outages.unseen_since == start
    noon.advance(1)
    outages.unseen_today(is_final=True)
    assert outages.unseen_since == midnight
    assert outages.since == start


def test_restart_is_counted_from_the_first_start(
    outages: OutageStatistics, noon: Clocks
) -> None:
    start = noon.now
    noon.advance(3600)
    after = OutageStatistics(noon.local)
    after.restore(outages.totals)
    assert (after.since, after.unseen_since) == (start, start)


def test_restart_without_stored_totals_is_counted_from_now(noon: Clocks) -> None:
    """A smaller value since the same time would be subtracted in statistics."""
    outages = OutageStatistics(noon.local)
    assert (outages.since, outages.unseen_since) == (noon.now, noon.now)


def test_clock_that_was_ahead_leaves_no_beginning_in_the_future(noon: Clocks) -> None:
    noon.now += timedelta(days=400)
    ahead = OutageStatistics(noon.local)
    noon.now -= timedelta(days=400)
    outages = OutageStatistics(noon.local)
    outages.restore(ahead.totals)
    assert outages.since == noon.now


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        # Clocks change by half an hour, and, in Havana, at midnight: it comes twice.
        ("Australia/Lord_Howe", (2026, 4, 5)),
        ("Australia/Lord_Howe", (2026, 10, 4)),
        ("America/Los_Angeles", (2026, 11, 1)),
        ("America/Havana", (2026, 11, 1)),
    ],
)
def test_day_of_a_clock_change_begins_at_its_first_midnight(
    zone: str, day: tuple[int, int, int]
) -> None:
    midnight = datetime(*day, tzinfo=ZoneInfo(zone))
    with clocks(midnight, midnight.tzinfo or UTC) as moved:
        moved.advance(-3600)
        outages = OutageStatistics(moved.local)
        moved.advance(3600)
        for _ in range(24):
            outages.unseen_today(is_final=True)
            assert outages.unseen_since == midnight.astimezone(UTC)
            moved.advance(3590)


@pytest.mark.parametrize("decided", [False, True])
def test_gap_over_midnight_counts_from_midnight(
    outages: OutageStatistics, noon: Clocks, decided: bool
) -> None:
    """The rest belongs to yesterday."""
    noon.advance(12 * 3600 - 100)
    outages.add_offline(50)
    outages.resolve(seen=False)
    outages.start(Instant.now())
    noon.advance(130)
    if decided:
        outages.end()
        outages.resolve(seen=False)
    assert outages.unseen_today(is_final=True) == 30


def test_clock_that_falls_back_to_yesterday_makes_nothing_negative(
    outages: OutageStatistics, noon: Clocks
) -> None:
    """Nor more than the day has seconds so far."""
    noon.advance(12 * 3600 + 10)
    outages.start(Instant.now())
    noon.advance(5)
    noon.now -= timedelta(hours=6)
    assert outages.unseen_today(is_final=True) == 5
    noon.now += timedelta(hours=6)
    outages.end()
    noon.now -= timedelta(seconds=14)
    outages.resolve(seen=False)
    assert outages.unseen_today(is_final=True) == 1
    noon.advance(60)
    assert outages.unseen_today(is_final=True) == 1


def test_loss_before_the_change_to_summer_time_is_dated_right() -> None:
    """The clock jumps from two to three."""
    with clocks(datetime(2026, 3, 29, 0, 50, tzinfo=UTC), BERLIN) as moved:
        last_message_at, true = Instant.now(), moved.now
        moved.advance(20 * 60)
        outages = OutageStatistics(moved.local)
        outages.start(last_message_at)
    assert outages.last_loss is not None
    assert outages.last_loss.astimezone(UTC) == true


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 28), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)]
)
def test_whole_day_unseen_has_the_hours_of_that_day(
    day: tuple[int, int, int], hours: int
) -> None:
    """Those of summer and winter time."""
    with clocks(datetime(*day, tzinfo=BERLIN), BERLIN) as moved:
        outages = OutageStatistics(moved.local)
        moved.advance(-7200)
        outages.start(Instant.now())
        moved.advance(7200 + hours * 3600 - 1)
        outages.end()
        outages.resolve(seen=False)
        assert outages.unseen_today(is_final=True) == hours * 3600 - 1


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
def test_unseen_is_the_part_of_lost_gaps_within_the_day(
    zone: tzinfo, begin: datetime, steps: list[tuple[str, int]]
) -> None:
    """Whatever the hour, and however many restarts there are."""
    gaps: list[tuple[datetime, datetime]] = []
    lost_at: datetime | None = None
    losses = 0
    with clocks(begin, zone) as moved:
        outages = OutageStatistics(moved.local)
        for happens, seconds in steps:
            match happens:
                case "lose":
                    outages.start(Instant.now())
                    lost_at, losses = lost_at or moved.now, losses + 1
                case "restart":
                    totals, away = outages.totals, seconds if lost_at else 0
                    moved.advance(away)
                    outages = OutageStatistics(moved.local)
                    outages.restore(totals)
                    outages.add_offline(away)
                    if lost_at is not None:
                        outages.extend(Instant.now())
                case "lost" | "replayed" if lost_at is not None:
                    outages.end()
                    outages.resolve(seen=happens == "replayed")
                    gaps += [(lost_at, moved.now)] if happens == "lost" else []
                    lost_at = None
            moved.advance(seconds)
            today = moved.local().replace(hour=0, minute=0, second=0, microsecond=0)
            midnight = today.astimezone(UTC)
            for hopeless in (False, True):
                still = [(lost_at, moved.now)] if hopeless and lost_at else []
                assert outages.unseen_today(is_final=hopeless) == sum(
                    max(0.0, (end - max(start, midnight)).total_seconds())
                    for start, end in [*gaps, *still]
                )
    assert outages.count == losses
