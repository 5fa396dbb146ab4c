"""What the platform sent and we could not use: counted, and logged once a kind."""

from collections import Counter
import logging
import re
from typing import Final

_LOGGER = logging.getLogger(__name__)

# Input decides the names of the kinds, so their number is bounded.
_MAX_KINDS: Final = 200
_OTHER: Final = "other"
# A value of an enumeration that is worth showing to a developer: one word, nothing
# that could be a number, a name with blanks or an address.
_WORD: Final = re.compile(r"[A-Z][A-Za-z]{0,39}")


class Anomalies:
    """Counters of unusable input, by kind; never any personal value."""

    def __init__(self) -> None:
        """Start at zero."""
        self.counts: Counter[str] = Counter()
        self._logged: set[str] = set()

    def count(
        self, kind: str, *, detail: str = "", level: int = logging.WARNING
    ) -> None:
        """Count one case; the first of its kind is logged, without the detail.

        Args:
            kind: what was wrong, in words of our own.
            detail: what tells cases of this kind apart in the counters.
            level: how loud the first one is logged.

        """
        key = f"{kind} {detail}" if detail else kind
        if key not in self.counts:
            if len(self.counts) >= _MAX_KINDS:
                key = _OTHER
            elif kind not in self._logged:
                self._logged.add(kind)
                _LOGGER.log(
                    level,
                    "RingCentral sent something that cannot be used here (%s); "
                    "further cases are only counted",
                    kind,
                )
        self.counts[key] += 1

    def unknown_value(self, field: str, value: object) -> None:
        """Count a value that is not in the enumeration of `field`."""
        word = value if isinstance(value, str) and _WORD.fullmatch(value) else "?"
        self.count(f"unknown value of {field}", detail=word)

    def wrong_type(self, field: str) -> None:
        """Count a field whose JSON type is not the documented one."""
        self.count(f"wrong type of {field}")
