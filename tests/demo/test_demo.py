"""The whole demo as a program: real Home Assistant, real simulator, a user's eyes."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import signal
import socket
import sys
from typing import Final

from aiohttp import ClientSession
import pytest
from yarl import URL

from demo.assist import ask
from demo.phones import read_phones
from demo.user import User

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT: Final = Path(__file__).parent.parent.parent
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 90
STOP_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is ready, and what it printed until then."""

    process: Process
    addresses: Mapping[str, str]
    printed: str

    async def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the exit code and the last output."""
        self.process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            output, _ = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, output.decode()


@asynccontextmanager
async def program(*arguments: str) -> AsyncGenerator[Process]:
    """Run the demo, and leave none behind."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "demo", "--port", "0", "--simulator-port", "0"),
        *arguments,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


@asynccontextmanager
async def ready(*arguments: str) -> AsyncGenerator[Demo]:
    """Run the demo until it reports that it is ready."""
    async with program(*arguments) as process:
        assert process.stdout is not None
        printed = ""
        async with asyncio.timeout(START_SECONDS):
            while "Press Ctrl-C" not in printed:
                line = await process.stdout.readline()
                assert line, f"the demo ended:\n{printed}"
                printed += line.decode()
        addresses = re.findall(r"^  (\S.*\S)  +(http\S+)$", printed, re.MULTILINE)
        yield Demo(process, dict(addresses), printed)


def is_listening(address: str) -> bool:
    """Return whether an address accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, URL(address).port)) == 0


async def _states(user: User, entity_ids: Collection[str]) -> set[str]:
    return {
        state["state"]
        for state in await user.command("get_states")
        if state["entity_id"] in entity_ids
    }


async def test_opens_on_a_board_that_rings_a_phone_and_stops_cleanly(
    tmp_path: Path,
) -> None:
    """From a new folder to the sensors on the screen, without a click or an error."""
    async with ready(
        *("--config-dir", str(tmp_path)),
        *("--scenario", "quiet", "--extensions", "3"),
    ) as demo:
        # Each step is announced when it begins, although this is not a terminal.
        begin = r"Starting the simulator …\n(  … \d+ s\n)*✓"
        assert re.match(begin, demo.printed)
        assert "\nStarting Home Assistant …\n" in demo.printed
        async with ClientSession() as session:
            answer = await session.get(f"{demo.addresses['Simulator']}/simulator")
            numbers = {
                extension["extensionNumber"]
                for extension in (await answer.json())["extensions"]
            }
        assert len(numbers) >= 3
        async with User.signed_in(demo.addresses["Home Assistant"]) as user:
            core = await user.command("frontend/get_system_data", key="core")
            board = await user.command(
                "lovelace/config", url_path=core["value"]["default_panel"]
            )
            assert await user.command("repairs/list_issues") == {"issues": []}
            roster = await user.command("ringcentral/roster")
            people = roster["people"]
            [view] = board["views"]
            [board_card, button] = view["sections"][0]["cards"]
            shown = [g for g in roster["accounts"][0]["groups"] if g["kind"] == "group"]
            assert [group["name"] for group in shown] == ["Support", "Sales Queue"]
            assert board_card == {
                "type": "custom:ringcentral-switchboard",
                "groups": ["everyone", *(group["id"] for group in shown)],
            }
            counts = json.dumps(view["sections"][1:])
            entity_ids = re.findall(r'"((?:binary_)?sensor\.\w+)"', counts)
            assert len(entity_ids) >= 3 * 9
            # Not of the queue while its members are not known yet.
            assert "unavailable" not in await _states(
                user, {i for i in entity_ids if "queue" not in i}
            )
            action = button["tap_action"]
            domain, _, service = action["perform_action"].partition(".")
            await user.command(
                "call_service",
                domain=domain,
                service=service,
                service_data=action["data"],
            )
            assert {person["number"] for person in people} == {
                *action["data"]["numbers"]
            }
            assert len(people) >= 3
            # The user may dial and control calls.
            assert roster["accounts"][0]["control"]["can_dial"] is True
            assert people[0]["control"] == "own"
            main = [person["entities"]["telephony_status"] for person in people]
            async with asyncio.timeout(10):
                while "ringing" not in await _states(user, main):
                    await asyncio.sleep(0.1)
        exit_code, output = await demo.stop(signal.SIGTERM)
    assert exit_code == 0
    assert output.split() == ["Stopping", "…", "✓", "Stopped"]
    assert not any(map(is_listening, demo.addresses.values()))
    log = (tmp_path / "home-assistant.log").read_text(encoding="utf-8")
    assert not re.search(r"\b(WARNING|ERROR|CRITICAL)\b", log)


async def test_later_starts_keep_the_entry_or_follow_the_simulator(
    tmp_path: Path,
) -> None:
    """One entry, loaded: the old one at the old port, a new one at another port.

    Assist answers about a new one; from an old one, what the user hid stays hidden.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = str(probe.getsockname()[1])
    entry_ids, answers = [], []
    for simulator_port in (port, port, "0"):
        async with ready(
            *("--config-dir", str(tmp_path), "--simulator-port", simulator_port),
            *("--scenario", "quiet", "--extensions", "1"),
        ) as demo:
            async with User.signed_in(demo.addresses["Home Assistant"]) as user:
                [entry] = await user.config_entries("ringcentral")
                assert entry.loaded
                entry_ids.append(entry.entry_id)
                answers.append(await ask(user, "Who is on the phone?"))
                [phone] = await read_phones(user)
                await user.command(
                    "homeassistant/expose_entity",
                    assistants=["conversation"],
                    entity_ids=[phone.telephony_status],
                    should_expose=False,
                )
            exit_code, _ = await demo.stop(signal.SIGINT)
            assert exit_code == 0
    first, second, third = entry_ids
    assert first == second != third
    nobody, hidden = "Nobody is on the phone.", "No phone is exposed to Assist."
    assert answers == [nobody, hidden, nobody]


