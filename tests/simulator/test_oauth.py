"""OAuth: sign-in, rotation, grace windows, the limit of five sessions."""

from base64 import urlsafe_b64encode
from hashlib import sha256
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from freezegun.api import TickingDateTimeFactory
import pytest

from simulator import Simulator, SimulatorOptions

from .client import JWT_GRANT, Answer, Client

_REDIRECT = "http://127.0.0.1:8123/auth/external/callback"
_VERIFIER = "v" * 43
_CHALLENGE = (
    urlsafe_b64encode(sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def _oauth_error(answer: Answer) -> tuple[int, str, str]:
    return (
        answer.status,
        answer.body["error"],
        answer.body["errors"][0]["errorCode"],
    )


def _rest_error(answer: Answer) -> tuple[int, str, str]:
    return (
        answer.status,
        answer.body["errorCode"],
        answer.body["errors"][0]["errorCode"],
    )


async def test_jwt_sign_in_answers_with_all_fields(stranger: Client) -> None:
    """And the scope lists the app's permissions."""
    answer = await stranger.sign_in()

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.body["token_type"] == "bearer"
    assert answer.body["expires_in"] == pytest.approx(3600, abs=1)
    assert answer.body["refresh_token_expires_in"] == pytest.approx(604800, abs=1)
    assert answer.body["owner_id"] == "297277020"
    assert {"ReadPresence", "SubscriptionWebSocket"} <= set(
        answer.body["scope"].split()
    )
    assert set(answer.body) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "scope",
        "owner_id",
        "endpoint_id",
        "session_id",
    }


async def test_token_answer_by_switch(stranger: Client) -> None:
    """No refresh token for an app without that setting, no session id in older texts."""
    stranger.simulator.switches.refresh_tokens = False
    stranger.simulator.switches.session_id_in_token = False

    answer = await stranger.sign_in()

    assert not {"refresh_token", "refresh_token_expires_in", "session_id"} & set(
        answer.body
    )


@pytest.mark.parametrize(
    ("wanted", "granted"), [("-1", 600), ("60", 600), ("1200", 1200), ("9999", 3600)]
)
async def test_life_out_of_range_is_no_error(
    stranger: Client, wanted: str, granted: int
) -> None:
    """Too short becomes 600, too long the default."""
    answer = await stranger.request_token(
        grant_type=JWT_GRANT,
        assertion=stranger.simulator.jwt,
        access_token_ttl=wanted,
    )

    assert answer.body["expires_in"] == pytest.approx(granted, abs=1)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": JWT_GRANT, "assertion": "x.y.z"}, ("invalid_grant", "OAU-213")),
        (
            {"grant_type": "refresh_token", "refresh_token": "x"},
            ("invalid_grant", "OAU-213"),
        ),
        (
            {"grant_type": "authorization_code", "code": "x"},
            ("invalid_grant", "OAU-106"),
        ),
        ({"grant_type": "password"}, ("unauthorized_client", "OAU-251")),
        ({"grant_type": "odd"}, ("unsupported_grant_type", "OAU-250")),
        ({}, ("invalid_request", "OAU-250")),
    ],
)
async def test_bad_grant_is_refused(
    stranger: Client, form: dict[str, str], error: tuple[str, str]
) -> None:
    """400 with an OAuth error."""
    form = form or {"client_id": stranger.simulator.client_id}

    assert _oauth_error(await stranger.request_token(**form)) == (400, *error)


async def test_revoked_jwt_is_refused(stranger: Client) -> None:
    """As after its deletion in the developer console."""
    stranger.simulator.oauth.revoked_jwts.add(stranger.simulator.jwt)

    assert _oauth_error(await stranger.sign_in()) == (400, "invalid_grant", "OAU-211")


async def test_disabled_user_cannot_sign_in(stranger: Client) -> None:
    """The credential itself is good."""
    stranger.simulator.change_extension("101", status="Disabled")

    assert _oauth_error(await stranger.sign_in()) == (400, "invalid_grant", "OAU-236")


