"""Counters of input that could not be used."""

from collections import Counter
import logging
import re
from typing import Final

_LOGGER = logging.getLogger(__name__)

# Input determines the names of the kinds, so their number is limited.
_MAX_KINDS: Final = 200
_OTHER: Final = "other"
# Excludes numbers, names with spaces and addresses.
_ENUM_VALUE: Final = re.compile(r"[A-Z][A-Za-z]{0,39}")


class Anomalies:
    """Counters of unusable input by kind, without personal data."""

    def __init__(self) -> None:
        """Initialize the counters."""
        self.counts: Counter[str] = Counter()
        # Fields that were dropped or cut since the set was last cleared.
        self.damaged: set[str] = set()
        self._logged: set[str] = set()

    def count(
        self, kind: str, *, detail: str = "", level: int = logging.WARNING
    ) -> None:
        """Count one case; log the first of its kind, without the detail."""
        key = f"{kind} {detail}" if detail else kind
        if key not in self.counts:
            if len(self.counts) >= _MAX_KINDS:
                key = _OTHER
            elif kind not in self._logged:
                self._logged.add(kind)
                _LOGGER.log(
                    level,
                    "Ignoring unexpected data from RingCentral: %s "
                    "(logged once, see diagnostics for counts)",
                    kind,
                )
        self.counts[key] += 1

    def unknown_value(self, field: str, value: object) -> None:
        """Count a value that the enumeration of a field lacks."""
        is_safe = isinstance(value, str) and _ENUM_VALUE.fullmatch(value)
        self.count(f"unknown value of {field}", detail=str(value) if is_safe else "?")

    def wrong_type(self, field: str) -> None:
        """Count a field of an undocumented JSON type."""
        self.damaged.add(field)
        self.count(f"wrong type of {field}")

    def list_too_long(self, field: str) -> None:
        """Count a list whose end was cut."""
        self.damaged.add(field)
        self.count(f"{field} that is too long")
