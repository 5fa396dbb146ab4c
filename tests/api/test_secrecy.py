"""No token, secret or JWT in any log line, error text or repr: at the debug level."""

import asyncio
from collections.abc import Callable
import logging
import traceback
from typing import Any

from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.auth import App, Token
from custom_components.ringcentral.api.event_filters import extension_filter
from custom_components.ringcentral.api.event_stream import EventStream
from custom_components.ringcentral.api.exceptions import RingCentralError
from custom_components.ringcentral.api.models.gateway import (
    SessionContext,
    WebSocketToken,
)
from custom_components.ringcentral.api.subscription_request import create_subscription
from tests.common import until

from .client import Client
from .stream import Listener


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Including the messages of aiohttp and asyncio."""
    for name in (None, "aiohttp.client", "aiohttp.websocket", "asyncio"):
        caplog.set_level(logging.DEBUG, name)


def secrets_of(client: Client) -> set[str]:
    """Return what must not be seen."""
    secrets = {client.simulator.jwt, client.simulator.client_secret}
    if (token := client.tokens.token) is not None:
        assert token.refresh_token is not None
        secrets |= {token.access_token, token.refresh_token}
    secrets |= set(client.simulator.gateway._tokens)
    secrets |= set(client.simulator.gateway.contexts._contexts)
    return secrets


def shown(err: BaseException) -> str:
    """Return everything that a log could show of an error."""
    return "".join([*traceback.format_exception(err), repr(err), repr(vars(err))])


def numbers_of(client: Client) -> set[str]:
    """Return ids and names of people, in no order."""
    return {user.name for user in client.simulator.users}


def assert_secret(client: Client, *texts: str) -> None:
    """Check that no text shows a secret, in whole or in part."""
    secrets = secrets_of(client)
    assert len(secrets) >= 2
    for text in texts:
        for secret in secrets:
            assert secret not in text
            assert secret[-16:] not in text


async def test_life_without_trouble_logs_no_secret(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Sign-in, refresh, connection, subscription, notifications, end."""
    await client.rest.account()
    client.simulator.fault("expire_tokens")
    await client.rest.extensions()
    gateway = await client.connect()
    extension_id = client.simulator.extension("102").id
    await create_subscription(
        gateway, (extension_filter(extension_id),), client.anomalies
    )
    client.simulator.ring(to="102", from_="+16505550123")
    await until(lambda: len(client.notifications) == 1)
    await gateway.close()
    again = await client.connect(gateway.context)
    await again.close()
    assert client.tokens.token is not None
    secrets = secrets_of(client)
    await client.endpoint.revoke(client.tokens.token.access_token)

    assert len(secrets) >= 7
    assert "custom_components.ringcentral" in caplog.text
    assert_secret(client, caplog.text)
    ours = "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("custom_components")
    )
    assert "+16505550123" not in ours
    assert extension_id not in ours
    assert not any(name in ours for name in numbers_of(client))


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("reset", {}),
        ("html", {}),
        ("broken_json", {}),
        ("maintenance", {}),
        ("rate_limit", {}),
        ("lost_answer", {}),
        ("error", {"status": 400, "errorCode": "CMN-101", "message": "Bad token"}),
    ],
)
@pytest.mark.parametrize(
    "work",
    [
        lambda client: client.endpoint.exchange_jwt(client.simulator.jwt),
        lambda client: client.endpoint.refresh(client.tokens.token.refresh_token),
        lambda client: client.endpoint.revoke(client.tokens.token.access_token),
        lambda client: client.rest.websocket_token(),
    ],
    ids=["exchange", "refresh", "revoke", "wstoken"],
)
async def test_failed_request_shows_no_secret(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    params: dict[str, Any],
    work: Callable[[Client], object],
) -> None:
    """Nor does what is behind the error."""
    await client.tokens.access_token()
    client.simulator.fault(fault, path="/restapi/oauth", **params)

    doing = work(client)
    assert asyncio.iscoroutine(doing)
    with pytest.raises(RingCentralError) as failed:
        await doing

    assert_secret(client, caplog.text, shown(failed.value))


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("refuse_upgrade", {}),
        ("refuse_upgrade", {"status": 401}),
        ("close_at_connect", {}),
        ("error_at_connect", {"errorCode": "OAU-213", "message": "Token not found"}),
        ("error_at_connect", {"errorCode": "WSG-400", "message": "Malformed"}),
    ],
)
async def test_failed_connection_shows_no_secret(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    params: dict[str, Any],
) -> None:
    """The address of the gateway holds token and context."""
    first = await client.connect()
    await first.close()
    client.simulator.fault(fault, **params)

    with pytest.raises(RingCentralError) as failed:
        await client.connect(first.context)

    assert_secret(client, caplog.text, shown(failed.value))


async def test_unreachable_gateway_shows_no_secret(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The server is gone."""
    first = await client.connect()
    await first.close()
    token = await client.rest.websocket_token()
    secrets = secrets_of(client)
    await client.simulator.stop()

    with pytest.raises(RingCentralError) as failed:
        await type(first).connect(
            client.transport, token, first.context, print, client.anomalies
        )

    assert token.token in secrets
    assert_secret(client, caplog.text, shown(failed.value))


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_stream_in_trouble_logs_no_secret(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    freezer: StepTickTimeFactory,
) -> None:
    """Loss, failed attempts, recovery, and an end by an error message."""
    stream = EventStream(
        client.transport, client.rest, Listener(), lambda event: None, client.anomalies
    )
    extension_id = client.simulator.extension("102").id
    await stream.subscriptions.change_filters((extension_filter(extension_id),))
    task = asyncio.create_task(stream.run(), name="ringcentral stream")
    for fault in ("refuse_upgrade", "error_at_connect", "close_at_connect"):
        await until(lambda: stream.state.value == "push")
        client.simulator.fault(fault)
        client.simulator.drop_connections(abort=True)
        await until(lambda: stream.state.value != "push")
        freezer.tick(125)
        await asyncio.sleep(0)
        await until(lambda: not client.simulator.faults.as_json())
        for _ in range(100):
            await asyncio.sleep(0)
        freezer.tick(125)
    await until(lambda: stream.state.value == "push")
    client.simulator.fault("revoke_sessions")
    await until(lambda: stream.state.value != "push")
    errors = [shown(stream.last_error)] if stream.last_error else []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert errors
    assert_secret(client, caplog.text, repr(task), repr(stream), *errors)


def test_reprs_show_no_secret() -> None:
    """They end up in tracebacks and debuggers."""
    secret = "SECRET-0123456789"
    values = [
        Token(
            access_token=secret,
            refresh_token=secret,
            expires_in=3600,
            expires_at=0.0,
            scope="",
            owner_id=None,
        ),
        App(client_id=secret, client_secret=secret),
        WebSocketToken(uri=f"wss://x?{secret}", token=secret, expires_in=60),
        SessionContext(secret, 1),
    ]

    assert all(secret not in f"{value!r} {value} {[value]}" for value in values)
