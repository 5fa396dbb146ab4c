"""The command line: the first line, the end, and wrong arguments."""

import asyncio
from collections import Counter
import json
from pathlib import Path
import signal
import sys
from typing import Any

import aiohttp
import pytest

from simulator import Simulator
from simulator.__main__ import options_from
from simulator.base.switches import Switches


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        *arguments,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_first_line_names_the_authentication_method(
    socket_enabled: None, number: signal.Signals
) -> None:
    """Nothing else is on standard output; a signal ends it with 0 and a clean log."""
    process = await _start("--scenario", "office", "--extensions", "5", "--speed", "9")
    assert process.stdout is not None
    described: dict[str, Any] = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{described['server']}/simulator") as response:
            body = await response.json()
        socket = await http.ws_connect(f"{described['server']}/ws?access_token=x")
        process.send_signal(number)
        output, log = await process.communicate()
        await socket.close()

    assert set(described) == {"server", "clientId", "clientSecret", "jwt"}
    assert described["jwt"] == body["jwt"]
    assert body["scenario"] == "office"
    assert process.returncode == 0
    assert (output, log) == (b"", b"")


async def test_port_in_use_is_a_clear_error(socket_enabled: None) -> None:
    """On one line, without traceback."""
    first = await _start()
    assert first.stdout is not None
    port = json.loads(await first.stdout.readline())["server"].rpartition(":")[2]

    second = await _start("--port", port)
    _, log = await second.communicate()
    first.terminate()
    await first.communicate()

    assert second.returncode == 1
    assert log.decode().startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert len(log.splitlines()) == 1


def test_defaults_are_the_contract() -> None:
    """What other programs rely on."""
    options = options_from([])

    assert (options.host, options.port, options.extensions) == ("127.0.0.1", 8089, 12)
    assert (options.seed, options.scenario, options.speed) == (1, "quiet", 1.0)
    assert options.sites == 0
    assert options.switches == Switches()


def test_sites_of_equal_size_divide_the_people() -> None:
    """Without the option, a fifth of them is at the second site."""
    sites = {}
    for arguments in ([], ["--sites", "2"], ["--sites", "3"]):
        users = Simulator(options_from(["--extensions", "30", *arguments])).users
        sites[" ".join(arguments)] = Counter(user.site for user in users)

    assert sites == {
        "": {"Main Site": 24, "Harbour Site": 6},
        "--sites 2": {"Main Site": 15, "Harbour Site": 15},
        "--sites 3": {"Main Site": 10, "Harbour Site": 10, "Site 3": 10},
    }


def test_switches_are_set_on_the_command_line() -> None:
    """Numbers, choices and truths."""
    options = options_from(
        [
            "--switch",
            "wstoken_life=600",
            "--switch",
            "sequence=gapless",
            "--switch",
            "recovery=false",
            "--switch",
            "wrong_secret_status=401",
        ]
    )

    assert options.switches.wstoken_life == 600
    assert options.switches.sequence == "gapless"
    assert options.switches.recovery is False
    assert options.switches.wrong_secret_status == 401


def test_permissions_are_left_out_with_all_that_include_them() -> None:
    """Of app and user."""
    arguments = ["--without", "ReadMessages", "--without", "ReadPresence"]
    all_of, some = Simulator(options_from([])), Simulator(options_from(arguments))

    assert all_of.permissions - some.permissions == {
        "ReadMessages",
        "ReadPresence",
        "EditPresence",
    }
    assert all_of.user_permissions - some.user_permissions == {"ReadMessages"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--without", "Odd"],
        ["--switch", "odd=1"],
        ["--switch", "sequence"],
        ["--switch", "sequence=odd"],
        ["--switch", "wstoken_life=long"],
        ["--extensions", "0"],
        ["--sites", "-1"],
        ["--speed", "0"],
        ["--scenario", "missing.yaml"],
        ["--odd"],
    ],
)
def test_wrong_arguments_end_with_a_message(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And status 2."""
    with pytest.raises(SystemExit) as ended:
        options_from(arguments)

    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_help_explains_every_switch(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line each."""
    with pytest.raises(SystemExit):
        options_from(["--help"])

    text = capsys.readouterr().out
    assert all(f"  {name}: " in text for name in Switches.names())
