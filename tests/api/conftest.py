"""Clients of the simulated platform."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.recovery import Session
from custom_components.ringcentral.api.subscription_request import create_subscription
from custom_components.ringcentral.api.websocket import WebSocketConnection
from simulator import Simulator

from .client import Client
from .gateway import presence_filter
from .stream import Freezer, Running


@pytest.fixture(autouse=True)
def find_custom_integrations() -> None:
    """Home Assistant has no part in these tests."""


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session of our own."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def client(
    simulator: Simulator, session: aiohttp.ClientSession
) -> AsyncIterator[Client]:
    """Return a client that has not signed in yet."""
    client = Client(simulator, session)
    yield client
    for gateway in client.connections:
        await gateway.close()


@pytest.fixture
async def gateway(client: Client) -> AsyncIterator[WebSocketConnection]:
    """Return a connection that is subscribed to extension 102."""
    gateway = await client.connect()
    await create_subscription(
        gateway, (presence_filter(client.simulator, "102"),), Anomalies()
    )
    yield gateway
    await gateway.close()


@pytest.fixture
async def running(client: Client, freezer: Freezer) -> AsyncIterator[Running]:
    """Return a stream that is not started yet."""
    running = Running(client, freezer)
    yield running
    await running.stop()


@pytest.fixture
async def pushing(running: Running) -> Running:
    """Return a stream that is connected and subscribed."""
    await running.start()
    await running.until_push()
    return running


@pytest.fixture
async def former_session(pushing: Running) -> Session:
    """Return the session of a stream that has ended as at an unload."""
    await pushing.until_received("before")
    session = pushing.stream.session
    assert session is not None
    await pushing.stop()
    assert pushing.stream.session == session
    return session


@pytest.fixture
async def second(client: Client, freezer: Freezer) -> AsyncIterator[Running]:
    """Return another stream, as after a reload."""
    second = Running(client, freezer)
    yield second
    await second.stop()
