"""Signing in with a JWT: each failure is shown, and can be fixed."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import AsyncMock

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.config_flow import RingCentralConfigFlow
from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import sign_in, start_flow, submit, until
from ..forms import assert_shows, suggested, without_secrets
from .common import (
    EXTENSIONS,
    REST,
    SLACK,
    SUBSCRIPTION,
    TOKEN,
    TROUBLES,
    WSTOKEN,
    Trouble,
    at,
    finish,
    requests,
    run_loop,
    seconds_to_wait,
)


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
# Failures


@pytest.mark.parametrize(
    "trouble", [pytest.param(trouble, id=trouble.name) for trouble in TROUBLES]
)
async def test_failure_is_shown_and_can_be_fixed(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, trouble: Trouble
) -> None:
    """The form shows the error, keeps the input but no secret, and then continues."""
    trouble.cause(simulator)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, trouble.error, trouble.shows)
    if trouble.names_permission:
        assert result["step_id"] == "retry"
        again: dict[str, Any] = {}
    else:
        assert result["step_id"] == "jwt"
        again = sign_in(simulator)
    assert suggested(result) == without_secrets(again)
    assert not hass.config_entries.async_entries(DOMAIN)

    trouble.fix(simulator)
    await finish(hass, await submit(hass, result, again))


async def test_wrong_secret_answered_with_401_shows_the_same_error(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Sources give two statuses and two codes for it."""
    simulator.switches.wrong_secret_status = 401
    simulator.switches.wrong_secret_code = "OAU-153"
    entered = sign_in(simulator) | {"client_secret": "wrong"}
    result = await submit(hass, await start_flow(hass), entered)
    assert_shows(result, "invalid_client", {"code": "OAU-153"})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


# --------------------------------------------------------------------------------------
# Network


async def test_server_that_does_not_run_cannot_be_reached(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """A firewall or an outage looks the same."""
    await simulator.stop()
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "cannot_connect", {})

    await simulator.start()
    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_unknown_name_cannot_be_resolved(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock, unknown_names: None
) -> None:
    """A typing error, or no name server."""
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | at("https://ringcentral.invalid"),
    )
    assert_shows(result, "cannot_resolve", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_server_without_tls_has_an_error_of_its_own(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """What answers on the port speaks, but not TLS."""
    result = await submit(
        hass,
        await start_flow(hass),
        sign_in(simulator) | at(f"https://127.0.0.1:{simulator.port}"),
    )
    assert_shows(result, "tls_failed", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
@pytest.mark.parametrize(
    ("fault", "params"),
    [
        pytest.param("no_answer", {"path": TOKEN}, id="sign-in"),
        pytest.param("no_answer", {"path": EXTENSIONS}, id="REST"),
        pytest.param("silent_connect", {}, id="gateway"),
        pytest.param("no_reply", {"path": SUBSCRIPTION}, id="subscription"),
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
        await run_loop(20)
    result = await waiting
    assert_shows(result, "timed_out", {})
    assert 9 <= seconds <= 12

    simulator.clear_faults()
    await finish(hass, await submit(hass, result, sign_in(simulator)))


# --------------------------------------------------------------------------------------
# Rate limits: five sign-ins and WebSocket access tokens per minute and app


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
@pytest.mark.parametrize("path", [TOKEN, EXTENSIONS, WSTOKEN])
async def test_rate_limit_is_shown_with_its_seconds(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
    path: str,
) -> None:
    """A request after that time succeeds; before, none is sent."""
    simulator.fault("rate_limit", path=path, retryAfter=17)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "rate_limited", {"seconds": "17"})

    freezer.tick(10)
    answered = requests(simulator, path)
    result = await submit(hass, result, sign_in(simulator))
    assert 7 <= seconds_to_wait(result) < 17
    assert requests(simulator, path) == answered

    freezer.tick(seconds_to_wait(result) + SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))


async def test_rate_limit_without_seconds_is_shown_as_a_minute(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """So long the platform's own clients wait."""
    simulator.fault("rate_limit", path=TOKEN)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "rate_limited", {"seconds": "60"})


@pytest.mark.parametrize(
    "fault", [("maintenance", EXTENSIONS), ("reset", WSTOKEN), ("html", REST)]
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
    assert requests(simulator, TOKEN) == 1


async def test_added_permission_is_tried_with_a_new_token(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """The former token may not contain it."""
    simulator.permissions.remove("WebSocket")
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    simulator.permissions.add("WebSocket")
    entry = (await finish(hass, await submit(hass, result, {})))["result"]

    assert requests(simulator, TOKEN) == 2
    session = simulator.oauth.session_of(entry.data["token"]["access_token"])
    assert session is simulator.oauth.sessions[-1]


async def test_other_credentials_are_never_tried_with_the_former_token(
    hass: HomeAssistant, simulator: Simulator, set_up: AsyncMock
) -> None:
    """Even if only the validation failed before."""
    simulator.fault("maintenance", path=EXTENSIONS)
    result = await submit(hass, await start_flow(hass), sign_in(simulator))
    assert_shows(result, "maintenance", {})

    wrong = sign_in(simulator) | {"jwt": "header.claims.signature"}
    result = await submit(hass, result, wrong)
    assert_shows(result, "invalid_grant", {})

    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
async def test_too_many_tries_are_refused_without_a_request(
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
    assert 40 - SLACK <= seconds_to_wait(result) < 60
    assert requests(simulator, TOKEN) == 5

    freezer.tick(seconds_to_wait(result) + SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))


@pytest.mark.freeze_time("2026-10-05 08:00:00", tick=True)
async def test_websocket_token_that_must_wait_costs_no_second_sign_in(
    hass: HomeAssistant,
    simulator: Simulator,
    set_up: AsyncMock,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The fifth request signed in, and the WebSocket access token would be the sixth."""
    result = await start_flow(hass)
    wrong = sign_in(simulator) | {"client_secret": "wrong"}
    for _ in range(4):
        result = await submit(hass, result, wrong)
    result = await submit(hass, result, sign_in(simulator))
    assert_shows(result, "rate_limited", {})
    assert requests(simulator, WSTOKEN) == 0

    freezer.tick(seconds_to_wait(result) + SLACK)
    await finish(hass, await submit(hass, result, sign_in(simulator)))
    assert requests(simulator, TOKEN) == 5
