"""A real Home Assistant in its own process, which can be killed at any time."""

import asyncio
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Iterator
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ringcentral.const import AUTH_JWT, DOMAIN
from demo.config_dir import HOST, first_storage, http_storage
from demo.processes import ROOT, free_port
from homeassistant.helpers.json import json_bytes
from simulator import Simulator

_START_SECONDS: Final = 60.0
_POLL: Final = 0.02

# Writes each call event that an automation would receive to a file.
_WITNESS: Final = """
import json
import os
import time

from custom_components.ringcentral.calls.dispatcher import SIGNAL_CALL_EVENT
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started


async def async_setup(hass, config):
    file = os.open(
        hass.config.path("witness.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND
    )

    def write(**record):
        record["time"] = time.time()
        os.write(file, json.dumps(record).encode() + b"\\n")
        os.fsync(file)

    def call_event(report):
        call = report.event.call
        write(
            extension=report.extension_id,
            session=call.telephony_session_id,
            party=call.party_id,
            event=str(report.event.type),
        )

    async_dispatcher_connect(hass, SIGNAL_CALL_EVENT, call_event)
    async_at_started(hass, lambda _hass: write(event="started"))
    return True
"""


@dataclass(frozen=True, kw_only=True)
class Witnessed:
    """A call event as it was written; the time is that of the wall clock."""

    time: float
    event: str
    extension: str = ""
    session: str = ""
    party: str = ""


class HomeAssistantProcess:
    """Starts and kills a Home Assistant that has one account of the simulator."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        """Prepare the configuration."""
        self._folder = folder
        self._process: Process | None = None
        storage = folder / ".storage"
        witness = folder / "custom_components" / "witness"
        for path in (storage, witness):
            path.mkdir(parents=True)
        (folder / "configuration.yaml").write_text(
            "witness:\nlogger:\n  default: warning\n"
        )
        (witness / "__init__.py").write_text(_WITNESS)
        (witness / "manifest.json").write_text(
            json.dumps(
                {
                    "domain": "witness",
                    "name": "Witness",
                    "version": "1.0.0",
                    "documentation": "",
                    "codeowners": [],
                    "dependencies": [],
                }
            )
        )
        stored = {
            **first_storage(),
            "http": http_storage(free_port(HOST, 0, "")),
            "core.config_entries": {
                "version": 1,
                "minor_version": 5,
                "key": "core.config_entries",
                "data": {"entries": [_entry(simulator).as_storage_fragment]},
            },
        }
        for name, content in stored.items():
            (storage / name).write_bytes(json_bytes(content))

    @property
    def log(self) -> str:
        """The log of all runs."""
        return (self._folder / "output.log").read_text()

    def witnessed(self) -> Iterator[Witnessed]:
        """Yield everything that was written so far."""
        file = self._folder / "witness.jsonl"
        if file.exists():
            for line in file.read_text().splitlines():
                yield Witnessed(**json.loads(line))

    def starts(self) -> int:
        """Return how often a start was completed."""
        return sum(record.event == "started" for record in self.witnessed())

    async def start(self) -> None:
        """Start, without waiting for anything."""
        with (self._folder / "output.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-m",
                    "tests.chaos.home_assistant",
                    str(self._folder),
                ),
                cwd=ROOT,
                # Python finds custom components in both.
                env={**os.environ, "PYTHONPATH": str(self._folder)},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
            )

    async def until(self, happened: Callable[[], Any]) -> None:
        """Wait until a condition holds while the process runs."""
        assert self._process is not None
        async with asyncio.timeout(_START_SECONDS):
            while not happened():
                assert self._process.returncode is None, self.log
                await asyncio.sleep(_POLL)

    async def kill(self) -> None:
        """Kill the process: nothing more is written."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Stop the process as Home Assistant's own stop does."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def _entry(simulator: Simulator) -> MockConfigEntry:
    """Return the config entry of an account that monitors everyone."""
    owner = simulator.directory.owner.id
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id="account",
        unique_id=f"{simulator.account_id}_{owner}",
        title="Account",
        data={
            "auth_implementation": AUTH_JWT,
            "server": simulator.server,
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "jwt": simulator.jwt,
            "account_id": simulator.account_id,
            "extension_id": owner,
            "token": {"access_token": "", "expires_in": 0, "expires_at": 0},
        },
        options={"groups": ["everyone"], "extensions": []},
    )
