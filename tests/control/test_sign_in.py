"""Access tokens that are rejected while a call is controlled."""

import asyncio
from typing import Any, Final

import pytest

from ..common import Account
from ..reliability.common import MOVED_TIME, Time, issues
from .common import changes, connected, dial, press

pytestmark = MOVED_TIME

NUMBER: Final = "+16505550177"
# What the platform answers to a request for a token, and the error of the action.
TOKENS: Final[dict[str, tuple[dict[str, Any] | None, str | None]]] = {
    "refreshed": (None, None),
    "signed_out": ({"error": "invalid_grant", "status": 400}, "invalid_grant"),
    "app_gone": ({"error": "invalid_client", "status": 401}, "invalid_client"),
    "maintenance": ({"status": 503}, "maintenance"),
}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("rejected", ["GET", "POST", "dial"])
async def test_request_with_an_expired_token_is_carried_out_once(
    controlled: Account, time: Time, token: str, rejected: str
) -> None:
    """And if there is no other token, never."""
    simulator = controlled.simulator
    refusal, key = TOKENS[token]
    await connected(controlled)
    method = "GET" if rejected == "GET" else "POST"
    simulator.fault("slow", method=method, delay=2, count=1)
    is_dialed = rejected == "dial"
    work = dial(controlled, NUMBER) if is_dialed else press(controlled, "hold_call")
    task = asyncio.ensure_future(work)
    await time.passes(1.0)
    simulator.fault("expire_tokens")
    if refusal is not None:
        simulator.fault("token_refused", seconds=3600, **refusal)
    await time.passes(5.0)

    assert await task == (key or ("dialing" if is_dialed else "done"))
    assert len(simulator.ring_outs.by_id) == (is_dialed and key is None)
    await controlled.until_all_reported()
    is_held = controlled.shows("101", "telephony_status") == "on_hold"
    assert is_held == (not is_dialed and key is None)
    flows = controlled.hass.config_entries.flow.async_progress()
    assert len(flows) == (token in ("signed_out", "app_gone"))
    # Live updates do not depend on it.
    assert controlled.shows(None, "link") == "push"
    assert not issues(controlled.hass)
    if key is not None:
        assert (
            await (
                dial(controlled, NUMBER)
                if is_dialed
                else press(controlled, "hold_call")
            )
            == key
        )


async def test_change_is_not_sent_after_a_wait_for_a_token(
    controlled: Account, time: Time
) -> None:
    """The session was read too long ago; the user is told how long to wait."""
    await connected(controlled)
    simulator = controlled.simulator
    simulator.fault("slow", method="POST", delay=2, count=1)
    task = asyncio.ensure_future(press(controlled, "hold_call"))
    await time.passes(1.0)
    # The stream needs tokens, too.
    simulator.fault("revoke_sessions")
    await time.passes(2.0)
    assert task.done()
    assert await task == "rate_limited"
    await time.passes(120.0, 10.0)
    assert changes(controlled) == ["POST hold"]
    assert controlled.shows("101", "telephony_status") == "call_connected"
    assert await press(controlled, "hold_call") == "done"
