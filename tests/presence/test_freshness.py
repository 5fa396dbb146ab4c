"""Whether the presence of an extension is current."""

from collections.abc import Iterable, Iterator
from copy import replace
from types import SimpleNamespace
from unittest.mock import patch

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.const import GRACE
from custom_components.ringcentral.presence.freshness import Freshness, Received
from custom_components.ringcentral.presence.models import ExtensionPresence

_BUFFER = 3
_IDS = ("1", "2", "3", "4", "5")


class World:
    """An account with five extensions, and the clocks of the host."""

    def __init__(self) -> None:
        """Subscribe, then read all extensions."""
        self.seconds = 1000.0
        # Time for which the host slept.
        self.slept = 0.0
        self.received = Received(0, 0)
        self.freshness = Freshness()
        self.extensions: dict[str, ExtensionPresence] = {}

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    @property
    def stale(self) -> set[str]:
        """Extensions that are not current."""
        return self.freshness.update_stale(self.extensions)

    @property
    def next_expiry(self) -> float | None:
        """Seconds until an extension becomes stale."""
        self.freshness.update_stale(self.extensions)
        return self.freshness.next_expiry

    def confirm(self, extension_ids: Iterable[str], requested_at: Instant) -> None:
        """Receive snapshots of extensions."""
        confirmed_at = Instant.now()
        for extension_id in extension_ids:
            known = self.extensions.get(extension_id, ExtensionPresence())
            self.extensions[extension_id] = replace(
                known, requested_at=requested_at, confirmed_at=confirmed_at
            )

    def poll(
        self, *, without: Iterable[str] = (), since: Instant | None = None
    ) -> None:
        """Receive a snapshot of all extensions, but for some, requested now or before."""
        requested_at = since or Instant.now()
        self.confirm(set(_IDS) - set(without), requested_at)
        self.freshness.record_snapshot(requested_at)

    def connect(self, received: int = 0) -> None:
        """Open another connection, and receive notifications over it."""
        self.received = Received(self.received.connection + 1, received)

    def receive(self, received: int) -> None:
        """Receive notifications over the same connection, so many in all."""
        self.received = self.received._replace(notifications=received)

    def push(self) -> None:
        """Receive updates again."""
        self.freshness.is_pushed = True

    def resubscribe(self) -> None:
        """Make a new subscription over a new connection."""
        self.connect()
        self.freshness.handle_resync()
        self.push()

    def recover(self, replayed: int = 0) -> None:
        """Continue the session over a new connection."""
        self.connect(replayed)
        self.push()
        self.freshness.handle_recovery()

    def check(self) -> bool:
        """Check whether the replay was complete."""
        return self.freshness.check_replay(self.received, _BUFFER)

    def lose(
        self, last_message_at: Instant | None = None, *, is_connected: bool = False
    ) -> None:
        """Lose the connection, or only the subscription."""
        self.freshness.handle_loss(
            last_message_at or Instant.now(),
            self.received,
            _BUFFER,
            is_connected=is_connected,
        )
        self.fail()

    def fail(self) -> None:
        """Fail to connect, or end a connection."""
        self.freshness.count_replayed(self.received, _BUFFER)


@pytest.fixture
def world() -> Iterator[World]:
    """Return an account whose extensions are all followed."""
    world = World()
    clock = "custom_components.ringcentral.api.clock"
    with (
        patch(f"{clock}.time", SimpleNamespace(monotonic=lambda: world.seconds)),
        patch(f"{clock}.boot_time", lambda: world.seconds + world.slept),
    ):
        world.resubscribe()
        world.poll()
        assert world.freshness.is_verified
        yield world


def test_followed_extension_never_becomes_stale(world: World) -> None:
    """Every change would have been pushed."""
    world.tick(86_400)
    assert not world.stale
    assert world.next_expiry is None


def test_gap_without_a_loss_leaves_time_for_a_refresh(world: World) -> None:
    """Another subscription over the same connection: updates may have been missed."""
    world.tick(3600)
    world.freshness.handle_resync()
    assert world.freshness.has_gap
    assert not world.stale
    world.tick(119)
    assert not world.stale
    world.tick(2)
    assert world.stale == set(_IDS)
    world.poll()
    assert not world.stale


def test_loss_of_five_seconds_makes_nothing_stale(world: World) -> None:
    """Nor does the replay after it."""
    world.tick(3600)
    world.lose()
    world.tick(5)
    assert not world.stale
    world.recover(replayed=2)
    assert world.check()
    assert not world.stale


def test_extensions_are_stale_after_the_grace_time_without_updates_and_polls(
    world: World,
) -> None:
    """All at once."""
    world.tick(3600)
    world.lose()
    world.tick(GRACE - 1)
    assert not world.stale
    assert world.next_expiry == pytest.approx(1)
    world.tick(2)
    assert world.stale == set(_IDS)
    assert world.next_expiry is None


def test_grace_time_begins_with_the_last_message(world: World) -> None:
    """Not when the loss was noticed."""
    world.tick(3600)
    last_message_at = Instant.now()
    world.tick(40)
    world.lose(last_message_at)
    assert world.next_expiry == pytest.approx(GRACE - 40)


