"""Control of a simulated platform that sends prepared notifications.

Its process is `push_platform_process`. The monotonic clock is the same in all processes
of a machine, so times can be compared.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import sys
from typing import Any, Final

import orjson

from .environment import Platform

_PROCESS: Final = f"{__package__}.push_platform_process"
# The longest line is the answer that lists all times.
_LONGEST_LINE: Final = 64 * 1024 * 1024


class PushPlatform:
    """A platform in another process.

    Attributes:
        platform: address and credentials.

    """

    def __init__(self, platform: Platform) -> None:
        """Initialize with a running process."""
        self.platform = platform

    async def user_ids(self) -> list[str]:
        """Return the ids of the extensions that belong to a person."""
        people: list[str] = await self._request(order="people")
        return people

    async def prepare_batch(self, subscription_id: str, calls: int) -> str:
        """Prepare the notifications of calls; return the extension of the last.

        Batches of a subscription continue each other.
        """
        last: str = await self._request(
            order="prepare", subscription=subscription_id, calls=calls
        )
        return last

    async def send_at_rate(self, subscription_id: str, rate: float) -> list[int]:
        """Send the batch at a rate per second to the connection of a subscription.

        Returns:
            When each was sent, in nanoseconds of `time.perf_counter_ns`.

        """
        times: list[int] = await self._request(
            order="play", subscription=subscription_id, rate=rate
        )
        return times

    async def send_burst(self, subscription_id: str) -> int:
        """Send the batch as fast as the loopback accepts it.

        Returns:
            When the first byte was sent, in nanoseconds of `time.perf_counter_ns`.

        """
        began: int = await self._request(order="fire", subscription=subscription_id)
        return began

    async def _request(self, **order: str | float) -> Any:
        process = self.platform.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(orjson.dumps(order) + b"\n")
        answer = await process.stdout.readline()
        if not answer:
            raise ConnectionError("The platform process has ended")
        return orjson.loads(answer)


@asynccontextmanager
async def push_platform(extensions: int) -> AsyncIterator[PushPlatform]:
    """Run a platform with this many users."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", _PROCESS, str(extensions)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield PushPlatform(
            Platform(process, json.loads(await process.stdout.readline()))
        )
    finally:
        process.stdin.close()
        await process.wait()
