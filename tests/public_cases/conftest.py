"""Fixtures of the public cases."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant

from .runner import CaseRunner


@pytest.fixture
async def runner(
    socket_enabled: None,
    hass_storage: dict[str, Any],
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
) -> AsyncIterator[CaseRunner]:
    """Return a runner with an empty Home Assistant; only the steps move time."""
    runner = CaseRunner(hass, freezer)
    yield runner
    await runner.close()
