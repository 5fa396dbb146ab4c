"""Background tasks and timers of a config entry."""

import asyncio
from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    Reason,
    RingCentralError,
)
from custom_components.ringcentral.background import BackgroundTasks
from homeassistant.core import HomeAssistant

_REJECTED = AuthenticationError(Reason.INVALID_GRANT)
_TIMED_OUT = ConnectionFailedError(Reason.TIMED_OUT)


class Owner:
    """Owner of background tasks."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Create them for a config entry."""
        self.hass = hass
        self.entry = MockConfigEntry(domain="ringcentral")
        self.rejections: list[AuthenticationError] = []
        self.tasks = BackgroundTasks(hass, self.entry, self.rejections.append)
        self.calls = 0

    def act(self) -> None:
        """Count a call."""
        self.calls += 1

    async def unload(self) -> None:
        """Cancel the tasks of the config entry."""
        await self.entry._async_process_on_unload(self.hass)


@pytest.fixture
def owner(hass: HomeAssistant) -> Owner:
    """Return an owner of background tasks."""
    return Owner(hass)


async def _fail(error: RingCentralError) -> None:
    raise error


async def test_rejected_credentials_are_reported_by_every_task(owner: Owner) -> None:
    """No task has to do it."""
    await owner.tasks.spawn(_fail(_REJECTED), "test")
    assert owner.rejections == [_REJECTED]
    with pytest.raises(AuthenticationError):
        await owner.tasks.run_shielded(_fail(_REJECTED), "test")
    assert owner.rejections == [_REJECTED] * 2


async def test_other_errors_of_a_task_are_logged_and_not_reported(
    owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """A task without a waiter may fail."""
    await owner.tasks.spawn(_fail(_TIMED_OUT), "test")
    assert "Background task test failed: timed_out" in caplog.text
    with pytest.raises(ConnectionFailedError):
        await owner.tasks.run_shielded(_fail(_TIMED_OUT), "test")
    assert owner.rejections == []


async def test_shielded_task_ends_although_its_caller_was_cancelled(
    hass: HomeAssistant, owner: Owner
) -> None:
    """Its error is reported all the same."""
    goes_on = asyncio.Event()

    async def work() -> None:
        await goes_on.wait()
        owner.act()
        raise _REJECTED

    caller = hass.async_create_task(owner.tasks.run_shielded(work(), "test"))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    goes_on.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert caller.cancelled()
    assert owner.calls == 1
    assert owner.rejections == [_REJECTED]


async def test_shielded_task_of_an_unloaded_entry_fails(
    hass: HomeAssistant, owner: Owner
) -> None:
    """The caller is not cancelled with it, and what it requested may be done."""
    caller = hass.async_create_task(
        owner.tasks.run_shielded(asyncio.Event().wait(), "test")
    )
    await asyncio.sleep(0)
    await owner.unload()
    with pytest.raises(ConnectionFailedError) as failed:
        await caller
    assert failed.value.reason is Reason.CONNECTION_LOST
    assert failed.value.may_be_done


async def test_timer_runs_once(
    hass: HomeAssistant, owner: Owner, freezer: FrozenDateTimeFactory
) -> None:
    """A second start while it is running changes nothing."""

    async def passes(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    act: Callable[[], None] = owner.act
    owner.tasks.start_timer(10, act)
    owner.tasks.start_timer(1, act)
    await passes(2)
    assert owner.calls == 0
    await passes(9)
    assert owner.calls == 1
    await passes(20)
    assert owner.calls == 1

    owner.tasks.start_timer(10, act)
    owner.tasks.cancel_timer(act)
    owner.tasks.start_timer(10, act)
    owner.tasks.close()
    owner.tasks.start_timer(10, act)
    await passes(20)
    assert owner.calls == 1


async def test_closed_owner_has_no_running_tasks(owner: Owner) -> None:
    """Not even until the config entry is unloaded."""
    task = owner.tasks.spawn(asyncio.sleep(60), "test")
    owner.tasks.close()
    await asyncio.wait([task], timeout=1)
    assert task.cancelled()


async def test_close_is_announced_while_tasks_still_run(owner: Owner) -> None:
    """What they hold back can be handled then."""
    task = owner.tasks.spawn(asyncio.sleep(60), "test")
    running: list[bool] = []
    owner.tasks.on_close.append(lambda: running.append(not task.cancelling()))
    owner.tasks.close()
    assert running == [True]
    await asyncio.wait([task], timeout=1)
