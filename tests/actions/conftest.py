"""Fixtures of the actions on calls."""

import pytest

from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import Account
from ..services import add_two_extensions
from .common import RecordingControl, record_control


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account that shows the signed-in user and a colleague."""
    return await add_two_extensions(hass, simulator)


@pytest.fixture
def control(account: Account, monkeypatch: pytest.MonkeyPatch) -> RecordingControl:
    """Return the control of the account's calls, which records commands."""
    return record_control(account, monkeypatch)
