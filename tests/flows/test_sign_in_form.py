"""Values entered in the forms of the sign-in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import json
from typing import Any
from unittest.mock import AsyncMock

import pytest
import pytest_socket

from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..browser import Json, Visitor, query_of
from ..common import Account, sign_in, start_flow, submit
from ..forms import assert_shows, suggested, without_secrets
from .common import at, end_session, finish, reauth_step


async def test_the_server_of_ringcentral_is_the_default(hass: HomeAssistant) -> None:
    """Most users never open the section that it is in."""
    result = await start_flow(hass)
    assert result["data_schema"] is not None
    advanced = result["data_schema"].schema["advanced"]
    assert advanced.options == {"collapsed": True}
    assert advanced.schema({}) == {"server": "https://platform.ringcentral.com"}


async def test_blanks_that_pasting_brings_along_are_dropped(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A JWT copied from a narrow window has line breaks inside."""
    middle = len(simulator.jwt) // 2
    entered = {
        "client_id": f" {simulator.client_id}\n",
        "client_secret": f"\t{simulator.client_secret} ",
        "jwt": f" {simulator.jwt[:middle]}\n  {simulator.jwt[middle:]}\n",
        "advanced": {"server": f" {simulator.server}// "},
    }

    result = await submit(hass, await start_flow(hass), entered)

    entry = (await finish(hass, result))["result"]
    clean = sign_in(simulator)
    assert entry.data["server"] == clean.pop("advanced")["server"]
    assert {key: entry.data[key] for key in clean} == clean


@pytest.mark.parametrize(
    "pasted",
    [
        '"{}"',
        "'{}',",
        "“{}”",
        "`{}`",
        "Bearer {}",
        "bearer\n{}",
        '"Authorization: Bearer {}"',
        "-H 'Authorization: Bearer {}'",
        '--header "authorization: bearer {}" \\',
        "\ufeff\u200b{}\u200e\u2060",
        "- {}",
        "<{}>",
    ],
)
async def test_jwt_is_freed_from_what_is_copied_along_with_it(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, pasted: str
) -> None:
    """Also from line breaks and invisible characters inside."""
    jwt = simulator.jwt
    broken = f"{jwt[:9]}\r\n{jwt[9:20]}\u200b{jwt[20:30]}\u00ad\u2028{jwt[30:]}"
    entered = sign_in(simulator) | {"jwt": pasted.format(broken)}

    result = await submit(hass, await start_flow(hass), entered)

    assert (await finish(hass, result))["result"].data["jwt"] == jwt


async def test_invisible_characters_are_removed_from_client_id_and_secret(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    entered = sign_in(simulator) | {
        "client_id": f"\u200b \u00a0{simulator.client_id}\ufeff\n",
        "client_secret": f"\u2060{simulator.client_secret[:3]}\u200d"
        f"{simulator.client_secret[3:]} \u200b",
        "advanced": {"server": f"\u200b{simulator.server}\u200b"},
    }

    result = await submit(hass, await start_flow(hass), entered)

    entry = (await finish(hass, result))["result"]
    clean = sign_in(simulator)
    assert entry.data["server"] == clean.pop("advanced")["server"]
    assert {key: entry.data[key] for key in clean} == clean


@pytest.mark.parametrize(("length", "is_suggested"), [(100, True), (101, False)])
async def test_jwt_in_the_field_of_the_client_id_is_not_shown_again(
    hass: HomeAssistant, simulator: Simulator, length: int, is_suggested: bool
) -> None:
    """It is longer than any client ID."""
    entered = sign_in(simulator) | {"client_id": "x" * length}
    result = await submit(hass, await start_flow(hass), entered)
    assert ("client_id" in suggested(result)) is is_suggested


# --------------------------------------------------------------------------------------
# Secrets


type Start = Callable[[Visitor, Account], Awaitable[Json]]


async def _add(visitor: Visitor, _account: Account) -> Json:
    return await visitor.start("jwt")


async def _reconfigure(visitor: Visitor, account: Account) -> Json:
    return await visitor.reconfigure(account.entry.entry_id, "jwt")


async def _sign_in_again(visitor: Visitor, account: Account) -> Json:
    account.simulator.oauth.revoked_jwts.add(account.simulator.jwt)
    await end_session(account)
    return await visitor.choose(await reauth_step(account, visitor), "jwt")


@pytest.mark.parametrize("start", [_add, _reconfigure, _sign_in_again])
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (at("http://platform.example.com"), None),
        ({"client_id": "unknown"}, None),
        ({"client_secret": "wrong-secret"}, None),
        ({"jwt": "header.claims.signature"}, None),
        ({}, "maintenance"),
        ({}, "html"),
        ({}, "reset"),
    ],
    ids=["server", "client id", "secret", "jwt", "maintenance", "html", "reset"],
)
async def test_form_shown_again_contains_no_secret(
    account: Account,
    visitor: Visitor,
    start: Start,
    changes: Mapping[str, Any],
    fault: str | None,
) -> None:
    """As the browser receives it, for a new account and for a former one."""
    form = await start(visitor, account)
    entered = sign_in(account.simulator) | {"jwt": f"{account.simulator.jwt}x"}
    entered |= changes
    if fault is not None:
        account.simulator.fault(fault)

    again = await visitor.submit(form, entered)

    assert again["step_id"] == "jwt"
    assert again["errors"]
    for shown in (form, again, await visitor.current_step(form["flow_id"])):
        for secret in (entered["jwt"], account.simulator.jwt, entered["client_secret"]):
            assert secret not in json.dumps(shown)


