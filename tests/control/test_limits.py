"""Rate limits: presses are refused before presence has to wait."""

import asyncio
from typing import Any

import pytest

from custom_components.ringcentral.api.rate_limits import RateGroup
from homeassistant.exceptions import HomeAssistantError

from ..actions.common import call_action, call_own
from ..common import Account, add_account
from ..reliability.common import MOVED_TIME, Time, fetched
from .common import SESSIONS, changes, connected, dial, press, requests, turn_on

pytestmark = MOVED_TIME

RING_OUT = "/restapi/v1.0/account/~/extension/~/ring-out"


async def _set_up(account: Account, time: Time, count: int) -> list[str]:
    """Put up calls; return their ids when no request counts any more."""
    await time.passes(120.0)
    calls = [await connected(account, from_=f"+1650555{n:04}") for n in range(count)]
    await time.passes(300.0, 10.0)
    # The last poll is more than a minute ago.
    assert account.coordinator.limiter.delay(RateGroup.LIGHT, 50) == 0.0
    return [call.telephony_session_id for call in calls]


async def _hold(account: Account, calls: list[str]) -> list[str]:
    presses = (press(account, "hold_call", call=call) for call in calls)
    return list(await asyncio.gather(*presses))


@pytest.mark.parametrize("polled", range(4))
async def test_thirty_presses_at_once_leave_slots_to_presence(
    controlled: Account, time: Time, polled: int
) -> None:
    """Each needs two of the slots that presence does not; all other ones are refused.

    What presence has requested within the last minute counts.
    """
    calls = await _set_up(controlled, time, 30)
    limiter = controlled.coordinator.limiter
    for _ in range(polled):
        limiter.record_request(RateGroup.LIGHT)
    controlled.simulator.log.clear()
    results = await _hold(controlled, calls)
    done = (50 - 20 - polled) // 2
    # The first ones: each reserves its slots before it waits for anything.
    assert results == ["done"] * done + ["rate_limited"] * (30 - done)
    assert changes(controlled) == ["POST hold"] * done
    assert len(requests(controlled)) == 2 * done
    # Presence need not wait.
    assert limiter.delay(RateGroup.LIGHT, 20) == 0.0


async def test_calls_can_be_ended_after_many_presses(
    controlled: Account, time: Time
) -> None:
    calls = await _set_up(controlled, time, 16)
    assert await _hold(controlled, calls) == ["done"] * 15 + ["rate_limited"]
    presses = [await press(controlled, "hang_up", call=call) for call in calls]
    # Half as many slots are left to presence.
    assert presses == ["done"] * 5 + ["rate_limited"] * 11


async def test_presence_is_read_at_once_among_thirty_presses(
    controlled: Account, time: Time
) -> None:
    calls = await _set_up(controlled, time, 30)
    loop = asyncio.get_running_loop()
    began = loop.time()
    controlled.simulator.log.clear()
    pressing = asyncio.ensure_future(_hold(controlled, calls))
    await asyncio.sleep(0)
    await controlled.coordinator.async_refresh()
    assert loop.time() - began < 1.0
    assert fetched(controlled.simulator)
    assert (await pressing).count("done") == 15
    assert controlled.shows(None, "link") == "push"


async def test_refused_press_works_after_the_seconds_of_the_refusal(
    controlled: Account, time: Time
) -> None:
    calls = await _set_up(controlled, time, 16)
    await _hold(controlled, calls[:15])
    with pytest.raises(HomeAssistantError) as caught:
        await call_action(controlled, "hold_call", call=calls[15])
    assert caught.value.translation_placeholders is not None
    seconds = int(caught.value.translation_placeholders["seconds"])
    await time.passes(seconds - 3.0)
    assert await press(controlled, "hold_call", call=calls[15]) == "rate_limited"
    await time.passes(3.0)
    assert await press(controlled, "hold_call", call=calls[15]) == "done"


async def test_ten_dials_in_a_minute_leave_slots_to_presence(
    controlled: Account, time: Time
) -> None:
    """Also if they are refused."""
    simulator = controlled.simulator
    await time.passes(120.0)
    fault: dict[str, Any] = {"path": RING_OUT, "status": 403, "errorCode": "TEL-101"}
    simulator.fault("error", seconds=3600, **fault)
    results = [await dial(controlled, f"+165055501{n:02}") for n in range(10)]
    assert results == ["dial_refused"] * 8 + ["rate_limited"] * 2
    assert controlled.coordinator.limiter.delay(RateGroup.HEAVY, 2) == 0.0


async def test_accounts_of_one_app_share_the_limits(
    controlled: Account, time: Time
) -> None:
    """And a penalty of one refuses the presses of the other one."""
    hass, simulator = controlled.hass, controlled.simulator
    other = await add_account(
        hass, simulator, groups=[], extensions=["101", "102"], user="102"
    )
    turn_on(other)
    calls = await _set_up(controlled, time, 8)
    others = [
        (await connected(other, "102", from_=f"+1650555{n:04}")).telephony_session_id
        for n in range(8, 16)
    ]
    await time.passes(300.0, 10.0)
    simulator.log.clear()
    own, foreign = await asyncio.gather(
        _hold(controlled, calls),
        asyncio.gather(
            *(press(other, "hold_call", "102", call=call) for call in others)
        ),
    )
    assert [*own, *foreign].count("done") == 15
    assert len(requests(controlled)) == 30
    await time.passes(120.0, 10.0)
    simulator.fault("rate_limit", method="POST", retryAfter=30, count=1)
    assert await press(controlled, "resume_call", call=calls[0]) == "rate_limited"
    simulator.log.clear()
    assert await press(other, "resume_call", "102", call=others[0]) == "rate_limited"
    assert not requests(controlled)
    await time.passes(31.0)
    assert await press(other, "resume_call", "102", call=others[0]) == "done"


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


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_429_is_not_repeated_and_names_its_seconds(
    controlled: Account, time: Time, method: str
) -> None:
    """Nothing was done; nothing is sent before they have passed, but live updates go on."""
    name = "hang_up" if method == "DELETE" else "hold_call"
    await connected(controlled)
    fault: dict[str, Any] = {"path": SESSIONS, "method": method, "retryAfter": 17}
    controlled.simulator.fault("rate_limit", count=1, **fault)
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as caught:
            await call_action(controlled, name)
        assert caught.value.translation_key == "rate_limited"
        assert caught.value.translation_placeholders is not None
        assert caught.value.translation_placeholders["seconds"] == "17"
    sent = requests(controlled)
    assert len(sent) == (1 if method == "GET" else 2)
    assert controlled.shows(None, "link") == "push"
    assert controlled.shows("101", "telephony_status") == "call_connected"
    await time.passes(17.0)
    assert await press(controlled, name) == "done"


async def test_429_of_a_dial_refuses_the_next_one(
    controlled: Account, time: Time
) -> None:
    fault: dict[str, Any] = {"path": RING_OUT, "method": "POST", "retryAfter": 17}
    controlled.simulator.fault("rate_limit", count=1, **fault)
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as caught:
            await call_own(controlled, "dial", number="+16505550177")
        assert caught.value.translation_key == "rate_limited"
        assert caught.value.translation_placeholders is not None
        assert caught.value.translation_placeholders["seconds"] == "17"
    assert not controlled.simulator.ring_outs.by_id
    assert controlled.shows(None, "link") == "push"
    await time.passes(17.0)
    assert await dial(controlled, "+16505550177") == "dialing"
    assert len(controlled.simulator.ring_outs.by_id) == 1
