"""A broker and real Home Assistants, each with an account of the simulator and MQTT."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import sys
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.ringcentral.const import AUTH_JWT, DOMAIN
from demo.access import hand_over
from demo.config_dir import HOST, first_storage, http_storage
from demo.processes import ROOT, free_port
from demo.user import User
from homeassistant.helpers.json import json_bytes
from simulator import Simulator

# Exit code of scripts/mosquitto where no broker can be had.
_UNAVAILABLE: Final = 69
_TIMEOUT: Final = 300.0

# What the tests need, beside what the documentation adds.
_CONFIGURATION: Final = """\
frontend:
automation: !include automations.yaml
logger:
  default: warning
"""


@asynccontextmanager
async def running_broker(folder: Path) -> AsyncGenerator[int]:
    """Run mosquitto on a free port; skip the test where there is none, but not in CI."""
    port = free_port(HOST, 0, "")
    (folder / "mosquitto.conf").write_text(
        f"listener {port} {HOST}\nallow_anonymous true\n"
    )
    process = await asyncio.create_subprocess_exec(
        ROOT / "scripts" / "mosquitto",
        "-c",
        folder / "mosquitto.conf",
        stderr=PIPE,
    )
    assert process.stderr is not None
    try:
        output = ""
        while f"Opening ipv4 listen socket on port {port}" not in output:
            line = (await process.stderr.readline()).decode()
            if not line and await process.wait() == _UNAVAILABLE:
                assert "CI" not in os.environ, output
                pytest.skip(output)
            assert line, output
            output += line
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@dataclass(frozen=True, kw_only=True)
class Site:
    """A Home Assistant: whose account it has, what it shows, and its files."""

    folder: Path
    simulator: Simulator
    broker: int
    # Number of the user who is signed in, and the site that is shown.
    user: str
    site: str
    configuration: str
    automations: Sequence[Mapping[str, Any]]
    will: Mapping[str, Any]
    # Where all runs find it, if none is written beside the modules.
    bytecode: Path

    def write(self) -> str:
        """Write the configuration as its user has left it; return a link that signs in."""
        port = free_port(HOST, 0, "")
        storage = self.folder / ".storage"
        storage.mkdir(parents=True)
        (self.folder / "configuration.yaml").write_text(
            _CONFIGURATION + self.configuration
        )
        (self.folder / "automations.yaml").write_text(
            yaml.safe_dump([dict(automation) for automation in self.automations])
        )
        entries = [self._account(), self._mqtt()]
        stored = {
            **first_storage(),
            "http": http_storage(port),
            "core.config_entries": {
                "version": 1,
                "minor_version": 5,
                "key": "core.config_entries",
                "data": {"entries": [entry.as_storage_fragment for entry in entries]},
            },
        }
        for name, content in stored.items():
            (storage / name).write_bytes(json_bytes(content))
        return hand_over(self.folder, f"http://{HOST}:{port}")

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run Home Assistant until the block is left."""
        environment = dict(os.environ)
        if environment.pop("PYTHONDONTWRITEBYTECODE", None):
            environment["PYTHONPYCACHEPREFIX"] = str(self.bytecode)
        with (self.folder / "output.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.home_assistant", self.folder),
                cwd=ROOT,
                env=environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
            )
        try:
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    def _account(self) -> MockConfigEntry:
        owner = self.simulator.extension(self.user).id
        return MockConfigEntry(
            domain=DOMAIN,
            entry_id="account",
            unique_id=f"{self.simulator.account_id}_{owner}",
            title="Account",
            data={
                "auth_implementation": AUTH_JWT,
                "server": self.simulator.server,
                "client_id": self.simulator.client_id,
                "client_secret": self.simulator.client_secret,
                "jwt": self.simulator.issue_jwt(self.user),
                "account_id": self.simulator.account_id,
                "extension_id": owner,
                "token": {"access_token": "", "expires_in": 0, "expires_at": 0},
            },
            options={"groups": [], "sites": [self.site], "extensions": []},
        )

    def _mqtt(self) -> MockConfigEntry:
        return MockConfigEntry(
            domain="mqtt",
            entry_id="mqtt",
            version=2,
            title=HOST,
            data={"broker": HOST, "port": self.broker, "protocol": "5"},
            options={"will_message": dict(self.will)} if self.will else {},
        )


async def until(link: str, template: str, expected: object) -> None:
    """Wait until a template has a value at a Home Assistant."""
    async with asyncio.timeout(_TIMEOUT), User.signed_in(link) as user:
        async for event in user.events("render_template", template=template):
            if event["result"] == expected:
                return
