"""Calls of a queue, which an agent ignores with a telephone."""

import pytest

from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .common import control_of, press, requests, ringing

pytestmark = MOVED_TIME

DEVICES = "/restapi/v1.0/account/~/extension/~/device"


@pytest.mark.parametrize("action", ["reject_call", "hang_up"])
@pytest.mark.parametrize(
    ("devices", "is_read", "operation"),
    [
        ("usual", True, "ignore"),
        # Telephones are not read for this alone.
        ("usual", False, "reject"),
        ("empty", True, "reject"),
        ("offline", True, "reject"),
    ],
)
async def test_queue_call_is_ignored_if_a_telephone_is_known(
    controlled: Account, action: str, devices: str, is_read: bool, operation: str
) -> None:
    controlled.simulator.switches.devices = devices  # type: ignore[assignment]
    if is_read:
        await control_of(controlled).phones.phones()
    await ringing(controlled, queue_call=True)
    assert await press(controlled, action) == "done"
    assert requests(controlled) == ["GET session", f"POST {operation}"]


async def test_telephone_that_cannot_be_read_again_rejects_the_call(
    controlled: Account, time: Time
) -> None:
    await control_of(controlled).phones.phones()
    await time.passes(61.0)
    await ringing(controlled, queue_call=True)
    controlled.simulator.fault("maintenance", path=DEVICES, count=1)
    assert await press(controlled, "reject_call") == "done"
    assert requests(controlled) == ["GET session", "POST reject"]


async def test_call_that_is_no_queue_call_needs_no_telephone(
    controlled: Account, time: Time
) -> None:
    await control_of(controlled).phones.phones()
    await time.passes(61.0)
    await ringing(controlled)
    controlled.simulator.log.clear()
    assert await press(controlled, "reject_call") == "done"
    assert len(controlled.simulator.log) == 2
