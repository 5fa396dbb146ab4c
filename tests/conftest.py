"""Fixtures for all tests: a simulated platform, and Home Assistant signed in to it."""

from collections.abc import AsyncIterator, Iterator
import logging
import os
from threading import enumerate as enumerate_threads
from unittest.mock import AsyncMock, patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from demo.browser import NO_BROWSER, find_browser
from demo.notices import Collector
from homeassistant.core import HomeAssistant
from simulator import Simulator, SimulatorOptions

from .clockwork import advance_when_idle, observe_executors
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


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the path of a browser; skip the test where there is none, but not in CI."""
    if (path := find_browser()) is None:
        assert "CI" not in os.environ, NO_BROWSER
        pytest.skip(NO_BROWSER)
    return path


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave debug mode off, unlike the plugin: it records a traceback of each callback.

    That takes a third of the time. Home Assistant checks threads in any case.
    """


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


@pytest.fixture(scope="session", autouse=True)
def executors() -> Iterator[None]:
    """Record the jobs in threads, for tests that wait for an idle loop."""
    with observe_executors():
        yield


@pytest.fixture
def freezer(request: pytest.FixtureRequest) -> Iterator[FrozenDateTimeFactory]:
    """Freeze time; while the test waits for a timer, the clock advances to it.

    Real time never counts: neither does `tick=True` of the marker `freeze_time`.
    """
    marker = request.node.get_closest_marker("freeze_time")
    args = marker.args if marker else ()
    kwargs = {**marker.kwargs, "tick": False} if marker else {}
    with freeze_time(*args, **kwargs) as factory:
        assert isinstance(factory, FrozenDateTimeFactory)
        with advance_when_idle(factory):
            yield factory


@pytest.fixture
async def time(freezer: FrozenDateTimeFactory) -> Time:
    """Return time that the test moves."""
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


@pytest.fixture
def ended_threads() -> Iterator[None]:
    """Wait for the threads of progress displays, which end shortly after them."""
    before = set(enumerate_threads())
    yield
    for thread in set(enumerate_threads()) - before:
        thread.join(10)
