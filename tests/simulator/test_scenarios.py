"""Scenarios: the office, and those that are written in YAML."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from freezegun.api import TickingDateTimeFactory
import pytest

from simulator import Simulator, SimulatorOptions
from simulator.base.switches import Switches
from simulator.base.wire import JsonObject, as_list, as_object
from simulator.company.call import Target
from simulator.company.presence import telephony_status
from simulator.scenarios import load_scenario
from simulator.scenarios.agenda import Agenda

from .client import Client, presence_filter

_TOUR = Path(__file__).parents[2] / "simulator" / "scenarios" / "tour.yaml"


def _play(
    simulator: Simulator, name: str, seconds: float
) -> list[tuple[float, dict[str, str]]]:
    """Play a scenario without waiting; return the statuses of all phones."""
    agenda = Agenda()
    load_scenario(name, simulator.options.seed).begin(simulator, agenda)
    shown = [(0.0, _statuses(simulator))]
    while (due := agenda.next_due()) is not None and due <= seconds:
        agenda.perform_next()
        statuses = _statuses(simulator)
        if statuses != shown[-1][1]:
            shown.append((due, statuses))
    return shown


def _steps(simulator: Simulator, name: str, seconds: float) -> Iterator[None]:
    """Play a scenario step by step, without waiting."""
    agenda = Agenda()
    load_scenario(name, simulator.options.seed).begin(simulator, agenda)
    yield
    while (due := agenda.next_due()) is not None and due <= seconds:
        agenda.perform_next()
        yield


def _number_of_agents(queue: JsonObject) -> int:
    members = [as_object(member) for member in as_list(queue["members"])]
    return sum(member["accepts"] is True for member in members)


def _statuses(simulator: Simulator) -> dict[str, str]:
    calls = simulator.account.calls
    return {
        user.number: telephony_status(calls.of_extension(user.id))
        for user in simulator.users
    }


async def test_office_is_busy_from_the_start() -> None:
    """Some are on calls already, one of them on hold; most are not."""
    simulator = Simulator(SimulatorOptions(port=0))

    (_, first), *_ = _play(simulator, "office", 0)

    on_calls = [status for status in first.values() if status != "NoCall"]
    assert {"CallConnected", "OnHold"} == set(on_calls)
    assert len(on_calls) < len(first) / 2
    assert {simulator.presence(number)["presenceStatus"] for number in first} == {
        "Available",
        "Busy",
        "Offline",
    }


async def test_office_shows_every_kind_of_thing_within_an_hour() -> None:
    """And never stands still for long."""
    simulator = Simulator(SimulatorOptions(port=0))

    shown = _play(simulator, "office", 3600)

    seen = {status for _, statuses in shown for status in statuses.values()}
    assert seen == {"NoCall", "Ringing", "CallConnected", "OnHold", "ParkedCall"}
    pauses = [later - sooner for (sooner, _), (later, _) in pairwise(shown)]
    assert max(pauses) < 120
    assert shown[3][0] < 30


async def test_office_goes_home_in_the_evening_and_comes_back() -> None:
    """The next day follows at once."""
    simulator = Simulator(SimulatorOptions(port=0))
    until_evening = 8 * 3600.0

    _play(simulator, "office", until_evening)
    evening = _presences(simulator)
    tomorrow = Simulator(SimulatorOptions(port=0))
    _play(tomorrow, "office", until_evening + 3 * 3600)

    assert evening.count("Offline") >= 10
    assert _presences(tomorrow).count("Offline") <= 2


@pytest.mark.parametrize("is_passed_on", [False, True])
async def test_office_leaves_a_call_to_the_user_who_acts_on_it(
    is_passed_on: bool,
) -> None:
    """Colleagues answer and end it once the user has passed it on."""
    simulator = Simulator(SimulatorOptions(port=0))
    owner = simulator.directory.owner
    calls = simulator.account.calls
    agenda = Agenda()
    load_scenario("office", simulator.options.seed).begin(simulator, agenda)
    call = None
    while call is None:
        agenda.perform_next()
        own = [p for p in calls.of_extension(owner.id) if p.code == "Answered"]
        call = calls.call(own[0].telephony_session_id) if own else None
    _, party = calls.find(call.id, owner.id)
    simulator.control_rules.check(call, owner.id, "transfer", party)
    if is_passed_on:
        present = {party.extension_id for party in call.living}
        to = next(user for user in simulator.users if user.id not in present)
        calls.transfer_to(call, party, Target(to.number, to.name, to))
    until = agenda.now + 600
    answered = False
    while agenda.now < until:
        agenda.perform_next()
        answered |= any(item.code == "Answered" for item in call.parties[-1:])
    assert answered
    assert (call.ended_at is None) is not is_passed_on


async def test_user_who_controls_calls_alone_gets_some_regularly() -> None:
    """Each rings long enough to act on it, and no colleague takes the user's time."""
    switches = Switches(phones_pick_up=4)
    simulator = Simulator(SimulatorOptions(port=0, switches=switches))
    owner = simulator.directory.owner
    rang: dict[str, float] = {}
    spans: list[float] = []
    agenda = Agenda()
    load_scenario("office", simulator.options.seed).begin(simulator, agenda)
    while agenda.now < 1800:
        agenda.perform_next()
        presence = simulator.account.presence(owner.id)
        assert presence.user_status == "Available"
        assert not presence.do_not_disturb
        calls = simulator.account.calls.of_extension(owner.id)
        ringing = {p.telephony_session_id for p in calls if p.is_ringing}
        for session_id in ringing - rang.keys():
            rang[session_id] = agenda.now
        ended = rang.keys() - ringing
        spans += [agenda.now - rang.pop(session_id) for session_id in ended]
    simulator.pick_ups.cancel_timers()
    # A queue's calls are answered sooner by others.
    assert len([span for span in spans if span >= 19]) >= 15


