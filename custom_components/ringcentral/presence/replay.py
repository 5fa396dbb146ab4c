"""Whether a replay was complete: the platform keeps a limited number of messages."""


class Replay:
    """Counts what comes from a loss until the picture has been verified. Pure.

    As many new messages on one connection as the platform keeps: there may have been
    more.

    Attributes:
        is_complete: the verdict on the connections so far.

    """

    def __init__(self) -> None:
        """Expect a replay: of what came before this run."""
        self.is_complete = True
        self._is_awaited = True
        self._count = 0
        self._uuids: set[str] = set()

    def expect(self) -> None:
        """Expect a replay: push has been lost."""
        self._is_awaited = True

    def heard(self, uuid: str | None, *, is_known: bool) -> None:
        """Count a notification.

        Args:
            uuid: tells it from others.
            is_known: whether it came before. If that was before the loss, the replay
                repeats it; else it is a copy, which takes the place of another.

        """
        if not self._is_awaited or (is_known and uuid not in self._uuids):
            return
        self._count += 1
        if uuid is not None:
            self._uuids.add(uuid)

    def connection_is_over(self, buffer_size: int) -> None:
        """Judge what came over one connection; the next one replays anew."""
        self.is_complete = self.is_complete and self._count < buffer_size
        self._count = 0
        self._uuids.clear()

    def verify(self, buffer_size: int) -> bool:
        """Return the verdict, and expect nothing any more until the next loss."""
        self.connection_is_over(buffer_size)
        verdict, self.is_complete, self._is_awaited = self.is_complete, True, False
        return verdict
