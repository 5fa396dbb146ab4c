"""The token endpoint: exchange, refresh with rotation, revoke, and every refusal."""

import asyncio
import time

import aiohttp
from aiohttp import web
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.auth import (
    App,
    Token,
    TokenEndpoint,
    has_permission,
)
from custom_components.ringcentral.api.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    RateLimitedError,
    Reason,
    RingCentralError,
    ServiceUnavailableError,
    TemporaryError,
)
from simulator import Simulator, SimulatorOptions
from simulator.base.switches import Switches

from .client import TOKEN_PATH, Client, new_transport, serve, serve_answer

TOKEN = {"access_token": "access", "expires_in": 3600}


async def authorized(client: Client, access_token: str) -> int:
    """Return the status of a request with an access token."""
    async with client.session.get(
        f"{client.simulator.server}/restapi/v1.0/account/~",
        headers={"Authorization": f"Bearer {access_token}"},
    ) as answer:
        return answer.status


# What works


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_jwt_is_exchanged_for_a_pair_of_tokens(client: Client) -> None:
    """With the time they end, and what they are good for."""
    token = await client.endpoint.exchange_jwt(client.simulator.jwt)

    assert token.refresh_token
    assert token.expires_in in (3599, 3600)
    assert token.expires_at == pytest.approx(time.time() + 3600, abs=2)
    assert "ReadPresence" in token.scope.split()
    assert token.owner_id == client.simulator.users[0].id
    assert await authorized(client, token.access_token) == 200


async def test_public_app_signs_in_without_a_secret(client: Client) -> None:
    """The platform refuses a Basic header with an empty secret."""
    client.simulator.switches.public_app_with_basic = "refuse"
    endpoint = client.endpoint_for(client.simulator.public_client_id, None)

    token = await endpoint.exchange_jwt(client.simulator.jwt)
    assert token.refresh_token is not None
    token = await endpoint.refresh(token.refresh_token)
    assert await authorized(client, token.access_token) == 200
    await endpoint.revoke(token.access_token)

    assert await authorized(client, token.access_token) == 401