def test_loss_that_is_detected_late_does_not_make_a_snapshot_older(
    world: World,
) -> None:
    """The snapshot arrived after the last message."""
    last_message_at = Instant.now()
    world.tick(30)
    world.poll()
    world.tick(10)
    world.lose(last_message_at)
    assert world.next_expiry == pytest.approx(GRACE - 10)


def test_polls_keep_extensions_current(world: World) -> None:
    """For as long as they succeed."""
    world.lose()
    for _ in range(10):
        world.tick(60)
        world.poll()
        assert not world.stale
    world.tick(GRACE)
    assert world.stale == set(_IDS)


def test_extensions_that_a_poll_lacks_become_stale_alone(world: World) -> None:
    """120 s after they were last confirmed."""
    world.lose()
    world.tick(60)
    world.poll(without=["1", "2", "3"])
    assert world.next_expiry == pytest.approx(GRACE - 60)
    world.tick(59)
    assert not world.stale
    world.tick(1)
    assert world.stale == {"1", "2", "3"}
    world.confirm(["1"], Instant.now())
    assert world.stale == {"2", "3"}


def test_single_request_confirms_an_extension(world: World) -> None:
    """While all others become stale."""
    world.lose()
    world.tick(100)
    world.confirm(["1"], Instant.now())
    world.tick(20)
    assert world.stale == set(_IDS) - {"1"}
    world.tick(100)
    assert world.stale == set(_IDS)


def test_extension_with_a_rejected_filter_becomes_stale_beside_the_others(
    world: World,
) -> None:
    """120 s after the last successful poll."""
    world.tick(3600)
    world.freshness.update_not_pushed(frozenset({"1"}))
    world.tick(60)
    assert not world.stale
    world.confirm(["1"], Instant.now())
    world.tick(GRACE - 1)
    assert not world.stale
    assert world.next_expiry == pytest.approx(1)
    world.tick(1)
    assert world.stale == {"1"}
    world.freshness.update_not_pushed(frozenset())
    assert not world.stale


def test_filter_that_is_rejected_during_an_outage_proves_nothing(world: World) -> None:
    """The extension was followed until the loss."""
    world.tick(3600)
    world.lose()
    world.tick(50)
    world.freshness.update_not_pushed(frozenset({"1"}))
    world.resubscribe()
    world.poll(without=["1"])
    assert not world.stale
    world.tick(GRACE - 50)
    assert world.stale == {"1"}


def test_snapshot_requested_before_a_gap_does_not_close_it(world: World) -> None:
    """Changes between the request and the new subscription are in neither."""
    world.tick(10)
    since = Instant.now()
    world.tick(1)
    world.lose()
    world.resubscribe()
    world.tick(1)
    world.poll(since=since)
    assert world.freshness.has_gap
    assert not world.freshness.is_followed
    world.tick(GRACE)
    assert world.stale == set(_IDS)
    world.poll()
    assert not world.stale
    assert world.freshness.is_verified


def test_replay_is_certain_only_after_a_snapshot(world: World) -> None:
    """The platform may have lost an event."""
    world.lose()
    world.recover(replayed=2)
    assert world.freshness.is_followed
    assert world.check()
    assert not world.freshness.is_verified
    world.poll()
    assert world.freshness.is_verified


@pytest.mark.parametrize("replayed", [_BUFFER, _BUFFER + 1])
def test_replay_that_fills_the_buffer_is_a_gap(world: World, replayed: int) -> None:
    """There may have been more; only a snapshot that begins later closes it."""
    world.tick(3600)
    world.lose()
    since = Instant.now()
    world.recover(replayed)
    world.tick(2)
    assert not world.check()
    assert not world.freshness.is_followed
    world.poll(since=since)
    assert not world.freshness.is_followed
    world.poll()
    assert world.freshness.is_followed


def test_gap_after_a_long_outage_makes_extensions_stale_at_once(world: World) -> None:
    """They were taken for followed until the replay was checked."""
    world.lose()
    world.tick(GRACE + 1)
    world.recover(replayed=_BUFFER)
    assert not world.stale
    world.check()
    assert world.stale == set(_IDS)


def test_notifications_before_the_loss_are_no_replay(world: World) -> None:
    """A connection may live for a day, with thousands of events an hour."""
    world.receive(5000)
    world.lose()
    world.fail()
    world.recover(replayed=_BUFFER - 1)
    assert world.check()
    world.receive(world.received.notifications + 5000)
    world.fail()
    world.lose()
    world.recover()
    assert world.check()


def test_notifications_over_a_connection_without_subscription_count(
    world: World,
) -> None:
    """The connection outlives the loss of its subscription."""
    world.receive(5000)
    world.lose(is_connected=True)
    world.receive(world.received.notifications + _BUFFER)
    world.fail()
    assert not world.check()


