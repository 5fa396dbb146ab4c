"""Very many events at once: all are applied, and other tasks still run."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import time as time_module
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.api.clock import Instant
from custom_components.ringcentral.api.models.notifications import PresenceEvent
from custom_components.ringcentral.presence.models import PresenceChange
from custom_components.ringcentral.presence.store import PresenceStore
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from ..common import Account, add_account
from .common import MOVED_TIME, Time, call_events, is_pushed, link, lose_push, unseen

pytestmark = MOVED_TIME

# Seconds that other tasks may have to wait, and that an event takes.
_LONGEST = 0.010
_COST = 0.0005


@contextmanager
def waits_of_others() -> Iterator[list[float]]:
    """Measure how long other tasks wait if each event takes `_COST`.

    The clock is moved by the events, so the speed of the machine does not matter.
    """
    apply, monotonic = PresenceStore.apply_event, time_module.monotonic
    blocked: list[float] = [0.0]
    spent = 0.0

    def costly(
        self: PresenceStore, event: PresenceEvent, replayed_at: Instant | None = None
    ) -> PresenceChange | None:
        nonlocal spent
        spent += _COST
        blocked[-1] += _COST
        return apply(self, event, replayed_at)

    async def others() -> None:
        while True:
            await asyncio.sleep(0)
            blocked.append(0.0)

    with (
        patch.object(PresenceStore, "apply_event", costly),
        patch("time.monotonic", lambda: monotonic() + spent),
    ):
        task = asyncio.ensure_future(others())
        yield blocked
        task.cancel()


def _change_all_extensions(account: Account, times: int) -> None:
    """Change all extensions so many times, and leave all of them busy."""
    simulator = account.simulator
    for turn in range(times):
        status = "Busy" if (times - turn) % 2 else "Available"
        for user in simulator.users:
            simulator.change_extension(user.number, userStatus=status)


async def _handled(blocked: list[float], events: int) -> None:
    """Wait until so many events have been handled."""
    for _ in range(100_000):
        await asyncio.sleep(0)
        if round(sum(blocked) / _COST) >= events:
            return
    raise AssertionError("Not all events have been applied")


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=100)], ids=["hundred"]
)
async def test_five_thousand_events_within_a_second_are_all_applied_in_time_slices(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    account = await add_account(hass, simulator)
    repeated_before = account.coordinator.store.repeated_events
    with waits_of_others() as blocked:
        _change_all_extensions(account, 51)
        await _handled(blocked, 5_100)

    assert max(blocked) <= _LONGEST
    assert account.coordinator.store.repeated_events == repeated_before
    assert {account.shows(u.number, "presence") for u in simulator.users} == {"busy"}
    assert link(account) == ("push", None)


@pytest.mark.parametrize(
    "simulator_options", [SimulatorOptions(port=0, extensions=100)], ids=["hundred"]
)
async def test_backlog_of_ten_thousand_frames_is_handled_in_time_slices(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    freezer: FrozenDateTimeFactory,
) -> None:
    """As after a loss, with a larger recovery buffer than the platform's."""
    simulator.switches.recovery_buffer_size = 20_000
    account = await add_account(hass, simulator)
    await lose_push(account)
    _change_all_extensions(account, 101)
    call = simulator.ring(to=simulator.users[0].number, from_="+16505550123")
    simulator.end(call.telephony_session_id)

    with call_events(hass, simulator) as events:
        with waits_of_others() as blocked:
            freezer.tick(1.1)
            await _handled(blocked, 10_102)
        # Until it is sure that the ring does not go on. The clock has fallen back.
        await time.passes(30)

    assert max(blocked) <= _LONGEST
    assert is_pushed(account)()
    number = simulator.users[0].number
    assert events == [f"{number} ringing~", f"{number} missed~"]
    await time.passes(5)
    assert unseen(account) == 0
