"""Numbers of presence events."""

from dataclasses import dataclass, field

from ..base import clock
from ..base.switches import Switches

# The counter also grows by events of other accounts between two events.
_FOREIGN_EVENTS_PER_SECOND = 2.0


@dataclass(slots=True, kw_only=True)
class SequenceCounter:
    """Numbers of presence events."""

    switches: Switches
    last: int
    _last_at: float | None = None
    _owed: float = 0.0
    _per_extension: dict[str, int] = field(default_factory=dict)

    def next(self, extension_id: str) -> int:
        """Return the next number: of the counter that all share, or of this extension."""
        if self.switches.sequence == "gapless":
            value = self._per_extension.get(extension_id, self.last) + 1
            self._per_extension[extension_id] = value
            return value
        now = clock.monotonic()
        if self._last_at is not None:
            self._owed += (now - self._last_at) * _FOREIGN_EVENTS_PER_SECOND
        self._last_at = now
        whole = int(self._owed)
        self._owed -= whole
        self.last += 1 + whole
        return self.last
