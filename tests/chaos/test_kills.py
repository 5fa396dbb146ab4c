"""Kills of a real Home Assistant report no call event twice, and leave no call open."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
import time
from typing import Final

import pytest

from custom_components.ringcentral.connection.storage import SAVE_INTERVAL
from simulator import Simulator, SimulatorOptions
from simulator.base.chance import seeded

from .process import HomeAssistantProcess, Witnessed

pytestmark = pytest.mark.usefixtures("socket_enabled")

_KILLS: Final = 2
# Seconds between two actions in the office, and of work before a kill.
_PAUSE: Final = (0.02, 0.2)
_WORK: Final = (5.0, 8.0)
# What was reported so long before a kill may be reported again: it was not saved yet.
_WINDOW: Final = SAVE_INTERVAL + 0.5
# A missed call is held back, and the replay is checked.
_REST: Final = 8.0
_ENDS: Final = ("missed", "ended")


class Switchboard:
    """Calls to everyone, and whether they were answered."""

    def __init__(self, simulator: Simulator, random: Random) -> None:
        """Initialize without calls."""
        self._simulator = simulator
        self._random = random
        self._open: list[str] = []
        self.answered: dict[str, bool] = {}

    async def work(self) -> None:
        """Start, answer and end calls until cancelled."""
        while True:
            self._act()
            await asyncio.sleep(self._random.uniform(*_PAUSE))

    def _act(self) -> None:
        session = self._random.choice(self._open) if self._open else None
        match self._random.randrange(3):
            case 0 if session is not None and not self.answered[session]:
                self._simulator.answer(session)
                self.answered[session] = True
            case 1 if session is not None:
                self._end(session)
            case _ if len(self._open) < 24:
                person = self._random.choice(self._simulator.users)
                call = self._simulator.ring(to=person.number, from_="+16505550123")
                self._open.append(call.telephony_session_id)
                self.answered[call.telephony_session_id] = False

    def close(self) -> None:
        """End all calls."""
        for session in list(self._open):
            self._end(session)

    def _end(self, session: str) -> None:
        self._simulator.end(session)
        self._open.remove(session)


@pytest.fixture
def simulator_options() -> SimulatorOptions:
    """Return the usual platform, in place of a random one."""
    return SimulatorOptions(port=0)


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """Return the number of kills."""
    return int(request.config.getoption("kills", None) or _KILLS)


@pytest.fixture
def random_source(request: pytest.FixtureRequest) -> Random:
    """Return the random source of the run."""
    return seeded((request.config.getoption("seed", None) or [1])[0], "kills")


async def test_killed_home_assistant_reports_nothing_twice_and_each_end(
    simulator: Simulator, tmp_path: Path, kills: int, random_source: Random
) -> None:
    """Except for what fell into the last seconds before a kill."""
    home_assistant = HomeAssistantProcess(tmp_path, simulator)
    switchboard = Switchboard(simulator, random_source)
    killed_at: list[float] = []
    await home_assistant.start()
    work: asyncio.Task[None] | None = None
    try:
        await home_assistant.until(lambda: home_assistant.starts() == 1)
        work = asyncio.create_task(switchboard.work())
        for number in range(kills):
            await asyncio.sleep(random_source.uniform(*_WORK))
            killed_at.append(time.time())
            await home_assistant.kill()
            if number % 3 == 0:
                simulator.fault("recovery_failed")
            if number % 3 == 1:
                killed_at.append(
                    await _kill_while_starting(home_assistant, simulator, random_source)
                )
            # The killed start may have been completed.
            starts = home_assistant.starts()
            await home_assistant.start()
            await home_assistant.until(lambda: home_assistant.starts() > starts)  # noqa: B023
        work.cancel()
        switchboard.close()
        await asyncio.sleep(_REST)
    finally:
        if work is not None:
            work.cancel()
        await home_assistant.stop()
    reported = list(home_assistant.witnessed())
    differences = list(_differences(reported, switchboard.answered, killed_at))
    assert differences == [], [f"{killed:.2f}" for killed in killed_at]
    assert {"ringing", "answered", *_ENDS} <= {record.event for record in reported}
    assert "ERROR" not in home_assistant.log


async def _kill_while_starting(
    home_assistant: HomeAssistantProcess, simulator: Simulator, random: Random
) -> float:
    """Kill it again when it may have received the replay, and return the time."""
    simulator.log.clear()
    await home_assistant.start()
    await home_assistant.until(
        lambda: any(record.kind == "connect" for record in simulator.log)
    )
    await asyncio.sleep(random.uniform(0, 0.1))
    killed_at = time.time()
    await home_assistant.kill()
    return killed_at


def _differences(
    reported: list[Witnessed], answered: dict[str, bool], killed_at: list[float]
) -> Iterator[str]:
    """Yield what was reported twice, falsely or without an end."""
    calls: dict[tuple[str, str, str], list[Witnessed]] = defaultdict(list)
    for record in reported:
        if record.session:
            calls[record.extension, record.session, record.party].append(record)
    for records in calls.values():
        events = [record.event for record in records]
        described = f"{records[0].session}: " + ", ".join(
            f"{record.event} {record.time:.2f}" for record in records
        )
        if "missed" in events and answered[records[0].session]:
            yield f"missed though answered: {described}"
        if any(
            0 <= killed - record.time <= _WINDOW
            for killed in killed_at
            for record in records
        ):
            continue
        ends = [event for event in events if event in _ENDS]
        if len(set(events)) < len(events) or len(ends) > 1:
            yield f"reported twice: {described}"
        if not ends:
            yield f"left open: {described}"


@pytest.mark.parametrize(
    ("events", "difference"),
    [
        ([(10, "ringing"), (11, "answered"), (30, "ended")], None),
        ([(10, "ringing"), (30, "ringing"), (31, "ended")], "reported twice"),
        ([(10, "ringing"), (12, "ended"), (30, "ended")], "reported twice"),
        ([(10, "ringing"), (12, "missed"), (30, "ended")], "reported twice"),
        ([(10, "ringing")], "left open"),
        (
            [(10, "ringing"), (11, "answered"), (30, "missed")],
            "missed though answered",
        ),
        ([(19, "ringing"), (30, "ringing"), (31, "ended")], None),
        ([(19, "ringing")], None),
        ([(17, "ringing")], "left open"),
    ],
)
def test_check_finds_each_kind_of_difference(
    events: list[tuple[float, str]], difference: str | None
) -> None:
    """With a kill at 20 s."""
    reported = [
        Witnessed(time=at, event=event, extension="1", session="s", party="p")
        for at, event in events
    ]
    answered = {"s": any(event == "answered" for _, event in events)}
    found = list(_differences(reported, answered, [20.0]))
    assert [one.partition(":")[0] for one in found] == (
        [difference] if difference else []
    )
