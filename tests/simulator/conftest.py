"""A client of the simulator that is signed in; the simulator itself is the common one."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator import Simulator

from .client import Client, Socket


@pytest.fixture(autouse=True)
def find_custom_integrations() -> None:
    """Home Assistant has no part in these tests."""


@pytest.fixture
async def stranger(simulator: Simulator) -> AsyncIterator[Client]:
    """Return a client that has not signed in."""
    async with aiohttp.ClientSession() as http:
        client = Client(simulator, http)
        yield client
        for socket in client.sockets:
            await socket.close()


@pytest.fixture
async def client(stranger: Client) -> Client:
    """Return a client that has signed in."""
    await stranger.sign_in()
    return stranger


@pytest.fixture
async def socket(client: Client) -> Socket:
    """Return a connection to the gateway without subscription."""
    return await client.connect()
