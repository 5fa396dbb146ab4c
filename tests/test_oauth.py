"""Tokens of an account that signed in with a JWT: refreshed, replaced, refused."""

import asyncio
from collections.abc import AsyncIterator
import time

from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    RateLimitedError,
    Reason,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.oauth import JwtImplementation, transport_for
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session
from simulator import Simulator

from .common import Account, add_account

pytestmark = pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)

_TOKEN = "/restapi/oauth/token"
_HOUR = 3600


@pytest.fixture
async def account(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Account]:
    """Sign in, and let the minute pass whose few requests that has used up."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    freezer.tick(61)
    yield account
    await hass.config_entries.async_unload(account.entry.entry_id)


def token_requests(simulator: Simulator) -> list[int]:
    """Return the statuses of the answers of the token endpoint."""
    return [record.status for record in simulator.log if record.path == _TOKEN]


async def test_a_token_is_refreshed_when_it_expires(
    account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """The session goes on with a new pair, which the entry holds from then on."""
    before = account.entry.data["token"]
    session = account.simulator.oauth.session_of(before["access_token"])
    freezer.tick(_HOUR)

    assert (await account.coordinator.rest.account()).id

    after = account.entry.data["token"]
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert _HOUR - 10 < after["expires_at"] - time.time() <= _HOUR
    assert account.simulator.oauth.session_of(after["access_token"]) is session
    assert account.entry.state is ConfigEntryState.LOADED


async def test_many_calls_at_once_make_one_refresh(
    account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """A second refresh would end the token of the first."""
    freezer.tick(_HOUR)
    rest = account.coordinator.rest

    found = await asyncio.gather(*(rest.extension() for _ in range(20)))

    assert len({extension.id for extension in found}) == 1
    assert token_requests(account.simulator) == [200]


async def test_a_token_that_ends_early_is_replaced_at_the_first_refusal(
    account: Account,
) -> None:
    """The stored time of its end is by another clock, or a guess."""
    account.simulator.fault("expire_tokens")

    assert (await account.coordinator.rest.account()).id

    assert token_requests(account.simulator) == [200]


async def test_rejection_of_a_replaced_token_changes_nothing(
    account: Account,
) -> None:
    """A slow request comes back after a quick one has refreshed."""
    data = account.entry.data
    account.coordinator.rest._tokens.access_token_rejected("the former one")

    assert account.entry.data is data


async def test_a_refusal_after_the_removal_of_the_account_changes_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A request was in progress."""
    account = await add_account(hass, simulator, groups=[], extensions=["102"])
    tokens = account.coordinator.rest._tokens
    data = account.entry.data
    await hass.config_entries.async_remove(account.entry.entry_id)

    tokens.access_token_rejected(data["token"]["access_token"])

    assert account.entry.data is data
    assert hass.config_entries.async_entries(account.entry.domain) == []


async def test_a_dead_session_is_replaced_by_the_jwt(account: Account) -> None:
    """Another sign-in may have replaced it: the user has to do nothing."""
    former = account.simulator.oauth.sessions
    account.simulator.fault("revoke_sessions")

    assert (await account.coordinator.rest.account()).id

    assert token_requests(account.simulator) == [400, 200]
    (session,) = account.simulator.oauth.sessions
    assert session not in former


