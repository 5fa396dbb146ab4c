"""Signing in and choosing what to monitor: each failure is told, and then cured."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import AsyncMock, patch

from aiohttp import TCPConnector
from freezegun.api import FrozenDateTimeFactory
import pytest
import pytest_socket

from custom_components.ringcentral.config_flow import RingCentralConfigFlow
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from simulator import Simulator
from simulator.base.wire import JsonValue

from .common import Account, sign_in, start_flow, submit, until
from .forms import (
    CALLER,
    EVERYONE,
    assert_shows,
    choices,
    ring,
    shown_caller,
    suggested,
    to_the_choice,
)

_TOKEN = "/restapi/oauth/token"
_WSTOKEN = "/restapi/oauth/wstoken"
_REST = "/restapi/v1.0"
_EXTENSIONS = "/restapi/v1.0/account/~/extension"
_SUBSCRIPTION = "/restapi/v1.0/subscription"

# Each move of a test's clock drops the real seconds that passed before it.
_SLACK = 5


@pytest.fixture
def set_up() -> Iterator[AsyncMock]:
    """Leave the flow alone with the platform: a finished one sets nothing up."""
    with patch(
        "custom_components.ringcentral.async_setup_entry", return_value=True
    ) as set_up:
        yield set_up


@pytest.fixture
async def unknown_names(hass: HomeAssistant) -> AsyncIterator[None]:
    """Let no name be known: a name server is no part of a test."""
    connector = async_get_clientsession(hass).connector
    assert isinstance(connector, TCPConnector)
    with patch.object(connector._resolver, "resolve", side_effect=OSError):
        yield


def requests(simulator: Simulator, path: str) -> int:
    """Return how many requests to a path the platform has answered so far."""
    return sum(record.path == path for record in simulator.log)


async def turns(number: int) -> None:
    """Let the loop turn a few times; no clock is moved."""
    for _ in range(number):
        await asyncio.sleep(0)


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Choose everyone in a flow that has arrived at the choice; return its end."""
    assert result["step_id"] == "monitor", result["errors"]
    result = await submit(hass, result, EVERYONE)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]
    return result


def seconds_to_wait(result: ConfigFlowResult) -> int:
    """Return for how long a form asks to wait because of a rate limit."""
    assert_shows(result, "rate_limited", {})
    return int((result["description_placeholders"] or {})["seconds"])


# --------------------------------------------------------------------------------------
# The way through


async def test_the_forms_lead_to_an_entry(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """What was entered, who signed in and the first tokens make the entry."""
    result = await start_flow(hass)
    assert result["step_id"] == "jwt"
    assert not result["errors"]

    result = await submit(hass, result, sign_in(simulator))
    assert result["step_id"] == "monitor"
    assert not result["errors"]
    assert suggested(result) == {"groups": ["everyone"]}

    result = await submit(hass, result, EVERYONE)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "RingCentral"
    entry = result["result"]
    token = entry.data["token"]
    owner = simulator.users[0]
    assert entry.data == {
        "account_id": simulator.account_id,
        "auth_implementation": "jwt",
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "extension_id": owner.id,
        "jwt": simulator.jwt,
        "server": simulator.server,
        "token": token,
    }
    assert token["owner_id"] == owner.id
    assert token["access_token"]
    assert token["refresh_token"]
    assert entry.options == EVERYONE
    assert entry.unique_id == f"{simulator.account_id}_{owner.id}"
    assert set_up.await_count == 1


async def test_the_server_of_ringcentral_is_the_default(hass: HomeAssistant) -> None:
    """Most users never open the section that it is in."""
    result = await start_flow(hass)
    assert result["data_schema"] is not None
    advanced = result["data_schema"].schema["advanced"]
    assert advanced.options == {"collapsed": True}
    assert advanced.schema({}) == {"server": "https://platform.ringcentral.com"}


def test_the_flow_logs_as_the_integration() -> None:
    """So that one switch makes all of it verbose."""
    assert RingCentralConfigFlow().logger.name == "custom_components.ringcentral"


async def test_an_app_without_secret_signs_in(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A public app has none, and the entry then neither."""
    entered = sign_in(simulator) | {"client_id": simulator.public_client_id}
    del entered["client_secret"]
    simulator.switches.public_app_with_basic = "refuse"

    result = await submit(hass, await start_flow(hass), entered)

    entry = (await finish(hass, result))["result"]
    assert "client_secret" not in entry.data


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


async def test_nothing_secret_or_personal_is_logged(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither by a failure nor by a success."""
    caplog.set_level("DEBUG", "custom_components.ringcentral")
    simulator.fault("refuse_subscription")
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert result["errors"]
    entry = (await finish(hass, await submit(hass, result, sign_in(simulator))))[
        "result"
    ]

    logged = "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.ringcentral")
    )
    assert "cannot be used yet" in logged
    for secret in (
        simulator.jwt,
        simulator.client_secret,
        entry.data["token"]["access_token"],
        entry.data["token"]["refresh_token"],
        "access_token=",
        simulator.users[0].name,
        simulator.users[0].id,
    ):
        assert secret not in logged


