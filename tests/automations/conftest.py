"""Fixtures of the automation tests."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import Account, add_account
from ..reliability.common import Time


@pytest.fixture
async def time(freezer: FrozenDateTimeFactory) -> Time:
    """Return time in the hands of the test; the marker `freeze_time` must tick."""
    return Time(freezer)


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Monitor everyone."""
    return await add_account(hass, simulator)