# --------------------------------------------------------------------------------------
# JWT


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Wrong input, and the error that the form shows."""

    name: str
    entered: Mapping[str, Any]
    error: str
    shows: Mapping[str, str] = field(default_factory=dict)


MISTAKES = (
    Mistake(
        name="unknown client id",
        entered={"client_id": "unknown"},
        error="invalid_client",
        shows={"code": "OAU-153"},
    ),
    Mistake(
        name="client id and secret in one field",
        entered={"client_id": "id:secret"},
        error="invalid_client",
        shows={"code": "-"},
    ),
    Mistake(
        name="wrong secret",
        entered={"client_secret": "wrong"},
        error="invalid_client",
        shows={"code": "OAU-146"},
    ),
    Mistake(
        name="no secret for an app that has one",
        entered={"client_secret": ""},
        error="invalid_client",
        shows={"code": "OAU-123"},
    ),
    Mistake(
        name="JWT of another app",
        entered={"jwt": "header.claims.signature"},
        error="invalid_grant",
        shows={"code": "OAU-213"},
    ),
    Mistake(
        name="secrets in the clear over the network",
        entered=at("http://platform.example.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server without scheme",
        entered=at("platform.ringcentral.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a path",
        entered=at("https://platform.ringcentral.com/restapi"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a query",
        entered=at("https://platform.ringcentral.com?brand=1210"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a user",
        entered=at("https://:secret@platform.ringcentral.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server with an impossible port",
        entered=at("https://platform.ringcentral.com:99999"),
        error="invalid_server",
    ),
    Mistake(
        name="server of another kind",
        entered=at("ftp://127.0.0.1"),
        error="invalid_server",
    ),
    Mistake(name="no server", entered=at(""), error="invalid_server"),
)


@pytest.mark.parametrize(
    "mistake", [pytest.param(mistake, id=mistake.name) for mistake in MISTAKES]
)
async def test_mistake_shows_an_error_and_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, mistake: Mistake
) -> None:
    """The form shows the error, keeps the input but no secret, and then continues."""
    entered = {**sign_in(simulator), **mistake.entered}
    result = await submit(hass, await start_flow(hass), entered)
    assert_shows(result, mistake.error, mistake.shows)
    assert suggested(result) == without_secrets(entered)

    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("127.0.0.1", "cannot_connect"),
        ("[::1]", "cannot_connect"),
        ("localhost", "cannot_resolve"),
    ],
)
async def test_this_machine_may_be_reached_in_the_clear(
    hass: HomeAssistant,
    simulator: Simulator,
    unknown_names: None,
    host: str,
    error: str,
) -> None:
    """No secret leaves the machine, so it is tried, although no server answers."""
    await simulator.stop()
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | at(f"http://{host}:{simulator.port}"),
    )
    assert_shows(result, error, {})


# --------------------------------------------------------------------------------------
# Browser


@pytest.mark.parametrize(
    ("advanced", "error"),
    [
        ({"server": "http://ringcentral.example"}, "invalid_server"),
        ({"server": "https://ringcentral.example\\@evil.example"}, "invalid_server"),
        ({"server": "https://ring central.example"}, "invalid_server"),
        ({"server": "https://ringcentral.example;x"}, "invalid_server"),
        ({"server": "https://%zz"}, "invalid_server"),
        ({"server": "https://-"}, "invalid_server"),
        ({"server": "https://ringcentral.example#x"}, "invalid_server"),
        ({"brand_id": "BT"}, "invalid_brand"),
        ({"brand_id": "12345678901"}, "invalid_brand"),
    ],
)
async def test_mistake_before_the_page_shows_an_error_and_stays_visible(
    visitor: Visitor, app: str, advanced: dict[str, str], error: str
) -> None:
    """Before any browser is sent there."""
    entered = {"server": visitor.simulator.server} | advanced
    form = await visitor.submit(await visitor.start(), {"advanced": entered})
    assert form["errors"] == {"base": error}
    [section] = form["data_schema"]
    assert section["expanded"] is True
    assert {
        field["name"]: field["description"]["suggested_value"]
        for field in section["schema"]
        if "description" in field
    } == entered
    assert (await visitor.to_the_page(form))["type"] == "external"


async def test_brand_is_freed_from_blanks_and_the_server_from_its_default_port(
    visitor: Visitor, app: str
) -> None:
    """Both are compared later."""
    page = await visitor.submit(
        await visitor.start(),
        {"advanced": {"server": "HTTPS://Platform.Example:443/", "brand_id": " 7710 "}},
    )
    assert page["url"].startswith("https://platform.example/restapi/oauth/authorize?")
    assert query_of(page)["brand_id"] == "7710"


async def test_redirect_uri_is_shown_if_known(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A flow that no browser has begun does not have the address of this instance."""
    form = await start_flow(hass, "browser")
    given = form["description_placeholders"]
    assert given is not None
    assert given["redirect_uri"] == "…/auth/external/callback"
