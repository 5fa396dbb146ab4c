"""The longest turn of the event loop in each phase of the life of an account.

A whole Home Assistant with a recorder runs through all phases, the simulated platform in a
process of its own. A turn is everything that runs between two selects, in processor time
of the event loop's thread, without the garbage collector.

Each phase is divided by the time of 1,000 bare state writes in the same process. The
restart is divided by the longest turn in which Home Assistant reads its own registries of
that account.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
import gc
from pathlib import Path
import statistics
import tempfile
from typing import Final

from aiohttp import ClientSession

from benchmarks.environment import Account, platform, sign_in_to
from benchmarks.figures import Figure, Goal, at_most
from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.moved_time import MovedTime, moved_time
from benchmarks.scale import Scale
from benchmarks.turns import longest_turn
from benchmarks.whole import thousand_writes, until_quiet, whole_home_assistant
from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

# Enabled entities of an extension.
ENABLED: Final = 4
GOAL: Final = at_most(8)
_GOAL_OF_RESTART: Final = at_most(1.25)
_HOUR: Final = 3600
_OUTAGE: Final = 300.0
# Seconds of moved time in which everything must be current again.
_RETURN: Final = 600
# Real seconds of each of them: requests must not exceed their time limits.
_PAUSE: Final = 0.1
_UNREACHABLE: Final = (
    {"fault": "reset", "path": "/restapi", "seconds": _HOUR},
    {"fault": "refuse_upgrade", "status": 503, "seconds": _HOUR},
    {"fault": "drop"},
)
_READINGS: Final = 3

type Described = Mapping[str, str]


class Phase(StrEnum):
    """What happens to an account; the order is that of the measurement."""

    START = "start"
    FIRST_SET_UP = "first_set_up"
    NEWCOMER = "newcomer"
    OUTAGE = "outage"
    RELOAD = "reload"
    STOP = "stop"
    RESTART = "restart"
    UNLOAD = "unload"
    LINES = "lines"


# Of Home Assistant without an account, and with the stored one.
_STARTS: Final = frozenset({Phase.START, Phase.RESTART})


@dataclass(frozen=True, slots=True)
class Turns:
    """Milliseconds of the longest turn of each phase in a run of Home Assistant.

    Attributes:
        writes: of 1,000 bare state writes, once for each round.

    """

    writes: list[float]
    phases: dict[Phase, float] = field(default_factory=dict)

    @asynccontextmanager
    async def measured(
        self, phase: Phase, hass: HomeAssistant, states: int = 0
    ) -> AsyncIterator[None]:
        """Measure a phase until there are so many states and nothing more follows."""
        with longest_turn() as longest:
            yield
            await until_quiet(hass, states)
        self.phases[phase] = longest.milliseconds

    @property
    def ratios(self) -> dict[Phase, float]:
        """The phases, relative to the writes; starts have other references."""
        return {
            phase: milliseconds / statistics.median(self.writes)
            for phase, milliseconds in self.phases.items()
            if phase not in _STARTS
        }


async def run(scale: Scale) -> Iterable[Figure]:
    """Measure the phases in all sizes."""
    main, *others = scale.turns
    found = await _figures(main, "", GOAL)
    for size in others:
        found += await _figures(size, f"_at_{size}", None)
    return found


async def _figures(size: int, suffix: str, goal: Goal | None) -> list[Figure]:
    turns, readings = await measure_all(size)
    reading = statistics.median(readings)
    restart = turns.phases[Phase.RESTART]
    return [
        Figure(f"turn_ratio{suffix}", [max(turns.ratios.values())], goal=GOAL),
        *(
            Figure(f"turn_ratio_{phase}{suffix}", [ratio], goal=goal)
            for phase, ratio in turns.ratios.items()
        ),
        Figure(
            f"turn_restart_ratio{suffix}",
            [restart / reading],
            goal=goal and _GOAL_OF_RESTART,
        ),
        *(
            Figure(f"turn_ms_{phase}{suffix}", [milliseconds], "ms")
            for phase, milliseconds in turns.phases.items()
        ),
        Figure(f"registries_ms{suffix}", readings, "ms"),
        Figure(f"bare_writes_ms{suffix}", turns.writes, "ms"),
    ]


async def measure_all(size: int) -> tuple[Turns, list[float]]:
    """Return the longest turn of each phase, and of reading the registries."""
    # The newcomer makes it complete.
    async with platform(size - 1, "rate_limits=false") as simulated:
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory) / "config"
            first = run_in_fresh_process(
                first_run, folder, simulated.described, size - 1
            )
            readings = [
                run_in_fresh_process(read_registries, folder) for _ in range(_READINGS)
            ]
            second = run_in_fresh_process(second_run, folder, size)
    return Turns(
        [*first.writes, *second.writes], first.phases | second.phases
    ), readings


def without_collector() -> None:
    """Switch the garbage collector off in this process."""
    gc.collect()
    gc.freeze()
    gc.disable()


async def first_run(folder: Path, described: Described, size: int) -> Turns:
    """Set up an account for the first time, and stop Home Assistant."""
    without_collector()
    async with AsyncExitStack() as stack:
        moved = stack.enter_context(moved_time())
        session = await stack.enter_async_context(
            ClientSession(described["server"], raise_for_status=True)
        )
        with longest_turn() as start:
            hass = await stack.enter_async_context(whole_home_assistant(folder))
        turns = Turns(thousand_writes(hass), {Phase.START: start.milliseconds})
        async with turns.measured(Phase.FIRST_SET_UP, hass, ENABLED * size):
            account = await sign_in_to(hass, described)
        states = hass.states.async_entity_ids_count()
        async with turns.measured(Phase.NEWCOMER, hass, states + ENABLED):
            await session.post("/simulator/extensions", json={"name": "Ada New"})
        async with turns.measured(Phase.OUTAGE, hass):
            await _pass_outage(account, session, moved)
        async with turns.measured(Phase.RELOAD, hass, states + ENABLED):
            await hass.config_entries.async_reload(account.entry.entry_id)
        with longest_turn() as stop:
            await hass.async_stop()
        turns.phases[Phase.STOP] = stop.milliseconds
    return turns


async def _pass_outage(
    account: Account, session: ClientSession, moved: MovedTime
) -> None:
    """Let the platform be unreachable for minutes, and return with nothing to recover."""
    coordinator = account.coordinator
    for fault in _UNREACHABLE:
        await session.post("/simulator/faults", json=fault)
    await moved.advance(_OUTAGE)
    assert coordinator.stream.state is not StreamState.PUSH
    assert len(coordinator.stale) == len(coordinator.data)
    await session.delete("/simulator/faults")
    await session.post("/simulator/faults", json={"fault": "recovery_failed"})
    for _ in range(_RETURN):
        if coordinator.monitor.is_followed and not coordinator.stale:
            return
        await moved.step(_PAUSE)
    raise AssertionError("Not everyone is current again")


async def second_run(folder: Path, size: int) -> Turns:
    """Start Home Assistant again, with the registries of the first run."""
    without_collector()
    async with AsyncExitStack() as stack:
        with longest_turn() as restart:
            hass = await stack.enter_async_context(whole_home_assistant(folder))
            await until_quiet(hass, ENABLED * size)
        turns = Turns(thousand_writes(hass), {Phase.RESTART: restart.milliseconds})
        [entry] = hass.config_entries.async_entries(DOMAIN)
        async with turns.measured(Phase.UNLOAD, hass):
            assert await hass.config_entries.async_unload(entry.entry_id)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until_quiet(hass, ENABLED * size)
        options = hass.config_entries.options
        form = await options.async_init(entry.entry_id)
        async with turns.measured(Phase.LINES, hass):
            await options.async_configure(
                form["flow_id"], {"groups": ["lines"], "extensions": []}
            )
        assert hass.states.async_entity_ids_count() < ENABLED * size
    return turns


async def read_registries(folder: Path) -> float:
    """Return the milliseconds of the longest turn of reading the stored registries."""
    without_collector()
    hass = HomeAssistant(str(folder))
    with longest_turn() as longest:
        dr.async_setup(hass)
        await dr.async_load(hass)
        await er.async_load(hass)
    assert dr.async_get(hass).devices
    await hass.async_stop(force=True)
    return longest.milliseconds