async def _with_client(
    stranger: Client, header: str | None, client_id: str | None = None
) -> Answer:
    form = {"grant_type": JWT_GRANT, "assertion": stranger.simulator.jwt}
    if client_id is not None:
        form["client_id"] = client_id
    headers = {} if header is None else {"Authorization": header}
    return await stranger.call(
        "POST", "/restapi/oauth/token", form=form, headers=headers, authorized=False
    )


async def test_client_authentication_of_a_confidential_app(stranger: Client) -> None:
    """Basic with or without the same id in the form; nothing else."""
    simulator = stranger.simulator
    simulator.switches.rate_limits = False
    basic = aiohttp.encode_basic_auth
    good = basic(simulator.client_id, simulator.client_secret)

    assert (await _with_client(stranger, good)).status == 200
    assert (await _with_client(stranger, good, simulator.client_id)).status == 200
    for header, client_id, code in (
        (good, "another", "OAU-153"),
        (None, None, "OAU-123"),
        (None, simulator.client_id, "OAU-123"),
        (None, "unknown", "OAU-153"),
        (basic("unknown", "x"), None, "OAU-153"),
        (basic(simulator.client_id, "wrong"), None, "OAU-146"),
        ("Basic !!!", None, "OAU-134"),
        ("Bearer x", None, "OAU-134"),
    ):
        answer = await _with_client(stranger, header, client_id)
        assert _oauth_error(answer) == (400, "invalid_client", code)


async def test_wrong_secret_by_switch(stranger: Client) -> None:
    """Both status and code are uncertain."""
    simulator = stranger.simulator
    simulator.switches.wrong_secret_status = 401
    simulator.switches.wrong_secret_code = "OAU-153"

    answer = await _with_client(
        stranger, aiohttp.encode_basic_auth(simulator.client_id, "wrong")
    )

    assert _oauth_error(answer) == (401, "invalid_client", "OAU-153")


async def test_client_authentication_of_a_public_app(stranger: Client) -> None:
    """Id in the form; a Basic header with empty secret by switch."""
    simulator = stranger.simulator
    public = simulator.public_client_id
    empty = aiohttp.encode_basic_auth(public, "")

    assert (await _with_client(stranger, None, public)).status == 200
    assert (await _with_client(stranger, empty)).status == 200
    simulator.switches.public_app_with_basic = "refuse"
    assert _oauth_error(await _with_client(stranger, empty))[1] == "invalid_client"


async def test_body_that_is_no_form_is_415(stranger: Client) -> None:
    """JSON is not understood at the token endpoint."""
    answer = await stranger.call("POST", "/restapi/oauth/token", json={})

    assert answer.status == 415