async def test_real_account_is_left_to_the_person() -> None:
    """No simulator, no entry, but the way to add one."""
    async with ready("--real") as demo:
        assert "Simulator" not in demo.addresses
        assert demo.addresses["Add your account"].endswith("domain=ringcentral")
        async with User.signed_in(demo.addresses["Home Assistant"]) as user:
            assert await user.config_entries("ringcentral") == []
        exit_code, _ = await demo.stop(signal.SIGINT)
        assert exit_code == 0


async def test_port_in_use_is_reported(tmp_path: Path) -> None:
    """One line names the port and the option; nothing is started or written."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = str(other.getsockname()[1])
        async with program(*("--port", port, "--config-dir", str(tmp_path))) as process:
            output, _ = await process.communicate()
    assert process.returncode == 1
    assert output.decode() == (
        f"✗ Port {port} can't be used (Address already in use)."
        " Choose another one with --port.\n"
    )
    assert not [*tmp_path.iterdir()]


async def test_simulator_that_cannot_start_is_reported(tmp_path: Path) -> None:
    """The simulator's own last output shows why."""
    async with program(
        *("--scenario", str(tmp_path / "missing.yaml")),
        *("--config-dir", str(tmp_path / "config")),
    ) as process:
        output, _ = await process.communicate()
    assert process.returncode == 1
    assert "✗ The simulator stopped with exit code" in output.decode()
    assert "missing.yaml" in output.decode()


async def test_death_of_home_assistant_ends_the_demo(tmp_path: Path) -> None:
    """The simulator does not stay behind alone."""
    async with ready(
        *("--config-dir", str(tmp_path)),
        *("--scenario", "quiet", "--extensions", "1"),
    ) as demo:
        async with asyncio.timeout(STOP_SECONDS):
            os.kill(home_assistant_of(demo.process.pid), signal.SIGKILL)
            output, _ = await demo.process.communicate()
    assert demo.process.returncode == 1
    assert output.decode().strip() == "✗ Home Assistant stopped with exit code -9."
    assert not any(map(is_listening, demo.addresses.values()))


def home_assistant_of(demo_pid: int) -> int:
    """Return the process id of Home Assistant by the command lines of the children."""
    [found] = [
        int(child)
        for child in Path(f"/proc/{demo_pid}/task/{demo_pid}/children")
        .read_text(encoding="ascii")
        .split()
        if b"demo.home_assistant" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return found
