"""Joins equal commands, and runs those of a session one after the other."""

from collections.abc import Awaitable, Callable, Hashable


class InFlight[V]:
    """Commands that are being carried out."""

    async def run(
        self, key: Hashable, session: Hashable, make: Callable[[], Awaitable[V]]
    ) -> V:
        """Return the result of the equal command in flight, or that of `make`."""
        raise NotImplementedError
