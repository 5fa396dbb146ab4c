"""Child processes that can be stopped."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Final, Never, Self

from .options import DemoError

ROOT: Final = Path(__file__).parent.parent

_LAST_LINES: Final = 15
_STOP_SECONDS: Final = 20


def free_port(host: str, port: int, option: str) -> int:
    """Return a free port: the one of the option, or any for 0.

    Raises:
        DemoError: the port is taken, or may not be used.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} can't be used ({os.strerror(error.errno or 0)})."
                f" Choose another one with {option}."
            ) from error
        found: int = probe.getsockname()[1]
        return found


class Child:
    """A Python program in its own process group.

    Ctrl-C at the terminal doesn't reach that group, so the demo controls the order in which
    the programs stop.
    """

    def __init__(self, name: str, process: Process, log: Path | None) -> None:
        """Take over a running process."""
        self._name = name
        self._process = process
        self._log = log

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        name: str,
        module: str,
        arguments: Sequence[str],
        log: Path | None = None,
        folder: Path = ROOT,
    ) -> AsyncGenerator[Self]:
        """Run a module of this checkout until the block is left.

        Its output goes to the terminal, or to a log file. A module of another folder
        finds nothing of this checkout.
        """
        hidden = () if folder == ROOT else ("PYTHONPATH",)
        with log.open("wb") if log else nullcontext() as log_file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                cwd=folder,
                env={k: v for k, v in os.environ.items() if k not in hidden},
                stdin=DEVNULL,
                stdout=PIPE if log else None,
                stderr=log_file,
                process_group=0,
            )
        child = cls(name, process, log)
        try:
            yield child
        finally:
            await child._stop()

    async def first_line(self) -> bytes:
        """Return the first line of output.

        Raises:
            DemoError: the program ended without one.
        """
        assert self._process.stdout is not None
        return await self._process.stdout.readline() or await self.must_not_end()

    async def ended(self) -> int:
        """Wait for the end; return the exit code."""
        if self._process.stdout is not None:
            while await self._process.stdout.read(65536):
                pass
        return await self._process.wait()

    async def must_not_end(self) -> Never:
        """Wait for an unexpected end, and raise an error."""
        raise self.complaint(await self.ended())

    def complaint(self, exit_code: int) -> DemoError:
        """Return the error for an unexpected end, with the last lines of the log."""
        lines = (
            self._log.read_text("utf-8", "replace").splitlines() if self._log else []
        )
        ended = f"{self._name} stopped with exit code {exit_code}."
        return DemoError("\n".join([ended, *lines[-_LAST_LINES:]]))

    async def _stop(self) -> None:
        """Terminate the program, and kill it after some seconds."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self.ended()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.ended()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
