"""Fixtures of the blueprint tests."""

from collections.abc import AsyncIterator
import logging
from pathlib import Path
from shutil import copytree

import pytest

from homeassistant.setup import async_setup_component

from ..common import Account
from ..reliability.common import Time
from .common import AUTOMATION, BLUEPRINTS, House

_LOGGERS = (
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
    """Return a configuration directory with the blueprints."""
    copytree(BLUEPRINTS, tmp_path / "blueprints/automation/ringcentral")
    return str(tmp_path)


@pytest.fixture
async def house(
    account: Account, time: Time, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[House]:
    """Return the devices around the phones; no warning may be logged."""
    for component in ("homeassistant", "scene", "persistent_notification"):
        assert await async_setup_component(account.hass, component, {})
    await account.hass.async_block_till_done()
    house = House(account, time)
    yield house
    # Otherwise the automation starts to wait when the account is unloaded.
    if account.hass.states.get(AUTOMATION) is not None:
        await house.call("automation.turn_off", AUTOMATION)
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.startswith(_LOGGERS)
    ] == []
