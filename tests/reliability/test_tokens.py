"""Tokens and their endpoint: the connection stays, without a sign-in by the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ringcentral.const import GRACE, SAFETY_POLL_INTERVAL
from custom_components.ringcentral.oauth import JwtImplementation
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import Account, add_account
from .common import (
    API,
    MOVED_TIME,
    TOKEN,
    WSTOKEN,
    Time,
    call_events,
    is_pushed,
    link,
    lose_push,
    messages,
    never_unavailable,
    request_statuses,
    unseen,
)

pytestmark = MOVED_TIME

_QUARTER = SAFETY_POLL_INTERVAL.total_seconds()


@contextmanager
def reauthentications() -> Iterator[list[None]]:
    """Count how often the user would be request_statuses to sign in again."""
    sign_ins: list[None] = []
    with patch.object(
        ConfigEntry,
        "async_start_reauth_if_available",
        lambda *_args, **_kwargs: sign_ins.append(None),
    ):
        yield sign_ins


async def _signed_in(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Sign in, and wait until the rate limits are unused again."""
    account = await add_account(hass, simulator)
    await time.passes(61)
    simulator.log.clear()
    return account


async def test_tokens_expire_and_are_refreshed_with_the_connection_untouched(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Three hours, with tokens of one hour."""
    account = await _signed_in(hass, simulator, time)
    first = account.entry.data["token"]["access_token"]

    with never_unavailable(account):
        await time.passes(3 * 3600, step=5)

    assert account.entry.data["token"]["access_token"] != first
    assert request_statuses(simulator, TOKEN) == [200] * 3
    assert request_statuses(simulator, "/ws", over="disconnect") == []
    assert len(simulator.oauth.sessions) == 1
    assert link(account) == ("push", None)
    assert account.shows(None, "interruptions") == "0"


async def test_refresh_whose_answer_is_lost_is_repeated_with_the_same_token(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The platform answers the same again for a while; no new sign-in is needed."""
    account = await _signed_in(hass, simulator, time)
    session = simulator.oauth.sessions
    simulator.fault("lost_answer", path=TOKEN)
    with reauthentications() as bothered, never_unavailable(account):
        await time.passes(3600 + _QUARTER + 60, step=5)

    assert request_statuses(simulator, TOKEN)[:2] == [200, 200]
    assert all(status == 200 for status in request_statuses(simulator, TOKEN))
    assert simulator.oauth.sessions == session
    assert bothered == []
    assert request_statuses(simulator, "/ws", over="disconnect") == []


async def test_stream_and_poll_that_need_a_new_token_at_once_refresh_once(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """A second refresh would end the token of the first."""
    account = await _signed_in(hass, simulator, time)
    simulator.fault("expire_tokens")
    simulator.fault("late", path=TOKEN, delay=2)

    await lose_push(account)
    await time.passes(1.1)
    snapshots = account.coordinator.history.snapshots
    refresh = hass.async_create_task(account.coordinator.async_refresh())
    await time.passes_until(is_pushed(account), within=10)
    await refresh

    assert request_statuses(simulator, TOKEN) == [200]
    assert account.coordinator.history.snapshots > snapshots


async def test_sign_in_over_the_limit_elsewhere_is_answered_by_one_exchange_of_the_jwt(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """It ends session and connection; the user has to do nothing."""
    simulator.switches.rate_limits = False
    account = await _signed_in(hass, simulator, time)
    (ours,) = simulator.oauth.sessions
    elsewhere = JwtImplementation(hass, account.entry.data).endpoint
    with reauthentications() as bothered, call_events(hass, simulator) as events:
        for _ in range(5):
            await elsewhere.exchange_jwt(simulator.jwt)
            await time.passes(15)
        assert ours.revoked
        await time.passes_until(is_pushed(account), within=120)
        await time.passes(130)
        simulator.ring(to="102", from_="+16505550123")
        await time.settle()

    assert bothered == []
    assert events == ["102 ringing"]
    assert len(simulator.oauth.sessions) == 5
    assert request_statuses(simulator, TOKEN) == [200] * 5 + [400, 200]
    assert unseen(account) > 0


@pytest.mark.parametrize("meets", ["link", "poll"])
async def test_dead_refresh_token_costs_one_exchange_of_the_jwt(
    hass: HomeAssistant, simulator: Simulator, time: Time, meets: str
) -> None:
    account = await _signed_in(hass, simulator, time)
    with reauthentications() as bothered:
        simulator.fault("revoke_sessions")
        if meets == "poll":
            await account.coordinator.async_refresh()
        await time.passes_until(is_pushed(account), within=20)
        await time.passes(_QUARTER, step=5)

    assert request_statuses(simulator, TOKEN) == [400, 200]
    assert len(simulator.oauth.sessions) == 1
    assert bothered == []


async def test_revoked_jwt_asks_the_user_and_makes_no_storm(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One try of each credential in a whole hour, and one line for each thing."""
    account = await _signed_in(hass, simulator, time)
    caplog.clear()
    simulator.oauth.revoked_jwts.add(simulator.jwt)
    with reauthentications() as bothered:
        simulator.fault("revoke_sessions")
        await time.passes(3600, step=5)

    assert request_statuses(simulator, TOKEN) == [400, 400]
    assert bothered
    assert link(account) == ("down", "invalid_grant")
    assert account.entry.state is ConfigEntryState.LOADED
    (lost, refused) = messages(caplog)
    assert lost.startswith("RingCentral does not push changes")
    assert refused.startswith("RingCentral refuses the credentials")


async def test_token_that_only_rest_refuses_asks_the_user_all_the_same(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Live updates continue, so the failure would stay unnoticed."""
    account = await _signed_in(hass, simulator, time)
    account_path = "/restapi/v1.0/account"
    simulator.fault(
        "error", path=account_path, status=401, errorCode="OAU-151", seconds=3600
    )
    with reauthentications() as bothered:
        await time.passes(_QUARTER + 60, step=30)

    assert bothered
    assert link(account) == ("push", None)


async def test_refusal_that_a_poll_beside_push_meets_is_logged_once(
    hass: HomeAssistant,
    simulator: Simulator,
    time: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One extension is polled, for its filter is disabled; the others are pushed on."""
    account = await _signed_in(hass, simulator, time)
    extension_id = simulator.extension("102").id
    simulator.fault("disable_filter", seconds=86400, filter=f"/{extension_id}/")
    simulator.fault("recovery_failed")
    await lose_push(account)
    await time.passes_until(is_pushed(account), within=5)
    await time.passes(5)
    simulator.log.clear()
    caplog.clear()
    simulator.oauth.revoked_jwts.add(simulator.jwt)
    simulator.fault("token_refused", seconds=86400, error="invalid_grant")
    simulator.fault("expire_tokens")
    with reauthentications() as bothered:
        await time.passes(61)
        assert bothered
        await time.passes(GRACE)

    (message,) = messages(caplog)
    assert message.startswith("RingCentral refuses the credentials: invalid_grant")
    assert request_statuses(simulator, TOKEN) == [400, 400]
    assert link(account) == ("push", None)
    assert account.shows("102", "presence") == STATE_UNAVAILABLE
    assert account.shows("103", "presence") == "available"


TROUBLE = {
    "500": {"name": "error", "status": 500},
    "502": {"name": "error", "status": 502},
    "503": {"name": "maintenance"},
    "429": {"name": "rate_limit"},
    "429 with Retry-After": {"name": "rate_limit", "retryAfter": "45"},
    "429 with a long Retry-After": {"name": "rate_limit", "retryAfter": "300"},
    "captive portal": {"name": "html"},
    "half an answer": {"name": "broken_json"},
    "reset": {"name": "reset"},
    "no answer": {"name": "no_answer"},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_trouble_of_the_token_endpoint_is_waited_out_with_the_credentials_kept(
    hass: HomeAssistant, simulator: Simulator, time: Time, trouble: dict[str, Any]
) -> None:
    """The user need not sign in again, and nothing is sent during a penalty."""
    account = await _signed_in(hass, simulator, time)
    session = simulator.oauth.sessions
    simulator.fault(**trouble, path=TOKEN, seconds=400)
    simulator.fault("expire_tokens")
    with reauthentications() as bothered:
        await lose_push(account)
        await time.passes(390)
        assert link(account)[0] == "down"
        simulator.clear_faults()
        await time.passes_until(is_pushed(account), within=330)
        await time.passes(2)

    assert bothered == []
    assert simulator.oauth.sessions == session
    assert account.shows("102", "presence") == "available"
    # The log has the time of an answer; here there was none.
    auth = [
        record
        for record in simulator.log
        if record.path in (TOKEN, WSTOKEN) and trouble["name"] != "no_answer"
    ]
    for record in auth:
        following = [r for r in auth if 0 <= r.time - record.time < 59]
        assert len(following) <= simulator.switches.auth_limit
        if record.status == 429:
            penalty = float(trouble.get("retryAfter", 60))
            assert all(not 0 < r.time - record.time < penalty for r in auth)


async def test_rate_limit_of_one_group_does_not_stop_the_others(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """Polls continue during a penalty of the token endpoint."""
    account = await _signed_in(hass, simulator, time)
    simulator.fault("rate_limit", path=WSTOKEN, seconds=300, retryAfter="120")
    with never_unavailable(account):
        await lose_push(account)
        await time.passes(200)
        assert link(account) == ("polling", "rate_limited")
        simulator.ring(to="102", from_="+16505550123")
        await time.passes(62)
        assert account.shows("102", "telephony_status") == "ringing"
        await time.passes_until(is_pushed(account), within=400)

    times = [record.time for record in simulator.log if record.path == WSTOKEN]
    assert min(b - a for a, b in pairwise(times)) >= 120


async def test_wrong_expiry_of_a_token_is_corrected_at_the_first_refusal(
    hass: HomeAssistant, simulator: Simulator, time: Time
) -> None:
    """The stored token is valid for another day; the platform rejects it."""
    account = await _signed_in(hass, simulator, time)
    data = account.entry.data
    token = {**data["token"], "expires_at": data["token"]["expires_at"] + 86400}
    hass.config_entries.async_update_entry(account.entry, data={**data, "token": token})
    simulator.fault("expire_tokens")

    await lose_push(account)
    await time.passes_until(is_pushed(account), within=3)

    assert request_statuses(simulator, WSTOKEN) == [401, 200]
    assert request_statuses(simulator, TOKEN) == [200]
    assert request_statuses(simulator, API) == []
