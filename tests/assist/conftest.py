"""Fixtures of what assistants learn."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator

from ..common import Account, add_account
from ..reliability.common import Time
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
