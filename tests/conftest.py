"""Fixtures for all tests: a simulated platform, and Home Assistant signed in to it."""

from collections.abc import AsyncIterator, Iterator
import logging
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from demo.notices import Collector
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from .common import Account, add_account
from .reliability.common import Time
from .translations import check_translations  # noqa: F401

# Every run uses the same examples, so a failure is caused by a change of the code.
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def find_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration, in tests that use it."""
    if "hass" not in request.fixturenames:
        return
    # The recorder insists on being set up before Home Assistant.
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def notices() -> Iterator[list[str]]:
    """Fail a test in which Home Assistant objects to how the integration uses it."""
    collector = Collector()
    logging.getLogger().addHandler(collector)
    yield collector.notices
    logging.getLogger().removeHandler(collector)
    assert collector.notices == []


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return Home Assistant's own snapshots, whichever plugin was loaded first."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return the options of the simulator; tests override them."""
    return SimulatorOptions(port=0)


@pytest.fixture
async def simulator(
    socket_enabled: None, simulator_options: SimulatorOptions
) -> AsyncIterator[Simulator]:
    """Run a simulated platform."""
    simulator = Simulator(simulator_options)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def time(freezer: FrozenDateTimeFactory) -> Time:
    """Return time in the hands of the test; the marker `freeze_time` must tick."""
    return Time(freezer)


@pytest.fixture
async def account(hass: HomeAssistant, simulator: Simulator) -> Account:
    """Return an account that Home Assistant is signed in to, monitoring everyone."""
    return await add_account(hass, simulator)


@pytest.fixture
def set_up() -> Iterator[AsyncMock]:
    """Leave the flow alone with the platform: a finished one sets nothing up."""
    with patch(
        "custom_components.ringcentral.async_setup_entry", return_value=True
    ) as set_up:
        yield set_up