@pytest.mark.parametrize(
    ("secret", "header", "form_id"),
    [
        ("s:ecret ü", "Basic Y2xpZW50OnM6ZWNyZXQgw7w=", None),
        (None, None, "client"),
        ("", None, "client"),
    ],
)
async def test_client_authentication_is_that_of_the_kind_of_app(
    session: aiohttp.ClientSession,
    secret: str | None,
    header: str | None,
    form_id: str | None,
) -> None:
    """A Basic header for a confidential app, its id in the form for a public one."""
    seen: list[tuple[str | None, object]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        seen.append((request.headers.get("Authorization"), form.get("client_id")))
        return web.json_response(TOKEN)

    async with serve(answer) as server:
        endpoint = TokenEndpoint(
            new_transport(session, server),
            App(client_id="client", client_secret=secret),
        )
        await endpoint.exchange_jwt("jwt")
        await endpoint.refresh("refresh")
        await endpoint.revoke("token")

    assert seen == [(header, form_id)] * 3


async def test_refresh_rotates_both_tokens(client: Client) -> None:
    """The old access token is dead at once."""
    first = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert first.refresh_token is not None

    second = await client.endpoint.refresh(first.refresh_token)

    assert second.access_token != first.access_token
    assert second.refresh_token not in (None, first.refresh_token)
    assert await authorized(client, first.access_token) == 401
    assert await authorized(client, second.access_token) == 200


async def test_refresh_repeated_after_a_lost_answer_gets_the_same_tokens(
    client: Client,
) -> None:
    """The old refresh token works while the new access token is unused."""
    first = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert first.refresh_token is not None
    client.simulator.fault("lost_answer", path=TOKEN_PATH)

    with pytest.raises(TemporaryError) as lost:
        await client.endpoint.refresh(first.refresh_token)
    second = await client.endpoint.refresh(first.refresh_token)

    assert lost.value.reason is Reason.CANNOT_CONNECT
    assert await authorized(client, second.access_token) == 200
    assert len(client.simulator.oauth.sessions) == 1


async def test_revoked_session_is_over(client: Client) -> None:
    """Both tokens of it; revoking it again does no harm."""
    token = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert token.refresh_token is not None

    await client.endpoint.revoke(token.refresh_token)

    assert await authorized(client, token.access_token) == 401
    assert client.simulator.oauth.sessions == []
    await client.endpoint.revoke(token.refresh_token)


async def test_app_without_refresh_tokens_gives_none(client: Client) -> None:
    """A setting of the app registration."""
    client.simulator.switches.refresh_tokens = False

    token = await client.endpoint.exchange_jwt(client.simulator.jwt)

    assert token.refresh_token is None
    assert token.as_dict()["refresh_token"] is None


def test_stored_form_of_a_token_has_everything() -> None:
    """In the keys of an OAuth answer."""
    token = Token(
        access_token="a",
        refresh_token="r",
        expires_in=3599,
        expires_at=1_772_438_400.5,
        scope="ReadPresence",
        owner_id="101",
    )

    assert token.as_dict() == {
        "access_token": "a",
        "refresh_token": "r",
        "expires_in": 3599,
        "expires_at": 1_772_438_400.5,
        "scope": "ReadPresence",
        "owner_id": "101",
        "token_type": "bearer",
    }


@pytest.mark.parametrize(
    ("extra", "refresh_token", "scope", "owner_id"),
    [
        ({}, None, "", None),
        ({"refresh_token": 7, "scope": ["x"], "owner_id": 7}, None, "", "7"),
        ({"refresh_token": "", "scope": "a b", "owner_id": "7"}, None, "a b", "7"),
    ],
)
async def test_token_answer_with_the_least_is_enough(
    session: aiohttp.ClientSession,
    extra: dict[str, object],
    refresh_token: str | None,
    scope: str,
    owner_id: str | None,
) -> None:
    """What is missing or odd beside the access token and its life is left out."""
    async with serve_answer({**TOKEN, **extra}) as server:
        endpoint = TokenEndpoint(
            new_transport(session, server), App(client_id="c", client_secret="s")
        )
        token = await endpoint.exchange_jwt("jwt")

    assert token.access_token == "access"
    assert (token.refresh_token, token.scope, token.owner_id) == (
        refresh_token,
        scope,
        owner_id,
    )


# What does not


async def refusal(work: object) -> RingCentralError:
    """Return the error that something is refused with."""
    assert asyncio.iscoroutine(work)
    with pytest.raises(RingCentralError) as refused:
        await work
    return refused.value


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("code", ["OAU-146", "OAU-153"])
async def test_wrong_secret_is_an_invalid_client(
    client: Client, status: int, code: str
) -> None:
    """With each error that the platform uses for it."""
    client.simulator.switches.change("wrong_secret_status", status)
    client.simulator.switches.change("wrong_secret_code", code)
    endpoint = client.endpoint_for(client.simulator.client_id, "wrong")

    err = await refusal(endpoint.exchange_jwt(client.simulator.jwt))

    assert isinstance(err, AuthenticationError)
    assert (err.reason, err.status, err.code) == (Reason.INVALID_CLIENT, status, code)
    assert err.request_id


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("unknown", "secret"), ("unknown", None), ("", "secret"), ("", None)],
)
async def test_unknown_client_is_an_invalid_client(
    client: Client, client_id: str, secret: str | None
) -> None:
    """Of either kind."""
    endpoint = client.endpoint_for(client_id, secret)

    err = await refusal(endpoint.exchange_jwt(client.simulator.jwt))

    assert isinstance(err, AuthenticationError)
    assert err.reason is Reason.INVALID_CLIENT


async def test_confidential_app_without_its_secret_is_an_invalid_client(
    client: Client,
) -> None:
    """The user left the field empty."""
    endpoint = client.endpoint_for(client.simulator.client_id, None)

    err = await refusal(endpoint.exchange_jwt(client.simulator.jwt))

    assert (err.reason, err.code) == (Reason.INVALID_CLIENT, "OAU-123")