# Rotation


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_refresh_kills_the_old_access_token_at_once(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """First it is called corrupted, later not found."""
    old = client.token
    await client.refresh()
    client.token, new = old, client.token

    assert _rest_error(await client.get("")) == (401, "TokenInvalid", "OAU-129")
    freezer.tick(11)
    assert _rest_error(await client.get("")) == (401, "TokenInvalid", "OAU-213")
    client.token = new
    assert (await client.get("")).status == 200


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_repeated_refresh_gets_the_same_tokens_for_10_s_after_use(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """Then the old refresh token is gone."""
    old = client.refresh_token
    first = await client.refresh()
    await client.get("")

    again = await client.refresh(old)
    assert again.body["access_token"] == first.body["access_token"]
    assert again.body["refresh_token"] == first.body["refresh_token"]
    freezer.tick(11)
    assert _oauth_error(await client.refresh(old)) == (400, "invalid_grant", "OAU-213")


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_refresh_whose_answer_was_lost_can_be_repeated_for_an_hour(
    client: Client, freezer: TickingDateTimeFactory
) -> None:
    """As long as the new access token is unused."""
    old = client.refresh_token
    first = await client.refresh()
    freezer.tick(3500)

    again = await client.refresh(old)
    assert again.body["access_token"] == first.body["access_token"]
    assert again.body["expires_in"] <= 100
    freezer.tick(200)
    assert _oauth_error(await client.refresh(old)) == (400, "invalid_grant", "OAU-213")


async def test_lost_answer_leaves_the_client_with_a_good_old_refresh_token(
    client: Client,
) -> None:
    """The fault that this grace window is for."""
    client.simulator.fault("lost_answer", path="/restapi/oauth/token")
    old = client.refresh_token
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.refresh()

    answer = await client.refresh(old)

    assert answer.status == 200
    assert (await client.get("")).status == 200


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_tokens_expire(client: Client, freezer: TickingDateTimeFactory) -> None:
    """The access token after an hour, the refresh token after a week."""
    freezer.tick(3601)
    assert _rest_error(await client.get("")) == (401, "TokenExpired", "OAU-128")
    freezer.tick(604800)
    assert _oauth_error(await client.refresh()) == (400, "invalid_grant", "OAU-210")


# Sessions


async def test_sixth_sign_in_revokes_the_oldest_session(client: Client) -> None:
    """Its access token, refresh token and socket are gone."""
    client.simulator.switches.rate_limits = False
    first, first_refresh = client.token, client.refresh_token
    socket = await client.connect()
    for _ in range(5):
        await client.sign_in()
    client.token = first

    assert _rest_error(await client.get("")) == (401, "TokenInvalid", "OAU-213")
    assert _oauth_error(await client.refresh(first_refresh)) == (
        400,
        "invalid_grant",
        "OAU-211",
    )
    assert (await socket.receive())[1]["errorCode"] == "OAU-213"


async def test_sixth_sign_in_is_refused_by_switch(client: Client) -> None:
    """The other reading: 429, and the old sessions live."""
    client.simulator.switches.rate_limits = False
    client.simulator.switches.sixth_sign_in = "refuse"
    for _ in range(4):
        await client.sign_in()

    assert (await client.sign_in()).status == 429
    assert len(client.simulator.oauth.sessions) == 5


async def test_sessions_of_another_app_are_counted_apart(client: Client) -> None:
    """Five per user and app."""
    client.simulator.switches.rate_limits = False
    for _ in range(4):
        await client.sign_in()
    await _with_client(client, None, client.simulator.public_client_id)

    assert len(client.simulator.oauth.sessions) == 6


async def test_revoke_ends_the_session(client: Client) -> None:
    """By access or refresh token; an empty one is an error."""
    form = {"token": client.refresh_token}
    basic = aiohttp.encode_basic_auth(
        client.simulator.client_id, client.simulator.client_secret
    )
    headers = {"Authorization": basic}

    answer = await client.call(
        "POST", "/restapi/oauth/revoke", form=form, headers=headers
    )
    assert (answer.status, answer.body) == (200, b"")
    assert (await client.get("")).status == 401
    empty = await client.call(
        "POST", "/restapi/oauth/revoke", form={"token": ""}, headers=headers
    )
    assert _rest_error(empty) == (400, "InvalidParameter", "CMN-101")


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, ("AGW-401", "AGW-401")),
        ("Basic abc", ("AGW-402", "AGW-402")),
        ("Bearer", ("AGW-402", "AGW-402")),
        ("Bearer nonsense", ("TokenInvalid", "OAU-213")),
    ],
)
async def test_unusable_authorization_is_401(
    stranger: Client, header: str | None, error: tuple[str, str]
) -> None:
    """By the gateway or by the platform."""
    headers = {} if header is None else {"Authorization": header}

    answer = await stranger.call("GET", "/restapi/v1.0/account/~", headers=headers)

    assert _rest_error(answer) == (401, *error)


async def test_token_is_accepted_in_any_spelling_and_from_the_query(
    client: Client,
) -> None:
    """Two of RingCentral's SDKs send `bearer`."""
    path = "/restapi/v1.0/account/~"
    lower = await client.call(
        "GET", path, headers={"Authorization": f"bearer {client.token}"}
    )
    query = await client.call(
        "GET", path, params=[("access_token", client.token)], authorized=False
    )

    assert (lower.status, query.status) == (200, 200)


