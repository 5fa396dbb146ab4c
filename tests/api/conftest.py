"""A client of the simulated platform; the simulator itself is the common one."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator import Simulator

from .client import Client


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
    for gateway in client.gateways:
        await gateway.close()
