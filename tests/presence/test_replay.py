"""Whether a replay was complete: fewer new messages than the platform keeps."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.presence.replay import Replay


def heard(replay: Replay, count: int, *, first: int = 0) -> None:
    """Hear so many new notifications."""
    for number in range(first, first + count):
        replay.heard(f"uuid-{number}", is_known=False)


@pytest.mark.parametrize(
    ("count", "complete"), [(0, True), (99, True), (100, False), (101, False)]
)
def test_as_many_as_are_kept_may_not_be_all(count: int, complete: bool) -> None:
    """Also before this run has lost anything: the last one has left a session."""
    replay = Replay()
    heard(replay, count)
    assert replay.verify(100) is complete


def test_what_came_before_the_loss_counts_for_nothing() -> None:
    """Nor do repeats of it."""
    replay = Replay()
    replay.verify(100)
    heard(replay, 150)
    replay.expect()
    for number in range(150):
        replay.heard(f"uuid-{number}", is_known=True)
    heard(replay, 99, first=150)
    assert replay.verify(100)


def test_what_comes_after_the_verdict_is_not_kept() -> None:
    """A connection may live for a day, with thousands of events an hour."""
    replay = Replay()
    assert replay.verify(100)
    heard(replay, 1000)
    replay.connection_is_over(100)
    assert replay.is_complete
    replay.expect()
    heard(replay, 99, first=1000)
    assert replay.verify(100)


def test_copy_of_a_replayed_message_takes_the_place_of_another() -> None:
    """The platform keeps it twice."""
    replay = Replay()
    heard(replay, 50)
    for number in range(50):
        replay.heard(f"uuid-{number}", is_known=True)
    assert not replay.verify(100)


def test_message_without_uuid_counts_as_new() -> None:
    """Nothing tells it from others."""
    replay = Replay()
    for _ in range(100):
        replay.heard(None, is_known=False)
    assert not replay.verify(100)


def test_each_connection_is_judged_for_itself_and_one_spoils_all() -> None:
    """Until it is verified: then the next loss begins anew."""
    replay = Replay()
    heard(replay, 60)
    replay.connection_is_over(100)
    heard(replay, 60, first=60)
    assert replay.verify(100)
    replay.expect()
    heard(replay, 100, first=200)
    replay.connection_is_over(100)
    heard(replay, 1, first=300)
    assert not replay.is_complete
    assert not replay.verify(100)
    replay.expect()
    assert replay.verify(100)


@given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 5))
def test_verdict_is_that_of_the_fullest_connection(
    counts: list[int], size: int
) -> None:
    """In any order."""
    replay = Replay()
    for count in counts:
        heard(replay, count)
        replay.connection_is_over(size)
    assert replay.verify(size) is (max(counts, default=0) < size)