# --------------------------------------------------------------------------------------
# What the platform refuses


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that keeps a user from signing in, what the form says, and the cure."""

    name: str
    cause: Callable[[Simulator], object]
    error: str
    shows: Mapping[str, str] = field(default_factory=dict)
    cure: Callable[[Simulator], object] = Simulator.clear_faults

    @property
    def names_permission(self) -> bool:
        """Whether the step for missing permissions shows it."""
        return self.error.endswith("_permission_missing")


def _fault(name: str, **params: JsonValue) -> Callable[[Simulator], None]:
    return lambda simulator: simulator.faults.add(name, count=9, params=params)


def _app_lacks(*permissions: str) -> dict[str, Any]:
    """Take permissions from the app, with those that include them."""
    return {
        "cause": lambda simulator: simulator.permissions.difference_update(permissions),
        "cure": lambda simulator: simulator.permissions.update(permissions),
        "error": "app_permission_missing",
    }


def _user_lacks(permission: str) -> dict[str, Any]:
    return {
        "cause": lambda simulator: simulator.user_permissions.remove(permission),
        "cure": lambda simulator: simulator.user_permissions.add(permission),
        "error": "user_permission_missing",
        "shows": {"permission": permission, "code": "CMN-408"},
    }


TROUBLES = (
    # The app and its credential
    Trouble(
        name="app without the JWT grant",
        cause=_fault("token_refused", error="unauthorized_client", errorCode="OAU-251"),
        error="grant_not_allowed",
        shows={"code": "OAU-251"},
    ),
    Trouble(
        name="platform that does not know the grant",
        cause=_fault(
            "token_refused", error="unsupported_grant_type", errorCode="OAU-250"
        ),
        error="grant_not_allowed",
        shows={"code": "OAU-250"},
    ),
    Trouble(
        name="app of another site",
        cause=_fault(
            "token_refused", error="invalid_client", errorCode="OAU-167", status=403
        ),
        error="invalid_client",
        shows={"code": "OAU-167"},
    ),
    Trouble(
        name="expired JWT",
        cause=_fault("token_refused", error="invalid_grant", errorCode="OAU-210"),
        error="invalid_grant",
        shows={"code": "OAU-210"},
    ),
    Trouble(
        name="revoked JWT",
        cause=lambda simulator: simulator.oauth.revoked_jwts.add(simulator.jwt),
        cure=lambda simulator: simulator.oauth.revoked_jwts.clear(),
        error="invalid_grant",
        shows={"code": "OAU-211"},
    ),
    Trouble(
        name="disabled user",
        cause=lambda simulator: simulator.change_extension("101", status="Disabled"),
        cure=lambda simulator: simulator.change_extension("101", status="Enabled"),
        error="invalid_grant",
        shows={"code": "OAU-236"},
    ),
    # Permissions
    Trouble(
        name="app without ReadAccounts",
        **_app_lacks("ReadAccounts"),
        shows={"permission": "Read Accounts", "code": "CMN-401"},
    ),
    Trouble(
        name="app without ReadPresence",
        **_app_lacks("ReadPresence", "EditPresence"),
        shows={"permission": "Read Presence", "code": "CMN-401"},
    ),
    Trouble(
        name="app without WebSocket, refused at the ticket",
        **_app_lacks("WebSocket"),
        shows={"permission": "WebSocket Subscriptions", "code": "CMN-401"},
    ),
    Trouble(
        name="app without WebSocket, refused at the subscription",
        **_app_lacks("SubscriptionWebSocket"),
        shows={"permission": "WebSocket Subscriptions", "code": "SUB-528"},
    ),
    Trouble(
        name="app without WebSocket, refused in another language",
        cause=_fault("refuse_subscription", errorCode="SUB-528", message="Refusé"),
        error="app_permission_missing",
        shows={"permission": "WebSocket Subscriptions", "code": "SUB-528"},
    ),
    Trouble(name="user without ReadExtensions", **_user_lacks("ReadExtensions")),
    Trouble(name="user without ReadCompanyInfo", **_user_lacks("ReadCompanyInfo")),
    Trouble(
        name="user without ReadPresenceStatus", **_user_lacks("ReadPresenceStatus")
    ),
    Trouble(
        name="feature that the plan has not",
        cause=_fault("error", path=_EXTENSIONS, status=403, errorCode="CMN-404"),
        error="not_permitted",
        shows={"code": "CMN-404"},
    ),
    Trouble(
        name="presence that is pushed but cannot be read",
        cause=lambda simulator: simulator.fault(
            "error",
            path=f"{_EXTENSIONS}/{simulator.users[0].id}/presence",
            status=403,
            errorCode="CMN-403",
        ),
        error="not_permitted",
        shows={"code": "CMN-403"},
    ),
    Trouble(
        name="too many subscriptions",
        cause=_fault("refuse_subscription", errorCode="SUB-505"),
        error="not_permitted",
        shows={"code": "SUB-505"},
    ),
    # REST
    Trouble(
        name="token that is refused at once",
        cause=_fault("error", path=_EXTENSIONS, status=401, errorCode="OAU-213"),
        error="token_rejected",
        shows={"code": "OAU-213"},
    ),
    Trouble(
        name="own extension that is not found",
        cause=_fault("error", path=_EXTENSIONS, status=404, errorCode="CMN-102"),
        error="not_found",
        shows={"code": "CMN-102"},
    ),
    Trouble(
        name="request that is rejected",
        cause=_fault("error", path=_EXTENSIONS, status=400, errorCode="CMN-101"),
        error="rejected",
        shows={"code": "CMN-101"},
    ),
    Trouble(
        name="internal error of the platform",
        cause=_fault("error", path=_EXTENSIONS, status=500, errorCode="CMN-203"),
        error="server_error",
        shows={"code": "CMN-203"},
    ),
    Trouble(
        name="maintenance at the sign-in",
        cause=_fault("maintenance", path=_TOKEN),
        error="maintenance",
    ),
    Trouble(
        name="maintenance after the sign-in",
        cause=_fault("maintenance", path=_REST),
        error="maintenance",
    ),
    # Others that answer, or nobody
    Trouble(
        name="captive portal at the sign-in",
        cause=_fault("html", path=_TOKEN),
        error="unexpected_answer",
    ),
    Trouble(
        name="captive portal after the sign-in",
        cause=_fault("html", path=_REST),
        error="unexpected_answer",
    ),
    Trouble(
        name="half an answer",
        cause=_fault("broken_json", path=_WSTOKEN),
        error="unexpected_answer",
    ),
    Trouble(
        name="connection reset at the sign-in",
        cause=_fault("reset", path=_TOKEN),
        error="cannot_connect",
    ),
    Trouble(
        name="connection reset after the sign-in",
        cause=_fault("reset", path=_REST),
        error="cannot_connect",
    ),
    # Gateway
    Trouble(
        name="proxy that lets no WebSocket pass",
        cause=_fault("refuse_upgrade", status=403),
        error="not_permitted",
        shows={"code": "HTTP 403"},
    ),
    Trouble(
        name="gateway in maintenance",
        cause=_fault("refuse_upgrade", status=503),
        error="maintenance",
    ),
    Trouble(
        name="gateway that hangs up",
        cause=_fault("close_at_connect"),
        error="connection_lost",
        shows={"code": "-"},
    ),
    Trouble(
        name="gateway that fails",
        cause=_fault("error_at_connect", errorCode="WSG-500"),
        error="connection_lost",
        shows={"code": "WSG-500"},
    ),
)


@pytest.mark.parametrize(
    "trouble", [pytest.param(trouble, id=trouble.name) for trouble in TROUBLES]
)
async def test_a_failure_is_told_and_can_be_cured(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, trouble: Trouble
) -> None:
    """The form says what is wrong, keeps what was entered, and goes on when cured."""
    trouble.cause(simulator)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, trouble.error, trouble.shows)
    if trouble.names_permission:
        assert result["step_id"] == "retry"
        again: dict[str, Any] = {}
    else:
        assert result["step_id"] == "jwt"
        again = sign_in(simulator)
    assert suggested(result) == again
    assert not hass.config_entries.async_entries(DOMAIN)

    trouble.cure(simulator)
    await finish(hass, await submit(hass, result, again))


# --------------------------------------------------------------------------------------
# What the user gets wrong


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Wrong input, and what the form says of it."""

    name: str
    entered: Mapping[str, Any]
    error: str
    shows: Mapping[str, str] = field(default_factory=dict)