# Authorization code


async def _authorize(
    stranger: Client, decision: str | None = None, **form: str
) -> Answer:
    fields = {
        "response_type": "code",
        "client_id": stranger.simulator.public_client_id,
        "redirect_uri": _REDIRECT,
        "state": "a b&c",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
        **form,
    }
    if decision is None:
        return await stranger.call(
            "GET", "/restapi/oauth/authorize", params=list(fields.items())
        )
    return await stranger.call(
        "POST", "/restapi/oauth/authorize", form={**fields, "decision": decision}
    )


def _redirected(answer: Answer) -> dict[str, str]:
    assert answer.status == 302
    location = answer.headers["Location"]
    assert location.startswith(f"{_REDIRECT}?")
    return dict(parse_qsl(urlsplit(location).query))


async def _exchange(stranger: Client, **form: str) -> Answer:
    return await stranger.call(
        "POST",
        "/restapi/oauth/token",
        form={
            "grant_type": "authorization_code",
            "client_id": stranger.simulator.public_client_id,
            "redirect_uri": _REDIRECT,
            "code_verifier": _VERIFIER,
            **form,
        },
    )


async def test_code_with_pkce_signs_the_selected_user_in(stranger: Client) -> None:
    """The page repeats the request in its form; the code works once."""
    page = await _authorize(stranger)
    assert page.status == 200
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.body.decode())
    )
    assert fields["state"] == "a b&amp;c"
    user = stranger.simulator.extension("103")

    answer = _redirected(await _authorize(stranger, "allow", owner_id=user.id))
    assert (answer["state"], answer["expires_in"]) == ("a b&c", "60")
    token = await _exchange(stranger, code=answer["code"])
    assert token.body["owner_id"] == user.id
    again = await _exchange(stranger, code=answer["code"])
    assert _oauth_error(again) == (400, "invalid_grant", "OAU-106")


async def test_refused_consent_returns_access_denied(stranger: Client) -> None:
    """With the state, without a code."""
    answer = _redirected(await _authorize(stranger, "deny"))

    assert answer == {"error": "access_denied", "state": "a b&c"}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"code_verifier": "w" * 43}, "OAU-106"),
        ({"redirect_uri": "http://127.0.0.1/other"}, "OAU-109"),
    ],
)
async def test_wrong_exchange_of_a_code_is_refused(
    stranger: Client, form: dict[str, str], code: str
) -> None:
    """And spends the code."""
    answer = _redirected(await _authorize(stranger, "allow"))

    refused = await _exchange(stranger, code=answer["code"], **form)

    assert _oauth_error(refused) == (400, "invalid_grant", code)


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_code_lives_60_s(
    stranger: Client, freezer: TickingDateTimeFactory
) -> None:
    """No longer."""
    answer = _redirected(await _authorize(stranger, "allow"))
    freezer.tick(61)

    refused = await _exchange(stranger, code=answer["code"])

    assert _oauth_error(refused) == (400, "invalid_grant", "OAU-108")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "unknown"}, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example/"}, "invalid_request"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_bad_authorization_request_is_400_without_redirect(
    stranger: Client, form: dict[str, str], error: str
) -> None:
    """The browser stays where it is."""
    answer: Any = await _authorize(stranger, **form)

    assert (answer.status, answer.body["error"]) == (400, error)


def test_credentials_are_the_same_for_a_seed() -> None:
    """So that a test can write them down; ids do not even depend on the seed."""
    first, same, other = (
        Simulator(SimulatorOptions(port=0, seed=seed)) for seed in (1, 1, 2)
    )

    assert first.client_id == same.client_id == "XLzOPAbwxaicyu8JFAchxw"
    assert (first.client_secret, first.jwt) == (same.client_secret, same.jwt)
    assert first.jwt != other.jwt
    assert [item.id for item in first.extensions] == [
        item.id for item in other.extensions
    ]
    assert [item.name for item in first.extensions] != [
        item.name for item in other.extensions
    ]
