"""REST requests to start with a large account, and to reconnect without recovery.

Counted by the platform, with its rate limits. Start: from a stored entry until every entity
has a state. Reconnect: the connection is lost and the session can't be continued, until all
extensions are current again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
import re
import time
from typing import Any, Final

from aiohttp import ClientSession

from benchmarks.entries import has_all, prepare, set_up, signed_in
from benchmarks.environment import home_assistant, platform
from benchmarks.figures import Figure, at_most, exactly
from benchmarks.scale import Scale
from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.api.rate_limits import RateGroup

_GOAL: Final = 12
# Requests per minute that the platform allows.
_LIMITS: Final = {
    RateGroup.LIGHT: 50,
    RateGroup.MEDIUM: 40,
    RateGroup.HEAVY: 10,
    RateGroup.AUTH: 5,
}
_REST: Final = "/rest"
# The first match applies.
_GROUPS: Final = (
    (re.compile(r"/restapi/oauth/"), RateGroup.AUTH),
    (re.compile(r"/account/~/presence$"), RateGroup.HEAVY),
    (re.compile(r"/account/~/extension$"), RateGroup.MEDIUM),
    (re.compile(_REST), RateGroup.LIGHT),
)
_TOO_MANY: Final = 429
# Seconds without a request that mean the end, and the maximum to wait for it.
_QUIET: Final = 5.0
_PATIENCE: Final = 120.0


class PlatformLog:
    """The request log of the platform."""

    def __init__(self, session: ClientSession, server: str) -> None:
        """Initialize with the address of the platform."""
        self._session = session
        self._control = f"{server}/simulator"

    async def clear(self) -> None:
        """Clear the log."""
        await self._session.delete(f"{self._control}/log")

    async def add_fault(self, fault: str) -> None:
        """Add a fault that occurs once."""
        await self._session.post(f"{self._control}/faults", json={"fault": fault})

    async def rest_requests(self) -> list[dict[str, Any]]:
        """Return the REST requests."""
        async with self._session.get(f"{self._control}/log") as answer:
            records: list[dict[str, Any]] = (await answer.json())["records"]
        return [
            record
            for record in records
            if record["kind"] == "http" and record["path"].startswith(_REST)
        ]

    async def wait_for_rest_requests(self) -> list[dict[str, Any]]:
        """Return the requests as soon as no more follow."""
        give_up = time.monotonic() + _PATIENCE
        found = await self.rest_requests()
        while True:
            assert time.monotonic() < give_up, "There is no end of requests"
            await asyncio.sleep(_QUIET)
            before, found = found, await self.rest_requests()
            if len(before) == len(found):
                return found


async def run(scale: Scale) -> Iterable[Figure]:
    """Count requests."""
    async with (
        platform(scale.many) as simulated,
        ClientSession(raise_for_status=True) as session,
    ):
        stored = await signed_in(simulated)
        seen = PlatformLog(session, stored.server)
        async with home_assistant() as hass:
            entry = await prepare(hass, stored)
            await seen.clear()
            account = await set_up(hass, entry)
            start = await seen.wait_for_rest_requests()
            assert has_all(account, stored.user_ids)

            await seen.clear()
            await seen.add_fault("recovery_failed")
            await seen.add_fault("drop")
            coordinator = account.coordinator
            await _until(lambda: coordinator.stream.state is not StreamState.PUSH)
            # In the same minute as the start: some requests may have to wait.
            await _until(lambda: coordinator.monitor.is_followed)
            recover = await seen.wait_for_rest_requests()
            assert all(map(coordinator.is_current, stored.user_ids))
    return [*figures("start_requests", start), *figures("recover_requests", recover)]


def figures(key: str, requests: Iterable[dict[str, Any]]) -> list[Figure]:
    """Return how many requests there were: all, those refused, and of each group."""
    requests = list(requests)
    refused = sum(request["status"] == _TOO_MANY for request in requests)
    groups = Counter(group_of(request["path"]) for request in requests)
    return [
        Figure(key, [len(requests)], goal=at_most(_GOAL)),
        Figure(f"{key}_refused", [refused], goal=exactly(0)),
        *(
            Figure(f"{key}_{group}", [groups[group]], goal=at_most(limit))
            for group, limit in _LIMITS.items()
        ),
    ]


def group_of(path: str) -> RateGroup:
    """Return the rate group that a request counts in."""
    return next(group for pattern, group in _GROUPS if pattern.search(path))


async def _until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not happened():
            await asyncio.sleep(_QUIET / 100)
