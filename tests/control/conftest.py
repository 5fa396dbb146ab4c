"""Fixtures of control of calls."""

from collections.abc import AsyncIterator

import pytest

from homeassistant.core import HomeAssistant
from simulator import Simulator

from ..common import Account, add_account
from ..reliability.common import Time
from ..services import add_two_extensions
from .bench import COLLEAGUE, OWN, Bench
from .common import turn_on
from .ringout_platform import Caller, Platform, serving


@pytest.fixture
async def controlled(hass: HomeAssistant, simulator: Simulator, time: Time) -> Account:
    """Return an account with two extensions whose calls can be controlled."""
    account = await add_two_extensions(hass, simulator)
    turn_on(account)
    # The own presence is read once.
    await time.passes(10.0)
    simulator.log.clear()
    return account


@pytest.fixture
async def bench(hass: HomeAssistant, simulator: Simulator, time: Time) -> Bench:
    """Return an account with an own phone, colleagues, and a park location."""
    account = await add_account(
        hass, simulator, groups=["lines"], extensions=[OWN, COLLEAGUE]
    )
    turn_on(account)
    bench = Bench(account, time)
    await bench.reset()
    return bench


@pytest.fixture
async def served(
    account: Account, time: Time
) -> AsyncIterator[tuple[Platform, Caller]]:
    """Return a platform and a user who dials there."""
    async with serving(account) as served:
        yield served
        # Until everything that was sent has arrived.
        await time.passes(3.0)


@pytest.fixture
def platform(served: tuple[Platform, Caller]) -> Platform:
    """Return the platform."""
    return served[0]


@pytest.fixture
def caller(served: tuple[Platform, Caller]) -> Caller:
    """Return the user who dials."""
    return served[1]