def test_each_connection_counts_separately_and_one_full_replay_is_enough(
    world: World,
) -> None:
    """Until the replay is checked: the next loss begins again."""
    world.lose()
    world.receive(_BUFFER - 1)
    world.fail()
    world.recover(replayed=_BUFFER - 1)
    assert world.check()
    world.lose()
    world.receive(_BUFFER)
    world.fail()
    world.recover(replayed=1)
    assert not world.check()
    world.lose()
    world.recover()
    assert world.check()


def test_connection_lost_again_before_the_check_is_counted(world: World) -> None:
    """Its replay may have been incomplete."""
    world.lose()
    world.recover(replayed=_BUFFER)
    world.lose()
    world.recover()
    assert not world.check()


def test_check_while_disconnected_does_not_affect_the_next_replay(
    world: World,
) -> None:
    """Lost again before the check."""
    world.lose()
    world.recover(replayed=1)
    world.lose()
    assert world.check()
    world.recover(replayed=_BUFFER)
    assert not world.check()


def test_new_subscription_ends_the_wait_for_a_replay(world: World) -> None:
    """What is received then does not affect the next replay."""
    world.lose()
    world.resubscribe()
    world.poll()
    world.receive(10)
    world.fail()
    world.lose()
    world.recover(replayed=1)
    assert world.check()


def test_connection_that_received_as_many_as_the_last_one_is_counted(
    world: World,
) -> None:
    """Its replay fills the buffer, and it ends before it is subscribed."""
    world.receive(_BUFFER)
    world.lose()
    world.connect(_BUFFER)
    world.fail()
    world.recover()
    assert not world.check()


def test_session_of_the_last_run_may_be_replayed_incompletely() -> None:
    """Before this run has lost anything."""
    freshness = Freshness()
    freshness.is_pushed = True
    freshness.handle_recovery()
    assert not freshness.check_replay(Received(1, _BUFFER), _BUFFER)


def test_second_loss_after_a_gap_does_not_replace_the_proof_of_the_first(
    world: World,
) -> None:
    """Extensions were followed until the first loss, and not since."""
    world.tick(3600)
    world.lose()
    world.tick(5)
    world.resubscribe()
    world.confirm(["1"], Instant.now())
    world.tick(5)
    world.lose()
    assert not world.stale
    world.tick(GRACE - 10)
    assert world.stale == set(_IDS) - {"1"}
    world.tick(10)
    assert world.stale == set(_IDS)


def test_sleep_of_the_host_counts(world: World) -> None:
    """The monotonic clock does not."""
    world.lose()
    world.slept += GRACE
    assert world.stale == set(_IDS)


def test_extension_that_leaves_and_comes_back_is_current_after_its_snapshot(
    world: World,
) -> None:
    """Its former proof is gone with it."""
    world.lose()
    world.tick(GRACE)
    del world.extensions["1"]
    assert "1" not in world.stale
    world.extensions["1"] = ExtensionPresence()
    assert "1" in world.stale
    world.confirm(["1"], Instant.now())
    assert "1" not in world.stale


def test_extensions_of_one_snapshot_are_looked_at_once(world: World) -> None:
    """After a loss, thousands have the same age; those without live updates another."""
    world.confirm(map(str, range(2000)), Instant.now())
    world.freshness.update_not_pushed(frozenset({"7", "8"}))
    world.lose()
    with patch.object(Freshness, "_age", autospec=True, wraps=Freshness._age) as age:
        assert world.stale == set()
    assert age.call_count == 3


_SUBSETS = st.frozensets(st.sampled_from(_IDS))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["poll", "loss", "gap", "push", "refused", "time"]),
            _SUBSETS,
            st.integers(0, 80),
        ),
        max_size=12,
    )
)
def test_each_extension_is_as_stale_as_if_it_were_alone(
    steps: list[tuple[str, frozenset[str], int]],
) -> None:
    """Although extensions with the same times share one calculation."""
    world = World()
    clock = "custom_components.ringcentral.api.clock"
    with (
        patch(f"{clock}.time", SimpleNamespace(monotonic=lambda: world.seconds)),
        patch(f"{clock}.boot_time", lambda: world.seconds),
    ):
        world.resubscribe()
        world.poll()
        for step, some, seconds in steps:
            match step:
                case "poll":
                    world.poll(without=some)
                case "loss":
                    world.lose()
                case "gap":
                    world.resubscribe()
                case "push":
                    world.push()
                case "refused":
                    world.freshness.update_not_pushed(some)
                case "time":
                    world.tick(seconds)
        alone, expiries = set(), []
        for extension_id, known in world.extensions.items():
            alone |= world.freshness.update_stale({extension_id: known})
            expiries.append(world.freshness.next_expiry)
        assert world.stale == alone
        pending = [seconds for seconds in expiries if seconds is not None]
        assert world.next_expiry == min(pending, default=None)


@given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 5))
def test_replay_is_complete_if_no_connection_fills_the_buffer(
    counts: list[int], size: int
) -> None:
    """In any order."""
    freshness = Freshness()
    for number, count in enumerate(counts):
        freshness.handle_recovery()
        freshness.count_replayed(Received(number, count), size)
    freshness.handle_recovery()
    assert freshness.check_replay(Received(len(counts), 0), size) is (
        max(counts, default=0) < size
    )
