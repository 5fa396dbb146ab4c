"""Times of calls where notifications are missing, late or repeated."""

from datetime import datetime, timedelta

from freezegun import freeze_time
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

    def __init__(self, *, is_idle_before: bool = True) -> None:
        """Initialize with an idle phone, or without any presence."""
        self.store: PresenceStore = make_store()
        self.connected_at = Instant.now()
        if is_idle_before:
            self.take_snapshot("NoCall", 0)

    def send(self, status: str, seconds: float, *, is_replayed: bool = False) -> int:
        """Apply a notification; return the aspects that it changes."""
        time = MIDNIGHT + timedelta(seconds=seconds)
        body = {"telephonyStatus": status, "activeCalls": [call_json(1, status)]}
        event = event_of(notification(body, timestamp=time.isoformat()))
        replayed_at = self.connected_at if is_replayed else None
        change = self.store.apply_event(event, replayed_at)
        return 0 if change is None else change.aspects

    def take_snapshot(self, status: str, seconds: float) -> None:
        """Apply a snapshot."""
        calls = [call_json(1, status)] if status != "NoCall" else []
        taken_at = MIDNIGHT + timedelta(seconds=seconds)
        with self.store.snapshot() as snapshots:
            snapshots.apply(
                snapshot(taken_at, telephonyStatus=status, activeCalls=calls),
                Instant.now(),
            )

    @property
    def since(self) -> float | None:
        """Seconds at which the only call came into its status."""
        [time] = known(self.store).call_times
        return None if time is None else (time - MIDNIGHT).total_seconds()


@pytest.mark.parametrize(
    ("replayed", "since"),
    [
        ([("CallConnected", 10)], 10),
        ([("Ringing", 5), ("CallConnected", 10)], 10),
        ([("CallConnected", 10), ("OnHold", 20), ("CallConnected", 30)], 30),
        # What has changed since is not replayed yet.
        ([("CallConnected", 10), ("OnHold", 20)], None),
        ([("Ringing", 5)], None),
    ],
)
def test_replay_after_a_snapshot_shows_the_last_change(
    replayed: list[tuple[str, float]], since: float | None
) -> None:
    phone = _Phone()
    phone.take_snapshot("CallConnected", 60)
    assert phone.since is None

    aspects = [phone.send(*one, is_replayed=True) for one in replayed]

    assert phone.since == since
    # The sensor is written if its attribute changes.
    assert bool(aspects[-1] & CALLS) is (replayed[-1][0] != "Ringing")


def test_replay_changes_no_later_time() -> None:
    phone = _Phone()
    phone.send("CallConnected", 50)
    phone.take_snapshot("CallConnected", 60)
    for status, seconds in (("OnHold", 20), ("CallConnected", 30)):
        phone.send(status, seconds, is_replayed=True)
    assert phone.since == 50


def test_late_notification_that_is_no_replay_may_have_another_cause() -> None:
    """For example a change of the message while the call goes on."""
    with freeze_time(MIDNIGHT + timedelta(seconds=60)):
        phone = _Phone()
        phone.take_snapshot("CallConnected", 60)
        phone.send("CallConnected", 30)
    assert phone.since is None


@pytest.mark.parametrize(
    ("has_snapshot", "since"), [(False, None), (True, 90)], ids=["gap", "snapshot"]
)
def test_first_notification_after_a_gap_may_be_later_than_the_change(
    has_snapshot: bool, since: float | None
) -> None:
    phone = _Phone()
    phone.send("Ringing", 1)
    phone.store.forget_sequences()
    if has_snapshot:
        phone.take_snapshot("Ringing", 60)
    phone.send("CallConnected", 90)
    assert phone.since == since
    phone.send("OnHold", 120)
    assert phone.since == 120


def test_answer_to_a_change_of_settings_does_not_end_a_gap() -> None:
    """It has no calls of its own."""
    phone = _Phone()
    phone.send("Ringing", 1)
    phone.store.forget_sequences()
    with phone.store.snapshot() as snapshots:
        calls = [call_json(1, "Ringing")]
        snapshots.apply(snapshot(telephonyStatus="Ringing", activeCalls=calls))
    phone.send("CallConnected", 90)
    assert phone.since is None


def test_calls_of_an_earlier_run_keep_their_times() -> None:
    phone = _Phone(is_idle_before=False)
    earlier = _Phone()
    earlier.send("CallConnected", 5)
    times: list[datetime | None] = list(known(earlier.store).call_times)
    calls = known(earlier.store).calls
    phone.store.call_times.resume({EXTENSION: zip(calls, times, strict=True), "9": []})

    phone.take_snapshot("CallConnected", 60)

    assert phone.since == 5
