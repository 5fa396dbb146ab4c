"""Fixtures of the tests of the blueprints."""

from collections.abc import AsyncIterator
import logging
from pathlib import Path
from shutil import copytree

import pytest

from homeassistant.setup import async_setup_component

from ..common import Account
from ..reliability.common import Time
from .common import AUTOMATION, BLUEPRINTS, House

_COMPLAINTS = (
    "homeassistant.components.automation",
    "homeassistant.components.homeassistant",
    "homeassistant.components.scene",
    "homeassistant.components.template.trigger",
    "homeassistant.helpers.condition",
    "homeassistant.helpers.script",
    "homeassistant.helpers.service",
    "homeassistant.helpers.template",
)


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a configuration directory into which the blueprints were imported."""
    copytree(BLUEPRINTS, tmp_path / "blueprints/automation/ringcentral")
    return str(tmp_path)


@pytest.fixture
async def house(
    account: Account, time: Time, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[House]:
    """Return the things around the phones; the automation must not complain."""
    for component in ("homeassistant", "scene", "persistent_notification"):
        assert await async_setup_component(account.hass, component, {})
    await account.hass.async_block_till_done()
    house = House(account, time)
    yield house
    # The account goes first, at which an automation may begin to wait.
    if account.hass.states.get(AUTOMATION) is not None:
        await house.call("automation.turn_off", AUTOMATION)
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.startswith(_COMPLAINTS)
    ] == []
