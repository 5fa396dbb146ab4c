"""A simulated company and Home Assistant, connected by real sockets, in moved time."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any, Final, Self, override

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    async_test_home_assistant,
    mock_storage,
)

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.calls.dispatcher import (
    SIGNAL_CALL_EVENT,
    take_dispatcher,
)
from custom_components.ringcentral.calls.lifecycle import ExtensionCallEvent
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import frame
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from simulator import Simulator, SimulatorOptions, Switches
from simulator.base import clock
from simulator.base.wire import JsonValue
from simulator.company.directory import OWNER_NUMBER

from ..chaos import state_differences
from ..chaos.call_checker import CallChecker
from ..chaos.instance import Instance
from ..chaos.platform_recorder import PlatformRecorder
from ..clockwork import Clockwork
from ..common import Account, add_account
from ..strategies import MIDNIGHT
from .checker import UNSAVED, Checker, Difference, ShownCall
from .matching import Reported, platform_word
from .phones import Phones
from .plans import STARTS, WAITS, Step
from .recorder import recorded
from .truth import MAX_PAUSE, Truth

NUMBERS: Final = ("101", "102", "103", "104")
EPOCH: Final = MIDNIGHT.timestamp()
_BUFFER_SIZE: Final = 12
_WSTOKEN: Final = "/restapi/oauth/wstoken"
_PRESENCE: Final = "/restapi/v1.0/account"
# Seconds.
_AT_REST: Final = 20.0
_RECONNECTED: Final = 200.0


class _Arrivals(CallChecker):
    """Passes the arrival of notifications to the truth."""

    def __init__(self, truth: Truth, journal: list[str]) -> None:
        """Initialize without notifications."""
        super().__init__()
        self._truth = truth
        self._journal = journal
        self.on_arrival: Callable[[str], None] | None = None

    @override
    def set_arrived(self, uuid: str) -> None:
        super().set_arrived(uuid)
        now = clock.wall() - EPOCH
        self._truth.arrive(uuid, now)
        self._journal.append(f"{now:8.3f} <- {self._truth.describe(uuid)}")
        if self.on_arrival is not None:
            self.on_arrival(uuid)


class LiveWorld:
    """Runs the steps of an example."""

    phones_type: type[Phones] = Phones

    def __init__(
        self,
        account: Account,
        storage: dict[str, Any],
        clockwork: Clockwork,
        truth: Truth,
        recorder: PlatformRecorder,
        journal: list[str],
    ) -> None:
        """Initialize with an account that Home Assistant has just been signed in to."""
        self.checker = Checker(truth)
        self.journal = journal
        self.truth = truth
        self._recorder = recorder
        self.account = account
        self._simulator = account.simulator
        self._instance = Instance(account, storage)
        self._storage = storage
        self._is_dead = False
        self.clockwork = clockwork
        self._phones = self.phones_type(self._simulator, NUMBERS)
        self._numbers = {self._simulator.extension(n).id: n for n in NUMBERS}
        async_dispatcher_connect(account.hass, SIGNAL_CALL_EVENT, self._report)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        freezer: FrozenDateTimeFactory,
        switches: Mapping[str, JsonValue],
        begin: datetime = MIDNIGHT,
    ) -> AsyncIterator[Self]:
        """Run the simulator and Home Assistant."""
        freezer.move_to(begin)
        options = SimulatorOptions(port=0, extensions=6, switches=Switches())
        options.switches.change("recovery_buffer_size", _BUFFER_SIZE)
        for name, value in switches.items():
            options.switches.change(name, value)
        simulator, truth = Simulator(options), Truth()
        journal: list[str] = []
        arrivals = _Arrivals(truth, journal)
        recorder = PlatformRecorder(simulator, arrivals)
        await simulator.start()
        try:
            with (
                mock_storage() as storage,
                recorder.watching(),
                recorded(simulator, truth, EPOCH),
            ):
                async with async_test_home_assistant() as hass:
                    frame.async_setup(hass)
                    hass.data.pop(DATA_CUSTOM_COMPONENTS)
                    account = await add_account(hass, simulator)
                    clockwork = Clockwork(freezer)
                    await clockwork.advance(3)
                    recorder.begin()
                    world = cls(account, storage, clockwork, truth, recorder, journal)
                    arrivals.on_arrival = world.handle_arrival
                    await world.prepare()
                    yield world
                    await clockwork.finish(
                        hass.config_entries.async_unload(account.entry.entry_id), 5
                    )
                    await hass.async_stop(force=True)
        finally:
            await simulator.stop()

    async def prepare(self) -> None:
        """Add what an example needs, before its steps."""

    def handle_arrival(self, uuid: str) -> None:
        """Handle the arrival of a notification, before the integration does."""

    @property
    def now(self) -> float:
        """The seconds since the epoch of the truth."""
        return clock.wall() - EPOCH

    @callback
    def _report(self, report: ExtensionCallEvent) -> None:
        if self._is_dead:
            return
        event = report.event
        reported = Reported.from_event(report.extension_id, event, self.now)
        self.checker.add(reported)
        number = self._numbers.get(report.extension_id)
        self.note(f"   => {number} {reported}{'~' * event.replayed}")

    async def perform(self, step: Step) -> None:
        """Perform a step, if it is possible."""
        simulator, first, second = self._simulator, step.first, step.second
        match step.name:
            case name if name in STARTS:
                self.note(str(self._phones.start(name, first, second)))
            case "move":
                self.note(f"move {self._phones.move(first, second)}")
            case "wait":
                await self.clockwork.advance(WAITS[first] / 1000)
            case "late":
                simulator.fault("delay", delay=(0.2, 1.5, 5.0)[first % 3])
            case "repeat":
                simulator.fault("duplicate", delay=(0.0, 1.5, 5.0)[first % 3])
            case "drop":
                simulator.fault("lose")
            case "slow requests":
                delay = (1.2, 5.0)[first % 2]
                simulator.fault("slow", path=_PRESENCE, delay=delay, count=1)
            case "poll":
                coordinator = self.account.coordinator
                await self.clockwork.finish(coordinator.async_refresh(), 60)
            case "disconnect":
                simulator.fault(
                    "error", path=_WSTOKEN, status=503, seconds=(0.5, 5, 30)[first % 3]
                )
                simulator.drop_connections(abort=second % 2 == 0)
            case "resubscribe":
                simulator.fault("recovery_failed", errorCode="WSG-1005")
                simulator.drop_connections()
            case "rush":
                simulator.drop_connections()
                for number in range(_BUFFER_SIZE - 2 + first):
                    status = ("Busy", "Available")[number % 2]
                    simulator.change_extension(str(OWNER_NUMBER), userStatus=status)
            case "restart":
                await self._restart((0.5, 5.0, 40.0)[first % 3])
            case "kill":
                await self._kill((1.0, 5.0, 40.0)[first % 3])
        await self.clockwork.settle()
        self._check_times()

    def _check_times(self, *, at_rest: bool = False) -> None:
        """Compare since when calls have had their status with the truth."""
        for extension_id, number in self._numbers.items():
            if self._is_held(number):
                continue
            entity_id = self.account.entity_id(number, "telephony_status")
            state = self.account.hass.states.get(str(entity_id))
            if state is None:
                continue
            calls = [
                ShownCall(
                    call["telephony_session_id"],
                    platform_word(call["direction"]),
                    platform_word(call["telephony_status"]),
                    None
                    if call["since"] is None
                    else datetime.fromisoformat(call["since"]).timestamp() - EPOCH,
                )
                for call in state.attributes.get("active_calls", ())
            ]
            self.checker.check_times(extension_id, calls, at_rest=at_rest)

    def _is_held(self, number: str) -> bool:
        """Return whether events of an extension may be handled later."""
        return False

    async def _restart(self, pause: float) -> None:
        self.note("restart")
        self.checker.restarts.append(self.now)
        began = self.now
        await self.clockwork.finish(self._instance.restart(pause), pause * 2 + 60)
        self.checker.gaps.append((began, self.now))
        self.note("started")

    async def _kill(self, pause: float) -> None:
        """Stop without writing anything more, and start again with what was written."""
        instance, began = self._instance, self.now
        if not self.account.entry.state.recoverable:
            return
        self.note("kill")
        self.checker.kills.append(began)
        self.truth.forget_arrivals_since(began - UNSAVED - MAX_PAUSE)
        written = deepcopy(self._storage)
        self._simulator.drop_connections(abort=True)
        self._is_dead = True
        await self.clockwork.finish(instance._stop(), 10)
        take_dispatcher(self.account.hass, self.account.entry.entry_id)
        self._is_dead = False
        self._storage.clear()
        self._storage.update(written)
        await self.clockwork.finish(instance._start(pause), pause * 2 + 60)
        self.checker.gaps.append((began - UNSAVED - MAX_PAUSE, self.now))
        self.note("started")

    async def rest(self) -> list[Difference]:
        """Let everything arrive, refresh, and return all differences."""
        self._simulator.clear_faults()
        advance = self.clockwork.advance
        waited = 0.0
        while waited < _RECONNECTED and not self._is_pushed():
            await advance(5)
            waited += 5
        if not self._is_pushed():
            return [Difference("connection", "not restored")]
        await advance(_AT_REST)
        await self.clockwork.finish(self.account.coordinator.async_refresh(), 60)
        await advance(_AT_REST / 2)
        self.checker.gaps += [
            (gap.suspected - EPOCH, gap.end - EPOCH) for gap in self._recorder.gaps
        ]
        self.truth.lose_missing()
        self._check_times(at_rest=True)
        return [
            *self.checker.differences(),
            *(
                Difference(d.kind, d.text)
                for d in state_differences.differences(self.account)
            ),
        ]

    def _is_pushed(self) -> bool:
        entry = self.account.entry
        return (
            entry.state is ConfigEntryState.LOADED
            and entry.runtime_data.stream.state is StreamState.PUSH
        )

    def note(self, text: str) -> None:
        """Add a line to the journal."""
        self.journal.append(f"{self.now:8.3f} {text}")
