"""Rate limits: presses are refused before presence has to wait."""

import asyncio

import pytest

from custom_components.ringcentral.api.rate_limits import RateGroup
from homeassistant.exceptions import HomeAssistantError

from ..actions.common import call_action
from ..common import Account
from ..reliability.common import MOVED_TIME, Time
from .common import changes, connected, press, requests

pytestmark = MOVED_TIME


async def test_thirty_presses_at_once_leave_slots_to_presence(
    controlled: Account, time: Time
) -> None:
    """Each needs two of the slots that presence does not: no read is without a change."""
    await time.passes(120.0)
    calls = [await connected(controlled, from_=f"+1650555{n:04}") for n in range(30)]
    await time.passes(120.0)
    results = await asyncio.gather(
        *(
            press(controlled, "hold_call", call=call.telephony_session_id)
            for call in calls
        )
    )
    done = results.count("done")
    assert 10 <= done <= 15
    assert results.count("rate_limited") == 30 - done
    assert len(changes(controlled)) == done
    assert len(requests(controlled)) == 2 * done
    # Presence need not wait.
    assert controlled.coordinator.limiter.delay(RateGroup.LIGHT, 20) == 0.0


async def test_refusal_names_the_seconds(controlled: Account, time: Time) -> None:
    await connected(controlled)
    limiter = controlled.coordinator.limiter
    while not limiter.delay(RateGroup.LIGHT, 22):
        limiter.record_request(RateGroup.LIGHT)
    with pytest.raises(HomeAssistantError) as caught:
        await call_action(controlled, "hold_call")
    assert caught.value.translation_key == "rate_limited"
    assert caught.value.translation_placeholders is not None
    assert int(caught.value.translation_placeholders["seconds"]) > 30
    assert not requests(controlled)
    await time.passes(62.0)
    assert await press(controlled, "hold_call") == "done"


async def test_429_is_not_repeated(controlled: Account) -> None:
    await connected(controlled)
    controlled.simulator.fault("rate_limit", method="POST", retryAfter=30, count=1)
    assert await press(controlled, "hold_call") == "rate_limited"
    assert await press(controlled, "hold_call") == "rate_limited"
    assert len(changes(controlled)) <= 1
