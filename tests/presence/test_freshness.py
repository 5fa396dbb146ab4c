"""What the picture is worth: followed, certain, or too old to be shown."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.const import GRACE
from custom_components.ringcentral.presence.freshness import Freshness

pytestmark = pytest.mark.freeze_time("2026-03-02 09:00:00")

_BUFFER = 3


@pytest.fixture
def trust() -> Freshness:
    """Return the trust in a picture that is pushed and was looked at."""
    trust = Freshness()
    trust.subscribed_anew(_BUFFER)
    trust.is_pushed = True
    trust.looked(trust.gaps, ())
    assert trust.is_certain
    return trust


def _lose(trust: Freshness) -> None:
    trust.is_pushed = False
    trust.lost(Instant.now())


def _hear(trust: Freshness, *uuids: str, known: bool = False) -> None:
    for uuid in uuids:
        trust.heard(uuid, is_known=known)


def test_followed_picture_never_grows_old(
    trust: Freshness, freezer: FrozenDateTimeFactory
) -> None:
    """Every change would have been told."""
    freezer.tick(86_400)
    assert not trust.judge()
    assert trust.is_current("1")
    assert trust.left is None


def test_picture_that_is_followed_no_more_is_shown_for_the_grace_time(
    trust: Freshness, freezer: FrozenDateTimeFactory
) -> None:
    """And no longer."""
    _lose(trust)
    freezer.tick(GRACE - 1)
    assert not trust.judge()
    assert trust.left == pytest.approx(1)
    freezer.tick(1)
    assert trust.judge()
    assert not trust.is_current("1")
    assert trust.left is None


def test_grace_begins_with_the_last_sign_of_life(
    trust: Freshness, freezer: FrozenDateTimeFactory
) -> None:
    """Not when somebody noticed."""
    heard = Instant.now()
    freezer.tick(40)
    trust.is_pushed = False
    trust.lost(heard)
    assert trust.left == pytest.approx(GRACE - 40)


def test_complete_replay_is_followed_but_certain_only_after_a_look(
    trust: Freshness,
) -> None:
    """The platform's word is not enough."""
    _lose(trust)
    _hear(trust, "a", "b")
    trust.is_pushed = True
    trust.recovered()
    assert trust.is_followed
    assert not trust.is_certain
    assert trust.verify(_BUFFER)
    trust.looked(trust.gaps, ())
    assert trust.is_certain


def test_replay_that_fills_the_buffer_is_a_gap(trust: Freshness) -> None:
    """There may have been more; only a look that begins later closes it."""
    _lose(trust)
    before = trust.gaps
    _hear(trust, "a", "b", "c")
    trust.is_pushed = True
    trust.recovered()
    assert not trust.verify(_BUFFER)
    assert not trust.is_followed
    trust.looked(before, ())
    assert not trust.is_followed
    trust.looked(trust.gaps, ())
    assert trust.is_followed


def test_new_subscription_ends_the_waiting_for_a_replay(trust: Freshness) -> None:
    """What is heard then is no replay, and says nothing about the next one."""
    _lose(trust)
    trust.subscribed_anew(_BUFFER)
    trust.is_pushed = True
    trust.looked(trust.gaps, ())
    _hear(trust, "a", "b", "c", "d")
    _lose(trust)
    _hear(trust, "e")
    trust.is_pushed = True
    trust.recovered()
    assert trust.verify(_BUFFER)


def test_loss_before_the_verdict_keeps_waiting_for_the_next_replay(
    trust: Freshness,
) -> None:
    """The verdict on the first says nothing about the second."""
    _lose(trust)
    _hear(trust, "a")
    trust.is_pushed = True
    trust.recovered()
    _lose(trust)
    trust.connection_is_over(_BUFFER)
    assert trust.verify(_BUFFER)
    _hear(trust, "b", "c", "d")
    trust.is_pushed = True
    trust.recovered()
    assert not trust.verify(_BUFFER)


def test_extension_without_a_picture_after_a_gap_grows_old_alone(
    trust: Freshness, freezer: FrozenDateTimeFactory
) -> None:
    """Until it has one."""
    _lose(trust)
    trust.subscribed_anew(_BUFFER)
    trust.is_pushed = True
    trust.looked(trust.gaps, ["2"])
    assert trust.is_current("2")
    assert not trust.not_pictured("2")
    freezer.tick(GRACE)
    assert trust.not_pictured("2")
    assert not trust.is_current("2")
    assert trust.is_current("1")
    assert trust.pictured("2")
    assert trust.is_current("2")
    assert not trust.pictured("2")


def test_picture_missing_beside_push_means_nothing(trust: Freshness) -> None:
    """Every change of it has been told."""
    trust.looked(trust.gaps, ["2"])
    assert not trust.pictured("2")
