"""Sign-ins, and what goes wrong with them, as functions for tests."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from custom_components.ringcentral.api.exceptions import AuthenticationError
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Simulator
from simulator.base.wire import JsonValue

from ..browser import Json, Visitor
from ..common import Account, submit, until
from ..forms import EVERYONE, assert_shows

TOKEN = "/restapi/oauth/token"
WSTOKEN = "/restapi/oauth/wstoken"
REST = "/restapi/v1.0"
EXTENSIONS = "/restapi/v1.0/account/~/extension"
SUBSCRIPTION = "/restapi/v1.0/subscription"
# Each move of a test's clock drops the real seconds that passed before it.
SLACK = 5
# The window of a rate limit, and what a moved clock loses of real time.
MINUTE = 70


def requests(simulator: Simulator, path: str) -> int:
    """Return how many requests to a path the platform has answered so far."""
    return sum(record.path == path for record in simulator.log)


async def run_loop(number: int) -> None:
    """Run the loop a few times; no clock is moved."""
    for _ in range(number):
        await asyncio.sleep(0)


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Select everyone in the last form of a flow; return its result."""
    assert result["step_id"] == "monitor", result["errors"]
    result = await submit(hass, result, EVERYONE)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result["errors"]
    return result


def seconds_to_wait(result: ConfigFlowResult) -> int:
    """Return for how long a form asks to wait because of a rate limit."""
    assert_shows(result, "rate_limited", {})
    return int((result["description_placeholders"] or {})["seconds"])


@dataclass(frozen=True)
class Choice:
    """The selection of one extension."""

    simulator: Simulator

    @property
    def data(self) -> dict[str, Any]:
        """Return what is entered."""
        return {
            "groups": [],
            "extensions": [self.simulator.extension("102").id],
            "privacy": "full",
        }


def token_requests(simulator: Simulator) -> list[int]:
    """Return the statuses of the answers of the token endpoint."""
    return [record.status for record in simulator.log if record.path == TOKEN]


def reauth_steps(hass: HomeAssistant) -> list[Json]:
    """Return the flows that ask to sign in again."""
    return [
        dict(flow)
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


async def end_session(account: Account) -> None:
    """Let RingCentral end the session, and Home Assistant notice it."""
    account.simulator.fault("revoke_sessions")
    with pytest.raises(AuthenticationError):
        await account.coordinator.rest.account()
    await account.hass.async_block_till_done()


def change_company(account: Account) -> None:
    """Let the entry belong to another company, whose extensions are not ours."""
    account.hass.config_entries.async_update_entry(
        account.entry,
        unique_id="9_9",
        data={**account.entry.data, "account_id": "9", "extension_id": "9"},
    )


async def reauth_step(
    account: Account, visitor: Visitor, step_id: str = "reauth_confirm"
) -> Json:
    """Return the step that asks to sign in again."""
    [flow] = reauth_steps(account.hass)
    step = await visitor.current_step(flow["flow_id"])
    assert step["step_id"] == step_id
    assert step["description_placeholders"]["name"] == account.entry.title
    return step


async def until_loaded(account: Account) -> None:
    """Wait for the reload that follows a new sign-in."""
    await account.hass.async_block_till_done()
    await until(lambda: account.entry.state is ConfigEntryState.LOADED)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A cause that prevents a sign-in, the error of the form, and the fix."""

    name: str
    cause: Callable[[Simulator], object]
    error: str
    shows: Mapping[str, str] = field(default_factory=dict)
    fix: Callable[[Simulator], object] = Simulator.clear_faults

    @property
    def names_permission(self) -> bool:
        """Whether the step for missing permissions shows it."""
        return self.error.endswith("_permission_missing")


def _fault(name: str, **params: JsonValue) -> Callable[[Simulator], None]:
    return lambda simulator: simulator.faults.add(name, count=9, params=params)


def at(server: str) -> dict[str, Any]:
    """Return the input of another server."""
    return {"advanced": {"server": server}}


def _app_lacks(*permissions: str) -> dict[str, Any]:
    """Take permissions from the app, with those that include them."""
    return {
        "cause": lambda simulator: simulator.permissions.difference_update(permissions),
        "fix": lambda simulator: simulator.permissions.update(permissions),
        "error": "app_permission_missing",
    }


def _user_lacks(permission: str) -> dict[str, Any]:
    return {
        "cause": lambda simulator: simulator.user_permissions.remove(permission),
        "fix": lambda simulator: simulator.user_permissions.add(permission),
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
        fix=lambda simulator: simulator.oauth.revoked_jwts.clear(),
        error="invalid_grant",
        shows={"code": "OAU-211"},
    ),
    Trouble(
        name="disabled user",
        cause=lambda simulator: simulator.change_extension("101", status="Disabled"),
        fix=lambda simulator: simulator.change_extension("101", status="Enabled"),
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
        name="app without WebSocket, refused at the WebSocket access token",
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
        cause=_fault("error", path=EXTENSIONS, status=403, errorCode="CMN-404"),
        error="not_permitted",
        shows={"code": "CMN-404"},
    ),
    Trouble(
        name="presence that is pushed but cannot be read",
        cause=lambda simulator: simulator.fault(
            "error",
            path=f"{EXTENSIONS}/{simulator.users[0].id}/presence",
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
        cause=_fault("error", path=EXTENSIONS, status=401, errorCode="OAU-213"),
        error="token_rejected",
        shows={"code": "OAU-213"},
    ),
    Trouble(
        name="own extension that is not found",
        cause=_fault("error", path=EXTENSIONS, status=404, errorCode="CMN-102"),
        error="not_found",
        shows={"code": "CMN-102"},
    ),
    Trouble(
        name="request that is rejected",
        cause=_fault("error", path=EXTENSIONS, status=400, errorCode="CMN-101"),
        error="rejected",
        shows={"code": "CMN-101"},
    ),
    Trouble(
        name="internal error of the platform",
        cause=_fault("error", path=EXTENSIONS, status=500, errorCode="CMN-203"),
        error="server_error",
        shows={"code": "CMN-203"},
    ),
    Trouble(
        name="maintenance at the sign-in",
        cause=_fault("maintenance", path=TOKEN),
        error="maintenance",
    ),
    Trouble(
        name="maintenance after the sign-in",
        cause=_fault("maintenance", path=REST),
        error="maintenance",
    ),
    # Answers of others, or none
    Trouble(
        name="captive portal at the sign-in",
        cause=_fault("html", path=TOKEN),
        error="unexpected_answer",
    ),
    Trouble(
        name="captive portal after the sign-in",
        cause=_fault("html", path=REST),
        error="unexpected_answer",
    ),
    Trouble(
        name="half an answer",
        cause=_fault("broken_json", path=WSTOKEN),
        error="unexpected_answer",
    ),
    Trouble(
        name="connection reset at the sign-in",
        cause=_fault("reset", path=TOKEN),
        error="cannot_connect",
    ),
    Trouble(
        name="connection reset after the sign-in",
        cause=_fault("reset", path=REST),
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