def _at(server: str) -> dict[str, Any]:
    return {"advanced": {"server": server}}


MISTAKES = (
    Mistake(
        name="unknown client id",
        entered={"client_id": "nobody"},
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
        entered=_at("http://platform.example.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server without scheme",
        entered=_at("platform.ringcentral.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a path",
        entered=_at("https://platform.ringcentral.com/restapi"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a query",
        entered=_at("https://platform.ringcentral.com?brand=1210"),
        error="invalid_server",
    ),
    Mistake(
        name="server with a user",
        entered=_at("https://:secret@platform.ringcentral.com"),
        error="invalid_server",
    ),
    Mistake(
        name="server with an impossible port",
        entered=_at("https://platform.ringcentral.com:99999"),
        error="invalid_server",
    ),
    Mistake(
        name="server of another kind",
        entered=_at("ftp://127.0.0.1"),
        error="invalid_server",
    ),
    Mistake(name="no server", entered=_at(""), error="invalid_server"),
)


@pytest.mark.parametrize(
    "mistake", [pytest.param(mistake, id=mistake.name) for mistake in MISTAKES]
)
async def test_a_mistake_is_told_and_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, mistake: Mistake
) -> None:
    """The form says what is wrong, keeps what was entered, and goes on when right."""
    entered = {**sign_in(simulator), **mistake.entered}
    result = await submit(hass, await start_flow(hass), entered)
    assert_shows(result, mistake.error, mistake.shows)
    assert suggested(result) == entered

    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_a_wrong_secret_answered_with_401_is_told_the_same(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Sources give two statuses and two codes for it."""
    simulator.switches.wrong_secret_status = 401
    simulator.switches.wrong_secret_code = "OAU-153"
    entered = sign_in(simulator) | {"client_secret": "wrong"}
    result = await submit(hass, await start_flow(hass), entered)
    assert_shows(result, "invalid_client", {"code": "OAU-153"})

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
    """Nothing leaves it, so it is tried, though nobody answers here."""
    await simulator.stop()
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | _at(f"http://{host}:{simulator.port}"),
    )
    assert_shows(result, error, {})


# --------------------------------------------------------------------------------------
# Network


async def test_a_server_that_nobody_runs_cannot_be_reached(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A firewall or an outage looks the same."""
    await simulator.stop()
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "cannot_connect", {})

    await simulator.start()
    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_a_name_that_nobody_knows_cannot_be_resolved(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, unknown_names: None
) -> None:
    """A typing error, or no name server."""
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | _at("https://ringcentral.invalid"),
    )
    assert_shows(result, "cannot_resolve", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_a_server_without_tls_is_told_as_such(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """What answers on the port speaks, but not TLS."""
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | _at(f"https://127.0.0.1:{simulator.port}"),
    )
    assert_shows(result, "tls_failed", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
@pytest.mark.parametrize(
    ("fault", "params"),
    [
        pytest.param("no_answer", {"path": _TOKEN}, id="sign-in"),
        pytest.param("no_answer", {"path": _EXTENSIONS}, id="REST"),
        pytest.param("silent_connect", {}, id="gateway"),
        pytest.param("no_reply", {"path": _SUBSCRIPTION}, id="subscription"),
    ],
)
async def test_a_missing_answer_times_out(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
    fault: str,
    params: Mapping[str, str],
) -> None:
    """After ten seconds the form is back, whichever answer is missing."""
    result = await start_flow(hass)
    simulator.faults.add(fault, params=params)
    waiting = hass.async_create_task(submit(hass, result, sign_in(simulator)))
    await until(lambda: not simulator.faults.as_json())
    seconds = 0
    while not waiting.done():
        freezer.tick(1)
        seconds += 1
        await turns(20)
    result = await waiting
    assert_shows(result, "timed_out", {})
    assert 9 <= seconds <= 12

    simulator.clear_faults()
    await finish(hass, await submit(hass, result, sign_in(simulator)))


# --------------------------------------------------------------------------------------
# Rate limits: five sign-ins and gateway tickets a minute are all that an app has


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
@pytest.mark.parametrize("path", [_TOKEN, _EXTENSIONS, _WSTOKEN])
async def test_a_rate_limit_is_told_with_its_seconds(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
    path: str,
) -> None:
    """Whoever waits so long gets through; who does not, is not sent again."""
    simulator.fault("rate_limit", path=path, retryAfter=17)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "rate_limited", {"seconds": "17"})

    freezer.tick(10)
    answered = requests(simulator, path)
    result = await submit(hass, result, sign_in(simulator))
    assert 7 <= seconds_to_wait(result) < 17
    assert requests(simulator, path) == answered

    freezer.tick(seconds_to_wait(result) + _SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_a_rate_limit_without_seconds_is_told_with_a_minute(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """So long the platform's own clients wait."""
    simulator.fault("rate_limit", path=_TOKEN)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "rate_limited", {"seconds": "60"})


@pytest.mark.parametrize(
    "fault", [("maintenance", _EXTENSIONS), ("reset", _WSTOKEN), ("html", _REST)]
)
async def test_a_passing_failure_after_the_sign_in_costs_no_second_sign_in(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    fault: tuple[str, str],
) -> None:
    """The token is there already, so the next try goes on with it."""
    name, path = fault
    simulator.fault(name, count=2, path=path)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert result["errors"]

    simulator.clear_faults()
    await finish(hass, await submit(hass, result, sign_in(simulator)))
    assert requests(simulator, _TOKEN) == 1


async def test_a_permission_added_meanwhile_is_tried_with_a_new_token(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The former token may not know of it."""
    simulator.permissions.remove("WebSocket")
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    simulator.permissions.add("WebSocket")
    entry = (await finish(hass, await submit(hass, result, {})))["result"]

    assert requests(simulator, _TOKEN) == 2
    session = simulator.oauth.session_of(entry.data["token"]["access_token"])
    assert session is simulator.oauth.sessions[-1]


async def test_other_credentials_are_never_tried_with_the_former_token(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Even if only the probe failed before."""
    simulator.fault("maintenance", path=_EXTENSIONS)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "maintenance", {})

    wrong = sign_in(simulator) | {"jwt": "header.claims.signature"}
    result = await submit(hass, result, wrong)
    assert_shows(result, "invalid_grant", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
async def test_too_many_tries_are_told_to_wait_instead_of_being_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A sixth request would cost a penalty, and waiting in silence looks like a hang."""
    result = await start_flow(hass)
    wrong = sign_in(simulator) | {"client_secret": "wrong"}
    for _ in range(5):
        result = await submit(hass, result, wrong)
        assert_shows(result, "invalid_client", {})
    freezer.tick(20)
    result = await submit(hass, result, sign_in(simulator))
    assert 40 - _SLACK <= seconds_to_wait(result) < 60
    assert requests(simulator, _TOKEN) == 5

    freezer.tick(seconds_to_wait(result) + _SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
async def test_a_ticket_that_must_wait_costs_no_second_sign_in(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The fifth request signed in, and the ticket would be the sixth."""
    result = await start_flow(hass)
    wrong = sign_in(simulator) | {"client_secret": "wrong"}
    for _ in range(4):
        result = await submit(hass, result, wrong)
    result = await submit(hass, result, sign_in(simulator))
    assert_shows(result, "rate_limited", {})
    assert requests(simulator, _WSTOKEN) == 0

    freezer.tick(seconds_to_wait(result) + _SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))
    assert requests(simulator, _TOKEN) == 5


# --------------------------------------------------------------------------------------
# Several accounts


async def test_the_same_jwt_is_refused_without_asking_the_platform(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """It belongs to one user and one app, which is one entry."""
    await finish(hass, await submit(hass, await start_flow(hass), sign_in(simulator)))
    simulator.log.clear()

    result = await submit(hass, await start_flow(hass), sign_in(simulator))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not len(simulator.log)


async def test_the_same_user_by_another_jwt_is_refused(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Two entries would show each extension twice."""
    await finish(hass, await submit(hass, await start_flow(hass), sign_in(simulator)))
    simulator.oauth.jwts["another.of.her"] = simulator.users[0].id

    result = await submit(
        hass, await start_flow(hass), sign_in(simulator) | {"jwt": "another.of.her"}
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_another_user_of_the_account_gets_an_own_entry(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Each has own lines, own favorites, own rights."""
    first = (
        await finish(
            hass, await submit(hass, await start_flow(hass), sign_in(simulator))
        )
    )["result"]
    simulator.oauth.jwts["of.someone.else"] = simulator.users[1].id
    result = await submit(
        hass, await start_flow(hass), sign_in(simulator) | {"jwt": "of.someone.else"}
    )

    second = (await finish(hass, result))["result"]
    assert second.unique_id == f"{simulator.account_id}_{simulator.users[1].id}"
    assert second.unique_id != first.unique_id


async def test_a_second_dialog_for_the_same_user_takes_the_place_of_the_first(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A page that is loaded again leaves the first one behind, which nobody sees."""
    first = await submit(hass, await start_flow(hass), sign_in(simulator))
    second = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert first["step_id"] == second["step_id"] == "monitor"

    await finish(hass, second)

    assert not hass.config_entries.flow.async_progress()


# --------------------------------------------------------------------------------------
# What to monitor


async def test_people_are_listed_by_number_with_their_names(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Queues, menus and disabled people have no presence to show; 99 is before 101."""
    simulator.add_extension(name="Zoe Early", number="99")
    simulator.add_extension(name="Closed", type="User", number="98")
    simulator.change_extension("98", status="Disabled")
    simulator.add_extension(name="Support", type="Department", number="97")

    listed = choices(await to_the_choice(hass, simulator))

    people = sorted(
        (e for e in simulator.users if e.number != "98"), key=lambda e: int(e.number)
    )
    assert list(listed.items()) == [(e.id, f"{e.number} {e.name}") for e in people]
    assert next(iter(listed.values())) == "99 Zoe Early"


async def test_choosing_nothing_is_refused(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """There would be nothing to show."""
    result = await to_the_choice(hass, simulator)
    nothing: dict[str, Any] = {"groups": [], "extensions": [], "privacy": "full"}
    result = await submit(hass, result, nothing)
    assert_shows(result, "nothing_selected", {})
    assert suggested(result) == nothing

    await finish(hass, result)


async def test_groups_and_single_people_are_chosen_together(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Any combination is possible."""
    chosen = {
        "groups": ["lines", "favorites"],
        "extensions": [simulator.extension("103").id],
        "privacy": "masked",
    }
    result = await submit(hass, await to_the_choice(hass, simulator), chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == chosen


async def test_favorites_without_the_permission_are_told_and_can_be_cured(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """By name; once it is added, the same choice is accepted, with a new token."""
    chosen = EVERYONE | {"groups": ["favorites"]}
    simulator.permissions.difference_update({"ReadContacts", "Contacts"})
    result = await submit(hass, await to_the_choice(hass, simulator), chosen)
    assert_shows(
        result,
        "app_permission_missing",
        {"permission": "Read Contacts", "code": "CMN-401"},
    )
    assert result["step_id"] == "monitor"
    assert suggested(result) == chosen

    simulator.permissions.add("ReadContacts")
    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert requests(simulator, _TOKEN) == 2
    session = simulator.oauth.session_of(result["result"].data["token"]["access_token"])
    assert session is simulator.oauth.sessions[-1]


async def test_lines_that_are_not_open_to_the_app_can_be_left_out(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The platform may keep this list to itself."""
    simulator.switches.lines_api = False
    result = await submit(
        hass,
        await to_the_choice(hass, simulator),
        {"groups": ["lines", "favorites"], "extensions": []},
    )
    assert_shows(
        result, "user_permission_missing", {"permission": "ReadPresenceSettings"}
    )

    result = await submit(hass, result, {"groups": ["favorites"], "extensions": []})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_lines_that_do_not_exist_can_be_left_out(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """An answer that there is no such list is told as well."""
    simulator.fault(
        "error", path=f"{_EXTENSIONS}/~/presence/line", status=404, errorCode="CMN-102"
    )
    result = await submit(
        hass,
        await to_the_choice(hass, simulator),
        {"groups": ["lines"], "extensions": []},
    )
    assert_shows(result, "not_found", {"code": "CMN-102"})

    await finish(hass, result)


async def test_a_dialog_that_outlives_its_token_signs_in_again(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """An hour later the lists are asked for with a new token."""
    chosen: dict[str, list[str]] = {"groups": ["favorites"], "extensions": []}
    result = await to_the_choice(hass, simulator)
    simulator.fault("expire_tokens")
    result = await submit(hass, result, chosen)
    assert_shows(result, "token_rejected", {"code": "OAU-128"})

    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    token = result["result"].data["token"]["access_token"]
    assert simulator.oauth.session_of(token) is simulator.oauth.sessions[-1]


# --------------------------------------------------------------------------------------
# How much is shown of the people in a call


@pytest.mark.parametrize("level", ["full", "masked", "none"])
async def test_a_level_of_privacy_is_chosen_with_the_extensions(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, level: str
) -> None:
    """In the first form already: before anything is shown."""
    result = await submit(
        hass, await to_the_choice(hass, simulator), EVERYONE | {"privacy": level}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == EVERYONE | {"privacy": level}


@pytest.mark.parametrize(
    ("level", "caller"),
    [("full", CALLER), ("masked", ("…123", "C. W.")), ("none", (None, None))],
)
async def test_the_level_is_in_force_from_the_first_call_and_after_a_reload(
    hass: HomeAssistant,
    simulator: Simulator,
    level: str,
    caller: tuple[str | None, str | None],
) -> None:
    """As chosen in the first form."""
    result = await submit(
        hass, await to_the_choice(hass, simulator), EVERYONE | {"privacy": level}
    )
    await hass.async_block_till_done()
    account = Account(hass, result["result"], simulator)
    await ring(account)
    assert shown_caller(account) == caller

    await hass.config_entries.async_reload(account.entry.entry_id)
    await hass.async_block_till_done()
    assert shown_caller(account) == caller
    assert await hass.config_entries.async_unload(account.entry.entry_id)


async def test_everything_is_shown_unless_chosen_otherwise(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """And no level can be chosen that does not exist."""
    result = await to_the_choice(hass, simulator)
    with pytest.raises(InvalidData):
        await submit(hass, result, EVERYONE | {"privacy": "some"})

    result = await submit(hass, result, {"groups": ["everyone"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == EVERYONE
