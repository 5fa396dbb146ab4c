"""Fixtures for all tests: a simulated platform, and Home Assistant signed in to it."""

from collections.abc import AsyncIterator

import pytest

from simulator import Simulator, SimulatorOptions

from .translations import check_translations  # noqa: F401


@pytest.fixture(autouse=True)
def find_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration, in tests that use it."""
    if "hass" not in request.fixturenames:
        return
    # The recorder insists on being set up before Home Assistant.
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


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
