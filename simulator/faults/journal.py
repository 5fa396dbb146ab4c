"""Log of requests and connections, without secrets."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
import logging
from typing import Literal

from ..base import clock
from ..base.wire import JsonObject, event_time

_LOGGER = logging.getLogger(__name__)
_SIZE = 50_000

type Kind = Literal["http", "request", "connect", "disconnect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One request or connection; `request` is one that came over a socket."""

    time: float
    kind: Kind
    method: str
    path: str
    status: int

    def as_json(self) -> JsonObject:
        """Return the record for the control API."""
        return {
            "time": event_time(self.time),
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "status": self.status,
        }


@dataclass(slots=True)
class Journal:
    """The latest records, oldest first."""

    _records: deque[Record] = field(default_factory=lambda: deque(maxlen=_SIZE))

    def add(self, kind: Kind, method: str, path: str, status: int) -> None:
        """Add a record; its path has no query, since queries contain secrets."""
        self._records.append(
            Record(
                time=clock.wall(), kind=kind, method=method, path=path, status=status
            )
        )
        _LOGGER.debug("%s %s %s %s", kind, method, path, status)

    def clear(self) -> None:
        """Remove all records."""
        self._records.clear()

    def __iter__(self) -> Iterator[Record]:
        """Iterate from the oldest to the newest record."""
        return iter(tuple(self._records))

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._records)
