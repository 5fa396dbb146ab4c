"""Times of calls where notifications are missing, late or repeated."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.presence.models import CALLS
from custom_components.ringcentral.presence.store import PresenceStore

from ..strategies import (
    EXTENSION,
    MIDNIGHT,
    call_json,
    event_of,
    notification,
    snapshot,
)
from .common import known, make_store


class _Phone:
    """A phone with one call, as the store knows it."""

    def __init__(
        self, freezer: FrozenDateTimeFactory, *, is_idle_before: bool = True
    ) -> None:
        """Initialize with an idle phone, or without any presence."""
        self._freezer = freezer
        freezer.move_to(MIDNIGHT)
        self.store: PresenceStore = make_store()
        self.store.call_times.is_pushed = True
        self.connected_at = Instant.now()
        if is_idle_before:
            self.take_snapshot("NoCall", 0)

    def send(self, status: str, seconds: float, *, is_replayed: bool = False) -> int:
        """Apply a notification; return the aspects that it changes."""
        self._wait_until(seconds)
        body = {
            "telephonyStatus": status,
            "activeCalls": [call_json(1, status)],
            "sequence": round(seconds * 10),
        }
        time = MIDNIGHT + timedelta(seconds=seconds)
        event = event_of(notification(body, timestamp=time.isoformat()))
        replayed_at = self.connected_at if is_replayed else None
        change = self.store.apply_event(event, replayed_at)
        return 0 if change is None else change.aspects

    def take_snapshot(self, status: str, seconds: float) -> None:
        """Apply a snapshot."""
        self._wait_until(seconds)
        calls = [call_json(1, status)] if status != "NoCall" else []
        taken_at = MIDNIGHT + timedelta(seconds=seconds)
        with self.store.snapshot() as snapshots:
            snapshots.apply(
                snapshot(taken_at, telephonyStatus=status, activeCalls=calls),
                Instant.now(),
            )

    def _wait_until(self, seconds: float) -> None:
        time = MIDNIGHT + timedelta(seconds=seconds)
        if time > datetime.now(UTC):
            self._freezer.move_to(time)

    @property
    def since(self) -> float | None:
        """Seconds at which the only call came into its status."""
        [time] = known(self.store).call_times
        return None if time is None else (time - MIDNIGHT).total_seconds()


def test_time_of_a_change_that_only_a_snapshot_shows_is_not_known(
    freezer: FrozenDateTimeFactory,
) -> None:
    phone = _Phone(freezer)
    phone.send("Ringing", 1)
    phone.take_snapshot("CallConnected", 60)
    phone.send("CallConnected", 59, is_replayed=True)
    assert phone.since is None
    # Sent in the second in which the snapshot was read: perhaps before.
    phone.send("OnHold", 60.5)
    assert phone.since is None
    phone.send("CallConnected", 61)
    assert phone.since == 61


@pytest.mark.parametrize(
    ("status", "seconds", "since"),
    [
        # The call came back into its status later, or was in it before.
        ("OnHold", 21, None),
        ("CallConnected", 19, None),
        # In accordance with the time.
        ("CallConnected", 21, 20),
        ("OnHold", 19, 20),
    ],
)
@pytest.mark.parametrize("is_replayed", [False, True], ids=["late", "replayed"])
def test_older_notification_leaves_no_time_that_it_contradicts(
    freezer: FrozenDateTimeFactory,
    status: str,
    seconds: float,
    since: float | None,
    *,
    is_replayed: bool,
) -> None:
    phone = _Phone(freezer)
    phone.send("Ringing", 10)
    phone.send("CallConnected", 20)
    if is_replayed:
        phone.take_snapshot("CallConnected", 30)
    else:
        phone.send("CallConnected", 30)

    aspects = phone.send(status, seconds, is_replayed=is_replayed)

    assert phone.since == since
    # The sensor is written if its attribute changes.
    assert bool(aspects & CALLS) is (since is None)


def test_older_notification_without_calls_changes_no_time(
    freezer: FrozenDateTimeFactory,
) -> None:
    phone = _Phone(freezer)
    phone.send("CallConnected", 20)
    phone.send("CallConnected", 30)
    phone.store.apply_event(
        event_of(
            notification(
                {"presenceStatus": "Busy"},
                timestamp=(MIDNIGHT + timedelta(seconds=25)).isoformat(),
            )
        )
    )
    assert phone.since == 20


def test_snapshot_without_live_updates_confirms_no_time(
    freezer: FrozenDateTimeFactory,
) -> None:
    """The call may have been on hold in between, which a replay will show."""
    phone = _Phone(freezer)
    phone.send("CallConnected", 20)
    phone.store.call_times.is_pushed = False
    assert phone.since == 20
    phone.take_snapshot("CallConnected", 60)
    assert phone.since is None


def test_no_time_is_known_after_a_gap_before_a_snapshot_that_follows_it(
    freezer: FrozenDateTimeFactory,
) -> None:
    phone = _Phone(freezer)
    phone.send("CallConnected", 1)
    with phone.store.snapshot() as requested_before:
        freezer.tick()
        phone.store.forget_sequences()
        phone.send("OnHold", 30)
        assert phone.since is None
        requested_before.apply(
            snapshot(
                MIDNIGHT + timedelta(seconds=40),
                telephonyStatus="OnHold",
                activeCalls=[call_json(1, "OnHold")],
            ),
            Instant.now(),
        )
    phone.send("CallConnected", 60)
    assert phone.since is None
    phone.take_snapshot("CallConnected", 80)
    assert phone.since is None
    phone.send("OnHold", 90)
    assert phone.since == 90


def test_answer_to_a_change_of_settings_does_not_end_a_gap(
    freezer: FrozenDateTimeFactory,
) -> None:
    """It has no calls of its own."""
    phone = _Phone(freezer)
    phone.send("Ringing", 1)
    phone.store.forget_sequences()
    with phone.store.snapshot() as snapshots:
        calls = [call_json(1, "Ringing")]
        snapshots.apply(snapshot(telephonyStatus="Ringing", activeCalls=calls))
    phone.send("CallConnected", 90)
    assert phone.since is None


def test_extension_that_rest_does_not_return_has_times_after_a_gap(
    freezer: FrozenDateTimeFactory,
) -> None:
    phone = _Phone(freezer, is_idle_before=False)
    phone.send("Ringing", 1)
    phone.store.forget_sequences()
    with phone.store.snapshot() as snapshots:
        snapshots.mark_unreadable(EXTENSION)
    phone.send("CallConnected", 90)
    assert phone.since == 90