async def test_an_app_without_refresh_tokens_signs_in_by_the_jwt_each_time(
    account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """That setting of an app is off by default."""
    account.simulator.switches.refresh_tokens = False
    freezer.tick(_HOUR)
    assert (await account.coordinator.rest.account()).id
    assert account.entry.data["token"]["refresh_token"] is None

    account.simulator.log.clear()
    freezer.tick(_HOUR)
    assert (await account.coordinator.rest.account()).id
    assert token_requests(account.simulator) == [200]


async def test_rejected_credentials_are_asked_for_once_only(
    account: Account, hass: HomeAssistant
) -> None:
    """Until the entry is set up again: each further request is a refused sign-in."""
    simulator, rest = account.simulator, account.coordinator.rest
    simulator.oauth.revoked_jwts.add(simulator.jwt)
    simulator.fault("revoke_sessions")

    for _ in range(3):
        with pytest.raises(AuthenticationError) as refused:
            await rest.account()
        assert refused.value.reason is Reason.INVALID_GRANT
        assert refused.value.code == "OAU-211"
    assert token_requests(simulator) == [400, 400]

    simulator.oauth.revoked_jwts.clear()
    assert await hass.config_entries.async_reload(account.entry.entry_id)
    assert (await account.coordinator.rest.account()).id


async def test_a_rejected_app_does_not_try_the_jwt_as_well(account: Account) -> None:
    """The secret was changed: it would be refused there, too."""
    account.simulator.fault("expire_tokens")
    account.simulator.fault(
        "token_refused", seconds=60, error="invalid_client", errorCode="OAU-146"
    )

    with pytest.raises(AuthenticationError) as refused:
        await account.coordinator.rest.account()

    assert refused.value.reason is Reason.INVALID_CLIENT
    assert token_requests(account.simulator) == [400]


async def test_no_answer_about_the_credentials_is_no_refusal(account: Account) -> None:
    """The reason stays visible, and the next call retries."""
    simulator, rest = account.simulator, account.coordinator.rest
    simulator.fault("expire_tokens")
    simulator.fault("maintenance", path=_TOKEN)
    with pytest.raises(ServiceUnavailableError) as down:
        await rest.account()
    assert down.value.reason is Reason.MAINTENANCE

    simulator.fault("html", path=_TOKEN)
    with pytest.raises(ConnectionFailedError) as portal:
        await rest.account()
    assert portal.value.reason is Reason.UNEXPECTED_ANSWER

    assert (await rest.account()).id


async def test_an_error_of_the_session_itself_is_no_refusal_either(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant's own code around the token request can fail as well."""

    async def fail(_session: OAuth2Session) -> None:
        raise TimeoutError

    monkeypatch.setattr(OAuth2Session, "async_ensure_token_valid", fail)

    with pytest.raises(ConnectionFailedError):
        await account.coordinator.rest.account()


async def test_a_penalty_outlives_a_reload(
    account: Account, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each request during it would start it again."""
    account.simulator.fault("rate_limit", path="/restapi/v1.0", retryAfter=300)
    with pytest.raises(RateLimitedError):
        await account.coordinator.rest.account()
    await hass.config_entries.async_unload(account.entry.entry_id)
    freezer.tick(200)
    account.simulator.log.clear()

    await hass.config_entries.async_setup(account.entry.entry_id)

    assert account.entry.state is ConfigEntryState.SETUP_RETRY
    assert account.entry.error_reason_translation_key == "rate_limited"
    assert not any(r.path.endswith("/presence") for r in account.simulator.log)


async def test_the_entry_has_its_authentication_method(
    hass: HomeAssistant, account: Account
) -> None:
    """Its authentication method is built from its data, by this name."""
    data = account.entry.data
    implementation = JwtImplementation(hass, data)
    assert implementation.name == "JWT"
    assert implementation.domain == data["auth_implementation"]


async def test_cookies_of_an_account_are_not_sent_for_another(
    hass: HomeAssistant,
) -> None:
    """Also if both use the same app on the same server."""
    server = "https://platform.example"
    first, second = (transport_for(hass, server, "app") for _ in range(2))
    shared = async_get_clientsession(hass)

    first.session.cookie_jar.update_cookies({"session": "1"}, URL(server))

    jars = [one.cookie_jar for one in (first.session, second.session, shared)]
    assert [len(jar.filter_cookies(URL(server))) for jar in jars] == [1, 0, 0]
    assert first.limiter is second.limiter


async def test_request_after_the_session_was_closed_is_an_error_of_the_connection(
    hass: HomeAssistant,
) -> None:
    """An entry is unloaded while an action is running."""
    transport = transport_for(hass, "https://platform.example", "app")
    transport.session.detach()

    with pytest.raises(ConnectionFailedError) as failed:
        await transport.request("GET", "/a", RateGroup.LIGHT)

    assert failed.value.reason is Reason.CANNOT_CONNECT
