"""Joins equal commands, and runs those of a session one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, NamedTuple, Protocol

from homeassistant.exceptions import HomeAssistantError

from ..api.exceptions import ConnectionFailedError, Reason, RingCentralError

type _Error = RingCentralError | HomeAssistantError


class _Spawn(Protocol):
    """Starts a background task, whose result may be an error of the platform."""

    def __call__[T](
        self, work: Coroutine[Any, Any, T], name: str
    ) -> asyncio.Task[T | RingCentralError]: ...


class _Last[V](NamedTuple):
    """The last command of a session."""

    key: Hashable
    task: asyncio.Task[V | _Error]


class InFlight[V]:
    """Commands that are being carried out."""

    def __init__(self, spawn: _Spawn) -> None:
        """Initialize; `spawn` starts tasks that go on if their caller is cancelled."""
        self._spawn = spawn
        self._last: dict[Hashable, _Last[V]] = {}

    async def run(
        self, key: Hashable, session: Hashable, make: Callable[[], Awaitable[V]]
    ) -> V:
        """Return the result of the equal command in flight, or that of `make`.

        Only the last command of a session is joined: one before it would be undone.
        """
        last = self._last.get(session)
        if last is None or last.key != key:
            former = None if last is None else last.task
            last = _Last(key, self._spawn(_run(former, make), "command for a call"))
            self._last[session] = last
            last.task.add_done_callback(lambda task: self._drop(session, task))
        await asyncio.wait([last.task])
        if last.task.cancelled():
            raise ConnectionFailedError(Reason.CONNECTION_LOST)
        result = last.task.result()
        if isinstance(result, RingCentralError | HomeAssistantError):
            raise result
        return result

    def _drop(self, session: Hashable, task: object) -> None:
        last = self._last.get(session)
        if last is not None and last.task is task:
            del self._last[session]


async def _run[V](
    former: asyncio.Task[V | _Error] | None, make: Callable[[], Awaitable[V]]
) -> V | HomeAssistantError:
    if former is not None:
        await asyncio.wait([former])
    try:
        return await make()
    except HomeAssistantError as err:
        # Each caller raises it; there may be none left.
        return err
