"""Process of a platform that sends prepared notifications to one connection.

`python -m benchmarks.push_platform_process EXTENSIONS` prints address and credentials as
a line of JSON. It reads commands from standard input, one JSON line each, answers each
with a line, and ends with its input. Batches are encoded in advance, so that sending is
only writing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
import struct
import sys
import time
from typing import Any, Final

import orjson

from simulator import Simulator, SimulatorOptions, Switches
from simulator.push.connection import Connection

from .calls import CONCURRENT, Wave, last_extension, waves

_FINAL_TEXT_FRAME: Final = 0x81
_LENGTH_IN_TWO_BYTES: Final = 126


@dataclass(slots=True)
class _Server:
    """Executes commands on a simulated platform."""

    simulator: Simulator
    # Endless, for each subscription: sequence numbers increase from batch to batch.
    _sources: dict[str, Iterator[Wave]] = field(default_factory=dict)
    _batch: list[bytes] = field(default_factory=list)

    async def handle(self, order: Mapping[str, Any]) -> object:
        """Execute a command and return the answer."""
        match order:
            case {"order": "people"}:
                return self._user_ids
            case {"order": "prepare", "subscription": subscription_id, "calls": calls}:
                return self._prepare(subscription_id, calls)
            case {"order": "play", "subscription": subscription_id, "rate": rate}:
                return await self._send_at_rate(self._connection(subscription_id), rate)
            case {"order": "fire", "subscription": subscription_id}:
                return self._send_burst(self._connection(subscription_id))
            case _:
                raise ValueError("No such command")

    @property
    def _user_ids(self) -> list[str]:
        return sorted(user.id for user in self.simulator.users)

    def _prepare(self, subscription_id: str, calls: int) -> str:
        if subscription_id not in self._sources:
            self._sources[subscription_id] = waves(self._user_ids, subscription_id)
        source = self._sources[subscription_id]
        batch = list(islice(source, calls // CONCURRENT))
        self._batch = [_on_the_wire(text) for wave in batch for text in wave]
        return last_extension(batch[-1])

    async def _send_at_rate(self, connection: Connection, rate: float) -> list[int]:
        times: list[int] = []
        start = time.perf_counter()
        for number, frame in enumerate(self._batch):
            due = start + number / rate
            while (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            times.append(time.perf_counter_ns())
            connection.write_bytes(frame)
        return times

    def _send_burst(self, connection: Connection) -> int:
        # As one piece: the event loop writes the part that the socket doesn't accept.
        everything = b"".join(self._batch)
        began = time.perf_counter_ns()
        connection.write_bytes(everything)
        return began

    def _connection(self, subscription_id: str) -> Connection:
        """Return the connection that a subscription belongs to; raises LookupError."""
        for connection in self.simulator.gateway.connections:
            if (
                connection.context is not None
                and connection.context.subscription is not None
                and connection.context.subscription.id == subscription_id
            ):
                return connection
        raise LookupError("No connection has this subscription")


def _on_the_wire(text: bytes) -> bytes:
    """Return a WebSocket text frame for a text of 126 bytes to 64 KiB."""
    return (
        struct.pack("!BBH", _FINAL_TEXT_FRAME, _LENGTH_IN_TWO_BYTES, len(text)) + text
    )


async def _commands() -> AsyncIterator[dict[str, Any]]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        yield orjson.loads(line)


def _write(answer: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


async def _run(extensions: int) -> None:
    simulator = Simulator(
        SimulatorOptions(
            port=0,
            extensions=extensions,
            # Several clients sign in within a minute, above the limit.
            switches=Switches(rate_limits=False, rate_limit_headers=False),
        )
    )
    await simulator.start()
    try:
        _write(
            {
                "server": simulator.server,
                "clientId": simulator.client_id,
                "clientSecret": simulator.client_secret,
                "jwt": simulator.jwt,
            }
        )
        server = _Server(simulator)
        async for order in _commands():
            _write(await server.handle(order))
    finally:
        await simulator.stop()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1])))
