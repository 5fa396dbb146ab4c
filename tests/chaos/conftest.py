"""Fixture of one run; options and summary of `scripts/chaos`."""

import asyncio
from collections.abc import Iterator, Sequence
import logging
import random as common_random
from random import Random
from typing import Any, Final, Protocol

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from simulator import Simulator, SimulatorOptions
from simulator.base.chance import seeded

from ..clockwork import Clockwork
from ..common import add_account
from .call_checker import CallChecker, CallKey, Difference, SeenEvent
from .chaos import Chaos
from .faults import FAULTS
from .instance import Instance
from .log_privacy import log_differences
from .platform_recorder import PlatformRecorder
from .platforms import drawn_groups, drawn_options, drawn_people
from .run_result import RunResult, summary


class Run(Protocol):
    """Plays this many minutes, with faults of these kinds."""

    async def __call__(
        self, minutes: float, kinds: Sequence[str] = tuple(FAULTS)
    ) -> RunResult:
        """Play a run and return its result."""


_TALLIES: Final = pytest.StashKey[list[RunResult]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of scripts/chaos."""
    group = parser.getgroup("chaos")
    group.addoption("--seed", type=int, nargs="+", help="seeds of the runs")
    group.addoption("--kills", type=int, help="kills of a real Home Assistant")
    group.addoption("--minutes", type=float, help="simulated minutes of trouble")
    group.addoption(
        "--no-recovery", action="store_true", help="sessions can't be continued"
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the results of all runs of scripts/chaos."""
    results = config.stash.get(_TALLIES, [])
    if results and config.getoption("seed", None) is not None:
        terminalreporter.write(f"\n{summary(results)}")


@pytest.fixture
def random_source(seed: int) -> Random:
    """Return the random source of a run."""
    return seeded(seed, "chaos")


@pytest.fixture
def simulator_options(
    random_source: Random, seed: int, recovery: bool
) -> SimulatorOptions:
    """Return a platform with random switches."""
    return drawn_options(random_source, seed, recovery=recovery)


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    random_source: Random,
    seed: int,
    recovery: bool,
) -> Run:
    """Return a function that plays a run and returns its result.

    The test must freeze the time, without ticks, so that each run of a seed is the same.
    """
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="custom_components.ringcentral")

    async def play(minutes: float, kinds: Sequence[str] = tuple(FAULTS)) -> RunResult:
        result = RunResult(seed=seed, recovery=recovery)
        request.config.stash.setdefault(_TALLIES, []).append(result)
        clockwork, checker = Clockwork(freezer), CallChecker()
        recorder = PlatformRecorder(simulator, checker)
        with recorder.watching():
            account = await add_account(
                hass,
                simulator,
                groups=drawn_groups(random_source),
                extensions=drawn_people(random_source, simulator),
            )
            await clockwork.settle()
            _listen(hass, checker)
            instance = Instance(account, hass_storage)
            chaos = Chaos(
                instance, clockwork, recorder, checker, result, random_source, kinds
            )
            # The integration draws its delays from the global source.
            common_random.seed(seed)
            await chaos.play(minutes)
            await clockwork.finish(
                hass.config_entries.async_unload(account.entry.entry_id), limit=1
            )
            await clockwork.settle()
        result.find("unload", _left_over(simulator))
        result.find("log", log_differences(caplog.records, simulator, recorder.tokens))
        return result

    return play


def _listen(hass: HomeAssistant, checker: CallChecker) -> None:
    """Pass each call event to the checker, as to an automation."""

    @callback
    def see(report: ExtensionCallEvent) -> None:
        call = report.event.call
        key = CallKey(
            report.extension_id, str(call.telephony_session_id), str(call.party_id)
        )
        checker.add_call_event(
            key, SeenEvent(report.event.type, report.event.reconstructed)
        )

    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, see)


def _left_over(simulator: Simulator) -> Iterator[Difference]:
    """Yield connections and tasks that an unloaded entry has left."""
    if number := len(simulator.gateway.connections):
        yield Difference("left over", f"{number} connections")
    for task in asyncio.all_tasks():
        if "ringcentral" in task.get_name():
            yield Difference("left over", f"task {task.get_name()}")
