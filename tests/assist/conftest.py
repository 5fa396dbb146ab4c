"""Fixtures of what assistants learn."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..assistant import Assistant, set_up_assistant
from ..common import Account, add_account
from ..reliability.common import Time
from ..services import add_two_extensions
from .common import expose_telephones


@pytest.fixture
async def exposed(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account with three people, of whom two are exposed."""
    assert await async_setup_component(hass, "homeassistant", {})
    account = await add_account(
        hass, simulator, groups=[], extensions=["101", "102", "103"]
    )
    expose_telephones(account, "101", "102")
    await time.passes(10.0)
    return account


@pytest.fixture
async def office(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account with the telephones of its user and of a colleague."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    account = await add_two_extensions(hass, simulator)
    # The own presence is read once.
    await time.passes(10.0)
    return account


@pytest.fixture
async def assistant(office: Account) -> Assistant:
    """Return an assistant that may see both telephones."""
    assistant = await set_up_assistant(office.hass)
    expose_telephones(office, "101", "102")
    return assistant
