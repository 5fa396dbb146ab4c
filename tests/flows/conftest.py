"""Fixtures of sign-ins."""

from collections.abc import AsyncIterator
from typing import cast
from unittest.mock import patch

from aiohttp import TCPConnector
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ringcentral.const import DOMAIN
from custom_components.ringcentral.coordinator import RingCentralConfigEntry
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..browser import Visitor, add_credential
from ..common import Account
from .common import MINUTE, Choice


@pytest.fixture
async def visitor(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> Visitor:
    """Return a user of the frontend."""
    assert await async_setup_component(hass, "config", {})
    assert await async_setup_component(hass, DOMAIN, {})
    return Visitor(simulator, await hass_client(), await hass_client_no_auth())


@pytest.fixture
async def app(hass: HomeAssistant, simulator: Simulator) -> str:
    """Enter the confidential app under Application credentials."""
    return await add_credential(hass, simulator.client_id, simulator.client_secret)


@pytest.fixture
def choice(simulator: Simulator) -> Choice:
    """Return the selection of one extension."""
    return Choice(simulator)


@pytest.fixture
async def account(
    hass: HomeAssistant,
    visitor: Visitor,
    app: str,
    choice: Choice,
    freezer: FrozenDateTimeFactory,
) -> AsyncIterator[Account]:
    """Return an account that was signed in to with a browser, a minute ago.

    An app may send five requests for tokens per minute.
    """
    step = await visitor.submit(await visitor.sign_in(), choice.data)
    assert step["type"] == "create_entry", step
    await hass.async_block_till_done()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    visitor.simulator.log.clear()
    freezer.tick(MINUTE)
    yield Account(hass, cast(RingCentralConfigEntry, entry), visitor.simulator)
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def unknown_names(hass: HomeAssistant) -> AsyncIterator[None]:
    """Let no name be known: a name server is no part of a test."""
    connector = async_get_clientsession(hass).connector
    assert isinstance(connector, TCPConnector)
    with patch.object(connector._resolver, "resolve", side_effect=OSError):
        yield