async def test_client_id_with_a_colon_is_an_invalid_client(client: Client) -> None:
    """No Basic header can be made of it, so none is sent."""
    endpoint = client.endpoint_for("client:id", "secret")

    err = await refusal(endpoint.exchange_jwt(client.simulator.jwt))

    assert isinstance(err, AuthenticationError)
    assert err.reason is Reason.INVALID_CLIENT
    assert client.requests(TOKEN_PATH) == []


async def test_unknown_jwt_is_an_invalid_grant(client: Client) -> None:
    """Also one of another app."""
    err = await refusal(client.endpoint.exchange_jwt("ey.some.thing"))

    assert isinstance(err, AuthenticationError)
    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-213")


async def test_revoked_jwt_is_an_invalid_grant(client: Client) -> None:
    """Its owner deleted it."""
    client.simulator.oauth.revoked_jwts.add(client.simulator.jwt)

    err = await refusal(client.endpoint.exchange_jwt(client.simulator.jwt))

    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-211")


async def test_jwt_of_a_disabled_extension_is_an_invalid_grant(client: Client) -> None:
    """Its owner has left."""
    client.simulator.users[0].status = "Disabled"

    err = await refusal(client.endpoint.exchange_jwt(client.simulator.jwt))

    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-236")


async def test_refresh_token_of_a_revoked_session_is_an_invalid_grant(
    client: Client,
) -> None:
    """As after a change of the password."""
    token = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert token.refresh_token is not None
    client.simulator.fault("revoke_sessions")

    err = await refusal(client.endpoint.refresh(token.refresh_token))

    assert isinstance(err, AuthenticationError)
    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-211")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_refresh_token_left_unused_for_a_week_is_an_invalid_grant(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """The host was switched off."""
    token = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert token.refresh_token is not None
    freezer.tick(7 * 86400 + 1)

    err = await refusal(client.endpoint.refresh(token.refresh_token))

    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-210")


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_refresh_token_used_twice_is_an_invalid_grant(
    client: Client, freezer: StepTickTimeFactory
) -> None:
    """Once the new access token has been in use for some seconds."""
    token = await client.endpoint.exchange_jwt(client.simulator.jwt)
    assert token.refresh_token is not None
    second = await client.endpoint.refresh(token.refresh_token)
    await authorized(client, second.access_token)
    freezer.tick(11)

    err = await refusal(client.endpoint.refresh(token.refresh_token))

    assert (err.reason, err.code) == (Reason.INVALID_GRANT, "OAU-213")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("unauthorized_client", Reason.GRANT_NOT_ALLOWED),
        ("unsupported_grant_type", Reason.GRANT_NOT_ALLOWED),
        ("invalid_request", Reason.GRANT_NOT_ALLOWED),
        ("access_denied", Reason.INVALID_GRANT),
        ("expired_token", Reason.INVALID_GRANT),
    ],
)
async def test_grant_that_is_not_for_this_app_is_refused(
    client: Client, error: str, reason: Reason
) -> None:
    """The app registration lacks the JWT flow, for instance."""
    client.simulator.fault("token_refused", error=error, errorCode="OAU-251")

    err = await refusal(client.endpoint.exchange_jwt(client.simulator.jwt))

    assert isinstance(err, AuthenticationError)
    assert (err.reason, err.code) == (reason, "OAU-251")


@pytest.mark.parametrize("what", ["exchange", "refresh", "revoke"])
@pytest.mark.parametrize(
    ("fault", "params", "kind", "reason"),
    [
        ("html", {}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ("broken_json", {}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ("reset", {}, ConnectionFailedError, Reason.CANNOT_CONNECT),
        ("error", {"status": 404}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ("error", {"status": 403}, ConnectionFailedError, Reason.UNEXPECTED_ANSWER),
        ("error", {"status": 500}, ServiceUnavailableError, Reason.SERVER_ERROR),
        ("maintenance", {}, ServiceUnavailableError, Reason.MAINTENANCE),
        ("rate_limit", {}, RateLimitedError, Reason.RATE_LIMITED),
    ],
)
async def test_other_failures_do_not_concern_the_credentials(
    client: Client,
    what: str,
    fault: str,
    params: dict[str, int],
    kind: type[RingCentralError],
    reason: Reason,
) -> None:
    """The user need not sign in again."""
    client.simulator.fault(fault, path="/restapi/oauth/", **params)
    work = {
        "exchange": client.endpoint.exchange_jwt(client.simulator.jwt),
        "refresh": client.endpoint.refresh("refresh"),
        "revoke": client.endpoint.revoke("token"),
    }
    doing = work.pop(what)
    for other in work.values():
        other.close()

    err = await refusal(doing)

    assert isinstance(err, TemporaryError)
    assert type(err) is kind
    assert err.reason is reason


async def test_penalty_is_obeyed_without_another_request(client: Client) -> None:
    """Each request would restart it."""
    client.simulator.fault("rate_limit", path=TOKEN_PATH, retryAfter="40")
    await refusal(client.endpoint.exchange_jwt(client.simulator.jwt))

    err = await refusal(client.endpoint.exchange_jwt(client.simulator.jwt))

    assert isinstance(err, RateLimitedError)
    assert 30 < err.retry_after <= 40
    assert client.requests(TOKEN_PATH) == [429]


@pytest.mark.parametrize(
    "simulator_options",
    [SimulatorOptions(port=0, switches=Switches(sixth_sign_in="refuse"))],
)
@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_sign_in_over_the_quota_is_a_rate_limit(
    simulator: Simulator, client: Client, freezer: StepTickTimeFactory
) -> None:
    """One reading of the limit of five sessions; it has no Retry-After."""
    for _ in range(5):
        await client.endpoint.exchange_jwt(simulator.jwt)
    freezer.tick(61)

    err = await refusal(client.endpoint.exchange_jwt(simulator.jwt))

    assert isinstance(err, RateLimitedError)
    assert err.retry_after == 60


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "token",
        {"access_token": "a"},
        {"access_token": "a", "expires_in": -1},
        {"access_token": "a", "expires_in": "3600"},
        {"access_token": "a", "expires_in": None},
        {"access_token": "", "expires_in": 3600},
        {"access_token": 7, "expires_in": 3600},
        {"access_token": "a\nb", "expires_in": 3600},
        {"access_token": "a b", "expires_in": 3600},
        {"error": "invalid_grant"},
    ],
)
async def test_token_answer_without_a_token_is_unexpected(
    session: aiohttp.ClientSession, body: object
) -> None:
    """With status 200, so it is no refusal either."""
    async with serve_answer(body) as server:
        endpoint = TokenEndpoint(
            new_transport(session, server), App(client_id="c", client_secret="s")
        )
        err = await refusal(endpoint.exchange_jwt("jwt"))

    assert isinstance(err, ConnectionFailedError)
    assert err.reason is Reason.UNEXPECTED_ANSWER


# Scope


@pytest.mark.parametrize(
    ("scope", "permission", "granted"),
    [
        ("ReadPresence", "ReadPresence", True),
        ("EditPresence", "ReadPresence", True),
        ("ReadPresence", "EditPresence", False),
        ("Accounts", "ReadAccounts", True),
        ("EditAccounts X", "ReadAccounts", True),
        ("EditMessages", "ReadMessages", True),
        ("Contacts", "ReadContacts", True),
        ("ReadPresenceStatus", "ReadPresence", False),
        ("", "WebSocket", False),
        ("A WebSocket B", "WebSocket", True),
        ("TelephonySessions", "CallControl", True),
        ("CallControl", "TelephonySessions", False),
        ("RingOut", "CallControl", False),
    ],
)
def test_permission_in_a_scope(scope: str, permission: str, granted: bool) -> None:
    """Itself, or included in another one."""
    assert has_permission(scope, permission) is granted
