"""Connections to the simulated gateway, or to one of the tests' own."""

import asyncio
from typing import Any

import aiohttp
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.event_filters import extension_filter
from custom_components.ringcentral.api.exceptions import RingCentralError
from custom_components.ringcentral.api.models.base import decode_json
from custom_components.ringcentral.api.models.gateway import WebSocketToken
from custom_components.ringcentral.api.websocket import WebSocketConnection
from simulator import Simulator
from tests.common import until

from .client import Client, new_transport


def connection_tasks() -> list[asyncio.Task[Any]]:
    """Return the tasks that connections have running."""
    return [t for t in asyncio.all_tasks() if t.get_name().startswith("ringcentral")]


async def run_loop(count: int = 50) -> None:
    """Let everything happen that is due."""
    for _ in range(count):
        await asyncio.sleep(0)


async def open_with(
    session: aiohttp.ClientSession,
    token: WebSocketToken,
    notifications: list[Any] | None = None,
    anomalies: Anomalies | None = None,
) -> WebSocketConnection:
    """Open a connection to a gateway of our own making."""
    received = notifications if notifications is not None else []
    return await WebSocketConnection.connect(
        new_transport(session, "http://localhost"),
        token,
        None,
        lambda body: received.append(decode_json(body)),
        anomalies or Anomalies(),
    )


async def refused(
    session: aiohttp.ClientSession, token: WebSocketToken
) -> RingCentralError:
    """Return why no connection comes about; nothing is left of it."""
    with pytest.raises(RingCentralError) as failed:
        await open_with(session, token)
    assert token.token not in str(failed.value)
    assert failed.value.__cause__ is None
    assert connection_tasks() == []
    return failed.value


def presence_filter(simulator: Simulator, number: str) -> str:
    """Return the filter for an extension, by its number."""
    return extension_filter(simulator.extension(number).id)


def notify(client: Client, message: str) -> None:
    """Send a notification about extension 102."""
    extension_id = client.simulator.extension("102").id
    client.simulator.notify({"extensionId": extension_id, "message": message})


def messages(client: Client) -> list[str]:
    """Return the messages of the notifications."""
    return [n["body"].get("message") for n in client.notifications]


async def until_received(client: Client, message: str) -> None:
    """Wait for a notification, sent here and now."""
    notify(client, message)
    await until(lambda: message in messages(client))
