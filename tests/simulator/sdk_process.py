"""Run a program that uses one of RingCentral's SDKs, and read its messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from typing import Any

from simulator import Simulator


@dataclass(slots=True)
class SdkProcess:
    """A running program."""

    process: asyncio.subprocess.Process

    async def next(self) -> Any:
        """Return the next message."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            line = await self.process.stdout.readline()
        assert line, await self._error_output()
        return json.loads(line)

    async def wait_for(self, what: str) -> Any:
        """Return the next message, which must be of this kind."""
        message = await self.next()
        assert message["what"] == what, message
        return message

    def send(self, command: object) -> None:
        """Send a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")

    async def _error_output(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()

    def stop(self) -> None:
        """Close its standard input, which ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()


@asynccontextmanager
async def run_sdk(
    simulator: Simulator, *command: str, filters: list[str]
) -> AsyncIterator[SdkProcess]:
    """Start a program with the credentials of a simulator; kill it in the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        simulator.server,
        simulator.client_id,
        simulator.client_secret,
        simulator.jwt,
        *filters,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield SdkProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