def _presences(simulator: Simulator) -> list[Any]:
    return [simulator.account.presence(user.id).user_status for user in simulator.users]


async def test_agents_of_the_office_log_out_and_come_back() -> None:
    """Never all of a queue at once; without it, all take calls."""
    simulator = Simulator(SimulatorOptions(port=0))
    shown: list[tuple[int, ...]] = []

    for _ in _steps(simulator, "office", 3600):
        counts = tuple(_number_of_agents(queue) for queue in simulator.queues)
        if [counts] != shown[-1:]:
            shown.append(counts)

    assert shown[0] == (4, 4)
    assert len(shown) > 20
    assert 1 <= min(map(min, shown)) < 4


async def test_missed_callers_of_the_office_leave_voicemails() -> None:
    """Of all that are left, some are read after a while, and deleted in the end."""
    simulator = Simulator(SimulatorOptions(port=0))
    assert list(simulator.account.mailboxes) == []
    seen: dict[int, set[str]] = {}

    for _ in _steps(simulator, "office", 3 * 3600):
        for message in simulator.account.mailboxes:
            seen.setdefault(message.id, set()).add(message.read_status)

    left = {message.id for message in simulator.account.mailboxes}
    assert len(seen) > 15
    assert {"Read", "Unread"} in seen.values()
    assert left < seen.keys()
    (first, *_) = sorted(seen)
    assert seen[first] == {"Read", "Unread"}


async def test_office_is_the_same_for_a_seed() -> None:
    """And another one for another seed."""
    one, same, other = (
        _play(Simulator(SimulatorOptions(port=0, seed=seed)), "office", 600)
        for seed in (1, 1, 2)
    )

    assert one == same
    assert one != other


@pytest.mark.parametrize("extensions", [1, 2, 3, 60])
async def test_office_of_any_size(extensions: int) -> None:
    """Also of one person."""
    simulator = Simulator(SimulatorOptions(port=0, extensions=extensions))

    assert len(_play(simulator, "office", 900)) > 5


@pytest.mark.freeze_time("2026-01-12 09:30:00", tick=True)
async def test_scenario_plays_at_its_speed_while_the_simulator_runs(
    socket_enabled: None, freezer: TickingDateTimeFactory
) -> None:
    """The answer after 4 s comes after 2 s; a stop leaves nothing behind."""
    simulator = Simulator(SimulatorOptions(port=0, scenario=str(_TOUR), speed=2))
    await simulator.start()
    shown = []
    for seconds in (0, 1, 1.1):
        freezer.tick(seconds)
        for _ in range(5):
            await asyncio.sleep(0)
        shown.append(simulator.presence("102")["telephonyStatus"])
    await simulator.stop()

    assert shown == ["Ringing", "Ringing", "CallConnected"]


_SCRIPT = """
steps:
  - {ring: "102", from: "101", as: one}
  - {after: 2, answer: one}
  - {after: 2, hold: one, by: "101"}
  - {after: 2, change: "103", set: {userStatus: Busy}}
  - {after: 2, notify: {extensionId: "620000102016", odd: 1}}
  - {after: 2, fault: html}
  - {after: 2, hold: one, by: "103"}
  - {after: 2, end: one}
  - {after: 2, end: one}
  - {wait: }
"""


async def test_script_does_what_its_documentation_describes(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """Steps that are not possible any more are left out."""
    socket = await client.connect()
    await socket.subscribe(
        *(presence_filter(simulator.extension(number).id) for number in ("102", "103"))
    )
    path = tmp_path / "script.yaml"
    path.write_text(_SCRIPT)

    shown = _play(simulator, str(path), 100)

    assert [(due, statuses["101"], statuses["102"]) for due, statuses in shown[1:]] == [
        (0.0, "Ringing", "Ringing"),
        (2.0, "CallConnected", "CallConnected"),
        (4.0, "OnHold", "CallConnected"),
        (14.0, "NoCall", "NoCall"),
    ]
    events = [await socket.event() for _ in range(5)]
    assert events[2]["userStatus"] == "Busy"
    assert events[3] == {"extensionId": "620000102016", "odd": 1}
    assert (await client.get("")).body.startswith(b"<!doctype")


async def test_repeating_script_has_no_end() -> None:
    """One round after the other."""
    simulator = Simulator(SimulatorOptions(port=0))

    shown = _play(simulator, str(_TOUR), 300)

    starts = [
        due
        for (_, before), (due, after) in pairwise(shown)
        if (before["102"], after["102"]) == ("NoCall", "Ringing")
    ]
    assert len(starts) > 4
    assert len({statuses["103"] for _, statuses in shown}) == 4


@pytest.mark.parametrize(
    "text",
    [
        "steps: [",
        "steps: []",
        "steps: [{odd: 1}]",
        "steps: [{ring: '102'}]",
        "repeat: true\nsteps: [{change: '102', set: {}}]",
        "- 1",
    ],
)
def test_bad_script_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    """Before anything happens."""
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    with pytest.raises(ValueError, match=r"bad\.yaml"):
        load_scenario(str(path), 1)
